/** `study run` and its companions, end to end: studies of a few seconds in stores of their own. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeSealedJson } from "../../src/io/sealed-json.ts";
import { decodeFrozenStudy } from "../../src/platform/node/frozen-study.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { decodeRecord, encodeRecord } from "../../src/study/record.ts";
import { command, contentBelow, fileAppears, inSession, start, temporaryFolder } from "../helpers/command-line.ts";

const { folder: root, remove } = temporaryFolder();
afterAll(remove);

/** Kernels that come with the package: nothing is compiled. */
const environment = { NOISY_RNN_BACKEND: "wasm" };

/** Two intensities with as many seeds. */
const file = `
question: Does it run?
task: { name: function-approximation, stepCount: 6 }
network: { hiddenSize: 4, noise: [{ site: inside, intensity: 0.5 }] }
training: { updates: 20, batchSize: 8 }
evaluation: { trials: 5, repeats: 2, intensities: [0, 0.5] }
axes:
  noise.intensity: [0.1, 0.5]
seeds: 4
`;

/** A folder with `study.yaml` in it. */
function place(name: string, text = file): string {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "study.yaml"), text);
  return folder;
}

const noisy = (folder: string, ...parameters: readonly string[]) =>
  inSession(folder, ["study", ...parameters], environment);
const run = async (folder: string, ...parameters: readonly string[]) => {
  const ended = await noisy(folder, "run", "study.yaml", "--json", ...parameters);
  expect(ended.stderr).not.toContain("error:");
  return { ...ended, result: JSON.parse(ended.stdout) };
};
const status = async (folder: string, ...parameters: readonly string[]) =>
  JSON.parse((await noisy(folder, "status", "study.yaml", "--json", ...parameters)).stdout);

/** The numbers of all complete runs, by path. */
function numbers(folder: string): Record<string, string> {
  const content = contentBelow(join(folder, "runs", "complete"));
  return Object.fromEntries(Object.entries(content).filter(([name]) => /metrics|weights/.test(name)));
}

/** Ids of the runs of the only study of a store, in the order of the plan. */
function idsIn(folder: string): string[] {
  const studies = join(folder, "runs", "studies");
  const [study] = readdirSync(studies);
  return readFileSync(join(studies, study, "ids.txt"), "utf8")
    .trim()
    .split("\n");
}

const diverging = ["training.clipNorm=null", "training.learningRate=choice(0.003,1e30)"];

describe("the same bits", () => {
  test("with 1 worker, with 2, alone in their stacks, and in 3 chunks by `study work`", async () => {
    const one = place("one");
    const { result, code } = await run(one, "--workers", "1");
    expect({ code, made: result.made, complete: result.complete, failed: result.failed }).toEqual({
      code: 0,
      made: 8,
      complete: 8,
      failed: 0,
    });
    const expected = numbers(one);
    expect(Object.keys(expected)).toHaveLength(16);

    const two = place("two");
    await run(two, "--workers", "2");
    expect(numbers(two)).toEqual(expected);

    // With more workers than runs every run is a stack of its own.
    const alone = place("alone");
    await run(alone, "--workers", "8");
    expect(numbers(alone)).toEqual(expected);

    const chunks = place("chunks");
    await run(chunks);
    rmSync(join(chunks, "runs", "complete"), { recursive: true });
    const [study] = readdirSync(join(chunks, "runs", "studies"));
    for (const chunk of ["1/3", "2/3", "3/3"]) {
      const ended = await noisy(chunks, "work", join("runs", "studies", study), "--chunk", chunk, "--label", "test");
      expect(ended).toMatchObject({ code: 0, stdout: `chunk ${chunk} is done: no run failed.\n` });
    }
    expect(numbers(chunks)).toEqual(expected);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGUSR1", 138],
  ] as const)(
    "%s writes checkpoints, gives claims back, ends with %i and says how to go on; what goes on ends with the same bits",
    async (signal, code) => {
      const folder = place(signal);
      const long = ["training.updates=3000", "seeds=2", "--workers", "1"];
      const started = start(folder, ["study", "run", "study.yaml", ...long], environment);
      await fileAppears(join(folder, "runs"), "owner.json");
      await new Promise((resolve) => setTimeout(resolve, 500));
      started.process.kill(signal);
      const ended = await started.ended;
      expect(ended.code).toBe(process.platform === "linux" ? code : ended.code);
      expect(ended.stderr).toContain("Go on with:\n  npx noisy-rnn study run study.yaml");
      expect(ended.stderr).not.toContain("Debugger");
      const { underWay, abandoned, open, begun } = await status(folder, ...long.slice(0, 2));
      expect({ underWay, abandoned, open, begun }).toEqual({ underWay: 0, abandoned: 0, open: 4, begun: 4 });
      const { stdout } = await noisy(folder, "status", "study.yaml", ...long.slice(0, 2));
      expect(stdout).toContain("4 open, 4 of them begun\n");
      const files = Object.keys(contentBelow(join(folder, "runs", "work")));
      expect(files.filter((name) => name.endsWith("checkpoint.safetensors"))).toHaveLength(4);

      if (signal !== "SIGUSR1") return;
      await run(folder, ...long);
      const whole = place("whole");
      await run(whole, ...long);
      expect(numbers(folder)).toEqual(numbers(whole));
    },
  );
});

