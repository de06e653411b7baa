import { beforeAll, describe, expect, test } from "vitest";
import { type Report, reportPage } from "../../src/figure/report.ts";
import { figureSvg } from "../../src/platform/node/figure-render.ts";
import { analysisTable } from "../../src/study/analyses/request.ts";
import { checkedExpectations } from "../../src/study/expected.ts";
import { drawnFigures } from "../../src/study/figures/request.ts";
import type { Expectation, Study } from "../../src/study/study.ts";
import { stepsText, studyReport } from "../../src/study/study-report.ts";
import { elements } from "./html-elements.ts";
import { type StudyRunsOptions, studyRuns } from "./study-runs.ts";

const expected: readonly Expectation[] = [
  {
    analysis: "summary",
    where: { site: "inside", trainIntensity: 0.5, testIntensity: 0 },
    column: "mean",
    rule: { kind: "range", min: 0.01, max: null },
    source: "docs/evidence/made-up.md",
  },
  {
    analysis: "summary",
    where: { site: "input" },
    column: "mean",
    rule: { kind: "close", value: 1, tolerance: 0.1, isRelative: false },
    source: null,
  },
];

const study: Study = {
  name: "made-up-study",
  question: "Is <this> safe?",
  axes: [
    { name: "site", path: "network.noise.0.site", values: ["inside", "outside"] },
    { name: "trainIntensity", path: "network.noise.0.intensity", values: [0.1, 0.5, 1] },
  ],
  seeds: [0, 1, 2],
  analyses: [
    { name: "summary", options: {} },
    { name: "curves", options: {} },
  ],
  figures: [
    { name: "curves", options: { colour: "trainIntensity", panel: "site" } },
    { name: "accuracy-curves", options: {} },
  ],
  expected,
  references: [],
  document: { name: "made-up-study", axes: { "noise.site": ["inside", "outside"] } },
};

async function report(options: StudyRunsOptions = {}): Promise<Report> {
  const results = studyRuns({ seeds: 3, ...options });
  const tables = study.analyses.map((request) => ({
    name: request.name,
    file: request.name,
    table: analysisTable(request, results),
  }));
  const { figures, notes } = drawnFigures(study.figures, results);
  const drawings = await Promise.all(
    figures.map(async (figure) => ({ figure, svg: (await figureSvg(figure)).svg, csv: "a,b\n", estimates: "c\n" })),
  );
  return studyReport({
    study,
    runs: results.runs,
    open: results.open.length,
    tables,
    checked: checkedExpectations(expected, tables),
    figures: drawings,
    figureNotes: notes,
    firstSpec: undefined,
    warnings: [],
    commands: ["npx noisy-rnn study run made-up.yaml", "npx noisy-rnn report made-up.yaml"],
    facts: [{ name: "Machines", value: "here (18 runs)" }],
    references: [{ key: "hesterberg2015", text: "Hesterberg T. C. (2015)." }],
    files: [],
  });
}

