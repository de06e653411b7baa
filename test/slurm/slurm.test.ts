/** Studies on a real Slurm of one machine, with what happens to jobs on clusters. */
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { pause, type SlurmCluster, slurmCluster, slurmObstacle } from "../../scripts/tools/slurm.mjs";
import { command, type Ended, inSession, temporaryFolder } from "../helpers/command-line.ts";
import { testUnless } from "../helpers/skip.ts";

const obstacle = slurmObstacle();
const slurmTest = testUnless(obstacle);
const { folder, remove } = temporaryFolder();
/** Blanks and a sign of the shell and of Slurm: paths are quoted wherever they stand. */
const shared = join(folder, "shared $HOME 100%");
const file = join(shared, "study.yaml");

let cluster: SlurmCluster;
beforeAll(async () => {
  cpSync(fileURLToPath(new URL("study.yaml", import.meta.url)), file, { recursive: true });
  if (obstacle === undefined) cluster = await slurmCluster();
});
afterAll(async () => {
  await cluster?.stop();
  remove();
});
afterEach(async () => {
  await cluster?.run("scancel", "--user=root");
  await until(async () => (cluster === undefined || (await tasks()).length === 0 ? true : undefined));
});

const study = (name: string, store: string, ...parameters: string[]): Promise<Ended> =>
  inSession(shared, ["study", name, file, "--store", join(shared, store), ...parameters], cluster.environment);
const submit = (store: string, ...parameters: string[]): Promise<Ended> =>
  study("run", store, "--executor", "slurm", "--time", "10", "--memory", "500M", ...parameters);

interface State {
  readonly runs: number;
  readonly complete: number;
  readonly failed: number;
  readonly failures: readonly { readonly cause: string; readonly count: number }[];
  readonly jobs: readonly string[];
  readonly folder: string;
}

async function status(store: string, ...overrides: string[]): Promise<State> {
  const { stdout, stderr } = await study("status", store, ...overrides, "--json");
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as State;
}

/** Waits for a condition; a test that waits too long ends with its own limit. */
async function until<Value>(look: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    await pause(200);
  }
}

const completeIds = (store: string): string[] => {
  const complete = join(shared, store, "complete");
  return existsSync(complete) ? readdirSync(complete).flatMap((shard) => readdirSync(join(complete, shard))) : [];
};
const completed = (store: string, count: number): Promise<true> =>
  until(() => (completeIds(store).length >= count ? true : undefined));

/** Bytes of what a run came to; nothing in it tells who made it. */
const bits = (store: string): Record<string, string> =>
  Object.fromEntries(
    completeIds(store)
      .sort()
      .flatMap((id) =>
        ["weights.safetensors", "metrics.parquet", "spec.json"].map((name) => {
          const path = join(shared, store, "complete", id.slice(0, 2), id, name);
          return [`${id} ${name}`, readFileSync(path).toString("latin1")];
        }),
      ),
  );

/** Tasks of the cluster as "1_2 RUNNING". */
const tasks = async (): Promise<string[]> =>
  (await cluster.run("squeue", "--noheader", "--array", "--format=%F_%K %T")).split("\n").filter((line) => line !== "");
const runningTask = (): Promise<string> =>
  until(async () => (await tasks()).find((line) => line.endsWith(" RUNNING"))?.split(" ")[0]);

const logs = (state: State): string => {
  const at = join(state.folder, "slurm", "logs");
  return readdirSync(at)
    .map((name) => readFileSync(join(at, name), "utf8"))
    .join("\n");
};

