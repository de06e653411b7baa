/** Whether small perturbations of the state grow or die, in every direction. */
import { ParameterError } from "../core/errors.ts";
import type { OptionRules } from "../core/options.ts";
import { stream } from "../core/random.ts";
import { unknownName } from "../core/registry.ts";
import type { NoiseLevel } from "../network/contract.ts";
import { checkFit } from "../train/batches.ts";
import { cellStates } from "./cell-states.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import {
  constantDrive,
  type Drive,
  type DriveCall,
  type DriveName,
  driveNames,
  streamDrive,
  trialDrives,
} from "./lyapunov/drives.ts";
import { frameGrowth, type GrowthCall } from "./lyapunov/growth.ts";
import { networkTangents } from "./lyapunov/network-tangents.ts";
import { lyapunovFindings, type Measured, type MeasuredPart } from "./lyapunov/tables.ts";
import { testLevels } from "./test-levels.ts";
import { underWay } from "./under-way.ts";

const name = "lyapunov";
/** States up to which all exponents are computed unless the options say otherwise, and how many are beyond. */
const wholeSpectrum = 64;
const partSpectrum = 16;

const options = {
  drive: { type: "text", default: "constant, stream, trials", remedy: "some of constant, stream, trials" },
  levels: {
    type: "text",
    default: null,
    remedy: 'noise levels between commas, for example "0, 0.5, 1"; by default without and with the training noise',
  },
  site: {
    type: "text",
    default: null,
    remedy: "the source whose intensity the levels are; by default levels are times the training noise",
  },
  inputs: {
    type: "text",
    default: null,
    remedy: 'constant inputs: numbers between commas and inputs between semicolons, for example "0, 1; 1, 0"',
  },
  inputCount: {
    type: "number",
    default: 3,
    from: 1,
    integer: true,
    remedy: "how many of the task's inputs, where inputs are not given",
  },
  starts: { type: "number", default: 4, from: 1, integer: true, remedy: "starting states; 4 is the default" },
  trials: { type: "number", default: 32, from: 1, integer: true, remedy: "test trials; 32 is the default" },
  vectors: {
    type: "number",
    default: 0,
    from: 0,
    integer: true,
    remedy: "how many of the largest exponents; 0 takes all of up to 64 states, else 16",
  },
  transient: { type: "number", default: 200, from: 0, integer: true, remedy: "steps that are not looked at" },
  steps: { type: "number", default: 1000, from: 2, integer: true, remedy: "steps that are averaged over" },
  blocks: { type: "number", default: 20, from: 2, integer: true, remedy: "parts of the steps that errors come from" },
  interval: {
    type: "number",
    default: 16,
    from: 1,
    integer: true,
    remedy: "most steps between two orthonormalisations; 16 is the default",
  },
} as const satisfies OptionRules;

/**
 * Lyapunov spectrum of a network: under constant inputs, driven by its task, with and without noise.
 *
 *     lambda_i = lim 1/M sum over m of ln (R_m)_ii,   J_m Q_{m-1} = Q_m R_m
 *
 * J_m is the derivative of the step as it is made: under noise that of the noisy step on a frozen path, so that noise in
 * proportion to the state or the drift counts. Perturbed and unperturbed states share input and noise.
 *
 * Accuracy: docs/analyses/lyapunov.md. Cost: a Jacobian-vector product per exponent, step and trajectory.
 * Source: benettin1980; for recurrent networks engelken2023.
 */
