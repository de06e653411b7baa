/** TensorFlow.js as a peer: its WebAssembly back end, vector instructions, one thread. */
import { join } from "node:path";
import { isInstalled } from "../../scripts/tools/install.mjs";
import { runNpm } from "../../scripts/tools/process.mjs";
import { PeerFailure, peerProcess } from "./process.mjs";

const folder = join(import.meta.dirname, "tensorflow");

/** @type {Promise<void> | undefined} */
let installation;

/**
 * Installs it, the first time, into its own folder.
 *
 * @throws {PeerFailure} with what npm said
 */
async function install() {
  if (isInstalled(folder)) return;
  const { code, output } = await runNpm(["ci", "--ignore-scripts"], { capture: true, cwd: folder });
  if (code === 0) return;
  const errors = output.split("\n").filter((line) => line.startsWith("npm error"));
  throw new PeerFailure(errors.slice(0, 2).join("; ") || `npm ci ended with ${code}`);
}

/**
 * @param {import("../works.mjs").Work} work
 * @throws {PeerFailure} where it cannot be installed or run
 */
export async function tensorflow(work) {
  installation ??= install();
  await installation;
  const peer = await peerProcess(process.execPath, [join(folder, "serve.mjs"), JSON.stringify(work)]);
  return { name: `TensorFlow.js ${peer.version} wasm`, peer };
}
