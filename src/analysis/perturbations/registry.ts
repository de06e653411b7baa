/** The registry of input perturbations: one line per member. */
import { registry } from "../../core/registry.ts";
import type { Perturbation } from "./contract.ts";
import { deepFoolPath } from "./deep-fool.ts";
import { fastGradientSign } from "./fast-gradient-sign.ts";
import { multiplicative } from "./multiplicative.ts";
import { occlusion } from "./occlusion.ts";
import { pgdL2 } from "./pgd-l2.ts";
import { pgdLinf } from "./pgd-linf.ts";
import { quantisation } from "./quantisation.ts";
import { saltAndPepper } from "./salt-and-pepper.ts";
import { timeJitter } from "./time-jitter.ts";
import { white } from "./white.ts";

export const perturbations = registry<Perturbation>("perturbation", [
  white,
  multiplicative,
  saltAndPepper,
  occlusion,
  timeJitter,
  quantisation,
  fastGradientSign,
  pgdLinf,
  pgdL2,
  deepFoolPath,
]);
