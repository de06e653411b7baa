/** Which findings of which runs a figure reads. */
import { fitsWhere, type Where } from "../analyses/options.ts";
import { isSound, type RunRow } from "../results/rows.ts";

export interface FindingsRequest {
  /** Names of analyses. */
  readonly analyses: readonly string[];
  readonly where: Where;
  /** Of the networks; undefined: all. */
  readonly seed?: number | undefined;
}

/** The runs that a request is about, in their order. */
export function findingsRuns(runs: readonly RunRow[], { where, seed }: Omit<FindingsRequest, "analyses">): RunRow[] {
  return runs.filter((run) => isSound(run) && fitsWhere(run, where) && (seed === undefined || run.seed === seed));
}
