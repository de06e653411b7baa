/** Which evaluator a back end brings for element-wise rules. */
import type { Precision } from "../contract.ts";
import type { WasmProvider } from "../wasm/contract.ts";
import { compiledRules } from "./compiled.ts";
import type { FlatEvaluator } from "./contract.ts";
import { emitRules } from "./emit.ts";
import { flatReference } from "./reference.ts";
import type { FlatRule } from "./rule.ts";

const providers = new Map<string, WasmProvider>();

/** Lets a back end compile element-wise rules with a provider. */
export function installRules(backend: string, provider: WasmProvider): void {
  providers.set(backend, provider);
}

/**
 * Rules made ready on the back end that runs a network: compiled where it has a provider, else the reference. Results
 * have the same bits on all.
 *
 * @param name of the rules together, for messages
 */
export async function prepareRules(
  name: string,
  rules: readonly FlatRule[],
  { backend, precision }: { readonly backend: string; readonly precision: Precision },
): Promise<FlatEvaluator> {
  const provider = providers.get(backend);
  if (provider === undefined) return flatReference;
  return compiledRules(backend, await provider.instantiate(name, emitRules(rules), precision), rules, precision);
}
