/** Lyapunov exponents as numbers, tables and sentences. */
import type { Finding, FindingRow, Findings, FindingTable } from "../contract.ts";
import type { Drive, DriveName } from "./drives.ts";
import { entropyBound, kaplanYorke, type Spectrum, spectrumOf } from "./exponents.ts";
import type { Growth } from "./growth.ts";

export interface MeasuredPart {
  readonly growth: Growth;
  readonly labels: Drive["labels"];
}

/** What was measured under one drive at one noise level. */
export interface Measured {
  readonly drive: DriveName;
  readonly level: number;
  /** Several where trials differ in length. */
  readonly parts: readonly MeasuredPart[];
}

export interface MeasuredSystem {
  /** Number of exponents that there are. */
  readonly stateSize: number;
  readonly vectors: number;
  /** Time of a step; undefined for a map. */
  readonly timeStep: number | undefined;
  readonly isClosedLoop: boolean;
}

interface Summary extends Measured {
  readonly spectrum: Spectrum;
  readonly dimension: number | undefined;
  readonly entropy: number | undefined;
}

export function lyapunovFindings(measured: readonly Measured[], system: MeasuredSystem): Findings {
  const summaries = measured.map((one): Summary => {
    const spectrum = pooled(one.parts);
    return {
      ...one,
      spectrum,
      dimension: kaplanYorke(spectrum.exponents, system.stateSize),
      entropy: entropyBound(spectrum.exponents, system.stateSize),
    };
  });
  return {
    numbers: numbers(summaries, system),
    tables: [
      spectrumTable(summaries, system),
      levelsTable(summaries, system),
      trajectoriesTable(summaries, system),
      convergenceTable(summaries, system),
    ],
    sentences: sentences(summaries, system),
    warnings: warnings(summaries, system),
  };
}

/** The spectrum of parts whose blocks differ in length: each block counts by its steps. */
function pooled(parts: readonly MeasuredPart[]): Spectrum {
  const spectra = parts.map(({ growth }) => spectrumOf(growth));
  if (spectra.length === 1) return spectra[0];
  const { vectors } = parts[0].growth;
  const trajectories = spectra.flatMap((spectrum) => spectrum.trajectories);
  const steps = parts.flatMap(({ growth }) => Array.from({ length: growth.count }, () => growth.blockSteps));
  const kept = trajectories.map((_, k) => k).filter((k) => !trajectories[k].some(Number.isNaN));
  const total = kept.reduce((sum, k) => sum + steps[k], 0);
  const all = Array.from({ length: vectors }, (_, v) => {
    const exponent = kept.reduce((sum, k) => sum + steps[k] * trajectories[k][v], 0) / total;
    const square = kept.reduce((sum, k) => sum + (steps[k] * (trajectories[k][v] - exponent)) ** 2, 0);
    const scale = kept.length / Math.max(0, kept.length - 1);
    const deviation = Math.sqrt(
      kept.reduce((sum, k) => sum + (trajectories[k][v] - exponent) ** 2, 0) / (kept.length - 1),
    );
    return { exponent, deviation, error: Math.sqrt(square * scale) / total };
  }).sort((a, b) => (a.exponent === b.exponent ? 0 : b.exponent - a.exponent));
  return {
    exponents: Float64Array.from(all, ({ exponent }) => exponent),
    errors: Float64Array.from(all, ({ error }) => error),
    blockDeviation: Float64Array.from(all, ({ deviation }) => deviation),
    trajectories,
    diverged: trajectories.length - kept.length,
    trajectoryError: Number.NaN,
    blockCorrelation: 0,
  };
}

const suffix = (drive: DriveName): string => drive[0].toUpperCase() + drive.slice(1);
const drivenBy = {
  constant: "under constant inputs",
  stream: "driven by trials one after the other",
  trials: "over single trials",
} as const satisfies Record<DriveName, string>;

function numbers(summaries: readonly Summary[], { timeStep }: MeasuredSystem): Finding[] {
  return [...byDrive(summaries)].flatMap(([drive, levels]) => {
    const [first] = levels;
    const last = levels[levels.length - 1];
    const where = drivenBy[drive];
    const [low, high] = [first.spectrum.exponents[0], last.spectrum.exponents[0]];
    const largest = [
      finding(`largest${suffix(drive)}`, `largest exponent per step ${where}, noise ${first.level}`, low),
      finding(`largestError${suffix(drive)}`, "its standard error", first.spectrum.errors[0]),
      ...(timeStep === undefined
        ? []
        : [finding(`largestPerTime${suffix(drive)}`, "the same per unit of time", low / timeStep)]),
      finding(`dimension${suffix(drive)}`, `Kaplan-Yorke dimension ${where}, noise ${first.level}`, first.dimension),
      finding(
        `entropyBound${suffix(drive)}`,
        `sum of the positive exponents, nats per step, ${where}, noise ${first.level}`,
        first.entropy,
      ),
    ];
    if (levels.length === 1) return largest;
    const error = Math.hypot(first.spectrum.errors[0], last.spectrum.errors[0]);
    return [
      ...largest,
      finding(
        `noiseShift${suffix(drive)}`,
        `largest exponent at noise ${last.level} less that at ${first.level}`,
        high - low,
      ),
      finding(`noiseShiftError${suffix(drive)}`, "its standard error", error),
    ];
  });
}

