import { defineCell } from "../cell.ts";
import { add, matvec, mul, sub } from "../expression.ts";

/** What PyTorch's `Linear` over input, velocity and position starts from, its bias too. */
const start = { name: "uniform-fan-in", fan: "2*hidden + input" };

/**
 * Coupled oscillatory RNN: damped, driven oscillators with positions y and velocities z.
 *
 * y'' = f(wRec y + wVelocity y' + wIn u + bRec + inside) + outside - gamma y - epsilon y'
 *
 * z' = z + step * [ f(wRec y + wVelocity z + wIn u + bRec + inside) + outside - gamma y - epsilon z ]
 * y' = y + step * z'
 *
 * The position moves with the new velocity (symplectic Euler without the damping); the damping is explicit. `gamma` is
 * the squared frequency of an uncoupled oscillator, `epsilon` its damping; `step` is in units of time. The sites `state`
 * and `state:z` add to the state after the step. Readout from y. Source: Rusch & Mishra 2021, with the explicit damping
 * of their published code.
 */
export const cornn = defineCell({
  name: "cornn",
  summary: "coupled oscillatory RNN: damped oscillators coupled through an activation, readout from the positions",
  references: ["rusch2021"],
  state: { y: "hidden", z: "hidden" },
  parameters: {
    wRec: ["hidden", "hidden"],
    wVelocity: ["hidden", "hidden"],
    wIn: ["hidden", "input"],
    bRec: ["hidden"],
  },
  settings: { step: 0.042, gamma: 2.7, epsilon: 4.7, activation: "tanh" },
  ranges: {
    step: { above: 0, remedy: "the step is a time, choose for example 0.042" },
    gamma: { from: 0, remedy: "it is a squared frequency, for example 2.7" },
    epsilon: { from: 0, remedy: "it is a damping, for example 4.7" },
  },
  timeStep: "step",
  step: ({ y, z, input, p, noise, s, f }) => {
    const drive = add(matvec(p.wRec, y), matvec(p.wVelocity, z), matvec(p.wIn, input), p.bRec, noise("inside"));
    const force = add(f.activation(drive), noise("outside"));
    const velocity = add(z, mul(s.step, sub(sub(force, mul(s.gamma, y)), mul(s.epsilon, z))));
    return { y: add(y, mul(s.step, velocity)), z: velocity };
  },
  initialisers: { wRec: start, wVelocity: start, wIn: start, bRec: start },
});
