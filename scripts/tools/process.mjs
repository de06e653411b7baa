import { spawn } from "node:child_process";
import { basename } from "node:path";
import { root } from "./folders.mjs";

/** @type {readonly NodeJS.Signals[]} */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * @typedef {object} Ended
 * @property {number} code exit code; 128 + signal number when a signal ended it, 127 when it could not start
 * @property {string} output what it printed, when captured
 */

/**
 * Runs a program in the project's folder to its end. A signal goes on to the program, and ends this process after it.
 *
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {{ capture?: boolean, timeout?: number, shell?: boolean, env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 *   `capture`: keep the output instead of showing it; `timeout` in ms
 * @returns {Promise<Ended>}
 */
export function run(command, parameters, options = {}) {
  const { capture = false, timeout, shell = false, env = process.env, cwd = root } = options;
  return new Promise((resolve) => {
    const child = spawn(command, parameters, {
      cwd,
      env,
      shell,
      timeout,
      stdio: capture ? ["ignore", "pipe", "pipe"] : "inherit",
    });
    /** @type {NodeJS.Signals | undefined} */
    let interrupt;
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => {
      interrupt = signal;
      child.kill(signal);
    };
    for (const signal of signals) process.on(signal, forward);
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    /** @param {number} code */
    const end = (code) => {
      for (const signal of signals) process.off(signal, forward);
      if (interrupt === undefined) resolve({ code, output });
      else process.kill(process.pid, interrupt);
    };
    child.once("error", (error) => {
      output += error.message;
      end(127);
    });
    child.once("close", (code, signal) => end(code ?? 128 + (signal === "SIGINT" ? 2 : signal === "SIGTERM" ? 15 : 9)));
  });
}

/**
 * Runs npm: the one that runs us, else the one on the path.
 *
 * @param {readonly string[]} parameters plain words
 * @param {Parameters<typeof run>[2]} [options]
 */
export function runNpm(parameters, options = {}) {
  const own = process.env.npm_execpath;
  if (own !== undefined && basename(own) === "npm-cli.js") return run(process.execPath, [own, ...parameters], options);
  // Windows starts npm.cmd by a shell only
  return run("npm", parameters, { ...options, shell: process.platform === "win32" });
}

/** The end of a program's output, for an error message. @param {string} output */
export const lastLines = (output, count = 40) => output.trimEnd().split("\n").slice(-count).join("\n");
