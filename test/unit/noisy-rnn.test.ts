/** The reproduction of noisy RNNs: its study files, its comparisons with the control, its claims, on results with chosen numbers. */
import { describe, expect, test } from "vitest";
import { summaryTable } from "../../src/cli/reproductions/noisy-rnn.ts";
import type { Outcome } from "../../src/figure/report.ts";
import { readStudy } from "../../src/platform/node/study-files.ts";
import { claims } from "../../src/study/noisy-rnn/claims/registry.ts";
import { contrasts } from "../../src/study/noisy-rnn/contrasts.ts";
import { families } from "../../src/study/noisy-rnn/families.ts";
import { noisyRnnPaper as paper } from "../../src/study/noisy-rnn/paper.ts";
import { claimVerdicts } from "../../src/study/reproduction/claim-verdicts.ts";
import { type FamilyResults, familiesOf, studyName } from "../../src/study/reproduction/contract.ts";
import type { AxisValue } from "../../src/study/study.ts";
import { type MadeRun, madeResults } from "../helpers/study-results.ts";

type Numbers = Readonly<Record<string, number>>;

/** Networks of five seeds; each number gets the same small offset of its seed with and without noise. */
function networks(
  condition: Readonly<Record<string, AxisValue>>,
  { accuracy = 0.9, ...findings }: Numbers,
  seeds = 5,
): MadeRun[] {
  return Array.from({ length: seeds }, (_, seed) => ({
    condition,
    seed,
    measurements: [
      { metric: "test-accuracy", testIntensity: 0, value: accuracy + seed / 1e4 },
      { metric: "test-loss", testIntensity: 0, value: 1 - accuracy },
      ...Object.entries(findings).map(([part, value]) => ({
        metric: "finding",
        part,
        value: value * (1 + seed / 100),
      })),
    ],
  }));
}

function evidence(runs: readonly MadeRun[], family = "ecg5000"): FamilyResults {
  return {
    family: families.get(family),
    results: madeResults(runs),
    page: `${family}/report.html`,
    figures: ["robustness", "margins-x"],
  };
}

const flat = { "hessian.largestEigenvalue": 1, "hessian.trace": 2 };
const sharp = { "hessian.largestEigenvalue": 10, "hessian.trace": 30 };

const outcomes = (...all: readonly FamilyResults[]): Record<string, Outcome> => {
  const verdicts = claimVerdicts(paper, all);
  return Object.fromEntries(claims.names.map((name, index) => [name, verdicts[index].outcome]));
};

describe("study files", () => {
  test.each(["quick", "full"] as const)(
    "%s: every family has one, over at least three seeds, and says whose settings it has",
    async (extent) => {
      for (const family of familiesOf(paper, extent)) {
        const study = await readStudy(studyName(paper, family, extent), []);
        expect(study.seeds.length, study.name).toBeGreaterThanOrEqual(3);
        if (family.name !== "stabilisation") {
          expect(study.axes.find(({ name }) => name === "noise")?.values, study.name).toContain("none");
          expect(study.question).toMatch(/\bour/);
        }
      }
    },
  );
});

describe("contrasts", () => {
  test("subtract the control seed by seed, so that what differs between seeds cancels", () => {
    const [one, ...others] = contrasts(
      evidence([
        ...networks({ noise: "none" }, { accuracy: 0.9 }),
        ...networks({ noise: "additive" }, { accuracy: 0.95 }),
      ]),
      { metric: "test-accuracy", part: null },
    );
    expect(others).toEqual([]);
    expect(one.label).toBe("additive");
    expect(one.seeds).toBe(5);
    expect(one.difference.mean).toBeCloseTo(0.05, 12);
    expect(one.difference.sd).toBeCloseTo(0, 12);
    expect(one.withoutNoise.mean).toBeCloseTo(0.9002, 12);
  });

  test("compare networks with the control of their own model only, and none where there is none", () => {
    const runs = [
      ...networks({ model: "a", noise: "none" }, sharp),
      ...networks({ model: "a", noise: "additive" }, flat),
      ...networks({ model: "b", noise: null }, flat),
    ];
    const found = contrasts(evidence(runs), { metric: "finding", part: "hessian.trace" });
    expect(found.map(({ label, seeds }) => [label, seeds])).toEqual([["additive, model a", 5]]);
    expect(
      contrasts(evidence(networks({ site: "state" }, flat)), { metric: "finding", part: "hessian.trace" }),
    ).toEqual([]);
  });
});

