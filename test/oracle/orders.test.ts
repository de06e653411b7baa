/** Orders of published code against NumPy and PyTorch (orders.py says how). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { namedOrder } from "../../src/task/mnist/orders.ts";

interface Summary {
  readonly count: number;
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly hash: number;
}

const { orders } = JSON.parse(readFileSync(new URL("orders.json", import.meta.url), "utf8")) as {
  readonly orders: Readonly<Record<string, Summary>>;
};

const orderOf = (name: string, count: number, index = 0): Uint32Array =>
  namedOrder(name)?.(count, index) ?? new Uint32Array(0);

describe("orders equal NumPy's and PyTorch's in every number", () => {
  test.each(Object.entries(orders))("%s", (name, { count, first, last, hash }) => {
    const order = orderOf(name, count);
    expect([...order].slice(0, 10)).toEqual(first);
    expect([...order].slice(-10)).toEqual(last);
    // the sum stays below 60000^3 / 3 < 2^53
    expect(order.reduce((sum, value, i) => sum + (i + 1) * value, 0) % (2 ** 31 - 1)).toBe(hash);
    expect(new Set(order).size).toBe(count);
  });
});

test("orders of our own are functions of seed and index", () => {
  expect(orderOf("seed-3", 50)).toEqual(orderOf("seed-3", 50));
  expect(orderOf("seed-4", 50)).not.toEqual(orderOf("seed-3", 50));
  expect(orderOf("seed-3", 50, 1)).not.toEqual(orderOf("seed-3", 50));
  expect([...orderOf("seed-3", 50)].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
});

test.each([
  "none",
  "numpy",
  "numpy-",
  "numpy--1",
  "numpy-1.5",
  "numpy-01",
  "seed-9007199254740993",
  "numpy-4294967296",
  "Seed-1",
  3,
  null,
])("%j is no name of an order", (name) => expect(namedOrder(name)).toBeUndefined());
