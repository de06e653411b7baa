/** Where a network comes to rest, how that depends on its noise, and what it says there. */
import type { OptionValue } from "../core/options.ts";
import { unknownName } from "../core/registry.ts";
import { laws } from "../noise/laws.ts";
import { checkFit } from "../train/batches.ts";
import { isSilent } from "../train/score.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import type { Dynamics } from "./dynamics/contract.ts";
import { meanDynamics, silentDynamics } from "./dynamics/mean-dynamics.ts";
import { momentDynamics } from "./dynamics/moment-dynamics.ts";
import { type HeldInput, heldInputs } from "./fixed-points/inputs.ts";
import { distance } from "./fixed-points/linear.ts";
import { eventCount, portraitNumbers, settledShift } from "./fixed-points/numbers.ts";
import { principalPlane } from "./fixed-points/plane.ts";
import type { FixedPoint } from "./fixed-points/point.ts";
import {
  type NoisyMaps,
  type Portrait,
  type PortraitOptions,
  portrait,
  silentLevel,
  trainingLevel,
} from "./fixed-points/portrait.ts";
import {
  branchesTable,
  eigenvaluesTable,
  fieldTable,
  type InputPortrait,
  type PortraitSide,
  pointsTable,
  readoutTable,
  statesTable,
  type TableSetting,
  trajectoriesTable,
} from "./fixed-points/tables.ts";
import { type MeasuredMeans, type Visits, visits } from "./fixed-points/visits.ts";
import { underWay } from "./under-way.ts";

const name = "fixed-points";
const theories = ["mean-field", "closure"] as const;
const methods = ["one-by-one", "joint"] as const;

/**
 * Fixed and slow points of a network at constant inputs, without noise and with its noise averaged out, joined by
 * branches over the noise level.
 *
 *     x* = F(x*, u),   q = |F(x) - x|^2 / 2,   F = mean of the step over the noise
 *
 * Inputs are those of trials of the test split at one step, held for ever. Searches start from states that the network
 * visits under its training noise. See docs/analyses/fixed-points.md.
 *
 * Cost: docs/analyses/fixed-points.md; N^3 per point, some 18 s of one core per input at 256 units: lower `inputs` and raise
 * `levelStep` there.
 */
export const fixedPoints: NetworkAnalysis = {
  name,
  summary: "Where does the network come to rest, how does noise move that, and what does the readout say there?",
  references: ["sussillo2013", "golub2018", "golub1996", "allgower1990", "smith1968", "eckstein2026"],
  options: {
    inputs: { type: "number", default: 41, from: 1, to: 512, integer: true, remedy: "41 is the default" },
    step: { type: "number", default: -1, from: -1, integer: true, remedy: "-1 takes the last step that counts" },
    part: { type: "text", default: null, remedy: "name a part of the task, or leave it out for all" },
    theory: { type: "text", default: "mean-field", remedy: "mean-field or closure" },
    method: { type: "text", default: "one-by-one", remedy: "one-by-one or joint" },
    starts: { type: "number", default: 16, from: 1, integer: true, remedy: "starts of a round; 16 is the default" },
    rounds: { type: "number", default: 8, from: 1, integer: true, remedy: "most rounds; 8 is the default" },
    jitter: { type: "number", default: 0.3, from: 0, remedy: "in spreads of the states; 0.3 is the default" },
    tolerance: { type: "number", default: 1e-9, above: 0, below: 1, remedy: "in spreads; 1e-9 is the default" },
    slowTolerance: { type: "number", default: 1e-3, above: 0, remedy: "in spreads; 1e-3 is the default" },
    uniqueDistance: { type: "number", default: 1e-3, above: 0, remedy: "in spreads; 1e-3 is the default" },
    outlierDistance: { type: "number", default: 5, above: 0, remedy: "in spreads; 5 is the default" },
    largestLevel: { type: "number", default: 2, from: 1, remedy: "in units of the training noise; 2 is the default" },
    levelStep: { type: "number", default: 0.1, above: 0, remedy: "in units of the training noise; 0.1 is the default" },
    repeats: {
      type: "number",
      default: 16,
      from: 1,
      integer: true,
      remedy: "noise draws per trial; 16 is the default",
    },
    pictured: {
      type: "number",
      default: 3,
      from: 0,
      integer: true,
      remedy: "inputs with trajectories; 3 is the default",
    },
    gridPoints: {
      type: "number",
      default: 15,
      from: 2,
      integer: true,
      remedy: "per side of the field; 15 is the default",
    },
  },
  run,
};

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, weights, task, seed, options } = call;
  checkFit(network, task);
  const portraiture = portraitOptions(call);
  const held = heldInputs(task, seed, {
    count: options.inputs as number,
    step: options.step as number,
    part: options.part as string | null,
  });
  const { backend, threads } = call.kernel;
  const kernel = await network.kernel({ precision: "float64", backend, threads });
  let seen: Visits;
  try {
    seen = visits(
      call,
      kernel,
      held,
      options.repeats as number,
      picturedRows(held.inputs.length, options.pictured as number),
    );
  } finally {
    kernel.close();
  }
  const silent = silentDynamics(network, weights);
  const isNoisy = !isSilent(network, "trained");
  const family = remembered((level: number) =>
    level === silentLevel ? silent : meanDynamics(network, weights, { factor: level }),
  );
  const moments = remembered((level: number) => momentDynamics(network, weights, { factor: level }));
  const maps = isNoisy ? { family, moments } : undefined;
  const portraits = portraitsOf(call, portraiture, silent, maps, held.inputs, seen);
  const setting: TableSetting = { task, held, plane: principalPlane(seen.visited), readout: silent.readout };
  const levels = [
    { level: silentLevel, dynamics: silent },
    ...(isNoisy ? [{ level: trainingLevel, dynamics: family(trainingLevel) }] : []),
  ];
  underWay(call, 0.95, "pictures of fixed points");
  return {
    numbers: portraitNumbers(portraits, isNoisy, held.areConstant),
    tables: [
      pointsTable(setting, portraits),
      statesTable(portraits),
      eigenvaluesTable(portraits, task.dt),
      branchesTable(setting, portraits),
      readoutTable(setting, portraits),
      trajectoriesTable(setting, portraits, seen.trajectories),
      fieldTable(setting, portraits, seen.trajectories, levels, options.gridPoints as number),
    ],
    ...words(call, portraits, setting, isNoisy, seen.visited.spread),
  };
}