function spectrumTable(summaries: readonly Summary[], { timeStep }: MeasuredSystem): FindingTable {
  return {
    name: "spectrum",
    meaning: "Lyapunov exponents in descending order, mean over trajectories and blocks.",
    columns: [
      ...settingColumns,
      { name: "index", meaning: "number of the exponent, 1 for the largest" },
      { name: "perStep", meaning: "exponent per step; none where the direction dies at once" },
      { name: "error", meaning: "its standard error, from blocks that count as independent" },
      { name: "blockDeviation", meaning: "standard deviation of the exponents of single blocks" },
      { name: "perTime", meaning: "exponent per unit of time; none for a map" },
    ],
    rows: summaries.flatMap(({ drive, level, spectrum }) =>
      Array.from(
        spectrum.exponents,
        (exponent, index): FindingRow => ({
          drive,
          level,
          index: index + 1,
          perStep: known(exponent),
          error: known(spectrum.errors[index]),
          blockDeviation: known(spectrum.blockDeviation[index]),
          perTime: timeStep === undefined ? null : known(exponent / timeStep),
        }),
      ),
    ),
  };
}

function levelsTable(summaries: readonly Summary[], { timeStep }: MeasuredSystem): FindingTable {
  return {
    name: "levels",
    meaning: "Largest exponent and what follows from the spectrum, per drive and noise level.",
    columns: [
      ...settingColumns,
      { name: "largest", meaning: "largest exponent per step" },
      { name: "error", meaning: "its standard error" },
      { name: "largestPerTime", meaning: "the same per unit of time; none for a map" },
      { name: "errorPerTime", meaning: "its standard error" },
      { name: "sum", meaning: "sum of all exponents per step; none where only some were computed" },
      { name: "positive", meaning: "how many exponents are above two standard errors" },
      { name: "dimension", meaning: "Kaplan-Yorke dimension" },
      { name: "entropyBound", meaning: "sum of the positive exponents, nats per step" },
      { name: "trajectories", meaning: "how many trajectories were averaged" },
      { name: "steps", meaning: "steps of each, the transient aside; the mean where they differ" },
      { name: "interval", meaning: "fewest steps between two orthonormalisations" },
    ],
    rows: summaries.map(({ drive, level, parts, spectrum, dimension, entropy }): FindingRow => {
      const trajectories = spectrum.trajectories.length - spectrum.diverged;
      const steps = parts.reduce((sum, { growth }) => sum + growth.count * growth.blocks * growth.blockSteps, 0);
      return {
        drive,
        level,
        largest: known(spectrum.exponents[0]),
        error: known(spectrum.errors[0]),
        largestPerTime: timeStep === undefined ? null : known(spectrum.exponents[0] / timeStep),
        errorPerTime: timeStep === undefined ? null : known(spectrum.errors[0] / timeStep),
        sum: known(spectrum.exponents.reduce((sum, exponent) => sum + exponent, 0)),
        positive: spectrum.exponents.filter((exponent, i) => exponent > 2 * (spectrum.errors[i] || 0)).length,
        dimension: dimension ?? null,
        entropyBound: entropy ?? null,
        trajectories,
        steps: steps / spectrum.trajectories.length,
        interval: Math.min(...parts.map(({ growth }) => growth.shortestInterval)),
      };
    }),
  };
}

function trajectoriesTable(summaries: readonly Summary[], { stateSize }: MeasuredSystem): FindingTable {
  return {
    name: "trajectories",
    meaning:
      "Finite-time exponents of single trajectories: their distribution over inputs, starting states and trials.",
    columns: [
      ...settingColumns,
      { name: "trajectory", meaning: "number of the trajectory, from 0" },
      { name: "condition", meaning: "value of the task's first condition variable" },
      { name: "start", meaning: "number of the starting state, or of the trial" },
      { name: "steps", meaning: "steps that the exponents are of" },
      { name: "largest", meaning: "largest finite-time exponent per step; none when it diverged" },
      { name: "smallest", meaning: "smallest of those computed" },
      { name: "dimension", meaning: "Kaplan-Yorke dimension of the trajectory's spectrum" },
    ],
    rows: summaries.flatMap(({ drive, level, parts, spectrum }) =>
      parts
        .flatMap(({ growth, labels }) =>
          labels.map((label) => ({ ...label, steps: growth.blocks * growth.blockSteps })),
        )
        .map(({ condition, start, steps }, trajectory): FindingRow => {
          const sorted = spectrum.trajectories[trajectory].slice().sort().reverse();
          return {
            drive,
            level,
            trajectory,
            condition,
            start,
            steps,
            largest: known(sorted[0]),
            smallest: known(sorted[sorted.length - 1]),
            dimension: kaplanYorke(sorted, stateSize) ?? null,
          };
        }),
    ),
  };
}

