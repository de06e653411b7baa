/** Shifts and biases as findings. */
import type { Task } from "../../task/contract.ts";
import type { Finding, FindingRow, Findings, FindingTable } from "../contract.ts";
import type { Dynamics } from "../dynamics/contract.ts";
import type { HeldInputs } from "../fixed-points/inputs.ts";
import { correlation, difference, rms, slope } from "../statistics/descriptive.ts";
import type { MeanOutputs } from "./measured-bias.ts";
import type { MeanStates, Places } from "./places.ts";

/** Mean states at one noise level; undefined where there is no theory. */
export interface LevelStates {
  /** In units of the training noise. */
  readonly factor: number;
  readonly sampled: MeanStates;
  readonly meanField: MeanStates | undefined;
  readonly closure: MeanStates | undefined;
}

export interface ShiftResults {
  readonly isSettling: boolean;
  readonly places: Places;
  /** Ascending; the last is the training noise. */
  readonly levels: readonly LevelStates[];
  readonly readout: Dynamics["readout"];
  /** Inputs under which the noise-free network has another rest too. */
  readonly others: number;
  readonly silentOutputs: MeanOutputs;
  readonly noisyOutputs: MeanOutputs;
  readonly refusals: readonly string[];
}

const methods = { sampled: "MonteCarlo", meanField: "MeanField", closure: "Closure" } as const;
type Method = keyof typeof methods;
const theories = ["meanField", "closure"] as const satisfies readonly Method[];
const words = { sampled: "Monte Carlo", meanField: "mean field", closure: "Gaussian closure" } as const;

export function shiftFindings(task: Task, held: HeldInputs, results: ShiftResults): Findings {
  const { places, levels, silentOutputs, noisyOutputs } = results;
  const last = levels[levels.length - 1];
  const measured = difference(silentOutputs.mean, noisyOutputs.mean);
  const predicted = biases(results, last);
  return {
    numbers: numbers(results, last, predicted, measured, held),
    tables: [levelTable(results), unitTable(places, last, held), inputTable(task, held, results, predicted, measured)],
    sentences: sentences(results, last, predicted, measured),
    warnings: warnings(results),
  };
}

const shiftOf = ({ silent }: Places, states: MeanStates | undefined): Float64Array | undefined =>
  states === undefined ? undefined : difference(states.mean, silent.mean);

/** Predicted output biases when the noise is taken away, `[place, outputSize]`. */
type Biases = Readonly<Record<Method, Float64Array | undefined>>;

function biases({ readout, places }: ShiftResults, level: LevelStates): Biases {
  const without = readout(places.silent.mean);
  const of = (states: MeanStates | undefined): Float64Array | undefined =>
    states === undefined ? undefined : difference(without, readout(states.mean));
  return { sampled: of(level.sampled), meanField: of(level.meanField), closure: of(level.closure) };
}

const rmsOf = (values: Float64Array | undefined): number | null => (values === undefined ? null : rms(values));

/** Rms difference of a theory's means from those of Monte Carlo. */
const errorOf = (level: LevelStates, method: (typeof theories)[number]): number | null => {
  const states = level[method];
  return states === undefined ? null : rms(difference(states.mean, level.sampled.mean));
};

