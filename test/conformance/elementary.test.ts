/** Accuracy of kernels/elementary.h, in units in the last place (ulp) of the result. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { uniforms } from "../../src/core/random.ts";
import { testUnless } from "../helpers/skip.ts";
import { erf } from "../helpers/special.ts";
import { exportMacro, nativeTargets, reserve, runNative, type WasmProgram, wasmProgram } from "../helpers/wasm-c.ts";

const unary = [
  "exp",
  "expm1",
  "log",
  "log1p01",
  "tanh",
  "sigmoid",
  "softplus",
  "erf",
  "sin",
  "cos",
  "sqrt",
  "floor",
  "sign",
];
const names = [...unary, "pow"];
const source = `${exportMacro}
#include "elementary.h"
#define ROW(name, ...) EXPORT(name##_row) void name##_row(int n, const real *x, const real *y, real *out) { \\
  (void)y; \\
  for (int i = 0; i < n; i += VL) *(vreal *)(out + i) = v_##name(__VA_ARGS__); }
#define X *(const vreal *)(x + i)
#define Y *(const vreal *)(y + i)
${unary.map((name) => `ROW(${name}, X)`).join("\n")}
ROW(pow, X, Y)
`;

type Reals = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
const precisions = {
  float32: { array: Float32Array, digits: 24, lowest: -126, flags: [] },
  float64: { array: Float64Array, digits: 53, lowest: -1022, flags: ["-DREAL64"] },
} as const;
type Precision = keyof typeof precisions;

const programs = {} as Record<Precision, WasmProgram>;
beforeAll(async () => {
  for (const precision of ["float32", "float64"] as const) {
    programs[precision] = await wasmProgram(source, precisions[precision].flags);
  }
}, 120_000);

function evaluate(name: string, precision: Precision, x: ArrayLike<number>, y: ArrayLike<number> = x) {
  const program = programs[precision];
  const { array } = precisions[precision];
  const n = Math.ceil(x.length / 16) * 16;
  const bytes = n * array.BYTES_PER_ELEMENT;
  reserve(program, program.heap, 3 * bytes);
  const at = (k: number) => new array(program.memory.buffer as ArrayBuffer, program.heap + k * bytes, x.length);
  at(0).set(x);
  at(1).set(y);
  program.call[`${name}_row`](n, program.heap, program.heap + bytes, program.heap + 2 * bytes);
  return at(2).slice() as Reals;
}

/** Distance from the exact value in units in its last place. */
function ulps(found: number, exact: number, precision: Precision): number {
  if (Object.is(found, exact) || found === exact) return 0;
  const { digits, lowest } = precisions[precision];
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(exact))), lowest);
  return Math.abs(found - exact) / 2 ** (exponent - digits + 1);
}

const count = 2 ** 17;
const flat = (low: number, high: number) =>
  uniforms(new Float64Array(count), { seed: 1, stream: 0 }).map((u) => low + (high - low) * u);
/** Sizes spread evenly over the exponents, either sign. */
const spread = (low: number, high: number) =>
  uniforms(new Float64Array(count), { seed: 2, stream: 0 }).map(
    (u, i) => (i % 2 ? 1 : -1) * Math.exp(Math.log(low) + (Math.log(high) - Math.log(low)) * u),
  );
const positive = (values: Float64Array) => values.map(Math.abs);

const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Reference, argument ranges in float32 and float64, and the bound in ulp for both. */
const cases = [
  ["exp", Math.exp, [flat(-86.9, 88.7), flat(-2, 2)], [flat(-708, 709.7), flat(-2, 2)], 1],
  ["expm1", Math.expm1, [flat(-20, 88.7), spread(1e-30, 2)], [flat(-40, 709), spread(1e-30, 2)], 2],
  [
    "log",
    Math.log,
    [positive(spread(1e-45, 3e38)), flat(0.5, 2)],
    [positive(spread(1e-320, 1e308)), flat(0.5, 2)],
    1.2,
  ],
  ["log1p01", Math.log1p, [flat(0, 1), positive(spread(1e-30, 1))], [flat(0, 1), positive(spread(1e-30, 1))], 1.2],
  ["tanh", Math.tanh, [flat(-10, 10), spread(1e-30, 1)], [flat(-20, 20), spread(1e-30, 1)], 2],
  ["sigmoid", sigmoid, [flat(-86.9, 20), flat(-3, 3)], [flat(-708, 40), flat(-3, 3)], 2],
  ["softplus", softplus, [flat(-86.9, 20), flat(-3, 3)], [flat(-708, 40), flat(-3, 3)], 2],
  ["erf", erf, [flat(-4.5, 4.5), spread(1e-30, 1)], [flat(-2, 2), spread(1e-30, 1)], 2],
  ["sin", Math.sin, [flat(-100, 100), spread(1e-30, 3)], [flat(-100, 100), spread(1e-30, 3)], 1.4],
  ["cos", Math.cos, [flat(-100, 100), flat(-3, 3)], [flat(-100, 100), flat(-3, 3)], 1.4],
  ["sqrt", Math.sqrt, [positive(spread(1e-38, 3e38))], [positive(spread(1e-307, 1e308))], 0.5],
  ["floor", Math.floor, [spread(1e-3, 1e12), flat(-20, 20)], [spread(1e-3, 1e20), flat(-20, 20)], 0],
  ["sign", Math.sign, [spread(1e-38, 3e38)], [spread(1e-307, 1e308)], 0],
] as const;

