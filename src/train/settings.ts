import type { BrokenRule, Settings } from "./contract.ts";

/** The rule `low <= setting < high` as zero or one broken rule; `remedy` is what to do about a value outside. */
export function below(settings: Settings, setting: string, low: number, high: number, remedy: string): BrokenRule[] {
  const value = settings[setting] as number;
  if (value >= low && value < high) return [];
  return [
    {
      setting,
      rule: `must lie in [${low}, ${high === Number.POSITIVE_INFINITY ? "infinity" : high}), got ${value}`,
      remedy,
    },
  ];
}
