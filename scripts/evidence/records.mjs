import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeParquet } from "../../dist/io/index.js";
import { runFolderName } from "../../dist/study/spec.js";
import { Failure, say } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";
import { lastLines, run } from "../tools/process.mjs";

export const title = "Exported runs, read back by TensorBoard";

const version = "2.21.0";
const programs = process.platform === "win32" ? "Scripts" : "bin";

/**
 * @typedef {readonly [step: number, value: number, time: number]} Point in a chart
 * @typedef {Map<string, readonly Point[]>} Charts by run and tag, a line each
 */

/** A small study, exported, and every number of it compared with what TensorBoard's reader and its server give back. */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-records-"));
  const environment = join(folder, "venv");
  const python = join(environment, programs, "python");
  const logs = join(folder, "logs");
  const report = join(folder, "report");
  try {
    say("installing TensorBoard");
    await succeed("python3", ["-m", "venv", environment]);
    await succeed(python, ["-m", "pip", "install", "--quiet", `tensorboard==${version}`]);

    say("training");
    const study = ["reproduce", "noise-preference", "--task", "function-approximation", "--seeds", "2"];
    await noisyRnn([...study, "--quiet", "--out", report]);
    const exporting = ["export", report, "--format", "tensorboard", "--out", logs, "--quiet", "--json"];
    const begun = performance.now();
    const first = JSON.parse(await noisyRnn(exporting));
    const seconds = (performance.now() - begun) / 1000;
    const second = JSON.parse(await noisyRnn(exporting));

    say("reading");
    const expected = await chartsOfRuns(join(report, "runs", "complete"));
    const rows = [
      ["its reader (`EventMultiplexer`)", await chartsOfReader(python, logs)],
      ["its server, data loaded in Python", await chartsOfServer(join(environment, programs), logs, "false", expected)],
      ["its server, data loaded in Rust", await chartsOfServer(join(environment, programs), logs, "true", expected)],
    ].map(([by, charts]) => `| ${by} | ${comparison(expected, /** @type {Charts} */ (charts))} |`);
    const bytes = filesBelow(logs).reduce((sum, file) => sum + statSync(file).size, 0);
    return [
      `\`noisy-rnn ${study.join(" ")}\`, then \`noisy-rnn export report --format tensorboard --out logs\`: ${first.written} of ${first.runs} runs written in ${seconds.toFixed(1)} s, ${(bytes / first.runs / 1000).toFixed(1)} kB each. Exported again: ${second.written} written, ${second.present} there already.`,
      "",
      `TensorBoard ${version} against \`metrics.parquet\` of every run: steps and times exactly, values in float32.`,
      "",
      "| read by | charts | values | charts that differ |",
      "| --- | --- | --- | --- |",
      ...rows,
    ].join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} command @param {readonly string[]} parameters */
async function succeed(command, parameters) {
  const { code, output } = await run(command, parameters, { capture: true });
  if (code !== 0) throw new Failure(`${command} ${parameters[0]}: must end with 0, got ${code}:\n${lastLines(output)}`);
  return output;
}

/** @param {readonly string[]} parameters */
const noisyRnn = (parameters) => succeed(process.execPath, [join(root, "dist", "cli", "main.js"), ...parameters]);

/** @param {string} folder */
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());

/** What the documentation promises, from the files of the runs. @param {string} complete */
async function chartsOfRuns(complete) {
  /** @type {Map<string, Point[]>} */
  const charts = new Map();
  for (const file of filesBelow(complete).filter((path) => path.endsWith("metrics.parquet"))) {
    const spec = JSON.parse(readFileSync(join(file, "..", "spec.json"), "utf8"));
    const { finishedAt } = JSON.parse(readFileSync(join(file, "..", "record.json"), "utf8"));
    for (const row of await decodeParquet(readFileSync(file), file)) {
      if (row.repeat !== null) continue;
      const isTest = row.testIntensity !== null;
      const key = `${runFolderName(spec)}\n${row.name}${isTest ? "/intensity-in-millionths" : ""}`;
      const step = isTest ? Math.round(Number(row.testIntensity) * 1e6) : Number(row.update);
      const chart = charts.get(key) ?? [];
      chart.push([step, Math.fround(Number(row.value)), Date.parse(finishedAt) / 1000]);
      charts.set(key, chart);
    }
  }
  return charts;
}

/** @param {string} python @param {string} logs @returns {Promise<Charts>} */
async function chartsOfReader(python, logs) {
  const { output } = await run(python, [join(root, "test", "oracle", "read-events.py"), logs], { capture: true });
  // What the reader says to people stands before the one line of JSON.
  /** @type {Record<string, { scalars: Record<string, Point[]> }>} */
  const runs = JSON.parse(lastLines(output, 1));
  return new Map(
    Object.entries(runs).flatMap(([name, { scalars }]) =>
      Object.entries(scalars).map(([tag, points]) => /** @type {const} */ ([`${name}\n${tag}`, points])),
    ),
  );
}

/**
 * @param {string} bin folder with the program
 * @param {string} logs
 * @param {string} loadFast
 * @param {Charts} expected charts to ask for
 * @returns {Promise<Charts>}
 */
async function chartsOfServer(bin, logs, loadFast, expected) {
  const port = "6106";
  const server = spawn(join(bin, "tensorboard"), ["--logdir", logs, "--port", port, "--load_fast", loadFast], {
    stdio: "ignore",
  });
  const data = `http://localhost:${port}/data`;
  try {
    const runs = new Set([...expected.keys()].map((key) => key.split("\n")[0])).size;
    const isReady = async () => {
      const answer = await fetch(`${data}/runs`).catch(() => undefined);
      return answer?.ok === true && /** @type {string[]} */ (await answer.json()).length === runs;
    };
    const deadline = performance.now() + 60_000;
    while (!(await isReady())) {
      if (performance.now() > deadline) throw new Failure(`tensorboard: must serve ${runs} runs within a minute`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    /** @type {Map<string, Point[]>} */
    const charts = new Map();
    for (const key of expected.keys()) {
      const [name, tag] = key.split("\n");
      const answer = await fetch(`${data}/plugin/scalars/scalars?${new URLSearchParams({ run: name, tag })}`);
      if (!answer.ok) continue;
      const points = /** @type {[number, number, number][]} */ (await answer.json());
      charts.set(
        key,
        points.map(([time, step, value]) => [step, value, time]),
      );
    }
    return charts;
  } finally {
    server.kill();
  }
}

/** @param {Charts} expected @param {Charts} found */
function comparison(expected, found) {
  const values = [...found.values()].reduce((sum, points) => sum + points.length, 0);
  const different = [...expected].filter(([key, points]) => JSON.stringify(found.get(key)) !== JSON.stringify(points));
  return `${found.size} of ${expected.size} | ${values} | ${different.length}`;
}
