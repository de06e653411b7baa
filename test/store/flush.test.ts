/** The order in which a run is written, flushed and moved: what a loss of power at any moment leaves follows from it. */
import { basename, dirname } from "node:path";
import { expect, test, vi } from "vitest";
import { openStore } from "../../src/platform/node/store/open.ts";
import { runId } from "../../src/study/spec.ts";
import { claimed, freshFolder, perform, smallSpec, summaryOf } from "../helpers/store-runs.ts";

const events = vi.hoisted(
  () => [] as { readonly what: "flush" | "rename" | "append"; readonly path: string; readonly to?: string }[],
);

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  return {
    ...real,
    open: async (path: string, ...rest: [string?]) => {
      const handle = await real.open(path, ...rest);
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        await sync();
        events.push({ what: "flush", path });
      };
      return handle;
    },
    rename: async (path: string, to: string) => {
      await real.rename(path, to);
      events.push({ what: "rename", path, to });
    },
    appendFile: async (path: string, content: string) => {
      await real.appendFile(path, content);
      events.push({ what: "append", path });
    },
  };
});

test("4 files and their folder are flushed, then moved in 1 rename, then the parent is flushed; journal and clearing come after", async () => {
  const spec = await smallSpec(0);
  const store = await openStore(freshFolder(), { mode: "write" });
  const member = await store.join("test");
  const claim = await claimed(member, runId(spec));
  events.length = 0;
  const [end] = await perform([claim], [spec]);
  await claim.finish(summaryOf(end));

  const target = store.runFolder(runId(spec));
  const moved = events.findIndex(({ what, to }) => what === "rename" && to === target);
  const prepared = events[moved].path;
  const before = events.slice(0, moved);
  const flushed = before.filter(({ what, path }) => what === "flush" && dirname(path) === prepared);
  expect(flushed.map(({ path }) => basename(path)).sort()).toEqual([
    "metrics.parquet",
    "record.json",
    "spec.json",
    "weights.safetensors",
  ]);
  // The folder after all that is in it, and the new parent's own parent before anything comes to lie there.
  const folder = before.findIndex(({ what, path }) => what === "flush" && path === prepared);
  expect(folder).toBeGreaterThan(Math.max(...flushed.map((event) => before.indexOf(event))));
  expect(before.some(({ what, path }) => what === "flush" && path === dirname(dirname(target)))).toBe(true);
  expect(events.slice(moved + 1).map(({ what, path, to }) => [what, basename(to ?? path).slice(0, 8)])).toEqual([
    ["flush", runId(spec).slice(0, 2)],
    ["append", expect.any(String)],
    ["rename", ".removed"],
  ]);
  await member.leave();
});

test("a checkpoint is flushed before it takes the place of the one before it, and its folder after that", async () => {
  const spec = await smallSpec(0);
  const store = await openStore(freshFolder(), { mode: "write" });
  const member = await store.join("test");
  const claim = await claimed(member, runId(spec));
  let asked = 0;
  events.length = 0;
  await perform([claim], [spec], { isCancelled: () => asked++ >= 2 });
  const [written, moved, folder] = events;
  expect(written).toMatchObject({ what: "flush", path: moved.path });
  expect(basename(moved.to ?? "")).toBe("checkpoint.safetensors");
  expect(folder).toEqual({ what: "flush", path: claim.place.work });
  await member.leave();
});
