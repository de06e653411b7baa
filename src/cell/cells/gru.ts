import { defineCell } from "../cell.ts";
import { add, lerp, matvec, mul } from "../expression.ts";

/**
 * Gated recurrent unit, in PyTorch's form (reset after the product).
 *
 * r = sigmoid(wResetRec h + wResetIn u + bReset),  z = sigmoid(wUpdateRec h + wUpdateIn u + bUpdate)
 * n = f(r * (wRec h + bRec) + wIn u + bIn + inside) + outside,   h' = n + z (h - n)
 *
 * PyTorch's two biases of each gate are one here; the candidate keeps both. Readout from h. Source: Cho et al. 2014.
 */
export const gru = defineCell({
  name: "gru",
  summary: "gated recurrent unit (reset after the product, as in PyTorch)",
  references: ["cho2014"],
  state: { h: "hidden" },
  parameters: {
    wResetRec: ["hidden", "hidden"],
    wResetIn: ["hidden", "input"],
    bReset: ["hidden"],
    wUpdateRec: ["hidden", "hidden"],
    wUpdateIn: ["hidden", "input"],
    bUpdate: ["hidden"],
    wRec: ["hidden", "hidden"],
    bRec: ["hidden"],
    wIn: ["hidden", "input"],
    bIn: ["hidden"],
  },
  settings: { activation: "tanh" },
  step: ({ h, input, p, noise, f }) => {
    const reset = f.sigmoid(add(matvec(p.wResetRec, h), matvec(p.wResetIn, input), p.bReset));
    const update = f.sigmoid(add(matvec(p.wUpdateRec, h), matvec(p.wUpdateIn, input), p.bUpdate));
    const recurrent = mul(reset, add(matvec(p.wRec, h), p.bRec));
    const drive = add(recurrent, matvec(p.wIn, input), p.bIn, noise("inside"));
    const candidate = add(f.activation(drive), noise("outside"));
    return { h: lerp(candidate, h, update) };
  },
});
