import { normals } from "../../core/random.ts";
import type { Perturbation } from "./contract.ts";

/**
 * Time jitter: step t shows the trial at t + s z_t, z standard normal, one per step.
 *
 * Between steps the trial is linear; before the first and after the last of its own steps it is constant. All channels
 * of a step share their time.
 */
export const timeJitter: Perturbation = {
  name: "time-jitter",
  summary: "Every step shows the trial at a time that is off by a Gaussian number of steps.",
  references: [],
  strength: "standard deviation of the time, in steps",
  strengths: [0.5, 1, 2, 4],
  isRandom: true,
  needsClasses: false,
  prepare({ victim: { clean, batch, counts, stride }, key }) {
    const { inputSize, stepCount, trials, batchSize } = batch;
    const draws = new Float64Array(batchSize * stepCount);
    const one = new Float64Array(1);
    for (const [row, trial] of trials.entries()) {
      for (let step = 0; step * inputSize < counts[row]; step++) {
        draws[row * stepCount + step] = normals(one, key, { trial, step })[0];
      }
    }
    return (strength) => {
      const input = clean.slice();
      for (const [row, count] of counts.entries()) {
        const last = count / inputSize - 1;
        for (let step = 0; step <= last; step++) {
          const time = Math.min(last, Math.max(0, step + strength * draws[row * stepCount + step]));
          const before = Math.floor(time);
          const share = time - before;
          const at = row * stride + before * inputSize;
          for (let channel = 0; channel < inputSize; channel++) {
            const value = clean[at + channel];
            const next = share === 0 ? value : clean[at + inputSize + channel];
            input[row * stride + step * inputSize + channel] = value + share * (next - value);
          }
        }
      }
      return input;
    };
  },
};
