/** What a study is that one command reproduces. */
import type { ExitCode } from "./command.ts";

export interface ReproduceOptions {
  readonly full: boolean;
  /** Networks per condition; the study's own number when absent. */
  readonly seeds?: number;
  readonly out: string;
  readonly workers: number;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly overwrite: boolean;
}

export interface Reproduction {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  perform(options: ReproduceOptions): Promise<ExitCode>;
}
