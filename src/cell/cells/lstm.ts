import { defineCell } from "../cell.ts";
import { add, type Expression, matvec, mul } from "../expression.ts";

/**
 * Long short-term memory.
 *
 * i = sigmoid(wInputRec h + wInputIn u + bInput),  k = sigmoid(wForgetRec h + wForgetIn u + bForget),
 * o = sigmoid(wOutputRec h + wOutputIn u + bOutput),  g = f(wRec h + wIn u + bRec + inside) + outside
 * c' = k c + i g,   h' = o f(c')
 *
 * PyTorch's `LSTM` with its two biases of each gate added into one; the bias of the forget gate starts at 1, so that the
 * memory is open. Readout from h. Sources: Hochreiter & Schmidhuber 1997; forget gate Gers et al. 2000.
 */
export const lstm = defineCell({
  name: "lstm",
  summary: "long short-term memory with a forget gate, as in PyTorch",
  references: ["hochreiter1997", "gers2000"],
  state: { h: "hidden", c: "hidden" },
  parameters: {
    wInputRec: ["hidden", "hidden"],
    wInputIn: ["hidden", "input"],
    bInput: ["hidden"],
    wForgetRec: ["hidden", "hidden"],
    wForgetIn: ["hidden", "input"],
    bForget: ["hidden"],
    wOutputRec: ["hidden", "hidden"],
    wOutputIn: ["hidden", "input"],
    bOutput: ["hidden"],
    wRec: ["hidden", "hidden"],
    wIn: ["hidden", "input"],
    bRec: ["hidden"],
  },
  settings: { activation: "tanh" },
  step: ({ h, c, input, p, noise, f }) => {
    const gate = (name: "Input" | "Forget" | "Output"): Expression =>
      f.sigmoid(add(matvec(p[`w${name}Rec`], h), matvec(p[`w${name}In`], input), p[`b${name}`]));
    const drive = add(matvec(p.wRec, h), matvec(p.wIn, input), p.bRec, noise("inside"));
    const candidate = add(f.activation(drive), noise("outside"));
    const memory = add(mul(gate("Forget"), c), mul(gate("Input"), candidate));
    return { h: mul(gate("Output"), f.activation(memory)), c: memory };
  },
  initialisers: { bForget: { name: "constant", value: 1 } },
});
