/** What the commands do when native kernels cannot be had. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { nativeMissing } from "../helpers/backends.ts";
import { command, temporaryFolder } from "../helpers/command-line.ts";
import { testUnless } from "../helpers/skip.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const train = [
  "train",
  "--task",
  "function-approximation",
  "--hidden",
  "4",
  "--updates",
  "1",
  "--set",
  "evaluation=null",
];
const backendOf = (run: string): string =>
  JSON.parse(readFileSync(join(folder, run, "spec.json"), "utf8")).engine.backend;
const notices = (stderr: string): string[] => stderr.split("\n").filter((line) => line.includes("Native kernels"));

describe("without a compiler", () => {
  const environment = { CC: "no-such-compiler" };

  test("a command goes on with WebAssembly and says so in one line; with --quiet it says nothing", async () => {
    const told = await command(folder, [...train, "--out", "told"], environment);
    expect({ code: told.code, backend: backendOf("told") }).toEqual({ code: 0, backend: "wasm" });
    expect(notices(told.stderr)).toEqual([
      "Native kernels are not used, computing takes longer: the C compiler that CC names does not work (no-such-compiler --version fails); mend CC, or unset it to use cc.",
    ]);
    const quiet = await command(folder, [...train, "--out", "quiet", "--quiet"], environment);
    expect({ code: quiet.code, stderr: quiet.stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("nothing is said to who chose WebAssembly, and who chose native is refused with code 3", async () => {
    const chosen = await command(folder, [...train, "--out", "chosen"], { ...environment, NOISY_RNN_BACKEND: "wasm" });
    expect({ code: chosen.code, notices: notices(chosen.stderr) }).toEqual({ code: 0, notices: [] });
    const refused = await command(folder, [...train, "--out", "refused"], {
      ...environment,
      NOISY_RNN_BACKEND: "native",
    });
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(
      /^error: back end native: the C compiler that CC names does not work .*; see noisy-rnn doctor$/m,
    );
  });
});

describe("with a compiler that refuses kernels", () => {
  /** Takes what tries it out, and nothing else. */
  const compiler = join(folder, "picky");
  writeFileSync(
    compiler,
    `#!/bin/sh
case "$*" in *--version*) echo "picky 1.0"; exit 0;; esac
text=$(cat)
case "$text" in *flush_subnormals*) echo "kernel.c: error: too many scans" >&2; exit 1;; esac
printf '%s\\n' "$text" | cc "$@"
`,
  );
  chmodSync(compiler, 0o755);

  testUnless(nativeMissing)("training goes on with WebAssembly, and one line has the compiler's words", async () => {
    const { code, stderr } = await command(folder, [...train, "--out", "picky-run"], { CC: compiler });
    expect(code, stderr).toBe(0);
    expect(backendOf("picky-run")).toBe("wasm");
    expect(notices(stderr)).toEqual([
      "Native kernels are not used, computing takes longer: picky 1.0 refused the emitted C (kernel.c: error: too many scans).",
    ]);
  });

  testUnless(nativeMissing)("who chose native is refused with code 3 and the compiler's words", async () => {
    const environment = { CC: compiler, NOISY_RNN_BACKEND: "native" };
    const { code, stderr } = await command(folder, [...train, "--out", "picky-refused"], environment);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: native kernel of .*too many scans/m);
  });
});
