import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { wasmBackend } from "../../src/engine/compiled/backend.ts";
import type { Precision } from "../../src/engine/contract.ts";
import { vectorBackend } from "../../src/engine/vector/backend.ts";
import { networkParts } from "../../src/network/spec.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { shippedKernels, shippedNetworks } from "../../src/platform/node/shipped-kernels.ts";
import {
  bestVariant,
  kernelHeadersDigest,
  kernelId,
  shippedFolder,
  wasmProvider,
} from "../../src/platform/node/wasm-provider.ts";
import { manifestFile } from "../../src/platform/wasm/kernel-file.ts";

const precisions = ["float32", "float64"] as const satisfies readonly Precision[];
const cache = mkdtempSync(join(tmpdir(), "noisy-rnn-cache-"));
const compiled: string[] = [];
const provider = wasmProvider({ onCompile: ({ name, precision }) => compiled.push(`${name} ${precision}`) });

beforeAll(() => {
  vi.stubEnv("NOISY_RNN_CACHE", cache);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

/** Prepares a network on a back end with nothing to fall back on but what the build shipped. */
async function prepared(
  backend: typeof wasmBackend | typeof vectorBackend,
  options: Parameters<typeof networkParts>[0],
  precision: Precision,
) {
  await backend(provider).prepare(networkParts(options, {}).program, precision);
  return { compiled: compiled.splice(0), cached: readdirSync(cache) };
}

const nothing = { compiled: [], cached: [] };

describe("shipped kernels", () => {
  test(`all ${2 * (shippedNetworks.length + 2)} of this Node's instruction set are in dist/kernels under their hash`, () => {
    const files = readdirSync(shippedFolder);
    const missing = shippedKernels()
      .map(({ name, text, precision }) => ({
        name,
        precision,
        file: `${kernelId(text, precision, bestVariant())}.wasm`,
      }))
      .filter(({ file }) => !files.includes(file));
    expect(missing).toEqual([]);
  });

  test("stand beside a note of the headers they were compiled with and of this Node's instruction set", () => {
    const note = JSON.parse(readFileSync(join(shippedFolder, manifestFile), "utf8"));
    expect(note).toEqual({ headers: kernelHeadersDigest(), variants: expect.arrayContaining([bestVariant()]) });
  });

  test.each(shippedNetworks)(
    "$cell $settings.activation $noise: other sizes need no compiler, in both precisions",
    async (network) => {
      for (const precision of precisions) {
        const sizes = { inputSize: 3, hiddenSize: 17, outputSize: 2 };
        expect(await prepared(wasmBackend, { ...sizes, ...network }, precision)).toEqual(nothing);
      }
    },
  );

  test.each<readonly [string, readonly NoiseSourceInput[]]>([
    ["none", []],
    ["inside", [{ site: "inside", intensity: 0.5 }]],
    ["outside, uniform", [{ site: "outside", law: "uniform", intensity: 1 }]],
  ])("noise of a cell's own sites (%s), other alpha, readout from the last step: the same kernel", async (_, noise) => {
    const sizes = { inputSize: 28, hiddenSize: 64, outputSize: 10 };
    const options = { cell: "ctrnn", settings: { alpha: 0.1 }, readout: { from: "last" }, noise, ...sizes } as const;
    expect(await prepared(wasmBackend, options, "float32")).toEqual(nothing);
  });

  test("any network runs on the vector routines without a compiler", async () => {
    const options = {
      cell: "gru",
      settings: { activation: "gelu" },
      inputSize: 2,
      hiddenSize: 5,
      outputSize: 1,
    } as const;
    for (const precision of precisions) expect(await prepared(vectorBackend, options, precision)).toEqual(nothing);
  });
});