function numbers(
  { places, silentOutputs, noisyOutputs }: ShiftResults,
  last: LevelStates,
  predicted: Biases,
  measured: Float64Array,
  { inputs }: HeldInputs,
): Finding[] {
  const targets = inputs.map(({ target }) => target);
  const target = targets.every((values) => values !== null)
    ? Float64Array.from(targets.flatMap((t) => [...t]))
    : undefined;
  const against = (outputs: MeanOutputs): number | null =>
    target === undefined ? null : rms(difference(outputs.mean, target));
  const perMethod = (method: Method): Finding[] => {
    const bias = predicted[method];
    const by = words[method];
    return [
      {
        name: `rmsShift${methods[method]}`,
        meaning: `rms shift over units and inputs at the training noise, by ${by}`,
        value: rmsOf(shiftOf(places, last[method])),
      },
      { name: `rmsBias${methods[method]}`, meaning: `rms output bias predicted by ${by}`, value: rmsOf(bias) },
      {
        name: `biasCorrelation${methods[method]}`,
        meaning: `correlation of predicted (${by}) and measured bias`,
        value: bias === undefined ? null : correlation(measured, bias),
      },
      {
        name: `biasSlope${methods[method]}`,
        meaning: `slope of the predicted (${by}) over the measured bias`,
        value: bias === undefined ? null : slope(measured, bias),
      },
      {
        name: `biasError${methods[method]}`,
        meaning: `rms difference of predicted (${by}) and measured bias`,
        value: bias === undefined ? null : rms(difference(bias, measured)),
      },
    ];
  };
  return [
    ...perMethod("sampled"),
    ...perMethod("meanField"),
    ...perMethod("closure"),
    { name: "shiftError", meaning: "rms standard error of the shifts by Monte Carlo", value: rms(last.sampled.error) },
    {
      name: "meanFieldError",
      meaning: "rms difference of the mean field's means from Monte Carlo",
      value: errorOf(last, "meanField"),
    },
    {
      name: "closureError",
      meaning: "rms difference of the closure's means from Monte Carlo",
      value: errorOf(last, "closure"),
    },
    {
      name: "rmsBiasMeasured",
      meaning: "rms of the mean output without noise less that at the training noise",
      value: rms(measured),
    },
    {
      name: "rmsErrorSilent",
      meaning: "rms of the mean output without noise less the target",
      value: against(silentOutputs),
    },
    {
      name: "rmsErrorNoisy",
      meaning: "rms of the mean output at the training noise less the target",
      value: against(noisyOutputs),
    },
  ];
}

function levelTable({ places, levels, ...results }: ShiftResults): FindingTable {
  const silent: FindingRow = {
    level: 0,
    ...Object.fromEntries(
      Object.values(methods).flatMap((method) => [
        [`shift${method}`, 0],
        [`bias${method}`, 0],
      ]),
    ),
    errorMeanField: 0,
    errorClosure: 0,
  };
  const rows = levels.map((level): FindingRow => {
    const predicted = biases({ ...results, places, levels }, level);
    return {
      level: level.factor,
      ...Object.fromEntries(
        (Object.keys(methods) as Method[]).flatMap((method) => [
          [`shift${methods[method]}`, rmsOf(shiftOf(places, level[method]))],
          [`bias${methods[method]}`, rmsOf(predicted[method])],
        ]),
      ),
      errorMeanField: errorOf(level, "meanField"),
      errorClosure: errorOf(level, "closure"),
    };
  });
  return {
    name: "levels",
    meaning: "Shift of the mean state and predicted output bias against the noise level, rms over units and inputs.",
    columns: [
      { name: "level", meaning: "noise in units of the training noise" },
      ...Object.entries(methods).flatMap(([method, column]) => [
        { name: `shift${column}`, meaning: `rms shift by ${words[method as Method]}` },
        { name: `bias${column}`, meaning: `rms output bias by ${words[method as Method]}` },
      ]),
      { name: "errorMeanField", meaning: "rms difference of the mean field's means from Monte Carlo" },
      { name: "errorClosure", meaning: "rms difference of the closure's means from Monte Carlo" },
    ],
    rows: [silent, ...rows],
  };
}

function unitTable(places: Places, last: LevelStates, { inputs }: HeldInputs): FindingTable {
  const { stateSize, silent } = places;
  const [sampled, meanField, closure] = [last.sampled, last.meanField, last.closure].map((s) => shiftOf(places, s));
  return {
    name: "units",
    meaning: "Shift of every unit under every input at the training noise.",
    columns: [
      { name: "input", meaning: "number of the input, from 0" },
      { name: "condition", meaning: "value of the task's first condition variable" },
      { name: "unit", meaning: "number of the unit, from 0" },
      { name: "silent", meaning: "state without noise" },
      { name: "shiftMonteCarlo", meaning: "mean state with noise less that, by Monte Carlo" },
      { name: "shiftError", meaning: "its standard error" },
      { name: "shiftMeanField", meaning: "the same by mean field" },
      { name: "shiftClosure", meaning: "the same by Gaussian closure" },
    ],
    rows: inputs.flatMap(({ condition }, input) =>
      Array.from({ length: stateSize }, (_, unit): FindingRow => {
        const at = input * stateSize + unit;
        return {
          input,
          condition,
          unit,
          silent: silent.mean[at],
          shiftMonteCarlo: sampled?.[at] ?? null,
          shiftError: last.sampled.error[at],
          shiftMeanField: meanField?.[at] ?? null,
          shiftClosure: closure?.[at] ?? null,
        };
      }),
    ),
  };
}

