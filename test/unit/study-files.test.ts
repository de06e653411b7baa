import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { root } from "../../scripts/tools/folders.mjs";
import { SpecError } from "../../src/core/errors.ts";
import { freezeStudy, frozenIds, planFrozenStudy } from "../../src/platform/node/frozen-study.ts";
import { packageStudyList, readPlan, readStudy } from "../../src/platform/node/study-files.ts";
import { runId } from "../../src/study/spec.ts";
import { studyJsonSchema } from "../../src/study/study-file/schema.ts";
import { taskLoader } from "../../src/study/tasks.ts";
import { breaches } from "../helpers/json-schema.ts";
import { issuesOf, noResources, planned } from "../helpers/study-files.ts";

const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-studies-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
/** Writes files into a folder of their own. @returns the path of the first */
function written(files: Readonly<Record<string, string>>): string {
  const own = join(folder, String(count++));
  mkdirSync(own);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
  return join(own, Object.keys(files)[0]);
}

const loadTask = taskLoader(noResources);
const call = { loadTask, backend: "reference" };
const software = { version: "0", fingerprint: "f", variant: "none" };

describe("study files", () => {
  test("YAML, JSON and TOML of the same content are the same study, named after the file", async () => {
    const files = {
      "one.yaml": "task: function-approximation\nseeds: [3, 4]\naxes: { hiddenSize: [2, 3], training.updates: [1] }\n",
      "one.json": '{"task":"function-approximation","seeds":[3,4],"axes":{"hiddenSize":[2,3],"training.updates":[1]}}',
      "one.toml":
        'task = "function-approximation"\nseeds = [3, 4]\n[axes]\nhiddenSize = [2, 3]\n"training.updates" = [1]\n',
    };
    const path = written(files);
    const studies = await Promise.all(
      Object.keys(files).map((file) => readStudy(join(path, "..", file), ["evaluation=null"])),
    );
    expect(studies[0].name).toBe("one");
    expect(studies[0].axes.map(({ name }) => name)).toEqual(["hiddenSize", "trainingUpdates"]);
    expect(studies[1]).toEqual(studies[0]);
    expect(studies[2]).toEqual(studies[0]);
  });

  test.each([
    ["My_Study.yaml", "my-study"],
    ["Été 2026 (b).yaml", "ete-2026-b"],
    ["___.yaml", "study"],
  ])("the file %s without a name is the study %s", async (file, name) => {
    expect((await readStudy(written({ [file]: "task: function-approximation\n" }), [])).name).toBe(name);
  });

  test("a study of the package that is misspelt is answered with the nearest", async () => {
    await expect(readStudy("frist-study", [])).rejects.toThrow('did you mean "first-study"?');
  });

  test("where extends fails, a task that is missing is no issue of its own", async () => {
    const path = written({ "a.yaml": "extends: nosuch.yaml\nseeds: 0\n" });
    const issues = await issuesOf(readPlan(path, [], call));
    expect(issues.map((issue) => issue.split(":")[0])).toEqual(["extends", "seeds"]);
  });

  test("a study extends a file beside it, which extends a study of the package", async () => {
    const path = written({
      "mine.yaml": "extends: ./base.yaml\nseeds: 2\naxes: { noise.intensity: [0.25] }\n",
      "base.yaml": "extends: first-study\ntraining: { updates: 7 }\n",
    });
    const { study, runs } = await readPlan(path, [], call);
    expect(study.name).toBe("mine");
    expect(study.document.extends).toBeUndefined();
    expect(study.expected).toEqual([]);
    expect(runs.map(({ spec }) => [spec.network.noise[0], spec.training.updates])).toMatchObject(
      ["inside", "inside", "outside", "outside"].map((site) => [{ site, intensity: 0.25 }, 7]),
    );
  });

  test("issues of overrides, of extends and of the file are reported together", async () => {
    const path = written({ "a.yaml": "extends: ./a.yaml\ntask: function-approximation\nseeds: 0\n" });
    expect(await issuesOf(readPlan(path, ["training.updates=-1", "cel=gru"], call))).toEqual([
      "extends: must not lead back to itself, got a.yaml -> a.yaml",
      'cel: must lead into preset, task, network, training, evaluation, precision, got "cel"',
      "seeds: must be >= 1, got 0",
      "training.updates: must be an integer in [0, infinity), got -1",
    ]);
  });

  test("issues of overrides alone are refused too, by reading and by planning", async () => {
    const path = written({ "a.yaml": "task: function-approximation\n" });
    await expect(readStudy(path, ["cel=gru"])).rejects.toThrow(SpecError);
    await expect(readPlan(path, ["cel=gru"], call)).rejects.toThrow(SpecError);
  });

  test("a study's own document gives the same study and the same runs again", async () => {
    const plan = await planned({ axes: { zip: { hiddenSize: [2, 3], cell: ["gru", "rate"] } }, seeds: 2 });
    const path = written({ "again.json": JSON.stringify(plan.study.document) });
    const again = await readPlan(path, ["name=study"], call);
    expect(again.study.axes).toEqual(plan.study.axes);
    expect(again.runs).toEqual(plan.runs);
  });
});

