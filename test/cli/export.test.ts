/** Complete runs on their way to other programs, as a user sends them. */
import { cpSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../src/platform/node/store/open.ts";
import { command, contentBelow, inSession, temporaryFolder } from "../helpers/command-line.ts";
import { type MlflowServer, mlflowServer } from "../helpers/mlflow-server.ts";
import { makeRuns, smallSpec } from "../helpers/store-runs.ts";

const { folder, remove } = temporaryFolder();
let server: MlflowServer;
afterAll(async () => {
  remove();
  await server.close();
});

beforeAll(async () => {
  server = await mlflowServer();
  const { code, stderr } = await inSession(folder, [
    ...["train", "--task", "function-approximation", "--hidden", "4", "--noise", "inside=0.5"],
    ...["--updates", "30", "--out", "run"],
  ]);
  expect(code, stderr).toBe(0);
});

const exported = (...options: string[]) => inSession(folder, ["export", ...options]);

/** A copy of the run with one byte of its metrics turned. */
function damagedCopy(name: string): void {
  cpSync(join(folder, "run"), join(folder, name), { recursive: true });
  const file = join(folder, name, "metrics.parquet");
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(file, bytes);
}

describe("--format tensorboard", () => {
  const run = ["run", "--format", "tensorboard", "--out", "logs"];

  test("writes one folder with one event file, and nothing the second time", async () => {
    const first = await exported(...run);
    expect(first).toMatchObject({ code: 0, stderr: "", stdout: "1 run: 1 written, 0 there already, 0 damaged.\n" });
    const [name, ...others] = readdirSync(join(folder, "logs"));
    expect(others).toEqual([]);
    expect(name).toMatch(/^function-approximation-ctrnn-inside-0\.5-seed-0-[0-9a-f]{12}$/);
    expect(readdirSync(join(folder, "logs", name))).toEqual(["events.out.tfevents.noisy-rnn"]);

    const file = join(folder, "logs", name, "events.out.tfevents.noisy-rnn");
    const { mtimeMs } = statSync(file);
    const second = await exported(...run, "--json");
    expect(JSON.parse(second.stdout)).toEqual({ runs: 1, written: 0, present: 1, damaged: 0 });
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
  });

  test("a damaged run is named and ends with 1, and leaves no event file", async () => {
    damagedCopy("damaged");
    const { code, stderr, stdout } = await exported("damaged", "--format", "tensorboard", "--out", "damaged-logs");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "1 run: 0 written, 0 there already, 1 damaged.\n" });
    expect(stderr).toContain(`damaged: ${join("damaged", "metrics.parquet")}: `);
    expect(contentBelow(join(folder, "damaged-logs"))).toEqual({});
  });
});

describe("--format mlflow", () => {
  const run = () => ["run", "--format", "mlflow", "--to", server.address, "--experiment", "noise"];

  test("makes one run of the server, and nothing the second time", async () => {
    expect(await exported(...run())).toMatchObject({ code: 0, stderr: "" });
    expect(server.runs.map(({ name, status }) => ({ name, status }))).toEqual([
      { name: "function-approximation, ctrnn, inside 0.5, seed 0", status: "FINISHED" },
    ]);
    const spec = JSON.parse(readFileSync(join(folder, "run", "spec.json"), "utf8"));
    expect(server.runs[0].params.get("training.updates")).toBe(String(spec.training.updates));
    const second = await exported(...run(), "--json");
    expect(JSON.parse(second.stdout)).toEqual({ runs: 1, written: 0, present: 1, damaged: 0 });
    expect(server.runs).toHaveLength(1);
  });

  test("takes the token from the environment; without it ends with 2 and one paragraph", async () => {
    server.authorization = "Bearer sesame";
    const refused = await exported(...run());
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/^error: MLflow: .*401.*set MLFLOW_TRACKING_TOKEN.*\n$/);
    const { code, stderr } = await command(folder, ["export", ...run()], { MLFLOW_TRACKING_TOKEN: "sesame" });
    expect(code, stderr).toBe(0);
    server.authorization = undefined;
  });
});

