import { distinct } from "./conditions.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { type FoundTable, firstPanels, networksText, numbersText, sharedText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { lossLooks, theme } from "./theme.ts";
import { figureTitle, logTicks, numberText, settingSuffix } from "./wording.ts";

const mostPanels = 12;
const matrixTitles: Readonly<Record<string, string>> = { hessian: "Hessian", "gauss-newton": "Gauss-Newton" };

/** Densities below this part of the highest peak are of the kernel's tails alone and drawn as this part. */
const floor = 1e-5;

/** Spectral density of the Hessian and the Gauss-Newton matrix, of the clean and the noisy loss. */
export const spectralDensity: FigureDefinition = {
  name: "spectral-density",
  summary: "How are the eigenvalues of the loss's second derivatives distributed, with and without noise?",
  analyses: ["hessian"],
  draw: (data) => {
    const found = tablesOf(data, "hessian", "density");
    if (found.length === 0) return [];
    const networks = found.map(({ network }) => network);
    return [figure(found, sharedText(data, networks), data.warnings ?? [])];
  },
};

function figure(found: readonly FoundTable[], shared: string, known: readonly string[]): Figure {
  const networks = found.map(({ network }) => network);
  const title = `Spectral density of the loss's second derivatives${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const all = found.flatMap(({ heading, rows }): FigureRow[] => {
    const matrices = distinct(rows.map(({ matrix }) => String(matrix)));
    const panelOf = (matrix: string): string =>
      [...(found.length > 1 ? [heading] : []), ...(matrices.length > 1 ? [matrixTitles[matrix]] : [])].join(", ");
    return rows.map((row) => ({ panel: panelOf(String(row.matrix)), ...row }));
  });
  const { shown, warnings: left } = firstPanels(distinct(all.map(({ panel }) => String(panel))), mostPanels, {
    what: "densities",
    networks: found.length,
  });
  const warnings = [...left, ...known];
  const rows = all.filter(({ panel }) => shown.includes(String(panel)));
  const peak = rows.reduce((most, { density }) => Math.max(most, Number(density)), 0);
  const least = floor * peak;
  const widths = rows.map(({ kernelWidth }) => Number(kernelWidth));
  const [narrowest, widest] = [widths.reduce((a, b) => Math.min(a, b)), widths.reduce((a, b) => Math.max(a, b))];
  const kernel =
    narrowest === widest ? numberText(widest) : `${numberText(narrowest)} to ${numberText(widest)}, as in the data`;
  const reading = "Share of the eigenvalues per unit of them, on a logarithmic scale.";
  const told = found.map(({ heading, network }) => `${heading}: ${numbersText(network, quantities)}.`);
  const alternative = `${title}. ${told.join(" ")}`;
  return {
    name: "spectral-density",
    title,
    caption: `${reading} Each eigenvalue is spread by a Gaussian kernel of standard deviation ${kernel}. What lies below ${numberText(least)} is drawn there. ${networksText(networks)}`,
    alternative,
    warnings,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, warnings),
      data: { values: rows.map((row) => ({ ...row })) },
      ...panelled(
        "panel",
        shown,
        panelSize(shown, 190, true),
        {
          layer: [
            {
              transform: [{ calculate: `max(datum.density, ${least})`, as: "drawn" }],
              mark: { type: "line", strokeWidth: 1.5 },
              encoding: {
                x: {
                  field: "eigenvalue",
                  type: "quantitative",
                  scale: { zero: false, nice: false },
                  axis: { title: "Eigenvalue", grid: false, tickCount: 5, format: ".3~g" },
                },
                y: {
                  field: "drawn",
                  type: "quantitative",
                  scale: { type: "log", nice: false, domain: [least, peak] },
                  axis: { title: "Density", format: ".1~e", values: logTicks([least, peak]) },
                },
                ...lossLooks(rows),
              },
            },
          ],
        },
        { x: "independent" },
      ),
      config: theme,
    },
  };
}

const quantities = {
  largestEigenvalue: "largest eigenvalue of the Hessian",
  smallestEigenvalue: "smallest",
  trace: "trace",
  largestEigenvalueNoisy: "largest of the noisy loss",
  traceNoisy: "its trace",
} as const;
