/** A peer in a process of its own: started once, warmed up, then told how many updates to make. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * @typedef {object} Peer
 * @property {string} version
 * @property {(count: number) => Promise<number>} time makes `count` updates; milliseconds of one
 * @property {() => Promise<void>} end
 */

/** A peer that cannot be started, or ended before it had answered. */
export class PeerFailure extends Error {}

/**
 * Starts a peer that speaks lines: `{"version"}` when it is warm, then `{"ms"}` for each number that it reads.
 *
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {NodeJS.ProcessEnv} environment beside this process's own
 * @returns {Promise<Peer>}
 * @throws {PeerFailure} with the error that it printed
 */
export async function peerProcess(command, parameters, environment = {}) {
  const child = spawn(command, parameters, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaint = (complaint + text).slice(-2000);
  });
  child.stdin.on("error", () => {}); // told by the end of its output
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    child.once("error", ({ message }) => {
      complaint += message;
      resolve();
    });
    child.once("close", () => resolve());
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (!done) return JSON.parse(value);
    await ended;
    const said = complaint.trim().split("\n");
    throw new PeerFailure((said.findLast((line) => /Error: /.test(line)) ?? said.at(-1)) || `${command} said nothing`);
  };
  const { version } = await answer();
  return {
    version,
    time: async (count) => {
      child.stdin.write(`${count}\n`);
      return (await answer()).ms;
    },
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Peers that work side by side as one: it takes as long as the slowest of them.
 *
 * @param {readonly Promise<Peer>[]} starting
 * @returns {Promise<Peer>}
 * @throws {PeerFailure} when one of them cannot be started
 */
export async function together(starting) {
  const outcomes = await Promise.allSettled(starting);
  const peers = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const end = async () => {
    await Promise.all(peers.map((peer) => peer.end()));
  };
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") continue;
    await end();
    throw outcome.reason;
  }
  return {
    version: peers[0].version,
    time: async (count) => Math.max(...(await Promise.all(peers.map((peer) => peer.time(count))))),
    end,
  };
}
