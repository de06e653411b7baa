/** Which evaluator a back end brings for element-wise rules. */
import { CapabilityError } from "../../core/errors.ts";
import type { KernelProvider } from "../compiled/contract.ts";
import type { Precision } from "../contract.ts";
import { compiledRules } from "./compiled.ts";
import type { FlatEvaluator } from "./contract.ts";
import { emitRules, ruleFunction } from "./emit.ts";
import { flatReference } from "./reference.ts";
import type { FlatRule } from "./rule.ts";

const providers = new Map<string, KernelProvider>();

/** Lets a back end compile element-wise rules with a provider. */
export function installRules(backend: string, provider: KernelProvider): void {
  providers.set(backend, provider);
}

/**
 * Rules made ready on the back end that runs a network: compiled where it has a provider that can, else the reference.
 * Results have the same bits on all.
 *
 * @param name of the rules together: the same name means the same rules
 */
export async function prepareRules(
  name: string,
  rules: readonly FlatRule[],
  { backend, precision }: { readonly backend: string; readonly precision: Precision },
): Promise<FlatEvaluator> {
  const provider = providers.get(backend);
  if (provider === undefined) return flatReference;
  // one memory for all who update: nothing of an evaluation stays in it
  const known = prepared.get(provider) ?? new Map<string, Promise<FlatEvaluator>>();
  prepared.set(provider, known);
  const key = `${name} ${backend} ${precision}`;
  let evaluator = known.get(key);
  if (evaluator === undefined) {
    evaluator = compile(name, rules, backend, precision, provider);
    known.set(key, evaluator);
  }
  return evaluator;
}

const prepared = new WeakMap<KernelProvider, Map<string, Promise<FlatEvaluator>>>();

async function compile(
  name: string,
  rules: readonly FlatRule[],
  backend: string,
  precision: Precision,
  provider: KernelProvider,
): Promise<FlatEvaluator> {
  const functions = rules.map(ruleFunction);
  try {
    const instance = await provider.instantiate(name, emitRules(rules), { precision, functions, threads: 1 });
    return compiledRules(backend, instance, rules, precision);
  } catch (error) {
    if (error instanceof CapabilityError) return flatReference;
    throw error;
  }
}
