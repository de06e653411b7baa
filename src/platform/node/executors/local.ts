/** Worker threads of this machine. */

import { availableParallelism } from "node:os";
import { countText } from "../../../figure/wording.ts";
import { type MemoryPlan, memoryPlan, stackMemory, type TaskSize } from "../../../study/memory.ts";
import type { RunSpec } from "../../../study/spec.ts";
import { stacks } from "../../../study/stacks.ts";
import type { TaskLoader } from "../../../study/tasks.ts";
import { type AvailableMemory, availableMemory } from "../available-memory.ts";
import { performRuns } from "../perform-runs.ts";
import { thisMachine } from "../software.ts";
import type { Executor, ExecutorCall, ExecutorEnd } from "./contract.ts";
import { storeTaking } from "./store-taking.ts";

/** Share of the memory that workers may fill. */
const memoryShare = 0.7;
/** Each worker holds the data sets: more of them only on request. */
const usualWorkers = 16;

export const local: Executor = {
  name: "local",
  summary: "worker threads of this machine; any number of processes may share a store",
  options: [],
  execute: (call) => performLocally(call, "local"),
};

/**
 * Performs the open runs of a call on worker threads of this process.
 *
 * @param label what this process runs in, for those who look at the store
 */
export async function performLocally(call: ExecutorCall, label: string): Promise<ExecutorEnd> {
  const { plan, open, common, software, signal, say } = call;
  if (open.length === 0) return { kind: "done", failed: 0, left: 0 };
  const specs = plan.runs.map(({ spec }) => spec);
  const wanted = common.workers ?? Math.min(availableParallelism(), usualWorkers);
  const memory = await fittingMemory(
    open.map((run) => specs[run]),
    wanted,
    call.loadTask,
  );
  const { workers, most } = memory.plan;
  const limit = limitText(memory, wanted);
  if (limit !== undefined) say(limit);
  if (call.isDryRun) {
    const count = stacks(
      open.map((run) => specs[run]),
      workers,
      most,
    ).length;
    say(
      `Would make ${countText([open.length], "run")} in ${countText([count], "stack")} on ${countText([workers], "worker")}, up to ${sizeText(memory.plan.peak)}.`,
    );
    return { kind: "done", failed: 0, left: open.length };
  }

  let failed = 0;
  let ended = 0;
  const member = await call.store.join(label);
  try {
    const { left } = await performRuns({
      specs,
      open,
      workers,
      most,
      kernelOptions: { threads: common.threads },
      software,
      machine: thisMachine(),
      base: call.base,
      signal,
      wait: common.wait,
      take: await storeTaking(call, member),
      onRun: (run, event) => {
        if (event.kind === "made" || event.kind === "made-elsewhere") ended++;
        if (event.kind === "made" && event.summary.cause !== null) failed++;
        call.onRun(run, event);
      },
      say,
    });
    return signal.aborted && left.length > 0
      ? { kind: "interrupted", complete: ended }
      : { kind: "done", failed, left: left.length };
  } finally {
    await member.leave();
  }
}

interface FittingMemory {
  readonly plan: MemoryPlan;
  readonly available: AvailableMemory;
  /** Bytes that workers may fill. */
  readonly budget: number;
}

/**
 * How many workers, and how many runs beside each other, fit into the memory of this machine.
 *
 * @param specs at least one
 * @param share of the memory that they may fill; Infinity: how much they would take without a limit
 */
export async function fittingMemory(
  specs: readonly RunSpec[],
  workers: number,
  loadTask: TaskLoader,
  share = memoryShare,
): Promise<FittingMemory> {
  const sizes = new Map<RunSpec["task"], TaskSize>();
  for (const { task } of specs) {
    if (!sizes.has(task)) sizes.set(task, (await loadTask(task.name, task.options)).task);
  }
  const available = availableMemory();
  // What this process holds already, the data sets among it, is not the workers'.
  const budget = Math.max(0, share * available.bytes - process.memoryUsage.rss());
  const plan = memoryPlan(specs, workers, budget, (spec) =>
    stackMemory(spec, { task: sizes.get(spec.task) as TaskSize }),
  );
  return { plan, available, budget };
}

function limitText({ plan, available, budget }: FittingMemory, wanted: number): string | undefined {
  const held = `${sizeText(budget)} (${100 * memoryShare} % of the memory of this ${available.by}, less what this process holds)`;
  switch (plan.limited) {
    case null:
      return undefined;
    case "stacks":
      return `Memory: fewer runs are trained beside each other, so that ${wanted} workers fit in ${held}.`;
    case "workers":
      return `Memory: ${plan.workers} of ${wanted} workers are started, more would not fit in ${held}.`;
    case "not even one":
      return `Memory: a run is estimated to take ${sizeText(plan.peak)}, more than ${held}; one worker is started, and may fail.`;
    default:
      return plan.limited satisfies never;
  }
}

function sizeText(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
}
