import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cells } from "../../src/cell/cells/registry.ts";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseScaling } from "../../src/noise/contract.ts";
import { placementOf } from "../../src/noise/placement.ts";
import { presets } from "../../src/noise/presets.ts";
import { noiseWrappers, resolvedSources } from "../../src/noise/sources.ts";
import { programOf } from "../helpers/programs.ts";
import { gaussianMean } from "../helpers/stationary.ts";

const page = readFileSync(new URL("../../docs/conventions.md", import.meta.url), "utf8");

/** Rows of a table under a heading (the first, or after `skip` others), as objects by column. */
function table(heading: string, skip = 0): Record<string, string>[] {
  const lines = page.slice(page.indexOf(`## ${heading}`)).split("\n");
  const starts = [...lines.keys()].filter((i) => lines[i].startsWith("|") && !lines[i - 1].startsWith("|"));
  const start = starts[skip];
  const cellsOf = (line: string): string[] =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
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
  const { noiseAt } = createNetwork({
    cell: row.cell,
    inputSize: 1,
    hiddenSize: 1,
    outputSize: 1,
    settings,
    noise: [source],
  });
  const { intensity } = noiseAt("trained")[row.site];
  expect(intensity.toPrecision(3)).toBe(row["each draw"]);
  const program = programOf(cell, {}, noiseWrappers(cell, resolvedSources(cell, [source]).sources));
  const { order, isLinear } = placementOf(program, row.site, cell.timeStep, Object.keys(cell.state));
  expect(isLinear ? (intensity * dt ** (order as number)).toPrecision(3) : "-").toBe(row["added to h per step"]);
});

// digits of the page: half a unit of the last one
test.each(table("What halving dt does\n", 1))("one unit at alpha $alpha has the moments of the page", (row) => {
  const alpha = Number(row.alpha);
  const s = 0.2 * Math.sqrt(2 / alpha);
  const filter = Math.sqrt(alpha / (2 - alpha));
  const relu = (x: number): number => Math.max(0, x);
  const mean = gaussianMean(relu, 0.3, s);
  expect(mean.toFixed(3)).toBe(row["relu: mean"]);
  const variance = gaussianMean((x) => (relu(x) - mean) ** 2, 0.3, s);
  expect((filter * Math.sqrt(variance)).toFixed(3)).toBe(row["relu: deviation"]);
  expect(gaussianMean(Math.tanh, 0.3, s).toFixed(3)).toBe(row["tanh: mean"]);
  expect(`0.30, ${(filter * s).toFixed(3)}`).toBe(row["outside, for comparison: mean, deviation"]);
});

test("every preset is in the translation table, and every preset of the table exists", () => {
  const named = table("Translation").flatMap((row) =>
    [...row.here.matchAll(/preset `([^`]+)`/g)].map(([, name]) => name),
  );
  expect(named.sort()).toEqual([...presets.names].sort());
});
