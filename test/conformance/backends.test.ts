import { describe, expect, test } from "vitest";
import { defineCell, type Equations } from "../../src/cell/cell.ts";
import { cells } from "../../src/cell/cells/registry.ts";
import * as e from "../../src/cell/expression.ts";
import { agree } from "../helpers/agreement.ts";
import { candidates, narrower, reference } from "../helpers/backends.ts";
import { type SetupOptions, setup } from "../helpers/programs.ts";

const sizes = { hidden: 7, input: 3, output: 2 };

describe("every built-in cell: forward, VJP, JVP and HVP equal the reference to 1e-12 (float64) and 2e-4 (float32)", () => {
  for (const cell of cells.members) {
    for (const precision of ["float64", "float32"] as const) {
      test(`${cell.name}, ${precision}, 19 trials, 37 steps (more than one panel and one chunk)`, async () => {
        await agree(setup(cell, { sizes, batchSize: 19, stepCount: 37 }), precision);
      });
    }
  }
});

describe("narrower instruction sets: the cell with the most products and the one with the most elementary functions", () => {
  for (const name of ["gru", "lipschitz"]) {
    for (const precision of ["float64", "float32"] as const) {
      test(`${name}, ${precision}`, async () => {
        await agree(setup(cells.get(name), { sizes, batchSize: 19, stepCount: 37 }), precision, narrower);
      });
    }
  }
});

describe("equations that use every structure", () => {
  const structures: Record<string, Equations> = {
    "slices and concatenation": ({ h, c, input, p }) => {
      const both = e.matvec(p.tall, e.concat(h, input));
      const [gate, value] = [e.slice(both, 0, "hidden"), e.slice(both, "hidden", "hidden")];
      return { h: e.mul(e.sigmoid(gate), e.tanh(value)), c: e.add(c, e.mul(0.1, gate)) };
    },
    "a sum over units that scales every unit": ({ h, c, p, s }) => {
      const norm = e.sqrt(e.add(1, e.sumUnits(e.square(h))));
      return { h: e.add(e.div(e.matvec(p.w, h), norm), p.b), c: e.lerp(c, e.mul(norm, h), s.alpha) };
    },
    "states that change places": ({ h, c }) => ({ h: c, c: h }),
    "a state that stays, a state that is a constant": ({ h }) => ({ h, c: e.mul(h, 0) }),
    "one matrix used twice and a number as a parameter": ({ h, c, input, p }) => ({
      h: e.tanh(e.add(e.matvec(p.w, h), e.matvec(p.u, input), e.matvec(p.w, c))),
      c: e.tanh(e.mul(p.gain, e.matvec(p.w, e.tanh(e.matvec(p.w, c))))),
    }),
    "noise of two sites, one shared by all units": ({ h, c, noise, s }) => ({
      h: e.lerp(h, e.add(c, e.mul(h, noise("shared", "1"))), s.alpha),
      c: e.tanh(e.add(h, e.mul(c, noise("own")))),
    }),
    "where, and a product of a parameter vector": ({ h, c, p }) => ({
      h: e.where(e.sub(h, c), e.tanh(h), e.mul(p.b, c)),
      c: e.matvec(p.w, e.mul(p.b, h)),
    }),
    "an input that nothing depends on but a carry of itself": ({ h, c, p }) => ({
      h: e.mul(h, p.b),
      c: e.add(c, p.gain),
    }),
  };
  // a compiler takes about as long for four structures as for one; each has two states of its own
  const perProgram = 4;
  const names = Object.keys(structures);
  for (let first = 0; first < names.length; first += perProgram) {
    const members = names.slice(first, first + perProgram);
    const cell = defineCell({
      name: "structures",
      summary: "equations that do not meet",
      state: Object.fromEntries(members.flatMap((_, i) => [`h${i}`, `c${i}`].map((state) => [state, "hidden"]))),
      parameters: {
        w: ["hidden", "hidden"],
        u: ["hidden", "input"],
        gain: [],
        b: ["hidden"],
        tall: ["2*hidden", "hidden + input"],
      },
      settings: { alpha: 0.3 },
      step: (terms) =>
        Object.fromEntries(
          members.flatMap((name, i) => {
            const next = structures[name]({ ...terms, h: terms[`h${i}`], c: terms[`c${i}`] });
            return [
              [`h${i}`, next.h],
              [`c${i}`, next.c],
            ];
          }),
        ),
      // the readout sees every structure
      rate: (terms) => e.add(0, ...members.map((_, i) => terms[`h${i}`])),
    });
    test(`in one cell: ${members.join("; ")}`, async () => {
      for (const precision of ["float64", "float32"] as const) {
        await agree(setup(cell, { sizes, batchSize: 17, stepCount: 5 }), precision);
      }
    });
  }
});

