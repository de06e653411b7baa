import type { RealArray } from "../../engine/contract.ts";
import { maskedLoss } from "./masked-loss.ts";

/**
 * Multi-class hinge of Crammer and Singer: one unit of margin to the strongest rival, mean over masked steps.
 *
 *     l(z, y) = max(0, 1 + max_{j != y} z_j - z_y)
 *
 * With one output it is the binary hinge max(0, 1 - s z), s = +1 for class 1 and -1 for class 0.
 * Sub-gradient: 0 at the kink; the first of equally strong rivals carries it. The Hessian is 0 almost everywhere.
 */
export const hinge = maskedLoss({
  name: "hinge",
  summary: "Lack of a unit margin between the class's score and its strongest rival, mean over masked steps.",
  references: ["crammer2001"],
  target: "classes",
  average: "mask",
  value(output, at, size, truth) {
    return size === 1
      ? Math.max(0, 1 - sign(truth) * output[at])
      : Math.max(0, shortfall(output, at, size, truth).amount);
  },
  gradient(into, scale, output, at, size, truth) {
    if (size === 1) {
      if (1 - sign(truth) * output[at] > 0) into[at] = -sign(truth) * scale;
      return;
    }
    const { rival, amount } = shortfall(output, at, size, truth);
    if (!(amount > 0)) return;
    into[at + rival] = scale;
    into[at + truth] = -scale;
  },
  hessianProduct() {
    // The result is zero and so is the array it would be written to.
  },
});

function sign(truth: number): number {
  return truth === 1 ? 1 : -1;
}

function shortfall(output: RealArray, at: number, size: number, truth: number): { rival: number; amount: number } {
  let rival = truth === 0 ? 1 : 0;
  for (let i = rival + 1; i < size; i++) if (i !== truth && output[at + i] > output[at + rival]) rival = i;
  return { rival, amount: 1 + output[at + rival] - output[at + truth] };
}