describe("float32 against float64, 131072 arguments in each range", () => {
  test.each(cases.map(([name, reference, ranges, , bound]) => [name, `${bound}`, reference, ranges] as const))(
    "%s within %s ulp",
    (name, bound, reference, ranges) => {
      for (const range of ranges) {
        const x = Float32Array.from(range);
        let worst = 0;
        evaluate(name, "float32", x).forEach((value, i) => {
          worst = Math.max(worst, ulps(value, reference(x[i]), "float32"));
        });
        expect(worst).toBeLessThanOrEqual(Number(bound));
      }
    },
  );

  test.each([
    ["moderate", positive(spread(0.01, 100)), flat(-5, 5)],
    ["close to 1", flat(0.9, 1.1), flat(-400, 400)],
    ["squares", flat(-3, 3), new Float64Array(count).fill(2)],
  ])("pow within 1.2 ulp, %s", (_, bases, powers) => {
    const x = Float32Array.from(bases);
    const y = Float32Array.from(powers);
    let worst = 0;
    evaluate("pow", "float32", x, y).forEach((value, i) => {
      const exact = x[i] ** y[i];
      if (exact > 1.7e-38 && exact < 3.4e38) worst = Math.max(worst, ulps(value, exact, "float32"));
    });
    expect(worst).toBeLessThanOrEqual(1.2);
  });

  test.each(["sin", "cos"] as const)("%s: absolute error below 1.5 * 2^-24 up to 1e5", (name) => {
    const x = Float32Array.from(flat(-1e5, 1e5));
    let worst = 0;
    evaluate(name, "float32", x).forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - Math[name](x[i])));
    });
    expect(worst).toBeLessThan(1.5 * 2 ** -24);
  });
});

describe("float64", () => {
  // Exact values rounded to float64 add half an ulp.
  const table = JSON.parse(readFileSync(new URL("elementary-values.json", import.meta.url), "utf8")) as Record<
    string,
    number[][]
  >;
  const bounds: Record<string, number> = { pow: 1.1 };
  for (const [name, , , , bound] of cases) bounds[name] = bound;

  test.each(Object.keys(table))("%s at exact values (mpmath, 200 bits), within the bound of float32", (name) => {
    const rows = table[name];
    const x = Float64Array.from(rows, (row) => row[0]);
    const y = Float64Array.from(rows, (row) => row.at(-2) as number);
    let worst = 0;
    evaluate(name, "float64", x, y).forEach((value, i) => {
      worst = Math.max(worst, ulps(value, rows[i].at(-1) as number, "float64"));
    });
    expect(worst).toBeLessThanOrEqual(bounds[name] + 0.5);
  });

  // The references are within 1 ulp themselves, those built from two within 2; the series of erf within 1e-14.
  const slack: Record<string, number> = { sigmoid: 2, softplus: 2, erf: 1e-14 * 2 ** 53, sqrt: 0, floor: 0, sign: 0 };
  test.each(cases.map(([name, reference, , ranges, bound]) => [name, `${bound}`, reference, ranges] as const))(
    "%s within %s ulp, 131072 arguments in each range, the error of Math allowed for",
    (name, bound, reference, ranges) => {
      for (const x of ranges) {
        let worst = 0;
        evaluate(name, "float64", x).forEach((value, i) => {
          worst = Math.max(worst, ulps(value, reference(x[i]), "float64"));
        });
        expect(worst).toBeLessThanOrEqual(Number(bound) + (slack[name] ?? 1));
      }
    },
  );
});

