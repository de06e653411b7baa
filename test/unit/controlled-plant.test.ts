import { expect, test } from "vitest";
import { preparedNetwork } from "../helpers/networks.ts";
import { dot } from "../helpers/programs.ts";

const one = (value: number): Float64Array => Float64Array.of(value);

/** One linear neuron that sees the plant with weight 1 and acts on it with weight k; the output is the plant. */
async function loop(options: { alpha: number; gain: number; k: number; stepCount: number; batchSize?: number }) {
  const { alpha, gain, k, stepCount, batchSize = 1 } = options;
  const prepared = await preparedNetwork({
    cell: "controlled-plant",
    settings: { alpha, gain, activation: "linear" },
    noise: ["inside", "outside"].map((site) => ({ site, intensity: 0.5 })),
    parametrisations: { wOut: { name: "frozen" } },
    initialisers: { wOut: { name: "constant", value: 1 } },
    readout: { bias: false },
    inputSize: 1,
    hiddenSize: 1,
    outputSize: 1,
    batchSize,
    stepCount,
  });
  const weights = {
    wRec: one(0),
    wPlant: one(1),
    bRec: one(0),
    wControl: one(k),
    bControl: one(0),
    wOut: one(1),
  };
  const input = new Float64Array(batchSize * stepCount);
  for (let b = 0; b < batchSize; b++) input[b * stepCount] = 1;
  return { ...prepared, call: { ...prepared.call, weights, input, level: "zero" as const } };
}

test.each([
  { alpha: 0.1, gain: 1, k: 2 },
  { alpha: 0.1, gain: 4, k: 2 },
  { alpha: 0.3, gain: 1, k: 0.5 },
])("after a kick of 1 the plant follows the closed form of the loop to 1e-12, %o", async (options) => {
  const { alpha, gain, k } = options;
  const { kernel, call } = await loop({ ...options, stepCount: 60 });
  const { output } = kernel.forward(call);
  // (h, x) -> A (h, x) with A = [[1 - alpha, alpha], [-g (1 - alpha), 1 - g alpha]], g = alpha gain k; the kick arrives
  // after the control of its step, so the output is x_0 = 1, x_1 = 1 - g alpha, and then a sum of the two modes of A
  const g = alpha * gain * k;
  const trace = 2 - alpha - g * alpha;
  const determinant = 1 - alpha;
  const spread = (trace / 2) ** 2 - determinant;
  const at = (t: number): number => {
    const x1 = 1 - g * alpha;
    if (spread >= 0) {
      const [up, down] = [trace / 2 + Math.sqrt(spread), trace / 2 - Math.sqrt(spread)];
      const weight = (x1 - down) / (up - down);
      return weight * up ** t + (1 - weight) * down ** t;
    }
    const radius = Math.sqrt(determinant);
    const angle = Math.atan2(Math.sqrt(-spread), trace / 2);
    return (
      radius ** t * (Math.cos(angle * t) + ((x1 / radius - Math.cos(angle)) / Math.sin(angle)) * Math.sin(angle * t))
    );
  };
  for (let t = 0; t < 60; t++) expect(Math.abs(output[t] - at(t))).toBeLessThan(1e-12);
});

test("without control the plant is the sum of all kicks, of every input channel", async () => {
  const { kernel, call } = await preparedNetwork({
    cell: "controlled-plant",
    parametrisations: { wOut: { name: "frozen" } },
    outputSize: 1,
    batchSize: 1,
    stepCount: 5,
  });
  const weights = { ...call.weights, wControl: new Float64Array(3), bControl: one(0), wOut: one(1), bOut: one(0) };
  const { output } = kernel.forward({ ...call, weights });
  let sum = 0;
  for (let t = 0; t < 5; t++) {
    sum += call.input[2 * t] + call.input[2 * t + 1];
    expect(output[t]).toBeCloseTo(sum, 14);
  }
});

test.each(["inside", "outside"])(
  "noise %s a linear neuron gives the stationary variance of the plant within 4 standard errors",
  async (site) => {
    const [alpha, gain, k, batchSize, stepCount] = [0.3, 1, 1, 1500, 40];
    const { kernel, call } = await loop({ alpha, gain, k, batchSize, stepCount });
    const trials = Uint32Array.from({ length: batchSize }, (_, b) => b);
    const level = { sites: { inside: 0, outside: 0, [site]: 0.5 } };
    const { output } = kernel.forward({ ...call, trials, level });
    const last = Float64Array.from({ length: batchSize }, (_, b) => output[(b + 1) * stepCount - 1]);
    // P = A P A' + Q by iteration, with the draw's way into (h, x): (alpha, -alpha g) s
    const g = alpha * gain * k;
    const a = [1 - alpha, alpha, -g * (1 - alpha), 1 - g * alpha];
    const q = [alpha * 0.5, -g * alpha * 0.5];
    let p = [0, 0, 0, 0];
    for (let t = 0; t < 500; t++) {
      const ap = [
        a[0] * p[0] + a[1] * p[2],
        a[0] * p[1] + a[1] * p[3],
        a[2] * p[0] + a[3] * p[2],
        a[2] * p[1] + a[3] * p[3],
      ];
      p = [
        ap[0] * a[0] + ap[1] * a[1] + q[0] * q[0],
        ap[0] * a[2] + ap[1] * a[3] + q[0] * q[1],
        ap[2] * a[0] + ap[3] * a[1] + q[1] * q[0],
        ap[2] * a[2] + ap[3] * a[3] + q[1] * q[1],
      ];
    }
    // relative deviation sqrt(2 / trials) = 3.7 %; the kick has decayed to 0.84^40 = 1e-3
    expect(Math.abs(dot(last, last) / batchSize / p[3] - 1)).toBeLessThan(4 * Math.sqrt(2 / batchSize));
  },
);