describe("claims", () => {
  const pair = (withNoise: Numbers, without: Numbers, seeds = 5): FamilyResults =>
    evidence([...networks({ noise: "none" }, without, seeds), ...networks({ noise: "additive" }, withNoise, seeds)]);

  test("flatter, sharper, one of two, no difference, too few seeds", () => {
    const of = (withNoise: Numbers, seeds?: number) => outcomes(pair(withNoise, sharp, seeds))["flatter-minima"];
    expect(of(flat)).toBe("holds");
    expect(of({ "hessian.largestEigenvalue": 11, "hessian.trace": 33 })).toBe("does not hold");
    expect(of({ ...flat, "hessian.trace": 33 })).toBe("holds in part");
    expect(of(sharp)).toBe("not testable");
    expect(of(flat, 2)).toBe("not testable");
    const claim = claimVerdicts(paper, [pair(flat, sharp, 2)])[claims.names.indexOf("flatter-minima")];
    expect(claim.conditions[0]).toMatch(/^Cannot be told, fewer than 3 seeds: largest eigenvalue/);
  });

  test("numbers that span decades are compared as ratios, so that one large control does not hide the others", () => {
    const controls = [10, 10, 10, 10, 1000];
    const of = (condition: string, values: readonly number[]): MadeRun[] =>
      networks({ noise: condition }, {}).map((run, seed) => ({
        ...run,
        measurements: [{ metric: "finding", part: "hessian.trace", value: values[seed] }],
      }));
    const found = evidence([
      ...of("none", controls),
      ...of(
        "additive",
        controls.map((value, i) => value / (2 + i / 10)),
      ),
    ]);
    const [{ difference, logRatio }] = contrasts(found, { metric: "finding", part: "hessian.trace" });
    expect(difference.tHigh).toBeGreaterThan(0);
    expect(logRatio?.tHigh).toBeLessThan(-0.6);
    const [, flatter] = claimVerdicts(paper, [found]);
    expect(flatter.outcome).toBe("holds");
    expect(flatter.measured[0]).toMatch(/0\.45\d? times \(0\.4\d* to 0\.\d+\)/);
  });

  test("every claim is asked of a family that has its numbers, and goes both ways", () => {
    const low = {
      "jacobians.spectralNorm": 1,
      "lyapunov.largestTrials": 0.01,
      "margin.medianFirstOrder": 1,
      "margin.medianAttack": 1,
      "robustness.areaWhite": 0.5,
    };
    const high = Object.fromEntries(Object.entries(low).map(([part, value]) => [part, 2 * value]));
    expect(outcomes(pair(low, high))).toMatchObject({
      "stable-dynamics": "holds",
      "larger-margin": "does not hold",
      robustness: "does not hold",
    });
    expect(outcomes(pair(high, low))).toMatchObject({
      "stable-dynamics": "does not hold",
      "larger-margin": "holds",
      robustness: "holds",
    });
  });

  test("robustness that costs more than a hundredth of clean accuracy holds in part", () => {
    const of = (accuracy: number) =>
      claimVerdicts(paper, [
        pair({ "robustness.areaWhite": 0.8, accuracy }, { "robustness.areaWhite": 0.5, accuracy: 0.9 }),
      ])[claims.names.indexOf("robustness")];
    expect(of(0.895).outcome).toBe("holds");
    expect(of(0.85).outcome).toBe("holds in part");
    expect(of(0.85).conditions[0]).toBe("Clean accuracy is lost by more than 0.01: noise additive.");
    expect(of(0.85).rule).toContain("a higher accuracy under white noise");
    expect(of(0.85).shown).toEqual([{ text: "ECG5000 heartbeats", href: "ecg5000/report.html#robustness" }]);
  });

  test("the penalty is what the loss rises by when the remainder is below 0.3 of it, in part below 0.6", () => {
    const of = (remainder: number) =>
      outcomes(
        evidence(networks({ noise: "additive" }, { "regulariser.remainder": remainder, "regulariser.regulariser": 1 })),
      )["regulariser-formula"];
    expect([of(0.1), of(-0.4), of(0.9)]).toEqual(["holds", "holds in part", "does not hold"]);
  });

  test("noise stabilises in part when the exponent falls with some noise and rises with other", () => {
    const shifts = (...all: readonly number[]) =>
      outcomes(
        evidence(
          all.flatMap((shift, index) => networks({ noiseKind: `kind ${index}` }, { "stability.exponentShift": shift })),
          "stabilisation",
        ),
      )["stochastic-stabilisation"];
    expect([shifts(-1, -0.5), shifts(-1, 0.5), shifts(1, 0.5)]).toEqual(["holds", "holds in part", "does not hold"]);
  });
});

test("the printed table has a line per number and noise, with control, noise and difference", () => {
  const table = summaryTable([
    evidence([
      ...networks({ noise: "none" }, { accuracy: 0.9 }),
      ...networks({ noise: "additive" }, { accuracy: 0.95 }),
    ]),
    evidence(
      ["shared", "one each"].flatMap((noiseKind) =>
        networks({ noiseKind }, { "stability.exponentShift": -1, "stability.exponent": 0.5 }),
      ),
      "stabilisation",
    ),
  ]);
  expect(table).toContain("ECG5000 heartbeats, trained with noise: additive");
  expect(table).toMatch(/clean accuracy +5 +0\.9 +0\.95 +0\.05 \(/);
  expect(table).toMatch(/shared +5 +0\.51 +−0\.51 +−1\.02 \(/);
});

describe("numbers from elsewhere", () => {
  const cells = (table: number, all: readonly FamilyResults[] = []) => paper.tables?.(all)[table].rows ?? [];

  test("say of each how far it can be trusted", () => {
    for (const row of [...cells(0), ...cells(1)].filter(([, from]) => from === "elsewhere")) {
      for (const cell of row.slice(2)) expect(cell).toMatch(/^(–|[\d.]+ \((listed|recollection)\))$/);
    }
  });

  test("have this report's mean beside them, of the networks of the same model and noise", () => {
    const own = evidence(
      [
        ...networks({ model: "Noisy RNN", noise: "none" }, { accuracy: 0.5 }),
        ...networks(
          { model: "Noisy RNN", noise: "0.05 and 0.02" },
          { accuracy: 0.98, "robustness.accuracyWhiteLevel3": 0.7 },
        ),
      ],
      "mnist-ordered",
    );
    const row = cells(0, [own]).find(([model, from]) => model === "Noisy RNN, noise 0.05 and 0.02" && from === "ours");
    expect(row?.slice(2)).toEqual(["98", "–", "–", "71.4", "–", "–", "–"]);
    expect(cells(0).filter(([, from]) => from === "ours")).toHaveLength(7);
  });
});

test("the summary has accuracy, loss and findings of every condition", () => {
  const rows = paper.summaryRows(evidence(networks({ noise: "none" }, flat)));
  expect(rows.map(({ metric, part }) => part ?? metric).sort()).toEqual([
    "hessian.largestEigenvalue",
    "hessian.trace",
    "test-accuracy",
    "test-loss",
  ]);
});
