import { describe, expect, test } from "vitest";
import { chunkRange, chunkText, chunkWith, parseChunk } from "../../src/study/chunks.ts";

describe("chunks", () => {
  test("of 0..40 items in 1..45 chunks hold each item once, in order, and differ by at most one", () => {
    for (let count = 0; count <= 40; count++) {
      for (let of = 1; of <= 45; of++) {
        const ranges = Array.from({ length: of }, (_, i) => chunkRange(count, { number: i + 1, of }));
        const items = ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
        expect(items).toEqual(Array.from({ length: count }, (_, i) => i));
        const sizes = ranges.map(({ from, to }) => to - from);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        for (const item of items) {
          const { from, to } = ranges[chunkWith(item, count, of) - 1];
          expect(item >= from && item < to).toBe(true);
        }
      }
    }
  });

  test("3/20 reads as it is written", () => {
    expect(parseChunk("3/20")).toEqual({ number: 3, of: 20 });
    expect(chunkText(parseChunk("20/20"))).toBe("20/20");
  });

  test.each(["0/3", "4/3", "3", "a/b", "1/3 ", "-1/3", "1/0", ""])('"%s" is refused with what it must be', (text) => {
    expect(() => parseChunk(text)).toThrow(`--chunk: must read i/n with 1 <= i <= n, got "${text}"; for example`);
  });
});
