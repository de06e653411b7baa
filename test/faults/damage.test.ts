/** Files that were cut off or lost a bit: found by their checksums, named, moved away, made again. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/core/errors.ts";
import { decodeFrozenStudy, freezeStudy, frozenConditions, frozenIds } from "../../src/platform/node/frozen-study.ts";
import type { Store } from "../../src/platform/node/store/contract.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { type RunDamage, verifyRuns } from "../../src/platform/node/store/verify.ts";
import { runId } from "../../src/study/spec.ts";
import type { StudyPlan } from "../../src/study/study.ts";
import {
  claimed,
  freshFolder,
  makeRuns,
  perform,
  smallQuestion,
  smallSpec,
  software,
  summaryOf,
} from "../helpers/store-runs.ts";

const spec = await smallSpec(0, 4, [smallQuestion]);
const id = runId(spec);
const files = ["spec.json", "record.json", "metrics.parquet", "weights.safetensors", "findings.json"];
const numbers = ["spec.json", "metrics.parquet", "weights.safetensors", "findings.json"];

const whole = await openStore(freshFolder(), { mode: "write" });
await makeRuns(whole, [spec]);

/** A store with one run, a copy of the same one. */
async function copiedStore(): Promise<Store> {
  const store = await openStore(freshFolder(), { mode: "write" });
  mkdirSync(store.runFolder(id), { recursive: true });
  for (const name of files) copyFileSync(join(whole.runFolder(id), name), join(store.runFolder(id), name));
  return store;
}

/** Two bytes of every file, its first and last, and some between: one bit of each is turned round. */
const places = (length: number): number[] => [
  ...new Set([0, 1, length - 2, length - 1, ...Array.from({ length: 24 }, (_, i) => Math.floor((length * i) / 24))]),
];

function flip(bytes: Buffer, place: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[place] ^= 1 << (place % 8);
  return changed;
}

const damages = (bytes: Buffer): readonly (readonly [what: string, damaged: Buffer])[] => [
  ...places(bytes.length).map((place) => [`bit flipped in byte ${place}`, flip(bytes, place)] as const),
  ["empty", Buffer.alloc(0)],
  ["cut in half", bytes.subarray(0, bytes.length / 2)],
  ["cut by one byte", bytes.subarray(0, -1)],
  ["a byte too long", Buffer.concat([bytes, Buffer.from("x")])],
];

/** A line's end at the end of JSON is no content. */
const isSameContent = (name: string, what: string): boolean => name.endsWith(".json") && what === "cut by one byte";

describe.each(files)("%s of a complete run", (name) => {
  test("28 flipped bits and 4 wrong lengths are each found, and the message names the file", async () => {
    const store = await copiedStore();
    const file = join(store.runFolder(id), name);
    const bytes = readFileSync(file);
    for (const [what, damaged] of damages(bytes)) {
      if (name === "record.json" && isSameContent(name, what)) continue;
      writeFileSync(file, damaged);
      const error: unknown = await store.read(id).then(
        () => "read",
        (caught: unknown) => caught,
      );
      expect(error, what).toBeInstanceOf(FormatError);
      // a flipped bit in the record may be one of a checksum it holds of another file, but then its own is wrong
      expect((error as FormatError).file, what).toBe(file);
      expect((error as FormatError).message).toMatch(/must|found|got/);
    }
    writeFileSync(file, bytes);
    expect((await store.read(id))?.record.id).toBe(id);
  });

  test("damaged or absent is listed, moved to the quarantine with the reason, and made again with the same bytes", async () => {
    const store = await copiedStore();
    const file = join(store.runFolder(id), name);
    writeFileSync(file, flip(readFileSync(file), 40));
    const found: RunDamage[] = [];
    const call = { store, ids: [id, "0".repeat(64)], onDamage: (damage: RunDamage) => found.push(damage) };
    expect(await verifyRuns({ ...call, quarantine: false })).toEqual({ complete: 1, damaged: 1 });
    expect(found).toMatchObject([{ id, file, movedTo: undefined }]);
    expect(existsSync(file)).toBe(true);
    expect(await verifyRuns({ ...call, quarantine: true })).toEqual({ complete: 1, damaged: 1 });
    const movedTo = found[1].movedTo ?? "";
    expect(readdirSync(movedTo)).toContain(name);
    expect(readFileSync(join(movedTo, "reason.txt"), "utf8")).toContain(basename(file));
    expect(await verifyRuns({ ...call, quarantine: true })).toEqual({ complete: 0, damaged: 0 });
    await makeRuns(store, [spec]);
    expect(await verifyRuns({ ...call, quarantine: false })).toEqual({ complete: 1, damaged: 0 });
    for (const one of numbers) {
      const [a, b] = [whole, store].map(({ runFolder }) => readFileSync(join(runFolder(id), one)));
      expect(a.equals(b), one).toBe(true);
    }
  });
});

test("a damaged record is a failure among the summaries, which --retry failed takes up", async () => {
  const store = await copiedStore();
  const file = join(store.runFolder(id), "record.json");
  writeFileSync(file, flip(readFileSync(file), 100));
  const summary = (await store.summaries()).get(id);
  expect(summary).toMatchObject({ kind: "failed", cause: "damaged: record.json", finishedAt: "" });
  const member = await store.join("test");
  const answer = await member.claim(id, { reason: "damaged", finishedAt: "" });
  if (answer.kind !== "claimed") throw new Error(answer.kind);
  const [end] = await perform([answer.claim], [spec]);
  await answer.claim.finish(summaryOf(end));
  expect((await store.summaries()).get(id)).toMatchObject({ kind: "completed" });
  await member.leave();
});

