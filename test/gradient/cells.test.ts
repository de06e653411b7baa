import { describe, expect, test } from "vitest";
import { cells } from "../../src/cell/cells/registry.ts";
import type { RealArray, SequenceCall, SequenceKernel } from "../../src/engine/contract.ts";
import { candidates, reference } from "../helpers/backends.ts";
import { dot, type Setup, setup } from "../helpers/programs.ts";

type Group = "parameters" | "inputs" | "initialState";
const groups: readonly Group[] = ["parameters", "inputs", "initialState"];

/** A smooth loss of everything that comes out: sum of c z + z^2 / 2. */
function loss(kernel: SequenceKernel, call: SequenceCall, { cotangents }: Setup): number {
  const { outputs } = kernel.forward(call, false);
  let total = 0;
  for (const [name, values] of Object.entries(outputs))
    total += dot(cotangents.outputs[name], values) + dot(values, values) / 2;
  return total;
}

const lossCotangents = ({ cotangents }: Setup, outputs: Readonly<Record<string, RealArray>>) => ({
  outputs: Object.fromEntries(
    Object.entries(outputs).map(([name, z]) => [name, z.map((x, i) => cotangents.outputs[name][i] + x)]),
  ),
});

function gradient(kernel: SequenceKernel, call: SequenceCall, prepared: Setup) {
  const forward = kernel.forward(call, true);
  return forward.backward(lossCotangents(prepared, forward.outputs), { inputs: true });
}

function moved(call: SequenceCall, group: Group, name: string, index: number, by: number): SequenceCall {
  const values = call[group][name].slice();
  values[index] += by;
  return { ...call, [group]: { ...call[group], [name]: values } };
}

// Central differences with h = 1e-5: truncation h^2 times third derivatives (about 1e-10), rounding
// 1e-16 * loss / h (about 1e-10); the bound asked for is 1e-6 relative to the gradient's scale.
const h = 1e-5;
const everyBackend = [{ label: "reference", backend: reference }, ...candidates];

describe("gradients equal central differences to 1e-6 in float64, for every parameter, input and initial state", () => {
  for (const cell of cells.members) {
    for (const activation of "activation" in cell.settings ? ["tanh", "softplus"] : []) {
      test(`${cell.name} (${activation})`, async () => {
        const prepared = setup(cell, { settings: { activation } });
        const kernel = await reference.prepare(prepared.program, "float64");
        const found = gradient(kernel, prepared.call, prepared);
        for (const group of groups) {
          for (const [name, values] of Object.entries(found[group])) {
            const scale = 1 + Math.max(...values.map(Math.abs));
            for (let i = 0; i < values.length; i++) {
              const up = loss(kernel, moved(prepared.call, group, name, i, h), prepared);
              const down = loss(kernel, moved(prepared.call, group, name, i, -h), prepared);
              const error = Math.abs((up - down) / (2 * h) - values[i]) / scale;
              expect(error, `${group} ${name}[${i}]`).toBeLessThan(1e-6);
            }
          }
        }
      });
    }
  }
});

describe("forward and reverse mode agree: |<c, J v> - <J' c, v>| <= 1e-12 of the terms' size, float64, every back end", () => {
  for (const cell of cells.members) {
    test(cell.name, async () => {
      const prepared = setup(cell, { batchSize: 11, stepCount: 9 });
      const { call, cotangents, directions } = prepared;
      for (const { label, backend } of everyBackend) {
        const kernel = await backend.prepare(prepared.program, "float64");
        const pulled = kernel.forward(call, true).backward(cotangents, { inputs: true });
        const { outputTangents } = kernel.tangent(call, directions, false);
        let left = 0;
        let right = 0;
        let size = 0;
        for (const [name, values] of Object.entries(outputTangents)) {
          left += dot(cotangents.outputs[name], values);
          size += dot(cotangents.outputs[name].map(Math.abs), values.map(Math.abs));
        }
        for (const group of groups)
          for (const [name, values] of Object.entries(pulled[group])) right += dot(values, directions[group][name]);
        expect(Math.abs(left - right) / size, label).toBeLessThan(1e-12);
      }
    });
  }
});

describe("Hessian-vector products equal differences of gradients to 1e-6 and are symmetric to 1e-11, float64", () => {
  for (const cell of cells.members) {
    test(cell.name, async () => {
      const settings = "activation" in cell.settings ? { activation: "tanh" } : {};
      const prepared = setup(cell, { settings });
      const other = setup(cell, { settings, seed: 2 });
      const kernel = await reference.prepare(prepared.program, "float64");
      const hvp = (directions: Setup["directions"]) => {
        const tangent = kernel.tangent(prepared.call, directions, true);
        const second = { outputs: tangent.outputTangents };
        return tangent.backward(lossCotangents(prepared, tangent.outputs), second).gradientTangents;
      };
      const along = (by: number): SequenceCall => {
        const call = { ...prepared.call };
        for (const group of groups) {
          call[group] = Object.fromEntries(
            Object.entries(prepared.call[group]).map(([name, x]) => [
              name,
              x.map((value, i) => value + by * prepared.directions[group][name][i]),
            ]),
          );
        }
        return call;
      };
      const [up, down] = [gradient(kernel, along(h), prepared), gradient(kernel, along(-h), prepared)];
      const found = hvp(prepared.directions);
      const crossed = hvp(other.directions);
      let [uv, vu] = [0, 0];
      for (const group of groups) {
        for (const [name, values] of Object.entries(found[group])) {
          const scale = 1 + Math.max(...values.map(Math.abs));
          values.forEach((value, i) => {
            const expected = (up[group][name][i] - down[group][name][i]) / (2 * h);
            expect(Math.abs(value - expected) / scale, `${group} ${name}[${i}]`).toBeLessThan(1e-6);
          });
          uv += dot(values, other.directions[group][name]);
          vu += dot(crossed[group][name], prepared.directions[group][name]);
        }
      }
      expect(Math.abs(uv - vu) / (1 + Math.abs(uv))).toBeLessThan(1e-11);
    });
  }
});

describe("conventions at kinks", () => {
  test("relu and step have slope 0 at 0: a silent unit receives no gradient", async () => {
    const prepared = setup(cells.get("ctrnn"), { intensity: 0, scale: 0 });
    const kernel = await reference.prepare(prepared.program, "float64");
    const ones = { outputs: { output: new Float64Array(3 * 4 * 3).fill(1), activity: new Float64Array(12) } };
    const { parameters } = kernel.forward(prepared.call, true).backward(ones, { inputs: false });
    expect([...parameters.bRec].every((g) => g === 0)).toBe(true);
    expect(parameters.bOut[0]).toBe(12);
  });
});
