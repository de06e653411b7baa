import { describe, expect, test } from "vitest";
import type { Parametrisation, RealArray } from "../../src/cell/parametrisations/contract.ts";
import { parametrisations } from "../../src/cell/parametrisations/registry.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { normals } from "../../src/core/random.ts";
import { elementCount } from "../../src/core/tensor.ts";
import { dot } from "../helpers/programs.ts";

const size = 5;
const options: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  mask: { density: 0.4, selfConnections: false },
  dale: { excitatory: 0.6 },
  "symmetric-skew": { beta: 0.7, gamma: 0.1 },
  skew: { gamma: 0.1 },
  "low-rank": { rank: 2 },
};

interface Case {
  readonly label: string;
  readonly member: Parametrisation;
  readonly given: Readonly<Record<string, unknown>>;
  /** Of the raw numbers. */
  readonly scale: number;
}

const orthogonal = parametrisations.get("orthogonal");
const cases: readonly Case[] = [
  ...parametrisations.members.map((member) => ({
    label: member.name,
    member,
    given: options[member.name] ?? {},
    scale: 1,
  })),
  // one of each approximant: 1-norms of about 0.01, 0.2, 0.5 and 1.3, and above 4.74, where squaring begins
  ...[0.003, 0.05, 0.15, 0.4, 3].map((scale) => ({
    label: `orthogonal, raw numbers of size ${scale}`,
    member: orthogonal,
    given: {},
    scale,
  })),
  { label: "orthogonal, cayley", member: orthogonal, given: { map: "cayley" }, scale: 1 },
  { label: "orthogonal with a base", member: orthogonal, given: { rebase: 10 }, scale: 1 },
];

/** A map at a random raw array, with random directions and cotangent. */
function prepared({ member, given, scale }: Case) {
  const values = resolvedOptions(member.name, member.options, given);
  const made = member.map({ parameter: "wRec", shape: [size, size] }, values);
  const random = (count: number, stream: number): Float64Array => normals(new Float64Array(count), { seed: 3, stream });
  const rawCount = elementCount(made.rawShape);
  const base = made.base && random(elementCount(made.base.shape), 4);
  return {
    at: (raw: RealArray) => made.at(raw, base),
    raw: random(rawCount, 0).map((x) => scale * x),
    direction: random(rawCount, 1),
    other: random(rawCount, 2),
    cotangent: random(size * size, 3),
  };
}

const moved = (raw: Float64Array, direction: Float64Array, by: number): Float64Array =>
  raw.map((x, i) => x + by * direction[i]);

// Central differences at h = 1e-5: truncation h^2 times third derivatives, which for orthogonal matrices are of the order
// of |direction|^3 / 6 < 20, so below 2e-9; rounding 1e-15 / h = 1e-10. 1e-8 holds throughout.
const h = 1e-5;

describe("a tangent equals central differences of the effective matrix to 1e-8", () => {
  for (const one of cases.filter(({ label }) => label !== "frozen")) {
    test(one.label, () => {
      const { at, raw, direction } = prepared(one);
      const [up, down] = [h, -h].map((by) => at(moved(raw, direction, by)).effective);
      const found = at(raw).tangent(direction);
      expect(found.length).toBe(size * size);
      found.forEach((value, i) => {
        expect(Math.abs(value - (up[i] - down[i]) / (2 * h))).toBeLessThan(1e-8);
      });
    });
  }
});

describe("<c, J v> = <J' c, v> to 1e-12 of the terms' size", () => {
  for (const one of cases) {
    test(one.label, () => {
      const { at, raw, direction, cotangent } = prepared(one);
      const point = at(raw);
      const left = dot(cotangent, point.tangent(direction));
      const right = dot(point.pullback(cotangent), direction);
      const terms = 1 + dot(cotangent.map(Math.abs), point.tangent(direction).map(Math.abs));
      expect(Math.abs(left - right) / terms).toBeLessThan(1e-12);
      if (one.label !== "frozen") expect(Math.abs(left)).toBeGreaterThan(1e-3);
    });
  }
});

describe("the derivative of the pullback equals central differences to 1e-7 and is symmetric to 1e-12", () => {
  for (const one of cases) {
    test(one.label, () => {
      const { at, raw, direction, other, cotangent } = prepared(one);
      const zeros = new Float64Array(raw.length);
      const second = (v: Float64Array) => at(raw).pullbackTangent(v, cotangent) ?? zeros;
      const [up, down] = [h, -h].map((by) => at(moved(raw, direction, by)).pullback(cotangent));
      second(direction).forEach((value, i) => {
        expect(Math.abs(value - (up[i] - down[i]) / (2 * h))).toBeLessThan(1e-7);
      });
      const crossed = dot(second(direction), other) - dot(second(other), direction);
      expect(Math.abs(crossed)).toBeLessThan(1e-12 * (1 + dot(second(direction).map(Math.abs), other.map(Math.abs))));
      if (one.member === orthogonal) expect(Math.abs(dot(second(direction), other))).toBeGreaterThan(1e-3);
    });
  }
});

test("dale passes no gradient at a weight of exactly 0, from either side", () => {
  const map = parametrisations.get("dale").map({ parameter: "wRec", shape: [1, 2] }, { excitatory: 0.5 });
  const point = map.at(Float64Array.of(0, -0));
  expect([...point.pullback(Float64Array.of(3, 3))].every((g) => g === 0)).toBe(true);
});

test("float32 arrays stay float32 through every map, and no argument is written to", () => {
  for (const one of cases) {
    const { at, raw, direction, cotangent } = prepared(one);
    const single = [raw, direction, cotangent].map((values) => Float32Array.from(values));
    const before = single.map((values) => values.slice());
    const point = at(single[0]);
    for (const result of [point.effective, point.tangent(single[1]), point.pullback(single[2])]) {
      expect(result, one.label).toBeInstanceOf(Float32Array);
    }
    expect(single).toEqual(before);
  }
});
