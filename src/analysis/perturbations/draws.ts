import type { RandomPlace } from "../../core/random.ts";
import type { Victim } from "../attacks/victim.ts";

/** Fills one step's numbers, one per channel, from its place. */
type Draw = (out: Float64Array, place: RandomPlace) => Float64Array;

/** Numbers of every step and channel of the trials' own steps, `[batch, time, inputSize]`; 0 on padding. */
export function drawsPerChannel(
  { batch, stride, counts }: Pick<Victim, "batch" | "stride" | "counts">,
  draw: Draw,
): Float64Array {
  const { inputSize, trials } = batch;
  const all = new Float64Array(batch.batchSize * stride);
  const ofStep = new Float64Array(inputSize);
  for (const [row, count] of counts.entries()) {
    for (let step = 0; step * inputSize < count; step++) {
      all.set(draw(ofStep, { trial: trials[row], step }), row * stride + step * inputSize);
    }
  }
  return all;
}
