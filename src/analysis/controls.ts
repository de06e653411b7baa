/** The analysis `controls`: what else might explain that a network needs its noise, each put to the test. */
import { CapabilityError, SpecError } from "../core/errors.ts";
import type { OptionRules } from "../core/options.ts";
import { unknownName } from "../core/registry.ts";
import type { Network, NoiseLevel } from "../network/contract.ts";
import { together } from "../network/lockstep.ts";
import type { NoiseSource } from "../noise/contract.ts";
import { checkFit } from "../train/batches.ts";
import { losses } from "../train/losses/registry.ts";
import type { AnalysisCall, Finding, FindingRow, Findings, FindingTable, NetworkAnalysis } from "./contract.ts";
import { matchedIntensity, stateVariance } from "./controls/matched-variance.ts";
import { readoutRefit } from "./controls/readout-refit.ts";
import { type ControlSetting, digits, lossOfOutputs, nothingToRestore, percent } from "./controls/setting.ts";
import { switchedOff } from "./controls/switched-off.ts";
import {
  largestFall,
  sweepFinding,
  type TrainedAgain,
  testSweep,
  trainedAgain,
  trainingOf,
} from "./controls/trained-again.ts";
import { smoothedOutputs } from "./dynamics/smoothed-run.ts";
import { evaluating } from "./evaluate.ts";
import { intensityGrid, type SweepRow } from "./intensity-sweep.ts";
import { spreadBatches, spreadTrials } from "./spread-trials.ts";
import { underWay } from "./under-way.ts";

const name = "controls";
const trialsPerPass = 64;

const options = {
  site: { type: "text", default: null, remedy: "name a noise source of the network; null is its first" },
  trials: { type: "number", default: 128, from: 1, integer: true, remedy: "test trials; 128 is the default" },
  repeats: { type: "number", default: 32, from: 2, integer: true, remedy: "noise draws per trial; 32 is the default" },
  fitTrials: {
    type: "number",
    default: 256,
    from: 1,
    integer: true,
    remedy: "training trials that the readout is refitted to; 256 is the default",
  },
  ridge: {
    type: "number",
    default: 1e-6,
    above: 0,
    remedy: "penalty in units of the mean square; 1e-6 is the default",
  },
  switchAt: { type: "number", default: 0.5, above: 0, below: 1, remedy: "share of the trial; 0.5 is the default" },
  shownTrials: { type: "number", default: 4, from: 1, integer: true, remedy: "trials of the table of time courses" },
  shownOutputs: { type: "number", default: 3, from: 1, integer: true, remedy: "outputs of the table of time courses" },
  retrain: { type: "boolean", default: true },
  updates: {
    type: "number",
    default: 0,
    from: 0,
    integer: true,
    remedy: "0 trains as long as the network was trained",
  },
  highest: { type: "number", default: 2, above: 0, remedy: "last test intensity in units of the training intensity" },
  steps: { type: "number", default: 10, from: 2, to: 200, integer: true, remedy: "equal steps from 0 to the highest" },
} as const satisfies OptionRules;

type Options = {
  readonly [Key in keyof typeof options]: (typeof options)[Key]["type"] extends "number"
    ? number
    : (typeof options)[Key]["type"] extends "boolean"
      ? boolean
      : string | null;
};

/**
 * Controls of the noise preference.
 *
 * | control | what is done | what it tells apart |
 * | --- | --- | --- |
 * | smoothed | run without noise, each activation averaged over it | the mean effect of the noise from its fluctuations |
 * | refit | wOut and bOut fitted anew without noise, by ridge regression | a biased map from lost information |
 * | switched off | noise until a step and none after, on common trials | a shift of the running state from a bad start |
 * | silent | trained again at zero noise, tested over noise: must only get worse | stochastic resonance |
 * | counterpart | trained again with the same noise on the other side of the activation | where noise enters from that it is there |
 * | matched | the same, as strong as gives the state the same variance | where noise enters from how much of it arrives |
 *
 * Closed loops are shown as an expert plays them, but where networks are trained again and swept: there they are played.
 *
 * Accuracy: docs/analyses/controls.md. Cost: up to three trainings and four sweeps.
 */
