import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { FormatError, SpecError } from "../../src/core/errors.ts";
import { sha256 } from "../../src/core/sha256.ts";
import { decodeBibtex, referenceText, referenceUrl } from "../../src/io/bibtex.ts";
import { decodeParquet, encodeParquet } from "../../src/io/parquet.ts";
import { encodeUtf8 } from "../../src/io/text.ts";
import { lockstep, stackLimit } from "../../src/network/lockstep.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/study/checkpoint-file.ts";
import { resolvedRun } from "../../src/study/input.ts";
import { metricsOf, metricsTable, type RunMetrics } from "../../src/study/metrics.ts";
import { runReferences } from "../../src/study/references.ts";
import { performing, type RunParts, stackParts } from "../../src/study/run.ts";
import { type RunSpec, runFolderName, runId } from "../../src/study/spec.ts";
import { stacks } from "../../src/study/stacks.ts";
import { taskLoader } from "../../src/study/tasks.ts";
import { decodeNetwork, encodeNetwork } from "../../src/study/weights-file.ts";
import type { TaskResources } from "../../src/task/contract.ts";

/** A machine with one file of trials, which may be changed. */
function machine(files: Record<string, string> = {}) {
  const resources: TaskResources = {
    dataset: () => Promise.reject(new Error("no data sets here")),
    file: async (path) => encodeUtf8(files[path]),
  };
  return { files, resources };
}

const resolve = (input: unknown, resources = machine().resources): Promise<RunSpec> =>
  resolvedRun({ input, place: "run", loadTask: taskLoader(resources), backend: "reference" });

const partsOf = (spec: RunSpec) =>
  stackParts([spec], taskLoader(machine().resources)).then(([prepared]) => {
    if (prepared.kind === "impossible") throw prepared.error;
    return prepared.parts;
  });

/** A run alone. */
const performRun = (spec: RunSpec, parts: RunParts, surroundings?: Parameters<typeof performing>[2]) =>
  lockstep(parts.kernel, [performing(spec, parts, surroundings)])[0];

const small = {
  task: { name: "function-approximation", stepCount: 6 },
  network: { hiddenSize: 3, noise: [{ site: "inside", intensity: 0.5 }] },
  training: { updates: 4, batchSize: 3, historyEvery: 1, validation: { every: 2, trials: 5 } },
  evaluation: { trials: 5, repeats: 2, intensities: [1, 0, 0.5, 0.5] },
  precision: "float64",
};

const trials = [
  "trial,time,speed,target",
  ...[0, 1, 2, 3, 4, 5].flatMap((i) => [`${i},0,1,${i}`, `${i},20,0,${i}`]),
].join("\n");

describe("a run's specification", () => {
  test("a task's name is enough; everything else is spelled out", async () => {
    const spec = await resolve({ task: "function-approximation" });
    expect(spec).toMatchObject({
      task: { name: "function-approximation", options: { target: "sin-pi" }, files: {} },
      network: { cell: "ctrnn", hiddenSize: 64, inputSize: 1, outputSize: 1, noise: [], readout: { from: "every" } },
      training: { updates: 2000, optimiser: { name: "adam", beta1: 0.9 } },
      evaluation: { site: null, intensities: [0], trials: 41, repeats: 16 },
      engine: { backend: "reference", precision: "float32" },
      seed: 0,
    });
  });

  test("what is left out and what is written as its default are the same run", async () => {
    const left = await resolve({ task: "function-approximation", training: { optimiser: { name: "adam" } } });
    const written = await resolve({
      seed: 0,
      task: { target: "sin-pi", name: "function-approximation" },
      training: { updates: 2000 },
      network: { hiddenSize: 64, settings: { alpha: 0.2 } },
    });
    expect(runId(written)).toBe(runId(left));
  });

  test("every part of it is part of its identity", async () => {
    const changes = [
      {},
      { seed: 1 },
      { precision: "float32" },
      { task: { ...small.task, target: "square" } },
      { network: { ...small.network, hiddenSize: 4 } },
      { network: { ...small.network, noise: [{ site: "outside", intensity: 0.5 }] } },
      { training: { ...small.training, learningRate: 0.01 } },
      { evaluation: { ...small.evaluation, repeats: 3 } },
      { evaluation: null },
    ];
    const specs = await Promise.all(changes.map((change) => resolve({ ...small, ...change })));
    expect(new Set(specs.map(runId)).size).toBe(changes.length);
    expect(new Set(specs.map(runFolderName)).size).toBe(changes.length);
  });

  test("intensities are put in order, each once", async () => {
    expect((await resolve(small)).evaluation?.intensities).toEqual([0, 0.5, 1]);
  });

  test("a classification reads the last step unless it is told otherwise", async () => {
    const labelled = trials.replace("target", "label");
    const { resources } = machine({ "a.csv": labelled });
    const input = { task: { name: "table", path: "a.csv" }, evaluation: null };
    expect((await resolve(input, resources)).network.readout.from).toBe("last");
    expect((await resolve({ ...input, network: { readout: { from: "every" } } }, resources)).network.readout.from).toBe(
      "every",
    );
  });

  test("a user's file belongs to the identity by its content, and a run with another content is refused", async () => {
    const here = machine({ "a.csv": trials });
    const input = { ...small, task: { name: "table", path: "a.csv" }, training: { updates: 1 }, evaluation: null };
    const before = await resolve(input, here.resources);
    here.files["a.csv"] = trials.replace("5,20,0,5", "5,20,0,6");
    const after = await resolve(input, here.resources);
    expect(runId(after)).not.toBe(runId(before));
    await expect(stackParts([before], taskLoader(here.resources))).rejects.toThrow(
      /task\.files\.a\.csv: the file must be the one with SHA-256/,
    );
  });

  test.each([
    ["nothing", null, "(all): must be an object, got null"],
    ["no task", {}, "task: must be a text or an object, got nothing"],
    [
      "sizes that follow from the task",
      { ...small, network: { inputSize: 3 } },
      "network.inputSize: follows from the task",
    ],
    [
      "a site to sweep that the network lacks",
      { ...small, evaluation: { site: "outside" } },
      'evaluation.site: no noise source of the network is named "outside"',
    ],
    [
      "a sweep without noise",
      { ...small, network: {}, evaluation: { intensities: [0, 1] } },
      "evaluation.intensities: a sweep needs a noise source",
    ],
    [
      "a negative test intensity",
      { ...small, evaluation: { intensities: [0, -1] } },
      "evaluation.intensities[1]: must be >= 0, got -1; 0 is silence",
    ],
    ["half a repeat", { ...small, evaluation: { repeats: 1.5 } }, "evaluation.repeats: must be an integer, got 1.5"],
    [
      "more trials than there are",
      { ...small, evaluation: { trials: 42 } },
      "evaluation.trials: the test split of function-approximation holds 41 trials",
    ],
  ])("%s is refused with its path", async (_, input, message) => {
    const error: unknown = await resolve(input).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SpecError);
    expect((error as SpecError).message).toContain(message);
  });
});

