/** Chunks of a study as commands for any scheduler, run as they are printed. */
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { root } from "../../scripts/tools/folders.mjs";
import { command, inSession, temporaryFolder } from "../helpers/command-line.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const place = join(folder, "it's here");
mkdirSync(place);
writeFileSync(
  join(place, "study.yaml"),
  `name: small
question: Do printed commands make it?
task: { name: function-approximation, target: sin-pi, stepCount: 10, scoredFrom: 0.8 }
network: { cell: ctrnn, hiddenSize: 5 }
training: { updates: 20 }
evaluation: { repeats: 1 }
axes: { noise.site: [inside], noise.intensity: [0.5, 1] }
seeds: 5
`,
);

const run = (...parameters: string[]) => inSession(place, ["study", "run", "study.yaml", ...parameters]);
const completeIds = (store: string): string[] => {
  const complete = join(place, store, "complete");
  return existsSync(complete) ? readdirSync(complete).flatMap((shard) => readdirSync(join(complete, shard))) : [];
};

function shell(line: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    execFile("sh", ["-c", line], { env, cwd: "/" }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}

describe("the shell executor", () => {
  test("prints nothing but one command per chunk, which make each run once; then only what is open", async () => {
    const { stdout, code } = await run("--store", "printed", "--executor", "shell", "--chunks", "3", "--threads", "1");
    const commands = stdout.trimEnd().split("\n");
    expect({ code, count: commands.length }).toEqual({ code: 0, count: 3 });
    expect(completeIds("printed")).toEqual([]);
    await Promise.all(commands.slice(0, 2).map((line) => shell(line)));
    expect(completeIds("printed")).toHaveLength(6);

    const next = await run("--store", "printed", "--executor", "shell", "--chunks", "3");
    expect(next.stdout.trimEnd().split("\n")).toEqual([commands[2]]);
    await shell(commands[2]);
    expect(completeIds("printed")).toHaveLength(10);
    expect((await run("--store", "printed", "--executor", "shell")).stdout).toBe("");
  });

  test("the page's line for xargs makes them at once, from a store with a blank and a quote in its path", async () => {
    const page = readFileSync(join(root, "docs", "slurm.md"), "utf8");
    const line = /^(.*xargs.*commands\.txt.*?|.*commands\.txt.*xargs.*?) +#/m.exec(page)?.[1] ?? "no line";
    const { stdout } = await run("--store", "by xargs", "--executor", "shell", "--chunks", "3");
    writeFileSync(join(folder, "commands.txt"), stdout);
    const said = await shell(`cd ${folder} && ${line}`);
    expect(said.split("\n").sort()).toEqual(["", ...[1, 2, 3].map((i) => `chunk ${i}/3 is done: no run failed.`)]);
    expect(completeIds("by xargs")).toHaveLength(10);
  });

  test("by default a chunk per open run; with --json the commands are in the object; --command starts them", async () => {
    const { stdout } = await run(
      "--store",
      "json",
      "--executor",
      "shell",
      "--json",
      "--command",
      "podman run x",
      "--workers",
      "2",
    );
    const { lines } = JSON.parse(stdout) as { readonly lines: readonly string[] };
    expect(lines).toHaveLength(10);
    expect(lines[3]).toMatch(/^podman run x study work '.*small-.{12}' --chunk 4\/10 --workers 2 --threads 1 --wait$/);
    const without = await run(
      "--store",
      "json",
      "--executor",
      "shell",
      "--no-wait",
      "--retry",
      "failed",
      "--chunks",
      "1",
    );
    expect(without.stdout).toMatch(/--chunk 1\/1 --workers 1 --threads 1 --retry failed$/m);
  });

  test("the indexed Job of examples/kubernetes makes the chunks of a study by its command", async () => {
    const job = parse(readFileSync(join(root, "examples", "kubernetes", "study.yaml"), "utf8"));
    expect(job).toMatchObject({ apiVersion: "batch/v1", kind: "Job", spec: { completionMode: "Indexed" } });
    const [container] = job.spec.template.spec.containers;
    const line: string = container.args[0];
    expect(container.command).toEqual(["/bin/sh", "-c"]);
    expect(line).toContain(`/${job.spec.completions}"`);

    const { stdout } = await run("--store", "pods", "--executor", "shell", "--json");
    const { folder: studyFolder } = JSON.parse(stdout) as { readonly folder: string };
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const main = join(root, "dist", "cli", "main.js");
    writeFileSync(join(bin, "noisy-rnn"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    chmodSync(join(bin, "noisy-rnn"), 0o755);
    const own = line.replace(/\S*\/studies\/\S+/, `"${studyFolder}"`);
    const pods = ["0", "7", "19"].map((index) =>
      shell(own, { PATH: `${bin}:${process.env.PATH}`, JOB_COMPLETION_INDEX: index, HOSTNAME: "pod" }),
    );
    // Chunk i of 20 holds runs floor((i - 1) / 2) .. floor(i / 2) - 1 of ten: none, the fourth, the last.
    expect((await Promise.all(pods)).map((text) => text.split(" is done")[0])).toEqual([
      "chunk 1/20",
      "chunk 8/20",
      "chunk 20/20",
    ]);
    const ids = readFileSync(join(studyFolder, "ids.txt"), "utf8").split("\n");
    expect(completeIds("pods").sort()).toEqual([ids[3], ids[9]].sort());
  });
});

describe("options of executors", () => {
  test("of another executor are refused with the way to have them", async () => {
    const { code, stderr } = await run("--store", "refused", "--limit", "3");
    expect(code).toBe(2);
    expect(stderr).toContain(
      "--limit: must be an option of the executor, got local, which has none of that name; leave it out, or say --executor slurm",
    );
    const two = await run("--store", "refused", "--command", "x");
    expect(two.stderr).toContain("or say --executor slurm or shell");
  });

  test("that are wrong are refused with their rule", async () => {
    const { code, stderr } = await run("--store", "refused", "--executor", "slurm", "--time", "soon");
    expect(code).toBe(2);
    expect(stderr).toContain('--time: must be a time of a minute at least, got "soon"; for example --time 2:00:00');
  });
});

describe("without Slurm", () => {
  const environment = { PATH: join(folder, "nothing") };

  test("the slurm executor ends with 3 and what it needs; a dry run prints scripts all the same", async () => {
    const slurm = [
      "study",
      "run",
      "study.yaml",
      "--store",
      "none",
      "--executor",
      "slurm",
      "--time",
      "10",
      "--chunk-size",
      "2",
    ];
    const { code, stderr } = await command(place, slurm, environment);
    expect(stderr).toContain("scontrol: must be on the PATH, is not; run this where jobs of the cluster are submitted");
    expect(code).toBe(3);
    const dry = await command(place, [...slurm, "--dry-run"], environment);
    expect(dry.stderr).toContain("taking MaxArraySize=1001");
    expect(dry.stdout).toContain("#SBATCH --array=1-5\n");
    expect(dry.code).toBe(0);
  });
});
