import { defineCell } from "../cell.ts";
import { add, type Expression, lerp, matvec, mul } from "../expression.ts";

/** What PyTorch's `Linear` layers of the published code start from, biases too. */
const start = { name: "uniform-fan-in", fan: "hidden" };

/**
 * Long expressive memory: two coupled leaky states whose time scales are learned functions of state and input.
 *
 * a = step * sigmoid(wScaleZ y + wScaleZIn u + bScaleZ),   b = step * sigmoid(wScaleY y + wScaleYIn u + bScaleY)
 * z' = (1 - a) z + a [ f(wRec y + wIn u + bRec + inside:z) + outside:z ]
 * y' = (1 - b) y + b [ f(wMemory z' + wMemoryIn u + bMemory + inside:y) + outside:y ]
 *
 * `step` is the largest step of a unit, in units of time; y sees the new z. The sites `inside` and `outside` cover both
 * states, which draw independently. Readout from y. Source: Rusch et al. 2022; PyTorch's two biases of each sum are one.
 */
export const lem = defineCell({
  name: "lem",
  summary: "long expressive memory: two coupled states with learned time scales, readout from the second",
  references: ["rusch2022"],
  state: { y: "hidden", z: "hidden" },
  parameters: {
    wScaleZ: ["hidden", "hidden"],
    wScaleZIn: ["hidden", "input"],
    bScaleZ: ["hidden"],
    wScaleY: ["hidden", "hidden"],
    wScaleYIn: ["hidden", "input"],
    bScaleY: ["hidden"],
    wRec: ["hidden", "hidden"],
    wIn: ["hidden", "input"],
    bRec: ["hidden"],
    wMemory: ["hidden", "hidden"],
    wMemoryIn: ["hidden", "input"],
    bMemory: ["hidden"],
  },
  settings: { step: 1, activation: "tanh" },
  ranges: { step: { above: 0, to: 1, remedy: "it is the largest step of a unit: above 1 a state would overshoot" } },
  timeStep: "step",
  step: ({ y, z, input, p, noise, s, f }) => {
    const stepOf = (state: "Z" | "Y"): Expression =>
      mul(
        s.step,
        f.sigmoid(add(matvec(p[`wScale${state}`], y), matvec(p[`wScale${state}In`], input), p[`bScale${state}`])),
      );
    const rate = (drive: Expression, state: "z" | "y"): Expression =>
      add(f.activation(add(drive, noise(`inside:${state}`))), noise(`outside:${state}`));
    const driven = rate(add(matvec(p.wRec, y), matvec(p.wIn, input), p.bRec), "z");
    const memory = lerp(z, driven, stepOf("Z"));
    const read = rate(add(matvec(p.wMemory, memory), matvec(p.wMemoryIn, input), p.bMemory), "y");
    return { y: lerp(y, read, stepOf("Y")), z: memory };
  },
  initialisers: {
    wScaleZ: start,
    wScaleZIn: start,
    bScaleZ: start,
    wScaleY: start,
    wScaleYIn: start,
    bScaleY: start,
    wRec: start,
    wIn: start,
    bRec: start,
    wMemory: start,
    wMemoryIn: start,
    bMemory: start,
  },
});
