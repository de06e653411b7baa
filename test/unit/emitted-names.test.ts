import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { defineCell, traceCell } from "../../src/cell/cell.ts";
import { type Expression, mul, tanh } from "../../src/cell/expression.ts";
import { emitC } from "../../src/engine/c/emit.ts";
import { deriveScans } from "../../src/engine/scan.ts";

test("numbers per call take no name of a C type, whatever their place in the graph", () => {
  const cell = defineCell({
    name: "many-numbers",
    summary: "a leak computed from a setting in 70 operations",
    state: { h: "hidden" },
    parameters: {},
    settings: { leak: 0.5 },
    step: ({ h, s }) => {
      const numbers = Array.from({ length: 70 }).reduce<Expression>((x) => tanh(x), s.leak);
      return { h: mul(numbers, h) };
    },
  });
  const { text } = emitC(deriveScans(traceCell(cell, { settings: cell.settings })));
  const names = new Set([...text.matchAll(/const vreal (\w+) = /g)].map(([, name]) => name));
  // every id up to 70 is among them: 32 and 64 too
  expect(names.size).toBeGreaterThan(69);
  const types = [
    ...readFileSync(join(root, "kernels/vector.h"), "utf8").matchAll(/^typedef .*?(\w+)(?: __attribute__.*)?;$/gm),
  ];
  expect(types.map(([, type]) => type)).toContain("u32");
  for (const [, type] of types) expect(names).not.toContain(type);
});
