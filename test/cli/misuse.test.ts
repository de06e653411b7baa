/** What a user does wrong, and what it costs: a clear paragraph, the right exit code, and nothing that was there. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, contentBelow, type Environment, inSession, temporaryFolder } from "../helpers/command-line.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

beforeAll(() => {
  mkdirSync(join(folder, "kept"));
  writeFileSync(join(folder, "kept", "notes.txt"), "years of work");
  mkdirSync(join(folder, "begun"));
  writeFileSync(join(folder, "begun", "spec.json"), "{}");
  mkdirSync(join(folder, "study", "runs"), { recursive: true });
});

/**
 * One case: what is typed, what it ends with, what it says. Standard output stays empty and no stack is shown. A case
 * with variables of its own is a process of its own.
 */
async function refused(
  parameters: readonly string[],
  code: number,
  parts: readonly string[],
  environment?: Environment,
): Promise<void> {
  const before = contentBelow(folder);
  const ended = await (environment === undefined
    ? inSession(folder, parameters)
    : command(folder, parameters, environment));
  expect({ code: ended.code, stdout: ended.stdout }, ended.stderr).toEqual({ code, stdout: "" });
  for (const part of parts) expect(ended.stderr).toContain(part);
  expect(ended.stderr).toMatch(/^(?:.*\n)?error: /);
  expect(ended.stderr).not.toMatch(/^\s+at .+\d+:\d+\)?$/m);
  expect(contentBelow(folder)).toEqual(before);
}

describe("a command line that breaks a rule ends with 2 and changes nothing", () => {
  test.each([
    [
      "an unknown command",
      ["reproduse", "noise-preference"],
      ["unknown command 'reproduse'", "Did you mean reproduce?"],
    ],
    ["an unknown option", ["train", "--cel", "gru"], ["unknown option '--cel'", "Did you mean --cell?"]],
    [
      "an unknown study",
      ["reproduce", "noise-prefrence"],
      ['no study is named "noise-prefrence"', 'did you mean "noise-preference"?'],
    ],
    [
      "an unknown task",
      ["train", "--task", "mnist-row"],
      ['task: no task is named "mnist-row"', 'did you mean "mnist-rows"?'],
    ],
    ["an unknown family", ["reproduce", "noise-preference", "--only", "ecg500"], ['did you mean "ecg5000"?']],
    [
      "an unknown cell",
      ["train", "--task", "function-approximation", "--cell", "ctrn"],
      ["network.cell: ", 'did you mean "ctrnn"?'],
    ],
    [
      "an unknown site",
      ["train", "--task", "function-approximation", "--noise", "insid=0.5"],
      ["network.noise[0].site: ", 'did you mean "inside"?'],
    ],
    [
      "an unknown setting",
      ["train", "--task", "function-approximation", "--setting", "alhpa=0.1"],
      ["network.settings.alhpa: ", 'did you mean "alpha"?'],
    ],
    ["an unknown family", ["list", "cels"], ['no family is named "cels"', 'did you mean "cells"?']],
    ["an unknown name to cite", ["cite", "--cell", "elmann"], ['no cell is named "elmann"', 'did you mean "elman"?']],
    ["nothing to cite", ["cite"], ["must be told what to cite"]],
    [
      "a negative intensity in training",
      ["train", "--task", "function-approximation", "--noise", "inside=-0.5"],
      ["network.noise[0].intensity: must be a number >= 0, got -0.5"],
    ],
    [
      "a negative intensity at test",
      ["evaluate", "x", "--intensity", "0,-1"],
      ["Intensities are numbers >= 0", 'got "-1"'],
    ],
    [
      "no seeds",
      ["reproduce", "noise-preference", "--seeds", "0"],
      ["--seeds", 'It must be a whole number in 1..1000, got "0"'],
    ],
    ["seeds that are no number", ["reproduce", "noise-preference", "--seeds", "five"], ['got "five"']],
    ["half a seed", ["reproduce", "noise-preference", "--seeds", "2.5"], ['got "2.5"']],
    ["two plans at once", ["reproduce", "noise-preference", "--quick", "--full"], ["cannot be used with option"]],
    ["an assignment without a value", ["train", "--setting", "alpha"], ["It must read name=value"]],
    [
      "an unknown back end",
      ["train", "--task", "function-approximation"],
      ['no back end is named "wsam"', 'did you mean "wasm"?'],
      { NOISY_RNN_BACKEND: "wsam" },
    ],
    [
      "an instruction set that no processor has",
      ["train", "--task", "function-approximation"],
      ['NOISY_RNN_ISA: no instruction set of this processor is named "avx1024"', "known: "],
      { NOISY_RNN_ISA: "avx1024" },
    ],
    ["a run file that is not there", ["train", "none.yaml"], ["must be a file that can be read, got none.yaml"]],
    ["a run or study to cite that is not there", ["cite", "none"], ["error: cite: must be a file that can be read"]],
    [
      "a folder to cite without either",
      ["cite", "kept"],
      ["error: cite: must be given the folder of a run or a study"],
    ],
    [
      "an unfinished run",
      ["evaluate", "begun"],
      ["which is unfinished; finish it with: npx noisy-rnn train --resume begun"],
    ],
    [
      "a study's folder as a network",
      ["evaluate", "study"],
      ["got study, the folder of a study; name one of its networks"],
    ],
    [
      "an unknown option of a task",
      ["train", "--task", "table", "--task-option", "pth=x"],
      ["\n  task table: no option is named"],
    ],
    ...[
      ["report", "kept"],
      ["report", "kept", "--out", "elsewhere"],
      ["query", "select 1", "--study", "kept"],
      ["study", "run", "kept"],
    ].map(
      (parameters) =>
        [
          `${parameters[0]} of a folder that is no study`,
          parameters,
          ["error: kept: must be a study file or the folder of a study in a store, got a folder without study.json"],
        ] as const,
    ),
    ["a network that is not there", ["evaluate", "none"], ["must be a file that can be read, got none"]],
    [
      "a change to a resumed run",
      ["train", "--resume", "kept", "--hidden", "3"],
      ["goes on with a run as it was begun, got --hidden"],
    ],
  ] as const)("%s", async (_, parameters, parts, environment?: Environment) => {
    await refused(parameters, 2, parts, environment);
  });
});

