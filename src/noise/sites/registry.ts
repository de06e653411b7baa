import { registry } from "../../core/registry.ts";
import { input } from "./input.ts";
import { inside } from "./inside.ts";
import { outside } from "./outside.ts";
import { state } from "./state.ts";
import { stateMultiplicative } from "./state-multiplicative.ts";
import { update } from "./update.ts";
import { weight } from "./weight.ts";

/**
 * Where noise can enter.
 *
 * The order is that in which sources change the equations, whatever order they are listed in: multiplicative noise sees
 * the increments of the cell itself, additive noise at the state comes last.
 */
export const sites = registry("noise site", [input, weight, inside, outside, update, stateMultiplicative, state]);
