/** Peak of one core in native code, by a program that is compiled for this machine. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** GFLOP/s of one core, best of nine; undefined without a C compiler. */
export function nativePeak() {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-peak-"));
  try {
    const program = join(folder, "peak");
    // how a compiler is told to use all that this machine has depends on compiler and processor
    for (const flag of ["-march=native", "-mcpu=native"]) {
      const parameters = ["-O3", "-std=gnu11", "-ffp-contract=fast", flag, "-o", program];
      try {
        execFileSync("cc", [...parameters, join(import.meta.dirname, "native.c")], { stdio: "ignore" });
        return Number(execFileSync(program, { encoding: "utf8" }));
      } catch {
        // the other flag, or no compiler
      }
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
