import { describe, test } from "vitest";
import { defineCell } from "../../src/cell/cell.ts";
import * as e from "../../src/cell/expression.ts";
import { agree } from "../helpers/agreement.ts";
import { setup } from "../helpers/programs.ts";

const sizes = { hidden: 7, input: 3, output: 2 };

describe("every element-wise operation as an activation agrees on every back end", () => {
  const functions: Record<string, (x: e.Expression) => e.Expression> = {
    ...e.activations,
    // arguments kept where the functions are defined
    log: (x) => e.log(e.add(1.5, e.square(x))),
    sqrt: (x) => e.sqrt(e.add(0.5, e.square(x))),
    power: (x) => e.power(e.add(1.5, e.square(x)), 1.7),
    "power of itself": (x) => e.power(e.add(1.5, e.square(e.tanh(x))), e.tanh(x)),
    division: (x) => e.div(x, e.add(2, e.square(x))),
    cos: e.cos,
    sign: (x) => e.mul(x, e.sign(x)),
    minimum: (x) => e.min(x, e.mul(0.3, x)),
    maximum: (x) => e.max(e.mul(-0.7, x), x),
    "mod-relu": (x) => e.modRelu(x, -0.1),
    greater: (x) => e.mul(e.greater(x, 0.05), x),
  };
  // a compiler takes about as long for one function as for nine
  const perProgram = 9;
  const names = Object.keys(functions);
  for (let first = 0; first < names.length; first += perProgram) {
    const members = names.slice(first, first + perProgram);
    // a state of its own for each, so that a difference names the function
    const states = members.map((name) => `f_${name.replaceAll(/\W/g, "_")}`);
    const cell = defineCell({
      name: "functions",
      summary: "h_f' = h_f / 2 + f(W mean(h) + U u + noise) for every function f",
      state: Object.fromEntries(states.map((state) => [state, "hidden"])),
      parameters: { w: ["hidden", "hidden"], u: ["hidden", "input"] },
      settings: { keep: 0.5 },
      step: ({ input, p, s, noise, ...h }) => {
        const mean = e.mul(1 / states.length, e.add(0, ...states.map((state) => h[state])));
        const drive = e.add(e.matvec(p.w, mean), e.matvec(p.u, input), noise("inside"));
        return Object.fromEntries(
          states.map((state, i) => [state, e.add(e.mul(s.keep, h[state]), functions[members[i]](drive))]),
        );
      },
      // the readout sees every state, so that its gradient passes through every function
      rate: (h) => e.add(0, ...states.map((state) => h[state])),
    });
    test(members.join(", "), async () => {
      await agree(setup(cell, { sizes, batchSize: 5, stepCount: 3 }), "float64");
      await agree(setup(cell, { sizes, batchSize: 5, stepCount: 3 }), "float32");
    });
  }
});