describe("a frozen study", () => {
  const content = { axes: { hiddenSize: [2, 3] }, seeds: 2, name: "frozen" };
  const frozen = { base: "/data", backend: "reference", precision: "float64", software } as const;

  test("comes to the same runs in the same order, from another process's point of view", async () => {
    const store = join(folder, "store");
    const plan = await planned(content, { precision: "float64" });
    const place = await freezeStudy(store, plan, frozen);
    expect(basename(place)).toMatch(/^frozen-[0-9a-f]{12}$/);
    expect(readdirSync(place).sort()).toEqual(["conditions.json", "ids.txt", "study.json"]);
    expect(await frozenIds(`${place}/`)).toEqual(plan.runs.map(({ id }) => id));
    const again = await planFrozenStudy(place, loadTask);
    expect(again.runs).toEqual(plan.runs);
    expect(again.runs.every(({ id, spec }) => id === runId(spec) && spec.engine.precision === "float64")).toBe(true);
  });

  test("has its folder by its runs: figures change nothing, another seed does", async () => {
    const store = join(folder, "store");
    const folderOf = async (change: Readonly<Record<string, unknown>>) =>
      freezeStudy(store, await planned({ ...content, ...change }), frozen);
    expect(await folderOf({ figures: ["curves"] })).toBe(await folderOf({}));
    expect(await folderOf({ seeds: 3 })).not.toBe(await folderOf({}));
  });

  test("that was changed is refused: ids, document", async () => {
    const store = join(folder, "damaged");
    const place = await freezeStudy(store, await planned(content), { ...frozen, precision: "float32" });
    const change = (file: string, from: string, to: string) => {
      const path = join(place, file);
      const before = readFileSync(path, "utf8");
      expect(before).toContain(from);
      writeFileSync(path, before.replace(from, to));
      return () => writeFileSync(path, before);
    };
    const ids = change("ids.txt", "\n", "0\n");
    await expect(frozenIds(place)).rejects.toThrow("must hold the ids that the folder is named after");
    ids();
    change("study.json", '"hiddenSize": 4', '"hiddenSize": 5');
    await expect(planFrozenStudy(place, loadTask)).rejects.toThrow("the checksum must be");
  });

  test("whose document comes to other runs than were asked for is refused", async () => {
    const plan = await planned(content);
    const document = { ...plan.study.document, training: { updates: 2 } };
    const other = { ...plan, study: { ...plan.study, document } };
    const place = await freezeStudy(join(folder, "other"), other, { ...frozen, precision: "float32" });
    await expect(planFrozenStudy(place, loadTask)).rejects.toThrow("must come to the runs that were asked for");
  });
});

describe("the studies of the package", () => {
  const names = readdirSync(join(root, "studies"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();

  test("are listed with their folders, and each asks a question", async () => {
    const list = await packageStudyList();
    expect(list.map(({ name }) => name)).toEqual(names);
    expect(names).toEqual(expect.arrayContaining(["first-study", "noise-preference/maze"]));
    expect(list.every(({ summary }) => summary.length > 20)).toBe(true);
  });

  test.each(names)("%s has 0 issues, and the JSON Schema accepts it", async (name) => {
    const study = await readStudy(name, []);
    expect(study.name).toBe(name.replace("/", "-"));
    const schema = JSON.parse(readFileSync(join(root, "schemas", "study.json"), "utf8"));
    expect(breaches(schema, parse(readFileSync(join(root, "studies", `${name}.yaml`), "utf8")))).toEqual([]);
    expect(breaches(schema, study.document)).toEqual([]);
  });
});

describe("the JSON Schema", () => {
  const schema = JSON.parse(readFileSync(join(root, "schemas", "study.json"), "utf8"));

  test("in schemas/study.json is that of the source", () => {
    expect(schema).toEqual(JSON.parse(JSON.stringify(studyJsonSchema())));
  });

  test("describes every key of a study", () => {
    const keys = Object.entries(schema.properties as Record<string, { description?: string }>);
    expect(keys.filter(([, { description = "" }]) => description.length < 10)).toEqual([]);
  });

  test.each([
    ["an unknown key", { sedes: 3 }],
    ["an unknown form of values", { axes: { cell: { choices: ["gru"] } } }],
    ["two forms of values", { axes: { cell: { choice: ["gru"], range: [0, 1, 1] } } }],
    ["a range of two", { axes: { hiddenSize: { range: [0, 1] } } }],
    ["a value that is a mapping", { axes: { union: [{ task: [{ name: "table" }] }] } }],
    ["an empty list", { axes: { zip: { cell: [] } } }],
    ["a wrong condition", { axes: { cell: { choice: ["gru"], when: { site: { than: 1 } } } } }],
    ["a tolerance below 0", { expected: [{ analysis: "summary", column: "mean", value: 1, tolerance: -1 }] }],
    ["seeds that are no integers", { seeds: [0.5] }],
  ])("refuses %s", (_what, document) => {
    expect(breaches(schema, document)).not.toEqual([]);
  });
});