describe.each(["float32", "float64"] as const)("special values, %s", (precision) => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

  test.each([
    ["exp", [nan, inf, -inf, 0, -0, 1000, -1000], [nan, inf, 0, 1, 1, inf, 0]],
    ["expm1", [nan, inf, -inf, 0, 1000, -1000], [nan, inf, -1, 0, inf, -1]],
    ["log", [nan, inf, -inf, 0, -0, 1, -1], [nan, inf, nan, -inf, -inf, 0, nan]],
    ["log1p01", [nan, 0], [nan, 0]],
    ["tanh", [nan, inf, -inf, 0, -0, 1000, -1000], [nan, 1, -1, 0, -0, 1, -1]],
    ["sigmoid", [nan, inf, -inf, 0, 1000, -1000], [nan, 1, 0, 0.5, 1, 0]],
    ["softplus", [nan, inf, -inf, 1000, -1000], [nan, inf, 0, 1000, 0]],
    ["erf", [nan, inf, -inf, 0, -0, 1000, -1000], [nan, 1, -1, 0, -0, 1, -1]],
    ["sin", [nan, inf, -inf, 0, 131072, -1e30], [nan, nan, nan, 0, nan, nan]],
    ["cos", [nan, inf, -inf, 0, 131072, -1e30], [nan, nan, nan, 1, nan, nan]],
    ["sqrt", [nan, inf, 0, -0, -1, 4], [nan, inf, 0, -0, nan, 2]],
    ["floor", [nan, inf, -inf, 0, -0, 0.5, -0.5, -1, 2.75, 1e30], [nan, inf, -inf, 0, -0, 0, -1, -1, 2, 1e30]],
    ["sign", [nan, inf, -inf, 0, -0, 1e-40, -3], [nan, 1, -1, 0, -0, 1, -1]],
  ])("%s of NaN, infinities, zeros and far arguments", (name, x, expected) => {
    const { array } = precisions[precision];
    expect([...evaluate(name, precision, x)]).toEqual([...array.from(expected)]);
  });

  test("exp and sigmoid are 0, not subnormal, where e^x < 2^-125.5 (2^-1021.5); tanh and erf end at exactly 1", () => {
    const border = precision === "float32" ? -125.5 * Math.LN2 : -1021.5 * Math.LN2;
    const below = [border * 1.00001, border * 1.001, border * 1.02, border * 2];
    expect([...evaluate("exp", precision, below)]).toEqual([0, 0, 0, 0]);
    expect([...evaluate("sigmoid", precision, below)]).toEqual([0, 0, 0, 0]);
    expect(evaluate("exp", precision, [border * 0.99999])[0]).toBeGreaterThan(0);
    expect(evaluate("sigmoid", precision, [border * 0.99999])[0]).toBeGreaterThan(0);
    expect([...evaluate("tanh", precision, [19.1, -19.1, 1e9])]).toEqual([1, -1, 1]);
    expect([...evaluate("erf", precision, [5.95, -5.95, 1e9])]).toEqual([1, -1, 1]);
  });

  test("pow is the C function: integer powers of negative numbers, zeros, infinities, 1 for y = 0 and for x = 1", () => {
    const values = [nan, inf, -inf, 0, -0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.5, -2.5, 1e30, -1e30, 101, -101];
    const pairs = values.flatMap((x) => values.map((y) => [x, y]));
    const { array } = precisions[precision];
    const x = array.from(pairs.map(([base]) => base));
    const y = array.from(pairs.map(([, power]) => power));
    const found = evaluate("pow", precision, x, y);
    pairs.forEach((_, i) => {
      // ECMAScript differs from C in these two.
      let exact = x[i] ** y[i];
      if (x[i] === 1) exact = 1;
      if (x[i] === -1 && Math.abs(y[i]) === inf) exact = 1;
      const rounded = array.of(exact)[0];
      const tiny = precision === "float32" ? 2 ** -125.5 : 2 ** -1021.5;
      const same =
        Object.is(found[i], rounded) ||
        (Math.abs(rounded) < tiny && Object.is(found[i], Math.sign(exact) * 0)) ||
        (Number.isFinite(exact) && ulps(found[i], exact, precision) <= 2);
      expect(same, `pow(${x[i]}, ${y[i]}) = ${found[i]}, in C ${exact}`).toBe(true);
    });
  });
});

// Equal bits carry the bounds above over to every instruction set.
describe.each(nativeTargets())("native, $name", (target) => {
  const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -1, 1e-40, 3, 0.5, 2, 88];
  for (const precision of ["float32", "float64"] as const) {
    testUnless(target.obstacle)(`${precision}: every function gives the bits of WebAssembly at 49168 arguments`, () => {
      const { array, flags } = precisions[precision];
      const part = 2 ** 14;
      const x = array.from([
        ...flat(-100, 100).subarray(0, part),
        ...spread(1e-44, 1e38).subarray(0, part),
        ...positive(flat(0, 2)).subarray(0, part),
        ...specials,
        ...[0, 0, 0, 0],
      ]);
      const y = x.slice().reverse();
      const main = `${source}
#include <stdio.h>
int main(void) {
  static _Alignas(64) real x[${x.length}], y[${x.length}], out[${x.length}];
  if (fread(x, sizeof x, 1, stdin) != 1 || fread(y, sizeof y, 1, stdin) != 1) return 1;
  ${names.map((name) => `${name}_row(${x.length}, x, y, out); fwrite(out, sizeof out, 1, stdout);`).join("\n  ")}
  return 0;
}`;
      const input = new Uint8Array(2 * x.byteLength);
      input.set(new Uint8Array(x.buffer));
      input.set(new Uint8Array(y.buffer), x.byteLength);
      const { buffer } = runNative(main, target, { flags, input });
      names.forEach((name, k) => {
        const native = new array(buffer as ArrayBuffer, k * x.byteLength, x.length);
        const wasm = evaluate(name, precision, x, y);
        let differing = 0;
        for (let i = 0; i < x.length; i++) if (!Object.is(native[i], wasm[i])) differing++;
        expect([name, differing]).toEqual([name, 0]);
      });
    });
  }
});
