import { registry } from "../../core/registry.ts";
import type { Preset } from "./contract.ts";
import { noise } from "./noise.ts";
import { sequentialMnist } from "./sequential-mnist.ts";

/** Parts of runs by name: hyper-parameters of published models, and the noise of other programs. */
export const presets = registry<Preset>("preset", [...sequentialMnist, ...noise]);
