import { describe, expect, test } from "vitest";
import type { Parametrisation } from "../../src/cell/parametrisations/contract.ts";
import { parametrisations } from "../../src/cell/parametrisations/registry.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { normals } from "../../src/core/random.ts";
import { elementCount } from "../../src/core/tensor.ts";
import { orthogonal } from "../helpers/matrix-exponential.ts";
import { dot } from "../helpers/programs.ts";

const size = 5;
const options: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  mask: { density: 0.4, selfConnections: false },
  dale: { excitatory: 0.6 },
  "symmetric-skew": { beta: 0.7, gamma: 0.1 },
};

const members: readonly Parametrisation[] = [...parametrisations.members, orthogonal];

/** A map at a random raw array, with random directions and cotangent. */
function prepared(member: Parametrisation) {
  const values = resolvedOptions(member.name, member.options, options[member.name] ?? {});
  const map = member.map({ parameter: "wRec", shape: [size, size] }, values);
  const random = (count: number, stream: number): Float64Array => normals(new Float64Array(count), { seed: 3, stream });
  const rawCount = elementCount(map.rawShape);
  return {
    map,
    raw: random(rawCount, 0),
    direction: random(rawCount, 1),
    other: random(rawCount, 2),
    cotangent: random(size * size, 3),
  };
}

const moved = (raw: Float64Array, direction: Float64Array, by: number): Float64Array =>
  raw.map((x, i) => x + by * direction[i]);

// Central differences at h = 1e-5: truncation h^2 times third derivatives (below 1e-8 for the exponential, 0 for the
// others), rounding 1e-16 * 256 / h (the exponential loses 8 bits), so 1e-8 holds throughout.
const h = 1e-5;

describe("a tangent equals central differences of the effective matrix to 1e-8", () => {
  for (const member of members.filter(({ name }) => name !== "frozen")) {
    test(member.name, () => {
      const { map, raw, direction } = prepared(member);
      const [up, down] = [h, -h].map((by) => map.at(moved(raw, direction, by)).effective);
      const found = map.at(raw).tangent(direction);
      expect(found.length).toBe(size * size);
      found.forEach((value, i) => {
        expect(Math.abs(value - (up[i] - down[i]) / (2 * h))).toBeLessThan(1e-8);
      });
    });
  }
});

describe("<c, J v> = <J' c, v> to 1e-12 of the terms' size", () => {
  for (const member of members) {
    test(member.name, () => {
      const { map, raw, direction, cotangent } = prepared(member);
      const point = map.at(raw);
      const left = dot(cotangent, point.tangent(direction));
      const right = dot(point.pullback(cotangent), direction);
      const terms = 1 + dot(cotangent.map(Math.abs), point.tangent(direction).map(Math.abs));
      expect(Math.abs(left - right) / terms).toBeLessThan(1e-12);
      if (member.name !== "frozen") expect(Math.abs(left)).toBeGreaterThan(1e-3);
    });
  }
});

describe("the derivative of the pullback equals central differences to 1e-7 and is symmetric to 1e-12", () => {
  for (const member of members) {
    test(member.name, () => {
      const { map, raw, direction, other, cotangent } = prepared(member);
      const zeros = new Float64Array(raw.length);
      const second = (v: Float64Array) => map.at(raw).pullbackTangent(v, cotangent) ?? zeros;
      const [up, down] = [h, -h].map((by) => map.at(moved(raw, direction, by)).pullback(cotangent));
      second(direction).forEach((value, i) => {
        expect(Math.abs(value - (up[i] - down[i]) / (2 * h))).toBeLessThan(1e-7);
      });
      const crossed = dot(second(direction), other) - dot(second(other), direction);
      expect(Math.abs(crossed)).toBeLessThan(1e-12 * (1 + dot(second(direction).map(Math.abs), other.map(Math.abs))));
      if (member === orthogonal) expect(Math.abs(dot(second(direction), other))).toBeGreaterThan(1e-3);
    });
  }
});

test("dale passes no gradient at a weight of exactly 0, from either side", () => {
  const map = parametrisations.get("dale").map({ parameter: "wRec", shape: [1, 2] }, { excitatory: 0.5 });
  const point = map.at(Float64Array.of(0, -0));
  expect([...point.pullback(Float64Array.of(3, 3))].every((g) => g === 0)).toBe(true);
});

test("float32 arrays stay float32 through every map, and no argument is written to", () => {
  for (const member of parametrisations.members) {
    const { map, raw, direction, cotangent } = prepared(member);
    const single = [raw, direction, cotangent].map((values) => Float32Array.from(values));
    const before = single.map((values) => values.slice());
    const point = map.at(single[0]);
    for (const result of [point.effective, point.tangent(single[1]), point.pullback(single[2])]) {
      expect(result, member.name).toBeInstanceOf(Float32Array);
    }
    expect(single).toEqual(before);
  }
});
