/** The noise numbers are the same bits in TypeScript, WebAssembly and native code. */
import { beforeAll, describe, expect, test } from "vitest";
import { cosine, radius, sine } from "../../src/core/random/normal.ts";
import { type LawName, lawCodes, noiseBlock, words } from "../../src/core/random.ts";
import { type NoiseC, type NoiseRequest, nativeFill, noiseC } from "../helpers/noise-c.ts";
import { testUnless } from "../helpers/skip.ts";
import { nativeTargets } from "../helpers/wasm-c.ts";

const laws = Object.keys(lawCodes) as LawName[];
// 64 trials x 16 steps x 1024 units = 2^20 numbers of every law, with large words in every place of the address.
const trials = Uint32Array.from({ length: 64 }, (_, i) => Math.imul(i * i + 1, 0x9e3779b1) >>> 0);
const request = (law: LawName): NoiseRequest => ({
  law: lawCodes[law],
  intensity: Math.fround(0.3),
  trials,
  site: 201,
  units: 1024,
  firstStep: 0xfffffff0,
  steps: 16,
  stream: 0x06000001,
  seed: Number.MAX_SAFE_INTEGER - 12345,
});

/** The reference, `[trial, step, unit]`. */
const reference = new Map<LawName, Float32Array>();

beforeAll(() => {
  for (const law of laws) {
    const { intensity, site, units, firstStep, steps, stream, seed } = request(law);
    const all = new Float32Array(trials.length * steps * units);
    trials.forEach((trial, i) => {
      for (let t = 0; t < steps; t++) {
        const at = (i * steps + t) * units;
        noiseBlock(law, intensity, { seed, stream }, trial, firstStep + t, site, 0, all.subarray(at, at + units));
      }
    });
    reference.set(law, all);
  }
});

/** How many numbers of `found`, `[panel, step, unit, trial of the panel]`, differ from the reference in any bit. */
function differences(law: LawName, found: Float32Array | Float64Array): number {
  const panel = found.BYTES_PER_ELEMENT === 4 ? 16 : 8;
  const { units, steps } = request(law);
  const expected = reference.get(law) as Float32Array;
  let count = expected.length === found.length ? 0 : 1;
  for (let i = 0; i < trials.length; i++) {
    const rows = Math.floor(i / panel) * steps * units;
    for (let k = 0; k < steps * units; k++) {
      if (!Object.is(found[(rows + k) * panel + (i % panel)], expected[i * steps * units + k])) count++;
    }
  }
  return count;
}

describe.each([
  ["SIMD128, float32", []],
  ["SIMD128, float64", ["-DREAL64"]],
  ["built for relaxed SIMD, float32", ["-mrelaxed-simd"]],
] as const)("WebAssembly %s", (_, flags) => {
  let c: NoiseC;
  beforeAll(async () => {
    c = await noiseC(flags);
  }, 120_000);

  test.each(laws)("%s: 2^20 numbers, 0 differ from TypeScript", (law) => {
    expect(differences(law, c.fill(request(law)))).toBe(0);
  });

  test("noise_rows fills at least as many vectors of trials as are asked for, with the same numbers", () => {
    const { call, heap, memory } = c.program;
    const Reals = flags.some((flag) => flag === "-DREAL64") ? Float64Array : Float32Array;
    const panel = call.panel();
    const row = (vectors: number) => {
      new Uint32Array(memory.buffer, heap, panel).set(trials.subarray(0, panel));
      call.some(heap + 64, heap, vectors);
      return Reals.from(new Reals(memory.buffer, heap + 64, 4 * panel));
    };
    const whole = row(call.vectors());
    expect(whole).not.toContain(0);
    for (let vectors = 1; vectors <= call.vectors(); vectors++) {
      const part = row(vectors);
      const lanes = (vectors * panel) / call.vectors();
      for (let i = 0; i < whole.length; i++) {
        if (i % panel < lanes || part[i] !== 0) expect(part[i]).toBe(whole[i]);
      }
      if (vectors === 1) expect(part).toContain(0);
    }
  });
});

describe.each(nativeTargets())("native, $name", (target) => {
  for (const [precision, flags] of [
    ["float32", []],
    ["float64", ["-DREAL64"]],
  ] as const) {
    testUnless(target.obstacle)(`${precision}: 2^20 numbers of every law, 0 differ from TypeScript`, () => {
      const codes = laws.map((law) => lawCodes[law]);
      const found = nativeFill(request("gaussian"), codes, target, flags);
      for (const [i, law] of laws.entries()) expect([law, differences(law, found[i])]).toEqual([law, 0]);
    });
  }
});

describe("the parts of a normal, over 2^21 words", () => {
  const raw = words(new Uint32Array(2 ** 21), { seed: 5, stream: 0 });
  // Small words reach the far tail and the smallest angles.
  for (let i = 0; i < raw.length; i += 2) raw[i] >>>= (i >> 1) % 32;
  const unit = (x: number) => 2 ** (Math.floor(Math.log2(Math.abs(x))) - 23);
  const largest = (found: (word: number) => number, exact: (word: number) => number) => {
    let worst = 0;
    for (const word of raw) {
      const value = exact(word);
      if (value !== 0) worst = Math.max(worst, Math.abs(found(word) - value) / unit(value));
    }
    return worst;
  };
  const { fround } = Math;

  test("radius = sqrt(-2 ln v) within 1.1 ulp, for v the float32 uniform", () => {
    const exact = (word: number) => Math.sqrt(-2 * Math.log(fround(fround(word >>> 1) + 0.5) * 2 ** -31));
    expect(largest(radius, exact)).toBeLessThan(1.1);
  });

  test("sine within 2.1 ulp and cosine within 1.7 ulp of those of the angle (pi/4) 2^-31 float32(int32(word 4))", () => {
    const angle = (word: number) => (Math.PI / 4) * fround(word << 2) * 2 ** -31;
    expect(largest(sine, (word) => Math.sin(angle(word)))).toBeLessThan(2.1);
    expect(largest(cosine, (word) => Math.cos(angle(word)))).toBeLessThan(1.7);
  });

  test("the largest normal is 6.66, and no word gives NaN", () => {
    expect(radius(0)).toBeCloseTo(Math.sqrt(64 * Math.LN2), 5);
    expect(Math.abs(radius(0xffffffff))).toBe(0);
  });
});