describe("one store, many processes", () => {
  test("two executors at once make each of 24 runs once", async () => {
    const folder = place("both");
    const line = ["study", "run", "study.yaml", "--json", "seeds=12", "--workers", "1"];
    const ends = await Promise.all([command(folder, line, environment), command(folder, line, environment)]);
    const results = ends.map(
      ({ stdout }) => JSON.parse(stdout) as { readonly complete: number; readonly made: number },
    );
    expect(ends.map(({ code }, i) => [code, results[i].complete])).toEqual([
      [0, 24],
      [0, 24],
    ]);
    expect(results[0].made + results[1].made).toBe(24);
    const journals = Object.values(contentBelow(join(folder, "runs", "journal")));
    expect(journals.flatMap((text) => text.trim().split("\n")).filter((line) => line !== "")).toHaveLength(24);
    expect(existsSync(join(folder, "runs", "quarantine"))).toBe(false);
  });

  test("a run that another process has is waited for, with its name, or left with --no-wait; status says who has it", async () => {
    const folder = place("busy");
    await run(folder, "--workers", "1");
    const [id] = idsIn(folder);
    rmSync(join(folder, "runs", "complete", id.slice(0, 2), id), { recursive: true });
    const store = await openStore(join(folder, "runs"), { mode: "write" });
    const member = await store.join("a test");
    expect((await member.claim(id)).kind).toBe("claimed");

    const left = await run(folder, "--no-wait");
    expect({ code: left.code, made: left.result.made, complete: left.result.complete }).toEqual({
      code: 0,
      made: 0,
      complete: 7,
    });
    expect(left.stderr).toContain("Others are making 1 of the runs: without --no-wait this command waits for them.");
    expect(left.stderr).not.toContain("See them with");
    const cancelled = await noisy(folder, "cancel", "study.yaml");
    expect(cancelled.stdout).toContain(
      `No jobs of the study wait or run.\nProcesses that are no jobs make runs of it; Ctrl-C where they run, or SIGTERM, stops them:\n  1 by ${member.info.host}, process ${process.pid} (a test)\n`,
    );
    const state = await status(folder);
    expect(state).toMatchObject({ complete: 7, underWay: 1, open: 0, begun: 0 });
    expect(state.workers).toEqual([{ host: member.info.host, pid: process.pid, label: "a test", runs: 1 }]);

    const watching = start(folder, ["study", "watch", "study.yaml"], environment);
    await new Promise((resolve) => watching.process.stdout?.once("data", resolve));
    watching.process.kill("SIGINT");
    expect((await watching.ended).stdout).toContain(", pace not known before a run ends\n");

    const waiting = start(folder, ["study", "run", "study.yaml"], environment);
    const said = new Promise<void>((resolve) =>
      waiting.process.stderr?.on("data", (text: string) => text.includes("Waiting for a run") && resolve()),
    );
    await said;
    await member.leave();
    const ended = await waiting.ended;
    expect(ended.stderr).toContain(
      `Waiting for a run that is being made by ${member.info.host} (process ${process.pid}).`,
    );
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain("8 of 8 runs complete");
  });

  test("runs that two studies share are made once", async () => {
    const folder = place("shared");
    await run(folder);
    writeFileSync(join(folder, "wider.yaml"), file.replace("[0.1, 0.5]", "[0.1, 0.5, 1]"));
    const { stdout } = await noisy(folder, "run", "wider.yaml", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ runs: 12, complete: 12, made: 4 });
    expect(readdirSync(join(folder, "runs", "studies"))).toHaveLength(2);
  });
});

