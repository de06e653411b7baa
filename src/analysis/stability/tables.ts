/** Stability as numbers, tables and sentences. */
import type { Finding, FindingRow, Findings, FindingTable } from "../contract.ts";
import { quantile } from "../statistics/bootstrap.ts";
import { type Condition, conditionsOf, structureTerms, type Term } from "./conditions.ts";
import type { LocalStability } from "./local.ts";
import type { CellStructure, LevelStability } from "./proofs.ts";
import type { Range } from "./structure.ts";

export interface StabilityResults {
  readonly structure: CellStructure;
  readonly local: { readonly samples: readonly LocalStability[]; readonly visited: Range };
  readonly levels: readonly LevelStability[];
  readonly stateSize: number;
  /** Time of a step; undefined for a map, whose rates are per step. */
  readonly timeStep: number | undefined;
  readonly isClosedLoop: boolean;
}

export function stabilityFindings(results: StabilityResults): Findings {
  const conditions = conditionsOf(results.structure);
  const terms = structureTerms(results.structure);
  return {
    numbers: numbers(results),
    tables: [levelsTable(results), termsTable(terms), conditionsTable(conditions), localTable(results)],
    sentences: sentences(results, conditions),
    warnings: warnings(results),
  };
}

function numbers({ levels, local, timeStep, structure }: StabilityResults): Finding[] {
  const dt = timeStep ?? 1;
  const unit = timeStep === undefined ? "per step" : "per unit of time";
  const rows = levels.length === 1 ? [levels[0]] : [levels[0], levels[levels.length - 1]];
  return [
    ...rows.flatMap(({ level, spectrum, proof }, index): Finding[] => {
      const end = index === 0 ? "" : "Noise";
      return [
        finding(`exponent${end}`, `measured largest exponent ${unit}, noise ${level}`, spectrum.exponents[0] / dt),
        finding(`exponentError${end}`, "its standard error", spectrum.errors[0] / dt),
        finding(`upperBound${end}`, `proved for every trajectory, noise ${level}`, upperOf(proof, dt, timeStep)),
        finding(`lowerBound${end}`, `proved for every trajectory, noise ${level}`, proof.certificate?.centredLower),
      ];
    }),
    ...shiftNumbers(levels, dt),
    finding(
      "isCertified",
      "1 where the bounds hold for all states, 0 where for the visited ones or not at all",
      certified(structure),
    ),
    finding(
      "abscissa",
      `largest real part of a local eigenvalue ${unit}, median over states`,
      middle(local.samples, "abscissa"),
    ),
    finding("spectralRadius", "of a step's Jacobian, largest over states", largest(local.samples, "spectralRadius")),
    finding(
      "largestStep",
      "step up to which Euler's method is stable at all sampled states; 0 where some direction grows by itself",
      Math.min(...local.samples.map((sample) => sample.largestStep)),
    ),
  ];
}

/** What the noise of the last level does to the exponent; nothing where there is one level. */
function shiftNumbers(levels: readonly LevelStability[], dt: number): Finding[] {
  const [first, last] = [levels[0], levels[levels.length - 1]];
  if (first === last) return [];
  const error = Math.hypot(first.spectrum.errors[0], last.spectrum.errors[0]);
  const shift = last.spectrum.exponents[0] - first.spectrum.exponents[0];
  return [
    finding("exponentShift", `measured exponent at noise ${last.level} less that at ${first.level}`, shift / dt),
    finding("exponentShiftError", "its standard error", error / dt),
  ];
}

/** The better of the two bounds, per unit of time (per step for a map). */
function upperOf(
  { certificate, stepBound }: LevelStability["proof"],
  dt: number,
  timeStep: number | undefined,
): number | undefined {
  return timeStep === undefined
    ? stepBound
    : (certificate?.centredUpper ?? (stepBound === undefined ? undefined : stepBound / dt));
}

const certified = ({ step, holdsFor }: CellStructure): number => (step !== undefined && holdsFor === "all" ? 1 : 0);
const values = (samples: readonly LocalStability[], quantity: keyof LocalStability): Float64Array =>
  Float64Array.from(samples, (sample) => sample[quantity]).sort();