/** Levels whose maps are kept: those of a grid are asked for again at every input. */
const keptMaps = 64;

function remembered<Made>(make: (level: number) => Made): (level: number) => Made {
  const known = new Map<number, Made>();
  return (level) => {
    const made = known.get(level) ?? make(level);
    known.delete(level);
    known.set(level, made);
    if (known.size > keptMaps) known.delete(known.keys().next().value as number);
    return made;
  };
}

/** Rows spread evenly, the ends left out. */
function picturedRows(inputs: number, count: number): number[] {
  const few = Math.min(inputs, count);
  return Array.from({ length: few }, (_, i) => Math.floor(((i + 0.5) * inputs) / few));
}

function portraitsOf(
  call: AnalysisCall,
  options: PortraitOptions,
  silent: Dynamics,
  maps: NoisyMaps | undefined,
  inputs: readonly HeldInput[],
  seen: Visits,
): InputPortrait[] {
  const found: InputPortrait[] = [];
  let known: Float64Array[] = [];
  for (const [number, held] of inputs.entries()) {
    const tell = (share: number): void =>
      underWay(call, 0.05 + (0.9 * (number + share)) / inputs.length, "fixed points");
    tell(0);
    const starts = [
      seen.silent[number].state,
      ...(seen.noisy === undefined ? [] : [seen.noisy[number].state]),
      ...known,
    ];
    const made = portrait(silent, maps, held.input, seen.visited, options, starts, tell);
    known = [...made.silent.points, ...(made.noisy?.points ?? [])].map(({ xStar }) => xStar);
    found.push({ number, held, portrait: made, sides: sidesOf(made, seen.silent[number], seen.noisy?.[number]) });
  }
  return found;
}

function sidesOf(made: Portrait, silent: MeasuredMeans, noisy: MeasuredMeans | undefined): PortraitSide[] {
  const side = (level: number, points: readonly FixedPoint[], measured: MeasuredMeans): PortraitSide => ({
    level,
    points,
    measured,
    visited: nearest(points, measured.state),
  });
  return [
    side(silentLevel, made.silent.points, silent),
    ...(made.noisy === undefined || noisy === undefined ? [] : [side(trainingLevel, made.noisy.points, noisy)]),
  ];
}

/** Of the stable fixed points. */
function nearest(points: readonly FixedPoint[], state: Float64Array): FixedPoint | undefined {
  const stable = points.filter(({ kind, isStable }) => kind === "fixed" && isStable);
  return stable.sort((a, b) => distance(a.xStar, state) - distance(b.xStar, state))[0];
}

function portraitOptions({ network, options, seed }: AnalysisCall): PortraitOptions {
  // A drop probability cannot reach 1.
  const bounds = network.spec.noise
    .filter(({ intensity }) => intensity > 0)
    .map(({ law, intensity }) => (0.98 * laws.get(law).below) / intensity);
  return {
    method: oneOf("method", methods, options.method),
    theory: oneOf("theory", theories, options.theory),
    starts: options.starts as number,
    rounds: options.rounds as number,
    jitter: options.jitter as number,
    tolerance: options.tolerance as number,
    slowTolerance: options.slowTolerance as number,
    uniqueDistance: options.uniqueDistance as number,
    outlierDistance: options.outlierDistance as number,
    largestLevel: Math.max(trainingLevel, Math.min(options.largestLevel as number, ...bounds)),
    levelStep: options.levelStep as number,
    seed,
  };
}

