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
const ln2 = fround(0.6931471824645996);

/** The F32 coefficients of kernels/coefficients.h. */
const log1 = fround(0.666669487953186);
const log2 = fround(0.3995765745639801);
const log3 = fround(0.3036443889141083);
const sin1 = fround(-0.16666655242443085);
const sin2 = fround(0.008332191035151482);
const sin3 = fround(-0.00019518600311130285);
const cos1 = fround(0.04166664555668831);
const cos2 = fround(-0.001388730714097619);
const cos3 = fround(2.4431819838355295e-5);
/** pi / 4 in float32, times 2^-31. */
const angleUnit = fround(0.7853981852531433) * 2 ** -31;

const real = new Float32Array(1);
const bits = new Int32Array(real.buffer);

/**
 * Radius of a pair: r = sqrt(-2 ln v), v = (float32(word >>> 1) + 1/2) 2^-31 in (0, 1].
 *
 * Within 1.1 units in the last place (test/conformance/random.test.ts). Largest value sqrt(64 ln 2) = 6.66.
 */
export function radius(word: number): number {
  real[0] = fround(word >>> 1) + 0.5;
  const ix = bits[0] - sqrtHalfBits;
  bits[0] = (ix & 0x7fffff) + sqrtHalfBits;
  const exponent = (ix >> 23) - 31;
  // ln(1 + f) with s = f / (2 + f): f - f^2/2 + s (f^2/2 + z p(z)).
  const f = fround(real[0] - 1);
  const s = fround(f / fround(f + 2));
  const z = fround(s * s);
  const tail = fround(z * fround(log1 + fround(z * fround(log2 + fround(z * log3)))));
  const half = fround(fround(f * 0.5) * f);
  const fraction = fround(f - fround(half - fround(s * fround(half + tail))));
  return fround(sqrt(fround(fround(fround(exponent * ln2) + fraction) * -2)));
}

/** Angle within an eighth of a turn: (pi/4) 2^-31 float32(int32(word << 2)) in [-pi/4, pi/4]. */
function angle(word: number): number {
  return fround(fround(word << 2) * angleUnit);
}

/** Sine of the angle; within 2.1 units in the last place, the rounding of the angle included. */
export function sine(word: number): number {
  const x = angle(word);
  const y = fround(x * x);
  const tail = fround(y * fround(sin1 + fround(y * fround(sin2 + fround(y * sin3)))));
  return fround(x + fround(x * tail));
}

/** Cosine of the angle; within 1.7 units in the last place, the rounding of the angle included. */
export function cosine(word: number): number {
  const x = angle(word);
  const y = fround(x * x);
  const tail = fround(y * fround(cos1 + fround(y * fround(cos2 + fround(y * cos3)))));
  return fround(1 + fround(y * fround(tail - 0.5)));
}

/**
 * Two independent standard normal numbers from two words.
 *
 * With r the radius of w0 and x the angle of w1: (r cos x, r sin x), whose first part changes sign with bit 31 of w1,
 * and which change places with bit 30; these four images of an eighth of a turn each side tile the circle.
 *
 * @param out receives the pair at `at` and `at + 1`
 */
export function boxMuller(w0: number, w1: number, out: Float32Array, at: number): void {
  const r = radius(w0);
  const c = cosine(w1);
  const first = fround(r * (w1 & 0x80000000 ? -c : c));
  const second = fround(r * sine(w1));
  const exchange = w1 & 0x40000000;
  out[at] = exchange ? second : first;
  out[at + 1] = exchange ? first : second;
}
