import { colouredByCondition } from "./condition-colours.ts";
import { distinct } from "./conditions.ts";
import type { Figure, FigureData, FigureDefinition, FigureRow } from "./contract.ts";
import { type FoundTable, networksText, sharedText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { theme } from "./theme.ts";
import { figureTitle, numberText, settingSuffix } from "./wording.ts";

/** Networks that the description tells of one by one. */
const sentenceLimit = 12;

/** Accuracy, or loss where nothing is decided, against the strength of each perturbation, one panel each. */
export const robustnessCurves: FigureDefinition = {
  name: "robustness",
  summary: "How do accuracy and loss fall with the strength of perturbations of the input?",
  analyses: ["robustness"],
  draw: (data) => {
    const found = tablesOf(data, "robustness", "curves");
    const decides = ({ rows }: FoundTable): boolean => rows.some(({ accuracy }) => typeof accuracy === "number");
    return [
      ...figure(data, found.filter(decides), "accuracy"),
      ...figure(
        data,
        found.filter((entry) => !decides(entry)),
        "loss",
      ),
    ];
  },
};

const quantities = {
  accuracy: { name: "robustness", title: "Accuracy under perturbed inputs", axis: "Accuracy", format: "~%" },
  loss: { name: "robustness-loss", title: "Loss under perturbed inputs", axis: "Loss", format: ".4~g" },
} as const;

function figure(data: FigureData, found: readonly FoundTable[], quantity: keyof typeof quantities): Figure[] {
  if (found.length === 0) return [];
  const { name, title: heading, axis, format } = quantities[quantity];
  const networks = found.map(({ network }) => network);
  const { shown, hasSeeds, warnings: left, color } = colouredByCondition(found);
  const warnings = [...left, ...(data.warnings ?? [])];
  const shared = sharedText(data, networks);
  const title = `${heading}${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const rows: FigureRow[] = shown.flatMap(({ network, condition, rows: points }) =>
    points.map((point) => ({
      perturbation: point.perturbation,
      condition,
      seed: network.seed,
      strength: point.strength,
      value: point[quantity],
      low: point[`${quantity}Low`],
      high: point[`${quantity}High`],
    })),
  );
  const panels = distinct(rows.map(({ perturbation }) => String(perturbation)));
  const reading = hasSeeds ? "One line per network; colours are conditions." : "Band: 95 % interval over the trials.";
  const alternative = `${title}. ${shown
    .slice(0, sentenceLimit)
    .map(({ heading: network, rows: points }) => `${network}: ${sentence(points, panels, quantity)}.`)
    .join(" ")}`;
  const x = {
    field: "strength",
    type: "quantitative" as const,
    scale: { nice: false },
    axis: { title: "Strength", grid: false, tickCount: 5, format: ".4~g" },
  };
  const y = (field: string) => ({
    field,
    type: "quantitative" as const,
    scale: quantity === "accuracy" ? { domain: [0, 1] } : { zero: false },
    axis: { title: axis, format, tickCount: 5 },
  });
  return [
    {
      name,
      title,
      caption: `${reading} A strength is in the unit of its perturbation (docs/analyses/robustness.md); 0 is the clean input. ${networksText(networks)}`,
      alternative,
      warnings,
      data: rows,
      specification: {
        $schema: "https://vega.github.io/schema/vega-lite/v6.json",
        description: alternative,
        title: figureTitle(title, reading, warnings),
        data: { values: rows.map((row) => ({ ...row })) },
        ...panelled(
          "perturbation",
          panels,
          panelSize(panels, 150, true),
          {
            layer: [
              ...(hasSeeds
                ? []
                : [
                    {
                      transform: [{ filter: "isValid(datum.low)" }],
                      mark: { type: "area" as const, opacity: 0.18 },
                      encoding: { x, y: { ...y("low"), stack: null }, y2: { field: "high" }, color },
                    },
                  ]),
              {
                mark: { type: "line" as const, strokeWidth: hasSeeds ? 1 : 1.75, point: !hasSeeds },
                encoding: { x, y: y("value"), detail: { field: "seed" }, color },
              },
            ],
          },
          { x: "independent" },
        ),
        config: theme,
      },
    },
  ];
}

function sentence(points: readonly FigureRow[], panels: readonly string[], quantity: string): string {
  const told = panels.flatMap((panel) => {
    const last = points.filter(({ perturbation }) => perturbation === panel).at(-1);
    const value = last?.[quantity];
    return typeof value === "number"
      ? [`${numberText(value)} at ${numberText(Number(last?.strength))} of ${panel}`]
      : [];
  });
  const clean = points.find(({ strength }) => strength === 0)?.[quantity];
  return [`${quantity} ${typeof clean === "number" ? numberText(clean) : "unknown"} clean`, ...told].join(", ");
}
