/** What keeps a store from being written: the machine's fault, never a run's. */
import { MachineError } from "../../../core/errors.ts";
import { codeOf } from "../files.ts";

/** What the system's words mean, and what to do. */
const faults: Readonly<Record<string, readonly [found: string, remedy: string]>> = {
  ENOSPC: ["no space is left on its device", "make room"],
  EDQUOT: ["the quota is used up", "make room or ask for more"],
  EROFS: ["its file system is read-only", "mount it for writing"],
  EACCES: ["permission is denied", "change the permissions"],
  EPERM: ["the operation is not permitted", "change the permissions"],
  EIO: ["the device fails", "see to the disk or the file server"],
  ESTALE: ["the file server has forgotten the file", "mount it anew"],
  EMFILE: ["this process has too many open files", "raise the limit (ulimit -n)"],
  ENFILE: ["this machine has too many open files", "raise the limit"],
};

/**
 * The error that ends the work when a store cannot be used.
 *
 * @returns MachineError that says what is kept and what to do; another error as it is
 */
export function storeFailure(store: string, cause: unknown): unknown {
  const code = codeOf(cause);
  const fault = faults[code];
  if (fault === undefined) return cause;
  const [found, remedy] = fault;
  const { path } = cause as NodeJS.ErrnoException;
  return new MachineError({
    place: `store ${store}`,
    rule: `must be a folder that can be used, got ${code}: ${found}${path === undefined ? "" : ` (${path})`}`,
    remedy: `complete runs and the last checkpoints are kept; ${remedy}, then give the same command again`,
  });
}

/** Does something with the files of a store. @throws as `storeFailure` has it */
export async function inStore<Result>(store: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (cause) {
    throw storeFailure(store, cause);
  }
}
