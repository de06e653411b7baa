/** Functions on [-1, 1] that networks are asked to approximate: one line per member. */
import { registry } from "../../core/registry.ts";

export interface TargetFunction {
  readonly name: string;
  readonly formula: string;
  value(u: number): number;
}

export const targetFunctions = registry<TargetFunction>("target function", [
  { name: "sin-pi", formula: "sin(pi u)", value: (u) => Math.sin(Math.PI * u) },
  { name: "cos-pi", formula: "cos(pi u)", value: (u) => Math.cos(Math.PI * u) },
  { name: "identity", formula: "u", value: (u) => u },
  { name: "abs", formula: "|u|", value: (u) => Math.abs(u) },
  { name: "square", formula: "u^2", value: (u) => u * u },
  { name: "cube", formula: "u^3", value: (u) => u ** 3 },
  { name: "step", formula: "1 for u > 0, 0 otherwise", value: (u) => (u > 0 ? 1 : 0) },
]);
