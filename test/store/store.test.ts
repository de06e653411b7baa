/** What a store gives back of the runs that were put into it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FormatError, ParameterError } from "../../src/core/errors.ts";
import { encodeSealedJson } from "../../src/io/sealed-json.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { runId } from "../../src/study/spec.ts";
import { claimed, freshFolder, makeRuns, perform, smallSpec, summaryOf } from "../helpers/store-runs.ts";

const specs = await Promise.all([0, 1, 2].map((seed) => smallSpec(seed)));
const ids = specs.map(runId);
const runFileNames = ["metrics.parquet", "record.json", "spec.json", "weights.safetensors"];

describe("a complete run", () => {
  test("has its four files in complete/xx/id; nothing of it is left under work", async () => {
    const store = await openStore(freshFolder(), { mode: "write" });
    await makeRuns(store, specs);
    for (const id of ids) {
      expect(store.runFolder(id)).toBe(join(store.folder, "complete", id.slice(0, 2), id));
      expect(readdirSync(store.runFolder(id)).sort()).toEqual(runFileNames);
    }
    expect(await store.completeIds()).toEqual(new Set(ids));
    expect(readdirSync(join(store.folder, "work"))).toEqual([]);
    expect(readdirSync(join(store.folder, "executors"))).toEqual([]);
  });

  test("is read with specification, record and metrics, and its summary comes from the journal or its record", async () => {
    const store = await openStore(freshFolder(), { mode: "write" });
    await makeRuns(store, specs);
    const run = await store.read(ids[1]);
    expect(run?.spec).toEqual(specs[1]);
    expect(run?.record).toMatchObject({ id: ids[1], outcome: { kind: "completed", update: 4 } });
    expect(Object.keys(run?.record.files ?? {}).sort()).toEqual(runFileNames.filter((name) => name !== "record.json"));
    const fromJournal = await store.summaries();
    expect([...fromJournal.keys()].sort()).toEqual([...ids].sort());
    expect(fromJournal.get(ids[0])).toMatchObject({
      kind: "completed",
      cause: null,
      host: "here",
      software: "this none",
    });

    rmSync(join(store.folder, "journal"), { recursive: true });
    const reader = await openStore(store.folder, { mode: "read" });
    expect(await reader.summaries()).toEqual(fromJournal);
    expect(existsSync(join(store.folder, "journal"))).toBe(false);
    const writer = await openStore(store.folder, { mode: "write" });
    expect(await writer.summaries(new Set([ids[2]]))).toEqual(new Map([[ids[2], fromJournal.get(ids[2])]]));
    const [journal] = readdirSync(join(store.folder, "journal"));
    const lines = readFileSync(join(store.folder, "journal", journal), "utf8")
      .trim()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line).run.id)).toEqual([ids[2]]);
  });

  test("shows to who looks again and again, twice at the same time too; a damaged line is told of once", async () => {
    const { folder } = await openStore(freshFolder(), { mode: "write" });
    const reader = await openStore(folder, { mode: "read" });
    for (const [made, spec] of specs.entries()) {
      await makeRuns(await openStore(folder, { mode: "write" }), [spec]);
      // Without records only the journals can tell.
      writeFileSync(join(reader.runFolder(runId(spec)), "record.json"), "");
      const [one, other] = await Promise.all([reader.summaries(), reader.summaries()]);
      expect([...one.values()].map(({ kind }) => kind)).toEqual(Array(made + 1).fill("completed"));
      expect(other).toEqual(one);
    }
    writeFileSync(join(folder, "journal", "another.jsonl"), "{\n");
    expect(await Promise.all([reader.damagedLines(), reader.damagedLines()])).toEqual(
      Array(2).fill([`${join(folder, "journal", "another.jsonl")}, line 1`]),
    );
  });

  test("is unknown before it is made", async () => {
    const store = await openStore(freshFolder(), { mode: "write" });
    expect(await store.read(ids[0])).toBeUndefined();
    expect(await store.completeIds()).toEqual(new Set());
    expect(await store.summaries()).toEqual(new Map());
  });

  test("interrupted after 4 updates and resumed by another member has the bytes of one made in one go", async () => {
    const whole = await openStore(freshFolder(), { mode: "write" });
    const long = await smallSpec(5, 12);
    await makeRuns(whole, [long]);
    const store = await openStore(freshFolder(), { mode: "write" });
    const first = await store.join("first");
    let asked = 0;
    const claim = await claimed(first, runId(long));
    const [half] = await perform([claim], [long], { isCancelled: () => asked++ >= 4 });
    expect(half.kind).toBe("cancelled");
    await first.leave();
    await makeRuns(store, [long]);
    expect((await store.read(runId(long)))?.record.resumedFrom).toBe(4);
    for (const name of ["metrics.parquet", "weights.safetensors", "spec.json"]) {
      const [a, b] = [whole, store].map(({ runFolder }) => readFileSync(join(runFolder(runId(long)), name)));
      expect(a.equals(b), name).toBe(true);
    }
  });

  test("that was moved to the quarantine is made again, and its old line in the journal holds no more", async () => {
    const store = await openStore(freshFolder(), { mode: "write" });
    await makeRuns(store, specs);
    const before = (await store.summaries()).get(ids[0]);
    const place = (await store.quarantine(ids[0], "for a test")) ?? expect.fail("it was not complete");
    expect(readdirSync(place).sort()).toEqual([...runFileNames, "reason.txt"].sort());
    expect(readFileSync(join(place, "reason.txt"), "utf8")).toBe("for a test\n");
    expect((await store.summaries()).has(ids[0])).toBe(false);
    const member = await store.join("test");
    await perform([await claimed(member, ids[0])], [specs[0]]);
    // Killed here, its line in the journal was never written.
    const after = (await store.summaries()).get(ids[0]);
    expect(after?.finishedAt).not.toBe(before?.finishedAt);
    expect(after?.finishedAt).toBe((await store.read(ids[0]))?.record.finishedAt);
    expect(await store.quarantine("0".repeat(64), "not there")).toBeUndefined();
    await member.leave();
  });

  test("is replaced on request, once: a replacement that meant an older one finds it complete", async () => {
    const store = await openStore(freshFolder(), { mode: "write" });
    await makeRuns(store, [specs[0]]);
    const old = (await store.summaries()).get(ids[0]);
    const replacing = { reason: "outdated", finishedAt: old?.finishedAt ?? "" };
    const member = await store.join("test");
    expect((await member.claim(ids[0])).kind).toBe("complete");
    const answer = await member.claim(ids[0], replacing);
    if (answer.kind !== "claimed") throw new Error(answer.kind);
    expect(await store.completeIds()).toEqual(new Set());
    const [end] = await perform([answer.claim], [specs[0]]);
    await answer.claim.finish(summaryOf(end));
    expect((await member.claim(ids[0], replacing)).kind).toBe("complete");
    expect(readdirSync(join(store.folder, "quarantine"))).toHaveLength(1);
    await member.leave();
  });
});

describe("store.json", () => {
  test("of version 1 is written once; one that is damaged or of version 2 is refused with the remedy", async () => {
    const folder = freshFolder();
    await openStore(folder, { mode: "write" });
    const file = join(folder, "store.json");
    const text = readFileSync(file, "utf8");
    await openStore(folder, { mode: "write" });
    expect(readFileSync(file, "utf8")).toBe(text);
    writeFileSync(file, encodeSealedJson({ format: "noisy-rnn store", version: 2 }));
    for (const mode of ["read", "write"] as const) {
      await expect(openStore(folder, { mode })).rejects.toThrow(/version 1, got noisy-rnn store of version 2; use the/);
    }
    writeFileSync(file, text.replace('"version": 1', '"version": 3'));
    const damaged = openStore(folder, { mode: "read" });
    await expect(damaged).rejects.toThrow(FormatError);
    await expect(damaged).rejects.toThrow(
      /store\.json: the checksum must be [0-9a-f]{64}, found [0-9a-f]{64}; delete it/,
    );
  });

  test("absent: reading is refused, writing makes it", async () => {
    const folder = freshFolder();
    mkdirSync(folder);
    await expect(openStore(folder, { mode: "read" })).rejects.toThrow(/has no store\.json; name the folder/);
    await openStore(folder, { mode: "write" });
    await openStore(folder, { mode: "read" });
  });
});

test("a store opened for reading refuses to be written", async () => {
  const store = await openStore(freshFolder(), { mode: "write" });
  await makeRuns(store, [specs[0]]);
  const reader = await openStore(store.folder, { mode: "read" });
  await expect(reader.join("test")).rejects.toThrow(ParameterError);
  await expect(reader.quarantine(ids[0], "no")).rejects.toThrow(/opened for reading/);
  expect(await reader.completeIds()).toEqual(new Set([ids[0]]));
});
