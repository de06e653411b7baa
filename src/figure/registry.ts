import { registry } from "../core/registry.ts";
import { accuracyCurves } from "./accuracy-curves.ts";
import { biasVariance } from "./bias-variance.ts";
import type { Figure, FigureData, FigureDefinition } from "./contract.ts";
import { fixedPointsPlane } from "./fixed-points-plane.ts";
import { jacobianProfile } from "./jacobian-profile.ts";
import { lossPlane } from "./loss-plane.ts";
import { lossSlices } from "./loss-slices.ts";
import { lyapunovSpectrum } from "./lyapunov-spectrum.ts";
import { marginDistributions } from "./margins.ts";
import { noiseSwitchedOff } from "./noise-switched-off.ts";
import { operatingPointHistogram } from "./operating-point.ts";
import { preferenceCurves } from "./preference-curves.ts";
import { preferenceIndex } from "./preference-index.ts";
import { preferenceRatio } from "./preference-ratio.ts";
import { preferredIntensity } from "./preferred-intensity.ts";
import { readoutMap } from "./readout-map.ts";
import { regulariserRemainder } from "./regulariser-remainder.ts";
import { regulariserSteps } from "./regulariser-steps.ts";
import { robustnessCurves } from "./robustness.ts";
import { spectralDensity } from "./spectral-density.ts";
import { stabilisation } from "./stabilisation.ts";
import { stationaryDensity } from "./stationary-density.ts";
import { trainingCurves } from "./training-curves.ts";

/** Every figure, in the order in which a report shows them. */
export const figures = registry<FigureDefinition>("figure", [
  preferenceCurves,
  preferredIntensity,
  preferenceRatio,
  accuracyCurves,
  trainingCurves,
  preferenceIndex,
  biasVariance,
  operatingPointHistogram,
  readoutMap,
  fixedPointsPlane,
  noiseSwitchedOff,
  stationaryDensity,
  regulariserRemainder,
  regulariserSteps,
  spectralDensity,
  lossSlices,
  lossPlane,
  marginDistributions,
  robustnessCurves,
  lyapunovSpectrum,
  stabilisation,
  jacobianProfile,
]);

/** Every figure that the given tables allow. */
export function drawFigures(data: FigureData): readonly Figure[] {
  return figures.members.flatMap((definition) => definition.draw(data));
}
