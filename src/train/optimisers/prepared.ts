import { prepareRules } from "../../engine/flat/prepare.ts";
import type { FlatRule } from "../../engine/flat/rule.ts";
import type { NetworkKernel } from "../../network/contract.ts";
import type { Optimiser } from "../contract.ts";
import { optimisers } from "./registry.ts";

/** What the rules of all optimisers are called together. */
export const optimiserRulesName = "optimisers";

/** The rules of all optimisers: they are compiled together, once per precision. */
export const optimiserRules: readonly FlatRule[] = optimisers.members.flatMap(({ rules }) => rules);

/**
 * An optimiser whose rules run on the back end that runs the network; its bits are those of every other back end.
 *
 * @param name a member of `optimisers`
 * @param kernel of the network whose weights it will update
 * @throws ParameterError for an unknown name; CapabilityError when the back end can compile and find no rules
 */
export async function prepareOptimiser(
  name: string,
  kernel: Pick<NetworkKernel, "backend" | "precision">,
): Promise<Optimiser> {
  const optimiser = optimisers.get(name);
  return optimiser.evaluatedBy(await prepareRules(optimiserRulesName, optimiserRules, kernel));
}
