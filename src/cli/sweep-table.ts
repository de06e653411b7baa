import type { SweepRow } from "../analysis/intensity-sweep.ts";
import { numberText } from "../figure/wording.ts";
import type { NoiseSource } from "../noise/contract.ts";
import { type TextColumn, textTable } from "./output.ts";

/**
 * Loss of one network against the intensity at test, with what else was measured; a star marks the intensity of its
 * training.
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
    ...Object.keys(rows[0]?.outcomes ?? {}).map((name) => ({
      title: name,
      align: "right" as const,
      text: ({ outcomes }: SweepRow) => numberText(outcomes?.[name] ?? null),
    })),
  ];
  const table = textTable(
    columns,
    rows.map((row) => columns.map(({ text }) => text(row))),
  );
  const whole = trained === undefined ? table : `${table}\n* intensity of training`;
  const parts = partTable(rows, trained);
  return parts === undefined ? whole : `${whole}\n\n${parts}`;
}

/** The parts of a task at the intensity of the training, or the last that was tested. */
function partTable(rows: readonly SweepRow[], trained: number | undefined): string | undefined {
  const row = rows.find(({ testIntensity }) => testIntensity === trained) ?? rows.at(-1);
  if (row?.parts === undefined) return undefined;
  const isJudged = row.parts.some(({ accuracy }) => accuracy !== null);
  const columns: TextColumn[] = [
    { title: `at noise ${numberText(row.testIntensity)}` },
    { title: "loss", align: "right" },
    ...(isJudged ? [{ title: "accuracy", align: "right" } as const] : []),
  ];
  return textTable(
    columns,
    row.parts.map(({ part, loss, accuracy }) => [part, numberText(loss), ...(isJudged ? [percent(accuracy)] : [])]),
  );
}

/** What a program is told of a row. */
export function sweepJson({ seed: _ofRun, lossPerRepeat: _many, ...numbers }: SweepRow): object {
  return numbers;
}

function percent(share: number | null): string {
  return share === null ? "" : `${(100 * share).toFixed(1)} %`;
}
