export const verdicts = [
  "prefers its training noise",
  "prefers less noise than trained",
  "prefers more noise",
  "prefers noise, level undecided",
  "prefers silence",
  "undecided",
] as const;

export type Verdict = (typeof verdicts)[number];

export interface VerdictEvidence {
  /** Interval of the preferred intensity. */
  readonly low: number;
  readonly high: number;
  readonly trainIntensity: number;
  /** What counts as close, to the trained intensity or to 0, in the unit of the intensity. */
  readonly margin: number;
  /** Loss at zero is above the loss at the preferred intensity, significantly. */
  readonly silenceHurts: boolean;
  /** Loss at the trained intensity is above the loss at zero, significantly. */
  readonly noiseHurts: boolean;
  /** How many networks were trained; noise draws of one network do not count. */
  readonly networks: number;
}

/** Fewer networks say nothing about networks in general. */
export const fewestNetworks = 3;

/**
 * What the evidence amounts to.
 *
 * Noise is preferred when the interval lies above 0 and silence hurts: then its place decides how much (within the
 * margin around the trained intensity, wholly below it, wholly above it, or neither). Silence is preferred when the
 * interval ends within the margin of 0 and noise hurts. A flat curve hurts nowhere and stays undecided, and so does
 * whatever fewer than three networks show.
 */
export function verdictOf({
  low,
  high,
  trainIntensity,
  margin,
  silenceHurts,
  noiseHurts,
  networks,
}: VerdictEvidence): Verdict {
  if (networks < fewestNetworks) return "undecided";
  if (low > 0 && silenceHurts) {
    if (trainIntensity > 0 && low >= trainIntensity - margin && high <= trainIntensity + margin) {
      return "prefers its training noise";
    }
    if (high < trainIntensity) return "prefers less noise than trained";
    if (low > trainIntensity) return "prefers more noise";
    return "prefers noise, level undecided";
  }
  return high <= margin && noiseHurts ? "prefers silence" : "undecided";
}