describe("a run", () => {
  test("gives the same bits interrupted at any update and resumed, through files, as in one go", async () => {
    const spec = await resolve(small);
    const parts = await partsOf(spec);
    const whole = await performRun(spec, parts);
    for (const stop of [0, 1, 3]) {
      let asked = 0;
      const half = await performRun(spec, parts, { hooks: { shouldStop: () => asked++ === stop } });
      expect(half.outcome).toEqual({ kind: "interrupted", update: stop });
      expect(half.sweep).toEqual([]);
      const resume = decodeCheckpoint(encodeCheckpoint(half.checkpoint, "this", sha256), "checkpoint", "this", sha256);
      const rest = await performRun(spec, parts, { ...(resume && { resume }) });
      expect(rest).toEqual(whole);
    }
  });

  test("a checkpoint of other software is no checkpoint", async () => {
    const spec = await resolve(small);
    const { checkpoint } = await performRun(spec, await partsOf(spec));
    expect(
      decodeCheckpoint(encodeCheckpoint(checkpoint, "this", sha256), "checkpoint", "that", sha256),
    ).toBeUndefined();
  });

  test("metrics come back from Parquet to the bit, numbers that are none included", async () => {
    const spec = await resolve(small);
    const { history, sweep } = await performRun(spec, await partsOf(spec));
    const odd: RunMetrics = {
      history: {
        ...history,
        validation: [...history.validation, { update: 9, loss: Number.POSITIVE_INFINITY, accuracy: Number.NaN }],
      },
      sweep: [
        ...sweep,
        {
          seed: 0,
          testIntensity: 2,
          loss: Number.NaN,
          accuracy: 0.1 + 0.2,
          biasSquared: null,
          variance: null,
          lossPerRepeat: [Number.NaN, -0],
        },
      ],
    };
    for (const metrics of [{ history, sweep }, odd, { history: { training: [], validation: [] }, sweep: [] }]) {
      const rows = await decodeParquet(encodeParquet(metricsTable(metrics)), "metrics");
      expect(metricsOf(rows, 0, "metrics")).toEqual(metrics);
    }
  });

  test("a saved network comes back with its specification and weights, and other files are refused", async () => {
    const spec = await resolve(small);
    const parts = await partsOf(spec);
    const { weights } = await performRun(spec, parts);
    const bytes = encodeNetwork(spec, parts.network, weights);
    const saved = decodeNetwork(bytes, "weights");
    expect(saved.spec).toEqual(spec);
    expect({ ...saved.weights }).toEqual({ ...weights });
    expect(encodeNetwork(spec, parts.network, saved.weights)).toEqual(bytes);
    expect(() => decodeNetwork(encodeCheckpoint({ arrays: {}, meta: {} as never }, "x", sha256), "weights")).toThrow(
      FormatError,
    );
  });

  test("its references are those of exactly what it uses, each with the reason", async () => {
    const keys = async (input: object) => runReferences(await resolve({ ...small, evaluation: null, ...input }));
    expect(await keys({ network: { noise: [{ site: "inside", intensity: 1 }] } })).toEqual([
      { key: "eckstein2026", uses: ["cell ctrnn", "noise site inside", "task function-approximation"] },
      { key: "yang2019", uses: ["cell ctrnn"] },
      { key: "kingma2015", uses: ["optimiser adam"] },
    ]);
    const other = await keys({
      network: { cell: "gru" },
      training: { optimiser: { name: "sgd" }, schedule: { name: "cosine" } },
    });
    expect(other.map(({ key }) => key)).toContain("cho2014");
    expect(other.map(({ key }) => key)).not.toContain("kingma2015");
  });
});

