/** From the name of a preset to what it stands for, in what a user writes of a run. */
import type { SpecIssue } from "../../core/errors.ts";
import { checkedOptions } from "../../core/options.ts";
import { unknownName } from "../../core/registry.ts";
import { merged } from "../study-file/merge.ts";
import { isMapping } from "../study-file/paths.ts";
import type { PresetInput } from "./contract.ts";
import { presets } from "./registry.ts";

export interface ExpandedPreset {
  /** Empty where there are issues, or no preset. */
  readonly input: PresetInput;
  readonly issues: readonly SpecIssue[];
}

/**
 * What a preset stands for.
 *
 * @param given a name, `{ name, ...options }`, or undefined for none; from a file, so of any type
 */
export function expandedPreset(given: unknown): ExpandedPreset {
  if (given === undefined) return { input: {}, issues: [] };
  const { name, ...options } = isMapping(given) ? given : { name: given };
  if (typeof name !== "string" || !presets.has(name)) {
    const { rule, remedy } = unknownName("preset", String(name), presets.names);
    return { input: {}, issues: [{ path: "preset", rule, remedy }] };
  }
  const preset = presets.get(name);
  const { values, broken } = checkedOptions(preset.options, options);
  const issues = broken.map(({ option, rule, remedy }) => ({ path: `preset.${option}`, rule, remedy }));
  return { input: issues.length > 0 ? {} : preset.input(values), issues };
}

/** A part of a run: what a user writes of it over what the preset says, merged as a study that extends another. */
export function overPreset(preset: unknown, own: unknown): unknown {
  if (preset === undefined || own === undefined) return own ?? preset;
  return merged(preset, own);
}

/** The content of a run file with its preset worked in. */
export function withoutPreset(content: Readonly<Record<string, unknown>>): {
  readonly content: Readonly<Record<string, unknown>>;
  readonly issues: readonly SpecIssue[];
} {
  const { preset, ...own } = content;
  const { input, issues } = expandedPreset(preset);
  const parts = Object.entries(input).map(([part, value]) => [part, overPreset(value, own[part])]);
  return { content: { ...own, ...Object.fromEntries(parts) }, issues };
}
