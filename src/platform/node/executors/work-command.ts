/** The command line by which another process performs a chunk of a study. */
import { fileURLToPath } from "node:url";
import type { CommonOptions, ExecutorOption } from "./contract.ts";

/** Of every executor that leaves the work to other machines. */
export const commandOption: ExecutorOption = {
  flags: "--command <command>",
  help: "what starts noisy-rnn where the work is done (default: this installation)",
};

/** This installation, by paths that hold wherever its folder is mounted. */
export function ownCommand(): string {
  const main = fileURLToPath(new URL("../../../cli/main.js", import.meta.url));
  return `${shellWord(process.execPath)} ${shellWord(main)}`;
}

/**
 * @param command what starts noisy-rnn
 * @param common `wait` lets it wait for runs of a process that may be dead, until that is certain
 * @param chunk i/n; words of the shell are taken as they are
 * @param label what the process runs in, another word of the shell
 */
export function workCommand(
  command: string,
  studyFolder: string,
  common: CommonOptions,
  chunk: string,
  label?: string,
): string {
  const options = [
    `--chunk ${chunk}`,
    ...(label === undefined ? [] : [`--label ${label}`]),
    `--workers ${common.workers ?? 1}`,
    `--threads ${common.threads}`,
    ...(common.wait ? ["--wait"] : []),
    ...common.retry.map((kind) => `--retry ${kind}`),
  ];
  return `${command} study work ${shellWord(studyFolder)} ${options.join(" ")}`;
}

/** A word as a POSIX shell reads it back. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
