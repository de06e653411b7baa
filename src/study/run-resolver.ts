/** Complete specifications of runs that share parts: each part is looked into once. */
import type { z } from "zod";
import { intensityGrid } from "../analysis/intensity-sweep.ts";
import { type Choice, shapedCell } from "../cell/cell.ts";
import { cells } from "../cell/cells/registry.ts";
import { CapabilityError, NoisyRnnError, SpecError, type SpecIssue } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import type { NetworkSpec } from "../network/contract.ts";
import { createNetwork } from "../network/network.ts";
import { resolvedSources } from "../noise/sources.ts";
import type { Split, Task } from "../task/contract.ts";
import { tasks } from "../task/registry.ts";
import { type TrainOptionsInput, trainOptions } from "../train/options.ts";
import { regulariserIssues } from "../train/regulariser.ts";
import { checkRates } from "../train/train.ts";
import { checkedRequest } from "./findings.ts";
import { type evaluationSchema, type RunInput, runSchema } from "./run-schema.ts";
import { schemaIssues } from "./schema-issues.ts";
import { type EvaluationSpec, type RunSpec, runFormat } from "./spec.ts";
import type { LoadedTask, TaskLoader } from "./tasks.ts";

const networkDefaults = { cell: "ctrnn", hiddenSize: 64 } as const;
const evaluationDefaults = { trials: 1000, repeats: 16 } as const;

/** What a user writes of a run besides its seed, of any type; undefined stands for the defaults. */
export type PartsInput = Readonly<Record<RunPart, unknown>>;
export type RunPart = "task" | "network" | "training" | "evaluation" | "precision";

export interface Resolution {
  /** undefined when there are issues, or data are missing. */
  readonly parts: Omit<RunSpec, "seed"> | undefined;
  readonly issues: readonly SpecIssue[];
  /** Why the task's data cannot be had; the rest is looked into as far as it goes without them. */
  readonly missing: CapabilityError | undefined;
}

export interface ResolverCall {
  readonly loadTask: TaskLoader;
  /** Name of the back end that the runs are for. */
  readonly backend: string;
}

/** A part as far as it could be made. */
interface Checked<Value> {
  readonly value: Value | undefined;
  readonly issues: readonly SpecIssue[];
}

/**
 * Resolves one run after the other. A part that is the same object as before is not looked into again, and the same parts
 * resolve to the same objects.
 *
 * Cost: `docs/study-file.md` has what planning takes.
 *
 * @returns a function that throws FormatError when the task's data are damaged
 */
export function runResolver({ loadTask, backend }: ResolverCall): (input: PartsInput) => Promise<Resolution> {
  const taskOf = memoised((given: unknown) => loadedTask(given, loadTask));
  const trainingOf = memoised(trainingResolver());
  const sweepInputOf = memoised(sweepInput);
  const engineOf = memoised((given: unknown): Checked<RunSpec["engine"]> => {
    const { value: precision, issues } = checkedPart<RunSpec["engine"]["precision"]>("precision", given);
    return { value: precision && { backend, precision }, issues };
  });
  const identityOf = memoised(({ task, files }: LoadedTask) => ({ name: task.name, options: task.options, files }));
  const networksOf = memoised((task: Task | undefined) => memoised(networkResolver(task)));
  const sweepsOf = memoised((sweep: SweepInput) =>
    memoised((task: Task) => memoised((network: NetworkSpec) => sweepOf(sweep, network, task))),
  );
  const ratesOf = memoised((options: RunSpec["training"]) =>
    memoised((network: NetworkSpec) =>
      options.learningRates === undefined
        ? none
        : attempt("training", () => checkRates(createNetwork(network), options)).issues,
    ),
  );
  const validationOf = memoised((trials: number) => memoised((task: Task) => validationIssues(trials, task)));

  const regulariserOf = memoised((network: NetworkSpec) =>
    regulariserIssues(network).map((issue) => ({ ...issue, path: `training.${issue.path}` })),
  );

  return async (input) => {
    const loaded = await taskOf(input.task);
    const { missing } = loaded;
    const task = loaded.value?.task;
    const training = trainingOf(input.training);
    const network = networksOf(task)(input.network);
    const evaluation = sweepInputOf(input.evaluation);
    const engine = engineOf(input.precision);
    const validation = training.value?.validation;
    const tooMany = validation && task ? validationOf(validation.trials)(task) : [];
    const rates = training.value && network.value ? ratesOf(training.value)(network.value) : none;
    const sweep: Checked<EvaluationSpec | null> =
      evaluation.value && task && network.value ? sweepsOf(evaluation.value)(task)(network.value) : nothing;
    const unfit = training.value?.regulariser && network.value ? regulariserOf(network.value) : none;
    const lists = [
      loaded.issues,
      training.issues,
      network.issues,
      evaluation.issues,
      engine.issues,
      sweep.issues,
      tooMany,
      unfit,
      rates,
    ];
    const issues = lists.every((list) => list.length === 0) ? none : lists.flat();
    if (issues.length > 0 || !loaded.value || !training.value || !network.value || !engine.value) {
      return { parts: undefined, issues, missing };
    }
    return {
      parts: {
        format: runFormat,
        task: identityOf(loaded.value),
        network: network.value,
        training: training.value,
        evaluation: sweep.value ?? null,
        engine: engine.value,
      },
      issues,
      missing,
    };
  };
}

