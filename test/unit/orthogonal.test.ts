import { describe, expect, test } from "vitest";
import { parametrisations } from "../../src/cell/parametrisations/registry.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { normals } from "../../src/core/random.ts";
import { createNetwork } from "../../src/network/network.ts";
import { functionApproximation } from "../../src/task/function-approximation.ts";
import { type TrainResult, train } from "../../src/train/train.ts";

const size = 12;
const member = parametrisations.get("orthogonal");
const mapOf = (given: Readonly<Record<string, unknown>>) =>
  member.map({ parameter: "wRec", shape: [size, size] }, resolvedOptions("orthogonal", member.options, given));
const triangle = (scale: number): Float64Array =>
  normals(new Float64Array((size * (size - 1)) / 2), { seed: 5, stream: 0 }).map((z) => scale * z);

/** Largest |W'W - I|. */
function distance(w: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let sum = i === j ? -1 : 0;
      for (let k = 0; k < size; k++) sum += w[k * size + i] * w[k * size + j];
      most = Math.max(most, Math.abs(sum));
    }
  }
  return most;
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i])));

describe("orthogonal matrices", () => {
  // each of the three squarings at size 3 doubles an error of some 12 epsilon
  test.each([
    ["exponential", 0.01],
    ["exponential", 0.3],
    ["exponential", 3],
    ["cayley", 0.3],
    ["cayley", 3],
  ])("%s of numbers of size %d: |W'W - I| below 1e-13", (map, scale) => {
    const { effective } = mapOf({ map }).at(triangle(scale));
    expect(distance(effective)).toBeLessThan(1e-13);
    expect(
      largest(
        effective,
        effective.map(() => 0),
      ),
    ).toBeGreaterThan(0.5);
  });

  test("of one block s: exp turns by s, Cayley's map by -2 atan(s)", () => {
    const turn = (map: string): number => {
      const options = resolvedOptions("orthogonal", member.options, { map });
      const w = member.map({ parameter: "wRec", shape: [2, 2] }, options).at(Float64Array.of(0.4)).effective;
      return Math.atan2(w[1], w[0]);
    };
    expect(turn("exponential")).toBeCloseTo(0.4, 14);
    expect(turn("cayley")).toBeCloseTo(-2 * Math.atan(0.4), 14);
  });

  test("a unit alone has the matrix 1, and nothing to train", () => {
    const map = member.map({ parameter: "wRec", shape: [1, 1] }, resolvedOptions("orthogonal", member.options, {}));
    expect(map.freeCount).toBe(0);
    expect([...map.at(new Float64Array(0)).effective]).toEqual([1]);
  });

  test("what does not suit is refused: a rectangle, an unknown map, a base too many or too few", () => {
    const options = resolvedOptions("orthogonal", member.options, {});
    expect(() => member.map({ parameter: "wIn", shape: [2, 3] }, options)).toThrow(/square matrix can be orthogonal/);
    expect(() => mapOf({ map: "caylei" })).toThrow(/did you mean "cayley"/);
    expect(() => mapOf({}).at(triangle(1), new Float64Array(size ** 2))).toThrow(
      /if and only if it is re-based, got one/,
    );
    expect(() => mapOf({ rebase: 3 }).at(triangle(1))).toThrow(/got none/);
  });
});

/** A map with a base, and what re-basing makes of numbers and base. */
function rebasing(given: Readonly<Record<string, unknown>>) {
  const made = mapOf({ rebase: 1, ...given });
  const { base } = made;
  if (base === undefined) throw new Error("a map that is re-based has a base");
  return { at: made.at, start: base.initial(), rebased: base.rebased };
}