export const controls: NetworkAnalysis = {
  name,
  summary: "What else might explain that the network needs its noise?",
  references: ["eckstein2026"],
  options,
  passes: ({ steps, repeats, trials, retrain }) =>
    Number(repeats) * Number(trials) * (retrain === true ? 4 * (Number(steps) + 2) : 4),
  run: (call) => run(call, call.options as Options),
};

/** What has been found so far. */
interface Found {
  readonly numbers: Finding[];
  readonly tables: FindingTable[];
  readonly sentences: string[];
  readonly warnings: string[];
}

async function run(call: AnalysisCall, given: Options): Promise<Findings> {
  const { network, weights, seed } = call;
  checkFit(network, call.task);
  const { environment, ...task } = call.task;
  const loss = losses.get(call.loss ?? task.loss);
  const source = sourceOf(network, given.site);
  const found: Found = { numbers: [], tables: [], sentences: [], warnings: [] };
  const trials = Math.min(given.trials, task.trialCount("test"));
  const kernel = await network.kernel({ precision: "float64", backend: call.kernel.backend });
  const batches = spreadBatches(task, "test", trials, trialsPerPass, seed);
  const setting: ControlSetting = {
    network,
    weights,
    kernel,
    task,
    loss,
    trials,
    batches,
    source,
    repeats: given.repeats,
    seed,
  };
  if (environment !== undefined) {
    found.warnings.push(
      "The closed loop is shown as an expert plays it, but where networks are trained again and swept over the test noise.",
    );
  }
  try {
    const level = lossAtLevels(setting);
    found.numbers.push(
      number("lossZero", "loss without noise", level.zero),
      number("lossTraining", "loss under the training noise", level.training),
    );
    if (source.intensity > 0) {
      underWay(call, 0.01, "smoothed activation");
      await attempt(found, () => smoothedControl(setting, level, found));
      underWay(call, 0.04, "readout refit");
      await attempt(found, () => refitControl(setting, level, given, found));
      underWay(call, 0.07, "noise switched off");
      await attempt(found, () => switchControl(setting, given, found));
    } else {
      found.warnings.push(
        `The network was trained without noise at ${source.site}: only the check for resonance applies.`,
      );
    }
    if (given.retrain) await attempt(found, () => retrainedControls(call, setting, given, found));
  } finally {
    kernel.close();
  }
  return found;
}

/** A control that cannot be made is told; the others go on. */
async function attempt(found: Found, control: () => void | Promise<void>): Promise<void> {
  try {
    await control();
  } catch (error) {
    if (!(error instanceof CapabilityError || error instanceof SpecError)) throw error;
    found.warnings.push(error.message);
  }
}

function sourceOf({ spec: { noise } }: Network, site: string | null): NoiseSource {
  const sites = noise.map((source) => source.site);
  if (site !== null && !sites.includes(site)) throw unknownName("noise source", site, sites, name);
  const source = site === null ? noise.at(0) : noise.find((one) => one.site === site);
  if (source !== undefined) return source;
  throw new CapabilityError({
    place: name,
    rule: "needs a noise source, the network has none",
    remedy: "give the network a source of intensity 0: the check for resonance then varies it",
  });
}

interface Level {
  readonly zero: number;
  readonly training: number;
}

function lossAtLevels({ network, weights, kernel, task, loss, trials, batches, repeats, seed }: ControlSetting): Level {
  const at = (level: NoiseLevel): number => {
    const call = { network, weights, seed, task, loss: loss.name, trials, repeats };
    return together(kernel, [evaluating(call, batches, level)])[0].loss;
  };
  return { zero: at("zero"), training: at("trained") };
}

