import { distinct, groups, median } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow, TrainingRow } from "./contract.ts";
import { panelHeader, panelResolve } from "./panels.ts";
import { palette, panelSpacing, panelWidth, theme } from "./theme.ts";
import { countText, figureTitle, logTicks, lossScale, numberText } from "./wording.ts";

/** Panels side by side. */
const columnLimit = 3;

/** How the loss fell during training, one panel per run name. */
export const trainingCurves: FigureDefinition = {
  name: "training-curves",
  summary: "Did training converge, and did training and validation part ways?",
  draw: (data) => {
    const rows = data.trainingRows ?? [];
    return rows.some(hasLoss) ? [figure(rows, data.warnings ?? [])] : [];
  },
};

type FiniteRow = TrainingRow & { readonly loss: number };

function hasLoss(row: TrainingRow): row is FiniteRow {
  return Number.isFinite(row.loss ?? Number.NaN);
}

function figure(all: readonly TrainingRow[], known: readonly string[]): Figure {
  const title = "Loss during training";
  const finite = all.filter(hasLoss);
  const rows: FigureRow[] = finite.map(({ run, seed, update, quantity, loss }) => ({
    run,
    seed,
    update,
    quantity,
    loss,
  }));
  const runs = distinct(finite.map((row) => row.run));
  const quantities = ["training", "validation"].filter((name) => finite.some((row) => row.quantity === name));
  const seedCounts = [...groups(finite, (row) => row.run).values()].map(
    (run) => distinct(run.map((row) => row.seed)).length,
  );
  const warnings = [...failureWarnings(all), ...known];
  const columns = Math.min(columnLimit, runs.length);
  const width = panelWidth(columns);
  const manySeeds = Math.max(...seedCounts) > 1;
  const reading = manySeeds ? "One line per seed." : "One seed.";
  const legend = quantities.length > 1 ? { title: null, symbolSize: 400 } : null;
  const isLog = lossScale(finite.map((row) => row.loss)) === "log";
  const ticks = isLog ? { values: logTicks(finite.map((row) => row.loss)) } : { tickCount: 6 };
  const alternative = `${title}. ${[...groups(finite, (row) => JSON.stringify([row.run, row.quantity])).values()].map(sentence).join(" ")}`;
  return {
    name: "training-curves",
    title,
    caption:
      `The loss as it was during training. ${manySeeds ? `${reading} ` : ""}${countText(seedCounts, "seed")} per run.` +
      `${isLog ? " The loss axis is logarithmic." : ""}`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: rows.map((row) => ({ ...row })) },
      facet: { field: "run", type: "nominal", sort: runs, header: panelHeader(runs, width) },
      columns,
      ...panelResolve(runs.length, columns),
      spacing: panelSpacing,
      spec: {
        width,
        height: 240,
        mark: { type: "line", strokeWidth: manySeeds ? 1 : 1.5 },
        encoding: {
          x: {
            field: "update",
            type: "quantitative",
            scale: { nice: false },
            axis: { title: "Update", grid: false, tickCount: 5 },
          },
          y: {
            field: "loss",
            type: "quantitative",
            scale: isLog ? { type: "log", nice: false } : { zero: false, nice: true },
            axis: { title: `Loss${isLog ? " (log scale)" : ""}`, format: "~g", grid: true, ...ticks },
          },
          detail: { field: "seed" },
          color: {
            field: "quantity",
            type: "nominal",
            scale: { domain: ["training", "validation"], range: [palette.blue, palette.vermillion] },
            legend,
          },
          strokeDash: {
            field: "quantity",
            type: "nominal",
            scale: {
              domain: ["training", "validation"],
              range: [
                [1, 0],
                [5, 3],
              ],
            },
            legend,
          },
        },
      },
      config: theme,
    },
  };
}

/** What became of one quantity of one run, over its seeds. */
function sentence(rows: readonly FiniteRow[]): string {
  const seeds = [...groups(rows, (row) => String(row.seed)).values()];
  const ends = seeds.map((seed) => seed.reduce((last, row) => (row.update > last.update ? row : last)));
  const starts = seeds.map((seed) => seed.reduce((first, row) => (row.update < first.update ? row : first)));
  const { run, quantity } = rows[0];
  const middle = (chosen: readonly FiniteRow[]) => numberText(median(chosen.map((row) => row.loss)));
  const last = ends.reduce((most, row) => Math.max(most, row.update), 0);
  const over = seeds.length > 1 ? `median ${quantity} loss of ${seeds.length} seeds` : `${quantity} loss`;
  return `${run}: ${over} from ${middle(starts)} to ${middle(ends)} after ${last} updates.`;
}

function failureWarnings(rows: readonly TrainingRow[]): string[] {
  const failures = groups(
    rows.filter((row) => !hasLoss(row)),
    (row) => JSON.stringify([row.run, row.seed]),
  );
  return [...failures.values()].map(
    ([first]) => `${first.run}, seed ${first.seed}: the loss is not a finite number from update ${first.update} on.`,
  );
}
