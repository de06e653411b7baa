/** What a preset is: a part of a run under a name, with where its numbers come from. */
import type { OptionRules } from "../../core/options.ts";
import type { RunInput } from "../run-schema.ts";

/** The parts of a run that a preset may decide; a run or study file that names it may change any of them. */
export type PresetInput = Partial<Pick<RunInput, "task" | "network" | "training">>;

/** A member of the registry. */
export interface Preset {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  /** Where the numbers were read, what of it is not repeated, and what is ours. */
  readonly source: string;
  readonly options: OptionRules;
  /** @throws ParameterError for an option out of range, unknown or missing */
  input(options: Readonly<Record<string, unknown>>): PresetInput;
}