function smoothedControl(
  { network, weights, loss, batches }: ControlSetting,
  { zero, training }: Level,
  { numbers, sentences }: Found,
): void {
  const smoothed = lossOfOutputs(loss, batches, (batch) => smoothedOutputs(network, weights, "trained", batch));
  const restored = zero > training ? (zero - smoothed) / (zero - training) : null;
  numbers.push(
    number("lossSmoothed", "loss without noise, activations averaged over it", smoothed),
    number("shareSmoothed", "share of the loss by the noise's absence that averaging undoes", restored),
  );
  const measured = `Without noise but with activations averaged over it the loss is ${digits(smoothed)}, against ${digits(zero)} without noise and ${digits(training)} with it`;
  sentences.push(`${measured}: ${smoothedVerdict(restored)}.`);
}

function smoothedVerdict(restored: number | null): string {
  if (restored === null) return nothingToRestore;
  if (restored >= 0.9)
    return "the network needs the mean effect of the noise, not the noise; a benefit of fluctuations as such is ruled out";
  if (restored > 0.1)
    return `the mean effect of the noise explains ${percent(restored)} of what its absence costs; the rest is not explained by it`;
  return "the mean effect of the noise does not explain what its absence costs; a benefit of fluctuations is not ruled out";
}

async function refitControl(
  setting: ControlSetting,
  { zero, training }: Level,
  { fitTrials, ridge }: Options,
  { numbers, sentences }: Found,
): Promise<void> {
  const { task, loss, batches, seed } = setting;
  const trials = spreadBatches(task, "train", fitTrials, trialsPerPass, seed);
  const refit = await readoutRefit(setting, trials, ridge);
  const refitted = lossOfOutputs(loss, batches, refit.outputs);
  refit.close();
  numbers.push(number("lossRefit", "loss without noise, readout fitted anew without noise", refitted));
  const verdict =
    zero <= training
      ? nothingToRestore
      : refitted <= training
        ? "the silent states hold what the task needs, and only their map is biased; that noise carries information is ruled out"
        : `refitting undoes ${percent((zero - refitted) / (zero - training))} of what the noise's absence costs; a loss of information without noise is not ruled out`;
  sentences.push(
    `With a readout refitted without noise the silent loss falls from ${digits(zero)} to ${digits(refitted)} (${digits(training)} with noise): ${verdict}.`,
  );
}

function switchControl(
  setting: ControlSetting,
  { switchAt, shownTrials, shownOutputs }: Options,
  { numbers, tables, sentences, warnings }: Found,
): void {
  const result = switchedOff(setting, { switchAt, shownTrials, shownOutputs });
  const { lossThroughout, lossSwitchedOff, biasThroughout, biasSwitchedOff } = result;
  tables.push(...result.tables);
  numbers.push(
    number("lossThroughout", "loss from the switch on, noise throughout", lossThroughout),
    number("lossSwitchedOff", "the same with the noise switched off", lossSwitchedOff),
    number("biasThroughout", "loss of the mean output from the switch on, noise throughout", biasThroughout),
    number("biasSwitchedOff", "the same with the noise switched off", biasSwitchedOff),
  );
  if (lossThroughout === null || lossSwitchedOff === null || biasThroughout === null || biasSwitchedOff === null) {
    warnings.push("No step counts after the noise is switched off; lower switchAt.");
    return;
  }
  const verdict =
    lossSwitchedOff > lossThroughout
      ? "the output drifts within the trial, so that noise is needed at its start only is ruled out"
      : "silence within the trial does no harm; that noise matters at its start only is not ruled out";
  sentences.push(
    `When the noise ends at ${percent(switchAt)} of the trial, the loss from there on is ${digits(lossSwitchedOff)} against ${digits(lossThroughout)} with noise throughout, that of the mean output ${digits(biasSwitchedOff)} against ${digits(biasThroughout)}: ${verdict}.`,
  );
}

