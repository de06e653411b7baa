import type { SweepRow } from "../analysis/intensity-sweep.ts";
import { numberText } from "../figure/wording.ts";
import type { NoiseSource } from "../noise/contract.ts";
import { type TextColumn, textTable } from "./output.ts";

/**
 * Loss of one network against the intensity at test; a star marks the intensity of its training.
 *
 * @param site the noise source that was varied; null when there is none
 */
export function sweepTable(rows: readonly SweepRow[], site: string | null, noise: readonly NoiseSource[]): string {
  const trained = noise.find((source) => source.site === site)?.intensity;
  const has = (column: "accuracy" | "biasSquared"): boolean => rows.some((row) => row[column] !== null);
  const columns: (TextColumn & { text(row: SweepRow): string })[] = [
    {
      title: site === null ? "noise" : `noise ${site}`,
      align: "right",
      text: ({ testIntensity }) => `${testIntensity === trained ? "* " : ""}${numberText(testIntensity)}`,
    },
    { title: "loss", align: "right", text: ({ loss }) => numberText(loss) },
    ...(has("accuracy")
      ? [{ title: "accuracy", align: "right" as const, text: ({ accuracy }: SweepRow) => percent(accuracy) }]
      : []),
    ...(has("biasSquared")
      ? [
          { title: "bias^2", align: "right" as const, text: ({ biasSquared }: SweepRow) => numberText(biasSquared) },
          { title: "variance", align: "right" as const, text: ({ variance }: SweepRow) => numberText(variance) },
        ]
      : []),
  ];
  const table = textTable(
    columns,
    rows.map((row) => columns.map(({ text }) => text(row))),
  );
  return trained === undefined ? table : `${table}\n* intensity of training`;
}

function percent(share: number | null): string {
  return share === null ? "" : `${(100 * share).toFixed(1)} %`;
}
