/** Two codes of a direction: a ring of tuned channels, and sine and cosine. */
import type { DirectionCode } from "./contract.ts";

export const fullTurn = 2 * Math.PI;

/** Height and width of a bump on a ring. */
const height = 0.8;
const width = Math.PI / 8;

/** An angle in [0, 2 pi). */
export function wrapped(angle: number): number {
  const rest = angle % fullTurn;
  // A small negative rest plus 2 pi rounds to 2 pi.
  return rest < 0 ? (rest + fullTurn) % fullTurn : rest;
}

/** Circular distance of two angles, in [0, pi]. */
export function distance(a: number, b: number): number {
  const apart = wrapped(a - b);
  return Math.min(apart, fullTurn - apart);
}

/**
 * `size` channels with preferred directions 2 pi k / size:
 *
 *     0.8 exp(-(d / (pi/8))^2 / 2),   d = circular distance of direction and preferred direction
 *
 * Read by the population vector, atan2(sum_k y_k sin p_k, sum_k y_k cos p_k). Source: yang2019.
 */
export function ring(size: number): DirectionCode {
  const preferred = Float64Array.from({ length: size }, (_, k) => (fullTurn * k) / size);
  const sines = preferred.map(Math.sin);
  const cosines = preferred.map(Math.cos);
  return {
    size,
    channels: (prefix, meaning) =>
      Array.from(preferred, (angle, k) => ({
        name: `${prefix} ${k}`,
        meaning: `${meaning}, preferred direction ${+((angle * 180) / Math.PI).toFixed(2)} degrees`,
      })),
    add: (frame, at, direction, strength) => {
      for (let k = 0; k < size; k++) {
        const apart = Math.abs(direction - preferred[k]);
        const d = Math.min(apart, fullTurn - apart) / width;
        frame[at + k] += strength * height * Math.exp(-0.5 * d * d);
      }
    },
    read: (values, at) => {
      let x = 0;
      let y = 0;
      for (let k = 0; k < size; k++) {
        x += values[at + k] * cosines[k];
        y += values[at + k] * sines[k];
      }
      return x === 0 && y === 0 ? Number.NaN : Math.atan2(y, x);
    },
  };
}

/** Two channels, sine and cosine. Source: driscoll2024. */
export const sineAndCosine: DirectionCode = {
  size: 2,
  channels: (prefix, meaning) => [
    { name: `${prefix} sine`, meaning: `${meaning}, sine of its direction` },
    { name: `${prefix} cosine`, meaning: `${meaning}, cosine of its direction` },
  ],
  add: (frame, at, direction, strength) => {
    frame[at] += strength * Math.sin(direction);
    frame[at + 1] += strength * Math.cos(direction);
  },
  read: (values, at) =>
    values[at] === 0 && values[at + 1] === 0 ? Number.NaN : Math.atan2(values[at], values[at + 1]),
};
