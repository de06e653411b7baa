import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** How often a holder renews its lock, and after how long without renewal it counts as gone, in ms. */
const renewal = 2_000;
const patience = 60_000;

/**
 * Runs `work` while no other process, here or on a machine that shares the folder, holds the same lock.
 *
 * @template Result
 * @param {string} file whose existence is the lock
 * @param {() => Promise<Result>} work
 * @param {() => void} onWait told once when another holds it
 * @returns {Promise<Result>}
 */
export async function withLock(file, work, onWait) {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, host: hostname() });
  for (let told = false; !take(file, mine); ) {
    if (isAbandoned(file)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) onWait();
    told = true;
    await wait(200);
  }
  const release = () => rmSync(file, { force: true });
  const timer = setInterval(() => utimesSync(file, new Date(), new Date()), renewal);
  process.once("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    process.off("exit", release);
    release();
  }
}

/**
 * A link appears at once with its content, so no one reads half a lock.
 *
 * @param {string} file
 * @param {string} content
 */
function take(file, content) {
  const own = `${file}.${process.pid}.${hostname()}`;
  writeFileSync(own, content);
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** @param {string} file */
function isAbandoned(file) {
  try {
    const { pid, host } = JSON.parse(readFileSync(file, "utf8"));
    if (host === hostname() && !isAlive(pid)) return true;
    return Date.now() - statSync(file).mtimeMs > patience;
  } catch {
    // gone meanwhile
    return false;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
