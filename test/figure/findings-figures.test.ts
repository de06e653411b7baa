import { describe, expect, test } from "vitest";
import { contourLines } from "../../src/figure/contour-lines.ts";
import type { Figure, FigureData, FigureRow, NetworkFindings } from "../../src/figure/contract.ts";
import { drawFigures, figures } from "../../src/figure/registry.ts";
import { figureWidth } from "../../src/figure/theme.ts";
import { figureSvg } from "../../src/platform/node/figure-render.ts";
import {
  controlsFindings,
  fixedPointsFindings,
  hessianFindings,
  jacobianFindings,
  landscapeFindings,
  lyapunovFindings,
  type MadeNetwork,
  marginFindings,
  operatingPointFindings,
  preferenceFindings,
  regulariserFindings,
  robustnessFindings,
  stabilityFindings,
  stationaryLawFindings,
} from "./findings.ts";

const intensities = [0.1, 0.2, 0.5, 1];
const many: readonly MadeNetwork[] = ["inside", "outside"].flatMap((site) =>
  intensities.flatMap((trainIntensity) => [0, 1, 2].map((seed) => ({ site, trainIntensity, seed }))),
);
/** Inside, the index is 0, 0.6, 0.9, 1; outside 0. */
const indexOf = ({ site, trainIntensity = 0 }: MadeNetwork): number =>
  site === "inside" ? [0, 0.6, 0.9, 1][intensities.indexOf(trainIntensity)] : 0;

function allFindings(network: MadeNetwork): NetworkFindings[] {
  return [
    preferenceFindings(network, indexOf(network)),
    operatingPointFindings(network),
    fixedPointsFindings(network),
    stationaryLawFindings(network),
    controlsFindings(network),
    regulariserFindings(network),
    hessianFindings(network),
    landscapeFindings(network),
    marginFindings(network),
    robustnessFindings(network),
    lyapunovFindings(network),
    stabilityFindings(network),
    jacobianFindings(network),
  ];
}

const one = (findings: NetworkFindings): FigureData => ({ findings: [findings] });
const situations: Readonly<Record<string, FigureData>> = {
  "one network": { findings: allFindings({}) },
  "16 networks of two sites, four intensities and two seeds": {
    findings: many.filter(({ seed }) => seed !== 2).flatMap(allFindings),
  },
  "networks that differ in their size only": {
    findings: [20, 40].flatMap((hiddenSize) => [
      operatingPointFindings({ hiddenSize }),
      preferenceFindings({ hiddenSize }, 1),
      stationaryLawFindings({ hiddenSize }),
      marginFindings({ hiddenSize }),
      robustnessFindings({ hiddenSize }),
      robustnessFindings({ hiddenSize }, false),
    ]),
  },
};

const withoutFirst = <Table extends { readonly rows: readonly FigureRow[] }>(table: Table): Table => ({
  ...table,
  rows: table.rows.slice(1),
});

function drawn(name: string, data: FigureData): readonly Figure[] {
  return figures.get(name).draw(data);
}

describe.each(Object.entries(situations))("%s", (_, data) => {
  test(`every figure renders without a warning, at most ${figureWidth} px wide, under a name of its own`, async () => {
    const all = drawFigures(data);
    expect(all.length).toBeGreaterThan(2);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const figure of all) {
      const { svg, diagnostics } = await figureSvg(figure);
      expect(diagnostics, figure.name).toEqual([]);
      expect(Number(/width="([\d.]+)"/.exec(svg)?.[1]), figure.name).toBeLessThanOrEqual(figureWidth);
      expect(`${svg}${figure.caption}${figure.alternative}`, figure.name).not.toMatch(/NaN|undefined|null/);
      expect(figure.data.length).toBeGreaterThan(0);
      expect(figure.caption).toMatch(/seeds? \d/);
    }
  });
});

