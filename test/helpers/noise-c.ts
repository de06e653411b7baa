/** Noise drawn by kernels/random.h, in WebAssembly or natively. */
import { exportMacro, type NativeTarget, reserve, runNative, type WasmProgram, wasmProgram } from "./wasm-c.ts";

/**
 * `fill` writes `[panel, step, unit, trial of the panel]`; `trials` holds the trial numbers of all panels one after the
 * other. `some` draws for a few vectors of one panel. `tails` counts the draws beyond four bounds without keeping them.
 */
export const noiseSource = `${exportMacro}
#include "random.h"
EXPORT(panel) int panel(void) { return PANEL; }
EXPORT(fill) void fill(real *out, int law, float intensity, const u32 *trials, int panels, u32 site, int blocks,
                       u32 step0, int steps, u32 stream, u32 key0, u32 key1) {
  for (int p = 0; p < panels; p++)
    for (int t = 0; t < steps; t++)
      for (int b = 0, count; b < blocks; b += count, out += 4 * count * PANEL) {
        /* Calls of different lengths, because blocks are worked on together. */
        count = 1 + b % 5 < blocks - b ? 1 + b % 5 : blocks - b;
        noise_rows(out, law, intensity, trials + p * PANEL, site, (u32)b, count, step0 + (u32)t, stream, key0, key1,
                   VPP);
      }
}
EXPORT(vectors) int vectors(void) { return VPP; }
EXPORT(some) void some(real *out, const u32 *trials, int vectors) {
  for (int i = 0; i < 4 * PANEL; i++) out[i] = 0;
  noise_rows(out, LAW_GAUSSIAN, 1, trials, 1, 2, 1, 3, 4, 5, 6, vectors);
}
EXPORT(tails) void tails(double *counts, const float *bounds, const u32 *trials, int blocks, int steps, u32 stream,
                         u32 key0, u32 key1) {
  static _Alignas(64) real rows[4 * PANEL];
  for (int t = 0; t < steps; t++)
    for (int b = 0; b < blocks; b++) {
      noise_rows(rows, LAW_GAUSSIAN, 1, trials, 0, (u32)b, 1, (u32)t, stream, key0, key1, VPP);
      real largest = 0;
      for (int i = 0; i < 4 * PANEL; i++) {
        real size = rows[i] < 0 ? -rows[i] : rows[i];
        largest = largest < size ? size : largest;
      }
      if (largest <= bounds[0]) continue;
      for (int i = 0; i < 4 * PANEL; i++)
        for (int k = 0; k < 4; k++) {
          counts[2 * k] += rows[i] > bounds[k];
          counts[2 * k + 1] += -rows[i] > bounds[k];
        }
    }
}
`;

export interface NoiseRequest {
  readonly law: number;
  readonly intensity: number;
  readonly trials: Uint32Array;
  readonly site: number;
  /** A multiple of four. */
  readonly units: number;
  readonly firstStep: number;
  readonly steps: number;
  readonly stream: number;
  readonly seed: number;
}

export interface NoiseC {
  readonly program: WasmProgram;
  /** `[panel, step, unit, trial of the panel]`; the array is overwritten by the next call. */
  fill(request: NoiseRequest): Float32Array | Float64Array;
}

export const keyWords = (seed: number): [number, number] => [seed >>> 0, Math.floor(seed / 2 ** 32)];

export async function noiseC(flags: readonly string[] = []): Promise<NoiseC> {
  const program = await wasmProgram(noiseSource, flags);
  const wide = flags.includes("-DREAL64");
  return {
    program,
    fill(request) {
      const { law, intensity, trials, site, units, firstStep, steps, stream, seed } = request;
      const panel = program.call.panel();
      const count = trials.length * steps * units;
      const at = program.heap + Math.ceil(trials.length / 16) * 64;
      reserve(program, at, count * (wide ? 8 : 4));
      new Uint32Array(program.memory.buffer, program.heap, trials.length).set(trials);
      program.call.fill(
        at,
        law,
        intensity,
        program.heap,
        trials.length / panel,
        site,
        units / 4,
        firstStep,
        steps,
        stream,
        ...keyWords(seed),
      );
      return wide
        ? new Float64Array(program.memory.buffer, at, count)
        : new Float32Array(program.memory.buffer, at, count);
    },
  };
}

/** The same noise from one native program, one array per law; see `nativeTargets`. */
export function nativeFill(
  request: Omit<NoiseRequest, "law">,
  laws: readonly number[],
  target: NativeTarget,
  flags: readonly string[],
): (Float32Array | Float64Array)[] {
  const { intensity, trials, site, units, firstStep, steps, stream, seed } = request;
  const count = trials.length * steps * units;
  const main = `${noiseSource}
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  u32 *trials = aligned_alloc(64, ${Math.ceil(trials.length / 16) * 64});
  real *out = aligned_alloc(64, ${count} * sizeof(real));
  if (!trials || !out || fread(trials, 4, ${trials.length}, stdin) != ${trials.length}) return 1;
  const int laws[] = {${laws.join()}};
  for (int i = 0; i < ${laws.length}; i++) {
    fill(out, laws[i], ${intensity}f, trials, ${trials.length} / PANEL, ${site}u, ${units / 4}, ${firstStep}u, ${steps},
         ${stream}u, ${keyWords(seed).join("u, ")}u);
    if (fwrite(out, sizeof(real), ${count}, stdout) != ${count}) return 1;
  }
  return 0;
}`;
  const { buffer } = runNative(main, target, { flags, input: new Uint8Array(trials.buffer) });
  return laws.map((_, i) =>
    flags.includes("-DREAL64")
      ? new Float64Array(buffer, i * count * 8, count)
      : new Float32Array(buffer, i * count * 4, count),
  );
}
