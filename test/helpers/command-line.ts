/** The built command, run as a user runs it, without a network. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../../scripts/tools/folders.mjs";

const main = join(root, "dist", "cli", "main.js");
const preload = fileURLToPath(new URL("no-network.mjs", import.meta.url));
const sessionFile = fileURLToPath(new URL("session.mjs", import.meta.url));

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

/** The variables of noisy-rnn are only those that are given. */
function variables(environment: Environment): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...environment };
  for (const name of ["NOISY_RNN_BACKEND", "NOISY_RNN_ISA", "NOISY_RNN_DATA", "NOISY_RNN_DEBUG"]) {
    if (environment[name] === undefined) delete env[name];
  }
  return env;
}

/** Starts a command line in a folder. */
export function start(folder: string, parameters: readonly string[], environment: Environment = {}): Started {
  const env = variables(environment);
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

type Session = (folder: string, parameters: readonly string[]) => Promise<Ended>;
const sessions = new Map<string, Session>();

/**
 * As `command`, without the start of a process: command lines with the same variables run one after another in one
 * process, which loads the package once. Where a process ends, how it takes a signal, or two at once are the question,
 * use `command` or `start`.
 */
export function inSession(
  folder: string,
  parameters: readonly string[],
  environment: Environment = {},
): Promise<Ended> {
  const key = JSON.stringify(environment);
  const session = sessions.get(key) ?? openSession(environment);
  sessions.set(key, session);
  return session(folder, parameters);
}

function openSession(environment: Environment): Session {
  const child = fork(sessionFile, {
    execArgv: ["--import", preload],
    env: variables(environment),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  // it ends with this process
  child.unref();
  child.channel?.unref();
  let last: Promise<unknown> = Promise.resolve();
  const ask = (folder: string, parameters: readonly string[]) =>
    new Promise<Ended>((resolve, reject) => {
      const failed = (code: number | null, signal: NodeJS.Signals | null) =>
        reject(new Error(`the session ended with ${code ?? signal} at ${parameters.join(" ")}`));
      child.channel?.ref();
      child.once("exit", failed).once("message", (ended: Ended) => {
        child.off("exit", failed);
        child.channel?.unref();
        resolve(ended);
      });
      child.send({ folder, parameters });
    });
  return (folder, parameters) => {
    const ended = last.then(() => ask(folder, parameters));
    last = ended.catch(() => undefined);
    return ended;
  };
}

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
