/** Which runs of a plan are trained beside each other. */
import { canonicalJson } from "../core/canonical-json.ts";
import { architecture } from "../network/architecture.ts";
import { stackLimit } from "../network/lockstep.ts";
import { analysisPasses } from "./findings.ts";
import type { RunSpec } from "./spec.ts";

/** Steps of a trial where the task's options do not say: only the size of stacks follows from it. */
const usualSteps = 28;

/** Steps of a trial as the specification tells them. */
export function stepCountOf({ task }: Pick<RunSpec, "task">): number {
  return typeof task.options.stepCount === "number" ? task.options.stepCount : usualSteps;
}

/** Expected time of a run in arbitrary units: products of its training, plus what every step costs besides. */
export function runWeight(spec: RunSpec): number {
  const { training, network, evaluation } = spec;
  const { hiddenSize, inputSize } = network;
  const perTrial = hiddenSize * (hiddenSize + inputSize) + 40 * hiddenSize;
  const judged = evaluation === null ? 0 : evaluation.intensities.length * evaluation.trials * evaluation.repeats;
  const { regulariser, updates, batchSize } = training;
  const passes = regulariser === undefined ? 1 : 1 + 2 * regulariser.draws;
  return stepCountOf(spec) * perTrial * (3 * passes * updates * batchSize + judged + allPasses(spec));
}

/** Expected share of a run's time that comes before its analyses, 0..1. */
export function shareBeforeAnalyses(spec: RunSpec): number {
  if (spec.evaluation?.analyses === undefined) return 1;
  const { analyses: _, ...evaluation } = spec.evaluation;
  return runWeight({ ...spec, evaluation }) / runWeight(spec);
}

/** About as long as passing so many trials through the network takes: all analyses of a run. */
export function allPasses({ evaluation }: Pick<RunSpec, "evaluation">): number {
  return (evaluation?.analyses ?? []).reduce((sum, request) => sum + analysisPasses(request), 0);
}

/** Most runs of a stack of which this is one, as the caches of a core have it. */
export function usualStack(spec: RunSpec): number {
  return stackLimit(spec.network.hiddenSize, spec.training.batchSize, stepCountOf(spec));
}

/** Stacks that every worker begins, where there are runs enough: so the last ones end at about the same time. */
const stacksEach = 4;
/** Runs of a stack beside which more of them save little. */
const worthStacking = 8;

/**
 * Runs in stacks: those of a stack agree in task, architecture (all of the network but its noise intensities and
 * initialisers), batch size, precision and back end.
 *
 * Every worker gets a stack where there are runs enough, and several where each then still has `worthStacking` runs: what
 * one process takes at once, others cannot make meanwhile.
 *
 * Cost: one text for every part that is an object of its own, and runs of a plan share theirs.
 *
 * @param workers >= 1
 * @param most most runs of a stack of which the specification is one, >= 1
 * @returns indices of the specifications, each once; in a stack in their order
 */
export function stacks(
  specs: readonly RunSpec[],
  workers: number,
  most: (spec: RunSpec) => number = usualStack,
): number[][] {
  const kindOf = runKinds();
  const groups = new Map<string, number[]>();
  for (const [index, spec] of specs.entries()) {
    const kind = kindOf(spec);
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [index]);
    else group.push(index);
  }
  return [...groups.values()].flatMap((group) => {
    const { length } = group;
    const share = (workers * length) / specs.length;
    const least = Math.max(
      Math.ceil(length / Math.max(1, most(specs[group[0]]))),
      Math.ceil(share),
      Math.min(Math.ceil(stacksEach * share), Math.ceil(length / worthStacking)),
    );
    // Where all runs are alike, all workers have the same number of stacks.
    const even = groups.size === 1 ? workers * Math.ceil(least / workers) : least;
    const dealt: number[][] = Array.from({ length: Math.min(length, even) }, () => []);
    for (const [place, index] of group.entries()) dealt[place % dealt.length].push(index);
    return dealt;
  });
}

/** What runs of a stack have in common, as text, made once for every part that is an object of its own. */
export function runKinds(): (spec: RunSpec) => string {
  const texts = new Map<string, number>();
  const known = new WeakMap<object, number>();
  const numberOf = <Part extends object>(part: Part, text: (part: Part) => string): number => {
    const found = known.get(part);
    if (found !== undefined) return found;
    const content = text(part);
    const number = texts.get(content) ?? texts.size;
    texts.set(content, number);
    known.set(part, number);
    return number;
  };
  return ({ format, task, network, training, engine }) =>
    [
      format,
      numberOf(task, canonicalJson),
      numberOf(network, architecture),
      training.batchSize,
      numberOf(engine, canonicalJson),
    ].join(" ");
}
