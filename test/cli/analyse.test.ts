/** Analyses of trained networks from the command line. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { decodeParquet } from "../../src/io/parquet.ts";
import { command, fileAppears, inSession, start, temporaryFolder } from "../helpers/command-line.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

const quick = ["--set", "trials=4", "--set", "repeats=4", "--set", "steps=2", "--set", "resamples=20"];
const trained = ["--task", "function-approximation", "--hidden", "4", "--updates", "5", "--set", "evaluation=null"];

interface Answers {
  readonly analyses: readonly {
    readonly run: string;
    readonly analysis: string;
    readonly folder: string;
    readonly error?: string;
    readonly numbers: readonly { readonly name: string; readonly value: number }[];
  }[];
}

async function analysed(...parameters: string[]): Promise<Answers> {
  const { code, stdout, stderr } = await inSession(folder, ["analyse", ...parameters, "--json"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Answers;
}

beforeAll(async () => {
  for (const [out, ...options] of [
    ["noisy", "--noise", "inside=0.5"],
    ["other", "--noise", "inside=0.25"],
    ["silent"],
  ]) {
    const { code, stderr } = await inSession(folder, ["train", ...trained, ...options, "--out", out, "--quiet"]);
    expect(code, stderr).toBe(0);
  }
});

/** The study of docs/study-file.md, and what docs/results.md asks of it. */
const pages = Object.fromEntries(
  ["study-file", "results"].map((name) => [name, readFileSync(join(root, "docs", `${name}.md`), "utf8")]),
);
const section = (page: string, title: string): string =>
  new RegExp(`\n## ${title}\n(.*?)\n## `, "s").exec(pages[page])?.[1] ?? "";

beforeAll(async () => {
  const study = /```yaml\n(.*?)```/s.exec(section("study-file", "Analyses of each network"))?.[1] ?? "";
  writeFileSync(join(folder, "study.yaml"), study);
  const { code, stderr } = await inSession(folder, ["study", "run", "study.yaml", "--quiet"]);
  expect(code, stderr).toBe(0);
});

