/** The studies that `reproduce` knows: one line per member. */
import { registry } from "../core/registry.ts";
import type { Reproduction } from "./reproduction.ts";
import { noisePreference } from "./reproductions/noise-preference.ts";

export const reproductions = registry<Reproduction>("study", [noisePreference]);
