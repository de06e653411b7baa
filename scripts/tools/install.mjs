import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure, say } from "./failure.mjs";
import { root } from "./folders.mjs";
import { runNpm } from "./process.mjs";

/** @typedef {{ version: string, optional?: boolean, devOptional?: boolean, integrity?: string }} LockedPackage */

/**
 * Whether every package of package-lock.json is installed in its version, by npm's own record of what it installed
 * (which npm writes last, so an interrupted installation has none).
 */
export function isInstalled(folder = root) {
  const installed = lockedPackages(join(folder, "node_modules", ".package-lock.json"));
  if (installed === undefined) return false;
  const locked = lockedPackages(join(folder, "package-lock.json")) ?? {};
  return Object.entries(locked).every(([path, { version, integrity, optional = false }]) => {
    if (path === "") return true;
    const found = installed[path];
    // optional packages are for some platforms only
    if (found === undefined) return optional;
    return found.version === version && found.integrity === integrity;
  });
}

/** @param {string} file @returns {Record<string, LockedPackage> | undefined} */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** @throws {Failure} with what npm said first, which is the cause. */
export async function install() {
  say("installing the dependencies (npm ci)");
  // the tools that build and test are needed even where NODE_ENV says production
  const { code, output } = await runNpm(["ci", "--include=dev", "--no-audit", "--no-fund"], { capture: true });
  if (code === 0) return;
  throw new Failure(
    `${output.trim().split("\n").slice(0, 20).join("\n")}\n\nnpm ci: must end with 0, got ${code}; the first run needs a network to fetch the dependencies, then try again.`,
  );
}
