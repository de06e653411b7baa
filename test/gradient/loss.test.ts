import { describe, expect, test } from "vitest";
import { normals, stream, uniforms } from "../../src/core/random.ts";
import type { Judged } from "../../src/train/contract.ts";
import { losses } from "../../src/train/losses/registry.ts";

const [batchSize, stepCount] = [4, 5];

function judged(kind: "values" | "classes", outputSize: number): Judged {
  const random = uniforms(new Float64Array(batchSize * stepCount), { seed: 1, stream: stream("user") });
  return {
    batchSize,
    stepCount,
    outputSize,
    // A third of the steps do not count, the others by different weights.
    mask: Float32Array.from(random, (x) => (x < 1 / 3 ? 0 : x)),
    target:
      kind === "values"
        ? { kind, values: normal(2, batchSize * stepCount * outputSize, Float32Array) }
        : { kind, classes: Int32Array.from(random, (x) => Math.floor(x * 997) % Math.max(2, outputSize)) },
  };
}

function weighted(batch: Judged): Judged {
  const lengths = Uint32Array.of(5, 3, 1, 4);
  const mask = batch.mask.map((m, index) => (index % stepCount < lengths[Math.floor(index / stepCount)] ? m : 0));
  const channelWeights = batch.target.kind === "values" ? { channelWeights: Float32Array.of(2, 0, 0.3) } : {};
  return { ...batch, mask, lengths, ...channelWeights };
}

function normal<Out extends Float32Array | Float64Array>(
  seed: number,
  count: number,
  type: new (n: number) => Out,
): Out {
  return normals(new type(count), { seed, stream: stream("user", 1) });
}

describe("losses: gradient and Hessian product against central differences in float64", () => {
  for (const loss of losses.members) {
    for (const outputSize of [1, 2, 5, 3]) {
      // 3 outputs: of different weight, in trials of different lengths.
      const batch = outputSize === 3 ? weighted(judged(loss.target, 3)) : judged(loss.target, outputSize);
      const output = normal(3, batchSize * stepCount * outputSize, Float64Array);
      // Differences of step 1e-5: truncation (1e-5)^2 times third derivatives of order 1, rounding 1e-16 / 1e-5.
      test(`${loss.name}, ${outputSize} outputs: every slope within 1e-9`, () => {
        const slope = loss.gradient(output, batch);
        expect(slope.some((x) => x !== 0)).toBe(true);
        for (let i = 0; i < output.length; i++) {
          const value = (shift: number) => loss.measure(output.with(i, output[i] + shift), batch).value;
          expect(Math.abs(slope[i] - (value(1e-5) - value(-1e-5)) / 2e-5)).toBeLessThan(1e-9);
        }
      });
      test(`${loss.name}, ${outputSize} outputs: Hessian times tangent within 1e-9`, () => {
        const tangent = normal(4, output.length, Float64Array);
        const product = loss.gradientTangent(output, tangent, batch);
        const shifted = (step: number) =>
          loss.gradient(
            output.map((z, i) => z + step * tangent[i]),
            batch,
          );
        const [after, before] = [shifted(1e-5), shifted(-1e-5)];
        for (let i = 0; i < output.length; i++) {
          expect(Math.abs(product[i] - (after[i] - before[i]) / 2e-5)).toBeLessThan(1e-9);
        }
        // The hinge is piecewise linear; the others bend.
        expect(product.some((x) => x !== 0)).toBe(loss.name !== "hinge");
      });
    }
  }
});