async function retrainedControls(
  call: AnalysisCall,
  setting: ControlSetting,
  given: Options,
  found: Found,
): Promise<void> {
  const { network, source, trials } = setting;
  const training = trainingOf(call, given.updates);
  if (call.training !== undefined && training.updates !== call.training.updates) {
    found.warnings.push(
      `The networks that are trained again have ${training.updates} updates, the one in question ${call.training.updates}.`,
    );
  }
  const rows: FindingRow[] = [];
  const sweepAt = (again: TrainedAgain, control: string, site: string, unit: number): SweepRow[] => {
    const intensities = intensityGrid({ intensity: unit, law: source.law }, given);
    const swept = testSweep(call, again, {
      trials: spreadTrials(call.task, "test", trials),
      repeats: given.repeats,
      site,
      intensities,
    });
    rows.push(...swept.map((row) => sweepFinding(control, site, unit, row)));
    return swept;
  };
  const withNoise = (noise: readonly NoiseSource[]): Network => network.changed({ noise });
  const others = network.spec.noise.filter((one) => one !== source);

  const own = sweepAt(call, "as trained", source.site, source.intensity);
  addIndex(found, "Trained", "the network in question", own, source.intensity);

  const silent = await trainedAgain(
    call,
    withNoise(network.spec.noise.map((one) => ({ ...one, intensity: 0 }))),
    training,
    "without noise",
    [0.1, 0.4],
  );
  // The noise of the training is tested, whatever the silent network was trained with.
  resonanceControl(sweepAt(silent, "silent", source.site, source.intensity), source, found);
  silent.kernel.close();

  if (source.intensity > 0) {
    const site = source.site === "outside" ? "inside" : "outside";
    await attempt(found, async () => {
      const other = withNoise([...others, { ...source, site }]);
      const again = await trainedAgain(call, other, training, `with noise ${site}`, [0.4, 0.7]);
      const swept = sweepAt(again, "counterpart", site, source.intensity);
      again.kernel.close();
      const index = addIndex(found, "Counterpart", `the network trained with noise ${site}`, swept, source.intensity);
      found.sentences.push(
        `Trained with the same noise ${site} instead of ${source.site}, the network does best at ${digits(index)} of that intensity: ${placeVerdict(indexOf(own, source.intensity), index)}.`,
      );
    });
    await attempt(found, () =>
      matchedControl(call, setting, { site, others, training, own, sweepAt, withNoise }, found),
    );
  }
  found.tables.push({
    name: "sweeps",
    meaning: "Loss over the test noise of the network in question and of those that were trained again.",
    columns: [
      { name: "control", meaning: "as trained, silent, counterpart or matched" },
      { name: "site", meaning: "where the tested noise enters" },
      { name: "testIntensity", meaning: "noise intensity at test" },
      { name: "relativeIntensity", meaning: "the same over the intensity of the training" },
      { name: "loss", meaning: "mean over trials and noise draws" },
      { name: "biasSquared", meaning: "squared error of the mean output over noise draws" },
      { name: "variance", meaning: "variance of the output over noise draws" },
    ],
    rows,
  });
}

interface Counterpart {
  readonly site: string;
  readonly others: readonly NoiseSource[];
  readonly training: ReturnType<typeof trainingOf>;
  readonly own: readonly SweepRow[];
  sweepAt(again: TrainedAgain, control: string, site: string, unit: number): SweepRow[];
  withNoise(noise: readonly NoiseSource[]): Network;
}

async function matchedControl(
  call: AnalysisCall,
  setting: ControlSetting,
  { site, others, training, own, sweepAt, withNoise }: Counterpart,
  found: Found,
): Promise<void> {
  const { source, network, weights, kernel } = setting;
  const probe = withNoise([...others, { ...source, site }]);
  const probing = await probe.kernel({ precision: "float64", backend: kernel.backend });
  const wanted = stateVariance(setting, network, kernel, weights, "trained");
  const matched = matchedIntensity(
    (intensity) => stateVariance(setting, probe, probing, weights, { sites: { [site]: intensity } }),
    wanted,
    source.intensity,
  );
  probing.close();
  const other = withNoise([...others, { ...source, site, intensity: matched.intensity }]);
  const again = await trainedAgain(call, other, training, `with matched noise ${site}`, [0.7, 1]);
  const swept = sweepAt(again, "matched", site, matched.intensity);
  const own64 = await other.kernel({ precision: "float64", backend: kernel.backend });
  const after = stateVariance(setting, other, own64, again.weights, "trained");
  own64.close();
  again.kernel.close();
  found.numbers.push(
    number(
      "matchedIntensity",
      `intensity ${site} that gives the state of these weights the same variance`,
      matched.intensity,
    ),
    number("stateVariance", "variance of the state over noise draws, mean over units and counted steps", wanted),
    number("stateVarianceMatched", `the same with the matched noise ${site}, same weights`, matched.variance),
    number("stateVarianceAfter", "the same of the network that was trained with it", after),
  );
  const index = addIndex(found, "Matched", `the network trained with matched noise ${site}`, swept, matched.intensity);
  found.sentences.push(
    `Noise ${site} of ${digits(matched.intensity)} gives the state the variance that ${digits(source.intensity)} ${source.site} gives (${digits(matched.variance)} against ${digits(wanted)}); trained with it, the network does best at ${digits(index)} of it: ${amountVerdict(indexOf(own, source.intensity), index)}.`,
  );
}

