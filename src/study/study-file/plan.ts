/** All runs of a study: axes multiplied out, every condition resolved. */
import { type CapabilityError, SpecError, type SpecIssue } from "../../core/errors.ts";
import type { Precision } from "../../engine/contract.ts";
import { type ResolverCall, runResolver } from "../run-resolver.ts";
import { type RunSpec, runId } from "../spec.ts";
import type { AxisValue, LeftOutTask, Study, StudyAxis, StudyPlan, StudyRun } from "../study.ts";
import { askedAnalyses, unaskedFindings } from "./asked-findings.ts";
import { conditionIssues } from "./condition-issues.ts";
import type { Assignment } from "./contract.ts";
import { type ReadDocument, readDocument } from "./document.ts";
import { partInputs, sharedParts } from "./part-inputs.ts";
import { isMapping } from "./paths.ts";
import { points, type Way } from "./points.ts";

export interface PlanCall extends ResolverCall {
  /** What the study is called in messages: a file. */
  readonly place: string;
  /** Where the study does not say: default float32. */
  readonly precision?: Precision;
  /**
   * Tasks that are left out whether their data are here or not, and no others. Default: the optional tasks of the study whose
   * data cannot be had.
   */
  readonly leaveOut?: readonly string[];
}

/** More runs than a store is made for; a mistaken range shall not fill the memory. */
const mostRuns = 1_000_000;

/**
 * Every run of a study, each once, seeds innermost.
 *
 * Cost: in docs/study-file.md.
 *
 * @throws SpecError with every issue of all conditions, each once
 * @throws CapabilityError when data of a task are missing that is not optional, FormatError when they are damaged
 */
export function planStudy(study: Study, call: PlanCall): Promise<StudyPlan> {
  return planDocument(study.document, call);
}

/** As `planStudy`, for a document that was not read yet: issues of reading and planning are reported together. */
export async function planDocument(document: unknown, call: PlanCall): Promise<StudyPlan> {
  const read = readDocument(document);
  const { study } = read;
  const found = await plannedConditions(read, call);
  const said = new Set(read.issues.map(({ path }) => path));
  const issues = [
    ...read.issues,
    ...found.issues.filter(({ path }) => !said.has(path)),
    ...(study === undefined || !read.axes.isSound ? [] : unaskedFindings(study, found.asked, isSoundIn(read.issues))),
  ];
  if (study === undefined || issues.length > 0) throw new SpecError(call.place, issues);
  if (found.missing !== undefined) throw found.missing;
  const runs = new Map<string, StudyRun>();
  if (found.conditions.length * study.seeds.length > mostRuns) {
    const rule = `span more than ${mostRuns} runs, got ${found.conditions.length} conditions with ${study.seeds.length} seeds`;
    throw new SpecError(call.place, [{ path: "axes", rule, remedy: "make several studies of it" }]);
  }
  for (const { parts, condition } of found.conditions) {
    for (const seed of study.seeds) {
      const spec = { ...parts, seed };
      const id = runId(spec);
      if (!runs.has(id)) runs.set(id, { id, spec, condition });
    }
  }
  return { study, runs: [...runs.values()], leftOut: found.leftOut };
}

/** Whether a part of the file and what lies in it break no rule. */
function isSoundIn(issues: readonly SpecIssue[]): (path: string) => boolean {
  return (path) => !issues.some((issue) => issue.path === path || issue.path.startsWith(`${path}.`));
}

/** What all seeds of a condition share. */
interface PlannedCondition extends Pick<StudyRun, "condition"> {
  readonly parts: Omit<RunSpec, "seed">;
}

interface PlannedConditions {
  readonly conditions: readonly PlannedCondition[];
  readonly issues: readonly SpecIssue[];
  readonly leftOut: readonly LeftOutTask[];
  /** Names of the analyses of networks that any condition asks for, those of tasks that are left out too. */
  readonly asked: ReadonlySet<string>;
  /** Why a task cannot be done without which there is no study. */
  readonly missing: CapabilityError | undefined;
}

async function plannedConditions(read: ReadDocument, call: PlanCall): Promise<PlannedConditions> {
  const { base, axes, optionalTasks } = read;
  const { leaveOut, precision } = call;
  const resolve = runResolver(call);
  const inputsAt = partInputs({ ...base, precision: base.precision ?? precision });
  const issues = conditionIssues();
  const conditions: PlannedCondition[] = [];
  const leftOut = new Map<string, LeftOutTask>();
  const asked = new Set<string>();
  let lacking: CapabilityError | undefined;
  let firstLacking: CapabilityError | undefined;
  // Where conditions are wrong, what they would leave out is not to be missed.
  for (const way of points(axes.root, axes.isSound ? sharedParts(base) : null)) {
    if (conditions.length > mostRuns) break;
    const assignments = inOrder(way);
    const condition = conditionOf(assignments, axes.list);
    const { inputs, issues: wrong } = inputsAt(assignments);
    for (const name of askedAnalyses(inputs.evaluation)) asked.add(name);
    const task = taskName(inputs.task);
    if (leaveOut?.includes(task)) {
      leftOut.set(task, { task, reason: "left out when the study was begun" });
      continue;
    }
    const { parts, issues: broken, missing: error } = await resolve(inputs);
    issues.add(wrong.length === 0 ? broken : [...wrong, ...broken], assignments, condition);
    if (parts !== undefined) conditions.push({ parts, condition });
    if (error === undefined) continue;
    firstLacking ??= error;
    if (leaveOut === undefined && optionalTasks.includes(task)) leftOut.set(task, { task, reason: error.message });
    else lacking ??= error;
  }
  // A study of which nothing is left is none.
  const missing = lacking ?? (conditions.length === 0 ? firstLacking : undefined);
  return { conditions, issues: issues.list(), leftOut: [...leftOut.values()], asked, missing };
}

function inOrder(way: Way | null): readonly Assignment[] {
  const found: Assignment[] = [];
  for (let at = way; at !== null; at = at.before) found.push(at.assignment);
  return found.reverse();
}

function conditionOf(assignments: readonly Assignment[], axes: readonly StudyAxis[]): StudyRun["condition"] {
  const condition: Record<string, AxisValue> = {};
  for (const { name } of axes) condition[name] = null;
  for (const { column, label } of assignments) if (column !== null) condition[column] = label;
  return condition;
}

function taskName(given: unknown): string {
  return String(isMapping(given) ? given.name : given);
}
