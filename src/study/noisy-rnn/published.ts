/** Numbers from elsewhere, each with how far it can be trusted, beside those of this report. */

import { groups } from "../../figure/conditions.ts";
import type { ReportTable } from "../../figure/report.ts";
import { numberText } from "../../figure/wording.ts";
import { findingName } from "../metrics.ts";
import type { FamilyResults } from "../reproduction/contract.ts";
import { isSound, type Measurement } from "../results/rows.ts";

/** Listed: on a public page of results of the paper. Recollection: remembered, seen in no source; of the right size at most. */
type Trust = "listed" | "recollection";

interface Published {
  readonly model: string;
  /** Value of the axis `noise` of the same networks here. */
  readonly noise: string | null;
  /** Per column of its table, in per cent; null where nothing is known. */
  readonly values: readonly (readonly [value: number, trust: Trust] | null)[];
}

interface Column {
  readonly title: string;
  readonly meaning: string;
  /** What is measured here for it: the metric test-accuracy, or the number of a finding. */
  readonly part: string | null;
}

interface PublishedTable {
  /** Family whose networks stand beside. */
  readonly family: string;
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Published[];
}

const listed = (value: number) => [value, "listed"] as const;
const remembered = (...values: readonly number[]) => values.map((value) => [value, "recollection"] as const);

const clean: Column = { title: "Clean", meaning: "accuracy on unchanged digits", part: null };
const level = (title: string, meaning: string, part: string): Column => ({
  title,
  meaning,
  part: `robustness.accuracy${part}`,
});

const tables: readonly PublishedTable[] = [
  {
    family: "mnist-ordered",
    caption: "MNIST pixel by pixel, accuracy in per cent, clean and perturbed, from elsewhere and here",
    columns: [
      clean,
      level("White 0.1", "white noise of deviation 0.1 on every pixel", "WhiteLevel1"),
      level("White 0.2", "the same, 0.2", "WhiteLevel2"),
      level("White 0.3", "the same, 0.3", "WhiteLevel3"),
      level("Salt 0.03", "0.03 of the pixels set to 0 or 1", "SaltAndPepperLevel1"),
      level("Salt 0.05", "the same, 0.05", "SaltAndPepperLevel2"),
      level("Salt 0.1", "the same, 0.1", "SaltAndPepperLevel3"),
    ],
    rows: [
      {
        model: "Antisymmetric RNN",
        noise: null,
        values: [listed(97.5), ...remembered(45.7, 22.3, 17.0, 77.1, 63.9, 42.6)],
      },
      { model: "CoRNN", noise: null, values: [listed(99.1), ...remembered(96.6, 61.9, 32.1, 95.6, 88.1, 58.9)] },
      { model: "Exponential RNN", noise: null, values: remembered(96.7, 86.7, 58.1, 33.3, 83.6, 70.7, 43.4) },
      {
        model: "Lipschitz RNN",
        noise: null,
        values: [listed(99.2), ...remembered(98.4, 78.9, 47.1, 97.6, 93.4, 73.5)],
      },
      { model: "Noisy RNN", noise: "none", values: [null, null, null, null, null, null, null] },
      {
        model: "Noisy RNN",
        noise: "0.02 and 0.02",
        values: [listed(99.1), ...remembered(98.9, 88.4, 62.9, 98.3, 95.6, 78.7)],
      },
      { model: "Noisy RNN", noise: "0.05 and 0.02", values: remembered(99.1, 98.9, 92.2, 73.5, 98.5, 97.1, 85.5) },
    ],
  },
  {
    family: "mnist-permuted",
    caption: "Permuted MNIST pixel by pixel, accuracy in per cent, from elsewhere and here",
    columns: [clean],
    rows: [
      { model: "Antisymmetric RNN", noise: null, values: [listed(92.8)] },
      { model: "CoRNN", noise: null, values: [listed(96.05)] },
      { model: "Noisy RNN", noise: "0.02 and 0.02", values: [listed(94.9)] },
    ],
  },
];

/** For each family that has numbers from elsewhere: a row per model, theirs with its tag, and ours. */
export function publishedTables(evidence: readonly FamilyResults[]): readonly ReportTable[] {
  return tables.map(({ family, caption, columns, rows }): ReportTable => {
    const own = evidence.find((one) => one.family.name === family);
    return {
      caption,
      notes: [
        "Listed: on a public page of results of the paper. Recollection: remembered, seen in no source, so at most of the right size. Ours: mean over seeds, of the networks of this report; a dash where they were not trained.",
        "The published runs have 100 epochs and, where it is known, one seed.",
      ],
      columns: [
        {
          title: "Model",
          meaning: "with the noise of its training: additive and multiplicative",
          kind: "text",
          isHeader: true,
        },
        { title: "From", meaning: "elsewhere or here", kind: "text", isHeader: true },
        ...columns.map(({ title, meaning }) => ({ title, meaning, kind: "number" as const })),
      ],
      rows: rows.flatMap(({ model, noise, values }) => {
        const name = noise === null ? model : `${model}, noise ${noise}`;
        return [
          [name, "elsewhere", ...values.map((value) => (value === null ? "–" : `${value[0]} (${value[1]})`))],
          [
            name,
            "ours",
            ...columns.map(({ part }) => percent(own === undefined ? [] : valuesOf(own, model, noise, part))),
          ],
        ];
      }),
    };
  });
}

function valuesOf(
  { results }: FamilyResults,
  model: string,
  noise: string | null,
  part: string | null,
): readonly number[] {
  const isAsked = (row: Measurement): boolean =>
    part === null
      ? row.metric === "test-accuracy" && (row.testIntensity ?? 0) === 0
      : row.metric === findingName && row.part === part;
  const mine = results.measurements.filter(
    (row) => isAsked(row) && isSound(row.run) && row.run.model === model && (row.run.noise ?? null) === noise,
  );
  return [...groups(mine, ({ run }) => run.id).values()].map(([{ value }]) => value);
}

function percent(values: readonly number[]): string {
  if (values.length === 0) return "–";
  return numberText((100 * values.reduce((sum, value) => sum + value, 0)) / values.length);
}
