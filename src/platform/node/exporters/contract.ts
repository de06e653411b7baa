/** What an exporter is: somebody who takes complete runs to another program. */
import type { CompleteRun } from "../../../study/export/complete-run.ts";

export interface Exporter {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Options of the command line that it needs, by their name; others it refuses. */
  readonly options: Readonly<Record<string, ExporterOption>>;
  /**
   * Finds or makes the place that runs go to.
   *
   * @param options a text for each of its options
   * @param signal when aborted, what waits for another machine gives up
   * @throws ParameterError when the place cannot be used. @throws CapabilityError when it cannot be reached
   */
  open(options: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ExportTarget>;
}

export interface ExporterOption {
  /** What stands for its value in help: "folder". */
  readonly value: string;
  readonly meaning: string;
}

export interface ExportTarget {
  /**
   * Takes one run over, as a whole or not at all: what was interrupted is completed by the next call.
   *
   * @returns "present" when it was there already and nothing was written
   */
  write(run: CompleteRun): Promise<"written" | "present">;
}
