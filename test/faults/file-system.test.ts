/** A store on a full disk, and on one that may only be read: small file systems in memory, really mounted. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { exitCodes } from "../../src/cli/command.ts";
import { exitCodeOf } from "../../src/cli/failure.ts";
import { MachineError, ParameterError } from "../../src/core/errors.ts";
import type { Claim } from "../../src/platform/node/store/contract.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { verifyRuns } from "../../src/platform/node/store/verify.ts";
import { runId } from "../../src/study/spec.ts";
import { command } from "../helpers/command-line.ts";
import { testUnless } from "../helpers/skip.ts";
import { claimed, freshFolder, makeRuns, perform, smallSpec, summaryOf } from "../helpers/store-runs.ts";

function obstacle(): string | undefined {
  if (process.platform !== "linux") return "only Linux has tmpfs";
  if (process.getuid?.() !== 0) return "only root may mount a file system";
  try {
    onTmpfs("1m", () => undefined);
    return undefined;
  } catch {
    return "this machine lets nobody mount a file system";
  }
}

const mount = (...parameters: string[]): void => void execFileSync("mount", parameters, { stdio: "pipe" });

function onTmpfs<Result>(size: string, act: (folder: string) => Result): Result {
  const folder = freshFolder();
  mkdirSync(folder);
  mount("-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder);
  const end = (): void => void execFileSync("umount", ["--lazy", folder], { stdio: "pipe" });
  let result: Result;
  try {
    result = act(folder);
  } catch (error) {
    end();
    throw error;
  }
  if (!(result instanceof Promise)) end();
  return result instanceof Promise ? (result.finally(end) as Result) : result;
}

const missing = obstacle();
const numbers = ["spec.json", "metrics.parquet", "weights.safetensors"];
const specs = await Promise.all(Array.from({ length: 12 }, (_, seed) => smallSpec(seed, 30)));

testUnless(missing)(
  "a full disk stops the work with what to do; what was complete is whole, and the rest is made when there is room",
  () =>
    onTmpfs("640k", async (folder) => {
      const store = await openStore(folder, { mode: "write" });
      const member = await store.join("test");
      const complete: string[] = [];
      let failure: unknown;
      let claim: Claim | undefined;
      for (const spec of specs) {
        try {
          claim = await claimed(member, runId(spec));
          const [end] = await perform([claim], [spec]);
          await claim.finish(summaryOf(end));
          complete.push(runId(spec));
        } catch (error) {
          failure = error;
          break;
        }
        // Somebody else fills the rest after the fifth.
        if (complete.length === 5) fill(folder, 3);
      }
      expect(failure).toBeInstanceOf(MachineError);
      expect(exitCodeOf((failure as Error).name)).toBe(exitCodes.failed);
      expect((failure as Error).message).toMatch(
        /got ENOSPC: no space is left on its device.*complete runs.*are kept; make room/,
      );
      expect(complete.length).toBeGreaterThanOrEqual(5);
      expect(complete.length).toBeLessThan(specs.length);
      // What is there is whole; nothing half-written is.
      const ids = [...(await store.completeIds())];
      expect(ids).toEqual(expect.arrayContaining(complete));
      expect(await verifyRuns({ store, ids, quarantine: false, onDamage: () => undefined })).toEqual({
        complete: ids.length,
        damaged: 0,
      });
      await expect((await openStore(folder, { mode: "read" })).summaries()).resolves.toHaveProperty("size", ids.length);
      // Neither does the disk stop who wants to know how far it is, with journals or without.
      rmSync(join(folder, "journal"), { recursive: true });
      fill(folder, 0);
      const writer = await openStore(folder, { mode: "write" });
      await expect(writer.summaries()).resolves.toHaveProperty("size", ids.length);
      await member.leave();

      rmSync(join(folder, "filling"));
      const open = specs.filter((spec) => !ids.includes(runId(spec)));
      await makeRuns(await openStore(folder, { mode: "write" }), open);
      const reference = await openStore(freshFolder(), { mode: "write" });
      await makeRuns(reference, specs);
      for (const id of specs.map(runId)) {
        for (const name of numbers) {
          const [a, b] = [reference, store].map(({ runFolder }) => readFileSync(join(runFolder(id), name)));
          expect(a.equals(b), name).toBe(true);
        }
      }
      expect(readdirSync(join(folder, "work"))).toEqual([]);
    }),
);

/** Fills a file system up to so many blocks. */
function fill(folder: string, left: number): void {
  const { bavail, bsize } = statfsSync(folder);
  appendFileSync(join(folder, "filling"), Buffer.alloc(Math.max(0, bavail - left) * bsize));
}

