import { defineCell } from "../cell.ts";
import { add, matvec } from "../expression.ts";

/**
 * Lipschitz RNN, the cell of the noisy-RNN work, as a differential equation stepped by Euler-Maruyama.
 *
 * dh = [ A h + f(wRec h + wIn u + bRec + inside) ] dt,   h' = h + step * drift
 *
 * A (`wLinear`) and `wRec` are beta (B - B') + (1 - beta)(B + B') - gamma I of free matrices B: the parametrisation
 * `symmetric-skew`. The noise of Lim et al. 2021 enters at the sites `state` (additive) and `state-multiplicative`
 * with `proportionalTo: "drift"`; the published code's at `state` and `update`. `step` is in units of time.
 * Readout from h. Sources: Erichson et al. 2021; Lim et al. 2021, equations as in their published code.
 */
export const lipschitz = defineCell({
  name: "lipschitz",
  summary: "Lipschitz RNN: linear part plus activation, symmetric-skew matrices, stepped by Euler-Maruyama",
  references: ["erichson2021", "lim2021"],
  state: { h: "hidden" },
  parameters: {
    wLinear: ["hidden", "hidden"],
    wRec: ["hidden", "hidden"],
    wIn: ["hidden", "input"],
    bRec: ["hidden"],
  },
  settings: { step: 0.03, activation: "tanh" },
  ranges: { step: { above: 0, remedy: "the step is a time, choose for example 0.03" } },
  timeStep: "step",
  drift: ({ h, input, p, noise, f }) => {
    const drive = add(matvec(p.wRec, h), matvec(p.wIn, input), p.bRec, noise("inside"));
    return { h: add(matvec(p.wLinear, h), f.activation(drive)) };
  },
  initialisers: {
    // published code: standard deviation 0.1 / n
    wLinear: { name: "normal-over-size", scale: 0.1 },
    wRec: { name: "normal-over-size", scale: 0.1 },
    wIn: { name: "uniform-fan-in" },
    bRec: { name: "uniform-fan-in", fan: "input" },
  },
  parametrisations: {
    wLinear: { name: "symmetric-skew", beta: 0.75, gamma: 0.001 },
    wRec: { name: "symmetric-skew", beta: 0.75, gamma: 0.001 },
  },
});