const middle = (samples: readonly LocalStability[], quantity: keyof LocalStability): number =>
  quantile(values(samples, quantity), 0.5);
const largest = (samples: readonly LocalStability[], quantity: keyof LocalStability): number =>
  Math.max(...values(samples, quantity));

function levelsTable({ levels, timeStep }: StabilityResults): FindingTable {
  const dt = timeStep ?? 1;
  return {
    name: "levels",
    meaning:
      "Measured exponent and bounds against the noise, per unit of time (per step for a map). Stabilisation is almost sure only: the mean square never gains by noise.",
    columns: [
      { name: "level", meaning: "noise in units of the training noise, or the intensity of the source asked for" },
      { name: "exponent", meaning: "largest exponent, measured along test trials one after the other" },
      { name: "error", meaning: "its standard error" },
      { name: "lower", meaning: "phi + lambda_min(A_sym) - L_a sigma_max(W)" },
      { name: "upper", meaning: "psi + lambda_max(A_sym) + L_a sigma_max(W)" },
      { name: "centredLower", meaning: "lower bound, the better of slopes from 0 and from their middle" },
      { name: "centredUpper", meaning: "upper bound, the better of the two" },
      { name: "meanSquare", meaning: "half the growth rate of the mean squared difference is at most this" },
      {
        name: "stepBound",
        meaning: "ln of the largest factor of a step, per unit of time; only where noise does not act on differences",
      },
      { name: "phi", meaning: "frobeniusLow^2 / 2 - alongHigh^2" },
      { name: "psi", meaning: "frobeniusHigh^2 / 2 - alongLow^2" },
      { name: "frobeniusLow", meaning: "|Ds|_F / |e| is at least this" },
      { name: "frobeniusHigh", meaning: "|Ds|_F / |e| is at most this" },
      { name: "alongLow", meaning: "|Ds' e| / |e|^2 is at least this" },
      { name: "alongHigh", meaning: "|Ds' e| / |e|^2 is at most this" },
    ],
    rows: levels.map(
      ({ level, spectrum, proof: { noise, certificate, stepBound } }): FindingRow => ({
        level,
        exponent: known(spectrum.exponents[0] / dt),
        error: known(spectrum.errors[0] / dt),
        lower: known(certificate?.lower),
        upper: known(certificate?.upper),
        centredLower: known(certificate?.centredLower),
        centredUpper: known(certificate?.centredUpper),
        meanSquare: known(certificate?.meanSquare),
        stepBound: known(stepBound === undefined ? undefined : stepBound / dt),
        phi: known(certificate?.phi),
        psi: known(certificate?.psi),
        frobeniusLow: known(noise?.frobeniusLow),
        frobeniusHigh: known(noise?.frobeniusHigh),
        alongLow: known(noise?.alongLow),
        alongHigh: known(noise?.alongHigh),
      }),
    ),
  };
}

function termsTable(terms: readonly Term[]): FindingTable {
  return {
    name: "terms",
    meaning: "Every number of the bounds that no noise changes.",
    columns: [
      { name: "term", meaning: "name of the number" },
      { name: "value", meaning: "per unit of time, but for L_a" },
      { name: "meaning", meaning: "what it is" },
    ],
    rows: terms.map(({ name, value, meaning }) => ({ term: name, value: known(value), meaning })),
  };
}

function conditionsTable(conditions: readonly Condition[]): FindingTable {
  return {
    name: "conditions",
    meaning: "Sufficient conditions without noise that acts on differences: each holds where its number is below 0.",
    columns: [
      { name: "condition", meaning: "name of the condition" },
      { name: "value", meaning: "its number, per unit of time (of a step for a map)" },
      { name: "holds", meaning: "whether it is below 0" },
      { name: "meaning", meaning: "what follows where it holds" },
    ],
    rows: conditions.map(({ name, value, meaning }) => ({
      condition: name,
      value: known(value),
      holds: value < 0,
      meaning,
    })),
  };
}

