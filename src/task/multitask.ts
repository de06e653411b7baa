import { stream } from "../core/random.ts";
import { unknownName } from "../core/registry.ts";
import type { Channel, Split, Task, TaskDefinition, TrialBatch } from "./contract.ts";
import type { Member, Suite } from "./multitask/contract.ts";
import { chosen, drawn, draws } from "./multitask/draws.ts";
import { driscoll2024 } from "./multitask/driscoll2024.ts";
import { judgeOf } from "./multitask/judge.ts";
import { channelCounts, goStep, lengthOf, longest, painter, type Trial, trialOf } from "./multitask/trials.ts";
import { yang2019 } from "./multitask/yang2019.ts";
import { checkInteger, optionError, withDefaults } from "./options.ts";
import { defaultStep } from "./trial.ts";

export type MultitaskOptions = {
  /** "yang2019" or "driscoll2024". */
  readonly suite: string;
  /** Names of tasks, separated by commas, or "all". */
  readonly tasks: string;
  /** Channels of each ring of yang2019, 4..1024. */
  readonly ringSize: number;
  /** Larger differences in strength, for yang2019. */
  readonly easy: boolean;
  /** Training trials in a row that have task and timing in common, >= 1. */
  readonly trialsPerGroup: number;
  /** The same for validation and test trials. */
  readonly scoredTrialsPerGroup: number;
  /** Duration of a step in ms, in (0, 100]. */
  readonly dt: number;
};

const name = "multitask";
const drawStreams = {
  train: stream("task-trials", 0),
  validation: stream("task-trials", 1),
  test: stream("task-trials", 2),
} as const;
/** Numbers of a group of trials and of a trial are drawn at two sites. */
const groupSite = 1;
/** The most numbers that a group and a trial draw. */
const groupDraws = 12;
const trialDraws = 12;

const defaults: MultitaskOptions = {
  suite: "yang2019",
  tasks: "all",
  ringSize: 32,
  easy: false,
  trialsPerGroup: 64,
  scoredTrialsPerGroup: 32,
  dt: defaultStep,
};

/**
 * Many cognitive tasks for one network, which is told by a rule input which of them it is in.
 *
 * | | |
 * | --- | --- |
 * | inputs | fixation; directions in modality 1 and 2; one rule per task of the suite |
 * | outputs | fixation; direction of the response |
 * | mask | 0 in the first 100 ms, 1 up to the go signal, 0 for 100 ms, 25 to the end; the fixation output counts 4 times |
 * | conditions | `targetDirection` (radians, -1 = keep fixating), `firstDirection`, `secondDirection`, strengths in both modalities, `goTime` (ms) |
 * | splits | train draws the task of each group by the suite's weights; validation and test take the tasks in turn |
 *
 * Trials i with the same floor(i / group) have task, timing and, where it is open, modality in common, the rest is drawn
 * for each. Durations become steps by truncation, period by period. The noise of the input channels is not part of
 * the trials: give the network a noise source at the site `input`. Cost: well below 1 ms per batch of 64 trials, 110
 * steps and 85 channels. Sources: yang2019 and driscoll2024, after their published code.
 */
export const multitask: TaskDefinition<MultitaskOptions> = {
  name,
  summary: "Up to 20 cognitive tasks for one network, chosen by a rule input.",
  references: ["yang2019", "driscoll2024"],
  defaults,
  create: async (given) => create(withDefaults(name, defaults, given)),
};

/** Names of the tasks of both suites, in their order. */
export const multitaskParts: readonly string[] = [
  ...new Set(
    [yang2019(defaults.ringSize, false), driscoll2024].flatMap(({ members }) => members.map((one) => one.name)),
  ),
];

/** Task and timing of consecutive trials. */
interface Group {
  readonly part: number;
  readonly durations: readonly number[];
  readonly modalities: readonly [number, number];
}

