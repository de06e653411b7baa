/** The studies that `reproduce` knows: one line per member. */
import { registry } from "../core/registry.ts";
import type { Reproduction } from "./reproduction/contract.ts";
import { noisePreference } from "./reproductions/noise-preference.ts";
import { noisyRnn } from "./reproductions/noisy-rnn.ts";

export const reproductions = registry<Reproduction>("study", [noisePreference, noisyRnn]);
