import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { boundaryIssues } from "../../scripts/tools/boundaries.mjs";
import { root } from "../../scripts/tools/folders.mjs";

const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-rooms-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
/** Issues of a project with rooms core <- cell and platform, where src/index.ts imports everything, and the given files. */
function issuesOf(files: Readonly<Record<string, string>>): string[] {
  const project = join(folder, String(count++));
  const rooms = { core: [], cell: ["core"], io: ["core"], figure: ["core"], platform: ["core", "cell"] };
  const all: Record<string, string> = {
    "package.json": JSON.stringify({
      exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
      dependencies: { commander: "14.0.3", fflate: "0.8.3" },
    }),
    "src/index.ts": Object.keys(files)
      .map((file) => `import "./${file}";`)
      .join("\n"),
  };
  for (const [room, references] of Object.entries(rooms)) {
    all[`src/${room}/tsconfig.json`] = JSON.stringify({
      references: references.map((name) => ({ path: `../${name}` })),
    });
  }
  for (const [file, text] of Object.entries(files)) all[`src/${file}`] = text;
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
  return boundaryIssues(project);
}

describe("boundaries", () => {
  test("this project breaks 0 rules", () => {
    expect(boundaryIssues(root)).toEqual([]);
  });

  test("a room imports the rooms that its project file references and no other", () => {
    expect(
      issuesOf({
        "core/a.ts": "export const a = 1;",
        "cell/b.ts": 'import { a } from "../core/a.ts";\nexport const b = a;',
      }),
    ).toEqual([]);
    expect(issuesOf({ "core/a.ts": '\nimport "../cell/b.ts";', "cell/b.ts": "export const b = 1;" })).toEqual([
      "src/core/a.ts:2: room core may import no other room, got cell; move the code, or take what is needed as an argument.",
    ]);
  });

  test.each([
    ["import type", 'import type { B } from "../cell/b.ts";\nexport type A = B;'],
    ["export from", 'export { B } from "../cell/b.ts";'],
    ["import()", 'export const b = import("../cell/b.ts");'],
    ["a type import()", 'export type A = import("../cell/b.ts").B;'],
    ["a worker's URL", 'export const url = new URL("../cell/b.ts", import.meta.url);'],
  ])("%s counts as an import", (_, text) => {
    expect(issuesOf({ "core/a.ts": text, "cell/b.ts": "export interface B {}" })).toHaveLength(1);
  });

  test("Node's modules are for platform and cli only", () => {
    const text = 'import { join } from "node:path";\nexport const a = join("a");';
    expect(issuesOf({ "platform/a.ts": text })).toEqual([]);
    expect(issuesOf({ "cell/a.ts": text })).toEqual([
      "src/cell/a.ts:1: room cell must run in a browser too, got node:path; take what is needed as an argument.",
    ]);
    expect(issuesOf({ "cell/a.ts": text.replace("node:path", "path") })).toHaveLength(1);
  });

  test("packages are for the rooms that list them, types of vega-lite for figure", () => {
    expect(issuesOf({ "io/a.ts": 'import { zipSync } from "fflate";\nexport const a = zipSync;' })).toEqual([]);
    expect(issuesOf({ "core/a.ts": 'import { zipSync } from "fflate";\nexport const a = zipSync;' })).toHaveLength(1);
    expect(issuesOf({ "figure/a.ts": 'import type { Config } from "vega-lite";\nexport type A = Config;' })).toEqual(
      [],
    );
    expect(issuesOf({ "figure/a.ts": 'import { compile } from "vega-lite";\nexport const a = compile;' })).toHaveLength(
      1,
    );
  });

  test("platform uses declared dependencies only", () => {
    expect(issuesOf({ "platform/a.ts": 'import "commander";' })).toEqual([]);
    expect(issuesOf({ "platform/a.ts": 'import "@types/node/fs";' })).toEqual([
      "src/platform/a.ts:1: packages must be declared dependencies, got @types/node; add it to package.json.",
    ]);
  });

  test("files in a circle are named in order; a circle of types is none", () => {
    const circle = (kind: string) => ({
      "core/a.ts": `${kind} { c } from "./c.ts";\nexport const a = 1;`,
      "core/b.ts": 'import { a } from "./a.ts";\nexport const b = a;',
      "core/c.ts": 'import { b } from "./b.ts";\nexport const c = b;',
    });
    expect(issuesOf(circle("import"))).toEqual([
      "src/core/a.ts: files must not import each other in a circle, got core/a.ts -> core/c.ts -> core/b.ts -> core/a.ts; move what both need to a file of its own.",
    ]);
    expect(issuesOf(circle("import type"))).toEqual([]);
  });

  test("a file that no export and no command reaches is reported", () => {
    const issues = issuesOf({
      "index.ts": 'import "./core/a.ts";',
      "core/a.ts": "export const a = 1;",
      "core/b.ts": "export const b = 1;",
    });
    expect(issues).toEqual([
      "src/core/b.ts: every file must be reached from an export or a command, got none that imports it; register it or delete it.",
    ]);
  });
});
