import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseScaling } from "../../src/noise/contract.ts";
import { presets } from "../../src/noise/presets.ts";
import { placementOf } from "../../src/noise/placement.ts";
import { cells } from "../../src/cell/cells/registry.ts";
import { noiseWrappers, resolvedSources } from "../../src/noise/sources.ts";
import { programOf } from "../helpers/programs.ts";

const page = readFileSync(new URL("../../docs/conventions.md", import.meta.url), "utf8");

/** Rows of the table under a heading, as objects by column. */
function table(heading: string): Record<string, string>[] {
  const lines = page.slice(page.indexOf(`## ${heading}`)).split("\n");
  const start = lines.findIndex((line) => line.startsWith("|"));
  const cellsOf = (line: string): string[] => line.split("|").slice(1, -1).map((cell) => cell.trim());
  const columns = cellsOf(lines[start]);
  const rows: Record<string, string>[] = [];
  for (let i = start + 2; lines[i]?.startsWith("|"); i++) {
    rows.push(Object.fromEntries(cellsOf(lines[i]).map((value, k) => [columns[k], value])));
  }
  return rows;
}

const worked = table("Worked numbers");

test("the page has its worked numbers", () => {
  expect(worked.length).toBeGreaterThanOrEqual(12);
});

test.each(worked.map((row) => [row.what, row] as const))("worked number of docs/conventions.md: %s", (_what, row) => {
  const cell = cells.get(row.cell);
  const dt = Number(row.dt);
  const source = {
    site: row.site,
    intensity: Number(row.intensity),
    scaling: row.scaling as NoiseScaling,
    correlationTime: Number(row["correlation time"]),
  };
  const settings = { [cell.timeStep as string]: dt };
  const { noiseAt } = createNetwork({ cell: row.cell, inputSize: 1, hiddenSize: 1, outputSize: 1, settings, noise: [source] });
  const { intensity } = noiseAt("trained")[row.site];
  expect(intensity.toPrecision(3)).toBe(row["each draw"]);
  const program = programOf(cell, {}, noiseWrappers(cell, resolvedSources(cell, [source]).sources));
  const { order, isLinear } = placementOf(program, row.site, cell.timeStep, Object.keys(cell.state));
  expect(isLinear ? (intensity * dt ** (order as number)).toPrecision(3) : "-").toBe(row["added to h per step"]);
});

test("every preset is in the translation table, and every preset of the table exists", () => {
  const named = table("Translation").flatMap((row) => [...row.here.matchAll(/preset `([^`]+)`/g)].map(([, name]) => name));
  expect(named.sort()).toEqual([...presets.names].sort());
});