describe("analyses that a study asks for", () => {
  test("the questions of docs/results.md are answered, one row for each intensity and number", async () => {
    const lines =
      /```sh\n(.*?)```/s.exec(section("results", "What analyses of networks found"))?.[1].trim().split("\n") ?? [];
    expect(lines).toHaveLength(3);
    const answers = await Promise.all(
      lines.map((line) => {
        const [, ...words] = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
        return command(folder, [...words, "--json"]);
      }),
    );
    expect(answers.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(3).fill({ code: 0, stderr: "" }));
    const [asked, index, ratio] = answers.map(
      ({ stdout }) => (JSON.parse(stdout) as { rows: Record<string, unknown>[] }).rows,
    );
    expect(asked.map(({ trainIntensity, part }) => `${trainIntensity} ${part}`)).toEqual(
      [0.25, 0.5].flatMap((at) => [`${at} preference.predictedIndex`, `${at} preference.preferenceIndex`]),
    );
    expect(index.map(({ mean }) => mean)).toEqual([asked[1].mean, asked[3].mean]);
    expect(ratio.map(({ trainIntensity, seeds }) => [trainIntensity, seeds])).toEqual([
      [0.25, 2],
      [0.5, 2],
    ]);
  });

  test("what a run found is what analyse finds, and study verify checks its file", async () => {
    const [shard] = readdirSync(join(folder, "runs", "complete"));
    const [id] = readdirSync(join(folder, "runs", "complete", shard));
    const file = join(folder, "runs", "complete", shard, id, "findings.json");
    const { analyses: stored } = JSON.parse(readFileSync(file, "utf8")) as Answers;
    const options = ["--set", "steps=4", "--set", "repeats=8"];
    const { analyses: found } = await analysed("preference", id.slice(0, 12), ...options);
    expect(found[0].numbers).toEqual(stored[0].numbers);
    writeFileSync(file, readFileSync(file, "utf8").replace("lossRatio", "lossRatia"));
    const { code, stderr } = await inSession(folder, ["study", "verify", "study.yaml", "--quarantine"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/damaged: .*findings\.json: must have the SHA-256/);
  });
});

describe("analyse", () => {
  test("finds a run that train made by its first digits, in the folder that holds it", async () => {
    const { analyses: named } = await analysed("preference", "noisy", ...quick);
    const digits = named[0].run.slice(0, 8);
    const { analyses: found } = await analysed("preference", digits, "--store", ".", ...quick);
    expect(found).toEqual(named);
  });

  test("prints sentences, numbers with their meanings and warnings, and says what it wrote where", async () => {
    const { code, stdout } = await inSession(folder, ["analyse", "preference", "noisy", ...quick, "--out", "found"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^preference: function-approximation, ctrnn, inside 0\.5, seed 0\nThe loss is lowest at inside /,
    );
    expect(stdout).toMatch(/\nnumber +value +meaning\n-+\ntrainIntensity +0\.5 +noise intensity in training\n/);
    expect(stdout).toMatch(/\nWarning: the interval is over noise draws of this one network/);
    const [run] = readdirSync(join(folder, "found"));
    const place = join("found", run, "preference");
    const files = readdirSync(join(folder, place)).sort();
    expect(files).toEqual(expect.arrayContaining(["curve.csv", "curve.parquet", "findings.json", "summary.csv"]));
    expect(stdout).toContain(`\n${place}: findings.json, curve.csv, curve.parquet, `);
    const csv = readFileSync(join(folder, place, "curve.csv"), "utf8")
      .trim()
      .split("\n");
    const rows = await decodeParquet(readFileSync(join(folder, place, "curve.parquet")), "curve.parquet");
    expect(csv).toHaveLength(1 + rows.length);
    expect(rows.map(({ testIntensity }) => testIntensity)).toEqual([0, 0.5, 1]);
  });

  test("a weights file and a run's folder give the same numbers, with 1 and 2 threads", async () => {
    const { analyses: known } = await analysed("preference", "noisy", ...quick, "--threads", "1");
    const file = join("noisy", "weights.safetensors");
    expect((await analysed("preference", file, ...quick, "--threads", "2")).analyses).toEqual(known);
  });

  test("several runs are analysed one after the other; options, task and task options change the numbers", async () => {
    const numbers = async (...change: string[]) =>
      (await analysed("preference", "noisy", "other", ...quick, ...change)).analyses.map(({ numbers: all }) =>
        JSON.stringify(all),
      );
    const all = [
      await numbers(),
      await numbers("--set", "highest=1"),
      await numbers("--task", "function-approximation", "--task-option", "stepCount=20"),
    ];
    expect(all.map(({ length }) => length)).toEqual([2, 2, 2]);
    expect(new Set(all.flat()).size).toBe(6);
  });

  test("a question that cannot be put to a network ends with 3 and its remedy; the other networks are answered", async () => {
    const { code, stdout, stderr } = await inSession(folder, ["analyse", "preference", "silent", "noisy", ...quick]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/error: function-approximation, ctrnn, no noise, seed 0: .*has none; name a site/);
    expect(stdout).toContain("preference: function-approximation, ctrnn, inside 0.5");
    const added = await analysed("preference", "silent", ...quick, "--set", "site=inside");
    expect(added.analyses[0].numbers[0]).toMatchObject({ name: "trainIntensity", value: 0 });
  });

  test.each<[string, string[], number, RegExp]>([
    ["an unknown analysis", ["prefrence", "noisy"], 2, /no analysis is named "prefrence"; did you mean "preference"\?/],
    [
      "wrong options, all at once",
      ["preference", "noisy", "--set", "repeat=3", "--set", "trials=0"],
      2,
      /2 issues[\s\S]*--set repeat: no option.*did you mean "repeats"[\s\S]*--set trials: must be an integer in \[1, infinity\), got 0/,
    ],
    [
      "all without the analysis of an option",
      ["all", "noisy", "--set", "steps=3"],
      2,
      /must name its analysis after all/,
    ],
    ["a folder without a run", ["preference", "runs"], 2, /must be the folder of a finished run/],
    ["an identity that no run has", ["preference", "0123456789"], 2, /with which 0 begin in runs/],
  ])("%s ends with its exit code and the remedy", async (_, parameters, expected, message) => {
    const { code, stdout, stderr } = await inSession(folder, ["analyse", ...parameters]);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toMatch(message);
  });

  test("Ctrl-C ends with 130, says what is missing and leaves what is finished", async () => {
    const slow = ["--set", "repeats=500", "--set", "steps=1000", "--out", "stopped"];
    const { process: child, ended } = start(folder, ["analyse", "preference", "noisy", "other", ...slow]);
    await fileAppears(folder, "stopped");
    // The worker takes its time to begin; a signal before that ends it as well.
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toContain("Interrupted: 0 of 2 analyses are finished, 2 are not.");
  });
});

describe("list analyses", () => {
  test("each with its question, its options, their defaults and ranges, as text and as JSON", async () => {
    const { stdout } = await inSession(folder, ["list", "analyses"]);
    expect(stdout).toMatch(/^ {2}option +default +values\n-+\n/);
    expect(stdout).toMatch(
      /\npreference: At which test noise .*\?\n {2}site +null +a text: name a noise site; null is /,
    );
    expect(stdout).toMatch(/\n {2}theory +mean-field +a text: mean-field or closure\n/);
    expect(stdout).toMatch(/\n {2}repeats +64 +an integer in \[2, infinity\)\n/);
    const { stdout: text } = await inSession(folder, ["list", "analyses", "--json"]);
    const { analyses } = JSON.parse(text) as { analyses: { name: string; options: { name: string }[] }[] };
    expect(analyses.find(({ name }) => name === "preference")?.options[1]).toEqual({
      name: "trials",
      default: 256,
      range: "an integer in [1, infinity)",
    });
  });
});
