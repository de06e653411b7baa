import { ParameterError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import type { NetworkSpec } from "../network/contract.ts";
import { all, type Passes, together } from "../network/lockstep.ts";
import type { NoiseSource } from "../noise/contract.ts";
import { type Evaluation, type Examination, evaluating, examinationBatches, type Subject } from "./evaluate.ts";

/** One network at one intensity. */
export interface SweepRow {
  readonly seed: number;
  readonly testIntensity: number;
  readonly loss: number;
  /** null for value targets. */
  readonly accuracy: number | null;
  /** null unless the target is values and draws tell bias from variance. */
  readonly biasSquared: number | null;
  readonly variance: number | null;
  readonly lossPerRepeat: readonly number[];
}

export interface SweepCall extends Subject, Examination {
  /** Which noise source is varied; may be left out when the network has one. */
  readonly site?: string;
  /** Absolute intensities, >= 0; default: `intensityGrid` of the source. */
  readonly intensities?: readonly number[];
}

/** Digits of a grid's values: 3 / 10 * 0.5 is to be 0.15, which is what people ask for. */
const gridDigits = 12;
const trainedPlace = 10;

/**
 * Test intensities 0, 0.1, ..., 2.0 times the trained intensity; 0, 0.05, ..., 1 for a network trained without noise.
 * Drop probabilities (law "bernoulli") end below 1. Values have 12 significant digits; the trained intensity stands as it is.
 */
export function intensityGrid({ intensity, law }: Pick<NoiseSource, "intensity" | "law">): number[] {
  const unit = intensity > 0 ? intensity : 0.5;
  const grid = Array.from({ length: 21 }, (_, i) =>
    i === trainedPlace ? unit : Number(((i * unit) / 10).toPrecision(gridDigits)),
  );
  return law === "bernoulli" ? grid.filter((probability) => probability < 1) : grid;
}

/**
 * Loss and accuracy of one trained network as a function of the intensity at test, other sources as trained.
 *
 * All intensities see the same trials and the same noise draws, scaled.
 *
 * @throws ParameterError when the site is not one of the network's, or has to be named and is not
 */
export function intensitySweep(call: SweepCall): SweepRow[] {
  return together(call.kernel, [sweeping(call)])[0];
}

/** `intensitySweep`, beside others; its intensities too are evaluated beside each other. */
export function* sweeping(call: Omit<SweepCall, "kernel">): Passes<SweepRow[]> {
  const source = sweptSource(call.network.spec, call.site);
  const batches = examinationBatches(call, call.seed);
  const intensities = call.intensities ?? intensityGrid(source);
  const evaluations = yield* all(
    intensities.map((intensity) => evaluating(call, batches, { sites: { [source.site]: intensity } })),
  );
  return evaluations.map((evaluation, index) => sweepRow(call.seed, intensities[index], evaluation));
}

export function sweepRow(
  seed: number,
  testIntensity: number,
  { loss, accuracy, biasVariance, perRepeat }: Evaluation,
): SweepRow {
  return {
    seed,
    testIntensity,
    loss,
    accuracy: accuracy ?? null,
    biasSquared: biasVariance?.biasSquared ?? null,
    variance: biasVariance?.variance ?? null,
    lossPerRepeat: [...perRepeat],
  };
}

/** The noise source that a sweep varies. */
export function sweptSource({ noise }: NetworkSpec, site?: string): NoiseSource {
  const sites = noise.map((source) => source.site);
  if (site === undefined && sites.length !== 1) {
    throw new ParameterError({
      place: "intensity sweep",
      rule: `the site must be named unless the network has one noise source, got ${sites.length} (${sites.join(", ") || "none"})`,
      remedy: sites.length === 0 ? "give the network a source of intensity 0" : `choose one of ${sites.join(", ")}`,
    });
  }
  const source = site === undefined ? noise[0] : noise.find((candidate) => candidate.site === site);
  if (source === undefined) throw unknownName("noise source", site ?? "", sites);
  return source;
}