describe("panels of many conditions", () => {
  /** "inside, trained at 0.5, Recurrent weight: 0.5, Readout bias: dense" */
  const conditions = (count: number, made: (network: MadeNetwork) => NetworkFindings): NetworkFindings[] =>
    ["inside", "outside"]
      .flatMap((site) =>
        [0.25, 0.5].flatMap((trainIntensity) => [0, 0.5].map((weight) => ({ site, trainIntensity, weight }))),
      )
      .slice(0, count)
      .map(({ weight, ...network }) => {
        const found = made(network);
        return {
          ...found,
          labels: { ...found.labels, weightOfRecurrence: weight === 0 ? "none at all" : "a half of the leak" },
        };
      });

  test("headings that are too long for a panel stand in lines, to their ends", async () => {
    const [figure] = drawn("bias-variance", { findings: conditions(8, (network) => preferenceFindings(network, 1)) });
    const { svg } = await figureSvg(figure);
    expect(svg).not.toContain("…");
    expect(svg).toContain("Weight of recurrence: a half of the leak");
    const update = (run: string) => ({ run, seed: 0, update: 1, quantity: "training" as const, loss: 1 });
    const runs = ["a", "b"].map((end) => `regulator, ctrnn, noise inside at 0.5, Recurrent weight: 0.5, ${end}`);
    const [training] = drawn("training-curves", { trainingRows: runs.map(update) });
    expect((await figureSvg(training)).svg).not.toContain("…");
  });

  test("four panels in a row have the title of their x axis in two lines", () => {
    const findings = [10, 20, 30, 40].map((hiddenSize) => operatingPointFindings({ hiddenSize }));
    const [{ specification }] = drawn("operating-point", { findings });
    expect(JSON.stringify(specification)).toContain('"title":["Drive / deviation of the","noise"]');
  });

  test("where the last row is not full, each panel has its own x axis; elsewhere a column shares one", () => {
    const resolveOf = (count: number): unknown => {
      const findings = Array.from({ length: count }, (_, i) => operatingPointFindings({ hiddenSize: 10 + i }));
      const [{ specification }] = drawn("operating-point", { findings });
      return "resolve" in specification ? specification.resolve : undefined;
    };
    expect([resolveOf(3), resolveOf(5), resolveOf(8)]).toEqual([undefined, { axis: { x: "independent" } }, undefined]);
  });
});

test("every figure of findings says which analyses it needs, and draws nothing without them", () => {
  const ofFindings = figures.members.filter(({ analyses }) => analyses !== undefined);
  expect(ofFindings.map(({ name }) => name)).toEqual([
    "preference-index",
    "bias-variance",
    "operating-point",
    "readout-map",
    "fixed-points-plane",
    "noise-switched-off",
    "stationary-density",
    "regulariser-remainder",
    "regulariser-steps",
    "spectral-density",
    "loss-slices",
    "loss-plane",
    "margins",
    "robustness",
    "lyapunov-spectrum",
    "stabilisation",
    "jacobian-profile",
  ]);
  const all = { findings: many.flatMap(allFindings) };
  for (const { analyses = [], draw } of ofFindings) {
    const others = all.findings.filter(({ analysis }) => !analyses.includes(analysis));
    expect(draw({ findings: others })).toEqual([]);
    expect(draw(all).length).toBeGreaterThan(0);
  }
});

