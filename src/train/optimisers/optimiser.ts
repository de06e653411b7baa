/** What all optimisers share: from the equations of one weight to updates of all arrays. */
import type { Expression } from "../../cell/expression.ts";
import { zerosLike } from "../../cell/parametrisations/arrays.ts";
import type { OptionValues } from "../../core/options.ts";
import type { RealArray } from "../../engine/contract.ts";
import type { FlatEvaluator } from "../../engine/flat/contract.ts";
import { flatReference } from "../../engine/flat/reference.ts";
import { type FlatRule, flatRule } from "../../engine/flat/rule.ts";
import type { Weights } from "../../network/contract.ts";
import type { Optimiser, OptimiserState, UpdateCall } from "../contract.ts";

/** Equations of one update of one weight. */
export interface Variant<Slot extends string, Setting extends string> {
  /** Letters, digits and underscores; unique among all optimisers. */
  readonly name: string;
  /** What is remembered per weight, 0 at first. */
  readonly slots: readonly Slot[];
  /** Numbers of an update. */
  readonly settings: readonly Setting[];
  /** New weight and slots from weight `w`, gradient `g` and the slots before. */
  readonly equations: (
    x: Readonly<Record<"w" | "g" | Slot, Expression>>,
    s: Readonly<Record<Setting, Expression>>,
  ) => Readonly<Record<"w" | Slot, Expression>>;
}

export interface OptimiserDefinition<Names extends string>
  extends Pick<Optimiser, "name" | "summary" | "references" | "options" | "check"> {
  readonly variants: Readonly<Record<Names, OptimiserVariant>>;
  /** Which variant options stand for. */
  readonly variant: (options: OptionValues) => Names;
  /**
   * The settings of all variants.
   *
   * @param count number of this update, 1 for the first
   */
  readonly settings: (
    call: Pick<UpdateCall, "rate" | "weightDecay" | "options"> & { readonly count: number },
  ) => Readonly<Record<string, number>>;
}

export interface OptimiserVariant {
  readonly rule: FlatRule;
  readonly slots: readonly string[];
}

export function variant<Slot extends string, Setting extends string>({
  name,
  slots,
  settings,
  equations,
}: Variant<Slot, Setting>): OptimiserVariant {
  return { rule: flatRule({ name, inputs: ["w", "g", ...slots], settings, equations }), slots };
}

/** An optimiser from its equations, evaluated by the reference until `evaluatedBy` says otherwise. */
export function defineOptimiser<Names extends string>(definition: OptimiserDefinition<Names>): Optimiser {
  return evaluated(definition, flatReference);
}

function evaluated<Names extends string>(definition: OptimiserDefinition<Names>, evaluator: FlatEvaluator): Optimiser {
  const { variants, variant, settings, ...parts } = definition;
  const variantOf = (options: OptionValues): OptimiserVariant => variants[variant(options)];
  return {
    ...parts,
    rules: Object.values<OptimiserVariant>(variants).map(({ rule }) => rule),
    init: (weights, options): OptimiserState => ({
      count: 0,
      slots: Object.fromEntries(variantOf(options).slots.map((slot) => [slot, zeroSlot(weights)])),
    }),
    update: ({ weights, gradient, state, rate, rates = {}, weightDecay, options }) => {
      const { rule, slots } = variantOf(options);
      const count = state.count + 1;
      const arrays: Record<string, Record<string, RealArray>> = {};
      for (const output of rule.outputs) arrays[output] = {};
      const rateOf = (name: string): number => rates[name] ?? rate;
      const names = Object.keys(weights);
      for (const one of new Set(names.map(rateOf))) {
        const group = names.filter((name) => rateOf(name) === one);
        const inputs = group.map((name) => {
          const own = [weights[name], gradient[name]];
          for (const slot of slots) own.push(state.slots[slot][name]);
          return own;
        });
        const results = evaluator.evaluate(rule, inputs, settings({ count, rate: one, weightDecay, options }));
        for (const [member, name] of group.entries()) {
          for (const [k, output] of rule.outputs.entries()) arrays[output][name] = results[member][k];
        }
      }
      const { w, ...nextSlots } = arrays;
      return { weights: w, state: { count, slots: nextSlots } };
    },
    evaluatedBy: (other) => evaluated(definition, other),
  };
}

/** A running average at its start: zeros of the length and precision of each weight array. */
function zeroSlot(weights: Weights): Weights {
  const zeros: Record<string, RealArray> = {};
  for (const [name, array] of Object.entries(weights)) zeros[name] = zerosLike(array);
  return zeros;
}
