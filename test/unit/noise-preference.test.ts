/** The reproduction of the noise preference: its study files, its claims and its table, on results with chosen numbers. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { claimTable } from "../../src/cli/reproduction/claim-table.ts";
import { summaryTable } from "../../src/cli/reproductions/noise-preference.ts";
import type { Outcome } from "../../src/figure/report.ts";
import { inferredColumns } from "../../src/io/result-table.ts";
import { readStudy } from "../../src/platform/node/study-files.ts";
import { claims } from "../../src/study/noise-preference/claims/registry.ts";
import { type FamilyEvidence, linesOf } from "../../src/study/noise-preference/evidence.ts";
import { families } from "../../src/study/noise-preference/families.ts";
import { noisePreferencePaper as paper } from "../../src/study/noise-preference/paper.ts";
import { claimVerdicts } from "../../src/study/reproduction/claim-verdicts.ts";
import { familiesOf, studyName } from "../../src/study/reproduction/contract.ts";
import { familyColumns, familyRows, summaryColumns } from "../../src/study/reproduction/rows.ts";
import type { MeasurementColumns } from "../../src/study/results/columns.ts";
import { type MadeRun, madeResults } from "../helpers/study-results.ts";

const intensities = [0, 0.5, 1, 1.5, 2];

interface Group {
  readonly site: string;
  readonly trainIntensity: number;
  /** Where the loss is lowest. */
  readonly best: number;
  readonly seeds?: number;
  readonly hiddenSize?: number;
  readonly findings?: Readonly<Record<string, (seed: number) => number>> | undefined;
}

/** Networks whose loss is a parabola around `best`. */
function networks({ site, trainIntensity, best, seeds = 5, hiddenSize = 4, findings = {} }: Group): MadeRun[] {
  return Array.from({ length: seeds }, (_, seed) => ({
    condition: { site, trainIntensity, hiddenSize },
    seed,
    row: { site, trainIntensity, testSite: site, hiddenSize },
    measurements: [
      ...intensities.map((testIntensity) => ({
        metric: "test-loss",
        testIntensity,
        value: 0.1 + 0.01 * seed + (testIntensity - best) ** 2,
      })),
      ...(seeds === 1
        ? intensities.flatMap((testIntensity) =>
            [0.9, 1, 1.05, 1.1].map((factor, repeat) => ({
              metric: "test-loss-of-repeat",
              testIntensity,
              repeat,
              value: factor * (0.1 + (testIntensity - best) ** 2),
            })),
          )
        : []),
      ...Object.entries(findings).map(
        ([part, value]): Partial<MeasurementColumns> => ({ metric: "finding", part, value: value(seed) }),
      ),
    ],
  }));
}

function evidence(groups: readonly Group[], family = "function-approximation"): FamilyEvidence {
  const results = madeResults(groups.flatMap(networks));
  return paper.evidence({
    family: families.get(family),
    results,
    page: `${family}/report.html`,
    figures: ["preference-curves-x", "operating-point-x"],
  });
}

const outcomesOf = (groups: readonly Group[]): Record<string, Outcome> => {
  const verdicts = claimVerdicts(paper, [evidence(groups)]);
  return Object.fromEntries(claims.names.map((name, index) => [name, verdicts[index].outcome]));
};

const asReported: readonly Group[] = [
  { site: "inside", trainIntensity: 0, best: 0 },
  { site: "inside", trainIntensity: 1, best: 1 },
  { site: "outside", trainIntensity: 0, best: 0 },
  { site: "outside", trainIntensity: 1, best: 0 },
];

describe("study files", () => {
  test.each(["quick", "full"] as const)(
    "%s: every family has one, with five seeds, inside and outside, and says that its settings are not the paper's",
    async (extent) => {
      for (const family of familiesOf(paper, extent)) {
        const study = await readStudy(studyName(paper, family, extent), []);
        // the suite takes a quarter of an hour a network
        expect(study.seeds, study.name).toEqual(family.name === "multitask" ? [0] : [0, 1, 2, 3, 4]);
        expect(study.axes.find(({ name }) => name === "site")?.values).toEqual(
          expect.arrayContaining(["inside", "outside"]),
        );
        expect(study.question).toMatch(/\bour\b/);
        expect(study.analyses.map(({ name }) => name)).toContain("preference");
      }
    },
  );
});

