/**
 * Box-Muller in float32 with a fixed order of operations.
 *
 * Every operation below is rounded to float32 by `Math.fround`; nothing is fused. `kernels/random.h` performs the same
 * operations in the same order, so the two give the same bits. (A float64 sum, product, quotient or square root of
 * float32 numbers, rounded to float32, is the correctly rounded float32 result, because 53 >= 2 * 24 + 2.)
 */

const { fround, sqrt } = Math;

/** Bits of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)). */
const sqrtHalfBits = 0x3f3504f3;

/** Minimax coefficients, made by scripts/elementary-coefficients.py. */
const ln2 = fround(0.6931471824645996);
const log1 = fround(0.6666677594184875);
const log2 = fround(0.39977583289146423);
const log3 = fround(0.2987079620361328);
const sin1 = fround(-0.16666655242443085);
const sin2 = fround(0.008332191966474056);
const sin3 = fround(-0.00019518790941219777);
const cos1 = fround(0.04166664555668831);
const cos2 = fround(-0.00138873013202101);
const cos3 = fround(2.4430670237052254e-5);
/** pi / 4 in float32, times 2^-31. */
const angleUnit = fround(0.7853981852531433) * 2 ** -31;

const real = new Float32Array(1);
const bits = new Int32Array(real.buffer);

/**
 * Two independent standard normal numbers from two words.
 *
 * radius: v = (float32(w0 >>> 1) + 1/2) 2^-31, r = sqrt(-2 ln v);
 * angle: x = (pi/4) 2^-31 float32(int32(w1 << 2)) in [-pi/4, pi/4], then one of the four images of
 * (cos x, sin x) under reflection (bit 31: the cosine changes sign) and exchange (bit 30), which tile the circle;
 * out = r times these.
 *
 * The largest magnitude is sqrt(64 ln 2) = 6.66. ln, sin and cos are within 1.6, 0.9 and 0.8 units in the last place
 * (test/conformance/random.test.ts measures them).
 *
 * @param w0 word of the radius
 * @param w1 word of the angle
 * @param out receives the pair at `at` and `at + 1`
 */
export function boxMuller(w0: number, w1: number, out: Float32Array, at: number): void {
  real[0] = fround(fround(w0 >>> 1) + 0.5);
  const ix = bits[0] - sqrtHalfBits;
  bits[0] = (ix & 0x7fffff) + sqrtHalfBits;
  const exponent = (ix >> 23) - 31;
  const f = fround(real[0] - 1);
  const s = fround(f / fround(f + 2));
  const z = fround(s * s);
  const tail = fround(z * fround(log1 + fround(z * fround(log2 + fround(z * log3)))));
  const half = fround(fround(f * 0.5) * f);
  const mantissaLog = fround(f - fround(half - fround(s * fround(half + tail))));
  const ln = fround(fround(exponent * ln2) + mantissaLog);
  const r = fround(sqrt(fround(ln * -2)));

  const x = fround(fround(w1 << 2) * angleUnit);
  const y = fround(x * x);
  const sineTail = fround(y * fround(sin1 + fround(y * fround(sin2 + fround(y * sin3)))));
  const sine = fround(x + fround(x * sineTail));
  const cosineTail = fround(y * fround(cos1 + fround(y * fround(cos2 + fround(y * cos3)))));
  const cosine = fround(1 + fround(y * fround(cosineTail - 0.5)));

  const first = fround(r * (w1 & 0x80000000 ? -cosine : cosine));
  const second = fround(r * sine);
  const exchange = w1 & 0x40000000;
  out[at] = exchange ? second : first;
  out[at + 1] = exchange ? first : second;
}