describe("runs that fail", () => {
  test("are results: the others go on, status counts them by cause, --retry failed makes them once more", async () => {
    const folder = place("failing");
    const { code, stderr, result } = await run(folder, ...diverging, "seeds=2");
    expect(code).toBe(1);
    expect(stderr).toContain("failed: trainIntensity 0.1, learningRate 1e+30, seed 0: diverged");
    expect(result).toMatchObject({ runs: 8, complete: 8, failed: 4, made: 8 });
    const { failures } = await status(folder, ...diverging, "seeds=2");
    expect(failures.map(({ count }: { count: number }) => count).reduce((a: number, b: number) => a + b)).toBe(4);
    expect(failures[0].cause).toMatch(/^diverged: /);
    const labels = failures.flatMap(({ examples }: { examples: string[] }) => examples);
    expect(labels).toContain("trainIntensity 0.1, learningRate 1e+30, seed 1");
    for (const label of labels) expect(label).toMatch(/^trainIntensity 0\.[15], learningRate 1e\+30, seed [01]$/);

    expect((await run(folder, ...diverging, "seeds=2")).result.made).toBe(0);
    const again = await run(folder, ...diverging, "seeds=2", "--retry", "failed");
    expect(again.result).toMatchObject({ complete: 8, failed: 4, made: 4, again: 4 });
    expect(again.stderr).toContain("8 complete (4 of them failed), 4 to make, 4 of them again;");
    expect(again.stderr).toMatch(/^4 made again in .*, 4 were complete before; results in/m);
    const old = readdirSync(join(folder, "runs", "quarantine"));
    expect(old).toHaveLength(4);
    expect(readFileSync(join(folder, "runs", "quarantine", old[0], "reason.txt"), "utf8")).toMatch(
      /^--retry failed: diverged/,
    );
  });

  test("a run that other software made is used and said so; --retry outdated makes it again", async () => {
    const folder = place("outdated");
    await run(folder);
    const [id] = idsIn(folder);
    const recordFile = join(folder, "runs", "complete", id.slice(0, 2), id, "record.json");
    const record = decodeRecord(readFileSync(recordFile), recordFile);
    const software = { ...record.software, fingerprint: "0".repeat(16) };
    writeFileSync(recordFile, encodeRecord({ ...record, software }));
    rmSync(join(folder, "runs", "journal"), { recursive: true });

    const used = await run(folder);
    expect(used.stderr).toContain("8 complete (1 made by other software), 0 to make");
    expect(used.result).toMatchObject({ made: 0, outdated: 1 });
    expect((await run(folder, "--retry", "outdated")).result).toMatchObject({ made: 1, outdated: 0 });
  });

  test("a damaged run is named, quarantined and made again, with the same bits; --no-verify does not look", async () => {
    const folder = place("damaged");
    await run(folder);
    const whole = numbers(folder);
    const [name] = Object.keys(whole).filter((one) => one.endsWith("metrics.parquet"));
    const path = join(folder, "runs", "complete", name);
    const bytes = readFileSync(path);
    bytes[100] ^= 1;
    writeFileSync(path, bytes);
    expect((await run(folder, "--no-verify")).result.made).toBe(0);
    const { result, stderr } = await run(folder);
    expect(result).toMatchObject({ made: 1, complete: 8 });
    expect(stderr).toContain(`damaged: ${path}`);
    expect(numbers(folder)).toEqual(whole);
  });
});