const none: readonly SpecIssue[] = [];
const nothing = { value: null, issues: none } as const;

/** What a user writes of an evaluation, its analyses with all their options. */
type SweepInput = (Omit<z.output<typeof evaluationSchema>, "analyses"> & Pick<EvaluationSpec, "analyses">) | null;

/** A function of identities. What it was asked before is kept for as long as it lives. */
function memoised<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = make(key);
      known.set(key, value);
    }
    return value;
  };
}

/** Each part in an outline of its own, so that its issues have the paths of a run file. */
const outlines = {
  task: runSchema.pick({ task: true }),
  network: runSchema.pick({ network: true }),
  training: runSchema.pick({ training: true }),
  evaluation: runSchema.pick({ evaluation: true }),
  precision: runSchema.pick({ precision: true }),
};

/** A part of the right form, with its defaults. */
function checkedPart<Value>(part: RunPart, given: unknown): Checked<Value> {
  const input = { [part]: given };
  const parsed = outlines[part].safeParse(input);
  if (parsed.success) return { value: (parsed.data as Record<RunPart, Value>)[part], issues: none };
  return { value: undefined, issues: schemaIssues(parsed.error, input, outlines[part]) };
}

function sweepInput(given: unknown): Checked<SweepInput> {
  const { value, issues } = checkedPart<z.output<typeof evaluationSchema> | null>("evaluation", given);
  if (value?.analyses === undefined) return { value: value as SweepInput | undefined, issues };
  const { analyses: wanted, ...sweep } = value;
  const checked = wanted.map((request, index) => checkedRequest(request, `evaluation.analyses[${index}]`));
  const analyses = checked.flatMap(({ request }) => request ?? []);
  const names = analyses.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const repeated = [...new Set(twice)].map((name) => ({
    path: "evaluation.analyses",
    rule: `each analysis stands once, got ${name} ${names.filter((one) => one === name).length} times`,
    remedy: "leave one, or analyse the finished network with: noisy-rnn analyse",
  }));
  return {
    value: { ...sweep, ...(analyses.length > 0 && { analyses }) },
    issues: [...checked.flatMap((one) => one.issues), ...repeated],
  };
}

async function loadedTask(
  given: unknown,
  loadTask: TaskLoader,
): Promise<Checked<LoadedTask> & Pick<Resolution, "missing">> {
  const { value: sound, issues } = checkedPart<RunInput["task"]>("task", given);
  if (sound === undefined) return { value: undefined, issues, missing: undefined };
  const { name, ...options } = typeof sound === "string" ? { name: sound } : sound;
  if (!tasks.has(name)) {
    const { rule, remedy } = unknownName("task", name, tasks.names);
    return { value: undefined, issues: [{ path: "task", rule, remedy }], missing: undefined };
  }
  try {
    return { value: await loadTask(name, options), issues, missing: undefined };
  } catch (error) {
    if (error instanceof CapabilityError) return { value: undefined, issues, missing: error };
    return { value: undefined, issues: issuesOf(error, "task"), missing: undefined };
  }
}

/** Training options; those with the same optimiser or schedule share it. */
function trainingResolver(): (given: unknown) => Checked<RunSpec["training"]> {
  const choices = new Map<string, Choice>();
  const shared = (choice: Choice): Choice => {
    const key = JSON.stringify(choice);
    const known = choices.get(key);
    if (known === undefined) choices.set(key, choice);
    return known ?? choice;
  };
  return (given) => {
    const { value: sound, issues } = checkedPart<TrainOptionsInput>("training", given);
    if (sound === undefined) return { value: undefined, issues };
    return attempt("training", () => {
      const options = trainOptions(sound);
      return { ...options, optimiser: shared(options.optimiser), schedule: shared(options.schedule) };
    });
  };
}

/**
 * Networks for a task; those that differ in noise intensities only are made from one.
 *
 * @param task undefined when it is not known; networks are then checked without its channels
 */
function networkResolver(task: Task | undefined): (given: unknown) => Checked<NetworkSpec> {
  const alike = new Map<string, NetworkSpec>();
  return (given) => {
    const { value: sound, issues } = checkedPart<NonNullable<RunInput["network"]>>("network", given);
    if (sound === undefined) return { value: undefined, issues };
    const key = withoutIntensities(sound);
    const known = key === undefined ? undefined : alike.get(key);
    if (known !== undefined) {
      const { sources, issues: broken } = resolvedSources(
        shapedCell(cells.get(known.cell), known.settings),
        sound.noise,
      );
      const noise = Object.freeze(sources.map((source) => Object.freeze(source)));
      if (broken.length === 0) return { value: Object.freeze({ ...known, noise }), issues };
    }
    const made = madeNetwork(sound, task);
    if (key !== undefined && made.value !== undefined) alike.set(key, made.value);
    return made;
  };
}

