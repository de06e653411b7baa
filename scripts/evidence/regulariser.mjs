/**
 * What noise adds to the loss, by theory and by Monte Carlo, and training with the one in place of the other:
 * `studies/regulariser.yaml`, some minutes on two cores.
 *
 * Runs are kept in the folder that NOISY_RNN_EVIDENCE_STORE names, default `runs/evidence/` of the project.
 */
import { join } from "node:path";
import { analyse, createNetwork, nodeResources, tasks, train } from "../../dist/index.js";
import { Failure, say } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";
import { run } from "../tools/process.mjs";

export const title = "The second-order regulariser of noise";

const study = join("studies", "regulariser.yaml");
const program = join(root, "dist", "cli", "main.js");

/** @typedef {Pick<import("../../dist/index.js").NetworkOptions, "cell" | "settings" | "noise">} Given */

const tanh = { cell: "ctrnn", settings: { activation: "tanh" } };
/** @type {readonly (readonly [string, Given])[]} networks by what they show: every way in which noise can enter */
const networks = [
  ["ctrnn, noise inside 0.3", { ...tanh, noise: [{ site: "inside", intensity: 0.3 }] }],
  ["ctrnn, noise outside 0.3", { ...tanh, noise: [{ site: "outside", intensity: 0.3 }] }],
  ["ctrnn, coloured noise inside 0.3", { ...tanh, noise: [{ site: "inside", intensity: 0.3, correlationTime: 5 }] }],
  ["ctrnn, noise of the weights 0.05", { ...tanh, noise: [{ site: "weight", intensity: 0.05 }] }],
  [
    "lipschitz, noise at the state 0.2 and shared noise in proportion to the drift 0.2",
    {
      cell: "lipschitz",
      settings: { step: 0.1 },
      noise: [
        { site: "state", intensity: 0.2, scaling: "per-sqrt-time" },
        {
          site: "state-multiplicative",
          intensity: 0.2,
          scaling: "per-sqrt-time",
          proportionalTo: "drift",
          shared: true,
        },
      ],
    },
  ],
  ["gru, noise at the state 0.05", { cell: "gru", noise: [{ site: "state", intensity: 0.05 }] }],
];
const grid = { levels: 6, largest: 2, draws: 512, trials: 8 };

export async function measure() {
  return [...(await remainders()), "", ...(await trainings())].join("\n");
}

async function remainders() {
  const task = await tasks.get("function-approximation").create({ scoredFrom: 0.8 }, nodeResources());
  const lines = [
    "## The remainder",
    "",
    `sin(pi u), 30 steps, mean squared error of the last six, 12 units, 500 updates with the noise, seed 0. Eight test trials, ${grid.draws} antithetic pairs, the same at every level; P + Q exactly, without sampling. The remainder is the rise less eps^2 / 2 (P + Q), with the second order along the same draws as control variate.`,
  ];
  for (const [name, given] of networks) {
    say(`remainder: ${name}`);
    const network = createNetwork({ inputSize: 1, hiddenSize: 12, outputSize: 1, ...given });
    const kernel = await network.kernel({ precision: "float32" });
    const { weights } = await train({ network, kernel, task, options: { updates: 500 }, seed: 0 });
    const found = await analyse("regulariser", { network, kernel, weights, seed: 0, task, options: grid });
    const of = Object.fromEntries(found.numbers.map((one) => [one.name, one.value]));
    const levels = found.tables.find((table) => table.name === "levels")?.rows ?? [];
    lines.push(
      "",
      `**${name}.** P = ${digits(of.p)}, along draws ${digits(of.pEstimate)} (standard error ${digits(of.pError)}); Q = ${digits(of.q)}, along draws ${digits(of.qEstimate)} (${digits(of.qError)}). Fitted order of the remainder: ${digits(of.order)}.`,
      "",
      "| eps | rise of the loss, Monte Carlo | standard error | eps^2 / 2 (P + Q) | remainder | standard error | remainder / penalty | remainder / eps^4 |",
      "| --- | --- | --- | --- | --- | --- | --- | --- |",
      ...levels.map(
        (row) =>
          `| ${row.eps} | ${digits(row.rise)} | ${digits(row.riseError)} | ${digits(row.penalty)} | ${digits(row.remainder)} | ${digits(row.remainderError)} | ${digits(row.relative)} | ${digits(row.perFourth)} |`,
      ),
    );
    kernel.close();
  }
  return lines;
}