test("a damaged checkpoint is not gone on from: the run starts anew and ends with the same bytes", async () => {
  const long = await smallSpec(1, 12, [smallQuestion]);
  const reference = await openStore(freshFolder(), { mode: "write" });
  await makeRuns(reference, [long]);
  const store = await openStore(freshFolder(), { mode: "write" });
  const member = await store.join("test");
  const claim = await claimed(member, runId(long));
  const interrupted = async (): Promise<Buffer> => {
    let asked = 0;
    await perform([claim], [long], { isCancelled: () => asked++ >= 6 });
    return readFileSync(join(claim.place.work, "checkpoint.safetensors"));
  };
  const checkpoint = await interrupted();
  const all = damages(checkpoint);
  for (const [index, [what, damaged]] of all.entries()) {
    writeFileSync(join(claim.place.work, "checkpoint.safetensors"), damaged);
    // A run that is cancelled at once keeps the checkpoint that it begins with: that of the beginning.
    await perform([claim], [long], { isCancelled: () => true });
    const begun = readFileSync(join(claim.place.work, "checkpoint.safetensors"));
    expect(begun.equals(checkpoint), what).toBe(false);
    expect(begun.length, what).toBeLessThan(checkpoint.length);
    if (index < all.length - 1) continue;
    const [end] = await perform([claim], [long]);
    await claim.finish(summaryOf(end));
  }
  expect((await store.read(runId(long)))?.record.resumedFrom).toBe(0);
  for (const name of numbers) {
    const [a, b] = [reference, store].map(({ runFolder }) => readFileSync(join(runFolder(runId(long)), name)));
    expect(a.equals(b), name).toBe(true);
  }
  await member.leave();
});

test("a damaged line of a journal counts for nothing: the run is read from its record, the other lines hold", async () => {
  const specs = await Promise.all([1, 2, 3].map((seed) => smallSpec(seed)));
  const store = await openStore(freshFolder(), { mode: "write" });
  await makeRuns(store, specs);
  const [name] = readdirSync(join(store.folder, "journal"));
  const file = join(store.folder, "journal", name);
  const bytes = readFileSync(file);
  const expected = await store.summaries();
  for (const [what, damaged] of damages(bytes)) {
    writeFileSync(file, damaged);
    const reader = await openStore(store.folder, { mode: "read" });
    expect(await reader.summaries(), what).toEqual(expected);
    const isCut = what === "empty" || what.startsWith("cut") || what === "a byte too long";
    const lines = await reader.damagedLines();
    // What follows the last end of a line counts as being written.
    if (!isCut && !what.endsWith(` ${bytes.length - 1}`)) expect(lines.join(), what).toContain(`${file}, line `);
  }
  // Without its record a run is known from the journal alone, so these lines have been read.
  writeFileSync(file, flip(bytes, 40));
  for (const one of specs) writeFileSync(join(store.runFolder(runId(one)), "record.json"), "");
  const kinds = [...(await (await openStore(store.folder, { mode: "read" })).summaries()).values()].map(
    ({ kind }) => kind,
  );
  expect(kinds.sort()).toEqual(["completed", "completed", "failed"]);
});

test("a damaged store.json is refused for reading and for writing; deleted, it is written again", async () => {
  const store = await copiedStore();
  const file = join(store.folder, "store.json");
  const bytes = readFileSync(file);
  for (const [what, damaged] of damages(bytes)) {
    if (isSameContent(file, what)) continue;
    writeFileSync(file, damaged);
    for (const mode of ["read", "write"] as const) {
      const error: unknown = await openStore(store.folder, { mode }).then(
        () => "opened",
        (caught: unknown) => caught,
      );
      expect(error, what).toBeInstanceOf(FormatError);
      expect((error as FormatError).file).toBe(file);
    }
  }
});

test("the file of an executor that is damaged stays as long as it beats, and goes when it is overdue", async () => {
  const times = { beat: 20, lease: 2000 };
  const store = await openStore(freshFolder(), { mode: "write", times });
  const living = await store.join("living");
  const file = join(store.folder, "executors", `${living.info.name}.json`);
  const silent = join(store.folder, "executors", "silent-1-x.json");
  for (const [what, damaged] of damages(readFileSync(file))) {
    if (isSameContent(file, what)) continue;
    writeFileSync(file, damaged);
    writeFileSync(silent, damaged);
    utimesSync(silent, 1, 1);
    await (await store.join("other")).leave();
    expect(existsSync(file), what).toBe(true);
    expect(existsSync(silent), what).toBe(false);
  }
  await living.leave();
});

test("damaged files of a study are found, and written anew when the study is begun again", async () => {
  const { folder } = await openStore(freshFolder(), { mode: "write" });
  const study = { name: "small", axes: [], seeds: [0], document: { name: "small" } } as unknown as StudyPlan["study"];
  const plan: StudyPlan = { study, runs: [{ id, spec, condition: {} }], leftOut: [] };
  const call = { base: "/data", backend: "reference", precision: "float64", software } as const;
  const frozen = await freezeStudy(folder, plan, call);
  const readers = { "study.json": decodeFrozenStudy, "ids.txt": frozenIds, "conditions.json": frozenConditions };
  for (const [name, read] of Object.entries(readers)) {
    const file = join(frozen, name);
    const bytes = readFileSync(file);
    const content = await read(frozen);
    for (const [what, damaged] of damages(bytes)) {
      if (isSameContent(file, what)) continue;
      writeFileSync(file, damaged);
      const error: unknown = await read(frozen).then(
        () => "read",
        (caught: unknown) => caught,
      );
      expect(error, `${name}: ${what}`).toBeInstanceOf(FormatError);
      expect((error as FormatError).file).toBe(file);
    }
    await freezeStudy(folder, plan, call);
    expect(readFileSync(file).equals(bytes)).toBe(true);
    expect(await read(frozen)).toEqual(content);
  }
});
