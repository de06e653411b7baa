/** The built command, run as a user runs it, without a network. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../scripts/tools/folders.mjs";

const main = join(root, "dist", "cli", "main.js");
const preload = fileURLToPath(new URL("no-network.mjs", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

export type Environment = Readonly<Record<string, string>>;

/** Starts a command line in a folder; the variables of noisy-rnn are only those that are given. */
export function start(folder: string, parameters: readonly string[], environment: Environment = {}): Started {
  const env: NodeJS.ProcessEnv = { ...process.env, ...environment };
  for (const name of ["NOISY_RNN_BACKEND", "NOISY_RNN_ISA", "NOISY_RNN_DATA", "NOISY_RNN_DEBUG"]) {
    if (environment[name] === undefined) delete env[name];
  }
  const child = spawn(process.execPath, ["--import", preload, main, ...parameters], { cwd: folder, env });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { process: child, ended };
}

export const command = (folder: string, parameters: readonly string[], environment?: Environment): Promise<Ended> =>
  start(folder, parameters, environment).ended;

/** A folder for a test; `remove` when it is over. */
export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-cli-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Content of every file below a folder, by path: to prove that nothing was lost or changed. */
export function contentBelow(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name)).toString("latin1")]));
}

/** Waits until a file below a folder has the given name. */
export async function fileAppears(folder: string, name: string): Promise<void> {
  for (;;) {
    const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
    if (names.some((found) => found.endsWith(name))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