describe("a store of three runs, one of them damaged", () => {
  test("goes to TensorBoard and MLflow but for the damaged one, which is named", async () => {
    const store = await openStore(join(folder, "study", "runs"), { mode: "write" });
    const [first] = await makeRuns(store, await Promise.all([0, 1, 2].map((seed) => smallSpec(seed))));
    truncateSync(join(store.runFolder(first), "weights.safetensors"), 10);
    const damaged = `damaged: ${join(store.runFolder(first), "weights.safetensors")}: must have the SHA-256`;

    const logs = await exported("study/runs", "--format", "tensorboard", "--out", "study-logs", "--quiet", "--json");
    expect(logs.code).toBe(1);
    expect(JSON.parse(logs.stdout)).toEqual({ runs: 3, written: 2, present: 0, damaged: 1 });
    expect(logs.stderr).toContain(damaged);
    expect(readdirSync(join(folder, "study-logs")).map((name) => name.match(/seed-\d/)?.[0])).toEqual([
      "seed-1",
      "seed-2",
    ]);

    // The folder of a study, which holds its store, stands for it.
    const runs = await exported("study", "--format", "mlflow", "--to", server.address, "--experiment", "study");
    expect({ code: runs.code, stdout: runs.stdout }).toEqual({
      code: 1,
      stdout: "3 runs: 2 written, 0 there already, 1 damaged.\n",
    });
    const { id } = server.experiments.get("study")!;
    const seeds = server.runs.filter(({ experiment }) => experiment === id).map(({ params }) => params.get("seed"));
    expect(seeds.sort()).toEqual(["1", "2"]);
  });
});

describe("a study that was begun", () => {
  const study = "task: function-approximation\nnetwork: { hiddenSize: 2 }\ntraining: { updates: 4 }\nseeds: 2\n";
  const logs = ["--format", "tensorboard", "--out", "logs-of-study", "--json", "--quiet"];
  beforeAll(async () => {
    writeFileSync(join(folder, "small.yaml"), study);
    writeFileSync(join(folder, "other.yaml"), study.replace("updates: 4", "updates: 5"));
    for (const name of ["small.yaml", "other.yaml"]) {
      const { code, stderr } = await inSession(folder, ["study", "run", name, "--store", "shared", "--quiet"]);
      expect(code, stderr).toBe(0);
    }
  });

  test("its file stands for its own two runs of the four in the store, and so does its folder there", async () => {
    const { code, stdout, stderr } = await exported("small.yaml", "--store", "shared", ...logs);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({ runs: 2, written: 2, present: 0, damaged: 0 });
    const [own] = readdirSync(join(folder, "shared", "studies")).filter((name) => name.startsWith("small-"));
    const again = await exported(join("shared", "studies", own), ...logs);
    expect(JSON.parse(again.stdout)).toEqual({ runs: 2, written: 0, present: 2, damaged: 0 });
    const all = await exported("shared", ...logs);
    expect(JSON.parse(all.stdout)).toEqual({ runs: 4, written: 2, present: 2, damaged: 0 });
  });

  test("without its store ends with 2 and says where it looked", async () => {
    const { code, stderr } = await exported("small.yaml", ...logs);
    expect(code).toBe(2);
    expect(stderr).toContain("must be a store of runs");
  });
});

describe("what breaks a rule ends with 2 and writes nothing", () => {
  const logs = ["--format", "tensorboard", "--out", "nowhere"];
  test.each([
    ["an unknown format", ["run", "--format", "tensorbord"], 'did you mean "tensorboard"?'],
    ["no format", ["run"], "'--format <name>' not specified"],
    [
      "a missing option",
      ["run", "--format", "tensorboard"],
      "--out: is needed with --format tensorboard, got none; add --out <folder>",
    ],
    [
      "an option of another format",
      ["run", ...logs, "--experiment", "noise"],
      "--experiment: belongs to --format mlflow, got it with --format tensorboard",
    ],
    [
      "a store for a folder",
      ["run", "--store", "x", ...logs],
      "--store: goes with a study file, got it with the folder",
    ],
    ["nothing there", ["missing", ...logs], "study: must be a file that can be read, got missing (ENOENT)"],
    ["a folder without runs", [".", ...logs], "export: must be given complete runs, got ., which holds none"],
  ])("%s", async (_, options, message) => {
    const { code, stdout, stderr } = await exported(...options);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });

  test("an unfinished run, with the command that finishes it", async () => {
    cpSync(join(folder, "run"), join(folder, "unfinished"), {
      recursive: true,
      filter: (path) => !path.endsWith("record.json"),
    });
    const { code, stderr } = await exported("unfinished", ...logs);
    expect(code).toBe(2);
    expect(stderr).toContain("finish it with: npx noisy-rnn train --resume unfinished");
  });
});
