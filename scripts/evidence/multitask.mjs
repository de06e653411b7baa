/**
 * The 20 cognitive tasks, trained and swept at test: `studies/noise-preference/multitask.yaml`, an hour or more on two cores.
 *
 * Runs are kept (`keptResults`): complete ones are used, interrupted ones go on. The page is made of them alone.
 */
import { join } from "node:path";
import { nodeResources, tasks } from "../../dist/index.js";
import { Failure } from "../tools/failure.mjs";
import { run } from "../tools/process.mjs";
import { keptResults, program, queried } from "../tools/reproduction.mjs";

export const title = "The noise preference on 20 cognitive tasks";

const study = join("studies", "noise-preference", "multitask.yaml");
const store = join(keptResults, "runs");

/** @typedef {Record<string, any>} Row */

export async function measure() {
  const trained = await run(process.execPath, [program, "study", "run", study, "--store", store]);
  if (trained.code !== 0) throw new Failure(`noisy-rnn study run ${study}: must end with 0, got ${trained.code}.`);
  const runs = await queried(store, study, "select * from runs order by site, trainIntensity, seed");
  const measured = await queried(
    store,
    study,
    `select id, metric, part, testIntensity, value from metrics
     where metric in ('test-loss', 'test-accuracy', 'test-part-loss', 'test-part-accuracy')`,
  );
  const validated = await queried(
    store,
    study,
    `select id, metric, "update", value from metrics where metric in ('validation-loss', 'validation-accuracy')`,
  );
  const { parts = [] } = await tasks.get("multitask").create({}, nodeResources());
  const networks = runs.map((one) => networkOf(one, measured, parts));
  return [
    ...introduction(runs),
    "",
    "## Networks",
    "",
    ...overview(networks),
    "",
    "## During training",
    "",
    ...progress(runs, validated),
    "",
    ...networks.flatMap(taskTable),
  ].join("\n");
}

/**
 * Numbers of one network: by test intensity over its training intensity, of all tasks together and of each.
 *
 * @param {Row} row of the view runs
 * @param {Row[]} measured
 * @param {readonly string[]} parts
 */
function networkOf(row, measured, parts) {
  const mine = measured.filter(({ id }) => id === row.id);
  const intensities = [...new Set(mine.map(({ testIntensity }) => testIntensity))].sort((a, b) => a - b);
  /** @param {string} metric @param {string | null} part */
  const curve = (metric, part) =>
    intensities.map((at) => {
      const found = mine.find((one) => one.metric === metric && one.part === part && one.testIntensity === at);
      if (found === undefined) throw new Failure(`run ${row.id}: has no ${metric} of ${part} at ${at}.`);
      return found.value;
    });
  return {
    row,
    intensities,
    factors: intensities.map((at) => at / row.trainIntensity),
    all: { name: "all", loss: curve("test-loss", null), score: curve("test-accuracy", null) },
    tasks: parts.map((name) => ({
      name,
      loss: curve("test-part-loss", name),
      score: curve("test-part-accuracy", name),
    })),
  };
}

/** @typedef {ReturnType<typeof networkOf>} Network */
/** @typedef {{ name: string, loss: number[], score: number[] }} Curve */

/** @param {Row[]} runs */
function introduction(runs) {
  const made = runs.map(
    ({ site, trainIntensity, updates, seconds, finishedAt, backend, variant, version, fingerprint }) =>
      `| ${site} | ${trainIntensity} | ${updates} | ${(seconds / 60).toFixed(0)} | ${String(finishedAt).slice(0, 16)} | ${backend} ${variant} | ${version} (${fingerprint}) |`,
  );
  return [
    `\`noisy-rnn study run ${study}\`: the 20 tasks of yang2019, one network for each site and intensity of the training noise, 256 softplus units, alpha 0.2, input noise 0.0316, Adam at 0.001, gradient entries clipped to [-1, 1], batches of 64 trials of one task and timing; seed 0. [The task](../tasks/multitask.md). Which multi-task suite eckstein2026 uses is not known to us, nor are its networks: sizes, intensities and length of training are ours.`,
    "",
    "| noise | training intensity | updates | minutes | ended | back end | noisy-rnn |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...made,
    "",
    "Minutes are by the clock: networks share the cores with each other and with whatever else the machine does.",
    "",
    "At test the intensity of that noise is 0 to 2 times the one of training, the input noise as in training; 512 trials of each task in 16 timings, the same trials and noise draws at every intensity. The score is the share of trials that end right; its standard error is below 2.3 % for one task and below 0.5 % for all. The loss is that of training, with its mask. One seed for each network: the spread between networks is not measured here.",
  ];
}

