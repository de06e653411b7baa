import { expect, test } from "vitest";
import { countText, figureTitle, listText, logTicks, numberText } from "../../src/figure/wording.ts";

test("numbers for people have three significant digits, and powers of ten outside 0.001 to 99 999", () => {
  const shown: [number | null, string][] = [
    [0, "0"],
    [1, "1"],
    [10, "10"],
    [100, "100"],
    [0.1 + 0.2, "0.3"],
    [0.0128374, "0.0128"],
    [0.001, "0.001"],
    [0.00099, "9.90e-4"],
    [25.648, "25.6"],
    [999.6, "1000"],
    [12345, "12300"],
    [123456, "1.23e+5"],
    [-0.25, "−0.25"],
    [-0.00025, "−2.50e-4"],
    [null, "–"],
    [Number.NaN, "not a number"],
    [Number.POSITIVE_INFINITY, "∞"],
  ];
  for (const [value, text] of shown) expect(numberText(value), String(value)).toBe(text);
});

test("counts are given as one number or a range", () => {
  expect(countText([5, 5], "seed")).toBe("5 seeds");
  expect(countText([1], "seed")).toBe("1 seed");
  expect(countText([3, 5, 4], "seed")).toBe("3 to 5 seeds");
});

test("lists end with and", () => {
  expect(listText([])).toBe("");
  expect(listText(["a"])).toBe("a");
  expect(listText(["a", "b", "c"])).toBe("a, b and c");
});

test("logarithmic ticks lie inside the data, and are 1-2-5 below two decades, 1-3 below four, powers of ten beyond", () => {
  expect(logTicks([0.9, 33])).toEqual([1, 2, 5, 10, 20]);
  expect(logTicks([3e-4, 0.25])).toEqual([3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1]);
  expect(logTicks([2e-5, 7])).toEqual([1e-4, 1e-3, 0.01, 0.1, 1]);
});

test("a title that is wider than a figure goes on in the next line, word by word; a short one stays as it is", () => {
  expect(figureTitle("Loss against noise", "One line.", []).text).toBe("Loss against noise");
  const long = `Loss against noise (${Array.from({ length: 12 }, (_, index) => `Axis ${index}: value`).join(", ")})`;
  const { text } = figureTitle(long, "One line.", []);
  expect(text).toHaveLength(3);
  expect([...text].every((line) => line.length <= 90)).toBe(true);
  expect([...text].join(" ")).toBe(long);
});
