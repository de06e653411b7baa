import { describe, expect, test } from "vitest";
import { checkedOptions } from "../../src/core/options.ts";
import { schedules } from "../../src/train/schedules/registry.ts";
import { warmUpFactor } from "../../src/train/schedules/warm-up.ts";

const factors = (name: string, changes: Record<string, number>, updates: number) => {
  const { options, factor } = schedules.get(name);
  const { values } = checkedOptions(options, changes);
  return Array.from({ length: updates }, (_, k) => factor(k, updates, values));
};

describe("schedules", () => {
  test("constant stays 1", () => {
    expect(factors("constant", {}, 3)).toEqual([1, 1, 1]);
  });
  test("step: from 0.3 every 0.3 of ten updates falls at 3, 6 and 9", () => {
    const values = factors("step", { first: 0.3, every: 0.3, factor: 0.5 }, 10);
    expect(values).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]);
  });
  test("step falls once by default, to a fifth at 70 %", () => {
    expect(factors("step", {}, 10)).toEqual([1, 1, 1, 1, 1, 1, 1, 0.2, 0.2, 0.2]);
  });
  test("step keeps its shape when the run is ten times longer", () => {
    const changes = { first: 0.3, every: 0.3 };
    const [short, long] = [factors("step", changes, 10), factors("step", changes, 100)];
    expect(short).toEqual(long.filter((_, k) => k % 10 === 0));
  });
  test("cosine starts at 1, is half way at half time and ends just above its floor", () => {
    const values = factors("cosine", { floor: 0.2 }, 1000);
    expect(values[0]).toBe(1);
    expect(values[500]).toBeCloseTo(0.6, 12);
    // One update before the end the cosine is (pi/1000)^2 / 4 above -1, times 0.8.
    expect(values[999] - 0.2).toBeCloseTo((0.8 * (Math.PI / 1000) ** 2) / 4, 9);
    expect(factors("cosine", {}, 1000)[999]).toBeLessThan(values[999]);
  });
  test("warm-up over 4 updates runs 1/4, 1/2, 3/4, 1, 1; over 0 it is 1", () => {
    expect([0, 1, 2, 3, 4].map((k) => warmUpFactor(k, 4))).toEqual([0.25, 0.5, 0.75, 1, 1]);
    expect(warmUpFactor(0, 0)).toBe(1);
  });
});
