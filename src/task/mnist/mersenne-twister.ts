/**
 * MT19937 as NumPy's `RandomState` and PyTorch's CPU generator seed it, for orders that others have published; our own
 * random numbers are in core/random.
 *
 * @param seed integer, of which the low 32 bits count
 * @returns a function that gives the next 32 random bits
 * Source: Matsumoto & Nishimura 1998, with the initialisation of 2002.
 */
export function mersenneTwister(seed: number): () => number {
  const words = 624;
  const state = new Uint32Array(words);
  state[0] = seed % 2 ** 32;
  for (let i = 1; i < words; i++) {
    const before = state[i - 1] ^ (state[i - 1] >>> 30);
    state[i] = Math.imul(before, 1812433253) + i;
  }
  let at = words;
  const refill = (): void => {
    for (let i = 0; i < words; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % words] & 0x7fffffff);
      state[i] = state[(i + 397) % words] ^ (y >>> 1) ^ ((y & 1) === 1 ? 0x9908b0df : 0);
    }
    at = 0;
  };
  return () => {
    if (at === words) refill();
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}