describe("preference-index", () => {
  const findings = many.map((network) => preferenceFindings(network, indexOf(network)));

  test("the onset is the lowest training intensity from which on the index of the mean curve is above 0.5", () => {
    const [figure] = drawn("preference-index", { findings });
    const onsets = new Map((figure.estimates ?? []).map(({ site, onset }) => [site, onset]));
    expect(onsets).toEqual(
      new Map<string, number | null>([
        ["inside", 0.2],
        ["outside", null],
      ]),
    );
    expect(figure.alternative).toContain(
      "Noise inside the activation: index of the mean curve 0 at 0.1, 0.6 at 0.2, 0.9 at 0.5, 1 at 1; onset at 0.2 (95 % interval over seeds: 0.2 to 0.2).",
    );
    expect(figure.data).toHaveLength(24);
  });

  test("a higher intensity that falls back below 0.5 moves the onset behind it", () => {
    const fallen = many.map((network) =>
      preferenceFindings(network, network.trainIntensity === 0.5 ? 0.4 : indexOf(network)),
    );
    const [figure] = drawn("preference-index", { findings: fallen });
    expect(figure.estimates?.find(({ site }) => site === "inside")?.onset).toBe(1);
  });

  test("networks of 0.3, 0.4 and 0.9 have an index of the mean curve of 0.53, above 0.5, where their median is not", () => {
    const spread = many.map((network) =>
      preferenceFindings(
        network,
        network.trainIntensity === 0.1 ? [0.3, 0.4, 0.9][network.seed ?? 0] : indexOf(network),
      ),
    );
    const [figure] = drawn("preference-index", { findings: spread });
    const [first] = figure.estimates ?? [];
    // the mean of parabolas of one width has its vertex at the mean of theirs
    expect(first.indexOfMean).toBeCloseTo(1.6 / 3, 9);
    expect(first).toMatchObject({ site: "inside", trainIntensity: 0.1, onset: 0.1, seeds: 3 });
  });

  test("a seed that one of the training intensities lacks is left out of all, and the figure says so", () => {
    const lacking = findings.filter(({ seed, labels }) => seed !== 1 || labels.trainIntensity !== 0.5);
    const [figure] = drawn("preference-index", { findings: lacking });
    expect(figure.warnings).toContain(
      "Noise inside the activation: the mean curves are without 1 seed that one of the training intensities lacks.",
    );
    expect(figure.estimates?.every(({ seeds }) => seeds === 2)).toBe(true);
  });

  test("curves on different grids are not averaged, and the figure says so", () => {
    const broken = findings.map((one) => (one.seed === 1 ? { ...one, tables: one.tables.map(withoutFirst) } : one));
    const [figure] = drawn("preference-index", { findings: broken });
    expect(figure.warnings[0]).toMatch(/^Noise inside the activation: no mean curves, since every seed needs each/);
    expect(figure.estimates).toEqual([]);
    expect(figure.data).toHaveLength(24);
  });

  test("one training intensity has no onset, so nothing is drawn", () => {
    expect(drawn("preference-index", one(preferenceFindings({}, 1)))).toEqual([]);
  });
});

describe("operating-point marks where the activation bends most", () => {
  const networks = [0.1, 0.5].map((trainIntensity) => ({ trainIntensity }));
  const placesOf = (bends: readonly number[]) =>
    drawn("operating-point", { findings: networks.map((one) => operatingPointFindings(one, bends)) })[0].estimates;

  test("a kink at 0 once for all training intensities, others at c / s of each; those beyond the histogram are left out", () => {
    expect(placesOf([0])).toEqual([{ panel: "", trainIntensity: null, place: 0 }]);
    // the histogram reaches to 8: a bend at 1 is at 10 s of the lower noise, and at 2 s of the higher
    expect(placesOf([-0.2, 1])).toEqual([
      { panel: "", trainIntensity: 0.1, place: -2 },
      { panel: "", trainIntensity: 0.5, place: -0.4 },
      { panel: "", trainIntensity: 0.5, place: 2 },
    ]);
    expect(placesOf([])).toEqual([]);
  });
});

test("bias-variance shows means over seeds: 0.04, 0.08 and 0.12 without noise give 0.08", () => {
  const findings = [0, 1, 2].map((seed) => preferenceFindings({ seed }, 0.8));
  const [{ data, alternative }] = drawn("bias-variance", { findings });
  const at = (intensity: number, part: string): FigureRow | undefined =>
    data.find((row) => row.testIntensity === intensity && row.part === part);
  expect(at(0, "squared bias")?.value).toBeCloseTo(0.08, 15);
  expect(at(0.5, "variance")?.value).toBeCloseTo(0.01, 15);
  expect(alternative).toContain("squared bias without noise 0.08, variance at the training intensity 0.01");
});

test("bias-variance leaves out networks whose task has classes", () => {
  const found = preferenceFindings({}, 1);
  const tables = found.tables.map((table) => ({
    ...table,
    rows: table.rows.map((row) => ({ ...row, biasSquared: null, variance: null })),
  }));
  expect(drawn("bias-variance", one({ ...found, tables }))).toEqual([]);
});

