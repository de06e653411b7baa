/** Folders that noisy-rnn keeps things in between runs. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The installed package: holds `kernels/` and `dist/`. */
export const packageFolder = fileURLToPath(new URL("../../../", import.meta.url));

/** `NOISY_RNN_CACHE`, or the platform's cache folder. */
export function cacheFolder(): string {
  const chosen = process.env.NOISY_RNN_CACHE;
  if (chosen) return chosen;
  if (process.platform === "win32")
    return join(process.env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "noisy-rnn");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "noisy-rnn");
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "noisy-rnn");
}

/** Why a folder could not be made or written; looks only, makes nothing. */
export function creationProblem(folder: string): string | undefined {
  const existing = nearestExisting(folder);
  if (!statSync(existing).isDirectory()) return `cannot be made: ${existing} is a file`;
  try {
    accessSync(existing, constants.W_OK);
    return undefined;
  } catch (error) {
    const isReadOnly = (error as NodeJS.ErrnoException).code === "EROFS";
    return isReadOnly ? "is on a read-only file system" : `cannot be written: no permission for ${existing}`;
  }
}

function nearestExisting(path: string): string {
  let at = resolve(path);
  // The root is always there.
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}
