import { uniforms } from "../../core/random.ts";
import type { Perturbation } from "./contract.ts";

/**
 * A missing segment: round(s L) steps in a row are 0 in all channels, L the length of the trial.
 *
 *     first step = floor(u (L - n + 1)),   n = round(s L),   u uniform on (0, 1), one per trial
 *
 * Every place is as likely as any other, and the segment at a strength holds those at smaller ones.
 */
export const occlusion: Perturbation = {
  name: "occlusion",
  summary: "A segment of each trial is missing: 0 in all channels.",
  references: [],
  strength: "share of the trial's steps that are missing",
  strengths: [0.1, 0.2, 0.3, 0.5],
  most: 1,
  isRandom: true,
  needsClasses: false,
  prepare({ victim: { clean, batch, counts, stride }, key }) {
    const { inputSize, trials } = batch;
    const places = Array.from(trials, (trial) => uniforms(new Float64Array(1), key, { trial })[0]);
    return (strength) => {
      const input = clean.slice();
      for (const [row, count] of counts.entries()) {
        const length = count / inputSize;
        const missing = Math.round(strength * length);
        const first = Math.floor(places[row] * (length - missing + 1));
        const from = row * stride + first * inputSize;
        input.fill(0, from, from + missing * inputSize);
      }
      return input;
    };
  },
};
