import { type CellDefinition, defineCell } from "../cell.ts";
import { add, div, matvec, mul, sigmoid } from "../expression.ts";

/**
 * Lipschitz RNN, the cell of the noisy-RNN work, as a differential equation stepped by Euler-Maruyama.
 *
 * dh = [ A h + f(wRec h + wIn u + bRec + inside) + outside ] dt,   h' = h + step * drift
 * gated: drift = sigmoid(wRec h + wGate u + bGate) * [ A h + f(...) + outside ], with the same wRec in gate and drive
 *
 * learnedStep: the drift times d / step, so that h' = h + d * drift; d (`dStep`) is one number per unit, begins at the
 * step and is free, as in the published code of the noisy RNN. Noise per square root of time goes by `step`.
 *
 * A (`wLinear`) and `wRec` are beta (B - B') + (1 - beta)(B + B') - gamma I of free matrices B: the parametrisation
 * `symmetric-skew`. The noise of Lim et al. 2021 enters at the sites `state` (additive) and `state-multiplicative`
 * with `proportionalTo: "drift"`; the published code's at `state` and `update`. `step` is in units of time.
 * Readout from h. Sources: Erichson et al. 2021; Lim et al. 2021, equations as in their published code.
 */
function lipschitzRnn(gated: number, learnedStep: number): CellDefinition {
  return {
    name: "lipschitz",
    summary: "Lipschitz RNN, plain or gated: linear part plus activation, symmetric-skew matrices, Euler-Maruyama",
    references: ["erichson2021", "lim2021"],
    state: { h: "hidden" },
    parameters: {
      wLinear: ["hidden", "hidden"],
      wRec: ["hidden", "hidden"],
      wIn: ["hidden", "input"],
      bRec: ["hidden"],
      ...(gated === 1 && { wGate: ["hidden", "input"], bGate: ["hidden"] }),
      ...(learnedStep === 1 && { dStep: ["hidden"] }),
    },
    settings: { gated, learnedStep, step: 0.03, activation: "tanh" },
    ranges: {
      gated: { from: 0, to: 1, isWhole: true, remedy: "1 multiplies the drift by a gate, 0 does not" },
      learnedStep: { from: 0, to: 1, isWhole: true, remedy: "1 learns a step for each unit, 0 does not" },
      step: { above: 0, remedy: "the step is a time, choose for example 0.03" },
    },
    structure: {
      settings: ["gated", "learnedStep"],
      define: (values) => lipschitzRnn(values.gated, values.learnedStep),
    },
    timeStep: "step",
    drift: ({ h, input, p, noise, s, f }) => {
      const recurrent = matvec(p.wRec, h);
      const drive = add(recurrent, matvec(p.wIn, input), p.bRec, noise("inside"));
      const drift = add(matvec(p.wLinear, h), f.activation(drive), noise("outside"));
      const gate = gated === 1 ? sigmoid(add(recurrent, matvec(p.wGate, input), p.bGate)) : undefined;
      const open = gate === undefined ? drift : mul(drift, gate);
      return { h: learnedStep === 0 ? open : mul(div(p.dStep, s.step), open) };
    },
    initialisers: {
      // published code: standard deviation 0.1 / n
      wLinear: { name: "normal-over-size", scale: 0.1 },
      wRec: { name: "normal-over-size", scale: 0.1 },
      wIn: { name: "uniform-fan-in" },
      bRec: { name: "uniform-fan-in", fan: "input" },
      ...(gated === 1 && { wGate: { name: "uniform-fan-in" }, bGate: { name: "uniform-fan-in", fan: "input" } }),
      ...(learnedStep === 1 && { dStep: { name: "setting", of: "step" } }),
    },
    parametrisations: {
      wLinear: { name: "symmetric-skew", beta: 0.75, gamma: 0.001 },
      wRec: { name: "symmetric-skew", beta: 0.75, gamma: 0.001 },
    },
  };
}

export const lipschitz = defineCell(lipschitzRnn(0, 0));
