import { defineCell } from "../cell.ts";
import { add, matvec } from "../expression.ts";

/**
 * Simple recurrent network: a map without memory of its own.
 *
 * h' = f(wRec h + wIn u + bRec + inside) + outside
 *
 * The recurrence of PyTorch's `RNN` with its two biases added into one. Readout from h. Source: Elman 1990.
 */
export const elman = defineCell({
  name: "elman",
  summary: "simple recurrent network h' = f(W h + U u + b)",
  references: ["elman1990"],
  state: { h: "hidden" },
  parameters: { wRec: ["hidden", "hidden"], wIn: ["hidden", "input"], bRec: ["hidden"] },
  settings: { activation: "tanh" },
  step: ({ h, input, p, noise, f }) => {
    const drive = add(matvec(p.wRec, h), matvec(p.wIn, input), p.bRec, noise("inside"));
    return { h: add(f.activation(drive), noise("outside")) };
  },
  initialisers: { wRec: { name: "normal", gain: 0.9 }, wIn: { name: "normal", gain: 1 }, bRec: { name: "zeros" } },
});