describe("files of one's own", () => {
  const rows = Array.from({ length: 40 }, (_, trial) =>
    Array.from({ length: 4 }, (_, time) => `${trial},${time},${(trial % 3) + time},${trial % 3}`),
  );
  const csv = `trial,time,input,target\n${rows.flat().join("\n")}\n`;

  test("are read from the folder of the study file, whoever plans or makes the runs, and wherever", async () => {
    const folder = place("own", file.replace(/task: .*/, "task: { name: table, path: data/own.csv }"));
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data", "own.csv"), csv);
    const elsewhere = join(root, "elsewhere");
    mkdirSync(elsewhere);
    const study = join("..", "own", "study.yaml");
    const explained = JSON.parse((await noisy(elsewhere, "explain", study, "--json")).stdout);
    const inside = JSON.parse((await noisy(folder, "explain", "study.yaml", "--json")).stdout);
    expect(explained.runs).toBe(8);
    expect(explained.firstRun).toEqual(inside.firstRun);
    expect(explained.firstRun.spec.task.options.path).toBe("data/own.csv");

    const made = await noisy(elsewhere, "run", study, "seeds=1", "--json");
    expect(JSON.parse(made.stdout)).toMatchObject({ complete: 2, failed: 0 });
    const printed = await noisy(elsewhere, "run", study, "--executor", "shell", "--json");
    const { folder: frozen } = JSON.parse(printed.stdout);
    const worked = await noisy("/", "work", frozen);
    expect(worked).toMatchObject({ code: 0, stdout: "chunk 1/1 is done: no run failed.\n" });
    expect((await status(folder)).complete).toBe(8);
    expect(await noisy("/", "plan", frozen)).toMatchObject({ code: 0 });

    rmSync(join(folder, "data"), { recursive: true });
    const { code, stderr } = await noisy(elsewhere, "run", study);
    expect(code).toBe(2);
    expect(stderr).toContain(`${join(folder, "data", "own.csv")}: must be a file that exists`);
  });
});

describe("around a study", () => {
  test("a dry run says what would be made, and makes neither runs nor a study", async () => {
    const folder = place("dry");
    const { code, stderr } = await noisy(folder, "run", "study.yaml", "--dry-run", "--workers", "2");
    expect(code).toBe(0);
    expect(stderr).toMatch(/Would make 8 runs in 2 stacks on 2 workers, up to \d+ MiB\./);
    expect(existsSync(join(folder, "runs", "studies"))).toBe(false);
    expect(existsSync(join(folder, "runs", "complete"))).toBe(false);
  });

  test("status and watch take the file with its changes, or the study's folder, and tell what is unknown", async () => {
    const folder = place("states");
    const unknown = await noisy(folder, "status", "study.yaml");
    expect(unknown.code).toBe(2);
    await run(folder);
    const [study] = readdirSync(join(folder, "runs", "studies"));
    const byFolder = await noisy(folder, "status", join("runs", "studies", study));
    expect(byFolder).toMatchObject({ code: 0, stdout: "study\n8 of 8 runs complete (100 %)\n" });
    expect((await noisy(folder, "status", "study.yaml")).stdout).toBe(byFolder.stdout);
    const ofStore = await noisy(folder, "status", "runs");
    expect(ofStore.code).toBe(2);
    expect(ofStore.stderr).toContain(`got a store; name one of its studies: ${join("runs", "studies", study)}`);
    const other = await noisy(folder, "status", "study.yaml", "seeds=5");
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("begin it with noisy-rnn study run");
    const watched = await noisy(folder, "watch", "study.yaml");
    expect(watched).toMatchObject({ code: 0, stderr: "" });
    expect(watched.stdout).toBe("8 of 8 runs complete, 0 under way\n8 of 8 runs complete (100 %)\n");
  });

  test("watch ends by itself when the last run is complete, and with 1 when some failed", async () => {
    const folder = place("watched");
    const making = start(folder, ["study", "run", "study.yaml", ...diverging, "seeds=2"], environment);
    await fileAppears(join(folder, "runs"), "study.json");
    const watched = await noisy(folder, "watch", "study.yaml", ...diverging, "seeds=2");
    expect((await making.ended).code).toBe(1);
    expect(watched.code).toBe(1);
    expect(watched.stdout).toMatch(
      /8 of 8 runs complete, 4 failed, 0 under way\n8 of 8 runs complete \(100 %\)\n4 of them failed:\n {2}\d diverged/,
    );
  });

  test("work refuses a study that other software began", async () => {
    const folder = place("begun");
    await run(folder);
    const [study] = readdirSync(join(folder, "runs", "studies"));
    const studyFile = join(folder, "runs", "studies", study, "study.json");
    const frozen = await decodeFrozenStudy(join(folder, "runs", "studies", study));
    const { fingerprint } = frozen.software;
    const software = { ...frozen.software, fingerprint: "f".repeat(16) };
    writeFileSync(studyFile, encodeSealedJson({ ...frozen, software }));
    const { code, stderr } = await noisy(folder, "work", join("runs", "studies", study));
    expect(code).toBe(2);
    expect(stderr).toContain(`must be the software that began the study`);
    expect(stderr).toContain(`(${fingerprint})`);
  });
});