testUnless(missing)("a full disk while a checkpoint is kept: the one before it stays", () =>
  onTmpfs("640k", async (folder) => {
    const store = await openStore(folder, { mode: "write" });
    const member = await store.join("test");
    const claim = await claimed(member, runId(specs[0]));
    const cancelledAfter = (updates: number) => {
      let asked = 0;
      return perform([claim], [specs[0]], { isCancelled: () => asked++ >= updates });
    };
    await cancelledAfter(10);
    const file = join(claim.place.work, "checkpoint.safetensors");
    const kept = readFileSync(file);
    fill(folder, 0);
    await expect(cancelledAfter(10)).rejects.toThrow(/ENOSPC/);
    expect(readFileSync(file).equals(kept)).toBe(true);
    expect(readdirSync(claim.place.work).sort()).toEqual(["checkpoint.safetensors", "owner-1"]);
    rmSync(join(folder, "filling"));
    const [end] = await perform([claim], [specs[0]]);
    await claim.finish(summaryOf(end));
    expect((await store.read(runId(specs[0])))?.record.resumedFrom).toBe(10);
    await member.leave();
  }),
);

testUnless(missing)("a store that may only be read gives all it has, and refuses work before any is done", () =>
  onTmpfs("2m", async (folder) => {
    const store = await openStore(folder, { mode: "write" });
    const [id] = await makeRuns(store, [specs[0]]);
    const member = await store.join("test");
    const claim = await claimed(member, runId(specs[1]));
    mount("-o", "remount,ro", folder);
    await expect(openStore(folder, { mode: "write" })).rejects.toThrow(ParameterError);
    await expect(openStore(folder, { mode: "write" })).rejects.toThrow(/--store.*read-only/);
    const reader = await openStore(folder, { mode: "read" });
    expect(await reader.completeIds()).toEqual(new Set([id]));
    expect((await reader.summaries()).get(id)).toMatchObject({ kind: "completed" });
    expect((await reader.read(id))?.spec).toEqual(specs[0]);
    expect(await reader.claims()).toMatchObject([{ id: runId(specs[1]), isAlive: true }]);
    // mounted so while a process was at work
    await expect(perform([claim], [specs[1]])).rejects.toThrow(
      /EROFS: its file system is read-only.*mount it for writing/,
    );
    await expect(member.claim(runId(specs[2]))).rejects.toThrow(MachineError);
    mount("-o", "remount,rw", folder);
    const [end] = await perform([claim], [specs[1]]);
    await claim.finish(summaryOf(end));
    expect(await reader.completeIds()).toEqual(new Set([id, runId(specs[1])]));
    await member.leave();
  }),
);

testUnless(missing)("doctor names a kernel cache that may only be read", () =>
  onTmpfs("2m", async (folder) => {
    mkdirSync(join(folder, "kernels"));
    mount("-o", "remount,ro", folder);
    const { code, stdout } = await command(folder, ["doctor"], { NOISY_RNN_CACHE: folder });
    expect(code).toBe(0);
    expect(stdout).toContain(
      `problem: the cache ${join(folder, "kernels")} is on a read-only file system; mend NOISY_RNN_CACHE`,
    );
  }),
);
