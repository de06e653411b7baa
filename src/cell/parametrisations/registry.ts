import { registry } from "../../core/registry.ts";
import { dale } from "./dale.ts";
import { dense } from "./dense.ts";
import { frozen } from "./frozen.ts";
import { lowRank } from "./low-rank.ts";
import { mask } from "./mask.ts";
import { orthogonal } from "./orthogonal.ts";
import { skew } from "./skew.ts";
import { symmetricSkew } from "./symmetric-skew.ts";

/** Maps from trained arrays to the matrices that cells see. */
export const parametrisations = registry("parametrisation", [
  dense,
  frozen,
  mask,
  dale,
  symmetricSkew,
  skew,
  orthogonal,
  lowRank,
]);
