/**
 * From addresses to words: the mapping is part of the format of every stored result.
 *
 * | Philox word | holds |
 * | --- | --- |
 * | key 0 | low 32 bits of the seed |
 * | key 1 | halving * 2^21 + high 21 bits of the seed; halving is 0 but for bridges of Brownian paths |
 * | counter 0 | site * 2^24 + floor(unit / 4) |
 * | counter 1 | step |
 * | counter 2 | trial |
 * | counter 3 | stream |
 * | output `unit mod 4` | the word of the unit |
 */
import type { RandomKey } from "./key.ts";
import { philox4x32 } from "./philox.ts";

/** The four words of units 4 block .. 4 block + 3. Arguments are not checked. */
export function addressedBlock(
  words: Uint32Array,
  key: RandomKey,
  trial: number,
  step: number,
  site: number,
  block: number,
  halving = 0,
): void {
  philox4x32(
    words,
    site * 0x1000000 + block,
    step,
    trial,
    key.stream,
    key.seed >>> 0,
    halving * 0x200000 + Math.floor(key.seed / 0x100000000),
  );
}
