import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { inSession, temporaryFolder } from "../helpers/command-line.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const empty = join(folder, "empty");
mkdirSync(empty);

const environment = { NOISY_RNN_BACKEND: "wasm", NOISY_RNN_CACHE: empty };
const explain = (...parameters: string[]) => inSession(folder, ["study", "explain", ...parameters], environment);

describe("noisy-rnn study explain", () => {
  const changes = ["training.updates=7", "noise.intensity=choice(0.25,0.5)", "seeds=2"];

  test("prints the resolved study, its axes, the conditions and the number of runs, in less than 60 lines", async () => {
    const { code, stdout, stderr } = await explain("first-study", ...changes);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const explained = parse(stdout);
    expect(explained).toMatchObject({
      study: { name: "first-study", training: { updates: 7 }, seeds: 2 },
      axes: [
        { name: "site", path: "network.noise.0.site", values: ["inside", "outside"] },
        { name: "trainIntensity", path: "network.noise.0.intensity", values: [0.25, 0.5] },
      ],
      joined: "site x trainIntensity",
      seeds: [0, 1],
      runs: 8,
      conditionCount: 4,
      conditions: ["inside", "outside"].flatMap((site) =>
        [0.25, 0.5].map((trainIntensity) => ({ site, trainIntensity })),
      ),
      leftOut: [],
    });
    expect(stdout).toContain("  - { site: inside, trainIntensity: 0.25 }\n");
    expect(explained.firstRun).toBeUndefined();
    expect(stdout.split("\n").length).toBeLessThan(60);
  });

  test("prints the first run with every default, with --full and with --json", async () => {
    const text = parse((await explain("first-study", ...changes, "--full")).stdout);
    expect(text.firstRun).toMatchObject({
      title: "function-approximation, ctrnn, inside 0.25, seed 0",
      condition: { site: "inside", trainIntensity: 0.25 },
      spec: { engine: { backend: "wasm" }, training: { batchSize: 64 } },
    });
    expect(JSON.parse((await explain("first-study", ...changes, "--json")).stdout)).toEqual(text);
  });

  test("lists the first 50 conditions and says how many more there are; JSON has all", async () => {
    writeFileSync(
      join(folder, "many.json"),
      JSON.stringify({ task: "function-approximation", axes: { hiddenSize: { range: [1, 72, 1] } } }),
    );
    const text = parse((await explain("many.json")).stdout);
    expect(text).toMatchObject({ conditionCount: 72, conditionsNotListed: 22 });
    expect(text.conditions.map(({ hiddenSize }: { hiddenSize: number }) => hiddenSize)).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
    expect(JSON.parse((await explain("many.json", "--json")).stdout).conditions.length).toBe(72);
  });

  test("shows conditions as results have them: null where an axis does not apply, but for columns of all runs", async () => {
    const when = { trainIntensity: { above: 0 } };
    const study = {
      task: "function-approximation",
      network: { noise: [{ site: "inside" }] },
      axes: {
        "noise.intensity": [0, 0.5],
        "noise.law": { choice: ["uniform"], when },
        "training.learningRate": { choice: [0.1], as: "rate", when },
      },
    };
    writeFileSync(join(folder, "when.json"), JSON.stringify(study));
    const explained = parse((await explain("when.json")).stdout);
    expect(explained.joined).toBe("trainIntensity x law (when trainIntensity > 0) x rate (when trainIntensity > 0)");
    expect(explained.conditions).toEqual([
      { trainIntensity: 0, law: "gaussian", rate: null },
      { trainIntensity: 0.5, law: "uniform", rate: 0.1 },
    ]);
  });

  test("says that optional tasks are left out, and ends with 3 where data are missing that are not optional", async () => {
    const study = "axes: { task: [function-approximation, ecg5000] }\n";
    writeFileSync(join(folder, "needed.yaml"), study);
    writeFileSync(join(folder, "optional.yaml"), `${study}optionalTasks: [ecg5000]\n`);
    const optional = await explain("optional.yaml", "--json");
    expect(optional.code).toBe(0);
    expect(JSON.parse(optional.stdout)).toMatchObject({ runs: 1, leftOut: [{ task: "ecg5000" }] });
    const needed = await explain("needed.yaml");
    expect({ code: needed.code, stdout: needed.stdout }).toEqual({ code: 3, stdout: "" });
    expect(needed.stderr).toMatch(/error: data set ecg5000: /);
  });

  test.each([
    ["a file that there is not", ["nothing.yaml"], "must be a file that can be read, got nothing.yaml (ENOENT)"],
    ["an override without a value", ["first-study", "seeds"], 'seeds: must read path=value, got "seeds"'],
    ["an override of an unknown path", ["first-study", "cel=gru"], 'did you mean "cell"?'],
  ])("ends with 2 for %s", async (_what, parameters, part) => {
    const { code, stdout, stderr } = await explain(...parameters);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(part);
  });
});

test("a task that is left out is named with the reason by study run, and study check asks for nothing of it", async () => {
  const row = (task: string) => ({ analysis: "summary", where: { task, testIntensity: 0 }, column: "mean", min: 0 });
  const study = {
    network: { hiddenSize: 2, noise: [{ site: "inside", intensity: 0.5 }] },
    training: { updates: 1 },
    evaluation: { trials: 3, repeats: 1, intensities: [0, 0.5] },
    axes: { task: ["function-approximation", "ecg5000"] },
    optionalTasks: ["ecg5000"],
    analyses: [{ name: "summary", at: { testIntensity: 0 } }],
    expected: [row("function-approximation"), row("ecg5000")],
  };
  writeFileSync(join(folder, "partly.json"), JSON.stringify(study));
  const run = await inSession(folder, ["study", "run", "partly.json"], environment);
  expect({ code: run.code, stderr: run.stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/^ecg5000 is left out: data set ecg5000: /m),
  });
  const check = await inSession(folder, ["study", "check", "partly.json"], environment);
  expect({ code: check.code, stderr: check.stderr }).toEqual({ code: 0, stderr: "" });
  expect(check.stdout).toContain("1 of 1 met.");
});

test("noisy-rnn list studies shows the studies of the package with the commands that run them", async () => {
  const { code, stdout } = await inSession(folder, ["list", "studies", "--json"]);
  expect(code).toBe(0);
  const { studies } = JSON.parse(stdout) as { studies: { name: string; command: string }[] };
  expect(studies.map(({ name, command: line }) => [name, line])).toEqual(
    expect.arrayContaining([
      ["first-study", "noisy-rnn study run first-study"],
      ["noise-preference/maze", "noisy-rnn study run noise-preference/maze"],
      ["noise-preference-quick/regulator", "noisy-rnn study run noise-preference-quick/regulator"],
      ["noise-preference", "noisy-rnn reproduce noise-preference"],
    ]),
  );
});
