/** Looks whether complete runs are still what they were when they were published. */
import { FormatError } from "../../../core/errors.ts";
import { inParallel } from "../in-parallel.ts";
import type { Store } from "./contract.ts";

export interface VerifyCall {
  readonly store: Store;
  /** Complete runs, or not. */
  readonly ids: readonly string[];
  /** Whether damaged runs are moved to the quarantine, so that they are made again. */
  readonly quarantine: boolean;
  /** When aborted, no further run is read. */
  readonly signal?: AbortSignal;
  onDamage(damage: RunDamage): void;
  /** After each run. */
  onProgress?(checked: number): void;
}

export interface RunDamage {
  readonly id: string;
  readonly file: string;
  /** What was expected and what was found. */
  readonly rule: string;
  /** Where the run was moved to; undefined when it was left where it is, or somebody else has moved it. */
  readonly movedTo: string | undefined;
}

/** Runs that are read at the same time: each is four files, and all of one are in memory. */
const runsAtOnce = 8;

/** Reads every file of the given runs. @returns how many are complete, and how many of these are damaged */
export async function verifyRuns(call: VerifyCall): Promise<{ readonly complete: number; readonly damaged: number }> {
  const { store, ids, onDamage, onProgress } = call;
  let complete = 0;
  let damaged = 0;
  let checked = 0;
  await inParallel(ids, runsAtOnce, async (id) => {
    if (call.signal?.aborted === true) return;
    const found = await damageOf(store, id);
    if (found !== "absent") complete++;
    if (found instanceof FormatError) {
      damaged++;
      const movedTo = call.quarantine ? await store.quarantine(id, found.message) : undefined;
      onDamage({ id, file: found.file, rule: found.rule, movedTo });
    }
    onProgress?.(++checked);
  });
  return { complete, damaged };
}

async function damageOf(store: Store, id: string): Promise<FormatError | "absent" | "none"> {
  let found: FormatError | "absent" | "none" = "none";
  // Somebody may be moving the run away, or making it anew, while it is read: what is damaged is so twice.
  for (let look = 0; look < 2; look++) {
    try {
      return (await store.read(id)) === undefined ? "absent" : "none";
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      found = error;
    }
  }
  return found;
}