/** What must be equal for the rest of two networks to be equal; undefined when the sources are no list of mappings. */
function withoutIntensities({ noise, ...rest }: NonNullable<RunInput["network"]>): string | undefined {
  if (!Array.isArray(noise)) return undefined;
  const sources: unknown[] = noise;
  const others = sources.map((source) => {
    if (typeof source !== "object" || source === null) return source;
    return { ...source, intensity: null };
  });
  return JSON.stringify([rest, others]);
}

function madeNetwork(given: NonNullable<RunInput["network"]>, task: Task | undefined): Checked<NetworkSpec> {
  const { inputSize = 1, outputSize = 1, loss } = task ?? {};
  const sizes = ["inputSize", "outputSize"].filter((size) => size in given);
  const issues = sizes.map((size) => ({
    path: `network.${size}`,
    rule: "follows from the task",
    remedy: "leave it out",
  }));
  const from = loss === "cross-entropy" || loss === "hinge" ? "last" : "every";
  const readout = { from, ...task?.readout, ...given.readout } as const;
  const made = attempt(
    "network",
    () => createNetwork({ ...networkDefaults, ...given, inputSize, outputSize, readout }).spec,
  );
  return { value: issues.length > 0 ? undefined : made.value, issues: [...issues, ...made.issues] };
}

function sweepOf(given: SweepInput, { noise }: NetworkSpec, task: Task): Checked<EvaluationSpec | null> {
  if (given === null) return nothing;
  const available = task.trialCount("test");
  const trials = given.trials ?? Math.max(1, Math.min(evaluationDefaults.trials, available));
  const repeats = given.repeats ?? evaluationDefaults.repeats;
  const issues = trialIssues("evaluation", trials, task, "test");
  const analyses = given.analyses && { analyses: given.analyses };
  const source = given.site === undefined ? noise[0] : noise.find(({ site }) => site === given.site);
  if (source !== undefined) {
    const intensities = [...new Set(given.intensities ?? intensityGrid(source))].sort((a, b) => a - b);
    return { value: { site: source.site, intensities, trials, repeats, ...analyses }, issues };
  }
  if (given.site !== undefined) {
    const known = noise.map(({ site }) => site);
    const { rule, remedy } = unknownName("noise source of the network", given.site, known);
    issues.push({ path: "evaluation.site", rule, remedy });
  } else if (given.intensities !== undefined) {
    issues.push({
      path: "evaluation.intensities",
      rule: "a sweep needs a noise source, the network has none",
      remedy: "give network.noise a source; its intensity may be 0",
    });
  }
  return { value: { site: null, intensities: [0], trials, repeats, ...analyses }, issues };
}

function validationIssues(trials: number, task: Task): readonly SpecIssue[] {
  return trialIssues("training.validation", trials, task, "validation");
}

function trialIssues(part: string, wanted: number, task: Task, split: Split): SpecIssue[] {
  const available = task.trialCount(split);
  if (wanted <= available) return [];
  return [
    {
      path: `${part}.trials`,
      rule: `the ${split} split of ${task.name} holds ${available} trials, got a request for ${wanted}`,
      remedy: available > 0 ? `ask for at most ${available}` : `give the data ${split} trials, or set ${part} to null`,
    },
  ];
}

function attempt<Value>(path: string, make: () => Value): Checked<Value> {
  try {
    return { value: make(), issues: none };
  } catch (error) {
    return { value: undefined, issues: issuesOf(error, path) };
  }
}

/** What a part complains of as issues of the whole; damaged or missing data are another matter. */
function issuesOf(error: unknown, path: string): readonly SpecIssue[] {
  if (error instanceof SpecError) return error.issues.map((issue) => ({ ...issue, path: `${path}.${issue.path}` }));
  if (error instanceof NoisyRnnError && isAboutSpec(error)) return [{ ...placed(error, path), remedy: error.remedy }];
  throw error;
}

/** Where and what, without saying either twice: "task table" lies in `task`, and "no cell is named ..." says "cell". */
function placed({ place, rule }: NoisyRnnError, path: string): Pick<SpecIssue, "path" | "rule"> {
  if (place.startsWith(`${path} `)) return { path: place, rule };
  return { path, rule: place === path || rule.startsWith(`no ${place} is named`) ? rule : `${place}: ${rule}` };
}

function isAboutSpec(error: NoisyRnnError): boolean {
  return error.name === "ParameterError" || error.name === "ShapeError";
}
