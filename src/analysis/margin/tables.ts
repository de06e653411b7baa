/** Margins of trials as numbers and tables. */
import type { Finding, FindingRow, FindingTable } from "../contract.ts";
import { quantile } from "../statistics/bootstrap.ts";

/** One trial; what is null has no meaning for a trial that is decided wrongly, or no bound. */
export interface TrialMargin {
  readonly trial: number;
  readonly truth: number;
  readonly isRight: boolean;
  readonly gap: number;
  readonly rival: number;
  readonly certified: number | null;
  readonly sampled: number | null;
  readonly firstOrder: number | null;
  readonly attack: number | null;
}

const quantities = {
  gap: "logit gap",
  certified: "certified lower bound of the margin",
  sampled: "gap over the largest sampled slope",
  firstOrder: "first-order margin",
  attack: "smallest change that an attack found",
} as const;

const levels = { q05: 0.05, q25: 0.25, median: 0.5, q75: 0.75, q95: 0.95 } as const;

/** Quantiles are those of the trials that are decided rightly. */
export function marginTables(margins: readonly TrialMargin[]): { numbers: Finding[]; tables: FindingTable[] } {
  const right = margins.filter(({ isRight }) => isRight);
  const numbers: Finding[] = [
    { name: "accuracy", meaning: "share of trials decided rightly", value: right.length / margins.length },
  ];
  const rows: FindingRow[] = [];
  for (const [quantity, words] of Object.entries(quantities) as [keyof typeof quantities, string][]) {
    const values = right.map((margin) => margin[quantity]).filter((value) => value !== null);
    const sorted = Float64Array.from(values).sort();
    const at = (level: number): number | null => (sorted.length === 0 ? null : quantile(sorted, level));
    rows.push({
      quantity,
      trials: sorted.length,
      ...Object.fromEntries(Object.entries(levels).map(([name, level]) => [name, at(level)])),
    });
    numbers.push({
      name: `median${quantity[0].toUpperCase()}${quantity.slice(1)}`,
      meaning: `median over trials decided rightly of the ${words}`,
      value: at(0.5),
    });
  }
  return {
    numbers,
    tables: [
      {
        name: "margins",
        meaning: "Margins of each trial, as l2 norms of a change of the whole input sequence.",
        columns: [
          { name: "trial", meaning: "index of the trial" },
          { name: "truth", meaning: "its class" },
          { name: "isRight", meaning: "whether it is decided rightly; margins are stated of such trials only" },
          { name: "gap", meaning: "score of its class less the largest other one" },
          { name: "rival", meaning: "class of that other score" },
          { name: "certified", meaning: "certified lower bound of the margin; empty where none is known" },
          { name: "sampled", meaning: "gap over the largest slope at the sampled points: no certificate" },
          { name: "firstOrder", meaning: "gap over its gradient's norm, smallest over the other classes: no bound" },
          { name: "attack", meaning: "smallest change that was found to change the decision: an upper bound" },
        ],
        rows: margins.map((margin) => ({ ...margin })),
      },
      {
        name: "quantiles",
        meaning: "Quantiles over the trials that are decided rightly.",
        columns: [
          { name: "quantity", meaning: "column of the table margins" },
          { name: "trials", meaning: "how many trials have it" },
          ...Object.entries(levels).map(([name, level]) => ({ name, meaning: `quantile ${level}` })),
        ],
        rows,
      },
    ],
  };
}