export const lyapunov: NetworkAnalysis = {
  name,
  summary: "Do small perturbations of the state grow or die, with and without noise?",
  references: ["benettin1980", "eckmann1985", "engelken2023", "lim2021"],
  options,
  passes: ({ inputCount, starts, trials, transient, steps, vectors }) =>
    ((Number(vectors) || 32) *
      2 *
      ((Number(inputCount) + 1) * Number(starts) * (Number(transient) + Number(steps)) + Number(trials) * 50)) /
    30,
  run,
};

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, task, weights, seed, options: given } = call;
  checkFit(network, task);
  const number = (option: keyof typeof options): number => given[option] as number;
  const names = drivesOf(given.drive as string);
  const levels = testLevels(name, network, given.levels as string | null, given.site as string | null);
  const { stateSize } = cellStates(network);
  const vectors = vectorsOf(number("vectors"), stateSize);
  if (number("blocks") > number("steps")) {
    throw new ParameterError({
      place: `${name}, blocks`,
      rule: `must be at most steps, ${number("steps")}, got ${number("blocks")}`,
      remedy: "lower blocks or raise steps",
    });
  }
  const { backend, threads } = call.kernel;
  const kernel = await network.kernel({ precision: "float64", backend, threads });
  try {
    const setting: DriveCall = {
      place: name,
      network,
      kernel,
      weights,
      task,
      seed,
      inputs: given.inputs as string | null,
      inputCount: number("inputCount"),
      starts: number("starts"),
      trials: number("trials"),
      transient: number("transient"),
      steps: number("steps"),
      blocks: number("blocks"),
    };
    const drives = names.map((drive) => ({ drive, parts: partsOf(drive, setting) }));
    const count = drives.length * levels.length;
    const measured = drives.flatMap(({ drive, parts }, index) =>
      levels.map(({ value, level }, place): Measured => {
        const before = (share: number): void =>
          underWay(call, (index * levels.length + place + share) / count, `${drive}, noise ${value}`);
        const grown = parts.map((part, p) =>
          partGrowth(setting, level, part, p, { vectors, interval: number("interval"), before }),
        );
        return { drive, level: value, parts: grown };
      }),
    );
    return lyapunovFindings(measured, {
      stateSize,
      vectors,
      timeStep: network.equations.timeStep,
      isClosedLoop: task.environment !== undefined,
    });
  } finally {
    kernel.close();
  }
}

/** Noise streams of a part: the same at every level, so that what differs between levels is the strength alone. */
const streamsOfPart = 16;

function partGrowth(
  { network, kernel, weights, seed }: DriveCall,
  level: NoiseLevel,
  part: Drive,
  index: number,
  how: Pick<GrowthCall, "vectors" | "interval" | "before">,
): MeasuredPart {
  const noise = 2 + driveNames.indexOf(part.name) + streamsOfPart * index;
  const map = networkTangents({
    network,
    kernel,
    weights,
    level,
    key: { seed, stream: stream("tangent-noise", noise) },
    trials: Uint32Array.from(part.labels, (_, trajectory) => trajectory),
    input: part.input,
  });
  const { transient, blockSteps, blocks, labels } = part;
  const key = { seed, stream: stream("tangent-noise", 1) };
  const growth = frameGrowth({ map, start: map.start(part.initial), transient, blockSteps, blocks, key, ...how });
  return { growth, labels };
}

function partsOf(drive: DriveName, setting: DriveCall): readonly Drive[] {
  switch (drive) {
    case "constant":
      return [constantDrive(setting)];
    case "stream":
      return [streamDrive(setting)];
    case "trials":
      return trialDrives(setting);
    default:
      return drive satisfies never;
  }
}

function drivesOf(text: string): DriveName[] {
  return text.split(",").map((part) => {
    const found = driveNames.find((known) => known === part.trim());
    if (found === undefined) throw unknownName("drive", part.trim(), driveNames, name);
    return found;
  });
}

function vectorsOf(asked: number, stateSize: number): number {
  if (asked > stateSize) {
    throw new ParameterError({
      place: `${name}, vectors`,
      rule: `there are as many exponents as states, ${stateSize}, got ${asked}`,
      remedy: "0 takes all of up to 64 states, else 16",
    });
  }
  if (asked > 0) return asked;
  return stateSize <= wholeSpectrum ? stateSize : partSpectrum;
}