function convergenceTable(summaries: readonly Summary[], { stateSize }: MeasuredSystem): FindingTable {
  return {
    name: "convergence",
    meaning: "Estimates from the first steps alone, under drives without end.",
    columns: [
      ...settingColumns,
      { name: "steps", meaning: "steps that were averaged over, from the end of the transient on" },
      { name: "largest", meaning: "largest exponent per step" },
      { name: "error", meaning: "its standard error" },
      { name: "smallest", meaning: "smallest of those computed" },
      { name: "dimension", meaning: "Kaplan-Yorke dimension" },
    ],
    rows: summaries
      .filter(({ drive }) => drive !== "trials")
      .flatMap(({ drive, level, parts: [{ growth }] }) =>
        Array.from({ length: growth.blocks }, (_, index): FindingRow => {
          const { exponents, errors } = spectrumOf(growth, index + 1);
          return {
            drive,
            level,
            steps: (index + 1) * growth.blockSteps,
            largest: known(exponents[0]),
            error: known(errors[0]),
            smallest: known(exponents[exponents.length - 1]),
            dimension: kaplanYorke(exponents, stateSize) ?? null,
          };
        }),
      ),
  };
}

function sentences(summaries: readonly Summary[], { timeStep, stateSize }: MeasuredSystem): string[] {
  return summaries.map(({ drive, level, spectrum, dimension }) => {
    const [largest, error] = [spectrum.exponents[0], spectrum.errors[0]];
    const verdict =
      Math.abs(largest) <= 2 * error ? "neither grow nor die, within error" : largest > 0 ? "grow: chaos" : "die";
    const time = timeStep === undefined ? "" : `, ${round(largest / timeStep)} per unit of time`;
    // a stretch of a few steps is no attractor
    const held = drive === "trials" ? verdict.replace(": chaos", "") : verdict;
    const size = dimension === undefined ? "" : `; Kaplan-Yorke dimension ${round(dimension)} of ${stateSize}`;
    return `At noise ${round(level)}, ${drivenBy[drive]}, small perturbations ${held}: largest exponent ${round(largest)} +- ${round(error)} per step${time}${size}.`;
  });
}

function warnings(summaries: readonly Summary[], { stateSize, vectors, isClosedLoop }: MeasuredSystem): string[] {
  const found: string[] = [];
  const trajectories = summaries.reduce((sum, { spectrum }) => sum + spectrum.trajectories.length, 0);
  const diverged = summaries.reduce((sum, { spectrum }) => sum + spectrum.diverged, 0);
  if (diverged > 0) found.push(`${diverged} of ${trajectories} trajectories diverged; they are in no average.`);
  if (summaries.some(({ spectrum }) => spectrum.exponents.includes(Number.NEGATIVE_INFINITY)))
    found.push(
      "Some directions die in a step (a singular Jacobian): their exponents are minus infinity and shown as none.",
    );
  if (vectors < stateSize) found.push(`Only the ${vectors} largest of ${stateSize} exponents were computed.`);
  if (summaries.some(({ spectrum }) => spectrum.blockCorrelation > 0.3))
    found.push("Exponents of neighbouring blocks are correlated: errors are too small, use fewer or longer blocks.");
  if (summaries.some(({ drive, spectrum }) => drive !== "trials" && differ(spectrum)))
    found.push("Trajectories differ by more than their errors: they lie on different attractors, or have not settled.");
  if (summaries.some(({ drive }) => drive === "trials"))
    found.push(
      "Over single trials the frame starts at random, which lowers the largest exponent by up to ln(states) / (2 steps).",
    );
  if (isClosedLoop)
    found.push("The closed loop is shown as an expert plays it; perturbations do not act back on the inputs.");
  return found;
}

/** Largest exponents of trajectories farther from their mean than five of their own errors. */
function differ({ trajectories, trajectoryError }: Spectrum): boolean {
  const largest = trajectories.map(([first]) => first).filter(Number.isFinite);
  const mean = largest.reduce((sum, x) => sum + x, 0) / largest.length;
  return largest.some((x) => Math.abs(x - mean) > 5 * trajectoryError + 1e-6);
}

const settingColumns = [
  { name: "drive", meaning: "constant input, stream of trials with the state carried over, or single trials" },
  { name: "level", meaning: "noise in units of the training noise, or the intensity of the source asked for" },
] as const;

function byDrive(summaries: readonly Summary[]): Map<DriveName, Summary[]> {
  const groups = new Map<DriveName, Summary[]>();
  for (const one of summaries) groups.set(one.drive, [...(groups.get(one.drive) ?? []), one]);
  return groups;
}

const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
const finding = (name: string, meaning: string, value: number | undefined): Finding => ({
  name,
  meaning,
  value: value === undefined ? null : known(value),
});
const round = (value: number): string => String(Number(value.toPrecision(3)));
