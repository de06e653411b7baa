/**
 * The kernels that the package carries, so that nothing is compiled on first use: the built-in cells with their usual
 * activations and noise, the vector routines that any other cell runs on where there is no compiler, and the optimisers.
 *
 * A kernel serves every size, intensity, law and numeric setting, and noise at the sites that a cell's equations name.
 */
import { emitC } from "../../engine/c/emit.ts";
import { routinesText } from "../../engine/c/routines.ts";
import type { Precision } from "../../engine/contract.ts";
import { emitRules } from "../../engine/flat/emit.ts";
import { deriveScans } from "../../engine/scan.ts";
import type { NetworkOptions } from "../../network/contract.ts";
import { networkParts } from "../../network/spec.ts";
import { optimiserRules, optimiserRulesName } from "../../train/optimisers/prepared.ts";

export const shippedNetworks: readonly Pick<NetworkOptions, "cell" | "settings" | "noise">[] = [
  { cell: "ctrnn", settings: { activation: "relu" } },
  { cell: "ctrnn", settings: { activation: "softplus" } },
  { cell: "ctrnn", settings: { activation: "tanh" } },
  { cell: "rate", settings: { activation: "relu" } },
  { cell: "rate", settings: { activation: "tanh" } },
  { cell: "elman", settings: { activation: "tanh" } },
  { cell: "elman", settings: { activation: "relu" } },
  { cell: "lipschitz", settings: { activation: "tanh" } },
  {
    cell: "lipschitz",
    settings: { activation: "tanh" },
    noise: [
      { site: "state", intensity: 0 },
      { site: "update", law: "uniform-decrement", intensity: 0 },
    ],
  },
  { cell: "gru", settings: { activation: "tanh" } },
  { cell: "lstm", settings: { activation: "tanh" } },
  { cell: "antisymmetric", settings: { activation: "tanh" } },
  { cell: "cornn", settings: { activation: "tanh" } },
  { cell: "exprnn" },
  { cell: "lem", settings: { activation: "tanh" } },
  { cell: "feedforward", settings: { activation: "relu" } },
  { cell: "controlled-plant", settings: { activation: "relu" } },
];

export interface ShippedKernel {
  readonly name: string;
  /** C text, as the WebAssembly back ends ask the provider for it. */
  readonly text: string;
  readonly precision: Precision;
}

export function shippedKernels(): readonly ShippedKernel[] {
  const sizes = { inputSize: 1, hiddenSize: 1, outputSize: 1 };
  const texts = [
    { name: "vector routines", text: routinesText() },
    { name: optimiserRulesName, text: emitRules(optimiserRules) },
    ...shippedNetworks.map((network) => {
      const { program } = networkParts({ ...sizes, ...network }, {});
      return { name: program.name, text: emitC(deriveScans(program)).text };
    }),
  ];
  return (["float32", "float64"] as const).flatMap((precision) => texts.map((kernel) => ({ ...kernel, precision })));
}