test("fixed-points-plane counts the inputs that have points among those asked for, and explains solid and dashed", () => {
  const found = fixedPointsFindings();
  const asked = { name: "inputs", meaning: "inputs that were looked at", value: 41 };
  const [{ specification, title }] = drawn("fixed-points-plane", one({ ...found, numbers: [...found.numbers, asked] }));
  expect(title).toContain("Fixed points");
  expect(JSON.stringify(specification)).toContain("3 of 41 inputs: those with fixed points");
  // lines of the subtitle are broken anywhere
  expect(JSON.stringify(specification).replaceAll('","', " ")).toContain(
    "solid under the training noise, dashed without",
  );
  expect(JSON.stringify(drawn("fixed-points-plane", one(found))[0].specification)).toContain("All 3 inputs");
});

test("readout-map marks the stable points nearest to the mean state, and draws the target once per input", () => {
  const [{ data }] = drawn("readout-map", one(fixedPointsFindings()));
  expect(data.filter(({ series }) => series === "target")).toHaveLength(3);
  expect(data.filter(({ isPoint }) => isPoint)).toHaveLength(7);
  expect(data.filter(({ isPoint, isVisited }) => isPoint && !isVisited)).toHaveLength(1);
});

test("readout-map joins targets that are a function of the input shown, and draws others as points", () => {
  const made = fixedPointsFindings();
  const rowsOf = (target: (i: number) => number) =>
    Array.from({ length: 12 }, (_, i) => ({
      ...{ input: i, condition: i, output: "y", kind: "target", level: null, point: null, isStable: null },
      ...{ isVisited: null, value: target(i) },
    }));
  const joined = (target: (i: number) => number) => {
    const tables = made.tables.map((table) =>
      table.name === "readout-map" ? { ...table, rows: rowsOf(target) } : table,
    );
    return drawn("readout-map", one({ ...made, tables }))[0].data.every(({ isFunction }) => isFunction);
  };
  expect([joined((i) => Math.sin(i / 2)), joined((i) => (-1) ** i)]).toEqual([true, false]);
});

test("figures with a drawing per network draw four of 24 and say so", () => {
  const findings = many.flatMap(allFindings);
  for (const name of ["fixed-points-plane", "noise-switched-off", "loss-plane"]) {
    const all = drawn(name, { findings });
    expect(all).toHaveLength(4);
    expect(all[0].warnings).toEqual([
      "20 of 24 networks are not drawn; choose networks with where or seed of the figure in the study file.",
    ]);
    expect(all[0].name).toBe(`${name}-inside-trained-at-0-1-seed-0`);
    expect(new Set(all.map(({ title }) => title)).size).toBe(4);
    expect(all[1].title).toMatch(/, inside, trained at 0\.1, seed 1\)$/);
  }
});

test("noise-switched-off: the second course begins where the noise ends, and the description tells both ends", () => {
  const [{ data, alternative, caption }] = drawn("noise-switched-off", one(controlsFindings()));
  expect(data).toHaveLength(2 * 20);
  expect(caption).toContain("It is off from 200 ms on.");
  expect(alternative).toMatch(/trial 3 ends at 0\.3 with noise and at −0\.18\d* without\./);
});

test("panels of one network that are not drawn are in the tables of its analysis", () => {
  const found = controlsFindings();
  const tables = found.tables.map((table) => ({
    ...table,
    rows: [0, 10, 20, 30].flatMap((shift) => table.rows.map((row) => ({ ...row, trial: Number(row.trial) + shift }))),
  }));
  const [{ warnings }] = drawn("noise-switched-off", one({ ...found, tables }));
  expect(warnings).toEqual(["2 of 8 time courses are not drawn; the tables of the analysis hold the others."]);
});

test("stationary-density draws theories only where they are: an output has no operator", () => {
  const [{ data }] = drawn("stationary-density", one(stationaryLawFindings()));
  const kindsOf = (panel: string) => [...new Set(data.filter((row) => row.panel === panel).map(({ kind }) => kind))];
  expect(kindsOf("unit 0, input 0")).toEqual(["Monte Carlo", "transfer operator", "Gaussian closure"]);
  expect(kindsOf("z, input 0")).toEqual(["Monte Carlo", "Gaussian closure"]);
});