function localTable({ local }: StabilityResults): FindingTable {
  return {
    name: "local",
    meaning: "The Jacobian of the noise-free step at states that trials visit.",
    columns: [
      { name: "trial", meaning: "number of the test trial" },
      { name: "step", meaning: "step of the trial" },
      { name: "abscissa", meaning: "largest real part of the eigenvalues lambda of (J - I) / dt" },
      { name: "measure", meaning: "largest eigenvalue of its symmetric part" },
      { name: "spectralRadius", meaning: "largest |1 + dt lambda|: below 1 the step is stable here" },
      { name: "spectralNorm", meaning: "largest singular value of J" },
      { name: "largestStep", meaning: "largest dt with |1 + dt lambda| <= 1; none where nothing decays or grows" },
    ],
    rows: local.samples.map(
      (sample): FindingRow => Object.fromEntries(Object.entries(sample).map(([key, value]) => [key, known(value)])),
    ),
  };
}

function sentences(
  { structure, local, levels, timeStep }: StabilityResults,
  conditions: readonly Condition[],
): string[] {
  const held = conditions.filter(({ value }) => value < 0).map(({ name }) => name);
  const failed = conditions.filter(({ value }) => !(value < 0)).map(({ name }) => name);
  const said: string[] = [];
  if (structure.step !== undefined) {
    said.push(
      held.length === 0
        ? `No sufficient condition for stability holds (${failed.join(", ")}); that proves nothing against it.`
        : `Proved ${structure.holdsFor === "all" ? "for all states" : "while states stay where trials take them"}: ${held.join(", ")}.${failed.length > 0 ? ` Not met: ${failed.join(", ")}.` : ""}`,
    );
  }
  const radius = largest(local.samples, "spectralRadius");
  const step = Math.min(...local.samples.map(({ largestStep }) => largestStep));
  if (timeStep !== undefined)
    said.push(
      radius <= 1
        ? `Euler's step of ${round(timeStep)} is stable at all ${local.samples.length} sampled states (largest |1 + dt lambda| ${round(radius)}; stable up to a step of ${round(step)}).`
        : `At some sampled states a step grows perturbations (largest |1 + dt lambda| ${round(radius)}); ${step > 0 ? `steps up to ${round(step)} would not` : "some of them grow at any step"}.`,
    );
  const [first, last] = [levels[0], levels[levels.length - 1]];
  if (first !== last) {
    const dt = timeStep ?? 1;
    const shift = (last.spectrum.exponents[0] - first.spectrum.exponents[0]) / dt;
    const error = Math.hypot(first.spectrum.errors[0], last.spectrum.errors[0]) / dt;
    said.push(
      `From noise ${round(first.level)} to ${round(last.level)} the largest exponent moves by ${round(shift)} +- ${round(error)}.`,
      "Stabilisation by noise is almost sure only: the mean squared difference grows the faster the stronger the noise, and a network that is used without noise does not have it.",
    );
  }
  return said;
}

function warnings({ structure, levels, local, isClosedLoop, timeStep }: StabilityResults): string[] {
  const found = [...new Set([...structure.refusals, ...levels.flatMap(({ proof }) => proof.refusals)])];
  if (structure.step !== undefined && structure.holdsFor !== "all")
    found.push(
      `Bounds hold while all states stay in the visited range [${round(local.visited.low)}, ${round(local.visited.high)}].`,
    );
  if (structure.step === undefined)
    found.push("Nothing is certified for this cell: read the measured and local numbers.");
  if (timeStep !== undefined && structure.step !== undefined)
    found.push("Bounds are those of the differential equation; exponents of the stepped network differ by order dt.");
  for (const { level, spectrum } of levels)
    if (spectrum.diverged > 0)
      found.push(`At noise ${level}, ${spectrum.diverged} of ${spectrum.trajectories.length} trajectories diverged.`);
  if (isClosedLoop)
    found.push("The closed loop is shown as an expert plays it; perturbations do not act back on the inputs.");
  return found;
}

const known = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;
const finding = (name: string, meaning: string, value: number | undefined): Finding => ({
  name,
  meaning,
  value: known(value),
});
const round = (value: number): string => String(Number(value.toPrecision(3)));
