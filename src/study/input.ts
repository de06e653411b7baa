/** From what a user writes to a complete specification, with every issue reported at once. */
import { z } from "zod";
import { intensityGrid } from "../analysis/intensity-sweep.ts";
import { NoisyRnnError, SpecError, type SpecIssue } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import type { Network, NetworkOptions, NetworkSpec } from "../network/contract.ts";
import { createNetwork } from "../network/network.ts";
import type { Split, Task } from "../task/contract.ts";
import { tasks } from "../task/registry.ts";
import { type TrainOptions, type TrainOptionsInput, trainOptions } from "../train/options.ts";
import { schemaIssues } from "./schema-issues.ts";
import { type EvaluationSpec, type RunSpec, runFormat } from "./spec.ts";
import type { LoadedTask, TaskLoader } from "./tasks.ts";

const evaluationSchema = z.strictObject({
  site: z.string().optional().describe("the noise source that is varied, one of network.noise"),
  intensities: z
    .array(z.number().min(0).describe("0 is silence"))
    .min(1)
    .optional()
    .describe("for example [0, 0.25, 0.5]"),
  trials: z.int().min(1).optional().describe("trials of the test split"),
  repeats: z.int().min(1).optional().describe("noise draws per trial, 16 is the default"),
});

/** The outline of a run file; what stands inside `network`, `training` and a task is checked by those that own it. */
export const runSchema = z.strictObject({
  task: z
    .union([z.string(), z.looseObject({ name: z.string() })])
    .describe("for example function-approximation; noisy-rnn list tasks shows all"),
  network: z.looseObject({}).default({}).describe("for example { cell: ctrnn, hiddenSize: 64 }"),
  training: z.looseObject({}).default({}).describe("for example { updates: 2000, learningRate: 0.003 }"),
  evaluation: evaluationSchema.nullable().default({}).describe("null switches it off"),
  precision: z.enum(["float32", "float64"]).default("float32").describe("float32 is the default"),
  seed: z.int().min(0).default(0).describe("0 is the default"),
});

/** What a user writes: a task, and any part of the rest. */
export interface RunInput {
  readonly task: string | ({ readonly name: string } & Readonly<Record<string, unknown>>);
  /** Input and output sizes follow from the task. */
  readonly network?: Partial<Omit<NetworkOptions, "inputSize" | "outputSize">>;
  readonly training?: TrainOptionsInput;
  /** null: trained and not judged. */
  readonly evaluation?: Partial<EvaluationSpec & { readonly site: string }> | null;
  readonly precision?: "float32" | "float64";
  readonly seed?: number;
}

const networkDefaults = { cell: "ctrnn", hiddenSize: 64 } as const;
const evaluationDefaults = { trials: 1000, repeats: 16 } as const;

export interface ResolveCall {
  /** A `RunInput`, possibly from a file and of any type. */
  readonly input: unknown;
  /** What the input is called in messages: a file, or "run". */
  readonly place: string;
  readonly loadTask: TaskLoader;
  /** Name of the back end that the run is for. */
  readonly backend: string;
}

/**
 * The complete specification of a run.
 *
 * @throws SpecError with every issue, each with its path
 * @throws FormatError, CapabilityError when the task's data are damaged or missing
 */
export async function resolvedRun({ input, place, loadTask, backend }: ResolveCall): Promise<RunSpec> {
  const parsed = runSchema.safeParse(input);
  const issues: SpecIssue[] = parsed.success ? [] : schemaIssues(parsed.error, input, runSchema);
  // Parts that are of the right form are looked into even where others are not, so that no issue waits for another.
  const isSound = (part: string): boolean =>
    !issues.some(({ path }) => path.split(".")[0] === part || path === "(all)");
  const given = input as RunInput;

  const training = isSound("training") ? checkedTraining(given.training ?? {}, issues) : undefined;
  const loaded = isSound("task") ? await checkedTask(given.task, loadTask, issues) : undefined;
  const network = isSound("network") ? checkedNetwork(given.network ?? {}, loaded?.task, issues) : undefined;
  if (training !== undefined && training.validation !== null && loaded !== undefined) {
    checkTrials("training.validation", training.validation.trials, loaded.task, "validation", issues);
  }
  const { evaluation } = parsed.data ?? {};
  const sweep = evaluation && loaded && network ? sweepOf(evaluation, network.spec, loaded.task, issues) : null;
  if (!parsed.success || !training || !loaded || !network || issues.length > 0) throw new SpecError(place, issues);
  return {
    format: runFormat,
    task: { name: loaded.task.name, options: loaded.task.options, files: loaded.files },
    network: network.spec,
    training,
    evaluation: sweep,
    engine: { backend, precision: parsed.data.precision },
    seed: parsed.data.seed,
  };
}