describe("claims", () => {
  test("as reported, reversed, and with too few networks: holds, does not hold, not testable", () => {
    expect(outcomesOf(asReported)).toMatchObject({
      "nonzero-noise": "holds",
      "inside-not-outside": "holds",
      // five families of the paper are not asked
      "many-tasks": "holds in part",
      "not-resonance": "holds",
    });
    expect(
      outcomesOf([
        { site: "inside", trainIntensity: 0, best: 1 },
        { site: "inside", trainIntensity: 1, best: 0 },
        { site: "outside", trainIntensity: 0, best: 1 },
        { site: "outside", trainIntensity: 1, best: 1 },
      ]),
    ).toMatchObject({
      "nonzero-noise": "does not hold",
      "inside-not-outside": "does not hold",
      "many-tasks": "does not hold",
      "not-resonance": "does not hold",
    });
    const few = outcomesOf(asReported.map((group) => ({ ...group, seeds: 2 })));
    expect(new Set(Object.values(few))).toEqual(new Set(["not testable"]));
    const reasons = claimVerdicts(paper, [evidence(asReported.map((group) => ({ ...group, seeds: 2 })))]);
    for (const { rule, conditions } of reasons) {
      expect(rule).toMatch(/\.$/);
      expect(conditions.join(" ")).toMatch(/fewer than 3 seeds|No family here measures it/);
    }
  });

  test("networks without noise that are best at 0 are told as best without noise", () => {
    const { measured } = claimVerdicts(paper, [evidence(asReported)])[claims.names.indexOf("not-resonance")];
    expect(measured[0]).toBe("Noise inside, trained without: best without noise, prefers silence, 5 seeds.");
  });

  test("the strongest training noise decides; the onset is the least from which on all prefer noise", () => {
    const [claim] = claimVerdicts(paper, [
      evidence([
        { site: "inside", trainIntensity: 0.5, best: 0 },
        { site: "inside", trainIntensity: 1, best: 1 },
        { site: "inside", trainIntensity: 1.5, best: 1.5 },
      ]),
    ]);
    expect(claim.outcome).toBe("holds");
    expect(claim.measured).toHaveLength(1);
    expect(claim.measured[0]).toMatch(
      /^Noise inside, trained at 1\.5: index 1 \([\d.]+ to [\d.]+\), loss without noise [\d.]+ \([\d.]+ to [\d.]+\) times the lowest, 5 seeds\.$/,
    );
    expect(claim.conditions).toEqual(["Noise inside: from training noise 1 on."]);
  });

  test("kinds of network that disagree make it hold in part, and each is told by what it differs in", () => {
    const [claim] = claimVerdicts(paper, [
      evidence([
        { site: "inside", trainIntensity: 1, best: 0, hiddenSize: 4 },
        { site: "inside", trainIntensity: 1, best: 1, hiddenSize: 64 },
      ]),
    ]);
    expect(claim.outcome).toBe("holds in part");
    expect(claim.measured.map((text) => text.split(",")[0])).toEqual(["Hidden size 4", "Hidden size 64"]);
  });

  test("families answer for themselves: each sentence says whose it is, and links lead to its page and figure", () => {
    const [claim] = claimVerdicts(paper, [
      evidence(asReported),
      evidence([{ site: "inside", trainIntensity: 1, best: 0 }], "feedforward"),
    ]);
    expect(claim.outcome).toBe("holds in part");
    expect(claim.measured.map((text) => text.split(":")[0])).toEqual([
      "Function approximation",
      "Feedforward networks",
    ]);
    expect(claim.shown[0]).toEqual({
      text: "Function approximation",
      href: "function-approximation/report.html#preference-curves-x",
    });
  });

  test("findings of networks decide about the mechanism, over seeds", () => {
    const findings = (smoothed: number): Group["findings"] => ({
      "controls.lossZero": () => 0.1,
      "controls.lossSmoothed": (seed) => smoothed * (1 + seed / 100),
      "operating-point.shareWithinSigma": (seed) => 0.6 + seed / 100,
    });
    const found = (smoothed: number) =>
      outcomesOf([{ site: "inside", trainIntensity: 1, best: 1, findings: findings(smoothed) }]);
    expect(found(0.001)).toMatchObject({ "stochastic-environment": "holds", "near-nonlinearity": "holds" });
    expect(found(0.2)["stochastic-environment"]).toBe("does not hold");
  });

  test("shifted means explain the bias of silence when they miss less than 0.3 of it, in part below 0.6", () => {
    const outcome = (error: number) =>
      claimVerdicts(paper, [
        evidence([
          {
            site: "inside",
            trainIntensity: 1,
            best: 1,
            findings: {
              "shift.biasErrorMeanField": (seed) => error * (1 + seed / 1000),
              "shift.rmsBiasMeasured": () => 0.5,
              "shift.rmsShiftMonteCarlo": () => 0.2,
            },
          },
        ]),
      ])[claims.names.indexOf("shifted-fixed-points")];
    const found = [outcome(0.1), outcome(0.2), outcome(0.4)];
    expect(found.map(({ outcome }) => outcome)).toEqual(["holds", "holds in part", "does not hold"]);
    expect(found[0].measured[0]).toMatch(
      /the shifted means leave 0\.2 \(0\.2 to 0\.201\) of that unexplained, 5 seeds\.$/,
    );
    expect(found.map(({ conditions }) => conditions.map((text) => text.split(",")[0]))).toEqual([
      [],
      ["Met in part: noise inside"],
      ["Not met: noise inside"],
    ]);
  });

  test("a claim about every family holds in part while one of them is not decided, and says which", () => {
    const of = (seeds: number) =>
      claimVerdicts(
        paper,
        families.members
          .filter(({ isOfPaper }) => isOfPaper)
          .map(({ name }) =>
            evidence([{ site: "inside", trainIntensity: 1, best: 1, seeds: name === "maze" ? seeds : 5 }], name),
          ),
      )[claims.names.indexOf("many-tasks")];
    expect(of(5).outcome).toBe("holds");
    expect(of(2).outcome).toBe("holds in part");
    expect(of(2).conditions).toContain("Not tested here: Maze navigation.");
  });
});

