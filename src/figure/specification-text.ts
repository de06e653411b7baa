/** Characters of a line of JSON that is not broken further. */
const lineWidth = 110;

/** JSON for people: whatever fits on a line is on one line, and so is each row of data, however long. */
export function specificationText(value: unknown): string {
  return `${written(value, "")}\n`;
}

function written(value: unknown, indent: string): string {
  const flat = JSON.stringify(value);
  if (typeof value !== "object" || value === null || indent.length + flat.length <= lineWidth) return flat;
  if (!Array.isArray(value) && Object.values(value).every((member) => typeof member !== "object")) return flat;
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((member) => written(member, inner))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => `${JSON.stringify(key)}: ${written(member, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${members.map((member) => `${inner}${member}`).join(",\n")}\n${indent}${close}`;
}
