import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cells } from "../../src/cell/cells/registry.ts";
import { activations } from "../../src/cell/expression.ts";
import { initialisers } from "../../src/cell/initialisers/registry.ts";
import { parametrisations } from "../../src/cell/parametrisations/registry.ts";
import type { Network, Weights } from "../../src/network/contract.ts";

const page = readFileSync(new URL("../../docs/cells.md", import.meta.url), "utf8");

function section(title: string): string {
  const from = page.indexOf(`\n## ${title}\n`);
  expect(from, title).toBeGreaterThan(0);
  const to = page.indexOf("\n## ", from + 4);
  return page.slice(from, to < 0 ? undefined : to);
}

test("every built-in cell has a section that names its parameters, settings, own sites and sources", () => {
  for (const cell of cells.members) {
    const text = section(cell.name);
    const spelled = cell.name === "gru" ? ["bRec", "bIn"] : Object.keys(cell.parameters);
    for (const word of [...spelled, ...Object.keys(cell.settings), ...cell.sites, ...(cell.references ?? [])]) {
      expect(text, `${cell.name}: ${word}`).toContain(word);
    }
    for (const [name, value] of Object.entries(cell.settings))
      expect(text).toMatch(new RegExp(`\`${name}\`.*default ${value}`));
  }
});

test("every activation, parametrisation and initialiser is listed, with its options and their defaults", () => {
  for (const name of Object.keys(activations)) expect(page.slice(0, page.indexOf("## ctrnn"))).toContain(name);
  for (const { name, options } of [...parametrisations.members, ...initialisers.members]) {
    const row = section("Weights")
      .split("\n")
      .find((line) => line.startsWith(`| \`${name}\``)) as string;
    for (const [option, rule] of Object.entries(options)) {
      const standard = option === "fan" ? "" : rule.default === undefined ? " (required)" : ` ${rule.default}`;
      expect(row, name).toContain(`\`${option}\`${standard}`);
    }
  }
});

test("the example of a cell of one's own runs and gives finite gradients of every parameter", async () => {
  const code = /```js run\n([\s\S]*?)```/.exec(page)?.[1] as string;
  const [line, names] = /^import \{ ([^}]+) \} from "noisy-rnn";$/m.exec(code) as RegExpExecArray;
  const library = (await import("../../src/index.ts")) as unknown as Record<string, unknown>;
  const imported = names.split(", ");
  const run = new Function(
    ...imported,
    `return (async () => { ${code.replace(line, "")} return { network, gradient }; })()`,
  );
  const { network, gradient } = (await run(...imported.map((name) => library[name]))) as {
    network: Network;
    gradient: Weights;
  };
  expect(Object.keys(network.states)).toEqual(["h", "a", "noise:inside"]);
  expect(Object.keys(gradient)).toEqual(Object.keys(network.shapes));
  for (const values of Object.values(gradient)) {
    expect([...values].every(Number.isFinite)).toBe(true);
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0);
  }
});
