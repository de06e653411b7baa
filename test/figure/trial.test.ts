import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { trialPicture } from "../../src/cli/trial-picture.ts";
import { figureWidth } from "../../src/figure/theme.ts";
import { trialFigure } from "../../src/figure/trial.ts";
import type { TrialPicture } from "../../src/figure/trial-data.ts";
import { nodeResources } from "../../src/platform/node/datasets.ts";
import { figureSvg } from "../../src/platform/node/figure-render.ts";
import { tasks } from "../../src/task/registry.ts";
import { testUnless } from "../helpers/skip.ts";

/** The pictures of docs/tasks.md; `npx vitest run test/figure/trial.test.ts -u` draws them anew. */
interface Picture {
  readonly task: string;
  readonly options?: object;
  readonly index?: number;
}
const pictures: readonly Picture[] = [
  { task: "function-approximation", index: 2 },
  { task: "regulator" },
  { task: "path-integration" },
  { task: "maze", index: 2 },
  { task: "mnist-rows" },
  { task: "mnist-sequential" },
  { task: "multitask", options: { tasks: "delaydm1" } },
];

const shared = join(root, "..", "shared", "data");
const folder = process.env.NOISY_RNN_DATA || (existsSync(shared) ? shared : undefined);

const pictureOf = async (task: string, options: object = {}, index = 0): Promise<TrialPicture> =>
  trialPicture(await tasks.get(task).create(options, nodeResources({ folder, download: false })), "train", index, 0);

async function isAsDrawn({ task, options, index }: Picture): Promise<void> {
  const figure = trialFigure(await pictureOf(task, options, index));
  const { svg, diagnostics } = await figureSvg(figure);
  expect(diagnostics).toEqual([]);
  expect(Number(/width="([\d.]+)"/.exec(svg)?.[1])).toBeLessThanOrEqual(figureWidth);
  await expect(`${svg}\n`).toMatchFileSnapshot(`../../docs/images/trials/${task}.svg`);
}

test.each(pictures)("the picture of $task in docs/tasks.md is what noisy-rnn trial draws", isAsDrawn);

const isAbsent = folder === undefined || !existsSync(join(folder, "ecg5000"));
testUnless(isAbsent ? "no folder ecg5000 in NOISY_RNN_DATA or ../shared/data" : undefined)(
  "the picture of ecg5000 in docs/tasks.md is what noisy-rnn trial draws",
  () => isAsDrawn({ task: "ecg5000" }),
);

test("the table of docs/tasks.md has every task with its page and, where they need no data, its sizes", async () => {
  const page = readFileSync(join(root, "docs", "tasks.md"), "utf8");
  const withoutFiles = {
    dataset: () => Promise.reject(new Error("data")),
    file: () => Promise.reject(new Error("data")),
  };
  for (const { name, dataset, create } of tasks.members) {
    const row = page.split("\n").find((line) => line.startsWith(`| [\`${name}\`](tasks/${name}.md) |`));
    expect(row, name).toBeDefined();
    if (dataset !== undefined || name === "table") continue;
    const { inputSize, outputSize, stepCount, dt, loss } = await create({}, withoutFiles);
    expect(row).toContain(`| ${inputSize} | ${outputSize} | ${stepCount} | ${dt} ms | ${loss} |`);
  }
});

test("docs/tasks.md shows a trial of every task but a user's own, and says how to draw it", () => {
  const page = readFileSync(join(root, "docs", "tasks.md"), "utf8");
  for (const { name } of tasks.members.filter((member) => member.name !== "table")) {
    expect(page).toMatch(new RegExp(`!\\[[^\\]]+\\]\\(images/trials/${name}\\.svg\\)`));
    expect(page).toContain(`noisy-rnn trial ${name}`);
  }
});

const small: TrialPicture = {
  task: "a-task",
  options: ["speed 2"],
  conditions: ["u 0.5"],
  split: "test",
  index: 3,
  seed: 1,
  dt: 10,
  stepCount: 4,
  periods: [
    { name: "show", start: 0, end: 20 },
    { name: "report", start: 20, end: 60 },
  ],
  inputs: ["u"],
  outputs: ["x", "y"],
  input: [0.5, 0.5, 0, 0],
  target: { kind: "values", values: [0, 0, 0.1, 0, 0.2, 0.1, 0.3, 0.2] },
  mask: [0, 0, 1, 5],
};

test("data hold every channel and step with its weight, periods end with the trial", () => {
  const figure = trialFigure(small);
  expect(figure.data).toHaveLength(4 * 3);
  expect(figure.data.at(-1)).toEqual({ time: 30, kind: "target", channel: "y", value: 0.2, weight: 5 });
  expect(figure.alternative).toContain("Periods: show 0 to 20 ms, report 20 to 40 ms.");
  expect(figure.alternative).toContain("Weights: 1 from 20 to 30 ms, 5 from 30 to 40 ms.");
  expect(figure.caption).toContain("Options: speed 2. Conditions: u 0.5.");
});

/** Marks of all panels, in order. */
const marks = (picture: TrialPicture): string[] => {
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    if ("mark" in value) found.push((value.mark as { type: string }).type);
    for (const part of Object.values(value)) visit(part);
  };
  visit(trialFigure(picture).specification);
  return found;
};

test("up to six channels are lines, seven and those with the same two values are a heat map, classes are squares, x and y are a path", () => {
  const many = (count: number): TrialPicture => ({
    ...small,
    inputs: Array.from({ length: count }, (_, i) => `u ${i}`),
    input: new Float64Array(4 * count).map((_, i) => i),
  });
  expect(marks(many(6))).toEqual(["rect", "text", "line", "line", "line", "point", "point"]);
  // two of three channels switch between 0 and 1
  const flags: TrialPicture = {
    ...small,
    inputs: ["a", "b", "c"],
    input: [0, 1, 0.3, 1, 0, 0.4, 1, 0, 0.5, 0, 1, 0.6],
  };
  expect(marks(flags)).toEqual(["rect", "text", "rect", "rule", "line", "line", "line", "point", "point"]);
  expect(marks(many(7))).toEqual(["rect", "text", "rect", "rule", "line", "line", "point", "point"]);
  const classes: TrialPicture = { ...small, target: { kind: "classes", classes: [0, 0, 1, 1] } };
  expect(marks(classes)).toEqual(["rect", "text", "line", "square"]);
  expect(trialFigure(classes).alternative).toContain("Target class at the last step that counts: y.");
});

test("degenerate trials are drawn: one step, all zero, weight 0 throughout", async () => {
  const silent: TrialPicture = {
    ...small,
    stepCount: 1,
    input: [0],
    target: { kind: "values", values: [0, 0] },
    mask: [0],
  };
  const { svg, diagnostics } = await figureSvg(trialFigure(silent));
  expect(diagnostics).toEqual([]);
  expect(svg).not.toContain("NaN");
});
