/** What planning, looking at and sharing a store cost with 100 000 runs, and what follows for 1 000 000 on paper. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { Failure, say } from "../tools/failure.mjs";
import { root } from "../tools/folders.mjs";
import { isOnPath } from "../tools/system.mjs";

export const title = "Planning and watching 100 000 runs, and the operations of one";

const main = join(root, "dist", "cli", "main.js");

const studyOf = (/** @type {number} */ seeds) => `name: large
question: What does a large study cost?
task: { name: function-approximation, target: sin-pi, stepCount: 10, scoredFrom: 0.8 }
network: { cell: ctrnn }
training: { updates: 20 }
evaluation: { repeats: 1, intensities: [0, 0.5] }
axes:
  noise.site: [inside, outside]
  noise.intensity: { range: [0.1, 1, 0.1] }
  hiddenSize: [4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
  training.learningRate: [0.001, 0.002, 0.004, 0.008, 0.016]
seeds: ${seeds}
`;
const conditions = 1000;
/** Processes that the journals of the made-up store come from. */
const workers = 1000;

/** @typedef {{ stdout: string, seconds: number, cpu: number, megabytes: number }} Measured */

export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-scale-"));
  try {
    writeFileSync(join(folder, "large.yaml"), studyOf(100));
    const lines = [
      "A study of 1000 conditions (two sites, ten intensities, ten sizes, five learning rates). Each command is a process of its own: time from its start to its end, time of the processor in it, its largest resident set.",
      "",
      "| runs | command | seconds | processor seconds | MB |",
      "| --- | --- | --- | --- | --- |",
    ];
    const row = (
      /** @type {number} */ runs,
      /** @type {string} */ name,
      /** @type {Measured} */ { seconds, cpu, megabytes },
    ) => lines.push(`| ${runs} | ${name} | ${seconds.toFixed(1)} | ${cpu.toFixed(1)} | ${megabytes} |`);

    say("planning");
    for (const seeds of [1, 10, 100]) {
      const planned = await noisy(folder, "study", "plan", "large.yaml", `seeds=${seeds}`, "--json");
      const { runs, measuringSeconds } = JSON.parse(planned.stdout);
      row(runs, `\`study plan\`, of which ${measuringSeconds.toFixed(1)} s are the measurement of times`, planned);
    }
    const frozen = await noisy(folder, "study", "run", "large.yaml", "--executor", "shell", "--chunks", "1", "--json");
    const { folder: study, store } = JSON.parse(frozen.stdout);
    row(100 * conditions, "`study run --executor shell`: planned and frozen into an empty store", frozen);
    row(100 * conditions, "`study status` of an empty store", await noisy(folder, "study", "status", study, "--json"));

    say("making up a store");
    await makeUp(folder, study, store);
    for (const name of ["first", "again"]) {
      const status = await noisy(folder, "study", "status", study, "--json");
      const { runs, complete } = JSON.parse(status.stdout);
      if (complete !== runs) throw new Failure(`evidence scale: ${complete} of ${runs} runs are complete.`);
      row(runs, `\`study status\`, all complete, ${name}`, status);
    }
    const planned = await noisy(folder, "study", "plan", "large.yaml", "--json");
    row(100 * conditions, "`study plan`, all complete", planned);

    say("asking 1000 runs");
    const own = ["large.yaml", "seeds=1", "--store", "real", "--quiet"];
    row(
      conditions,
      "`study run`: 1000 runs of 20 updates, made for the questions below",
      await noisy(folder, "study", "run", ...own),
    );
    const question = "select count(*) as n, avg(value) as mean from metrics where metric = 'test-loss'";
    for (const name of ["first", "again"]) {
      row(
        conditions,
        `\`query\` of a mean over all runs, ${name}`,
        await noisy(folder, "query", question, "--store", "real"),
      );
    }

    say("counting system calls");
    lines.push("", ...(await systemCalls(folder)));
    return lines.join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A module that says what the process used, when it ends. */
const report =
  'process.on("exit", () => process.stderr.write("\\nused " + JSON.stringify(process.resourceUsage()) + "\\n"))';
const reportUsage = `data:text/javascript,${encodeURIComponent(report)}`;

/** @returns {Promise<Measured>} */
function noisy(/** @type {string} */ cwd, /** @type {string[]} */ ...parameters) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const options = { cwd, maxBuffer: 2 ** 30 };
    execFile(process.execPath, ["--import", reportUsage, main, ...parameters], options, (error, stdout, stderr) => {
      if (error !== null) return reject(new Failure(`evidence scale: ${parameters.join(" ")}: ${stderr}`));
      const used = JSON.parse(/^used (.*)$/m.exec(stderr)?.[1] ?? "{}");
      const megabytes = Math.round((used.maxRSS * 1024) / 1e6);
      const cpu = (used.userCPUTime + used.systemCPUTime) / 1e6;
      resolve({ stdout, seconds: (performance.now() - began) / 1000, cpu, megabytes });
    });
  });
}

/**
 * A store in which all runs of a study are complete: folders with the files of one real run, under other names, and
 * journals of a thousand processes.
 *
 * @param {string} folder
 * @param {string} study
 * @param {string} store
 */
