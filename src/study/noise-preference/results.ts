/** From finished runs to the tables of the study: one row per network and test intensity, one per condition. */
import type { SweepRow } from "../../analysis/intensity-sweep.ts";
import { type Preference, preference } from "../../analysis/preference.ts";
import { type SummaryRow, summaryRow } from "../../analysis/summary-row.ts";
import { canonicalJson } from "../../core/canonical-json.ts";
import { groups } from "../../figure/conditions.ts";
import type { ColumnDefinition } from "../../io/result-table.ts";
import type { Condition } from "./condition.ts";

/** The loss of one network at one noise intensity at test; null where the network failed or there is no number. */
export interface ResultRow extends Condition {
  readonly seed: number;
  readonly testIntensity: number;
  readonly loss: number | null;
  readonly accuracy: number | null;
}

export const resultColumns: readonly ColumnDefinition<keyof ResultRow>[] = [
  { name: "task", type: "string" },
  { name: "cell", type: "string" },
  { name: "site", type: "string" },
  { name: "activation", type: "string" },
  { name: "trainIntensity", type: "double" },
  { name: "seed", type: "int32" },
  { name: "testIntensity", type: "double" },
  { name: "loss", type: "double", nullable: true },
  { name: "accuracy", type: "double", nullable: true },
];

/** One network after its run. */
export interface StudiedNetwork {
  readonly condition: Condition;
  readonly seed: number;
  /** Intensities that were asked for. */
  readonly intensities: readonly number[];
  /** Empty when the run failed. */
  readonly sweep: readonly SweepRow[];
}

/** Rows in the order of the networks, intensities innermost; a failed network keeps its rows, without numbers. */
export function resultRows(networks: readonly StudiedNetwork[]): readonly ResultRow[] {
  return networks.flatMap(({ condition, seed, intensities, sweep }) =>
    intensities.map((testIntensity) => {
      const found = sweep.find((row) => row.testIntensity === testIntensity);
      return {
        ...condition,
        seed,
        testIntensity,
        loss: finite(found?.loss),
        accuracy: finite(found?.accuracy),
      };
    }),
  );
}

/** A condition's preference; numbers are null where no network of it gave any. */
export type StudySummary = Condition &
  Pick<SummaryRow, "seeds" | "verdict"> & { readonly [Key in Numbers]: SummaryRow[Key] | null };
type Numbers = Exclude<keyof SummaryRow, keyof Condition | "seeds" | "verdict">;

/** One row per condition, in the order of the networks; networks without finite losses are left out of it. */
export function summaryRows(networks: readonly StudiedNetwork[]): readonly StudySummary[] {
  return [...groups(networks, ({ condition }) => canonicalJson(condition)).values()].map((group) => {
    const { condition } = group[0];
    const sound = group.filter(({ sweep }) => sweep.length > 0 && sweep.every(({ loss }) => Number.isFinite(loss)));
    if (sound.length === 0) return { ...condition, ...nothingFound };
    const rows = sound.flatMap(({ sweep }) => sweep);
    const { trainIntensity, ...labels } = condition;
    return summaryRow(labels, preference(rows, { trainIntensity }));
  });
}

const nothingFound = {
  seeds: 0,
  resampled: null,
  preferredIntensity: null,
  preferredLow: null,
  preferredHigh: null,
  isAtUpperEnd: null,
  preferenceIndex: null,
  lossAtZero: null,
  lossAtTraining: null,
  lossAtPreferred: null,
  preferenceRatio: null,
  preferenceRatioLow: null,
  preferenceRatioHigh: null,
  accuracyAtZero: null,
  accuracyAtTraining: null,
  accuracyAtPreferred: null,
  aboveZeroP: null,
  aboveZeroShare: null,
  isCloseToTraining: null,
  closeToTrainingShare: null,
  predictedIndex: null,
  verdict: "undecided",
} as const satisfies Record<Exclude<keyof Preference, "trainIntensity" | "perSeed">, unknown>;

function finite(value: number | null | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
