import { type CellDefinition, defineCell } from "../cell.ts";
import { add, matvec, mul, sigmoid } from "../expression.ts";

/**
 * Antisymmetric RNN: a differential equation whose linear part neither grows nor decays but for a small damping.
 *
 * dh = [ f(wRec h + wIn u + bRec + inside) + outside ] dt,   h' = h + step * drift
 * gated: drift = sigmoid(wRec h + wGate u + bGate) * [ f(...) + outside ], with the same matrix in gate and drive
 *
 * `wRec` is skew-symmetric minus gamma I: the parametrisation `skew`, n (n - 1) / 2 free numbers. `step` is in units of
 * time. Readout from h. Source: Chang et al. 2019, plain and gated form; the published code of Lim et al. 2021 has the
 * plain form as its baseline, with `symmetric-skew` at beta = 1 (n^2 free numbers for the same matrices).
 */
function antisymmetricRnn(gated: number): CellDefinition {
  return {
    name: "antisymmetric",
    summary:
      "antisymmetric RNN, plain or gated: skew-symmetric recurrence with damping, stepped as an equation of motion",
    references: ["chang2019"],
    state: { h: "hidden" },
    parameters: {
      wRec: ["hidden", "hidden"],
      wIn: ["hidden", "input"],
      bRec: ["hidden"],
      ...(gated === 1 && { wGate: ["hidden", "input"], bGate: ["hidden"] }),
    },
    settings: { gated, step: 0.01, activation: "tanh" },
    ranges: {
      gated: { from: 0, to: 1, isWhole: true, remedy: "1 multiplies the drift by a gate, 0 does not" },
      step: { above: 0, remedy: "the step is a time, choose for example 0.01" },
    },
    structure: { settings: ["gated"], define: (values) => antisymmetricRnn(values.gated) },
    timeStep: "step",
    drift: ({ h, input, p, noise, f }) => {
      const recurrent = matvec(p.wRec, h);
      const drive = add(recurrent, matvec(p.wIn, input), p.bRec, noise("inside"));
      const rate = add(f.activation(drive), noise("outside"));
      return { h: gated === 0 ? rate : mul(rate, sigmoid(add(recurrent, matvec(p.wGate, input), p.bGate))) };
    },
    initialisers: { wRec: { name: "normal", gain: 1 }, wIn: { name: "normal", gain: 1 } },
    parametrisations: { wRec: { name: "skew", gamma: 0.0001 } },
  };
}

export const antisymmetric = defineCell(antisymmetricRnn(0));