async function makeUp(folder, study, store) {
  const ids = readFileSync(join(study, "ids.txt"), "utf8").trim().split("\n");
  await noisy(
    folder,
    "study",
    "run",
    "large.yaml",
    "seeds=1",
    "hiddenSize=8",
    "training.learningRate=0.001",
    "noise.intensity=0.1",
    "--store",
    "one",
    "--quiet",
  );
  const one = join(folder, "one");
  const shard = readdirSync(join(one, "complete"))[0];
  const real = join(one, "complete", shard, readdirSync(join(one, "complete", shard))[0]);
  const [journal] = readdirSync(join(one, "journal"));
  const { run } = JSON.parse(readFileSync(join(one, "journal", journal), "utf8").split("\n")[0]);
  const names = readdirSync(real);
  mkdirSync(join(store, "journal"), { recursive: true });
  /** @type {string[][]} */
  const journals = Array.from({ length: workers }, () => []);
  for (const [index, id] of ids.entries()) {
    const place = join(store, "complete", id.slice(0, 2), id);
    mkdirSync(place, { recursive: true });
    for (const name of names) {
      // A file system allows so many links only: a fresh copy every 30 000.
      const source = join(folder, `${Math.floor(index / 30_000)}-${name}`);
      if (index % 30_000 === 0) writeFileSync(source, readFileSync(join(real, name)));
      linkSync(source, join(place, name));
    }
    const text = JSON.stringify({ ...run, id });
    journals[index % workers].push(`{"crc":"${crc32(text).toString(16).padStart(8, "0")}","run":${text}}\n`);
  }
  for (const [worker, lines] of journals.entries()) {
    appendFileSync(join(store, "journal", `node${worker}-1-${hash(worker)}.jsonl`), lines.join(""));
  }
}

const hash = (/** @type {number} */ value) => createHash("sha256").update(String(value)).digest("hex").slice(0, 8);

/** What a file server has to do for a call; reads and writes of an open file are counted apart. */
const metadataCalls =
  "openat,mkdir,rename,renameat2,unlink,unlinkat,rmdir,stat,lstat,newfstatat,statx,access,fsync,fdatasync,utimensat,link,linkat,readlink,getdents64";

/** System calls on the store per run: the difference between studies of 60 and 20 runs, so that what a process does once is left out. */
async function systemCalls(/** @type {string} */ folder) {
  if (!isOnPath("strace")) throw new Failure("evidence scale: needs strace to count system calls.");
  const few = await counted(folder, 1);
  const many = await counted(folder, 3);
  const runs = 40;
  const perRun = [...many].map(([name, count]) => [name, (count - (few.get(name) ?? 0)) / runs]);
  const shown = perRun.filter(([, count]) => Number(count) >= 0.01).sort(([, a], [, b]) => Number(b) - Number(a));
  const total = shown.reduce((sum, [, count]) => sum + Number(count), 0);
  const rate = (/** @type {number} */ seconds) => Math.round((total * 1000) / seconds);
  return [
    "System calls with a path in the store, and flushes, of one run from its claim to its publication, counted with strace (studies of 60 and of 20 runs on one worker; the difference, over 40):",
    "",
    "| call | per run |",
    "| --- | --- |",
    ...shown.map(([name, count]) => `| ${name} | ${Number(count).toFixed(2)} |`),
    `| all | ${total.toFixed(1)} |`,
    "",
    "So 1000 workers ask for this many operations a second:",
    "",
    "| seconds of a run | operations a second | runs a second | 10^6 runs take |",
    "| --- | --- | --- | --- |",
    ...[1, 10, 60, 600].map((seconds) => {
      const hours = (1e6 * seconds) / 1000 / 3600;
      return `| ${seconds} | ${rate(seconds)} | ${digits(1000 / seconds)} | ${digits(hours)} h |`;
    }),
  ];
}

const digits = (/** @type {number} */ value) => String(Number(value.toPrecision(2)));

/** @returns {Promise<Map<string, number>>} */
function counted(/** @type {string} */ folder, /** @type {number} */ seeds) {
  const store = `counted-${seeds}`;
  const trace = join(folder, `${store}.trace`);
  const fixed = ["hiddenSize=8", "training.learningRate=0.001", `seeds=${seeds}`];
  const command = [main, "study", "run", "large.yaml", ...fixed, "--store", store, "--workers", "1", "--quiet"];
  const parameters = ["-f", "-qq", "-y", "-e", `trace=${metadataCalls}`, "-o", trace, process.execPath, ...command];
  return new Promise((resolve, reject) => {
    execFile("strace", parameters, { cwd: folder }, (error, _stdout, stderr) => {
      if (error !== null) return reject(new Failure(`evidence scale: ${stderr}`));
      const counts = new Map();
      for (const line of readFileSync(trace, "utf8").split("\n")) {
        const [, name] = /^\d+\s+(\w+)\(/.exec(line) ?? [];
        if (name === undefined || !line.includes(store)) continue;
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      resolve(counts);
    });
  });
}
