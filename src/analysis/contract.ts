/** A question that can be put to trained networks. */
export interface Analysis<Call, Result> {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  run(call: Call): Result;
}
