import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";

/** Runs a tool of node_modules on the project. */
function tool(file: string, ...parameters: string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "node_modules", file), ...parameters], {
    cwd: root,
    encoding: "utf8",
  });
  return { code: status, output: stdout + stderr };
}

describe("source", () => {
  test("tests, scripts, benches and examples have 0 type errors", () => {
    const { code, output } = tool("typescript/bin/tsc", "--project", "test", "--pretty", "false");
    expect(output).toBe("");
    expect(code).toBe(0);
  });

  test("every file is formatted and has 0 lint errors", () => {
    const { code, output } = tool("@biomejs/biome/bin/biome", "check", "--colors=off", "--error-on-warnings", ".");
    expect(code, output).toBe(0);
  });
});
