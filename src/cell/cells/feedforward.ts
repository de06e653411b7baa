import { type CellDefinition, type Choice, defineCell } from "../cell.ts";
import { add, type Expression, matvec } from "../expression.ts";

/**
 * Feedforward network of several hidden layers, each with fresh noise inside or outside its activation.
 *
 * r_1 = f(wLayer1 u + bLayer1 + inside:1) + outside:1,  r_k = f(wLayer_k r_(k-1) + bLayer_k + inside:k) + outside:k
 *
 * The state is the rate of the last layer and does not depend on the state before: steps of a trial are separate
 * presentations. The sites `inside` and `outside` cover all layers, `inside:2` one of them; layers draw independently.
 * Noise outside a layer is noise inside the next one, through its weights. Readout from the last layer.
 * Weights start from N(0, 2 / fan-in), He et al. 2015. Source: Eckstein & Srinivasan 2026 (equations are ours).
 */
function layers(depth: number): CellDefinition {
  const numbers = Array.from({ length: depth }, (_, k) => k + 1);
  const initial: Choice = { name: "normal", gain: Math.SQRT2 };
  return {
    name: "feedforward",
    summary: "feedforward network of 1 to 8 hidden layers, fresh noise in each",
    references: ["eckstein2026", "he2015"],
    state: { h: "hidden" },
    parameters: Object.fromEntries(
      numbers.flatMap((k) => [
        [`wLayer${k}`, ["hidden", k === 1 ? "input" : "hidden"]],
        [`bLayer${k}`, ["hidden"]],
      ]),
    ),
    settings: { depth, activation: "relu" },
    ranges: {
      depth: { from: 1, to: 8, isWhole: true, remedy: "it counts the hidden layers; widen them with hiddenSize" },
    },
    structure: { settings: ["depth"], define: (values) => layers(values.depth) },
    step: ({ input, p, noise, f }) => {
      const rate = (below: Expression, k: number): Expression => {
        const drive = add(matvec(p[`wLayer${k}`], below), p[`bLayer${k}`], noise(`inside:${k}`));
        return add(f.activation(drive), noise(`outside:${k}`));
      };
      return { h: numbers.reduce(rate, input) };
    },
    initialisers: Object.fromEntries(numbers.map((k) => [`wLayer${k}`, initial])),
  };
}

export const feedforward = defineCell(layers(3));