/** @param {Network[]} networks */
function overview(networks) {
  return [
    "The index is the test intensity with the lowest loss over the one of training, of all tasks together and as the median of the tasks; L(0) / L(1) is the loss without noise over the loss with the noise of training.",
    "",
    "| noise | training intensity | score without noise | score as trained | loss without noise | loss as trained | L(0) / L(1) | index | median index of the tasks | tasks whose loss is lowest with noise | tasks with L(0) > L(1) |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...networks.map((network) => {
      const { row, all, tasks, factors } = network;
      const as = trained(network);
      const indices = tasks.map((task) => factors[best(task)]).sort((a, b) => a - b);
      const median = (indices[Math.floor((indices.length - 1) / 2)] + indices[Math.ceil((indices.length - 1) / 2)]) / 2;
      return `| ${[
        row.site,
        row.trainIntensity,
        percent(all.score[0]),
        percent(all.score[as]),
        all.loss[0].toPrecision(3),
        all.loss[as].toPrecision(3),
        (all.loss[0] / all.loss[as]).toFixed(2),
        factors[best(all)].toFixed(2),
        median.toFixed(2),
        `${indices.filter((index) => index > 0).length} of ${tasks.length}`,
        `${tasks.filter(({ loss }) => loss[0] > loss[as]).length} of ${tasks.length}`,
      ].join(" | ")} |`;
    }),
  ];
}

/** @param {Row[]} runs @param {Row[]} validated */
function progress(runs, validated) {
  const all = [...new Set(validated.map(({ update }) => update))].sort((a, b) => a - b);
  // The first, about each doubling, and the last: where the curve still falls it shows.
  const updates = all.filter((update, i) => i === all.length - 1 || update >= 2 * (all[i - 1] ?? 0) || i % 4 === 3);
  return [
    "Score and loss of 640 validation trials with the noise of training, after so many updates. The published training has 156 250.",
    "",
    `| noise | training intensity | ${updates.join(" | ")} |`,
    `| --- | --- | ${updates.map(() => "---").join(" | ")} |`,
    ...runs.map(({ id, site, trainIntensity }) => {
      /** @param {string} metric @param {number} update */
      const value = (metric, update) =>
        validated.find((one) => one.id === id && one.metric === metric && one.update === update)?.value ?? Number.NaN;
      const cells = updates.map(
        (update) =>
          `${percent(value("validation-accuracy", update))}, ${value("validation-loss", update).toPrecision(2)}`,
      );
      return `| ${[site, trainIntensity, ...cells].join(" | ")} |`;
    }),
  ];
}

/** @param {Network} network */
function taskTable(network) {
  const { row, factors, tasks, all } = network;
  const as = trained(network);
  /** @param {Curve} curve */
  const line = (curve) =>
    `| ${[
      curve.name,
      ...factors.map((_, i) => `${percent(curve.score[i])}, ${curve.loss[i].toPrecision(2)}`),
      factors[best(curve)].toFixed(2),
      (curve.loss[0] / curve.loss[as]).toFixed(2),
    ].join(" | ")} |`;
  return [
    `## Noise ${row.site}, trained at ${row.trainIntensity}`,
    "",
    "Score and loss at test intensities in units of the training intensity.",
    "",
    `| task | ${factors.map((factor) => factor.toFixed(2)).join(" | ")} | index | L(0) / L(1) |`,
    `| --- | ${factors.map(() => "---").join(" | ")} | --- | --- |`,
    ...tasks.map(line),
    line(all),
    "",
  ];
}

/** Place of the training intensity. @param {Network} network */
function trained({ factors }) {
  return factors.findIndex((factor) => Math.abs(factor - 1) < 1e-9);
}

/** Place of the lowest loss. @param {Curve} curve */
function best({ loss }) {
  return loss.indexOf(Math.min(...loss));
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(0)} %`;
}