describe("a wrong run file ends with 2 and reports every issue at once", () => {
  test("eight issues in one file, each with its path, its value and a remedy", async () => {
    const text = [
      "task: function-aproximation",
      "network: { hiddenSize: 0, noise: [{ site: inside, intensity: -1 }] }",
      "training: { updates: -1, optimiser: { name: adm }, learningRate: fast }",
      "evalution: null",
      "precision: float16",
    ];
    writeFileSync(join(folder, "wrong.yaml"), text.join("\n"));
    await refused(["train", "wrong.yaml"], 2, [
      "wrong.yaml: 8 issues in the specification",
      'task: no task is named "function-aproximation"; did you mean "function-approximation"?',
      "network.hiddenSize: must be an integer >= 1, got 0",
      "network.noise[0].intensity: must be a number >= 0, got -1",
      "training.updates: must be an integer in [0, infinity), got -1",
      'training.optimiser.name: no optimiser is named "adm"; did you mean "adam"?',
      'training.learningRate: must be a number in (0, infinity), got "fast"',
      'evalution: no key is named "evalution"; did you mean "evaluation"?',
      'precision: must be "float32" or "float64", got "float16"; float32 is the default',
    ]);
  });

  test("a YAML error has its line and column", async () => {
    writeFileSync(join(folder, "broken.yaml"), "task: table\nnetwork: {cell: [gru}\n");
    await refused(["train", "broken.yaml"], 2, ["broken.yaml: ", "line 2, column"]);
  });

  test("a request for more trials than there are names both numbers", async () => {
    const parameters = ["train", "--task", "function-approximation", "--set", "evaluation.trials=42"];
    await refused(parameters, 2, [
      "evaluation.trials: the test split of function-approximation holds 41 trials, got a request for 42",
    ]);
  });
});

describe("an output folder that cannot be used ends with 2 before any work", () => {
  test.each([
    ["reproduce", ["reproduce", "noise-preference"]],
    ["train", ["train", "--task", "function-approximation"]],
  ])("%s: a folder below a file cannot be made", async (_, parameters) => {
    await refused([...parameters, "--out", "kept/notes.txt/report"], 2, [
      "--out: must be a place that can be written",
      "a part of the path is a file",
    ]);
  });

  test.each([
    [
      "reproduce",
      ["reproduce", "noise-preference", "--only", "function-approximation"],
      "must be empty or hold the same plan",
    ],
    ["train", ["train", "--task", "function-approximation"], "must be empty or hold this run"],
  ])("%s: a folder with files of another kind is left alone", async (_, parameters, part) => {
    await refused([...parameters, "--out", "kept"], 2, [part, "notes.txt"]);
  });
});

