/** What a study is that one command reproduces. */
import type { ExitCode } from "../command.ts";

export interface ReproduceOptions {
  readonly full?: true;
  /** Networks per condition; the study's own number when absent. */
  readonly seeds?: number;
  /** Only these parts of it; all when empty. */
  readonly only: readonly string[];
  readonly out: string;
  readonly workers: number;
  readonly json?: true;
  readonly quiet?: true;
  readonly overwrite?: true;
  readonly keepOutdated?: true;
}

export interface Reproduction {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  perform(options: ReproduceOptions): Promise<ExitCode>;
}
