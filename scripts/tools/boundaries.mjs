import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import ts from "typescript";

/**
 * Packages that pure rooms may use; `types` only as types. The rooms that touch the machine, platform and cli, may use
 * Node and every dependency that package.json declares.
 *
 * @type {Readonly<Record<string, { values?: readonly string[], types?: readonly string[] }>>}
 */
const allowedPackages = {
  analysis: { values: ["ml-matrix"] },
  task: { values: ["mathjs/number"] },
  io: { values: ["fflate", "hyparquet", "hyparquet-writer"] },
  study: { values: ["yaml", "zod"] },
  figure: { types: ["vega-lite"] },
};
const machineRooms = ["platform", "cli"];

/** Files that the project's own scripts load from the build. */
const scriptEntries = ["platform/node/shipped-kernels.ts"];

/**
 * @typedef {object} Import
 * @property {string} specifier
 * @property {boolean} isType it is erased, so nothing is loaded
 * @property {number} line
 */

/**
 * What breaks the rules for imports, one sentence each; empty when all is well.
 *
 * A room imports only rooms that its tsconfig.json references, and packages as listed above. Files do not import each
 * other in a circle (types may). Every file is reached from what package.json exports or runs.
 *
 * @param {string} root folder that holds `package.json` and `src/`
 * @returns {string[]}
 */
export function boundaryIssues(root) {
  const source = join(root, "src");
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const files = readdirSync(source, { recursive: true, encoding: "utf8" })
    .map((file) => file.split(sep).join("/"))
    .filter((file) => file.endsWith(".ts"))
    .sort();
  const imports = new Map(files.map((file) => [file, importsOf(join(source, file))]));
  /** @type {string[]} */
  const issues = [];
  for (const [file, list] of imports) {
    for (const item of list) {
      const issue = item.specifier.startsWith(".")
        ? roomIssue(source, file, item)
        : packageIssue(roomOf(file), item, Object.keys(manifest.dependencies ?? {}));
      if (issue !== undefined) issues.push(`src/${file}:${item.line}: ${issue}`);
    }
  }
  /** @param {string} file @param {boolean} withTypes */
  const targets = (file, withTypes) =>
    (imports.get(file) ?? [])
      .filter(({ specifier, isType }) => specifier.startsWith(".") && (withTypes || !isType))
      .map(({ specifier }) => targetOf(file, specifier))
      .filter((target) => imports.has(target));
  for (const circle of circles(files, (file) => targets(file, false))) {
    issues.push(
      `src/${circle[0]}: files must not import each other in a circle, got ${circle.join(" -> ")}; move what both need to a file of its own.`,
    );
  }
  const reached = new Set(entryFiles(manifest).filter((file) => imports.has(file)));
  for (const file of reached) for (const target of targets(file, true)) reached.add(target);
  for (const file of files) {
    if (!reached.has(file))
      issues.push(
        `src/${file}: every file must be reached from an export or a command, got none that imports it; register it or delete it.`,
      );
  }
  return issues;
}

/** @param {string} file path below src/ */
const roomOf = (file) => (file.includes("/") ? file.slice(0, file.indexOf("/")) : "");

/** @param {string} file @param {string} specifier */
const targetOf = (file, specifier) => join(dirname(file), specifier).split(sep).join("/");

/** @param {string} source @param {string} file @param {Import} item @returns {string | undefined} */
function roomIssue(source, file, { specifier }) {
  const target = targetOf(file, specifier);
  if (target.startsWith("../")) return `imports must stay below src/, got ${specifier}; move the file there.`;
  const from = roomOf(file);
  const to = roomOf(target);
  // src/index.ts and its like stand above all rooms
  if (from === "" || from === to) return undefined;
  const known = references(source, from);
  if (known.includes(to)) return undefined;
  return `room ${from} may import ${known.join(", ") || "no other room"}, got ${to === "" ? target : to}; move the code, or take what is needed as an argument.`;
}