describe("a study on Slurm", () => {
  slurmTest(
    "60 runs in 20 tasks under MaxArraySize=11, with a requeue and a dead node: 20 diverged, all bits those of local",
    async () => {
      const local = command(shared, ["study", "run", file, "--store", join(shared, "local")], cluster.environment);
      const dry = await submit("cluster", "--chunk-size", "3", "--limit", "6", "--dry-run");
      expect([...dry.stdout.matchAll(/^#SBATCH --array=(.*)$/gm)].map(([, array]) => array)).toEqual([
        "1-10%3",
        "1-10%3",
      ]);
      expect(dry.stdout).toMatch(/^\$ sbatch --parsable '.*\.sh'$/m);
      expect(await tasks()).toEqual([]);
      expect(existsSync(join(shared, "cluster", "studies"))).toBe(false);

      const { code, stderr } = await submit("cluster", "--chunk-size", "3", "--limit", "6");
      expect({ code, jobs: stderr.match(/^slurm job \d+: 10 tasks of 3 runs$/gm)?.length }).toEqual({
        code: 0,
        jobs: 2,
      });
      const again = await submit("cluster", "--chunk-size", "2");
      expect(again.stderr).toContain("runs are with jobs that wait or run already");
      expect(again.stderr).not.toContain("tasks of 2 runs");

      await completed("cluster", 4);
      const requeued = await runningTask();
      await cluster.run("scontrol", "requeue", requeued);

      await completed("cluster", 15);
      cluster.killNode({ withJobs: true });
      await until(async () =>
        (await cluster.run("sinfo", "--noheader", "--format=%T")).startsWith("down") ? true : undefined,
      );
      const stopped = completeIds("cluster").length;
      expect(stopped).toBeLessThan(60);
      cluster.startNode();
      await completed("cluster", 60);
      await until(async () => ((await tasks()).length === 0 ? true : undefined));

      expect((await local).code).toBe(1);
      const state = await status("cluster");
      expect(state).toMatchObject({ runs: 60, complete: 60, failed: 20, jobs: [] });
      expect(state.failures.map(({ cause, count }) => [cause, count])).toEqual([["diverged: gradient", 20]]);
      expect(logs(state)).toMatch(new RegExp(`task ${requeued}, .* restart [1-9]`));
      expect(bits("cluster")).toEqual(bits("local"));
    },
  );

  slurmTest("a cancelled array leaves its runs to the next submission, which makes no run twice", async () => {
    const overrides = ["noise.intensity=0.5", "seeds=10"];
    await submit("cancelled", ...overrides, "--chunk-size", "2", "--limit", "1");
    await completed("cancelled", 3);
    const cancelled = await study("cancel", "cancelled", ...overrides);
    expect(cancelled.stdout).toMatch(/^slurm job \d+: \d+ tasks cancelled$/m);
    await until(async () => ((await tasks()).length === 0 ? true : undefined));
    const made = completeIds("cancelled").length;
    expect(made).toBeLessThan(20);
    const state = await status("cancelled", ...overrides);
    expect(state.jobs.join("\n")).toMatch(/^slurm task \d+_\d+ \(chunk \d+\/10\): CANCELLED; \d of 2 runs open$/m);
    expect((await study("cancel", "cancelled", ...overrides)).stdout).toBe("No jobs of the study wait or run.\n");

    const before = bits("cancelled");
    const next = await submit("cancelled", ...overrides, "--chunk-size", "4");
    const numbers = [...next.stderr.matchAll(/^slurm job \d+: (\d+) tasks? of 4 runs$/gm)].map(([, count]) =>
      Number(count),
    );
    const ids = readFileSync(join(state.folder, "ids.txt"), "utf8").trim().split("\n");
    const open = ids.flatMap((id, run) => (`${id} spec.json` in before ? [] : [Math.floor(run / 4)]));
    expect(numbers.reduce((a, b) => a + b, 0)).toBe(new Set(open).size);
    await completed("cancelled", 20);
    await until(async () => ((await tasks()).length === 0 ? true : undefined));
    expect(bits("cancelled")).toMatchObject(before);
    expect((await status("cancelled", ...overrides)).jobs).toEqual([]);
  });

  slurmTest("a task that is warned of its time limit goes back into the queue and on from its checkpoint", async () => {
    const overrides = ["noise.intensity=0.5", "noise.site=inside", "seeds=1", "training.updates=12000"];
    await submit("warned", ...overrides, "--chunk-size", "1");
    const task = await runningTask();
    const work = join(shared, "warned", "work");
    await until(() => {
      const names = existsSync(work) ? readdirSync(work, { recursive: true, encoding: "utf8" }) : [];
      return names.some((name) => name.endsWith("checkpoint.safetensors")) ? true : undefined;
    });
    // What --signal=B:USR1@... sends before the limit.
    await cluster.run("scancel", "--batch", "--signal=USR1", task);
    await until(async () => ((await tasks()).includes(`${task} PENDING`) ? true : undefined));
    await completed("warned", 1);
    const [id] = completeIds("warned");
    const record = readFileSync(join(shared, "warned", "complete", id.slice(0, 2), id, "record.json"), "utf8");
    expect(JSON.parse(record).resumedFrom).toBeGreaterThan(0);
    expect(logs(await status("warned", ...overrides))).toContain(`task ${task} goes back into the queue`);
  });

  slurmTest("a refusal of sbatch is said in its words, and leaves nothing behind", async () => {
    const { code, stderr } = await submit("refused", "--chunk-size", "20", "--partition", "nowhere");
    expect(code).toBe(2);
    expect(stderr).toContain("sbatch: must take the job array, ended with code 1 and said:");
    expect(stderr).toContain("invalid partition specified: nowhere");
    const { complete, jobs } = await status("refused");
    expect({ complete, jobs }).toEqual({ complete: 0, jobs: [] });
  });

  slurmTest("options reach sbatch, and lines of shell come before the work", async () => {
    const overrides = ["noise.intensity=0.5", "noise.site=inside", "seeds=1"];
    await submit(
      ...(["options", ...overrides, "--chunk-size", "1"] as const),
      ...["--sbatch=--comment=by-me", "--before", "echo the line before", "--threads", "2"],
    );
    await completed("options", 1);
    const { folder: at } = await status("options", ...overrides);
    const [job] = readdirSync(join(at, "slurm", "logs")).map((name) => name.split("_")[0]);
    const said = await cluster.run("scontrol", "show", "job", `${job}_1`);
    expect(said).toContain("Comment=by-me");
    expect(said).toMatch(/CPUs\/Task=2/);
    expect(said).toContain("TimeLimit=00:10:00");
    expect(readFileSync(join(at, "slurm", "logs", `${job}_1.log`), "utf8")).toContain("the line before");
  });
});
