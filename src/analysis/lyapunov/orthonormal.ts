/** Frames of tangents made orthonormal, and how far that stretched them. */

/** A vector this much shorter than the longest of its frame after the others are taken out of it is noise of rounding. */
const negligible = 1e-13;

/**
 * Gram-Schmidt, twice over each vector, in place.
 *
 *     tangents = R Q,   R lower triangular,   result = ln diag R
 *
 * Projecting twice keeps orthogonality at rounding whatever the condition of the frame.
 *
 * @param frame `[vectors, size]`; on return orthonormal rows, 0 for those that are lost
 * @param logs ln of each vector's length, -Infinity for those that are lost: `[vectors]`, overwritten
 * @returns longest length of a vector before over the shortest after: how ill-conditioned the frame was; Infinity when a
 *   vector is lost that was not 0
 */
export function orthonormalise(frame: Float64Array, vectors: number, logs: Float64Array): number {
  const size = frame.length / vectors;
  let longest = 0;
  for (let v = 0; v < vectors; v++) longest = Math.max(longest, norm(frame, v * size, size));
  let shortest = longest;
  let isLost = false;
  for (let v = 0; v < vectors; v++) {
    const at = v * size;
    const wasZero = norm(frame, at, size) === 0;
    for (let pass = 0; pass < 2; pass++) {
      for (let w = 0; w < v; w++) {
        const from = w * size;
        let along = 0;
        for (let i = 0; i < size; i++) along += frame[from + i] * frame[at + i];
        for (let i = 0; i < size; i++) frame[at + i] -= along * frame[from + i];
      }
    }
    const length = norm(frame, at, size);
    if (length <= negligible * longest) {
      isLost ||= !wasZero;
      frame.fill(0, at, at + size);
      logs[v] = Number.NEGATIVE_INFINITY;
      continue;
    }
    shortest = Math.min(shortest, length);
    logs[v] = Math.log(length);
    for (let i = 0; i < size; i++) frame[at + i] /= length;
  }
  if (isLost) return Number.POSITIVE_INFINITY;
  return longest > 0 && Number.isFinite(longest) ? longest / shortest : 1;
}

function norm(values: Float64Array, at: number, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += values[at + i] ** 2;
  return Math.sqrt(sum);
}