function inputTable(
  task: Task,
  { inputs }: HeldInputs,
  { silentOutputs, noisyOutputs }: ShiftResults,
  predicted: Biases,
  measured: Float64Array,
): FindingTable {
  return {
    name: "inputs",
    meaning: "Output bias when the noise is taken away, predicted and measured, per input and output.",
    columns: [
      { name: "input", meaning: "number of the input, from 0" },
      { name: "condition", meaning: "value of the task's first condition variable" },
      { name: "output", meaning: "name of the output" },
      { name: "biasMonteCarlo", meaning: "predicted by the shift by Monte Carlo" },
      { name: "biasMeanField", meaning: "predicted by mean field" },
      { name: "biasClosure", meaning: "predicted by Gaussian closure" },
      { name: "biasMeasured", meaning: "mean output without noise less that at the training noise" },
      { name: "biasError", meaning: "standard error of the measured bias" },
      { name: "outputSilent", meaning: "mean output without noise" },
      { name: "outputNoisy", meaning: "mean output at the training noise" },
      { name: "target", meaning: "what the output should be" },
    ],
    rows: inputs.flatMap(({ condition, target }, input) =>
      task.outputs.map((channel, o): FindingRow => {
        const at = input * task.outputSize + o;
        return {
          input,
          condition,
          output: channel.name,
          biasMonteCarlo: predicted.sampled?.[at] ?? null,
          biasMeanField: predicted.meanField?.[at] ?? null,
          biasClosure: predicted.closure?.[at] ?? null,
          biasMeasured: measured[at],
          biasError: noisyOutputs.error[at],
          outputSilent: silentOutputs.mean[at],
          outputNoisy: noisyOutputs.mean[at],
          target: target?.[o] ?? null,
        };
      }),
    ),
  };
}

function sentences(
  { isSettling, places, refusals }: ShiftResults,
  last: LevelStates,
  predicted: Biases,
  measured: Float64Array,
): string[] {
  const where = isSettling ? "under held inputs" : "after the last counted step of the trials";
  const said = [
    `Noise shifts the mean state by ${round(rmsOf(shiftOf(places, last.sampled)))} (rms over units and inputs, ${where}).`,
    `Without noise the output is off its mean with noise by ${round(rms(measured))} (rms), measured on the task's trials.`,
  ];
  for (const method of theories) {
    const bias = predicted[method];
    if (bias === undefined) continue;
    said.push(
      `By ${words[method]} the means are met to ${round(errorOf(last, method))}, and the bias is predicted to ${round(rms(difference(bias, measured)))} (correlation ${round(correlation(measured, bias))}, slope ${round(slope(measured, bias))}).`,
    );
  }
  return [...said, ...refusals];
}

function warnings({ isSettling, places, levels, others }: ShiftResults): string[] {
  const found: string[] = [];
  const count = places.count;
  if (places.silent.failed > 0)
    found.push(
      `Without noise the network does not come to rest under ${places.silent.failed} of ${count} inputs; its mean over time stands for the fixed point.`,
    );
  if (others > 0)
    found.push(
      `Under ${others} of ${count} inputs the noise-free network comes to another rest from the mean noisy state than from its first state.`,
    );
  const drifting = Math.max(...levels.map(({ sampled }) => sampled.failed));
  if (drifting > 0) found.push(`Under ${drifting} of ${count} inputs the mean still drifts: raise burnIn.`);
  for (const method of theories) {
    const failed = Math.max(...levels.map((level) => level[method]?.failed ?? 0));
    if (failed > 0) found.push(`The ${words[method]} did not settle under ${failed} of ${count} inputs at some level.`);
  }
  if (!isSettling)
    found.push("States are compared after a given step of the trials, where the network need not have settled.");
  return found;
}

const round = (value: number | null): string => (value === null ? "unknown" : String(Number(value.toPrecision(3))));
