/** query and table, run as a user runs them, over a study of 16 small networks. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { decodeCsv } from "../../src/io/csv.ts";
import { decodeParquet } from "../../src/io/parquet.ts";
import { command, type Ended, inSession, temporaryFolder } from "../helpers/command-line.ts";
import { testUnless } from "../helpers/skip.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const run = (...parameters: string[]): Promise<Ended> => inSession(folder, parameters, { NOISY_RNN_BACKEND: "wasm" });
const json = async (...parameters: string[]) => {
  const { code, stdout, stderr } = await run(...parameters, "--json");
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as { readonly rows: readonly Record<string, unknown>[]; readonly notes: readonly string[] };
};

const study = `
question: Does the site matter?
task: { name: function-approximation, stepCount: 6 }
network: { hiddenSize: 4, noise: [{ site: inside, intensity: 0 }], settings: { activation: relu } }
training: { updates: 20, batchSize: 8, historyEvery: 10 }
evaluation: { trials: 10, repeats: 2, intensities: [0, 0.25, 0.5, 1] }
axes:
  noise.site: [inside, outside]
  training.learningRate: { choice: [0.003, 0.01], as: rate }
  noise.intensity: [0.5]
seeds: 4
`;

beforeAll(async () => {
  writeFileSync(join(folder, "study.yaml"), study);
  const { code, stderr } = await run("study", "run", "study.yaml", "--quiet");
  if (code !== 0) throw new Error(stderr);
});

describe("query", () => {
  test("without a question it lists 5 views with their columns, the study's axis among them", async () => {
    const { stdout, code } = await run("query", "--study", "study.yaml");
    expect(code).toBe(0);
    for (const view of ["runs", "metrics", "curves", "preference", "specs"])
      expect(stdout).toContain(`\n${view}: `.trim());
    expect(stdout).toMatch(/^ {2}rate +number +axis of a study$/m);
  });

  test("16 runs of a store, with the axes of its study, and the same in csv, json, markdown, latex and parquet", async () => {
    const sql = `select site, rate, count(*) as n, avg(value) as mean from metrics
      where metric = 'test-loss' and "testIntensity" = 0 group by all order by all`;
    const { rows } = await json("query", sql);
    expect(rows.map(({ site, rate, n }) => [site, rate, n])).toEqual([
      ["inside", 0.003, 4],
      ["inside", 0.01, 4],
      ["outside", 0.003, 4],
      ["outside", 0.01, 4],
    ]);
    const files = ["t.csv", "t.parquet", "t.md", "t.tex", "t.json"];
    for (const file of files) expect((await run("query", sql, "--out", file)).code).toBe(0);
    const bytes = (file: string) => new Uint8Array(readFileSync(join(folder, file)));
    expect(Array.from(decodeCsv(bytes("t.csv"), "t.csv").mean as Float64Array)).toEqual(rows.map(({ mean }) => mean));
    expect(await decodeParquet(bytes("t.parquet"), "t.parquet")).toEqual(rows);
    expect(JSON.parse(readFileSync(join(folder, "t.json"), "utf8")).rows).toEqual(rows);
    expect(readFileSync(join(folder, "t.md"), "utf8")).toContain("| site | rate | n | mean |");
    expect(readFileSync(join(folder, "t.tex"), "utf8")).toContain("site & rate & n & mean \\\\");
  });

  test("--study asks only the runs of that study, --store any folder", async () => {
    writeFileSync(join(folder, "part.yaml"), "extends: study.yaml\naxes: { noise.intensity: [0.5] }\nseeds: [1]\n");
    const made = await run("study", "run", "part.yaml", "--quiet");
    expect(made.stderr).not.toContain("error");
    const count = "select count(*) as n, min(seed) as least from runs";
    const all = (await json("query", count, "--store", "runs")).rows[0];
    const part = (await json("query", count, "--study", "part.yaml")).rows[0];
    expect(all).toEqual({ n: 16, least: 0 });
    expect(part).toEqual({ n: 4, least: 1 });
  });

  test("curves of a study come in its order: sites and rates as the axes have them, then the 4 test intensities", async () => {
    const { rows } = await json("query", "select * from curves where metric = 'test-loss'", "--study", "study.yaml");
    const expected = ["inside", "outside"].flatMap((site) =>
      [0.003, 0.01].flatMap((rate) => [0, 0.25, 0.5, 1].map((at) => [site, rate, at])),
    );
    expect(rows.map(({ site, rate, testIntensity }) => [site, rate, testIntensity])).toEqual(expected);
  });

  test("a folder that holds the store in runs will do as --store and as the results of a table", async () => {
    const count = "select count(*) as n from runs";
    expect(await json("query", count, "--store", ".")).toEqual(await json("query", count, "--store", "runs"));
    const part = ["query", count, "--study", "part.yaml"];
    expect(await json(...part, "--store", ".")).toEqual(await json(...part));
    expect((await json("table", ".")).rows).toEqual((await json("table", "runs")).rows);
  });

  test("a question that cannot be answered ends with code 2, the place and what there is", async () => {
    const { code, stderr, stdout } = await run("query", "select sit from runs");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /query, line 1: .*"sit" not found.*\n.*select sit from runs\n +\^\n +did you mean "site"\?\n +runs: id,/,
    );
    expect(stderr).not.toContain("NOISY_RNN_DEBUG");
  });

  test.each([
    [["query", "select 1", "--store", "nowhere"], /nowhere/],
    [
      ["query", "select ';' as one; -- the first\nselect 2 as two"],
      /query: must be one question, got 2, divided by semicolons; ask them one by one/,
    ],
    [
      ["query", "select 1 as one", "--out", "t.xlsx"],
      /--out: must end in one of .txt, .csv, .json, .md, .tex, .parquet/,
    ],
    [["query", "select 1 as one", "--format", "xml"], /one of table, csv, json, markdown, latex, parquet, got "xml"/],
    [["query", "select 1 as one", "--format", "parquet"], /parquet is no text, got it without --out; add --out/],
  ])("%j is refused with code 2", async (parameters, message) => {
    const { code, stderr } = await run(...parameters);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("where DuckDB cannot be loaded it ends with code 3 and says what to do", async () => {
    const hook = `export const resolve = (name, context, next) =>
      name.startsWith("@duckdb/") ? Promise.reject(new Error("no binary for this machine")) : next(name, context);`;
    writeFileSync(join(folder, "hook.mjs"), hook);
    writeFileSync(
      join(folder, "no-duckdb.mjs"),
      `import { register } from "node:module"; register("./hook.mjs", import.meta.url);`,
    );
    const environment = { NODE_OPTIONS: `--import ${join(folder, "no-duckdb.mjs")}` };
    const { code, stderr } = await command(folder, ["query", "select 1 as one"], environment);
    expect(code).toBe(3);
    expect(stderr).toMatch(/DuckDB .* must load on this machine, and did not \(no binary for this machine\); install/);
  });
});

describe("table", () => {
  test("one row per condition and point, with seeds, intervals and what is equal in the caption", async () => {
    const { stdout, code } = await run("table", "study.yaml");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Training intensity 0\.5, metric test-loss\.\n/);
    expect(stdout).toMatch(/^site +rate +test intensity +mean +seeds$/m);
    expect(stdout.match(/\[.*\] +4$/gm)).toHaveLength(8);
    expect(stdout).toContain("In brackets: 95 % intervals over 4 seeds, by Student's t.");
    expect(stdout).toContain("Warning: only 4 seeds");
  });

  test("rows are those of the question in SQL, to 12 digits", async () => {
    const { rows } = await json("table", "study.yaml", "--analysis", "curves");
    const asked = await json(
      "query",
      `select seeds, mean, "tLow" from curves where metric = 'test-loss' order by site, rate, "testIntensity"`,
      "--study",
      "study.yaml",
    );
    expect(rows).toHaveLength(16);
    for (const [index, row] of rows.entries()) {
      expect(row.seeds).toBe(asked.rows[index].seeds);
      // means of four numbers of order 1, in another order
      expect(Number(row.mean)).toBeCloseTo(Number(asked.rows[index].mean), 12);
      expect(Number(row.tLow)).toBeCloseTo(Number(asked.rows[index].tLow), 12);
    }
  });

  test("--metric, --by, --at, --where, --against, --set, --show, --interval and --caption change the table", async () => {
    const options = ["--metric", "test-loss,training-loss", "--by", "site", "--at", "testIntensity=0.25"];
    const usual = await json("table", "study.yaml", ...options);
    expect(usual.rows.map(({ site, metric, testIntensity }) => [site, metric, testIntensity])).toEqual([
      ["inside", "test-loss", 0.25],
      ["outside", "test-loss", 0.25],
      ["inside", "training-loss", null],
      ["outside", "training-loss", null],
    ]);
    const where = await json("table", "study.yaml", ...options, "--where", "rate=0.01");
    expect(where.rows[0].mean).not.toBe(usual.rows[0].mean);
    const against = await json("table", "study.yaml", ...options, "--against", "site=outside");
    expect(against.rows[0]).toMatchObject({ pairs: 4 });
    expect(Number(against.rows[0].difference)).toBeCloseTo(Number(usual.rows[0].mean) - Number(usual.rows[1].mean), 12);
    const set = await json("table", "study.yaml", ...options, "--set", "confidence=0.5");
    expect(Number(set.rows[0].tLow)).toBeGreaterThan(Number(usual.rows[0].tLow));
    const shown = await run("table", "study.yaml", "--show", "median", "--interval", "bootstrap", "--caption", "Mine.");
    expect(shown.stdout).toMatch(/^Mine\. .*\n\nsite +rate +test intensity +median +seeds$/m);
    expect(shown.stdout).toContain("by bootstrap.");
  });

  test("a store and the folder of a study will do as well as the study's file; new words in the file need no new runs", async () => {
    const [byFile, byStore] = [await json("table", "study.yaml"), await json("table", "runs")];
    expect(byStore.rows).toEqual(byFile.rows);
    writeFileSync(join(folder, "study.yaml"), study.replace("Does the site matter?", "Does it?"));
    expect((await json("table", "study.yaml")).rows).toEqual(byFile.rows);
  });

  test("preference and differences are there with their numbers", async () => {
    const { rows } = await json("table", "study.yaml", "--analysis", "preference");
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row).toMatchObject({ seeds: 4, trainIntensity: 0.5, resampled: "seeds" });
    const differences = await json("table", "study.yaml", "--analysis", "differences", "--against", "site=outside");
    expect(differences.rows.map(({ site, reference, seeds }) => [site, reference, seeds])).toEqual(
      Array.from({ length: 4 }, () => ["inside", "outside", 4]),
    );
  });

  test.each([
    [["--metric", "test-los"], /--metric: no metric is named "test-los"; did you mean "test-loss"/],
    [["--analysis", "curve"], /--analysis: no study analysis is named "curve"; did you mean "curves"/],
    [["--analysis", "curves", "--against", "site=outside"], /--against: no key is named "against"/],
    [["--show", "mode"], /no estimate is named "mode"/],
    [["--where", "law=gausian"], /--where: no run has law gausian; did you mean "gaussian"\? there are gaussian/],
    [["--where", "rate=[0.01, 0.02]"], /--where: no run has rate 0.02; there are 0.003 and 0.01/],
    [["--against", "site=outsid"], /--against: no run has site outsid; did you mean "outside"\?/],
    [["--at", "testIntensity=0.33"], /--at: no run has testIntensity 0.33; there are 0, 0.25, 0.5 and 1/],
    [["--out", "t.xlsx"], /--out: must end in one of .txt, .csv, .json, .md, .tex, .parquet, got t.xlsx/],
  ])("%j is refused with code 2, naming the option", async (parameters, message) => {
    const { code, stderr, stdout } = await run("table", "study.yaml", ...parameters);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

describe("docs/results.md", () => {
  const page = readFileSync(join(root, "docs", "results.md"), "utf8");
  const blocks = [...page.matchAll(/^```python\n(.*?)^```$/gms)].map((match) => match[1]);

  test("has an example for pandas, for polars and for DuckDB", () => {
    expect(blocks.map((code) => /^import (pandas|polars|duckdb)/m.exec(code)?.[1])).toEqual([
      "pandas",
      "polars",
      "duckdb",
    ]);
  });

  for (const code of blocks) {
    const packages = [...code.matchAll(/^import (\w+)/gm)].map(([, name]) => name);
    const needed = packages.includes("pandas") ? [...packages, "pyarrow"] : packages;
    const found = spawnSync("python3", ["-c", needed.map((name) => `import ${name}`).join("\n")]).status === 0;
    testUnless(found ? undefined : `there is no Python with ${needed.join(", ")} here`)(
      `its example with ${packages[0]} runs, and prints the mean of the query to 6 digits`,
      async () => {
        const { status, stdout, stderr } = spawnSync("python3", ["-c", code], { cwd: folder, encoding: "utf8" });
        expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
        const sql = `select avg(value) as mean from metrics where metric = 'test-loss' and "testIntensity" = 0`;
        const { rows } = await json("query", sql);
        const numbers = (stdout.match(/\d+\.\d+/g) ?? []).map(Number);
        expect(numbers.some((value) => Math.abs(value - Number(rows[0].mean)) < 1e-6 * value)).toBe(true);
      },
    );
  }

  test("every view and every column that it names is there", async () => {
    const { stdout } = await run("query", "--json");
    const { views } = JSON.parse(stdout) as { views: { name: string; columns: { name: string }[] }[] };
    for (const { name, columns } of views) {
      const line = page.split("\n").find((text) => text.startsWith(`| \`${name}\` |`));
      for (const column of [...(line ?? "").matchAll(/`(\w+)`/g)].slice(1)) {
        expect(columns.map((one) => one.name)).toContain(column[1]);
      }
      expect(line, name).toBeDefined();
    }
    expect(existsSync(join(folder, "runs", "index"))).toBe(true);
  });
});
