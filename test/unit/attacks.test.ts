import { describe, expect, test } from "vitest";
import { distances, type Norm, steepest, uniformIn } from "../../src/analysis/attacks/ball.ts";
import { decisionOf, gapsOf, isAhead } from "../../src/analysis/attacks/decision.ts";
import { deepFool } from "../../src/analysis/attacks/deep-fool.ts";
import { projectedGradient } from "../../src/analysis/attacks/projected-gradient.ts";
import { type Victim, victimOf } from "../../src/analysis/attacks/victim.ts";
import { fastGradientSign } from "../../src/analysis/perturbations/fast-gradient-sign.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import type { TrialBatch } from "../../src/task/contract.ts";
import { trialIndices } from "../../src/train/batches.ts";
import { losses } from "../../src/train/losses/registry.ts";
import { type LinearSetup, l1, l2, linearClassifier, rivalSlopes } from "../helpers/linear-classifier.ts";
import { random, randomWeights } from "../helpers/networks.ts";

installBackends();
const free = (): void => {};
const loss = losses.get("cross-entropy");
const quiet = [{ seed: 1, stream: 1 }];

async function linearVictim(setup: LinearSetup) {
  const { network, weights, task, slopes } = linearClassifier(setup);
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const batch = task.batch("test", trialIndices(0, 12), 0);
  const victim = victimOf({ network, kernel, weights, loss, level: "zero", keys: quiet }, batch);
  /** Score gaps to every rival with the gradients of them. */
  const rivals = (row: number, input: Float64Array) => {
    const gaps = gapsOf(victim.decision, victim.scores(input), row);
    const length = victim.counts[row] / batch.inputSize;
    return rivalSlopes(slopes(length), victim.decision.classes[row]).map(({ rival, slope }) => ({
      gap: gaps[rival],
      slope,
    }));
  };
  return { victim, rivals };
}

/** A tanh network of 6 units with random weights, 8 trials of 3 classes. */
async function curvedVictim(noise = 0, draws = 1): Promise<Victim> {
  const network = createNetwork({
    cell: "ctrnn",
    inputSize: 2,
    hiddenSize: 6,
    outputSize: 3,
    settings: { alpha: 0.5, activation: "tanh" },
    noise: [{ site: "inside", intensity: noise }],
  });
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const [batchSize, stepCount] = [8, 6];
  const batch: TrialBatch = {
    batchSize,
    stepCount,
    inputSize: 2,
    outputSize: 3,
    input: Float32Array.from(random(batchSize * stepCount * 2, 21)),
    target: {
      kind: "classes",
      classes: new Int32Array(batchSize * stepCount).map((_, i) => Math.floor(i / stepCount) % 3),
    },
    mask: new Float32Array(batchSize * stepCount).map((_, i) => Number(i % stepCount > 2)),
    trials: trialIndices(0, batchSize),
    conditions: {},
  };
  const keys = Array.from({ length: draws }, (_, stream) => ({ seed: 4, stream }));
  return victimOf({ network, kernel, weights: randomWeights(network, 6, 0.9), loss, level: "trained", keys }, batch);
}

const radii = (victim: Victim, radius: number): Float64Array => new Float64Array(victim.counts.length).fill(radius);
const prepared = (victim: Victim) => ({
  victim,
  range: { low: 0, high: 0 },
  key: quiet[0],
  clip: free,
  steps: 1,
  restarts: 1,
  startKey: () => quiet[0],
});
const attack = (victim: Victim, norm: Norm, radius: number, change = {}) =>
  projectedGradient(victim, radii(victim, radius), {
    norm,
    steps: 10,
    restarts: 2,
    key: (stream) => ({ seed: 2, stream }),
    clip: free,
    ...change,
  });

describe("on a network that is linear in its input, with two classes", () => {
  // sums of 10 products of order 1
  test("FGSM and PGD (l-infinity) lower the gap by radius ||w||_1, PGD (l2) by radius ||w||_2, within 1e-12", async () => {
    const { victim, rivals } = await linearVictim({ classes: 2, hasLengths: true });
    for (const radius of [0.05, 0.7]) {
      const signed = fastGradientSign.prepare(prepared(victim))(radius);
      const found: [Float64Array, (w: Float64Array) => number][] = [
        [signed, l1],
        [attack(victim, "linf", radius), l1],
        [attack(victim, "l2", radius), l2],
      ];
      for (const [input, dual] of found) {
        for (const row of victim.counts.keys()) {
          const [{ gap, slope }] = rivals(row, victim.clean);
          expect(rivals(row, input)[0].gap).toBeCloseTo(gap - radius * dual(slope), 12);
        }
      }
    }
  });
});

