import { registry } from "../../core/registry.ts";
import type { Choice } from "../cell.ts";
import { balanced } from "./balanced.ts";
import { constant } from "./constant.ts";
import { glorotUniform } from "./glorot-uniform.ts";
import { identity } from "./identity.ts";
import { normal } from "./normal.ts";
import { normalOverSize } from "./normal-over-size.ts";
import { setting } from "./setting.ts";
import { cayleyBlocks, henaffBlocks } from "./skew-blocks.ts";
import { uniform } from "./uniform.ts";
import { uniformFanIn } from "./uniform-fan-in.ts";
import { zeros } from "./zeros.ts";

/** Ways to start parameters. */
export const initialisers = registry("initialiser", [
  normal,
  normalOverSize,
  uniformFanIn,
  uniform,
  glorotUniform,
  zeros,
  constant,
  setting,
  identity,
  balanced,
  cayleyBlocks,
  henaffBlocks,
]);

/** What a parameter starts from when nobody says. */
export function defaultInitialiser(axes: readonly string[]): Choice {
  return axes.length === 2 ? { name: "normal", gain: 1 } : { name: "zeros" };
}
