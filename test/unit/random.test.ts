import { describe, expect, test } from "vitest";
import { ParameterError } from "../../src/core/errors.ts";
import {
  bootstrapIndices,
  integers,
  type LawName,
  lawCodes,
  noiseBlock,
  noiseValue,
  normals,
  permutation,
  philox4x32,
  purposes,
  stream,
  uniforms,
  words,
} from "../../src/core/random.ts";

const key = { seed: 2 ** 40 + 12345, stream: 77 };
const hex = (out: Uint32Array) => [...out].map((word) => word.toString(16).padStart(8, "0")).join(" ");
const laws = Object.keys(lawCodes) as LawName[];

describe("philox4x32", () => {
  // The known answers that the authors publish with Random123 (file kat_vectors, philox4x32 with 10 rounds).
  test.each([
    ["00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    ["ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    ["243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ])("counter %s with key %s gives %s", (counter, keyText, answer) => {
    const [c0, c1, c2, c3] = counter.split(" ").map((word) => Number.parseInt(word, 16));
    const [k0, k1] = keyText.split(" ").map((word) => Number.parseInt(word, 16));
    const out = new Uint32Array(4);
    philox4x32(out, c0, c1, c2, c3, k0, k1);
    expect(hex(out)).toBe(answer);
  });
});

describe("the address of a number", () => {
  test("is key (seed low, seed high), counter (site 2^24 + unit / 4, step, trial, stream), word unit mod 4", () => {
    const out = new Uint32Array(4);
    philox4x32(out, 9 * 2 ** 24 + 2, 5, 0xfffffffe, 77, 12345, 256);
    const drawn = words(new Uint32Array(12), key, { trial: 0xfffffffe, step: 5, site: 9 });
    expect(hex(drawn.slice(8))).toBe(hex(out));
  });

  test("reaches the largest seed, stream, trial, step, site and unit", () => {
    const out = new Uint32Array(4);
    philox4x32(out, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1fffff);
    const value = noiseValue(
      "rademacher",
      1,
      { seed: Number.MAX_SAFE_INTEGER, stream: 0xffffffff },
      0xffffffff,
      0xffffffff,
      255,
      2 ** 26 - 1,
    );
    expect(value).toBe(out[3] >= 2 ** 31 ? -1 : 1);
  });

  test.each(laws)("%s: a block from any unit on equals the values one by one", (law) => {
    const one = (unit: number) => noiseValue(law, 0.3, key, 3, 4, 5, unit);
    for (const [first, count] of [
      [0, 1],
      [0, 8],
      [1, 2],
      [2, 7],
      [3, 1],
      [3, 6],
      [6, 0],
    ]) {
      const block = noiseBlock(law, 0.3, key, 3, 4, 5, first, new Float64Array(count));
      expect([...block]).toEqual(Array.from({ length: count }, (_, i) => one(first + i)));
    }
  });

  test("values change with seed (both words), stream, trial, step, site and unit", () => {
    const value = (change: Partial<Record<"seed" | "stream" | "trial" | "step" | "site" | "unit", number>>) => {
      const at = { seed: 1, stream: 2, trial: 3, step: 4, site: 5, unit: 6, ...change };
      return noiseValue("gaussian", 1, at, at.trial, at.step, at.site, at.unit);
    };
    const values = [
      value({}),
      value({ seed: 2 }),
      value({ seed: 1 + 2 ** 32 }),
      value({ stream: 3 }),
      value({ trial: 4 }),
      value({ step: 5 }),
      value({ site: 6 }),
      value({ unit: 7 }),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  test.each([
    ["seed", -1],
    ["seed", 0.5],
    ["seed", 2 ** 53],
    ["seed", Number.NaN],
    ["stream", -1],
    ["stream", 2 ** 32],
    ["trial", 2 ** 32],
    ["step", 1.5],
    ["site", 256],
    ["unit", 2 ** 26],
    ["unit", -1],
  ] as const)("%s %d is refused with its value", (name, wrong) => {
    const at = { seed: 0, stream: 0, trial: 0, step: 0, site: 0, unit: 0, [name]: wrong };
    const draw = () => noiseValue("gaussian", 1, at, at.trial, at.step, at.site, at.unit);
    expect(draw).toThrow(ParameterError);
    expect(draw).toThrow(`got ${name === "unit" ? `1 from ${wrong} on` : wrong}`);
  });
});

describe("laws", () => {
  const draw = (law: LawName, intensity: number, count = 4096) =>
    noiseBlock(law, intensity, key, 0, 0, 0, 0, new Float32Array(count));
  const { fround } = Math;

  test("gaussian and rademacher at intensity 0.3 are float32(0.3) times those at 1, rounded once", () => {
    for (const law of ["gaussian", "rademacher"] as const) {
      const scaled = draw(law, 0.3);
      draw(law, 1).forEach((z, i) => {
        expect(scaled[i]).toBe(fround(fround(0.3) * z));
      });
    }
  });

  test("uniform lies inside (-sqrt 3, sqrt 3), uniform-decrement inside (-1, 0), from the word of the unit", () => {
    const raw = words(new Uint32Array(4096), key);
    const uniform = draw("uniform", 1);
    const decrement = draw("uniform-decrement", 1);
    raw.forEach((word, i) => {
      expect(uniform[i]).toBe(fround(fround(Math.sqrt(12)) * (((word | 0) >> 8) + 0.5) * 2 ** -24));
      expect(decrement[i]).toBe(-((word >>> 9) + 0.5) / 2 ** 23);
    });
  });

  test("bernoulli drops (-1) when word < p 2^32 and otherwise gives p / (1 - p); p = 0 never drops", () => {
    const raw = words(new Uint32Array(4096), key);
    draw("bernoulli", 0.25).forEach((value, i) => {
      expect(value).toBe(raw[i] < 2 ** 30 ? -1 : fround(1 / 3));
    });
    expect(new Set(draw("bernoulli", 0))).toEqual(new Set([0]));
  });

  test.each([
    ["gaussian", -0.1],
    ["uniform", Number.NaN],
    ["rademacher", Number.POSITIVE_INFINITY],
    ["bernoulli", 1],
    ["bernoulli", 1 - 2 ** -30],
  ] as const)("%s refuses intensity %d", (law, intensity) => {
    expect(() => draw(law, intensity)).toThrow(ParameterError);
  });
});

describe("draws", () => {
  test("a shorter array is the beginning of a longer one", () => {
    expect([...normals(new Float64Array(7), key)]).toEqual([...normals(new Float64Array(20), key)].slice(0, 7));
    expect([...uniforms(new Float64Array(7), key)]).toEqual([...uniforms(new Float64Array(20), key)].slice(0, 7));
  });

  test("normals are the gaussian law, uniforms are (word + 1/2) 2^-32", () => {
    const place = { trial: 1, step: 2, site: 3 };
    expect(normals(new Float32Array(9), key, place)).toEqual(
      noiseBlock("gaussian", 1, key, 1, 2, 3, 0, new Float32Array(9)),
    );
    const raw = words(new Uint32Array(9), key, place);
    expect([...uniforms(new Float64Array(9), key, place)]).toEqual([...raw].map((word) => (word + 0.5) / 2 ** 32));
  });

  test("integers cover 0..limit-1 and nothing else, also for a limit close to 2^32", () => {
    expect(new Set(integers(new Uint32Array(1000), 5, key))).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(new Set(integers(new Uint32Array(1000), 1, key))).toEqual(new Set([0]));
    const limit = 2 ** 32 - 1;
    const raw = words(new Uint32Array(100), key);
    integers(new Uint32Array(100), limit, key).forEach((value, i) => {
      expect(value).toBe(Number((BigInt(raw[i]) * BigInt(limit)) >> 32n));
    });
    expect(() => integers(new Uint32Array(1), 0, key)).toThrow(ParameterError);
    expect(() => integers(new Uint32Array(1), 2 ** 32, key)).toThrow("got 4294967296");
  });

  test("a permutation holds every index once; 0 and 1 elements work; another key gives another order", () => {
    expect([...permutation(0, key)]).toEqual([]);
    expect([...permutation(1, key)]).toEqual([0]);
    const order = permutation(1000, key);
    expect([...order].sort((a, b) => a - b)).toEqual([...Array(1000).keys()]);
    expect([...permutation(1000, { ...key, stream: 78 })]).not.toEqual([...order]);
    expect(() => permutation(-1, key)).toThrow(ParameterError);
  });

  test("each of the 24 orders of four elements comes up as often as chance has it", () => {
    const trials = 24000;
    const counts = new Map<string, number>();
    for (let trial = 0; trial < trials; trial++) {
      const order = permutation(4, key, { trial }).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const expected = trials / 24;
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 23 degrees of freedom: exceeded with probability 1e-6.
    expect(chiSquare).toBeLessThan(70.5);
  });

  test("bootstrap indices depend on the resample and draw with replacement", () => {
    const first = bootstrapIndices(1000, key, 0);
    expect([...bootstrapIndices(1000, key, 1)]).not.toEqual([...first]);
    // Distinct indices: mean 632.3, standard deviation 9.8; five deviations each side.
    expect(new Set(first).size).toBeGreaterThan(583);
    expect(new Set(first).size).toBeLessThan(682);
  });
});

describe("streams", () => {
  test("are code * 2^24 + index, with a code of its own for every purpose", () => {
    expect(stream("evaluation-noise", 7)).toBe(6 * 2 ** 24 + 7);
    const codes = Object.values(purposes);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => code >= 1 && code <= 255)).toBe(true);
  });

  test.each([-1, 2 ** 24, 0.5])("index %d is refused", (index) => {
    expect(() => stream("user", index)).toThrow(ParameterError);
  });
});
