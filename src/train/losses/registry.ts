import { registry } from "../../core/registry.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { hinge } from "./hinge.ts";
import { meanSquaredError } from "./mean-squared-error.ts";
import { squaredErrorPerStep } from "./squared-error-per-step.ts";

export const losses = registry("loss", [meanSquaredError, squaredErrorPerStep, crossEntropy, hinge]);