test("regulariser-remainder draws sizes of rise, penalty and remainder, and says which are negative", () => {
  const [figure] = drawn("regulariser-remainder", one(regulariserFindings({})));
  expect(figure.data).toHaveLength(12);
  expect(figure.data.filter(({ direction }) => direction === "lowers it").map(({ kind, eps }) => [kind, eps])).toEqual(
    [1, 0.5, 0.25, 0.125].map((eps) => ["remainder", eps]),
  );
  expect(figure.alternative).toContain("power of the noise with which the remainder falls 4");
});

test("regulariser-steps draws the shares of P and Q, which add up to both", () => {
  const [figure] = drawn("regulariser-steps", one(regulariserFindings({})));
  const sum = (kind: string) =>
    figure.data.filter((row) => row.kind === kind).reduce((total, { share }) => total + Number(share), 0);
  expect(sum("P: curvature of the dynamics")).toBeCloseTo(-0.9, 12);
  expect(sum("Q: curvature of the loss")).toBeCloseTo(1.5, 12);
});

test("spectral-density draws what the kernel's tails alone say at 1e-5 of the peak, and tells that and the kernel", () => {
  const [{ data, caption, specification }] = drawn("spectral-density", one(hessianFindings()));
  expect(data).toHaveLength(2 * 2 * 121);
  expect(caption).toContain("standard deviation 0.1. What lies below 1.00e-5 is drawn there.");
  expect(JSON.stringify(specification)).toContain("max(datum.density, 0.00001");
});

test("loss-slices part random directions from eigenvectors, a line for each", () => {
  const [{ data }] = drawn("loss-slices", one(landscapeFindings()));
  const panels = new Map(data.map(({ panel, direction }) => [direction, panel]));
  expect([...panels]).toEqual([
    ["random 1", "random directions"],
    ["random 2", "random directions"],
    ["eigenvector 1", "eigenvector directions"],
  ]);
});

describe("contour lines", () => {
  const positions = Array.from({ length: 41 }, (_, i) => (i - 20) / 20);
  // the chord of a circle of radius r across a cell lies h^2 / 8 r inside it, and linear values err by as much
  test("of x^2 + y^2 lie on circles, to 0.005, and close: every end is the end of two pieces", () => {
    const lines = contourLines(
      { x: positions, y: positions, value: (i, j) => positions[i] ** 2 + positions[j] ** 2 },
      [0.2613],
    );
    expect(lines.length).toBeGreaterThan(100);
    const ends = new Map<string, number>();
    for (const { x, y, x2, y2 } of lines) {
      expect(Math.abs(Math.hypot(x, y) - Math.sqrt(0.2613))).toBeLessThan(0.005);
      for (const [a, b] of [
        [x, y],
        [x2, y2],
      ]) {
        const key = `${a.toFixed(9)} ${b.toFixed(9)}`;
        ends.set(key, (ends.get(key) ?? 0) + 1);
      }
    }
    expect(new Set(ends.values())).toEqual(new Set([2]));
  });

  test("of a plane are straight, and cells without a value have none", () => {
    const grid = { x: [0, 1, 2], y: [0, 1], value: (i: number) => (i === 2 ? Number.NaN : i) };
    const lines = contourLines(grid, [0.25, 9]);
    expect(new Set(lines.flatMap(({ x, x2 }) => [x, x2]))).toEqual(new Set([0.25]));
    expect(lines.every(({ level }) => level === 0.25)).toBe(true);
  });
});