describe("the page of a study", () => {
  let page: string;
  let all: ReturnType<typeof elements>;
  beforeAll(async () => {
    page = reportPage(await report());
    all = elements(page);
  });

  test("landmarks: one header, navigation, main and footer, each section named by its heading", () => {
    for (const tag of ["header", "nav", "main", "footer"])
      expect(all.filter((element) => element.tag === tag)).toHaveLength(1);
    const sections = all
      .filter(({ tag }) => tag === "section")
      .map(({ attributes }) => attributes.get("aria-labelledby"));
    expect(sections).toEqual(["answer", "results", "figures", "method", "reproduce", "references"]);
    const headings = all.filter(({ tag }) => tag === "h2").map(({ attributes }) => attributes.get("id"));
    expect(headings).toEqual(sections);
  });

  test("no script, no request: every link is an anchor or data, headings skip no level", () => {
    expect(all.some(({ tag }) => ["script", "link", "img", "iframe", "object", "embed"].includes(tag))).toBe(false);
    for (const { attributes } of all) {
      const href = attributes.get("href");
      if (href !== undefined) expect(href).toMatch(/^(#|data:)/);
    }
    const levels = all.flatMap(({ tag }) => (/^h[1-6]$/.test(tag) ? Number(tag[1]) : []));
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
  });

  test("without anything expected and without a warning there is no answer; the first link leads to the results", async () => {
    const { expectations: _, ...rest } = await report();
    const bare = elements(reportPage(rest));
    const ids = bare.flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(ids).not.toContain("answer");
    expect(bare.some(({ attributes }) => attributes.get("href") === "#answer")).toBe(false);
    expect(bare.find(({ attributes }) => attributes.get("class") === "skip")?.attributes.get("href")).toBe("#results");
    const warned = reportPage({ ...rest, warnings: ["Look out."] });
    expect(warned).toContain('<h2 id="answer">');
  });

  test.each<[readonly unknown[], string | undefined]>([
    [Array.from({ length: 21 }, (_, index) => index * 0.05), "0 to 1 in steps of 0.05, 21 values"],
    [[6, 5, 4, 3, 2, 1], "6 to 1 in steps of -1, 6 values"],
    [[0, 1, 2, 3, 4], undefined],
    [[0, 1, 2, 3, 4, 6], undefined],
    [[1, 1, 1, 1, 1, 1], undefined],
    [[0, 1, 2, 3, 4, "5"], undefined],
  ])("%j is told as %s", (values, text) => {
    expect(stepsText(values)).toBe(text);
  });

  test("first the question, then what was expected with verdicts, then the rule that decides", () => {
    const order = [
      "Is &lt;this&gt; safe?",
      "Expected results: 1 of 2 met, 1 missing",
      "The number of the table decides",
      '<h2 id="results">',
    ];
    const places = order.map((text) => page.indexOf(text));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(page).toContain("missing: no row fits");
    expect(page).toContain("docs/evidence/made-up.md");
    expect(page).toContain("they tell whether its results repeat, not whether they agree");
  });

  test("each figure has its query, to read and to save, and its estimates", () => {
    const downloads = all.flatMap(({ attributes }) => attributes.get("download") ?? []);
    const name = "curves-test-loss-testintensity";
    expect(downloads).toEqual([".svg", ".csv", ".estimates.csv", ".vl.json", ".sql"].map((ending) => name + ending));
    const code = all.filter(({ tag, text }) => tag === "code" && text.includes('FROM "metrics"'));
    expect(code).toHaveLength(1);
  });

  test("a figure that cannot be drawn says why in its place", () => {
    expect(page).toContain("Figure accuracy-curves is not drawn: no complete run measured what it shows.");
  });

  test("a table longer than 60 rows names the file that has all of it", () => {
    expect(page).toContain("<caption><span>Curves.");
    // 2 sites, 3 training intensities, 21 test intensities each
    expect(page).toContain("66 more rows in tables/curves.csv.");
  });

  test("the method tells axes with their paths, seeds, and the study as it was understood", () => {
    expect(page).toContain("18 runs, 3 seeds each (0 to 2); conditions along 2 axes.");
    expect(page).toContain("Noise intensity in training (network.noise.0.intensity): 0.1, 0.5 and 1.");
    expect(page).toContain("noise.site: [inside, outside]");
  });

  test("missing and failed runs are told first, and in the facts", async () => {
    const unfinished = reportPage(await report({ open: 2, failed: [0] }));
    expect(unfinished).toContain("The study is not finished: 2 of 20 runs are missing.");
    expect(unfinished).toContain("1 of 18 complete runs failed and are left out of every number.");
    expect(unfinished).toContain("18 complete, 1 of them failed, 2 missing");
    expect(page).not.toContain("Read this first");
  });

  test("a specification beyond 400 000 characters lies beside the page, not in it", async () => {
    const { figures, ...rest } = await report();
    const [{ figure, ...drawing }] = figures;
    const specification = { ...figure.specification, usermeta: { filler: "x".repeat(400_000) } };
    const large = reportPage({ ...rest, figures: [{ ...drawing, figure: { ...figure, specification } }] });
    expect(large).toContain(`too large for this page, in its folder as ${figure.name}.vl.json`);
    expect(large.length).toBeLessThan(page.length);
  });
});