/** Loss as a function of the test noise: best intensity in units of the training's, and what silence costs. */
function addIndex({ numbers }: Found, suffix: string, whose: string, rows: readonly SweepRow[], unit: number): number {
  const index = indexOf(rows, unit);
  numbers.push(
    number(`index${suffix}`, `best test intensity over training intensity, ${whose}`, unit > 0 ? index : null),
    number(`ratio${suffix}`, `loss without noise over loss at the training intensity, ${whose}`, ratioOf(rows, unit)),
  );
  return index;
}

function indexOf(rows: readonly SweepRow[], unit: number): number {
  const best = rows.reduce((least, row) => (row.loss < least.loss ? row : least));
  return unit > 0 ? best.testIntensity / unit : best.testIntensity;
}

function ratioOf(rows: readonly SweepRow[], unit: number): number | null {
  const trained = rows.find(({ testIntensity }) => testIntensity === unit);
  return trained === undefined ? null : rows[0].loss / trained.loss;
}

function resonanceControl(rows: readonly SweepRow[], { site }: NoiseSource, { numbers, sentences }: Found): void {
  const { fall, tolerance, isMonotone } = largestFall(rows);
  const best = rows.reduce((least, row) => (row.loss < least.loss ? row : least));
  numbers.push(
    number("bestSilent", "best test intensity of the network trained without noise", best.testIntensity),
    number("lossZeroSilent", "its loss without noise", rows[0].loss),
    number("largestFall", "largest fall of its loss from one test intensity to a higher one", fall),
    number("fallTolerance", "most that noise draws let it fall there, 95 % over all pairs", tolerance),
    number("isMonotone", "1 when its loss only rises with the noise, within tolerance; else 0", isMonotone ? 1 : 0),
  );
  sentences.push(
    isMonotone
      ? `Trained without noise and tested with noise ${site}, the loss only rises (from ${digits(rows[0].loss)} to ${digits(rows.at(-1)?.loss ?? Number.NaN)}; largest fall ${digits(fall)}, tolerance ${digits(tolerance)}): stochastic resonance, by which noise would improve this network too, is ruled out.`
      : `Trained without noise and tested with noise ${site}, the loss falls by ${digits(fall)} (${percent(fall / rows[0].loss)} of the silent loss; tolerance ${digits(tolerance)}), lowest at ${digits(best.testIntensity)}: stochastic resonance is not ruled out.`,
  );
}

/** From where a network counts as one that prefers noise. */
const preferring = 0.25;

function placeVerdict(own: number, other: number): string {
  if (own < preferring) return "the network in question prefers no noise, so its place explains nothing";
  return other < preferring
    ? "that any noise in training makes a network prefer noise is ruled out; where it enters matters"
    : "both prefer noise, so where it enters does not explain the preference here";
}

function amountVerdict(own: number, other: number): string {
  if (own < preferring) return "the network in question prefers no noise, so its amount explains nothing";
  return other < preferring
    ? "that the amount of noise in the state explains the preference is ruled out"
    : "that the amount of noise in the state explains the preference is not ruled out";
}

function number(name: string, meaning: string, value: number | null): Finding {
  return { name, meaning, value };
}
