import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { defineCell } from "../../src/cell/cell.ts";
import { add, matvec, tanh } from "../../src/cell/expression.ts";
import { CapabilityError } from "../../src/core/errors.ts";
import { chooseBackend, installBackend, preferBackend, reference } from "../../src/engine/backends.ts";
import { wasmBackend } from "../../src/engine/compiled/backend.ts";
import { vectorBackend } from "../../src/engine/vector/backend.ts";
import type { WasmProvider } from "../../src/engine/wasm/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { wasmProvider } from "../../src/platform/node/wasm-provider.ts";

afterEach(() => preferBackend(undefined));

/** A platform whose compiler is missing: only the vector routines are there. */
const withoutCompiler: WasmProvider = {
  ...wasmProvider(),
  instantiate: async (name, text, options) => {
    if (name === "vector routines") return wasmProvider().instantiate(name, text, options);
    throw new CapabilityError({ place: name, rule: "no compiler", remedy: "none" });
  },
};

const own = defineCell({
  name: "own",
  summary: "a cell that ships with nothing",
  state: { h: "hidden" },
  parameters: { w: ["hidden", "hidden"], u: ["hidden", "input"] },
  settings: {},
  step: ({ h, input, p }) => ({ h: tanh(add(matvec(p.w, h), matvec(p.u, input), 0.125)) }),
});
const network = () =>
  createNetwork({ cell: "own", inputSize: 1, hiddenSize: 4, outputSize: 1, noise: [] }, { cell: own });

test("a user's cell is interpreted where no compiler exists, compiled where one does, and the numbers agree to 1e-6", async () => {
  installBackend(reference);
  installBackend(vectorBackend(withoutCompiler));
  installBackend(wasmBackend(withoutCompiler));
  const interpreted = await network().kernel({ precision: "float32" });
  expect(interpreted.backend).toBe("vector");
  installBackend(vectorBackend(wasmProvider()));
  installBackend(wasmBackend(wasmProvider()));
  const compiled = await network().kernel({ precision: "float32" });
  expect(compiled.backend).toBe("wasm");
  const call = {
    weights: network().initialWeights(1),
    batchSize: 2,
    stepCount: 3,
    input: Float32Array.of(1, 2, 3, -1, -2, -3),
    trials: Uint32Array.of(0, 1),
    level: "zero" as const,
    key: { seed: 0, stream: 0 },
  };
  const [a, b] = [interpreted.forward(call).output, compiled.forward(call).output];
  for (const [i, value] of a.entries()) expect(Math.abs(value - b[i])).toBeLessThan(1e-6);
});

test("a back end that is named is taken or refused, never replaced", async () => {
  installBackend(wasmBackend(withoutCompiler));
  await expect(network().kernel({ precision: "float32", backend: "wasm" })).rejects.toThrow(/no compiler/);
  await expect(network().kernel({ precision: "float32", backend: "reference" })).rejects.toThrow(
    /cannot compute in float32/,
  );
  expect(() => chooseBackend("wsam")).toThrow(/did you mean "wasm"/);
});

test("the preferred back end is the choice wherever none is named", async () => {
  preferBackend("reference");
  expect(chooseBackend().name).toBe("reference");
  expect((await network().kernel({ precision: "float64" })).backend).toBe("reference");
});

test("a program that C refuses is a defect with the compiler's message", async () => {
  const { compileKernel } = await import("../../src/platform/node/wasm-provider.ts");
  await expect(compileKernel("broken", "void f(void) { undeclared(; }", "float32", "simd128")).rejects.toThrow(
    /kernel of broken: clang refused[\s\S]*error:/,
  );
});

test("a cached module that was cut short is made anew", async () => {
  const cache = mkdtempSync(join(tmpdir(), "noisy-rnn-cache-"));
  vi.stubEnv("NOISY_RNN_CACHE", cache);
  try {
    const compiled: string[] = [];
    installBackend(wasmBackend(wasmProvider({ onCompile: ({ name }) => compiled.push(name) })));
    const prepare = () => network().kernel({ precision: "float32", backend: "wasm" });
    await prepare();
    await prepare();
    expect(compiled).toHaveLength(1);
    const folder = join(cache, "kernels");
    const [file] = readdirSync(folder).filter((name) => name.endsWith(".wasm"));
    const whole = readFileSync(join(folder, file));
    truncateSync(join(folder, file), 3000);
    await prepare();
    expect(compiled).toHaveLength(2);
    expect(readFileSync(join(folder, file)).equals(whole)).toBe(true);
  } finally {
    vi.unstubAllEnvs();
    rmSync(cache, { recursive: true });
  }
});
