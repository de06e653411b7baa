/** Products and outer products of kernels/product.h on every instruction set; product.c holds the checks. */
import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { testUnless } from "../helpers/skip.ts";
import { type NativeTarget, productTargets, runNative } from "../helpers/wasm-c.ts";

const source = readFileSync(new URL("product.c", import.meta.url), "utf8");
// -O2 is what native kernels are compiled with
const precisions = [
  ["float32", ["-O2"]],
  ["float64", ["-O2", "-DREAL64"]],
] as const;

/**
 * Runs product.c.
 *
 * @returns how many checks it made; none was wrong
 */
function checks(target: NativeTarget, flags: readonly string[], runs: readonly (readonly string[])[]): number {
  const said = new TextDecoder().decode(runNative(source, target, { flags, runs }));
  const lines = said.trim().split("\n");
  expect(lines).toHaveLength(runs.length);
  return lines.reduce((sum, line) => {
    const [, made, wrong] = line.match(/^(\d+) checks, (\d+) wrong$/) ?? [];
    expect([line, wrong]).toEqual([line, "0"]);
    return sum + Number(made);
  }, 0);
}

const withSanitizer = (target: NativeTarget): string | undefined => {
  if (target.obstacle !== undefined) return target.obstacle;
  if (target.runner.length > 0) return "AddressSanitizer does not run in the emulator";
  try {
    runNative("int main(void) { return 0; }", target, { flags: ["-fsanitize=address"] });
    return undefined;
  } catch {
    return "the C compiler has no AddressSanitizer";
  }
};

describe.each(productTargets())("$name", (target) => {
  // An emulator takes every 60th shape.
  const every = target.runner.length > 0 ? "60" : "1";
  const runs = (...kinds: readonly string[]) => kinds.map((kind) => [...kind.split(" "), every]);
  const sanitised = withSanitizer(target);

  for (const [precision, flags] of precisions) {
    testUnless(target.obstacle)(
      `${precision}: every shape of 1 to 67 rows and columns and 100 000 random ones, 0 wrong, between guard pages; the same bits however a group is cut`,
      () => {
        const shapes = runs("before sizes", "after sizes", "before random", "after random", "exact cuts");
        expect(checks(target, flags, shapes)).toBeGreaterThan(200_000 / Number(every));
      },
    );

    // Blocks are counted in vectors and lanes: with float64 in 16 bytes, 2, 4, 8 and 16 lanes are tried once each.
    if (precision === "float64" && !target.flags.includes("-DVBYTES=16")) continue;
    testUnless(sanitised)(`${precision}: the same shapes under AddressSanitizer, buffers of exactly the size`, () => {
      // Optimised further, the checks of AddressSanitizer take minutes to compile.
      const sanitise = [...flags, "-fsanitize=address", "-O1"];
      expect(checks(target, sanitise, runs("exact sizes", "exact random"))).toBeGreaterThan(150_000);
    });
  }
});
