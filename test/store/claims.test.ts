/** Who gets a run: one process, and the next one only when that one is dead. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { encodeSealedJson } from "../../src/io/sealed-json.ts";
import { takeRun } from "../../src/platform/node/store/claims.ts";
import type { ExecutorIdentity } from "../../src/platform/node/store/executors.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { lookUp, thisProcess } from "../../src/platform/node/store/process-identity.ts";
import { publishRun } from "../../src/platform/node/store/publish.ts";
import { runId } from "../../src/study/spec.ts";
import { testUnless } from "../helpers/skip.ts";
import { claimed, freshFolder, perform, smallSpec } from "../helpers/store-runs.ts";

const fixture = fileURLToPath(new URL("fixture-claimer.mjs", import.meta.url));
const idOf = (index: number): string => createHash("sha256").update(`run ${index}`).digest("hex");
const id = idOf(0);

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) signalGroup(child, "SIGKILL");
});

/** A process and what it started. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-(child.pid as number), signal);
  } catch {
    // it has ended
  }
}

function startClaimer(folder: string, count: number, deed: "all" | "hold", prefix: readonly string[] = []) {
  const [command, ...parameters] = [...prefix, process.execPath, fixture, folder, String(count), deed];
  const child = spawn(command, parameters, { stdio: ["pipe", "pipe", "inherit"], detached: true });
  children.push(child);
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => said.push(line));
  const saysLine = async (count: number): Promise<string> => {
    while (said.length < count) await once(lines, "line");
    return said[count - 1];
  };
  return { child, said, saysLine, ended: once(child, "exit") };
}

/** An owner that is written by hand. */
function plantOwner(store: string, run: string, generation: number, change: Partial<ExecutorIdentity> = {}): string {
  const executor: ExecutorIdentity = {
    name: `planted-${randomUUID()}`,
    host: hostname(),
    pid: process.pid,
    startedAt: "2026-01-01T00:00:00.000Z",
    label: "planted",
    process: thisProcess(),
    ...change,
  };
  const folder = join(store, "work", run, `owner-${generation}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "owner.json"), encodeSealedJson(executor));
  return executor.name;
}

const notLinux = process.platform === "linux" ? undefined : "only Linux tells of processes in /proc";
const elsewhere = { ...thisProcess(), host: "elsewhere", bootId: "another" };
const plantBeat = (store: string, name: string, ageMs: number): void => {
  const file = join(store, "executors", `${name}.json`);
  writeFileSync(file, encodeSealedJson({ name }));
  const when = (Date.now() - ageMs) / 1000;
  utimesSync(file, when, when);
};

test("8 processes that claim the same 300 runs at once make every run exactly once", async () => {
  const folder = freshFolder();
  const claimers = Array.from({ length: 8 }, () => startClaimer(folder, 300, "all"));
  await Promise.all(claimers.map(({ saysLine }) => saysLine(1)));
  for (const { child } of claimers) child.stdin?.write("go\n");
  const codes = await Promise.all(claimers.map(({ ended }) => ended));
  expect(codes.map(([code]) => code)).toEqual(Array(8).fill(0));
  const said = claimers.flatMap((claimer) => claimer.said);
  const all = Array.from({ length: 300 }, (_, index) => idOf(index)).sort();
  const published = said.filter((line) => line.startsWith("published ")).map((line) => line.slice(10));
  expect(published.sort()).toEqual(all);
  expect(said.filter((line) => line.startsWith("taken "))).toEqual([]);
  // no run was worked on by two
  expect(
    said
      .filter((line) => line.startsWith("claimed "))
      .map((line) => line.slice(8))
      .sort(),
  ).toEqual(all);
  // and more than one process took part
  expect(
    claimers.filter((claimer) => claimer.said.some((line) => line.startsWith("published"))).length,
  ).toBeGreaterThan(1);
  const store = await openStore(folder, { mode: "read" });
  const summaries = await store.summaries();
  for (const run of all) {
    const record = readFileSync(join(store.runFolder(run), "record.json"), "utf8");
    expect(record).toBe(`made by ${summaries.get(run)?.host}`);
  }
  expect(readdirSync(join(folder, "work"))).toEqual([]);
});

describe("a run of a dead process", () => {
  test("on this machine is taken over at once", async () => {
    const folder = freshFolder();
    const holder = startClaimer(folder, 1, "hold");
    expect(await holder.saysLine(2)).toBe("claimed");
    // the usual lease of three minutes: it is the process that is looked up
    const store = await openStore(folder, { mode: "write" });
    const member = await store.join("test");
    const busy = await member.claim(id);
    expect(busy).toMatchObject({ kind: "busy", executor: { pid: holder.child.pid, label: "test" } });
    expect(await store.claims()).toMatchObject([{ id, isAlive: true }]);
    holder.child.kill("SIGKILL");
    await holder.ended;
    expect(await store.claims()).toMatchObject([{ id, isAlive: false }]);
    const answer = await member.claim(id);
    expect(answer.kind).toBe("claimed");
    if (answer.kind === "claimed") expect(answer.claim.place.owner).toContain("owner-2");
    await member.leave();
    // a joining process clears away what the dead one left
    await (await store.join("test")).leave();
    expect(readdirSync(join(folder, "executors"))).toEqual([]);
  });

  const otherContainer = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const obstacle = notLinux ?? (process.getuid?.() === 0 ? undefined : "only root may make a namespace");
  testUnless(obstacle)("in another container is taken over when its heartbeat is overdue, and not before", async () => {
    const folder = freshFolder();
    const holder = startClaimer(folder, 1, "hold", otherContainer);
    expect(await holder.saysLine(2)).toBe("claimed");
    const store = await openStore(folder, { mode: "write", times: { beat: 100, lease: 1500 } });
    const member = await store.join("test");
    const begun = performance.now();
    while (performance.now() - begun < 2000) expect((await member.claim(id)).kind).toBe("busy");
    holder.child.kill("SIGKILL");
    const killed = performance.now();
    let kind = "busy";
    while (kind === "busy" && performance.now() - killed < 10_000) ({ kind } = await member.claim(id));
    expect(kind).toBe("claimed");
    // the last beat was at most 100 ms old, and busy machines are late
    expect(performance.now() - killed).toBeGreaterThan(1000);
    await member.leave();
  });

  testUnless(obstacle)(
    "that only slept, in another container, loses it to who takes it over, and publishes nothing",
    async () => {
      const folder = freshFolder();
      const sleeper = startClaimer(folder, 1, "hold", otherContainer);
      expect(await sleeper.saysLine(2)).toBe("claimed");
      const store = await openStore(folder, { mode: "write", times: { beat: 100, lease: 1500 } });
      const member = await store.join("test");
      signalGroup(sleeper.child, "SIGSTOP");
      let answer = await member.claim(id);
      for (const begun = performance.now(); answer.kind === "busy" && performance.now() - begun < 10_000; ) {
        answer = await member.claim(id);
      }
      if (answer.kind !== "claimed") throw new Error(answer.kind);
      signalGroup(sleeper.child, "SIGCONT");
      sleeper.child.stdin?.write("publish\n");
      expect(await sleeper.saysLine(3)).toBe("taken");
      expect(await store.completeIds()).toEqual(new Set());
      expect(await publishRun(answer.claim.place, { "record.json": Buffer.from("made in time") })).toBe("published");
      await member.leave();
    },
  );

  test("on another machine: under a lease of 20 s a heartbeat 10 s old is alive; one 21 s old, or none, is dead", async () => {
    const folder = freshFolder();
    const store = await openStore(folder, { mode: "write", times: { beat: 60_000, lease: 20_000 } });
    const member = await store.join("test");
    const name = plantOwner(folder, id, 1, { process: elsewhere });
    plantBeat(folder, name, 10_000);
    expect((await member.claim(id)).kind).toBe("busy");
    plantBeat(folder, name, 21_000);
    expect((await member.claim(id)).kind).toBe("claimed");
    plantOwner(folder, idOf(1), 1, { process: elsewhere });
    expect((await member.claim(idOf(1))).kind).toBe("claimed");
    await member.leave();
  });

  testUnless(notLinux)(
    "whose number another process has by now is dead; this one, found by its start time, is alive",
    () => {
      const own = thisProcess();
      expect(own.startTicks).not.toBeNull();
      expect(lookUp(own, own)).toBe("alive");
      expect(lookUp({ ...own, startTicks: (own.startTicks ?? 0) - 1 }, own)).toBe("dead");
      expect(lookUp({ ...own, pid: 2 ** 30 }, own)).toBe("dead");
      expect(lookUp({ ...own, bootId: "before" }, own)).toBe("unknown");
      expect(lookUp({ ...own, pidNamespace: "pid:[1]" }, own)).toBe("unknown");
      // where the system tells no start times
      const poor = { ...own, startTicks: null };
      expect(lookUp(poor, poor)).toBe("perhaps");
      expect(lookUp({ ...poor, pid: 2 ** 30 }, poor)).toBe("dead");
    },
  );

  testUnless(notLinux)("that ended and was not asked for by its parent (a zombie) is dead", async () => {
    // The shell starts a process and becomes one that never asks how it ended.
    const parent = spawn("sh", ["-c", "sleep 0.3 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    children.push(parent);
    const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
    const pid = Number(line);
    const state = (): string => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1];
    while (!state().startsWith("Z")) await new Promise((resolve) => setTimeout(resolve, 10));
    const startTicks = Number(state().split(" ")[19]);
    const own = thisProcess();
    expect(lookUp({ ...own, pid, startTicks }, own)).toBe("dead");
  });

  test("whose owner file a loss of power emptied is taken over", async () => {
    const folder = freshFolder();
    const store = await openStore(folder, { mode: "write" });
    const member = await store.join("test");
    plantOwner(folder, id, 1);
    writeFileSync(join(folder, "work", id, "owner-1", "owner.json"), "");
    const claim = await claimed(member, id);
    expect(claim.place.owner).toContain("owner-2");
    mkdirSync(join(folder, "work", idOf(1), "owner-4"), { recursive: true });
    expect((await claimed(member, idOf(1))).place.owner).toContain("owner-5");
    await member.leave();
  });
});

describe("an owner", () => {
  test("that was taken for dead publishes nothing after another took the run over; both are content", async () => {
    const spec = await smallSpec(0);
    const store = await openStore(freshFolder(), { mode: "write" });
    const slow = await store.join("slow");
    const claim = await claimed(slow, runId(spec));
    plantOwner(store.folder, runId(spec), 2);
    expect(await perform([claim], [spec])).toEqual([{ kind: "taken" }]);
    expect(await store.completeIds()).toEqual(new Set());
    // nothing of it is left beside the owner's file
    expect(readdirSync(dirname(claim.place.owner))).toEqual(["owner.json"]);
    rmSync(join(claim.place.work, "owner-2"), { recursive: true });
    expect((await perform([claim], [spec])).map(({ kind }) => kind)).toEqual(["made"]);
    expect(await perform([claim], [spec])).toEqual([{ kind: "taken" }]);
    await slow.leave();
  });

  test("that published although its work folder is gone by then changes nothing", async () => {
    const store = await openStore(freshFolder(), { mode: "write" });
    const member = await store.join("test");
    const { place } = await claimed(member, id);
    const files = { "record.json": Buffer.from("mine") };
    rmSync(place.work, { recursive: true });
    expect(await publishRun(place, files)).toBe("taken");
    expect(existsSync(store.runFolder(id))).toBe(false);
    expect(existsSync(place.work)).toBe(false);
    await member.leave();
  });

  test("gives its runs back when it leaves; the next number is taken then", async () => {
    const store = await openStore(freshFolder(), { mode: "write" });
    const first = await store.join("first");
    await claimed(first, id);
    const second = await store.join("second");
    expect((await second.claim(id)).kind).toBe("busy");
    await first.leave();
    expect(await store.claims()).toEqual([]);
    const claim = await claimed(second, id);
    expect(claim.place.owner).toContain("owner-2");
    await claim.release();
    expect((await claimed(second, id)).place.owner).toContain("owner-3");
    await second.leave();
  });
});

test("who saw a dead owner of a work folder that went and came again leaves it to the new owner", async () => {
  // A sees the dead owner 1. Then B takes over, publishes and removes the work folder; the run is moved to the quarantine,
  // and C, alive, becomes owner 1 of a new work folder. A's rename to owner 2 succeeds: it must notice.
  const store = await openStore(freshFolder(), { mode: "write" });
  const work = join(store.folder, "work", id);
  plantOwner(store.folder, id, 1, { process: { ...thisProcess(), pid: 2 ** 30 } });
  const executor = { name: "a", host: "", pid: 0, startedAt: "", label: "", process: thisProcess() };
  let hasGone = false;
  const answer = await takeRun({
    store: store.folder,
    id,
    executor,
    isAlive: async ({ process: { pid } }) => {
      if (hasGone) return pid !== 2 ** 30;
      hasGone = true;
      renameSync(work, `${work}-gone`);
      plantOwner(store.folder, id, 1, { label: "the new one" });
      return false;
    },
    isComplete: () => Promise.resolve(false),
  });
  expect(answer).toMatchObject({ kind: "busy", executor: { label: "the new one" } });
  expect(readdirSync(work)).toEqual(["owner-1"]);
});

test("an answer that got lost: a claim or a publishing that was done counts, whatever the system said", async () => {
  // A repeated rename finds its source gone (ENOENT) although the first one was done. Here the first one is done by hand.
  const store = await openStore(freshFolder(), { mode: "write" });
  const member = await store.join("test");
  const { place } = await claimed(member, id);
  const files = { "record.json": Buffer.from("the same") };
  mkdirSync(store.runFolder(id), { recursive: true });
  writeFileSync(join(store.runFolder(id), "record.json"), "the same");
  expect(await publishRun(place, files)).toBe("published");
  writeFileSync(join(store.runFolder(id), "record.json"), "another");
  expect(await publishRun(place, files)).toBe("taken");
  await member.leave();
});

test("a process that joins removes what dead ones left, and nothing of the living", async () => {
  const folder = freshFolder();
  const store = await openStore(folder, { mode: "write" });
  const living = await store.join("living");
  await claimed(living, idOf(2));
  const dead = { process: { ...thisProcess(), pid: 2 ** 30 } };
  // complete, but killed before the work folder was removed
  plantOwner(folder, idOf(3), 1, dead);
  mkdirSync(store.runFolder(idOf(3)), { recursive: true });
  // complete, and its owner is about to remove it
  plantOwner(folder, idOf(4), 1);
  mkdirSync(store.runFolder(idOf(4)), { recursive: true });
  // interrupted: has a checkpoint
  plantOwner(folder, idOf(5), 1, dead);
  mkdirSync(join(folder, "work", `.removed-${idOf(6)}-x`, "owner-1"), { recursive: true });
  writeFileSync(join(folder, "executors", "broken-1-x.json"), "{");
  utimesSync(join(folder, "executors", "broken-1-x.json"), 1, 1);
  await (await store.join("test")).leave();
  expect(readdirSync(join(folder, "work")).sort()).toEqual([idOf(2), idOf(4), idOf(5)].sort());
  expect(readdirSync(join(folder, "executors"))).toEqual([`${living.info.name}.json`]);
  await living.leave();
});

test("a heartbeat shows in the time of the executor's file, comes back after the file was removed, and ends", async () => {
  const folder = freshFolder();
  const store = await openStore(folder, { mode: "write", times: { beat: 50, lease: 1000 } });
  const member = await store.join("test");
  const file = join(folder, "executors", `${member.info.name}.json`);
  const content = readFileSync(file, "utf8");
  const old = Date.now() / 1000 - 3600;
  const beats = async (): Promise<void> => {
    utimesSync(file, old, old);
    while (statSync(file).mtimeMs / 1000 - old < 3000) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await beats();
  expect(readFileSync(file, "utf8")).toBe(content);
  rmSync(file);
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(readFileSync(file, "utf8")).toBe(content);
  await member.leave();
  expect(existsSync(file)).toBe(false);
});
