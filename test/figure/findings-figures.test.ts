import { describe, expect, test } from "vitest";
import type { Figure, FigureData, FigureRow, NetworkFindings } from "../../src/figure/contract.ts";
import { drawFigures, figures } from "../../src/figure/registry.ts";
import { figureWidth } from "../../src/figure/theme.ts";
import { figureSvg } from "../../src/platform/node/figure-render.ts";
import {
  controlsFindings,
  fixedPointsFindings,
  type MadeNetwork,
  operatingPointFindings,
  preferenceFindings,
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

test("readout-map marks the points that the network settles near, and draws the target once per input", () => {
  const [{ data }] = drawn("readout-map", one(fixedPointsFindings()));
  expect(data.filter(({ series }) => series === "target")).toHaveLength(3);
  expect(data.filter(({ isPoint }) => isPoint)).toHaveLength(7);
  expect(data.filter(({ isPoint, isVisited }) => isPoint && !isVisited)).toHaveLength(1);
});

test("figures with a drawing per network draw four of 24 and say so", () => {
  const findings = many.flatMap(allFindings);
  for (const name of ["fixed-points-plane", "noise-switched-off"]) {
    const all = drawn(name, { findings });
    expect(all).toHaveLength(4);
    expect(all[0].warnings).toEqual(["20 of 24 networks are not drawn; choose them by their labels."]);
    expect(all[0].name).toBe(`${name}-inside-trained-at-0-1-seed-0`);
  }
});

test("noise-switched-off: the second course begins where the noise ends, and the description tells both ends", () => {
  const [{ data, alternative, caption }] = drawn("noise-switched-off", one(controlsFindings()));
  expect(data).toHaveLength(2 * 20);
  expect(caption).toContain("It is off from 200 ms on.");
  expect(alternative).toMatch(/trial 3 ends at 0\.3 with noise and at −0\.18\d* without\./);
});

test("stationary-density draws theories only where they are: an output has no operator", () => {
  const [{ data }] = drawn("stationary-density", one(stationaryLawFindings()));
  const kindsOf = (panel: string) => [...new Set(data.filter((row) => row.panel === panel).map(({ kind }) => kind))];
  expect(kindsOf("unit 0, input 0")).toEqual(["Monte Carlo", "transfer operator", "Gaussian closure"]);
  expect(kindsOf("z, input 0")).toEqual(["Monte Carlo", "Gaussian closure"]);
});