describe("stacks", () => {
  const specs = async (...changes: object[]): Promise<RunSpec[]> =>
    Promise.all(changes.map((change) => resolve({ ...small, ...change })));
  const noise = (intensity: number, site = "inside") => ({ network: { hiddenSize: 3, noise: [{ site, intensity }] } });
  const training = (change: object) => ({ training: { ...small.training, ...change } });

  test("runs that differ in seed, intensity, options of training or evaluation are trained beside each other", async () => {
    const alike = await specs({}, { seed: 1 }, noise(0), noise(2), training({ updates: 9, learningRate: 0.1 }), {
      evaluation: null,
    });
    expect(stacks(alike, 1)).toEqual([[0, 1, 2, 3, 4, 5]]);
  });
  test("every worker has a stack, and every run is in one", async () => {
    const alike = await specs(...[0, 1, 2, 3, 4].map((seed) => ({ seed })));
    expect(stacks(alike, 2)).toEqual([
      [0, 2, 4],
      [1, 3],
    ]);
    expect(stacks(alike, 9)).toEqual([[0], [1], [2], [3], [4]]);
    expect(stacks([], 2)).toEqual([]);
  });
  test("another site, size, cell, task, batch size or precision is another stack", async () => {
    const different = await specs(
      {},
      noise(0.5, "outside"),
      { network: { ...small.network, hiddenSize: 4 } },
      { network: { ...small.network, cell: "rate" } },
      { task: { name: "function-approximation", stepCount: 7 } },
      training({ batchSize: 4 }),
      { precision: "float32" },
    );
    expect(stacks(different, 1)).toHaveLength(different.length);
  });
  test("networks beyond `stackLimit` are spread over more stacks, the largest stand alone", async () => {
    const large = (hiddenSize: number, seed: number) => ({
      task: { name: "function-approximation", stepCount: 32 },
      network: { hiddenSize },
      training: { batchSize: 64 },
      evaluation: null,
      seed,
    });
    const limit = stackLimit(32, 64, 32);
    expect(limit).toBe(4);
    const sizes = stacks(await specs(...Array.from({ length: 9 }, (_, seed) => large(32, seed))), 1).map(
      (stack) => stack.length,
    );
    expect(sizes).toEqual([3, 3, 3]);
    expect(stacks(await specs(large(128, 0), large(128, 1)), 1)).toEqual([[0], [1]]);
  });
});

describe("references", () => {
  const entries = decodeBibtex(readFileSync(join(root, "docs", "references.bib")), "references.bib");

  test("every entry of docs/references.bib reads as authors (year). title. place, without TeX", () => {
    for (const entry of Object.values(entries)) {
      expect(referenceText(entry)).toMatch(/^\S.* \((1[89]|20)\d\d\)\. \S.*\.$/);
      expect(referenceText(entry)).not.toMatch(/[{}\\]|--/);
    }
  });

  test("a known entry reads as expected, with accents and its address", () => {
    expect(referenceText(entries.roessler2010)).toMatch(/^Rößler A\. \(2010\)\./);
    expect(referenceText(entries.eckstein2026)).toBe(
      "Eckstein N. I., Srinivasan M. (2026). Paradoxical noise preference in RNNs. Transactions on Machine Learning Research.",
    );
    expect(referenceUrl(entries.eckstein2026)).toBe("https://arxiv.org/abs/2601.04539");
    expect(referenceText(entries.cho2014)).toContain("van Merriënboer B.");
  });

  test("values in braces, in quotes and bare are read; an entry without an end is found by its place", () => {
    const text = 'note\n@Misc{a1, title = {A {b} \\& c}, year = 1999, author = "O\'N, P." }\n';
    const { a1 } = decodeBibtex(encodeUtf8(text), "x.bib");
    expect(a1).toMatchObject({
      key: "a1",
      type: "misc",
      fields: { title: "A {b} \\& c", year: "1999", author: "O'N, P." },
    });
    expect(referenceText(a1)).toBe("O'N P. (1999). A b & c.");
    expect(() => decodeBibtex(encodeUtf8(`${text}@misc{b, title = {`), "x.bib")).toThrow(`x.bib, byte ${text.length}`);
    expect(() => decodeBibtex(encodeUtf8(text + text), "x.bib")).toThrow('the key "a1" appears twice');
  });
});
