import { defineCell } from "../cell.ts";
import { add, matvec, modRelu } from "../expression.ts";

/**
 * RNN with an orthogonal recurrent matrix: a map that keeps the norm of gradients but for its nonlinearity.
 *
 * h' = modReLU(wRec h + wIn u + inside; bRec) + outside,   modReLU(v; b) = sign(v) relu(|v| + b)
 *
 * `wRec` has the parametrisation `orthogonal`, the exponential of a skew matrix unless it is chosen otherwise (Cayley's
 * map, re-basing as in dtriv). `bRec` is the threshold of each unit, not added to its drive: a negative one silences
 * drives below -b, a positive one makes a jump at 0. Readout from h. Source: Lezcano-Casado & Martinez-Rubio 2019.
 */
export const exprnn = defineCell({
  name: "exprnn",
  summary: "orthogonal recurrent matrix (exponential or Cayley map of a skew matrix) with modReLU",
  references: ["lezcano2019", "lezcano2019trivializations"],
  state: { h: "hidden" },
  parameters: { wRec: ["hidden", "hidden"], wIn: ["hidden", "input"], bRec: ["hidden"] },
  settings: {},
  step: ({ h, input, p, noise }) => {
    const drive = add(matvec(p.wRec, h), matvec(p.wIn, input), noise("inside"));
    return { h: add(modRelu(drive, p.bRec), noise("outside")) };
  },
  initialisers: {
    wRec: { name: "cayley" },
    wIn: { name: "normal", gain: Math.SQRT2 },
    bRec: { name: "uniform", bound: 0.01 },
  },
  parametrisations: { wRec: { name: "orthogonal" } },
});
