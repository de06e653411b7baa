/** The other commands, as a user runs them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { availableInstructionSets } from "../../src/platform/node/native-instructions.ts";
import { decodeNetwork } from "../../src/study/weights-file.ts";
import { nativeMissing } from "../helpers/backends.ts";
import { command, fileAppears, inSession, start, temporaryFolder } from "../helpers/command-line.ts";
import { testUnless } from "../helpers/skip.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const bytes = (...path: string[]) => readFileSync(join(folder, ...path));
const network = ["--task", "function-approximation", "--hidden", "8", "--noise", "inside=0.5"];

interface Sweep {
  readonly rows: readonly { readonly testIntensity: number; readonly loss: number; readonly accuracy: number | null }[];
}

/** Runs a command that must end well and print one JSON object. */
async function json<Value>(...parameters: string[]): Promise<Value> {
  const { code, stdout, stderr } = await inSession(folder, [...parameters, "--json"]);
  expect(code, stderr).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  return JSON.parse(stdout) as Value;
}

describe("train", () => {
  beforeAll(async () => {
    const { code, stderr } = await command(folder, ["train", ...network, "--updates", "300", "--out", "first"]);
    expect(code, stderr).toBe(0);
  });

  test("writes record, specification, metrics, weights and the training curve", () => {
    expect(readdirSync(join(folder, "first")).sort()).toEqual([
      "figures",
      "metrics.parquet",
      "record.json",
      "spec.json",
      "weights.safetensors",
    ]);
    expect(readdirSync(join(folder, "first", "figures")).sort()).toEqual(
      ["csv", "png", "svg", "vl.json"].map((ending) => `training-curves.${ending}`),
    );
  });

  test("options and a run file that say the same make the same run, with the same weights", async () => {
    writeFileSync(
      join(folder, "run.yaml"),
      "task: function-approximation\nnetwork: { hiddenSize: 8, noise: [{ site: inside, intensity: 0.5 }] }\ntraining: { updates: 300 }\n",
    );
    writeFileSync(
      join(folder, "run.json"),
      JSON.stringify({ task: { name: "function-approximation" }, network: { hiddenSize: 9 } }),
    );
    await json("train", "run.yaml", "--out", "from-yaml");
    expect(bytes("from-yaml", "weights.safetensors").equals(bytes("first", "weights.safetensors"))).toBe(true);
    await json("train", "run.json", ...network, "--set", "training.updates=300", "--out", "from-json");
    expect(bytes("from-json", "weights.safetensors").equals(bytes("first", "weights.safetensors"))).toBe(true);
  });

  const changes: [string, ...string[]][] = [
    ["task", "--task", "mnist-rows", "--task-option", "limitTest=20"],
    ["task option", "--task-option", "target=square"],
    ["cell", "--cell", "rate"],
    ["hidden", "--hidden", "9"],
    ["setting", "--setting", "alpha=0.3"],
    ["noise", "--noise", "outside=0.5"],
    ["updates", "--updates", "4"],
    ["batch", "--batch", "5"],
    ["learning rate", "--learning-rate", "0.01"],
    ["seed", "--seed", "1"],
    ["set", "--set", "training.clipNorm=null", "--set", "training.optimiser.name=sgd"],
  ];
  test("every option that sets something changes the weights", async () => {
    const weights = async (...options: string[]): Promise<string> => {
      const parameters = [
        "train",
        ...network,
        "--updates",
        "3",
        "--batch",
        "4",
        "--set",
        "evaluation.repeats=1",
        ...options,
        "--json",
      ];
      // kernels that come with the package: nothing is compiled
      const { stdout, stderr } = await inSession(folder, parameters, { NOISY_RNN_BACKEND: "wasm" });
      expect(stderr).not.toContain("error:");
      const { folder: written } = JSON.parse(stdout) as { folder: string };
      const { weights: arrays } = decodeNetwork(bytes(written, "weights.safetensors"), written);
      return JSON.stringify(Object.values(arrays).map((array) => [...array]));
    };
    const all = [await weights()];
    for (const [, ...options] of changes) all.push(await weights(...options));
    expect(new Set(all).size).toBe(changes.length + 1);
  });

  test("1 and 2 threads give the same weights, and the record says how many there were", async () => {
    const short = ["train", ...network, "--updates", "20", "--batch", "40", "--seed", "9", "--threads"];
    await json(...short, "1", "--out", "one-thread");
    await json(...short, "2", "--out", "two-threads");
    expect(bytes("two-threads", "weights.safetensors").equals(bytes("one-thread", "weights.safetensors"))).toBe(true);
    const threads = ["one-thread", "two-threads"].map(
      (out) => JSON.parse(bytes(out, "record.json").toString()).threads,
    );
    expect(threads).toEqual([1, 2]);
    const loss = (count: string) => json<Sweep>("evaluate", "one-thread", "--threads", count);
    expect((await loss("2")).rows).toEqual((await loss("1")).rows);
  });

  test("the run file of docs/command-line.md runs, shortened", async () => {
    const page = readFileSync(join(root, "docs", "command-line.md"), "utf8");
    writeFileSync(join(folder, "documented.yaml"), /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? "");
    const short = ["training.updates=2", "training.batchSize=4", "evaluation.trials=8", "training.validation.trials=8"];
    const changes = short.flatMap((change) => ["--set", change]);
    const { rows } = await json<Sweep>("train", "documented.yaml", ...changes, "--out", "documented");
    expect(rows.map(({ testIntensity }) => testIntensity)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    for (const { accuracy } of rows) expect(accuracy).toBeTypeOf("number");
  });

  test("a run that diverges ends with 1, says where and what to do, and keeps its record", async () => {
    const parameters = [
      "train",
      ...network,
      "--learning-rate",
      "1e30",
      "--set",
      "training.clipNorm=null",
      "--updates",
      "50",
      "--out",
      "diverged",
      "--quiet",
    ];
    const { code, stdout, stderr } = await command(folder, parameters);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^error: training failed after \d+ updates: the \w+ is not finite.*; .+/);
    expect(JSON.parse(bytes("diverged", "record.json").toString()).outcome.kind).toBe("diverged");
  });

  test("killed at work, it goes on from its last checkpoint and ends with the same bytes", async () => {
    const long = ["train", ...network, "--updates", "12000", "--set", "evaluation.repeats=2"];
    const started = start(folder, [...long, "--out", "killed"]);
    await fileAppears(join(folder, "killed"), "checkpoint.safetensors");
    started.process.kill("SIGKILL");
    expect((await started.ended).signal).toBe("SIGKILL");
    expect(existsSync(join(folder, "killed", "record.json"))).toBe(false);
    const resumed = await command(folder, ["train", "--resume", "killed"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(existsSync(join(folder, "killed", "checkpoint.safetensors"))).toBe(false);

    await json(...long, "--out", "whole");
    for (const file of ["weights.safetensors", "metrics.parquet", "spec.json"]) {
      expect(bytes("killed", file).equals(bytes("whole", file)), file).toBe(true);
    }
    const resumedFrom = (run: string): number | null => JSON.parse(bytes(run, "record.json").toString()).resumedFrom;
    expect(resumedFrom("killed")).toBeGreaterThan(0);
    expect(resumedFrom("whole")).toBeNull();
  });

  test("Ctrl-C saves, and the command that is named goes on", async () => {
    const started = start(folder, ["train", ...network, "--updates", "9000", "--out", "stopped"]);
    await fileAppears(join(folder, "stopped"), "spec.json");
    started.process.kill("SIGINT");
    const { code, stderr } = await started.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("noisy-rnn train --resume stopped");
    expect(existsSync(join(folder, "stopped", "checkpoint.safetensors"))).toBe(true);
    expect((await command(folder, ["train", "--resume", "stopped", "--quiet"])).code).toBe(0);
  });

  test("a signal that comes twice at once, as npm passes it on, still saves; the words promise no more than is done", async () => {
    const started = start(folder, ["train", ...network, "--updates", "9000", "--out", "echoed"]);
    await fileAppears(join(folder, "echoed"), "spec.json");
    started.process.kill("SIGINT");
    started.process.kill("SIGTERM");
    const { code, stderr } = await started.ended;
    expect(code === 130 || code === 143).toBe(true);
    expect(stderr.match(/is being saved/g)).toHaveLength(1);
    expect(existsSync(join(folder, "echoed", "checkpoint.safetensors"))).toBe(true);
    const resumed = await command(folder, ["train", "--resume", "echoed", "--quiet"]);
    expect(resumed.stdout).toMatch(/^9000 updates, \d+ of them since it was resumed, in /);
  });

  test("a run's spec.json is a run file: as it is it names the same run, with a change another", async () => {
    await json("train", "first/spec.json", "--out", "again");
    expect(bytes("again", "spec.json").equals(bytes("first", "spec.json"))).toBe(true);
    expect(bytes("again", "weights.safetensors").equals(bytes("first", "weights.safetensors"))).toBe(true);
    await json("train", "first/spec.json", "--updates", "3", "--out", "shorter");
    const { training, ...rest } = JSON.parse(bytes("shorter", "spec.json").toString());
    const { training: before, ...others } = JSON.parse(bytes("first", "spec.json").toString());
    expect(rest).toEqual(others);
    expect(training).toEqual({ ...before, updates: 3 });
  });

  test("no update at all: nothing is said about a training loss", async () => {
    const { stdout } = await inSession(folder, ["train", ...network, "--updates", "0", "--out", "none"]);
    expect(stdout).toMatch(/^0 updates in .*; \d+ parameters\n/);
  });

  test("--set wins over the option for the same key, as the help says", async () => {
    const parameters = ["train", ...network, "--updates", "1", "--learning-rate", "0.02"];
    await json(...(parameters as [string]), "--set", "training.learningRate=0.01", "--out", "precedence");
    expect(JSON.parse(bytes("precedence", "spec.json").toString()).training.learningRate).toBe(0.01);
    expect((await inSession(folder, ["train", "--help"])).stdout).toMatch(/wins\s+over the other options/);
  });

  test("a finished run is not made again", async () => {
    const before = bytes("first", "record.json").toString();
    await json("train", "--resume", "first");
    expect(bytes("first", "record.json").toString()).toBe(before);
  });
});

describe("evaluate", () => {
  test("gives what the run itself measured, from its folder or its weights alone", async () => {
    const run = await json<Sweep>("train", "--resume", "first");
    expect((await json<Sweep>("evaluate", "first")).rows).toEqual(run.rows);
    expect((await json<Sweep>("evaluate", "first/weights.safetensors")).rows).toEqual(run.rows);
  });

  test.each([
    ["--intensity", "0,0.3"],
    ["--repeats", "2"],
    ["--trials", "7"],
    ["--seed", "5"],
    ["--split", "validation"],
    ["--task-option", "target=square"],
    ["--site", "outside"],
  ])("%s %s changes the result", async (...option) => {
    expect((await json<Sweep>("evaluate", "first", ...option)).rows).not.toEqual(
      (await json<Sweep>("evaluate", "first")).rows,
    );
  });

  test("a site that the network was trained without may be swept; other noise stays as trained", async () => {
    const at = async (...options: string[]) => (await json<Sweep>("evaluate", "first", ...options)).rows[0].loss;
    expect(await at("--site", "outside", "--intensity", "0")).toBe(await at("--site", "inside", "--intensity", "0.5"));
  });

  test("prints a table with the trained intensity marked", async () => {
    const { stdout } = await inSession(folder, ["evaluate", "first", "--intensity", "0,0.5"]);
    expect(stdout).toMatch(
      /noise inside +loss +bias\^2 +variance\n-+\n +0 .+\n +\* 0\.5 .+\n\* intensity of training\n/,
    );
  });
});

describe("list", () => {
  test.each(["studies", "cells", "tasks", "noise", "study-analyses", "figures", "formats"])(
    "list %s: each member once, with a summary, as table and as JSON",
    async (family) => {
      const { [family]: rows } = await json<Record<string, { name: string; kind?: string; summary: string }[]>>(
        "list",
        family,
      );
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map(({ name, kind }) => `${kind} ${name}`)).size).toBe(rows.length);
      const { stdout } = await inSession(folder, ["list", family]);
      const [table, elsewhere = ""] = stdout.trimEnd().split("\n\n");
      expect(elsewhere).toContain(family === "study-analyses" ? "noisy-rnn list analyses" : "");
      const lines = table.split("\n").slice(2);
      expect(lines).toHaveLength(rows.length);
      for (const [i, { name, summary }] of rows.entries()) {
        expect(lines[i]).toContain(name);
        expect(lines[i].endsWith(summary)).toBe(true);
        expect(summary.length).toBeGreaterThan(10);
      }
    },
  );
});

