/** As much of JSON Schema 2020-12 as the published schemas use; a word that is not known here is an error. */
type Schema = Readonly<Record<string, unknown>>;

const silent = ["$schema", "$defs", "id", "description", "default", "propertyNames"];

/** What a value breaks: one line each, empty when the schema accepts it. */
export function breaches(root: Schema, value: unknown): string[] {
  return broken(root, value, "", root);
}

function broken(schema: Schema, value: unknown, path: string, root: Schema): string[] {
  const inner = (part: unknown, of: unknown, at: string): string[] => broken(part as Schema, of, at, root);
  const list = Array.isArray(value) ? (value as readonly unknown[]) : [];
  const object = isObject(value) ? value : {};
  const refuse = (isFine: boolean, word: string): string[] => (isFine ? [] : [`${path}: ${word}`]);
  return Object.entries(schema).flatMap(([word, argument]): string[] => {
    switch (word) {
      case "$ref":
        return inner((root.$defs as Schema)[String(argument).replace("#/$defs/", "")], value, path);
      case "type":
        return refuse(
          [argument].flat().some((type) => isType(value, String(type))),
          `must be ${argument}`,
        );
      case "anyOf": {
        const branches = (argument as readonly unknown[]).map((branch) => inner(branch, value, path));
        return branches.some((branch) => branch.length === 0) ? [] : branches.flat();
      }
      case "enum":
        return refuse((argument as readonly unknown[]).includes(value), `must be one of ${argument}`);
      case "const":
        return refuse(value === argument, `must be ${argument}`);
      case "pattern":
        return refuse(typeof value !== "string" || new RegExp(String(argument)).test(value), `must fit ${argument}`);
      case "minimum":
        return refuse(typeof value !== "number" || value >= Number(argument), `must be >= ${argument}`);
      case "maximum":
        return refuse(typeof value !== "number" || value <= Number(argument), `must be <= ${argument}`);
      case "minItems":
        return refuse(!Array.isArray(value) || list.length >= Number(argument), `must have ${argument} members`);
      case "maxItems":
        return refuse(!Array.isArray(value) || list.length <= Number(argument), `must have ${argument} members`);
      case "items": {
        const first = (schema.prefixItems as readonly unknown[] | undefined)?.length ?? 0;
        return list.slice(first).flatMap((member, i) => inner(argument, member, `${path}[${first + i}]`));
      }
      case "prefixItems":
        return (argument as readonly unknown[]).flatMap((member, i) =>
          i < list.length ? inner(member, list[i], `${path}[${i}]`) : [],
        );
      case "required":
        return (argument as readonly string[]).flatMap((key) =>
          refuse(!isObject(value) || key in object, `must have ${key}`),
        );
      case "properties":
        return Object.entries(argument as Schema).flatMap(([key, part]) =>
          key in object ? inner(part, object[key], `${path}.${key}`) : [],
        );
      case "additionalProperties": {
        const others = Object.keys(object).filter((key) => !(key in ((schema.properties as Schema) ?? {})));
        if (argument === false) return refuse(others.length === 0, `must not have ${others}`);
        return others.flatMap((key) => inner(argument, object[key], `${path}.${key}`));
      }
      default:
        if (silent.includes(word)) return [];
        throw new Error(`the check knows no "${word}" of a JSON Schema`);
    }
  });
}

function isType(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
