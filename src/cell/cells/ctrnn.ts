import { defineCell } from "../cell.ts";
import { add, matvec, sub } from "../expression.ts";

/**
 * Continuous-time RNN whose state is a leaky average of rates; the cell of the noise-preference work.
 *
 * h' = (1 - alpha) h + alpha [ f(wRec h + wIn u + bRec + inside) + outside ]
 *
 * `alpha` = dt / tau. Noise `inside` is added to the pre-activation and so is rectified by f; noise `outside` is
 * added to the rate. Neither is rescaled by sqrt(alpha), so their statistics depend on alpha at fixed intensity.
 * Readout from h. Source: Eckstein & Srinivasan 2026 (equations as in a public review of version 1).
 */
export const ctrnn = defineCell({
  name: "ctrnn",
  summary: "continuous-time RNN, leaky average of rates, noise inside or outside the activation",
  references: ["eckstein2026", "yang2019"],
  state: { h: "hidden" },
  parameters: { wRec: ["hidden", "hidden"], wIn: ["hidden", "input"], bRec: ["hidden"] },
  settings: { alpha: 0.2, activation: "relu" },
  ranges: { alpha: { above: 0, to: 1, remedy: "alpha is dt / tau, so lower dt or raise tau" } },
  timeStep: "alpha",
  drift: ({ h, input, p, noise, f }) => {
    const drive = add(matvec(p.wRec, h), matvec(p.wIn, input), p.bRec, noise("inside"));
    const rate = add(f.activation(drive), noise("outside"));
    return { h: sub(rate, h) };
  },
  leak: () => ({ h: 1 }),
  initialisers: { wRec: { name: "normal", gain: 0.9 }, wIn: { name: "normal", gain: 1 }, bRec: { name: "zeros" } },
});