describe("degenerate shapes", () => {
  const shapes: [string, SetupOptions][] = [
    ["batch 0", { batchSize: 0 }],
    ["no steps", { stepCount: 0 }],
    ["one trial, one step", { batchSize: 1, stepCount: 1 }],
    ["one hidden unit, one input, one output", { sizes: { hidden: 1, input: 1, output: 1 } }],
    ["no input", { sizes: { hidden: 3, input: 0, output: 1 } }],
    ["outputs from the last step on", { stepCount: 6, outputFrom: 5 }],
    ["silent noise", { intensity: 0 }],
  ];
  for (const [name, options] of shapes) {
    test(name, async () => {
      for (const precision of ["float64", "float32"] as const) {
        await agree(setup(cells.get("ctrnn"), options), precision);
      }
    });
  }
});

test("a NaN in one trial's input comes out of that trial and of no other, on every back end", async () => {
  const { relu, hardTanh, softplus } = e;
  const activations = Object.entries({ relu, hardTanh, softplus });
  const cell = defineCell({
    name: "activations",
    summary: "one state for each of three activations",
    state: { relu: "hidden", hardTanh: "hidden", softplus: "hidden" },
    parameters: { w: ["hidden", "hidden"], u: ["hidden", "input"] },
    settings: {},
    step: ({ input, p, ...h }) =>
      Object.fromEntries(
        activations.map(([name, f]) => [name, f(e.add(e.matvec(p.w, h[name]), e.matvec(p.u, input)))]),
      ),
  });
  const prepared = setup(cell, { batchSize: 3, stepCount: 2 });
  const input = prepared.call.inputs.input.slice();
  input[input.length / 3] = Number.NaN; // first number of the second trial
  const call = { ...prepared.call, inputs: { input } };
  for (const { label, backend } of [{ label: "reference", backend: reference }, ...candidates]) {
    const pass = (await backend.prepare(prepared.program, "float64")).forward(call, false);
    const hidden = prepared.call.initialState.relu.length / 3;
    for (const [name, values] of Object.entries(pass.states())) {
      const perTrial = values.length / 3;
      for (const [i, value] of values.entries()) {
        const isAfterInput = i % perTrial >= hidden; // states begin with the initial one
        expect(Number.isNaN(value), `${label}, ${name}, ${i}`).toBe(isAfterInput && Math.floor(i / perTrial) === 1);
      }
    }
    const { output } = pass.outputs;
    expect(
      [...output.keys()].filter((i) => Number.isNaN(output[i])).map((i) => Math.floor((3 * i) / output.length)),
    ).toEqual(Array(output.length / 3).fill(1));
  }
});

describe("every law gives the same numbers on every back end", () => {
  for (const law of ["gaussian", "uniform", "uniform-decrement", "bernoulli", "rademacher"] as const) {
    test(law, async () => agree(setup(cells.get("elman"), { law, sizes, batchSize: 9 }), "float64"));
  }
});

test("float32 states that die out end at 0 natively, subnormal ones stay in float64, and JavaScript keeps its own", async () => {
  const decay = defineCell({
    name: "decay",
    summary: "halves its state",
    state: { h: "hidden" },
    parameters: { b: ["hidden"] },
    settings: {},
    step: ({ h, p }) => ({ h: e.mul(h, p.b) }),
  });
  const prepared = setup(decay, { sizes: { hidden: 2, input: 0, output: 1 }, batchSize: 1, stepCount: 10 });
  const call = {
    ...prepared.call,
    parameters: { ...prepared.call.parameters, b: Float64Array.of(0.5, 1) },
    initialState: { h: Float64Array.of(2 ** -124, 2 ** -124) },
  };
  for (const { label, backend } of [...candidates, ...narrower]) {
    for (const precision of ["float32", "float64"] as const) {
      const { h } = (await backend.prepare(prepared.program, precision)).forward(call, false).states();
      const flushes = backend.name === "native" && precision === "float32";
      expect([...h.slice(-2)], `${label} ${precision}`).toEqual([flushes ? 0 : 2 ** -134, 2 ** -124]);
      expect(Math.min(h[0], 2 ** -1040) * 0.5, label).toBe(2 ** -1041);
    }
  }
});