async function trainings() {
  const store = process.env.NOISY_RNN_EVIDENCE_STORE ?? join(root, "runs", "evidence");
  const trained = await run(process.execPath, [program, "study", "run", study, "--store", store]);
  if (trained.code !== 0) throw new Failure(`noisy-rnn study run ${study}: must end with 0, got ${trained.code}.`);
  const rows = await ask(
    store,
    `select trainIntensity, trainedWith, seed, metric, part, testIntensity, value from metrics
     where metric in ('test-loss', 'finding')`,
  );
  const lines = [
    "## Training with the penalty in place of the noise",
    "",
    `\`${study}\`: the same task, 20 tanh units, noise inside, 1000 updates, seeds 0 to 2; matched: the penalty stands for the noise of its row. Means over seeds, and the lowest and highest. "antithetic noise" is the penalty with step 1: pairs of draws with opposite signs; "nothing" is the loss without noise. P and Q are those of the trained network at the noise of its row.`,
    "",
    "| noise | trained with | loss without noise | loss with the noise | P | Q |",
    "| --- | --- | --- | --- | --- | --- |",
  ];
  const intensities = [...new Set(rows.map((row) => row.trainIntensity))].sort((a, b) => a - b);
  const kinds = ["nothing", "noise", "antithetic noise", "penalty P + Q", "penalty Q"];
  for (const intensity of intensities) {
    for (const kind of kinds) {
      const own = rows.filter((row) => row.trainIntensity === intensity && row.trainedWith === kind);
      /** @param {(row: Record<string, any>) => boolean} isMeant */
      const cell = (isMeant) => range(own.filter(isMeant).map(({ value }) => value));
      const at = (/** @type {number} */ level) =>
        cell((row) => row.metric === "test-loss" && row.testIntensity === level);
      const number = (/** @type {string} */ name) => cell((row) => row.part === `regulariser.${name}`);
      lines.push(`| ${intensity} | ${kind} | ${at(0)} | ${at(intensity)} | ${number("p")} | ${number("q")} |`);
    }
  }
  return [
    ...lines,
    "",
    "Where the noise is small, the penalty P + Q trains the networks that antithetic noise trains. Where it is not (here from 0.2 on), training with P + Q leaves the fit in some or all seeds: P has no lower bound, and falls below -Q while the loss grows. That is no failure of the gradient, which is exact, but of the second order as something to descend. Q alone keeps the fit; from 0.1 on its networks have a lower loss without noise than those trained with antithetic noise, and a higher one with it.",
  ];
}

/** @param {string} store @param {string} question @returns {Promise<Record<string, any>[]>} */
async function ask(store, question) {
  const parameters = [program, "query", "--store", store, "--study", study, "--json", question];
  const { code, output } = await run(process.execPath, parameters, { capture: true });
  if (code !== 0) throw new Failure(`noisy-rnn query: must end with 0, got ${code}; it said: ${output}`);
  return JSON.parse(output.slice(output.indexOf("{"))).rows;
}

/** @param {readonly number[]} values */
function range(values) {
  if (values.length === 0) return "none";
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${digits(mean)} (${digits(Math.min(...values))} to ${digits(Math.max(...values))})`;
}

/** @param {any} value */
function digits(value) {
  return typeof value === "number" ? String(Number(value.toPrecision(3))) : "unknown";
}
