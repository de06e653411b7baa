/** Ways to run a sequence that must not change a bit: segments with checkpoints, stacks of networks, threads. */
import { describe, expect, test } from "vitest";
import { cells } from "../../src/cell/cells/registry.ts";
import type { Precision, RealArray, SequenceKernel } from "../../src/engine/contract.ts";
import { segmentSteps } from "../../src/engine/segments.ts";
import { candidates, narrower, reference } from "../helpers/backends.ts";
import { everything, type Setup, setup, worst } from "../helpers/programs.ts";

const everyBackend = [{ label: "reference", backend: reference }, ...candidates, ...narrower];
const precisionsOf = (label: string): readonly Precision[] =>
  label === "reference" ? ["float64"] : ["float32", "float64"];

function sameBits(found: Record<string, RealArray>, expected: Record<string, RealArray>, where: string): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) {
    const bits = (array: RealArray) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
    expect(bits(found[name]).equals(bits(values)), `${where}: ${name}`).toBe(true);
  }
}

test("a segment is about sqrt(steps) long and a whole number of chunks", () => {
  expect([0, 1, 31, 100, 784, 10_000].map((steps) => segmentSteps(steps, 32))).toEqual([0, 1, 31, 32, 32, 96]);
  expect([0, 1, 9, 100, 10_000].map((steps) => segmentSteps(steps, 1))).toEqual([0, 1, 3, 10, 100]);
});

describe("checkpointing gives the bits of a run that keeps everything: forward, VJP, JVP, HVP, states", () => {
  for (const { label, backend } of everyBackend) {
    for (const stepCount of [0, 1, 32, 33, 100]) {
      test(`${label}, ${stepCount} steps`, async () => {
        const prepared = setup(cells.get("ctrnn"), { batchSize: 19, stepCount, outputFrom: Math.min(stepCount, 3) });
        for (const precision of precisionsOf(label)) {
          const plain = await backend.prepare(prepared.program, precision);
          const thrifty = await backend.prepare(prepared.program, precision, { checkpointing: true });
          sameBits(everything(thrifty, prepared), everything(plain, prepared), `${label} ${precision}`);
        }
      });
    }
  }
});

describe("threads change no bit: 2 and 5 give those of 1, alone, in stacks and with checkpoints", () => {
  for (const { label, backend } of [...candidates, ...narrower].filter(({ backend: { name } }) => name !== "vector")) {
    test(label, async () => {
      // 7 panels of float32 and 13 of float64, so that shards are shared unevenly
      const prepared = setup(cells.get("ctrnn"), {
        batchSize: 100,
        stepCount: 70,
        sizes: { hidden: 13, input: 2, output: 3 },
      });
      for (const precision of precisionsOf(label)) {
        for (const checkpointing of [false, true]) {
          const alone = await backend.prepare(prepared.program, precision, { checkpointing });
          const expected = everything(alone, prepared);
          for (const threads of [2, 5]) {
            const kernel = await backend.prepare(prepared.program, precision, { checkpointing, threads });
            expect(kernel.threads).toBe(threads);
            sameBits(everything(kernel, prepared), expected, `${label} ${precision} ${threads} threads`);
            kernel.close();
          }
        }
      }
    });
  }
});

describe("a stack gives every member the bits of a call of its own", () => {
  const members = (batchSize: number): Setup[] =>
    [1, 2, 3].map((seed) =>
      setup(cells.get("ctrnn"), { seed, intensity: 0.2 * seed, batchSize, stepCount: 35, outputFrom: 2 }),
    );
  const gradientsOf = (kernel: SequenceKernel, setups: readonly Setup[]) => {
    const stack = kernel.forwardStack(
      setups.map(({ call }) => call),
      true,
    );
    const all = stack.backward(
      setups.map(({ cotangents }) => cotangents),
      { inputs: true },
    );
    const states = stack.members.map((member) => member.states());
    const second = stack.members[1].backward(setups[1].cotangents, { inputs: true });
    return { outputs: stack.members.map(({ outputs }) => outputs), all, states, second };
  };
  for (const { label, backend } of everyBackend) {
    for (const checkpointing of [false, true]) {
      test(`${label}${checkpointing ? ", with checkpoints" : ""}`, async () => {
        for (const batchSize of [1, 19]) {
          for (const precision of precisionsOf(label)) {
            const setups = members(batchSize);
            const kernel = await backend.prepare(setups[0].program, precision, { checkpointing });
            const stack = gradientsOf(kernel, setups);
            for (const [i, { call, cotangents }] of setups.entries()) {
              const alone = kernel.forward(call, true);
              const { parameters, inputs, initialState } = alone.backward(cotangents, { inputs: true });
              const where = `${label} ${precision} member ${i}`;
              sameBits(stack.outputs[i] as Record<string, RealArray>, { ...alone.outputs }, where);
              sameBits({ ...stack.states[i] }, { ...alone.states() }, where);
              sameBits({ ...stack.all[i].parameters }, { ...parameters }, where);
              sameBits({ ...stack.all[i].inputs }, { ...inputs }, where);
              sameBits({ ...stack.all[i].initialState }, { ...initialState }, where);
              if (i === 1) sameBits({ ...stack.second.parameters }, { ...parameters }, `${where} alone`);
            }
          }
        }
      });
    }
  }

  test("members of different shapes are refused", async () => {
    const [first] = members(3);
    const [other] = members(4);
    const kernel = await reference.prepare(first.program, "float64");
    expect(() => kernel.forwardStack([first.call, other.call], false)).toThrow(
      /member 1 of a stack: must have the shape/,
    );
  });
});

describe("every number of units from 1 to 67, with 1 to 40 trials, in float32", () => {
  for (const { label, backend } of [...candidates, ...narrower]) {
    test(`${label}: outputs and gradients agree with the reference to 1e-4; half of the trials have the same bits`, async () => {
      const whole = await backend.prepare(setup(cells.get("ctrnn")).program, "float32");
      const exact = await reference.prepare(setup(cells.get("ctrnn")).program, "float64");
      for (let hidden = 1; hidden <= 67; hidden++) {
        const batchSize = 1 + ((hidden * 23) % 40);
        const sizes = { hidden, input: 1 + (hidden % 5), output: 1 + (hidden % 3) };
        const prepared = setup(cells.get("ctrnn"), { sizes, batchSize, stepCount: 3, seed: hidden });
        const results = (kernel: SequenceKernel): Record<string, RealArray> => {
          const pass = kernel.forward(prepared.call, true);
          const { parameters } = pass.backward(prepared.cotangents, { inputs: false });
          return { ...pass.outputs, ...parameters };
        };
        const found = results(whole);
        const { error, where } = worst(found, results(exact));
        // a few hundred roundings of 6e-8
        expect(error, `${hidden} units, ${batchSize} trials: ${where}`).toBeLessThan(1e-4);

        const half = Math.ceil(batchSize / 2);
        const part = (values: RealArray): RealArray => values.slice(0, (values.length / batchSize) * half);
        const { call } = prepared;
        const halved = whole.forward(
          {
            ...call,
            batchSize: half,
            inputs: { input: part(call.inputs.input) },
            initialState: Object.fromEntries(
              Object.entries(call.initialState).map(([name, values]) => [name, part(values)]),
            ),
            noise: { ...call.noise, trials: call.noise.trials.slice(0, half) },
          },
          false,
        );
        sameBits({ output: halved.outputs.output }, { output: part(found.output) }, `${hidden} units, ${half} trials`);
      }
    });
  }
});
