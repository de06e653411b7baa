/** Runs of a plan as a store hands them out. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { ExecutorCall } from "../../src/platform/node/executors/contract.ts";
import { storeTaking } from "../../src/platform/node/executors/store-taking.ts";
import type { TakenRun } from "../../src/platform/node/perform-runs.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { resolvedRun } from "../../src/study/input.ts";
import { runId } from "../../src/study/spec.ts";
import { taskLoader } from "../../src/study/tasks.ts";
import { temporaryFolder } from "../helpers/command-line.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const loadTask = taskLoader({
  dataset: () => Promise.reject(new Error("no data sets here")),
  file: () => Promise.reject(new Error("no files here")),
});
const input = { task: "function-approximation", network: { hiddenSize: 3 }, precision: "float64" };
const spec = await resolvedRun({ input, place: "run", loadTask, backend: "reference" });
const id = runId(spec);
const store = await openStore(join(folder, "store"), { mode: "write" });

const call = (retry: ExecutorCall["common"]["retry"] = []): ExecutorCall => ({
  plan: { study: undefined as never, runs: [{ id, spec, condition: {} }], leftOut: [] },
  store,
  studyFolder: "",
  open: [0],
  software: { version: "0", fingerprint: "this", variant: "none" },
  base: folder,
  loadTask,
  common: { workers: 1, threads: 1, wait: true, retry },
  options: {},
  isDryRun: false,
  signal: new AbortController().signal,
  onRun: () => undefined,
  say: () => undefined,
});

test("a run that killed its worker is complete with the cause and the reason; a fault of the machine is thrown and leaves nothing", async () => {
  const member = await store.join("a test");
  const take = await storeTaking(call(), member);
  const taking = await take(0);
  expect(taking.kind).toBe("taken");
  const { taken } = taking as { readonly taken: TakenRun };
  await expect(taken.fail("no space", "CapabilityError")).rejects.toThrow("no space");
  expect(await store.completeIds()).toEqual(new Set());

  const summary = await taken.fail("its worker ended with code 9", undefined);
  expect(summary).toMatchObject({ id, kind: "failed", cause: "crashed" });
  const stored = await store.read(id);
  expect(stored?.record.outcome).toEqual({ kind: "failed", cause: "crashed", reason: "its worker ended with code 9" });
  expect((await store.summaries()).get(id)).toEqual(summary);
  expect(existsSync(join(store.folder, "work", id))).toBe(false);

  expect(await take(0)).toEqual({ kind: "complete" });
  const again = await storeTaking(call(["failed"]), member);
  expect((await again(0)).kind).toBe("taken");
  expect(await store.completeIds()).toEqual(new Set());
  await member.leave();
});

test("a run of somebody else is named by its host and process", async () => {
  const [one, other] = [await store.join("one"), await store.join("other")];
  expect((await one.claim(id)).kind).toBe("claimed");
  const take = await storeTaking(call(), other);
  expect(await take(0)).toEqual({ kind: "busy", owner: `${one.info.host} (process ${process.pid})` });
  await one.leave();
  expect((await take(0)).kind).toBe("taken");
  await other.leave();
});
