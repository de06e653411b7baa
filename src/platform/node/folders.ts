/** Folders that noisy-rnn keeps things in between runs. */
import { homedir } from "node:os";
import { join } from "node:path";
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