function oneOf<Choice extends string>(option: string, choices: readonly Choice[], given: OptionValue): Choice {
  const chosen = choices.find((choice) => choice === given);
  if (chosen === undefined) throw unknownName(option, String(given), choices, `${name}, ${option}`);
  return chosen;
}

function words(
  call: AnalysisCall,
  portraits: readonly InputPortrait[],
  { held, plane }: TableSetting,
  isNoisy: boolean,
  spread: number,
): Pick<Findings, "sentences" | "warnings"> {
  const numbers = new Map(portraitNumbers(portraits, isNoisy, held.areConstant).map((one) => [one.name, one.value]));
  const settled = settledShift(portraits, spread);
  const number = (key: string): string => text(numbers.get(key) ?? null);
  const searches = portraits.flatMap(({ portrait: { silent, noisy } }) => [
    silent,
    ...(noisy === undefined ? [] : [noisy]),
  ]);
  const incomplete = searches.filter(({ isComplete }) => !isComplete).length;
  const outliers = searches.reduce((sum, search) => sum + search.outliers, 0);
  const onKink = portraits
    .flatMap(({ sides }) => sides.flatMap(({ points }) => points))
    .filter((p) => p.isOnKink).length;
  const lost = eventCount(portraits, ["lost", "too-long"]);
  const without = portraits.reduce((sum, { portrait: { withoutClosure } }) => sum + withoutClosure, 0);
  const homeless = portraits.filter(({ sides }) => sides.some(({ visited }) => visited === undefined)).length;
  const times = held.inputs.map(({ step }) => step);
  const sentences = [
    `Without noise there are ${number("pointsAtZero")} fixed points per input, ${number("stableAtZero")} of them stable${isNoisy ? `; at the training noise (${call.options.theory}) ${number("pointsAtTraining")} and ${number("stableAtTraining")}` : ""}.`,
    ...(isNoisy
      ? [
          settled.inputs === 0
            ? `At none of ${portraits.length} inputs does the mean state lie within half a spread of a stable point both without noise and at the training noise: where the network settles is not known.`
            : `At ${settled.inputs} of ${portraits.length} inputs the mean state lies within half a spread of a stable point both without noise and at the training noise; between the two this point moves by ${text(settled.state)} per unit and by ${text(settled.output)} along the readout (root mean squares).`,
          `The branches over the noise level pass ${number("bifurcations")} bifurcations.`,
        ]
      : []),
    ...(isNoisy && held.areConstant && numbers.get("readoutErrorAtZero") != null
      ? [
          `At the points the readout misses the target by ${number("readoutErrorAtZero")} without noise and by ${number("readoutErrorAtTraining")} at the training noise; the measured mean lies ${number("theoryError")} from the latter.`,
        ]
      : []),
    `The plane of the pictures holds ${text(100 * (plane.shares[0] + plane.shares[1]))} % of the variance of the visited states.`,
  ];
  const warnings = [
    ...(isNoisy
      ? []
      : ["The network was trained without noise, so there is no noise level to follow the points over."]),
    ...(held.areConstant
      ? []
      : [
          `The task's inputs change over a trial: held are those of step ${Math.min(...times)}${Math.max(...times) > Math.min(...times) ? ` to ${Math.max(...times)}, each trial's own` : ""}, where the network need not have settled.`,
        ]),
    ...(incomplete > 0
      ? [
          `${incomplete} of ${searches.length} searches still found new points in their last round: raise rounds or starts.`,
        ]
      : []),
    ...(outliers > 0
      ? [
          `${outliers} candidates ended farther than ${call.options.outlierDistance} spreads from the visited states and were left out.`,
        ]
      : []),
    ...(onKink > 0
      ? [`${onKink} points lie on a kink of the activation, where the Jacobian is that of one side.`]
      : []),
    ...(lost > 0 ? [`${lost} branches end before the range of levels does.`] : []),
    ...(without > 0
      ? [
          `${without} points at the training noise are unstable and have no stationary law: the closure leaves them out.`,
        ]
      : []),
    ...(homeless > 0
      ? [`At ${homeless} of ${portraits.length} inputs no stable point was found at one level or both.`]
      : []),
  ];
  return { sentences, warnings };
}

const text = (value: number | null): string => (value === null ? "unknown" : String(Number(value.toPrecision(3))));