describe("the printed tables", () => {
  const table = (seeds: number) =>
    summaryTable([evidence([{ site: "inside", trainIntensity: 0.5, best: 0.5, seeds }])]);

  test("mark the interval of a single network, which is over its noise draws", () => {
    expect(table(1)).toMatch(/\* 0\.5 \([\d.]+ to [\d.]+\)/);
    expect(table(1)).toContain("\n* one network: the interval is over its noise draws");
    expect(table(3)).toMatch(/ 0\.5 \([\d.]+ to [\d.]+\)/);
    expect(table(3)).not.toContain("*");
  });

  test("have a line per claim with its verdict", () => {
    const lines = claimTable(claimVerdicts(paper, [evidence(asReported)])).split("\n");
    expect(lines.filter((line) => /holds|not testable/.test(line))).toHaveLength(claims.members.length);
  });
});

test("columns have one order, whatever families stand before each other", () => {
  const rowsOf = (name: string, condition: MadeRun["condition"]) => {
    const measurements = [{ metric: "test-loss", testIntensity: 0, value: 1 }];
    return familyRows(families.get(name), madeResults([{ condition, seed: 0, measurements }]));
  };
  const one = rowsOf("maze", { site: "inside", target: "x", recurrentWeight: 1 });
  const other = rowsOf("feedforward", { depth: 2, site: "inside" });
  const axes = ["site", "target", "recurrentWeight", "depth"];
  const names = (rows: typeof one, order: string[]) =>
    inferredColumns(rows, order)
      .map(({ name }) => name)
      .join();
  const expected =
    "family,task,cell,hiddenSize,site,law,trainIntensity,activation,seed,testIntensity,loss,accuracy,biasSquared,variance,depth,recurrentWeight,target";
  expect(names([...one, ...other], familyColumns(axes))).toBe(expected);
  expect(names([...other, ...one], familyColumns([...axes].reverse()))).toBe(expected);
  const summary = [{ family: "maze", target: "x", task: "maze", seeds: 5 }, { depth: 2 }];
  expect(names(summary, summaryColumns(axes))).toBe("family,task,depth,target,seeds");
  const page = readFileSync(new URL("../../docs/figures.md", import.meta.url), "utf8");
  const columns = page.slice(page.indexOf("| `family` |"), page.indexOf("| what else was varied"));
  const named = columns.split("\n").flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)]);
  expect(named.map(([, name]) => name)).toEqual(familyColumns([]));
});

test("rows are in the order of runs and intensities; what was not measured is null", () => {
  const one = evidence([{ site: "inside", trainIntensity: 1, best: 1, seeds: 2 }]);
  const rows = familyRows(one.family, one.results);
  expect(rows.map(({ seed, testIntensity }) => [seed, testIntensity])).toEqual(
    [0, 1].flatMap((seed) => intensities.map((at) => [seed, at])),
  );
  expect(rows[0]).toMatchObject({ family: "function-approximation", site: "inside", accuracy: null, loss: 1.1 });
  expect(linesOf(one)).toHaveLength(1);
});
