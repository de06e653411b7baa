import { defineCell } from "../cell.ts";
import { add, lerp, matvec, mul, sub, sumUnits } from "../expression.ts";

/**
 * Neurons that hold a scalar plant at zero against kicks; plant and neurons are one cell, so gradients pass through
 * the plant exactly.
 *
 * h' = (1 - alpha) h + alpha [ f(wRec h + wPlant x + bRec + inside) + outside ]
 * x' = x - gain alpha z + (sum of u),   z = wControl h' + bControl
 *
 * The control acts on the plant in the step in which it is computed; `gain` is its effect per time constant of the
 * neurons (alpha = dt / tau), the kicks u are the input and act at once. The plant has no leak: without control x is
 * the sum of the kicks. Readout from x; frozen at 1 it makes the output the plant's state, and the error the loss.
 * Source: equations are ours, after the regulator of Eckstein & Srinivasan 2026, whose plant is not published.
 */
export const controlledPlant = defineCell({
  name: "controlled-plant",
  summary: "leaky neurons that control a scalar plant; the input kicks the plant, the output is its state",
  references: ["eckstein2026"],
  state: { h: "hidden", x: "1" },
  parameters: {
    wRec: ["hidden", "hidden"],
    wPlant: ["hidden", "1"],
    bRec: ["hidden"],
    wControl: ["1", "hidden"],
    bControl: [],
  },
  settings: { alpha: 0.1, gain: 1, activation: "relu" },
  ranges: {
    alpha: { above: 0, to: 1, remedy: "alpha is dt / tau, so lower dt or raise tau" },
    gain: { above: 0, remedy: "the sign of the control is that of wControl" },
  },
  timeStep: "alpha",
  rate: ({ x }) => x,
  step: ({ h, x, input, p, noise, s, f }) => {
    const drive = add(matvec(p.wRec, h), matvec(p.wPlant, x), p.bRec, noise("inside"));
    const next = lerp(h, add(f.activation(drive), noise("outside")), s.alpha);
    const control = add(matvec(p.wControl, next), p.bControl);
    return { h: next, x: add(sub(x, mul(s.gain, s.alpha, control)), sumUnits(input)) };
  },
  initialisers: { wRec: { name: "normal", gain: 0.9 } },
});
