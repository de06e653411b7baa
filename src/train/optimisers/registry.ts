import { registry } from "../../core/registry.ts";
import { adam, adamW } from "./adam.ts";
import { rmsprop } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";

export const optimisers = registry("optimiser", [sgd, adam, adamW, rmsprop]);
