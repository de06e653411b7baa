import { registry } from "../../core/registry.ts";
import type { StudyFigure } from "./contract.ts";
import { curves } from "./curves.ts";
import { differences } from "./differences.ts";
import { findingsFigures } from "./findings-figures.ts";
import { grid } from "./grid.ts";
import { multitaskHeatMap } from "./multitask-heat-map.ts";
import {
  accuracyCurvesFigure,
  preferenceCurvesFigure,
  preferenceRatioFigure,
  preferredIntensityFigure,
} from "./preference-figures.ts";
import { trainingCurvesFigure } from "./training-figure.ts";

/** Every figure that a study file may ask for. */
export const studyFigures = registry<StudyFigure>("figure", [
  curves,
  differences,
  grid,
  multitaskHeatMap,
  preferenceCurvesFigure,
  preferredIntensityFigure,
  preferenceRatioFigure,
  accuracyCurvesFigure,
  trainingCurvesFigure,
  ...findingsFigures,
]);
