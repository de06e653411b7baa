/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw (SC 2011):
 * ten rounds that mix four counter words with two key words into four output words.
 */

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
/** Added to the key before every round but the first: the golden ratio and sqrt(3) - 1, times 2^32. */
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/**
 * High 32 bits of the product of two 32-bit words.
 *
 * @param a word in 0..2^32-1
 * @param b word in 0..2^32-1
 * @returns floor(a b / 2^32), exact
 */
export function multiplyHigh(a: number, b: number): number {
  // Schoolbook on 16-bit halves: every sum below stays under 2^32.
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 16;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + carry) >>> 0;
}

/**
 * One block: four words that are a pure function of counter and key.
 *
 * @param out receives the four words, unsigned
 * @param c0 counter words c0..c3 and key words k0, k1, taken modulo 2^32
 */
export function philox4x32(
  out: Uint32Array,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
): void {
  let x0 = c0 >>> 0;
  let x1 = c1;
  let x2 = c2 >>> 0;
  let x3 = c3;
  let key0 = k0;
  let key1 = k1;
  for (let round = 0; round < 10; round++) {
    const low0 = Math.imul(multiplier0, x0);
    const low1 = Math.imul(multiplier1, x2);
    const next0 = (multiplyHigh(multiplier1, x2) ^ x1 ^ key0) >>> 0;
    const next2 = (multiplyHigh(multiplier0, x0) ^ x3 ^ key1) >>> 0;
    x0 = next0;
    x1 = low1;
    x2 = next2;
    x3 = low0;
    key0 = (key0 + weyl0) | 0;
    key1 = (key1 + weyl1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}
