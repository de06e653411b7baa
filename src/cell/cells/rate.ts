import { defineCell } from "../cell.ts";
import { add, matvec, sub } from "../expression.ts";

/**
 * Continuous-time RNN in state-space form: the state is a filtered current, rates are a function of it.
 *
 * h' = h + alpha [ -h + wRec (f(h) + outside) + wIn u + bRec + inside ]
 *
 * `alpha` = dt / tau. Noise `inside` is part of the current; noise `outside` is added to the rates that the network
 * feeds back. The form of PsychRNN and trainRNNbrain, whose noise is the site `state` (or, equally, `inside` with
 * intensity sqrt(2 / alpha) sigma). Readout from f(h).
 */
export const rate = defineCell({
  name: "rate",
  summary: "continuous-time RNN in state-space form, readout from the rates f(h)",
  references: ["ehrlich2021", "sompolinsky1988"],
  state: { h: "hidden" },
  parameters: { wRec: ["hidden", "hidden"], wIn: ["hidden", "input"], bRec: ["hidden"] },
  settings: { alpha: 0.2, activation: "relu" },
  ranges: { alpha: { above: 0, to: 1, remedy: "alpha is dt / tau, so lower dt or raise tau" } },
  timeStep: "alpha",
  drift: ({ h, input, p, noise, f }) => {
    const fedBack = add(f.activation(h), noise("outside"));
    const current = add(matvec(p.wRec, fedBack), matvec(p.wIn, input), p.bRec, noise("inside"));
    return { h: sub(current, h) };
  },
  leak: () => ({ h: 1 }),
  rate: ({ h, f }) => f.activation(h),
  initialisers: { wRec: { name: "normal", gain: 0.9 }, wIn: { name: "normal", gain: 1 }, bRec: { name: "zeros" } },
});
