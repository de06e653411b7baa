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
  for (const [name, f] of Object.entries(functions)) {
    test(name, async () => {
      const cell = defineCell({
        name: "one-function",
        summary: "h' = h / 2 + f(W h + U u + noise)",
        state: { h: "hidden" },
        parameters: { w: ["hidden", "hidden"], u: ["hidden", "input"] },
        settings: { keep: 0.5 },
        step: ({ h, input, p, s, noise }) => {
          const drive = e.add(e.matvec(p.w, h), e.matvec(p.u, input), noise("inside"));
          return { h: e.add(e.mul(s.keep, h), f(drive)) };
        },
      });
      await agree(setup(cell, { sizes, batchSize: 5, stepCount: 3 }), "float64");
      await agree(setup(cell, { sizes, batchSize: 5, stepCount: 3 }), "float32");
    });
  }
});