function create(options: MultitaskOptions): Task {
  const { dt, trialsPerGroup, scoredTrialsPerGroup } = options;
  checkInteger(name, "ringSize", options.ringSize, { from: 4, to: 1024, remedy: "32 is the default" });
  for (const [option, value] of Object.entries({ trialsPerGroup, scoredTrialsPerGroup })) {
    checkInteger(name, option, value, {
      from: 1,
      to: 2 ** 32,
      remedy: `${defaults[option as "trialsPerGroup"]} is the default`,
    });
  }
  if (!(Number.isFinite(dt) && dt > 0 && dt <= 100)) {
    throw optionError(name, "dt", "must be a number of ms in (0, 100]", dt, "20 is the default");
  }
  if (typeof options.easy !== "boolean") {
    throw optionError(name, "easy", "must be true or false", options.easy, "false is the default");
  }
  const suite = suiteOf(options);
  const members = chosenMembers(suite, options.tasks);
  const weights = members.map(({ weight }) => weight);
  const { input: inputSize, output: outputSize } = channelCounts(suite);
  const stepCount = Math.max(...members.map((member) => longest(member, dt)));
  const paint = painter(suite, dt);
  const channelWeights = new Float32Array(outputSize).fill(1);
  channelWeights[0] = 4;

  const groupOf = (split: Split, group: number, seed: number): Group => {
    const draw = draws(groupDraws, { seed, stream: drawStreams[split] }, { trial: group, site: groupSite });
    const luck = draw();
    const part = split === "train" ? chosen(luck, weights) : group % members.length;
    const modalities = members[part].drawModalities(draw);
    return { part, modalities, durations: members[part].periods.map(({ duration }) => drawn(draw, duration)) };
  };

  const batch = (split: Split, indices: Uint32Array, seed: number): TrialBatch => {
    const batchSize = indices.length;
    const size = split === "train" ? trialsPerGroup : scoredTrialsPerGroup;
    const key = { seed, stream: drawStreams[split] };
    const groups = new Map<number, Group>();
    const parts = new Uint16Array(batchSize);
    const trials: Trial[] = [];
    for (const [row, index] of indices.entries()) {
      const number = Math.floor(index / size);
      const group = groups.get(number) ?? groupOf(split, number, seed);
      groups.set(number, group);
      const member = members[group.part];
      const condition = member.drawCondition(draws(trialDraws, key, { trial: index }), group.modalities);
      trials.push(trialOf(member, group.durations, dt, condition));
      parts[row] = group.part;
    }
    const lengths = Uint32Array.from(trials, lengthOf);
    const steps = batchSize === 0 ? stepCount : lengths.reduce((longest, length) => Math.max(longest, length), 0);
    const input = new Float32Array(batchSize * steps * inputSize);
    const values = new Float32Array(batchSize * steps * outputSize);
    const mask = new Float32Array(batchSize * steps);
    for (const [row, trial] of trials.entries()) paint(trial, { input, target: values, mask, first: row * steps });
    return {
      batchSize,
      stepCount: steps,
      inputSize,
      outputSize,
      input,
      target: { kind: "values", values },
      mask,
      trials: indices.slice(),
      conditions: {
        targetDirection: Float64Array.from(trials, ({ direction }) => direction),
        firstDirection: Float64Array.from(trials, ({ condition }) => condition.directions[0]),
        secondDirection: Float64Array.from(trials, ({ condition }) => condition.directions[1]),
        firstStrength1: Float64Array.from(trials, ({ condition }) => condition.strengths[0][0]),
        firstStrength2: Float64Array.from(trials, ({ condition }) => condition.strengths[0][1]),
        secondStrength1: Float64Array.from(trials, ({ condition }) => condition.strengths[1][0]),
        secondStrength2: Float64Array.from(trials, ({ condition }) => condition.strengths[1][1]),
        goTime: Float64Array.from(trials, (trial) => goStep(trial) * dt),
      },
      channelWeights,
      lengths,
      parts,
    };
  };

  return {
    name,
    options,
    inputSize,
    outputSize,
    stepCount,
    dt,
    loss: "squared-error-per-step",
    ...channels(suite),
    periods: [{ name: "trial", start: 0, end: stepCount * dt }],
    trialCount: () => Number.POSITIVE_INFINITY,
    batch,
    readout: { activation: suite.readout },
    parts: members.map((member) => member.name),
    judge: judgeOf(suite),
  };
}

function suiteOf({ suite, ringSize, easy }: MultitaskOptions): Suite {
  if (suite === "yang2019") return yang2019(ringSize, easy);
  if (suite !== driscoll2024.name) {
    throw unknownName("suite", String(suite), ["yang2019", driscoll2024.name], `task ${name}`);
  }
  const remedy = `leave it out, or take the suite yang2019`;
  if (easy) throw optionError(name, "easy", "must be false in the suite driscoll2024", easy, remedy);
  if (ringSize !== defaults.ringSize) {
    throw optionError(
      name,
      "ringSize",
      "does not apply to the suite driscoll2024, which has no rings",
      ringSize,
      remedy,
    );
  }
  return driscoll2024;
}

/** The members that `tasks` names, in the order of the suite. */
function chosenMembers({ members }: Suite, tasks: unknown): readonly Member[] {
  if (tasks === "all") return members;
  const names = typeof tasks === "string" ? tasks.split(",").map((text) => text.trim()) : [];
  const known = members.map((member) => member.name);
  for (const given of names) if (!known.includes(given)) throw unknownName("task", given, known, `task ${name}, tasks`);
  if (names.length === 0 || new Set(names).size < names.length) {
    const remedy = 'for example "fdgo,delaygo", or "all"';
    throw optionError(name, "tasks", "must name tasks, each once, with commas between them", tasks, remedy);
  }
  return members.filter((member) => names.includes(member.name));
}

function channels({ code, members }: Suite): { inputs: readonly Channel[]; outputs: readonly Channel[] } {
  return {
    inputs: [
      { name: "fixation", meaning: "1 while the fixation point is on" },
      ...code.channels("modality 1", "a stimulus in modality 1"),
      ...code.channels("modality 2", "a stimulus in modality 2"),
      ...members.map((member) => ({ name: `rule ${member.name}`, meaning: `1 in trials of ${member.title}` })),
    ],
    outputs: [
      { name: "fixation", meaning: "high while fixation is kept" },
      ...code.channels("response", "the response"),
    ],
  };
}
