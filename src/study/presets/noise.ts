/** Presets that give what "sigma" means in another program: cell and noise, no task and no training. */
import { presets as noisePresets } from "../../noise/presets.ts";
import type { Preset } from "./contract.ts";

const source = "equations as published; what they come to and what is not repeated: docs/conventions.md";

export const noise: readonly Preset[] = noisePresets.members.map(({ name, summary, references, options, network }) => ({
  name,
  summary,
  references,
  source,
  options,
  input: (values) => ({ network: network(values) }),
}));
