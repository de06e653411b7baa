import { describe, expect, test } from "vitest";
import { schedules } from "../../src/train/schedules/registry.ts";
import { warmUpFactor } from "../../src/train/schedules/warm-up.ts";

const factors = (name: string, changes: Record<string, number | number[]>, updates: number) => {
  const { defaults, factor } = schedules.get(name);
  return Array.from({ length: updates }, (_, k) => factor(k, updates, { ...defaults, ...changes }));
};

describe("schedules", () => {
  test("constant stays 1", () => {
    expect(factors("constant", {}, 3)).toEqual([1, 1, 1]);
  });
  test("step: milestones at half and 4/5 of ten updates fall to 0.1 and 0.01", () => {
    const values = factors("step", { milestones: [0.5, 0.8], factor: 0.1 }, 10);
    expect(values.slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
    expect(values.slice(5, 8)).toEqual([0.1, 0.1, 0.1]);
    for (const value of values.slice(8)) expect(value).toBeCloseTo(0.01, 15);
  });
  test("step keeps its shape when the run is ten times longer", () => {
    const [short, long] = [factors("step", {}, 10), factors("step", {}, 100)];
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
