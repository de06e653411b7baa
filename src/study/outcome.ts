/** How a run ended, for those who count. */
import type { TrainOutcome } from "../train/train.ts";

/** A run that could not be made whole is a result too, with its reason. */
export type RunOutcome =
  | TrainOutcome
  | {
      readonly kind: "failed";
      /** Class of the error: "FormatError", ...; "crashed" when its process died. */
      readonly cause: string;
      readonly reason: string;
    };

/** What is known of a complete run without opening its files. */
export interface RunSummary {
  readonly id: string;
  readonly title: string;
  readonly kind: RunOutcome["kind"];
  /** Why it failed, the same words for the same cause: "diverged: training loss", "FormatError"; null when it did not. */
  readonly cause: string | null;
  readonly seconds: number;
  /** ISO 8601. */
  readonly finishedAt: string;
  /** Fingerprint and variant of the software. */
  readonly software: string;
  /** Who made it. */
  readonly host: string;
}
