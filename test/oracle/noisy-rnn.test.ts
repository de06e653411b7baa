/** The published updates of the Lipschitz and the noisy RNN in PyTorch; noisy-rnn.py says how. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createNetwork } from "../../src/network/network.ts";
import { presets } from "../../src/noise/presets.ts";

type Matrix = readonly (readonly number[])[];

interface Oracle {
  readonly settings: Readonly<Record<"beta" | "gammaA" | "gammaW" | "step" | "mult" | "add", number>>;
  readonly key: { readonly seed: number; readonly stream: number };
  readonly weights: Readonly<Record<string, Matrix | readonly number[]>>;
  readonly input: readonly Matrix[];
  readonly labels: readonly number[];
  readonly cases: readonly {
    readonly solver: "base" | "noisy";
    readonly logits: Matrix;
    readonly gradients: Readonly<Record<string, Matrix | readonly number[]>>;
  }[];
}

const oracle = JSON.parse(readFileSync(new URL("noisy-rnn.json", import.meta.url), "utf8")) as Oracle;
const { beta, gammaA, gammaW, step, mult, add } = oracle.settings;

/** Our names; their free matrices act on row vectors, so ours are the transposes. */
const names = { B: "wLinear", C: "wRec", E: "wIn", b: "bRec", D: "wOut", c: "bOut", d: "dStep" } as const;
const flat = (name: string, values: Matrix | readonly number[]): Float64Array => {
  const rows = values as Matrix;
  const ours = name === "B" || name === "C" ? rows[0].map((_, j) => rows.map((row) => row[j])) : values;
  return Float64Array.from(ours.flat());
};

describe("the published updates, on the same weights and noise: logits and every gradient to 1e-6", () => {
  test.each(oracle.cases)("$solver", async ({ solver, logits, gradients }) => {
    const published = presets.get("noisyrnn-code").network({ sigma: add, mu: mult });
    const network = createNetwork({
      ...(solver === "noisy" ? published : { cell: "lipschitz" }),
      settings: { ...(solver === "noisy" && published.settings), step },
      inputSize: oracle.input[0][0].length,
      hiddenSize: 6,
      outputSize: logits[0].length,
      parametrisations: {
        wLinear: { name: "symmetric-skew", beta, gamma: gammaA },
        wRec: { name: "symmetric-skew", beta, gamma: gammaW },
      },
      readout: { from: "last" },
    });
    const theirs = Object.entries(oracle.weights).filter(([name]) => solver === "noisy" || name !== "d");
    const [batchSize, stepCount] = [oracle.input.length, oracle.input[0].length];
    const kernel = await network.kernel({ backend: "reference", precision: "float64" });
    const forward = kernel.forward(
      {
        weights: Object.fromEntries(theirs.map(([name, w]) => [names[name as keyof typeof names], flat(name, w)])),
        batchSize,
        stepCount,
        input: Float64Array.from(oracle.input.flat(2)),
        trials: Uint32Array.from({ length: batchSize }, (_, trial) => trial),
        level: "trained",
        key: oracle.key,
      },
      true,
    );
    // normals here are float32 to within 2 units in the last place, 2e-7, there float64
    const tolerance = 1e-6;
    const cotangent = new Float64Array(forward.output.length);
    for (const [b, row] of logits.entries()) {
      const at = (b * stepCount + stepCount - 1) * row.length;
      const exps = row.map(Math.exp);
      const total = exps.reduce((sum, x) => sum + x);
      for (const [k, logit] of row.entries()) {
        expect(Math.abs(forward.output[at + k] - logit)).toBeLessThan(tolerance);
        cotangent[at + k] = (exps[k] / total - (k === oracle.labels[b] ? 1 : 0)) / batchSize;
      }
    }
    const found = forward.backward({ output: cotangent });
    expect(Object.keys(found).sort()).toEqual(
      Object.keys(gradients)
        .map((name) => names[name as "B"] as string)
        .sort(),
    );
    for (const [name, values] of Object.entries(gradients)) {
      const expected = flat(name, values);
      found[names[name as keyof typeof names]].forEach((value, i) => {
        expect(Math.abs(value - expected[i]), `${name}[${i}]`).toBeLessThan(tolerance);
      });
    }
  });
});