describe("cite", () => {
  test("one run: plain text with what each is cited for, BibTeX with whole entries, JSON with both", async () => {
    const plain = await inSession(folder, ["cite", "first"]);
    expect(plain.stdout).toContain("Paradoxical noise preference in RNNs");
    expect(plain.stdout).toContain("  for cell ctrnn, noise site inside, task function-approximation");
    const bibtex = await inSession(folder, ["cite", "first/weights.safetensors", "--bibtex"]);
    expect(bibtex.stdout.match(/^@\w+\{\w+,$/gm)).toEqual([
      "@article{eckstein2026,",
      "@article{yang2019,",
      "@inproceedings{kingma2015,",
    ]);
    const { references } = await json<{ references: { key: string; bibtex: string }[] }>("cite", "first");
    expect(references.map(({ bibtex: entry }) => entry).join("\n\n")).toBe(bibtex.stdout.trimEnd());
  });

  test("parts by their names, joined with a run, each reference once", async () => {
    const parameters = [
      "cite",
      "first",
      "--cell",
      "lipschitz",
      "--cell",
      "gru",
      "--noise",
      "state",
      "--task",
      "mnist-rows",
      "--analysis",
      "preference",
    ];
    const { references } = await json<{ references: { key: string; uses: string[] }[] }>(...(parameters as [string]));
    const keys = references.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(
      expect.arrayContaining(["eckstein2026", "erichson2021", "lim2021", "cho2014", "lecun1998", "hesterberg2015"]),
    );
    expect(references.find(({ key }) => key === "eckstein2026")?.uses).toEqual(
      expect.arrayContaining(["cell ctrnn", "analysis preference"]),
    );
  });
});

describe("doctor", () => {
  interface NativeFound {
    readonly instructionSet: string | null;
    readonly availableInstructionSets: readonly string[];
    readonly compiler: { readonly command: string; readonly version: string | null };
    readonly missing: string | null;
  }

  test("names every back end, the one that is used, the variants, the compilers, caches and every file of every data set", async () => {
    const found = await json<{
      backends: { name: string; missing: string | null }[];
      chosenBackend: { name: string };
      native: NativeFound;
      webAssembly: string;
      compiler: { version: string };
      caches: { files: number; bytes: number }[];
      datasets: { dataset: string }[];
    }>("doctor");
    expect(found.backends.map(({ name }) => name)).toEqual(["native", "wasm", "vector", "reference"]);
    expect(found.backends[0].missing).toBe(found.native.missing);
    expect(found.chosenBackend.name).toBe(found.native.missing === null ? "native" : "wasm");
    if (found.native.missing === null)
      expect(found.native.availableInstructionSets).toContain(found.native.instructionSet);
    expect(["simd128", "relaxed-simd"]).toContain(found.webAssembly);
    expect(found.compiler.version).toMatch(/^\d+\.\d+/);
    expect(found.caches).toHaveLength(3);
    expect(found.datasets.map(({ dataset }) => dataset)).toEqual([
      ...Array(4).fill("mnist"),
      ...Array(2).fill("ecg5000"),
    ]);
  });

  test("a missing compiler is a finding with what to do, for people and programs", async () => {
    const environment = { CC: "no-such-compiler" };
    const missing =
      "the C compiler that CC names does not work (no-such-compiler --version fails); mend CC, or unset it to use cc";
    const { stdout } = await command(folder, ["doctor"], environment);
    expect(stdout).toContain(`C compiler no-such-compiler: none\nnative kernels: none, because ${missing}\n`);
    expect(stdout).toMatch(/^wasm +used/m);
    const found = JSON.parse((await inSession(folder, ["doctor", "--json"], environment)).stdout) as {
      native: NativeFound;
    };
    expect(found.native).toMatchObject({
      instructionSet: null,
      compiler: { command: "no-such-compiler", version: null },
      missing,
    });
  });

  testUnless(nativeMissing)("says what native kernels are made for, with which compiler", async () => {
    const [set] = availableInstructionSets();
    const { stdout } = await command(folder, ["doctor"], { NOISY_RNN_ISA: set });
    expect(stdout).toMatch(/^C compiler .+: .*\d+\.\d+/m);
    expect(stdout).toMatch(new RegExp(`^native kernels: made for ${set}(;|$)`, "m"));
    const wrong = await command(folder, ["doctor"], { NOISY_RNN_ISA: "avx1024" });
    expect(wrong.code).toBe(0);
    expect(wrong.stdout).toMatch(/^native kernels: none, because NOISY_RNN_ISA: no instruction set .* "avx1024"/m);
  });

  test("wrong variables are findings, not failures", async () => {
    const environment = { NOISY_RNN_BACKEND: "cuda", NOISY_RNN_DATA: join(folder, "nowhere") };
    const { code, stdout } = await command(folder, ["doctor"], environment);
    expect(code).toBe(0);
    expect(stdout).toContain('no back end is named "cuda"');
    expect(stdout).toContain("NOISY_RNN_DATA must name a folder that exists");
    expect(stdout.match(/^(?:mnist|ecg5000) .* problem +nowhere/gm)).toHaveLength(6);
  });

  test("says where local data come from, and what is wrong with them as far as their size tells", async () => {
    const data = join(folder, "data", "ecg5000");
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, "ECG5000_TEST.tsv"), "1\t2\n");
    const { stdout } = await command(folder, ["doctor"], { NOISY_RNN_DATA: join(folder, "data") });
    expect(stdout).toMatch(/^ecg5000 +ECG5000_TEST +problem +folder +/m);
    expect(stdout).toMatch(/^problem: .*ECG5000_TEST\.tsv: expected 7083836 bytes, found 4$/m);
    expect(stdout).toContain(`NOISY_RNN_DATA (${join(folder, "data")}), cache (`);
  });

  test("a compressed file that was cut short is a problem, though nothing is decompressed", async () => {
    const data = join(folder, "cut", "ecg5000");
    mkdirSync(data, { recursive: true });
    const whole = gzipSync(Buffer.alloc(786_687, "1\t0.5\n"));
    const file = join(data, "ECG5000_TRAIN.tsv.gz");
    const problem = /^problem: .*ECG5000_TRAIN\.tsv\.gz: the compressed file is damaged or cut short/m;
    writeFileSync(file, whole);
    expect((await command(folder, ["doctor"], { NOISY_RNN_DATA: join(folder, "cut") })).stdout).not.toMatch(problem);
    writeFileSync(file, whole.subarray(0, whole.length >> 1));
    expect((await command(folder, ["doctor"], { NOISY_RNN_DATA: join(folder, "cut") })).stdout).toMatch(problem);
  });

  test("caches below a file are problems, each with what it costs", async () => {
    writeFileSync(join(folder, "no-folder"), "");
    const { code, stdout } = await command(folder, ["doctor"], { NOISY_RNN_CACHE: join(folder, "no-folder", "cache") });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^problem: the cache .*kernels cannot be made: .*no-folder is a file; mend NOISY_RNN_CACHE: .* compiles its kernels anew$/m,
    );
    expect(stdout).toMatch(/^problem: the cache .*data cannot be made: .*no-folder is a file; .* downloaded$/m);
  });

  test("a kernel cache alone may be the problem", async () => {
    mkdirSync(join(folder, "cache", "data"), { recursive: true });
    writeFileSync(join(folder, "cache", "kernels"), "");
    const { stdout } = await command(folder, ["doctor"], { NOISY_RNN_CACHE: join(folder, "cache") });
    expect(stdout.match(/^problem: the cache .*/gm)).toEqual([
      expect.stringMatching(/kernels cannot be made: .* is a file/),
    ]);
  });

  testUnless(nativeMissing)(
    "kernels are compiled with the package's headers, whatever lies in the folder",
    async () => {
      const hostile = join(folder, "hostile");
      mkdirSync(hostile);
      for (const name of readdirSync(join(root, "kernels"))) writeFileSync(join(hostile, name), "#error not ours\n");
      // nothing is kept there yet, and the path is relative to the current folder
      const environment = { NOISY_RNN_CACHE: "kept" };
      const found = JSON.parse((await command(hostile, ["doctor", "--json"], environment)).stdout) as {
        native: NativeFound;
      };
      expect(found.native.missing).toBe(null);
      expect(readdirSync(join(hostile, "kept", "kernels"))).toHaveLength(1);
    },
  );
});

describe("help", () => {
  test.each([["reproduce"], ["train"], ["evaluate"], ["list"], ["cite"], ["doctor"]])(
    "%s --help has examples, and every long option in them exists",
    async (name) => {
      const { code, stdout, stderr } = await inSession(folder, [name, "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const [usage, examples] = stdout.split("Examples:");
      const used = [...examples.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option);
      for (const option of used) expect(usage).toContain(`${option} `);
      expect(examples.match(/^ {2}noisy-rnn /gm)?.length).toBeGreaterThan(0);
    },
  );

  test("the overview names every command, the variables and the exit codes; nothing at all prints it too", async () => {
    const overview = await command(folder, ["--help"]);
    for (const word of ["reproduce", "train", "evaluate", "list", "cite", "doctor", "NOISY_RNN_DATA", "Exit codes"]) {
      expect(overview.stdout).toContain(word);
    }
    const nothing = await command(folder, []);
    expect(nothing.code).toBe(2);
    expect(nothing.stderr + nothing.stdout).toContain("Commands:");
  });
});
