import { registry } from "../core/registry.ts";
import { accuracyCurves } from "./accuracy-curves.ts";
import type { Figure, FigureData, FigureDefinition } from "./contract.ts";
import { preferenceCurves } from "./preference-curves.ts";
import { preferenceRatio } from "./preference-ratio.ts";
import { preferredIntensity } from "./preferred-intensity.ts";
import { trainingCurves } from "./training-curves.ts";

/** Every figure, in the order in which a report shows them. */
export const figures = registry<FigureDefinition>("figure", [
  preferenceCurves,
  preferredIntensity,
  preferenceRatio,
  accuracyCurves,
  trainingCurves,
]);

/** Every figure that the given tables allow. */
export function drawFigures(data: FigureData): readonly Figure[] {
  return figures.members.flatMap((definition) => definition.draw(data));
}