/** @param {string} source @param {string} room @returns {string[]} rooms, by the room's own project file */
function references(source, room) {
  const file = join(source, room, "tsconfig.json");
  if (!existsSync(file)) return [];
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  return (config?.references ?? []).map((/** @type {{ path: string }} */ { path }) =>
    relative(source, join(source, room, path)),
  );
}

/** @param {string} room @param {Import} item @param {readonly string[]} dependencies @returns {string | undefined} */
function packageIssue(room, { specifier, isType }, dependencies) {
  const isMachine = room === "" || machineRooms.includes(room);
  if (isBuiltin(specifier)) {
    return isMachine
      ? undefined
      : `room ${room} must run in a browser too, got ${specifier}; take what is needed as an argument.`;
  }
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (isMachine) {
    return dependencies.includes(name)
      ? undefined
      : `packages must be declared dependencies, got ${name}; add it to package.json.`;
  }
  const { values = [], types = [] } = allowedPackages[room] ?? {};
  if (values.includes(name) || values.includes(specifier) || (isType && types.includes(name))) return undefined;
  return `room ${room} may use ${[...values, ...types.map((type) => `types of ${type}`)].join(", ") || "no package"}, got ${isType ? "types of " : ""}${name}; see scripts/tools/boundaries.mjs.`;
}

/** @param {string} file @returns {Import[]} */
function importsOf(file) {
  const tree = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  /** @type {Import[]} */
  const found = [];
  /** @param {ts.Node} node @param {ts.Node | undefined} specifier @param {boolean} isType */
  const add = (node, specifier, isType) => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return;
    found.push({
      // a worker is named by the file that it is built to
      specifier: specifier.text.replace(/\.js$/, specifier.text.startsWith(".") ? ".ts" : ".js"),
      isType,
      line: tree.getLineAndCharacterOfPosition(node.getStart()).line + 1,
    });
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, isErased(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node, node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node, node.arguments[0], false);
    // a worker's file: new URL("./worker.ts", import.meta.url)
    else if (
      ts.isNewExpression(node) &&
      node.expression.getText() === "URL" &&
      node.arguments?.[1]?.getText() === "import.meta.url"
    ) {
      const [path] = node.arguments;
      if (ts.isStringLiteral(path) && /\.ts$|^\.\/[^/]+\.js$/.test(path.text)) add(node, path, false);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Whether nothing is left of an import when types are erased. @param {ts.ImportClause | undefined} clause */
function isErased(clause) {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const names = clause.namedBindings;
  return (
    clause.name === undefined &&
    names !== undefined &&
    ts.isNamedImports(names) &&
    names.elements.every((name) => name.isTypeOnly)
  );
}

/** @param {{ exports?: Record<string, string | { default: string }>, bin?: Record<string, string> }} manifest */
function entryFiles({ exports = {}, bin = {} }) {
  const built = [
    ...Object.values(exports).map((entry) => (typeof entry === "string" ? entry : entry.default)),
    ...Object.values(bin),
  ];
  return [...built.map((file) => file.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts")), ...scriptEntries];
}

/**
 * One circle for each group of files that import each other, as a list that begins and ends with the same file.
 *
 * @param {readonly string[]} files
 * @param {(file: string) => string[]} targets
 */
function circles(files, targets) {
  /** @type {string[][]} */
  const found = [];
  /** @type {Map<string, "open" | "done">} */
  const state = new Map();
  /** @param {string} file @param {string[]} path */
  const walk = (file, path) => {
    state.set(file, "open");
    for (const target of targets(file)) {
      if (state.get(target) === "open") found.push([...path.slice(path.indexOf(target)), target]);
      else if (!state.has(target)) walk(target, [...path, target]);
    }
    state.set(file, "done");
  };
  for (const file of files) if (!state.has(file)) walk(file, [file]);
  return found;
}
