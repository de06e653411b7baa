/**
 * A study of short runs whose processes are killed at random moments, two at a time on one store, until enough of them
 * were; then it is finished, and every run is compared with that of a study that nobody disturbed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openStore } from "../../dist/platform/node/store/open.js";
import { root } from "./folders.mjs";

const main = join(root, "dist", "cli", "main.js");

/** Files whose bytes are a function of the specification; the record also tells of machine and time. */
const results = ["spec.json", "metrics.parquet", "weights.safetensors"];

/** Signals that ask to stop, with the exit code they end with. */
const requests = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGUSR1: 138 });

/** @param {number} seeds */
const study = (seeds) => `name: kills
question: Does a study survive?
task: { name: function-approximation, stepCount: 10 }
network: { cell: ctrnn, hiddenSize: 12, noise: [{ site: inside, intensity: 0.1 }] }
training: { updates: 200, batchSize: 16, historyEvery: 10 }
evaluation: { trials: 10, repeats: 2 }
axes:
  noise.site: { choice: [inside, outside] }
  noise.intensity: { choice: [0.1, 0.2, 0.4, 0.8] }
seeds: ${seeds}
`;

/**
 * @typedef {object} KillReport
 * @property {number} seed
 * @property {number} runs
 * @property {number} kills processes ended by SIGKILL
 * @property {number} killsAtWork of them, those that had joined the store and had not left it
 * @property {Record<string, number>} requests processes that were asked to stop, by signal
 * @property {string[]} wrongEnds processes that ended otherwise than they should
 * @property {number} takenOver runs that were found with a second owner or a later one
 * @property {number} resumed runs that went on from a checkpoint
 * @property {string[]} damaged complete runs with a file that was not whole, at whatever moment
 * @property {string[]} different runs whose results are not those of the reference
 * @property {string[]} lost runs that were complete once, and later were not
 * @property {string[]} left what is left of work, executors, quarantine
 * @property {number} complete
 * @property {number} seconds
 */

/** Milliseconds that a checkpoint is waited for. */
const longestWait = 10_000;

/**
 * @param {{ folder: string, kills: number, seed: number, seedsPerCondition?: number, env?: NodeJS.ProcessEnv }} options
 *   folder: empty, or not there; the study has 8 conditions
 * @returns {Promise<KillReport>}
 */
export async function killStudy({ folder, kills, seed, seedsPerCondition = 25, env = process.env }) {
  const begun = performance.now();
  const random = generator(seed);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "kills.yaml");
  writeFileSync(file, study(seedsPerCondition));
  const runs = 8 * seedsPerCondition;
  /** @param {string} store @param {readonly string[]} options */
  const start = (store, options) =>
    spawn(process.execPath, [main, "study", "run", file, "--store", join(folder, store), "--quiet", ...options], {
      env,
      stdio: "ignore",
    });

  const [code] = await once(start("reference", []), "exit");
  if (code !== 0) throw new Error(`the reference study ended with code ${code}`);
  const reference = await openStore(join(folder, "reference"), { mode: "read" });
  const path = join(folder, "store");
  const store = await openStore(path, { mode: "write" });

  /** @type {KillReport} */
  const report = {
    seed,
    runs,
    kills: 0,
    killsAtWork: 0,
    requests: {},
    wrongEnds: [],
    takenOver: 0,
    resumed: 0,
    damaged: [],
    different: [],
    lost: [],
    left: [],
    complete: 0,
    seconds: 0,
  };
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {Set<string>} */
  const takenOver = new Set();
  let isOver = false;

  /** Every run that appeared since the last look is read, checksums and all. */
  const look = async () => {
    const complete = await store.completeIds();
    for (const id of seen) if (!complete.has(id)) report.lost.push(id);
    for (const id of complete) {
      if (seen.has(id)) continue;
      seen.add(id);
      await store.read(id).catch((error) => report.damaged.push(`${error}`));
    }
    for (const id of namesIn(join(path, "work"))) {
      if (namesIn(join(path, "work", id)).includes("owner-2")) takenOver.add(id);
    }
    if (complete.size >= runs) isOver = true;
  };

  /** Share of the kills that is done, over the share of the runs: above 1 processes may live longer. */
  const lead = () => (report.kills + 1) / (kills + 1) / ((seen.size + 1) / (runs + 1));

  const hasCheckpoint = () =>
    namesIn(join(path, "work")).some((id) =>
      namesIn(join(path, "work", id)).some((name) => name === "checkpoint.safetensors"),
    );

  /** Starts processes and ends them, one after the other. */
  const slot = async () => {
    while (report.kills < kills && !isOver) {
      const child = start("store", ["--workers", random() < 0.75 ? "1" : "2"]);
      let hasEnded = false;
      const ended = once(child, "exit").then((end) => {
        hasEnded = true;
        return end;
      });
      const isAtWork = () => namesIn(join(path, "executors")).some((name) => name.includes(`-${child.pid}-`));
      const kind = random();
      if (kind < 0.15) {
        // at any moment from the start of the program on
        await pause(600 * random());
      } else {
        while (!hasEnded && !isAtWork()) await pause(10);
        // mostly soon, now and then late: so that some runs come to their end
        await pause(Math.min(3000, -150 * lead() * Math.log(1 - random())));
        // and some only when there is a checkpoint to go on from, however slow the machine is
        const latest = performance.now() + longestWait;
        while (kind < 0.2 && !hasEnded && !hasCheckpoint() && performance.now() < latest) await pause(20);
      }
      if (!hasEnded && kind > 0.9 && isAtWork()) {
        const names = /** @type {(keyof typeof requests)[]} */ (Object.keys(requests));
        const name = names[Math.floor(names.length * random())];
        child.kill(name);
        const [code] = await ended;
        report.requests[name] = (report.requests[name] ?? 0) + 1;
        // It may have come to its end in the meantime.
        if (code !== requests[name] && !(code === 0 && (await store.completeIds()).size >= runs)) {
          report.wrongEnds.push(`${name}: code ${code}`);
        }
      } else {
        const wasAtWork = !hasEnded && isAtWork();
        child.kill("SIGKILL");
        const [code, signal] = await ended;
        if (signal === "SIGKILL") {
          report.kills++;
          if (wasAtWork) report.killsAtWork++;
        } else if (code !== 0) report.wrongEnds.push(`ended by itself: code ${code}`);
      }
      await look();
    }
  };
  await Promise.all([slot(), slot()]);

  const [last] = await once(start("store", []), "exit");
  if (last !== 0) report.wrongEnds.push(`the last one: code ${last}`);
  await look();
  for (const id of await reference.completeIds()) {
    const same = results.every((name) => sameBytes(reference.runFolder(id), store.runFolder(id), name));
    if (!same) report.different.push(id);
    const record = (await store.read(id))?.record;
    if ((record?.resumedFrom ?? 0) > 0) report.resumed++;
  }
  for (const name of ["work", "executors", "quarantine"]) {
    // A file that was being written when its process was killed goes when it is ten minutes old.
    report.left.push(...namesIn(join(path, name)).filter((entry) => !entry.startsWith(".partial-")));
  }
  report.takenOver = takenOver.size;
  report.complete = seen.size;
  report.seconds = (performance.now() - begun) / 1000;
  return report;
}

/** @param {string} a @param {string} b @param {string} name */
function sameBytes(a, b, name) {
  try {
    return readFileSync(join(a, name)).equals(readFileSync(join(b, name)));
  } catch {
    return false;
  }
}

/** @param {string} folder */
function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * Numbers in [0, 1). Source: mulberry32.
 *
 * @param {number} seed
 */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}
