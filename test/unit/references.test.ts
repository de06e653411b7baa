import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const bibliography = readFileSync(new URL("docs/references.bib", root), "utf8");
const keys = [...bibliography.matchAll(/^@\w+\{([^,]+),$/gm)].map(([, key]) => key);

test("every key that code refers to has an entry, and every entry is referred to", () => {
  const used = new Set<string>();
  const files = readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".ts"))) {
    const text = readFileSync(new URL(`src/${file}`, root), "utf8");
    for (const [list] of text.matchAll(/references: \[[^\]]*\]/g)) {
      for (const [, key] of list.matchAll(/"([^"]+)"/g)) used.add(key);
    }
  }
  expect(used.size).toBeGreaterThan(15);
  expect([...used].sort()).toEqual([...keys].sort());
});

test("entries are in order, once each, with author, title and year, and braces that close", () => {
  expect(keys).toEqual([...new Set(keys)].sort());
  for (const entry of bibliography.split(/\n(?=@)/).slice(1)) {
    for (const field of ["author", "title", "year"]) expect(entry).toMatch(new RegExp(`^  ${field} = \\{.+\\},$`, "m"));
    expect(entry.split("{").length).toBe(entry.split("}").length);
  }
});
