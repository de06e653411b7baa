import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { say } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";

/** @typedef {{ what: string, seconds: number, work: number }} Time */
/** @typedef {import("../../src/study/outcome.ts").RunSummary} RunSummary */
/** @typedef {import("../../src/platform/node/results/store-index.ts").IndexedStore} IndexedStore */

export const title = "Questions about very many runs";

/** Runs whose files are read to measure how fast an index grows. */
const built = 5000;

export async function measure() {
  const lines = await queryScale({ runs: 100_000, metrics: 50 });
  return lines.join("\n");
}

/** @param {string} file below dist/platform/node/results */
const load = (file) => import(pathToFileURL(join(root, "dist", "platform", "node", "results", file)).href);

/**
 * Times of questions over a made-up index, and the rate at which an index is built from files.
 *
 * @param {{ runs: number, metrics: number }} size
 * @returns {Promise<string[]>} a Markdown table
 */
export async function queryScale({ runs, metrics }) {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-scale-"));
  try {
    say(`an index of ${runs} runs with ${metrics} numbers each`);
    const store = await syntheticStore(join(folder, "store"), { runs, metrics });
    /** @type {Time[]} */
    const times = [];
    const { openResults } = await load("open-results.js");
    const results = await timed(times, "open (checksums, table of runs)", () => openResults(store));
    for (const [what, sql] of questions) await timed(times, what, () => results.query(sql));
    await timed(times, "rows of test-loss for analyses", () => results.results(["test-loss"]));
    await results.close();
    const megabytes = process.memoryUsage.rss() / 2 ** 20;
    say(`building an index of ${built} runs from their files`);
    await timed(times, `adding ${built} runs to the index`, await builder(join(folder, "build"), metrics));
    return [
      `${runs} runs, ${metrics} numbers each, ${store.megabytes.toFixed(0)} MB of index; memory of the process at the end ${megabytes.toFixed(0)} MB.`,
      "",
      "| what | seconds | seconds of processor time |",
      "| --- | ---: | ---: |",
      ...times.map(({ what, seconds, work }) => `| ${what} | ${seconds.toFixed(2)} | ${work.toFixed(2)} |`),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const questions = /** @type {const} */ ([
  ["count of runs by outcome", "select outcome, count(*) from runs group by outcome"],
  ["mean of one metric by site", "select site, avg(value) from metrics where metric = 'm7' group by site"],
  ["mean over all curves of one metric", "select avg(mean) from curves where metric = 'test-loss'"],
  [
    "curves of one metric, 50 of the conditions",
    `select * from curves where metric = 'test-loss' and site = 'inside' and "trainIntensity" < 0.1`,
  ],
  ["all numbers of one run", "select * from metrics where id = (select min(id) from runs)"],
]);

/**
 * @template Result
 * @param {Time[]} times
 * @param {string} what
 * @param {() => Promise<Result>} act
 */
async function timed(times, what, act) {
  const begun = performance.now();
  const before = process.cpuUsage();
  const result = await act();
  const { user, system } = process.cpuUsage(before);
  times.push({ what, seconds: (performance.now() - begun) / 1000, work: (user + system) / 1e6 });
  return result;
}

/**
 * A store whose index is there and whose runs are not: whatever would read one fails.
 *
 * @param {string} folder
 * @param {{ runs: number, metrics: number }} size
 * @returns {Promise<IndexedStore & { readonly megabytes: number }>}
 */
export async function syntheticStore(folder, { runs, metrics }) {
  const { openDatabase, literal } = await load("duckdb.js");
  const { publishSegment } = await load("segments.js");
  const { keyOf } = await load("store-index.js");
  const index = join(folder, "index");
  mkdirSync(index, { recursive: true });
  const database = await openDatabase();
  /** @type {Map<string, RunSummary>} */
  const summaries = new Map();
  let bytes = 0;
  const size = 10_000;
  for (let first = 0; first < runs; first += size) {
    const count = Math.min(size, runs - first);
    const files = { runs: join(index, randomUUID()), metrics: join(index, randomUUID()) };
    await database.query(runsTable(first, count, keyOf("id")));
    const copy = (/** @type {string} */ query, /** @type {string} */ file) =>
      database.query(`copy (${query}) to ${literal(file)} (format parquet, compression zstd)`);
    await copy("select * from made order by _key", files.runs);
    await copy(metricsQuery(metrics), files.metrics);
    const segment = await publishSegment(index, { ...files, count });
    bytes += statSync(segment.runs).size + statSync(segment.metrics).size;
    const table = await database.query(`select id, title, "finishedAt" from made`);
    const [ids, titles, times] = table.columns.map((/** @type {{ values: string[] }} */ { values }) => values);
    for (const [i, id] of ids.entries()) {
      const facts = { kind: /** @type {const} */ ("completed"), cause: null, seconds: 1, software: "", host: "" };
      summaries.set(id, { id, title: titles[i], finishedAt: times[i], ...facts });
    }
  }
  database.close();
  return {
    folder,
    megabytes: bytes / 1e6,
    runFolder: (id) => join(folder, id),
    summaries: () => Promise.resolve(summaries),
    read: (id) => Promise.reject(new Error(`${id} must not be read`)),
  };
}

/** Ten seeds a condition. @param {number} first @param {number} count @param {string} key */
function runsTable(first, count, key) {
  return `create or replace table made as
    select ${key} as _key, id, * exclude (id) from (
      select sha256('run ' || i) as id, sha256('condition ' || (i // 10)) as condition, 'run ' || i as title,
        'function-approximation' as task, case when i % 20 < 10 then 'ctrnn' else 'gru' end as cell,
        64::integer as "hiddenSize", case when i % 40 < 20 then 'inside' else 'outside' end as site, 'gaussian' as law,
        (i // 10) / 1000.0 as "trainIntensity", 'relu' as activation, 'inside' as "testSite", (i % 10)::bigint as seed,
        'completed' as outcome, null::varchar as cause, 1000::integer as updates, 1.5::double as seconds,
        '2026-01-01T00:00:00.' || i as "finishedAt", 'native' as backend, 'avx2' as variant, '0.1.0' as version,
        '{"training":{"updates":1000,"learningRate":' || (i // 10) / 1e5 || '}}' as spec
      from range(${first}, ${first + count}) t(i))`;
}

/** Half of the numbers are of one curve. @param {number} metrics */
function metricsQuery(metrics) {
  return `select _key, case when m < ${metrics} // 2 then 'test-loss' else 'm' || m end as metric,
      case when m < ${metrics} // 2 then m / 10.0 end::double as "testIntensity",
      case when m < ${metrics} // 2 then null else 1000 end::integer as "update", null::integer as "repeat",
      random() as value
    from made, range(${metrics}) t(m) order by metric, _key`;
}

/**
 * Makes files of runs. @returns what adds them to an index
 *
 * @param {string} folder @param {number} metrics
 */
async function builder(folder, metrics) {
  const { encodeParquet } = await import(pathToFileURL(join(root, "dist", "io", "index.js")).href);
  const { openDatabase } = await load("duckdb.js");
  const { storeIndex } = await load("store-index.js");
  mkdirSync(folder, { recursive: true });
  const bytes = encodeParquet(metricsFile(metrics));
  const original = join(folder, "metrics.parquet");
  writeFileSync(original, bytes);
  /** @type {Map<string, RunSummary>} */
  const summaries = new Map();
  const store = {
    folder,
    runFolder: (/** @type {string} */ id) => join(folder, id),
    summaries: () => Promise.resolve(summaries),
    read: async (/** @type {string} */ id) => ({ spec: specOf(id), record: recordOf(id), metrics: bytes }),
  };
  for (let i = 0; i < built; i++) {
    const id = i.toString(16).padStart(12, "0").padEnd(64, "0");
    summaries.set(id, {
      id,
      title: "",
      kind: "completed",
      cause: null,
      seconds: 1,
      finishedAt: "",
      software: "",
      host: "",
    });
    mkdirSync(join(folder, id));
    linkSync(original, join(folder, id, "metrics.parquet"));
  }
  return async () => {
    const database = await openDatabase();
    const { segments } = await storeIndex(store, database);
    database.close();
    if (segments.length !== 1) throw new Error(`expected one segment, got ${segments.length}`);
  };
}

/** @param {number} metrics */
function metricsFile(metrics) {
  const rows = Array.from({ length: metrics }, (_, i) => i);
  const nullable = true;
  return {
    rowCount: metrics,
    columns: [
      { name: "name", type: "string", values: rows.map(() => "test-loss") },
      { name: "update", type: "int32", nullable, values: rows.map(() => null) },
      { name: "testIntensity", type: "double", nullable, values: rows.map((i) => i / 10) },
      { name: "repeat", type: "int32", nullable, values: rows.map(() => null) },
      { name: "value", type: "double", values: rows.map((i) => Math.sin(i)) },
    ],
  };
}

/** @param {string} id */
const specOf = (id) => ({
  format: 2,
  task: { name: "function-approximation", options: {}, files: {} },
  network: { cell: "ctrnn", hiddenSize: 64, settings: {}, noise: [{ site: "inside", law: "gaussian", intensity: 1 }] },
  training: { updates: 1000 },
  evaluation: null,
  engine: { backend: "native", precision: "float32" },
  seed: Number.parseInt(id.slice(0, 12), 16),
});

/** @param {string} id */
const recordOf = (id) => ({
  id,
  title: "made up",
  outcome: { kind: "completed", update: 1000 },
  software: { version: "0", fingerprint: "", variant: "avx2" },
  machine: {},
  seconds: 1,
  finishedAt: "2026-01-01T00:00:00Z",
});