describe("DeepFool on a linear network with three classes", () => {
  // the last bisection leaves 2^-30 of a change that is 2 % longer than the margin
  test("finds the distance min_j g_j / ||w_j|| of 12 trials, from below never, from above within 1e-8", async () => {
    const { victim, rivals } = await linearVictim({ hasLengths: true, hasWrong: true });
    const { input, norms } = deepFool(victim, { steps: 20, bisections: 30, clip: free });
    for (const row of victim.counts.keys()) {
      const exact = Math.max(0, Math.min(...rivals(row, victim.clean).map(({ gap, slope }) => gap / l2(slope))));
      expect(norms[row]).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
      expect(norms[row]).toBeLessThanOrEqual(exact * (1 + 1e-8));
      expect(isAhead(gapsOf(victim.decision, victim.scores(input), row), victim.decision.classes[row])).toBe(false);
    }
    expect(norms.filter((norm) => norm === 0)).toHaveLength(4);
    expect(Array.from(distances(victim, "l2", input, victim.clean))).toEqual(Array.from(norms));
  });

  test("without bisections the change is longer by the 2 % of overshoot, and clipping that forbids it leaves none", async () => {
    const { victim } = await linearVictim({});
    const short = deepFool(victim, { steps: 20, bisections: 30, clip: free }).norms;
    const long = deepFool(victim, { steps: 20, bisections: 0, clip: free }).norms;
    for (const [row, norm] of short.entries()) expect(long[row] / norm).toBeCloseTo(1.02, 7);
    const stuck = deepFool(victim, { steps: 3, bisections: 2, clip: (input) => input.set(victim.clean) });
    expect(stuck.norms.every((norm) => norm === Number.POSITIVE_INFINITY)).toBe(true);
  });
});

describe("on a tanh network", () => {
  test.each(["linf", "l2"] as const)(
    "PGD (%s) stays in its ball to 1e-12 and raises the loss of every trial at least as far as one step",
    async (norm) => {
      const victim = await curvedVictim();
      for (const radius of [0.1, 0.5]) {
        const strong = attack(victim, norm, radius);
        for (const far of distances(victim, norm, strong, victim.clean))
          expect(far).toBeLessThanOrEqual(radius * (1 + 1e-12));
        const step = steepest(victim, norm, victim.slope(victim.clean).gradient, radii(victim, radius));
        const single = victim.clean.map((value, i) => value + step[i]);
        const [a, b] = [victim.look(strong), victim.look(single)];
        for (const row of victim.counts.keys()) {
          const gained = (b.right?.[row] ?? 0) - (a.right?.[row] ?? 0);
          expect(gained).toBeGreaterThanOrEqual(0);
          if (gained === 0) expect(a.losses[row]).toBeGreaterThanOrEqual(b.losses[row]);
        }
      }
    },
  );

  test("attacks that are clipped to the data's range stay in it and in their ball, and reach less", async () => {
    const victim = await curvedVictim();
    const [low, high] = [Math.min(...victim.clean), Math.max(...victim.clean)];
    const clip = (input: Float64Array): void => {
      for (const [i, value] of input.entries()) input[i] = Math.min(high, Math.max(low, value));
    };
    const total = (input: Float64Array): number => victim.look(input).losses.reduce((sum, value) => sum + value, 0);
    const [free, clipped] = [attack(victim, "linf", 2), attack(victim, "linf", 2, { clip })];
    const signed = fastGradientSign.prepare({ ...prepared(victim), clip })(2);
    for (const input of [clipped, signed]) {
      expect(input.every((value) => value >= low && value <= high)).toBe(true);
      for (const far of distances(victim, "linf", input, victim.clean))
        expect(far).toBeLessThanOrEqual(2 * (1 + 1e-12));
    }
    expect(Math.max(...free)).toBeGreaterThan(high);
    expect(total(clipped)).toBeLessThan(total(free));
    expect(total(clipped)).toBeGreaterThanOrEqual(total(signed));
  });

  test("more steps and more restarts change what PGD finds, and never for the worse", async () => {
    const victim = await curvedVictim();
    const total = (input: Float64Array): number => victim.look(input).losses.reduce((sum, value) => sum + value, 0);
    const [one, more, again] = [
      { steps: 1, restarts: 1 },
      { steps: 10, restarts: 1 },
      { steps: 10, restarts: 6 },
    ].map((change) => total(attack(victim, "linf", 1.5, change)));
    expect(more).toBeGreaterThan(one);
    expect(again).toBeGreaterThan(more);
  });

  test("gradients and scores of a noisy network are means over its draws", async () => {
    const victim = await curvedVictim(0.5, 3);
    const { gradient, losses: mean } = victim.slope(victim.clean);
    const { gradients, scores } = victim.scoreSlopes(victim.clean);
    const step = 1e-5;
    for (const at of [0, 17, 95]) {
      const moved = (by: number) => victim.clean.map((value, i) => (i === at ? value + by : value));
      const [up, down] = [moved(step), moved(-step)];
      const row = Math.floor(at / victim.stride);
      const difference = (of: (input: Float64Array) => number): number => (of(up) - of(down)) / (2 * step);
      // central differences of smooth functions of order 1: 1e-10 of curvature, 1e-11 of rounding. Masks of trials weigh 3 of 24.
      expect(8 * gradient[at]).toBeCloseTo(
        difference((input) => victim.look(input).losses[row]),
        8,
      );
      expect(gradients[1][at]).toBeCloseTo(
        difference((input) => victim.scores(input)[3 * row + 1]),
        8,
      );
    }
    const alone = (await curvedVictim(0.5, 1)).slope(victim.clean);
    expect(alone.losses[0]).not.toBeCloseTo(mean[0], 4);
    expect(Array.from(scores)).toEqual(Array.from(victim.scores(victim.clean)));
  });
});

