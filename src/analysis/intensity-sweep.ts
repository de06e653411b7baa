import { ParameterError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import type { NetworkSpec } from "../network/contract.ts";
import { all, type Passes, together } from "../network/lockstep.ts";
import type { NoiseSource } from "../noise/contract.ts";
import type { Subject } from "./contract.ts";
import { type Evaluation, type Examination, evaluating, examinationBatches } from "./evaluate.ts";

/** One network at one intensity. */
export interface SweepRow {
  readonly seed: number;
  readonly testIntensity: number;
  readonly loss: number;
  /** null where trials are not judged. */
  readonly accuracy: number | null;
  /** null unless the target is values and draws tell bias from variance. */
  readonly biasSquared: number | null;
  readonly variance: number | null;
  readonly lossPerRepeat: readonly number[];
  /** Of each part of the task that was tested; absent for a task without parts. */
  readonly parts?: readonly PartRow[];
  /** Mean of each of the task's outcomes; absent for a task without. */
  readonly outcomes?: Readonly<Record<string, number>>;
}

export interface PartRow {
  readonly part: string;
  readonly loss: number;
  /** null where trials are not judged. */
  readonly accuracy: number | null;
}

export interface SweepCall extends Subject, Examination {
  /** Which noise source is varied; may be left out when the network has one. */
  readonly site?: string;
  /** Absolute intensities, >= 0; default: `intensityGrid` of the source. */
  readonly intensities?: readonly number[];
}

/** Digits of a grid's values: 3 / 10 * 0.5 is to be 0.15, which is what people ask for. */
const gridDigits = 12;
/** What stands for the trained intensity of a network that was trained without noise. */
const unitWithoutNoise = 0.5;
const usualGrid = { highest: 2, steps: 20 } as const;

/**
 * Equally spaced test intensities from 0, and the trained one: 0, 0.1, ..., 2.0 times the trained intensity; 0, 0.05, ..., 1
 * for a network trained without noise. Drop probabilities (law "bernoulli") end below 1. Values have 12 significant digits;
 * the trained intensity stands as it is.
 *
 * @param grid `highest`: the last, in units of the trained intensity (0.5 where that is 0), > 0; `steps` from 0 to it, >= 1
 * @returns ascending
 */
export function intensityGrid(
  { intensity, law }: Pick<NoiseSource, "intensity" | "law">,
  { highest, steps }: { readonly highest: number; readonly steps: number } = usualGrid,
): number[] {
  const unit = intensity > 0 ? intensity : unitWithoutNoise;
  const even = Array.from({ length: steps + 1 }, (_, i) =>
    Number(((i * highest * unit) / steps).toPrecision(gridDigits)),
  );
  const trained = Number(unit.toPrecision(gridDigits));
  const others = even.filter((value) => value !== trained && value !== 0);
  const grid = [0, ...others, unit].sort((a, b) => a - b);
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
  { loss, accuracy, biasVariance, perRepeat, parts, outcomes }: Evaluation,
): SweepRow {
  return {
    seed,
    testIntensity,
    loss,
    accuracy: accuracy ?? null,
    biasSquared: biasVariance?.biasSquared ?? null,
    variance: biasVariance?.variance ?? null,
    lossPerRepeat: [...perRepeat],
    ...(parts && { parts: parts.map((one) => ({ ...one, accuracy: one.accuracy ?? null })) }),
    ...(outcomes && { outcomes }),
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
