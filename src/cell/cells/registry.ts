import { registry } from "../../core/registry.ts";
import { antisymmetric } from "./antisymmetric.ts";
import { controlledPlant } from "./controlled-plant.ts";
import { cornn } from "./cornn.ts";
import { ctrnn } from "./ctrnn.ts";
import { elman } from "./elman.ts";
import { exprnn } from "./exprnn.ts";
import { feedforward } from "./feedforward.ts";
import { gru } from "./gru.ts";
import { lem } from "./lem.ts";
import { lipschitz } from "./lipschitz.ts";
import { lstm } from "./lstm.ts";
import { rate } from "./rate.ts";

/** Built-in cells. */
export const cells = registry("cell", [
  ctrnn,
  elman,
  gru,
  lstm,
  lipschitz,
  antisymmetric,
  cornn,
  exprnn,
  lem,
  rate,
  feedforward,
  controlledPlant,
]);
