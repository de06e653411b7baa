/** Noise: sites, laws, what an intensity means, and the conventions of other projects by name. */
export type {
  Draw,
  NoiseLaw,
  NoiseScaling,
  NoiseSite,
  NoiseSource,
  NoiseSourceInput,
  SiteDefinition,
} from "./contract.ts";
export { type LawDefinition, laws } from "./laws.ts";
export { type ScaledNoise, type StepLimit, scalings } from "./scaling.ts";
export { sites } from "./sites/registry.ts";
export { type LeafNoise, offeredSites } from "./sources.ts";
