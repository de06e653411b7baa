/**
 * The noise preference at full extent, all families: about an hour on two cores, and four more for the multi-task suite.
 *
 * Networks are kept (`keptResults`), so a measurement that was interrupted goes on.
 */
import { join } from "node:path";
import { run } from "../tools/process.mjs";
import { claimsText, keptResults, program, queried, reproduced } from "../tools/reproduction.mjs";

export const title = "The noise preference at full extent: claims and families";

/** Families, with the study of each. */
const families = [
  "function-approximation",
  "regulator",
  "maze",
  "path-integration",
  "multitask",
  "feedforward",
  "mnist-rows",
  "ecg5000",
];

/** Numbers of networks that are looked into, as analyses name them. */
const looked = [
  "controls.lossZero",
  "controls.lossTraining",
  "controls.lossSmoothed",
  "controls.lossRefit",
  "controls.indexTrained",
  "controls.indexCounterpart",
  "controls.isMonotone",
  "operating-point.meanInSigma",
  "operating-point.shareWithinSigma",
  "shift.rmsShiftMonteCarlo",
  "shift.meanFieldError",
  "shift.closureError",
  "shift.biasSlopeMeanField",
  "shift.biasSlopeClosure",
  "fixed-points.pointsAtZero",
  "fixed-points.pointsAtTraining",
  "fixed-points.bifurcations",
  "fixed-points.readoutErrorAtZero",
  "fixed-points.readoutErrorAtTraining",
  "incentive.incentive",
  "incentive.variance",
];

export async function measure() {
  const options = ["noise-preference", "--full", "--keep-outdated", "--overwrite"];
  // once to see how far it is, once more to read what it says
  await run(process.execPath, [program, "reproduce", ...options, "--out", keptResults]);
  const { claims, table } = await reproduced([...options, "--quiet"], keptResults);
  const store = join(keptResults, "runs");
  const costs = [];
  for (const family of families) costs.push(...(await cost(store, family)));
  return `\`noisy-rnn reproduce noise-preference --full\`, the studies in \`studies/noise-preference/\`:

| family | networks | seeds | updates | minutes of all networks together |
| --- | --- | --- | --- | --- |
${costs.join("\n")}

Minutes are those in which a network was trained and measured, two at a time where the machine has two cores.

## Claims

How a verdict is reached stands on the first page of the report that the command writes. Intervals are 95 % intervals
over networks from different seeds. No setting is the paper's: its hyper-parameters are unknown.

${claimsText(claims)}

## Every condition

\`\`\`
${table}
\`\`\`

## Function approximation, looked into

32 ReLU units; mean over the seeds, lowest and highest. What the numbers mean: [analyses](../analyses.md).

| number | noise | trained at | networks | mean | lowest | highest |
| --- | --- | --- | --- | --- | --- | --- |
${(await findings(store)).join("\n")}`;
}

/** @param {string} store @param {string} family */
async function cost(store, family) {
  const question = `select count(*) as networks, count(distinct seed) as seeds, min(updates) as least, max(updates) as most,
    sum(seconds) / 60 as minutes from runs`;
  const [row] = await queried(store, `noise-preference/${family}`, question);
  if (row === undefined || row.networks === 0) return [];
  const updates = row.least === row.most ? row.least : `${row.least} to ${row.most}`;
  return [`| ${[family, row.networks, row.seeds, updates, Math.round(row.minutes)].join(" | ")} |`];
}

/** @param {string} store */
async function findings(store) {
  const names = looked.map((name) => `'${name}'`).join(", ");
  const question = `select part, site, trainIntensity, count(*) as networks, avg(value) as mean, min(value) as lowest,
    max(value) as highest from metrics where metric = 'finding' and part in (${names}) group by all`;
  const rows = await queried(store, "noise-preference/function-approximation", question);
  const sorted = [...rows].sort(
    (a, b) =>
      looked.indexOf(a.part) - looked.indexOf(b.part) ||
      a.site.localeCompare(b.site) ||
      a.trainIntensity - b.trainIntensity,
  );
  /** @param {number} value */
  const text = (value) => String(Number(value.toPrecision(3)));
  return sorted.map(
    ({ part, site, trainIntensity, networks, mean, lowest, highest }) =>
      `| ${[part, site, trainIntensity, networks, text(mean), text(lowest), text(highest)].join(" | ")} |`,
  );
}
