/** Figures that are drawn from what analyses of networks found: each of those of the figure registry that names its analyses. */
import { z } from "zod";
import { groups, seedWarnings } from "../../figure/conditions.ts";
import type { FigureCell, FigureDefinition } from "../../figure/contract.ts";
import { figures } from "../../figure/registry.ts";
import { columnIssues, whereOption } from "../analyses/options.ts";
import { networkFindings } from "../results/network-findings.ts";
import type { RunRow } from "../results/rows.ts";
import { type StudyFigure, studyFigure } from "./contract.ts";
import { findingsRuns } from "./findings-request.ts";

const schema = z.strictObject({
  where: whereOption,
  seed: z.int().min(0).optional().describe("of the networks that are drawn; by default all"),
});

export const findingsFigures: readonly StudyFigure[] = figures.members.flatMap((definition) => {
  const { analyses } = definition;
  return analyses === undefined ? [] : [findingsFigure({ ...definition, analyses })];
});

function findingsFigure({
  name,
  summary,
  analyses,
  draw,
}: FigureDefinition & { readonly analyses: readonly string[] }): StudyFigure {
  return studyFigure({
    name,
    summary,
    schema,
    issues: ({ where }, surroundings) => columnIssues("where", Object.keys(where), surroundings),
    metrics: () => [],
    findings: ({ where, seed }) => ({ analyses, where, seed }),
    draw({ columns, runs, findings = { found: [], warnings: [] } }, options, taskLabels) {
      const chosen = new Set(findingsRuns(runs, options).map(({ id }) => id));
      const drawn = findings.found.filter(
        ({ run, findings: { analysis } }) => chosen.has(run.id) && analyses.includes(analysis),
      );
      return draw({
        findings: drawn.map(({ run, findings: found }) =>
          networkFindings({ title: run.title, seed: run.seed, labels: labelsOf(run, columns) }, found),
        ),
        warnings: [
          ...findings.warnings,
          ...countWarnings(
            findingsRuns(runs, { where: options.where }),
            drawn.map(({ run }) => run),
          ),
        ],
        taskLabels,
      });
    },
  });
}

/** Of too few seeds per condition, whether or not one of them was chosen to be drawn. */
function countWarnings(runs: readonly RunRow[], drawn: readonly RunRow[]): string[] {
  const conditions = new Set(drawn.map(({ condition }) => condition));
  const mine = runs.filter(({ condition }) => conditions.has(condition));
  const counts = [...groups(mine, ({ condition }) => condition).values()].map(({ length }) => length);
  return counts.length === 0 ? [] : seedWarnings(counts);
}

function labelsOf(run: RunRow, columns: readonly string[]): Record<string, FigureCell> {
  return Object.fromEntries(columns.map((column) => [column, run[column] ?? null]));
}