test("robustness draws accuracies with their intervals, and losses where nothing is decided, one panel per perturbation", () => {
  const [figure] = drawn("robustness", one(robustnessFindings({})));
  expect(figure.name).toBe("robustness");
  expect(figure.data).toHaveLength(15);
  expect(figure.data[4]).toMatchObject({ perturbation: "white", strength: 0.4, value: 0.7, low: 0.7 - 0.04 });
  expect(figure.alternative).toContain(
    "accuracy 0.9 clean, 0.7 at 0.4 of white, 0.5 at 0.8 of fgsm, 0.3 at 1.2 of pgd-l2.",
  );
  const [loss] = drawn("robustness", one(robustnessFindings({}, false)));
  expect(loss.name).toBe("robustness-loss");
  expect(loss.data[4].value).toBeCloseTo(1.3, 12);
});

test("robustness gives seeds of a condition one colour, and says which conditions it leaves out", () => {
  const [figure] = drawn("robustness", { findings: many.map((network) => robustnessFindings(network)) });
  expect(new Set(figure.data.map(({ condition }) => condition)).size).toBe(7);
  expect(figure.warnings).toEqual([
    "1 of 8 conditions are not drawn; choose networks with where or seed of the figure in the study file.",
  ]);
  const seeds = [0, 1, 2].map((seed) => robustnessFindings({ seed }));
  expect(new Set(drawn("robustness", { findings: seeds })[0].data.map(({ condition }) => condition)).size).toBe(1);
});

test("an axis of the study that names each kind of noise stands for its site and intensity, in names and titles", () => {
  const kinds = [
    { network: { site: "state", trainIntensity: 0.3 }, noise: "additive" },
    { network: { site: "state-multiplicative", trainIntensity: 0.5 }, noise: "multiplicative" },
  ];
  const findings = kinds.map(({ network, noise }) => {
    const one = robustnessFindings(network);
    return { ...one, labels: { ...one.labels, noise } };
  });
  const [{ data, title }] = drawn("robustness", { findings });
  expect(new Set(data.map(({ condition }) => condition))).toEqual(
    new Set(["Noise: additive", "Noise: multiplicative"]),
  );
  expect(title).not.toMatch(/state|0\.3|0\.5/);
});

test("margins fall from 1 at 0 to 0 at the largest of the eight rightly decided trials", () => {
  const [{ data, alternative }] = drawn("margins", one(marginFindings({})));
  const attack = data.filter(({ panel }) => panel === "smallest change found");
  expect(attack).toHaveLength(9);
  expect(attack[0]).toMatchObject({ margin: 0, share: 1 });
  expect(attack[4]).toMatchObject({ margin: 0.8, share: 0.5 });
  expect(attack[8]).toMatchObject({ margin: 1.6, share: 0 });
  expect(alternative).toContain("median certified bound 0.09, first-order margin 0.99, smallest change found 0.9.");
});

test("stabilisation draws bounds where they are, and two standard errors about the measured exponent", () => {
  const networks = ["inside", "outside"].map((site) => stabilityFindings({ site }));
  const [{ data, alternative }] = drawn("stabilisation", { findings: networks });
  const kindsOf = (site: string) => [...new Set(data.filter(({ panel }) => panel === site).map(({ kind }) => kind))];
  expect(kindsOf("inside")).toEqual(["measured exponent", "upper bound", "lower bound", "bound of the mean square"]);
  expect(kindsOf("outside")).toEqual(["measured exponent"]);
  const measured = data.find(({ kind, level }) => kind === "measured exponent" && level === 1);
  expect([measured?.low, measured?.high]).toEqual([expect.closeTo(-0.74, 12), expect.closeTo(-0.66, 12)]);
  expect(alternative).toContain("inside: exponent −0.2 at 0, −0.325 at 0.5, −0.7 at 1.");
});

test("spectra leave out directions that die at once, profiles norms that have underflowed", () => {
  const [spectrum, distribution] = drawn("lyapunov-spectrum", one(lyapunovFindings()));
  expect(spectrum.data.map(({ index }) => index)).not.toContain(3);
  expect(distribution.data).toHaveLength(16);
  const [profile] = drawn("jacobian-profile", one(jacobianFindings()));
  expect(profile.data.filter(({ panel, lag }) => panel === "loss by state" && lag === 12)).toEqual([]);
  expect(profile.data.filter(({ panel, lag }) => panel === "final state by state" && lag === 12)).toHaveLength(2);
});
