/** Every line of kernels/product.h runs under the checks of product.c: no fast path is fast because it is never taken. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { testUnless } from "../helpers/skip.ts";
import { productTargets } from "../helpers/wasm-c.ts";

interface Coverage {
  readonly files: readonly {
    readonly file: string;
    readonly lines: readonly { readonly line_number: number; readonly count: number }[];
  }[];
}

/** Lines of product.h that were compiled and never ran. */
function linesLeftOut(flags: readonly string[]): { readonly left: number[]; readonly run: number } {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-gcov-"));
  const call = (command: string, ...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 });
    if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
    return stdout;
  };
  try {
    copyFileSync(join(root, "test", "native", "product.c"), join(folder, "product.c"));
    const options = ["-O1", "-std=gnu11", "-ffp-contract=off", "--coverage", `-I${join(root, "kernels")}`];
    call("cc", ...options, ...flags, "-c", "product.c");
    call("cc", "--coverage", "product.o", "-o", "product");
    for (const kind of ["sizes", "random", "cuts"]) call("./product", "exact", kind, "5");
    const found = JSON.parse(call("gcov", "--json-format", "--stdout", "product.gcda")) as Coverage;
    const lines = found.files.find(({ file }) => file.endsWith("product.h"))?.lines ?? [];
    const counts = new Map<number, number>();
    for (const { line_number: line, count } of lines) counts.set(line, (counts.get(line) ?? 0) + count);
    const left = [...counts].filter(([, count]) => count === 0).map(([line]) => line);
    return { left, run: counts.size - left.length };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.each(productTargets().filter(({ runner }) => runner.length === 0))("$name", ({ flags, obstacle }) => {
  const gcov = spawnSync("gcov", ["--version"], { encoding: "utf8" });
  const isGnu = gcov.status === 0 && /Free Software Foundation/.test(gcov.stdout);
  testUnless(obstacle ?? (isGnu ? undefined : "there is no gcov of the GNU compiler"))(
    "every line of products and gradients of matrices is run by the checks",
    () => {
      const { left, run } = linesLeftOut(flags);
      expect(left).toEqual([]);
      expect(run).toBeGreaterThan(60);
    },
  );
});