test("the decision is the one that the loss judges by, also with one output and several decision steps", () => {
  for (const outputSize of [1, 3]) {
    const [batchSize, stepCount] = [200, 4];
    const classes = new Int32Array(batchSize * stepCount).map(
      (_, i) => (Math.floor(i / 2) * 7) % Math.max(2, outputSize),
    );
    const batch = {
      batchSize,
      stepCount,
      outputSize,
      target: { kind: "classes", classes } as const,
      mask: new Float32Array(classes.length).map((_, i) => (i * 5) % 3),
    };
    const output = random(classes.length * outputSize, 31);
    const decision = decisionOf(batch);
    const scores = decision.scores(output);
    const right = Array.from({ length: batchSize }, (_, row) =>
      Number(isAhead(gapsOf(decision, scores, row), decision.classes[row])),
    );
    expect(right).toEqual(Array.from(loss.correct(output, batch) ?? []));
    expect(new Set(right).size).toBe(2);
    const along = decision.cotangent(1).reduce((sum, weight, i) => sum + weight * output[i], 0);
    const total = scores.reduce((sum, score, i) => sum + (i % decision.classCount === 1 ? score : 0), 0);
    expect(along).toBeCloseTo(total, 10);
  }
});

// a share of points within half the radius is 2^-n for n numbers, with a deviation of sqrt(p / 4000)
test.each([
  ["l2", 4],
  ["linf", 4],
] as const)(
  "starts of restarts are uniform in the %s ball: 2^-4 of 4000 lie within half the radius, 5 errors",
  (norm, count) => {
    const trials = 4000;
    const rows = {
      batch: { inputSize: 2, trials: trialIndices(0, trials) } as unknown as TrialBatch,
      stride: 6,
      counts: new Uint32Array(trials).fill(count),
    };
    const centre = new Float64Array(trials * 6);
    const input = uniformIn(rows, norm, centre, new Float64Array(trials).fill(3), { seed: 1, stream: 5 });
    const far = distances(rows, norm, input, centre);
    expect(Math.max(...far)).toBeLessThanOrEqual(3 * (1 + 1e-12));
    const share = far.filter((length) => length < 1.5).length / trials;
    expect(Math.abs(share - 1 / 16)).toBeLessThan(5 * Math.sqrt(1 / 16 / trials));
    expect(input.every((value, i) => i % 6 < count || value === 0)).toBe(true);
  },
);
