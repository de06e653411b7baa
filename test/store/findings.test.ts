/** Findings of the runs of a store: read by whoever draws them, drawn by the figures of a study. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { figureSvg } from "../../src/platform/node/figure-render.ts";
import { openResults } from "../../src/platform/node/results/open-results.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { studyFigures } from "../../src/study/figures/registry.ts";
import { drawnFigures, figureFindings, figureIssues, figureMetrics } from "../../src/study/figures/request.ts";
import { freshFolder, makeRuns, smallQuestion, smallSpec } from "../helpers/store-runs.ts";

const store = await openStore(freshFolder(), { mode: "write" });
const ids = await makeRuns(store, await Promise.all([0, 1].map((seed) => smallSpec(seed, 4, [smallQuestion]))));
await makeRuns(store, [await smallSpec(2)]);

async function drawn(name: string, options: Record<string, unknown> = {}) {
  const request = { name, options };
  const results = await openResults(store);
  try {
    const found = await results.results(figureMetrics(request), figureFindings(request));
    return { found, ...drawnFigures([request], found) };
  } finally {
    await results.close();
  }
}

describe("figures of findings", () => {
  test("every figure that names analyses may be asked for by a study, with where and seed", () => {
    const members = studyFigures.members.filter(({ findings }) => findings !== undefined);
    expect(members.map(({ name }) => name)).toContain("bias-variance");
    for (const { schema, metrics } of members) {
      expect(Object.keys(schema.shape)).toEqual(["where", "seed"]);
      expect(metrics({})).toEqual([]);
    }
    const issues = figureIssues({ name: "bias-variance", options: { where: { sit: 1 }, seed: 0 } }, "figures[0]", {
      columns: ["site"],
    });
    expect(issues).toMatchObject([{ path: "figures[0].where", remedy: /did you mean "site"/ }]);
  });

  test("bias and variance of 2 of 3 networks, the third having asked for nothing; the figure warns of few seeds", async () => {
    const { found, figures, notes } = await drawn("bias-variance");
    expect(found.findings?.found.map(({ run }) => run.id).sort()).toEqual([...ids].sort());
    expect(notes).toEqual([]);
    const [figure] = figures;
    expect(figure.caption).toContain("2 networks, seeds 0 and 1.");
    expect(figure.title).toContain("noise inside");
    expect(figure.warnings).toEqual([expect.stringMatching(/^only [\d to]+ seeds per condition: the spread/)]);
    expect((await figureSvg(figure)).diagnostics).toEqual([]);
  });

  test("seed and where choose networks; where none is left a note says so", async () => {
    expect((await drawn("bias-variance", { seed: 1 })).figures[0].caption).toContain("One network, seed 1.");
    const { found, figures, notes } = await drawn("bias-variance", { where: { site: "outside" } });
    expect(found.findings).toEqual({ found: [], warnings: [] });
    expect({ figures, notes }).toEqual({
      figures: [],
      notes: ["Figure bias-variance is not drawn: no complete run measured what it shows."],
    });
    expect((await drawn("training-curves")).found.findings).toBe(undefined);
  });

  test("a run whose findings are damaged is left out, and the figure says which file", async () => {
    const file = join(store.runFolder(ids[0]), "findings.json");
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(2));
    const { figures } = await drawn("bias-variance");
    expect(figures[0].caption).toContain("One network, seed 1.");
    expect(figures[0].warnings).toEqual([
      expect.stringMatching(/left out: .*findings\.json: must have the SHA-256/),
      expect.stringMatching(/^only /),
    ]);
    writeFileSync(file, whole);
  });

  test("their numbers are rows of the view metrics, told apart by part", async () => {
    const results = await openResults(store);
    const { columns } = await results.query(
      `select seed, part, value from metrics where metric = 'finding' and part = 'preference.trainIntensity' order by all`,
    );
    await results.close();
    expect(columns.map(({ values }) => values)).toEqual([
      [0, 1],
      ["preference.trainIntensity", "preference.trainIntensity"],
      [0.5, 0.5],
    ]);
  });
});