describe("re-basing", () => {
  test.each(["exponential", "cayley"])("%s: the effective matrix stays to 1e-14, the raw numbers become 0", (map) => {
    const { at, start, rebased } = rebasing({ map });
    const next = rebased(triangle(0.4), start, 1);
    expect([...next.raw].every((x) => x === 0)).toBe(true);
    expect(largest(at(next.raw, next.base).effective, at(triangle(0.4), start).effective)).toBeLessThan(1e-14);
  });

  test("every 2nd time of project 2 takes the nearest orthogonal matrix: an error of 1e-3 goes, and no other one", () => {
    const { start, rebased } = rebasing({ project: 2 });
    const skewed = start.map((x, i) => x + (i % 7 === 0 ? 1e-3 : 0));
    const left = (count: number) => distance(rebased(triangle(0.4), skewed, count).base);
    expect(left(1)).toBeGreaterThan(1e-4);
    expect(left(2)).toBeLessThan(1e-14);
    expect(left(3)).toBeGreaterThan(1e-4);
  });

  test("the nearest orthogonal matrix of Q P is Q, for a rotation Q and a symmetric positive P, to 1e-14", () => {
    const q = mapOf({}).at(triangle(0.5)).effective;
    const stretched = q.map((x, at) => x * (0.2 + (at % size) / 4));
    expect(largest(rebasing({ project: 1 }).rebased(triangle(0), stretched, 1).base, q)).toBeLessThan(1e-14);
  });

  test("arrays stay in their precision", () => {
    const { start, rebased } = rebasing({ project: 1 });
    const next = rebased(Float32Array.from(triangle(0.4)), Float32Array.from(start), 1);
    expect([next.raw, next.base].every((array) => array instanceof Float32Array)).toBe(true);
  });
});

const task = await functionApproximation.create(
  {},
  {
    dataset: () => Promise.reject(new Error("no data")),
    file: () => Promise.reject(new Error("no file")),
  },
);

interface Training {
  /** Options of the parametrisation. */
  readonly map: Readonly<Record<string, unknown>>;
  readonly ownRate?: number;
  readonly stopAt?: number;
  readonly resume?: TrainResult;
}

async function trained({ map, ownRate = 0.005, stopAt, resume }: Training): Promise<TrainResult> {
  const network = createNetwork({
    cell: "exprnn",
    inputSize: 1,
    hiddenSize: 6,
    outputSize: 1,
    parametrisations: { wRec: { name: "orthogonal", ...map } },
  });
  const kernel = await network.kernel({ precision: "float64", backend: "reference" });
  let asked = 0;
  return train({
    network,
    kernel,
    task,
    options: {
      updates: 12,
      batchSize: 4,
      learningRate: 0.02,
      learningRates: { wRec: ownRate },
      optimiser: { name: "rmsprop" },
      weightDecay: 0.1,
    },
    seed: 3,
    ...(resume && { resume: resume.checkpoint }),
    hooks: { shouldStop: () => asked++ === stopAt },
  });
}

const map = { rebase: 4, project: 2 };

describe("training with re-basing every 4 updates", () => {
  test("moves the base at updates 4, 8 and 12 only, and leaves its columns of length 1 to 1e-14", async () => {
    const { weights } = await trained({ map });
    expect([...weights.wRec].every((x) => x === 0)).toBe(true);
    const part = await trained({ map, stopAt: 3 });
    const identity = Float64Array.from({ length: 36 }, (_, at) => (at % 7 === 0 ? 1 : 0));
    expect(part.outcome).toEqual({ kind: "interrupted", update: 3 });
    // three updates of weight decay and RMSprop leave the base alone
    expect(part.weights.wRecBase).toEqual(identity);
    expect([...part.weights.wRec].some((x) => x !== 0)).toBe(true);
    expect(weights.wRecBase).not.toEqual(identity);
    const w = weights.wRecBase;
    for (let i = 0; i < 6; i++) {
      let norm = 0;
      for (let k = 0; k < 6; k++) norm += w[k * 6 + i] ** 2;
      expect(Math.abs(norm - 1)).toBeLessThan(1e-14);
    }
  });

  test.each([3, 4, 7])("interrupted after %d updates and resumed, it has the bits of the run at once", async (stop) => {
    const whole = await trained({ map });
    const rest = await trained({ map, resume: await trained({ map, stopAt: stop }) });
    expect(rest.weights).toEqual(whole.weights);
    expect(rest.checkpoint.arrays).toEqual(whole.checkpoint.arrays);
  });

  test("other options give other weights: rebase, project, map, and a learning rate of wRec's own", async () => {
    const plain = await trained({ map });
    const others = [{ rebase: 3 }, { project: 1 }, { map: "cayley" }].map((change) => ({ map: { ...map, ...change } }));
    for (const other of [...others, { map, ownRate: 0.004 }]) {
      expect((await trained(other)).weights).not.toEqual(plain.weights);
    }
  });
});