function checkedTraining(given: TrainOptionsInput, issues: SpecIssue[]): TrainOptions | undefined {
  try {
    return trainOptions(given);
  } catch (error) {
    collect(error, "training", issues);
    return undefined;
  }
}

async function checkedTask(
  given: RunInput["task"],
  loadTask: TaskLoader,
  issues: SpecIssue[],
): Promise<LoadedTask | undefined> {
  const { name, ...options } = typeof given === "string" ? { name: given } : given;
  if (!tasks.has(name)) {
    const { rule, remedy } = unknownName("task", name, tasks.names);
    issues.push({ path: "task", rule, remedy });
    return undefined;
  }
  try {
    return await loadTask(name, options);
  } catch (error) {
    collect(error, "task", issues);
    return undefined;
  }
}

/** @param task undefined when it is not known; the network is then checked without its channels */
function checkedNetwork(
  given: NonNullable<RunInput["network"]>,
  task: Task | undefined,
  issues: SpecIssue[],
): Network | undefined {
  const { inputSize = 1, outputSize = 1, loss } = task ?? {};
  for (const key of ["inputSize", "outputSize"].filter((size) => size in given)) {
    issues.push({ path: `network.${key}`, rule: "follows from the task", remedy: "leave it out" });
  }
  const readout = { from: loss === "mean-squared-error" ? "every" : "last", ...given.readout } as const;
  try {
    return createNetwork({ ...networkDefaults, ...given, inputSize, outputSize, readout });
  } catch (error) {
    collect(error, "network", issues);
    return undefined;
  }
}

function sweepOf(
  given: z.output<typeof evaluationSchema>,
  { noise }: NetworkSpec,
  task: Task,
  issues: SpecIssue[],
): EvaluationSpec {
  const available = task.trialCount("test");
  const trials = given.trials ?? Math.max(1, Math.min(evaluationDefaults.trials, available));
  const repeats = given.repeats ?? evaluationDefaults.repeats;
  checkTrials("evaluation", trials, task, "test", issues);
  const source = given.site === undefined ? noise[0] : noise.find(({ site }) => site === given.site);
  if (source === undefined) {
    if (given.site !== undefined) {
      const { rule, remedy } = unknownName(
        "noise source of the network",
        given.site,
        noise.map(({ site }) => site),
      );
      issues.push({ path: "evaluation.site", rule, remedy });
    } else if (given.intensities !== undefined) {
      issues.push({
        path: "evaluation.intensities",
        rule: "a sweep needs a noise source, the network has none",
        remedy: "give network.noise a source; its intensity may be 0",
      });
    }
    return { site: null, intensities: [0], trials, repeats };
  }
  const intensities = given.intensities ?? intensityGrid(source);
  return { site: source.site, intensities: [...new Set(intensities)].sort((a, b) => a - b), trials, repeats };
}

function checkTrials(part: string, wanted: number, task: Task, split: Split, issues: SpecIssue[]): void {
  const available = task.trialCount(split);
  if (wanted <= available) return;
  issues.push({
    path: `${part}.trials`,
    rule: `the ${split} split of ${task.name} holds ${available} trials, got a request for ${wanted}`,
    remedy: available > 0 ? `ask for at most ${available}` : `give the data ${split} trials, or set ${part} to null`,
  });
}

/** Turns what a part complains of into issues of the whole; damaged or missing data are another matter. */
function collect(error: unknown, path: string, issues: SpecIssue[]): void {
  if (error instanceof SpecError) {
    for (const issue of error.issues) issues.push({ ...issue, path: `${path}.${issue.path}` });
  } else if (error instanceof NoisyRnnError && isAboutSpec(error)) {
    issues.push({ ...placed(error, path), remedy: error.remedy });
  } else throw error;
}

/** Where and what, without saying either twice: "task table" lies in `task`, and "no cell is named ..." says "cell". */
function placed({ place, rule }: NoisyRnnError, path: string): Pick<SpecIssue, "path" | "rule"> {
  if (place.startsWith(`${path} `)) return { path: place, rule };
  return { path, rule: place === path || rule.startsWith(`no ${place} is named`) ? rule : `${place}: ${rule}` };
}

function isAboutSpec(error: NoisyRnnError): boolean {
  return error.name === "ParameterError" || error.name === "ShapeError";
}
