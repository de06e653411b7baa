import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, isBuilt } from "./compile.mjs";
import { say } from "./failure.mjs";
import { buildFolder, root } from "./folders.mjs";
import { install, isInstalled } from "./install.mjs";
import { withLock } from "./lock.mjs";
import { checkNodeVersion } from "./node-version.mjs";

/**
 * Installs the dependencies and builds the library where that is missing or stale; says so, one line a step.
 *
 * Needs Node and npm and nothing else: this file and what it imports use no package until npm ci has run.
 *
 * @param {{ allKernels?: boolean }} [options]
 * @returns {Promise<boolean>} whether there was something to do
 */
export async function prepare({ allKernels = false } = {}) {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  checkNodeVersion(process.versions.node, engines.node);
  const isReady = () => !allKernels && isInstalled() && isBuilt();
  if (isReady()) return false;
  const work = async () => {
    if (isReady()) return;
    if (!isInstalled()) await install();
    if (allKernels || !isBuilt()) await compile({ allKernels });
  };
  await withLock(join(buildFolder, "lock"), work, () => say("waiting for another process that prepares this folder"));
  return true;
}