test("under npm start the remedy is a command that npm passes on", async () => {
  const parameters = ["reproduce", "noise-preference", "--only", "function-approximation", "--out", "kept"];
  await refused(parameters, 2, ["or run npm start -- --overwrite"], { npm_lifecycle_event: "start" });
  await refused(parameters, 2, ["or add --overwrite"], { npm_lifecycle_event: "test" });
});

describe("damaged data end with 1", () => {
  /** The first half of a gzip file, under the name of a data file. */
  function truncated(dataset: string, file: string): string {
    const data = join(folder, `data-${dataset}`);
    mkdirSync(join(data, dataset), { recursive: true });
    const whole = gzipSync(Buffer.alloc(50_000, "1\t0.5\n"));
    writeFileSync(join(data, dataset, file), whole.subarray(0, whole.length >> 1));
    return data;
  }

  test("a truncated gzip file in NOISY_RNN_DATA is named, with where it ends and what was expected", async () => {
    const data = truncated("ecg5000", "ECG5000_TRAIN.tsv.gz");
    const file = join(data, "ecg5000", "ECG5000_TRAIN.tsv.gz");
    await refused(["train", "--task", "ecg5000"], 1, [`error: ${file}, byte `, "expected 786687 bytes"], {
      NOISY_RNN_DATA: data,
    });
  });

  test("a study does not pass over damaged data as if they were absent", async () => {
    const data = truncated("mnist", "train-images-idx3-ubyte.gz");
    const parameters = ["reproduce", "noise-preference", "--out", "unused"];
    const before = contentBelow(folder);
    const { code, stderr } = await command(folder, parameters, { NOISY_RNN_DATA: data });
    expect({ code, files: contentBelow(folder) }).toEqual({ code: 1, files: before });
    expect(stderr).toContain(`error: ${join(data, "mnist", "train-images-idx3-ubyte.gz")}`);
  });

  test("NaN in a user's table is found by trial, step and channel", async () => {
    const rows = ["trial,time,speed,target"];
    for (let trial = 0; trial < 6; trial++) {
      for (let step = 0; step < 4; step++)
        rows.push(`${trial},${20 * step},${trial === 3 && step === 2 ? "NaN" : 0.1 * step},1`);
    }
    writeFileSync(join(folder, "trials.csv"), `${rows.join("\n")}\n`);
    await refused(["train", "--task", "table", "--task-option", "path=trials.csv"], 1, [
      "trials.csv: every value must be finite",
      "got NaN in input[trial 3, step 2, channel 0 (speed)]",
    ]);
  });

  test("a truncated network is named with the byte at which it ends", async () => {
    const parameters = ["train", "--task", "function-approximation", "--hidden", "3", "--updates", "2", "--quiet"];
    expect((await inSession(folder, [...parameters, "--out", "small"])).code).toBe(0);
    const weights = readFileSync(join(folder, "small", "weights.safetensors"));
    writeFileSync(join(folder, "cut.safetensors"), weights.subarray(0, weights.length - 7));
    await refused(["evaluate", "cut.safetensors"], 1, [
      `cut.safetensors, byte ${weights.length - 7}: the file ends early`,
    ]);
  });
});

describe("what this machine lacks ends with 3", () => {
  test("a data set that is nowhere and cannot be fetched: the message says where to put it", async () => {
    // elsewhere: kernels may be written into it
    const cache = mkdtempSync(join(tmpdir(), "noisy-rnn-empty-"));
    try {
      await refused(
        ["train", "--task", "ecg5000"],
        3,
        ["data set ecg5000: ", "set NOISY_RNN_DATA to a folder that holds ecg5000/"],
        { NOISY_RNN_CACHE: cache },
      );
    } finally {
      rmSync(cache, { recursive: true });
    }
  });

  test("a precision that a back end does not have", async () => {
    const parameters = [
      "train",
      "--task",
      "function-approximation",
      "--set",
      "precision=float32",
      "--updates",
      "1",
      "--out",
      "lacking",
    ];
    const { code, stderr } = await command(folder, parameters, { NOISY_RNN_BACKEND: "reference" });
    expect(code).toBe(3);
    expect(stderr).toContain("back end reference: cannot compute in float32");
  });
});

test("NOISY_RNN_DEBUG=1 adds the stack to the message", async () => {
  const { code, stderr } = await command(folder, ["list", "cels"], { NOISY_RNN_DEBUG: "1" });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: family: no family.+\n(?:.+\n)?\s+at .+:\d+:\d+/);
});
