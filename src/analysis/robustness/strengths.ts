/** Strengths as options: one text per perturbation. */
import { ParameterError } from "../../core/errors.ts";
import type { OptionRules, OptionValue, OptionValues } from "../../core/options.ts";
import type { Perturbation } from "../perturbations/contract.ts";
import { perturbations } from "../perturbations/registry.ts";

/** "salt-and-pepper" as "saltAndPepper". */
export function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** An option per perturbation, named after it. */
export function strengthOptions(): OptionRules {
  return Object.fromEntries(
    perturbations.members.map(({ name, strengths }) => [
      camelCase(name),
      {
        type: "text",
        default: strengths.join(", "),
        remedy: 'name strengths as in "0.1, 0.2" (a single one in quotes), or null to leave it out',
      },
    ]),
  );
}

/** The perturbations that are asked for, with their strengths ascending. */
export function askedFor(
  place: string,
  options: OptionValues,
): { readonly perturbation: Perturbation; readonly strengths: readonly number[] }[] {
  return perturbations.members.flatMap((perturbation) => {
    const { name, most } = perturbation;
    const strengths = positiveList(`${place}, ${camelCase(name)}`, options[camelCase(name)], most);
    return strengths.length === 0 ? [] : [{ perturbation, strengths }];
  });
}

/**
 * Numbers above 0 of a text, ascending, once each; none for null.
 *
 * @throws ParameterError for what is no such number
 */
export function positiveList(place: string, text: OptionValue, most = Number.POSITIVE_INFINITY): number[] {
  if (text === null) return [];
  const parts = String(text)
    .split(/[\s,]+/)
    .filter((part) => part !== "");
  const wrong = parts.find((part) => !(Number(part) > 0 && Number(part) <= most && Number.isFinite(Number(part))));
  if (wrong !== undefined || parts.length === 0) {
    throw new ParameterError({
      place,
      rule: `strengths are numbers above 0${most === Number.POSITIVE_INFINITY ? "" : `, at most ${most}`}, got "${wrong ?? text}"`,
      remedy:
        'write them as in "0.1, 0.2", or null to leave it out; without perturbation the network is always looked at',
    });
  }
  return [...new Set(parts.map(Number))].sort((a, b) => a - b);
}
