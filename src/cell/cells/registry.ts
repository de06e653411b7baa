import { registry } from "../../core/registry.ts";
import { controlledPlant } from "./controlled-plant.ts";
import { ctrnn } from "./ctrnn.ts";
import { elman } from "./elman.ts";
import { feedforward } from "./feedforward.ts";
import { gru } from "./gru.ts";
import { lipschitz } from "./lipschitz.ts";
import { rate } from "./rate.ts";

/** Built-in cells. */
export const cells = registry("cell", [ctrnn, elman, gru, lipschitz, rate, feedforward, controlledPlant]);
