import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { say } from "./failure.mjs";
import { run } from "./process.mjs";

/** Programs that some tests use when they are there, and Debian's package of each. */
const programs = [
  { command: "cc", aptPackage: "gcc" },
  { command: "slurmctld", aptPackage: "slurm-wlm" },
  { command: "munged", aptPackage: "munge" },
];

/** Longest that installing may take, in ms. */
const patience = 240_000;

/**
 * Installs what is missing where that needs no question: by root on a machine with apt-get, unless
 * NOISY_RNN_INSTALL=no. Elsewhere the tests in question are skipped with their reason.
 */
export async function installPrograms() {
  const missing = programs.filter(({ command }) => !isOnPath(command)).map(({ aptPackage }) => aptPackage);
  if (missing.length === 0 || process.env.NOISY_RNN_INSTALL === "no") return;
  if (process.getuid?.() !== 0 || !isOnPath("apt-get")) return;
  say(`installing ${missing.join(", ")} (apt-get; NOISY_RNN_INSTALL=no leaves it out)`);
  const options = { capture: true, timeout: patience / 2, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  await run("apt-get", ["update", "-q"], options);
  const { code } = await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...missing], options);
  if (code !== 0) say(`apt-get cannot install ${missing.join(", ")}: tests that need it are skipped`);
}

/** @param {string} command */
export function isOnPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, command)));
}
