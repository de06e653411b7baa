import { describe, expect, test } from "vitest";
import type { Figure, FigureData, PreferenceRow } from "../../src/figure/contract.ts";
import { drawFigures, figures } from "../../src/figure/registry.ts";
import { specificationText } from "../../src/figure/specification-text.ts";
import { figureSvg } from "../../src/platform/node/figure-render.ts";
import { preferenceRows, preferenceSummary, sweepData } from "./sweeps.ts";

const fullIntensities = [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1];

function named(drawn: readonly Figure[], name: string): Figure {
  const figure = drawn.find((candidate) => candidate.name === name);
  if (figure === undefined) throw new Error(`no figure ${name} among ${drawn.map((one) => one.name).join(", ")}`);
  return figure;
}

describe("registry", () => {
  test("quick data of two tasks give 2 loss, 1 accuracy and 3 other figures with names of their own", () => {
    expect(drawFigures(sweepData()).map((figure) => figure.name)).toEqual([
      "preference-curves-function-approximation",
      "preference-curves-mnist-rows",
      "preferred-intensity",
      "preference-ratio",
      "accuracy-curves-mnist-rows",
      "training-curves",
    ]);
  });

  test("no tables give no figures", () => {
    expect(drawFigures({})).toEqual([]);
    expect(drawFigures({ preferenceRows: [], preferenceSummary: [], trainingRows: [] })).toEqual([]);
  });

  test("an unknown figure is answered with the nearest name", () => {
    expect(() => figures.get("preference-curve")).toThrow('did you mean "preference-curves"?');
  });
});

describe("specifications", () => {
  // Data are elided: the snapshot is about marks, encodings, scales and words.
  test.each(drawFigures(sweepData({ seeds: 2 })).map((figure) => [figure.name, figure] as const))(
    "%s is drawn as recorded",
    async (name, figure) => {
      const [first] = figure.data;
      const elided = { ...figure.specification, data: { values: [first] } };
      await expect(specificationText(elided)).toMatchFileSnapshot(`snapshots/${name}.vl.json.txt`);
    },
  );

  test("every row of a figure's data is inside its specification, and no other", () => {
    for (const figure of drawFigures(sweepData())) {
      const { data } = figure.specification as { data: { values: unknown[] } };
      expect(data.values).toEqual(figure.data);
    }
  });

  test("the specification as text reads back to the specification", () => {
    for (const figure of drawFigures(sweepData({ seeds: 1 })))
      expect(JSON.parse(specificationText(figure.specification))).toEqual(
        JSON.parse(JSON.stringify(figure.specification)),
      );
  });
});

describe("the axis of ratios", () => {
  test.each([
    ["all at 1: up to 1.1", 1, [1, 1.1]],
    ["up to 3: 5 % above it", 3, [1, 3.15]],
  ])("%s", async (_, ratio, domain) => {
    const data = sweepData({ seeds: 1 });
    const preferenceSummary = (data.preferenceSummary ?? []).map((row) => ({
      ...row,
      lossAtZero: ratio,
      lossAtPreferred: 1,
    }));
    const [figure] = figures.get("preference-ratio").draw({ preferenceSummary });
    const [, found] = /"type":"log","domain":(\[[^\]]*\])/.exec(specificationText(figure.specification)) ?? [];
    expect(JSON.parse(found ?? "")).toEqual(domain.map((end) => expect.closeTo(end, 12)));
    const { svg } = await figureSvg(figure);
    const labels = new Set([...svg.matchAll(/text-anchor="end"[^>]*>([\d.]+)</g)].map(([, label]) => label));
    expect(labels.size).toBeGreaterThanOrEqual(3);
  });
});

describe("what a figure holds", () => {
  test("each sweep gives one row per seed and test intensity, and marks the training intensity once per seed", () => {
    const figure = named(drawFigures(sweepData({ seeds: 4 })), "preference-curves-mnist-rows");
    expect(figure.data).toHaveLength(2 * 3 * 4 * 21);
    expect(figure.data.filter((row) => row.atTraining)).toHaveLength(2 * 3 * 4);
    for (const row of figure.data.filter((one) => one.atTraining))
      expect(row.testIntensity).toBeCloseTo(Number(row.trainIntensity), 12);
  });

  test("losses over more than a factor 10 get a logarithmic axis, others and any zero loss a linear one", () => {
    const scaleOf = (losses: readonly number[]) => {
      const rows = preferenceRows({ seeds: 1, tasks: ["function-approximation"] }).map((row, index) => ({
        ...row,
        loss: losses[index % losses.length],
      }));
      const [figure] = drawFigures({ preferenceRows: rows });
      return specificationText(figure.specification).includes('"type":"log"');
    };
    expect(scaleOf([1, 11])).toBe(true);
    expect(scaleOf([1, 9])).toBe(false);
    expect(scaleOf([0, 1, 100])).toBe(false);
  });

  test("test intensities beyond 8 times the smallest training intensity get a square-root axis, others a linear one", () => {
    const isSquareRoot = (trainIntensities: number[]) => {
      const [figure] = drawFigures({ preferenceRows: preferenceRows({ trainIntensities, seeds: 1 }) });
      return specificationText(figure.specification).includes('"sqrt"');
    };
    expect(isSquareRoot([0.1, 1])).toBe(true);
    expect(isSquareRoot([0.5, 1])).toBe(false);
  });

  test("with two activations, curves get a row of panels each, and the other figures one drawing each", () => {
    const drawn = drawFigures(sweepData({ activations: ["relu", "softplus"], seeds: 2 }));
    const curves = named(drawn, "preference-curves-mnist-rows");
    expect(new Set(curves.data.map((row) => row.network))).toEqual(new Set(["ctrnn, relu", "ctrnn, softplus"]));
    for (const kind of ["preferred-intensity", "preference-ratio"])
      for (const activation of ["relu", "softplus"]) {
        const figure = named(drawn, `${kind}-ctrnn-${activation}`);
        expect(figure.title).toContain(`(ctrnn, ${activation})`);
        // 2 tasks x 2 sites x 3 intensities, once as condition and once for each of 2 seeds.
        expect(figure.data).toHaveLength(12 * 3);
      }
  });

  test("the dot of a network stands at its own best tested intensity and at its own ratio", () => {
    const losses = new Map([
      [0, 6],
      [0.5, 2],
      [1, 3],
    ]);
    const rows: PreferenceRow[] = [...losses].map(([testIntensity, loss]) => ({
      task: "t",
      cell: "ctrnn",
      site: "inside",
      activation: "relu",
      trainIntensity: 1,
      seed: 7,
      testIntensity,
      loss,
      accuracy: null,
    }));
    const drawn = drawFigures({ preferenceRows: rows, preferenceSummary: preferenceSummary(rows) });
    const preferred = named(drawn, "preferred-intensity").data.filter((row) => row.kind === "seed");
    expect(preferred.map((row) => [row.seed, row.preferredIntensity])).toEqual([[7, 0.5]]);
    const ratio = named(drawn, "preference-ratio").data.filter((row) => row.kind === "seed");
    expect(ratio.map((row) => [row.seed, row.ratio])).toEqual([[7, 3]]);
  });

  test("rows of a task without a summary give no panel", () => {
    const data = sweepData();
    const preferenceSummary = data.preferenceSummary?.filter((row) => row.task === "mnist-rows") ?? [];
    const drawn = drawFigures({ ...data, preferenceSummary });
    for (const name of ["preferred-intensity", "preference-ratio"])
      expect(new Set(named(drawn, name).data.map((row) => row.panel))).toEqual(new Set(["MNIST by rows"]));
  });

  test("seven positive intensities and zero get eight colours and eight shapes", () => {
    const drawn = drawFigures(sweepData({ trainIntensities: fullIntensities, seeds: 1 }));
    const text = specificationText(named(drawn, "preference-curves-mnist-rows").specification);
    expect(text).toContain('"viridis"');
    expect(text).toContain('"triangle-left"');
  });
});

describe("words and warnings", () => {
  test("the caption counts the seeds and says what the band is", () => {
    const { caption } = named(drawFigures(sweepData({ seeds: 7 })), "preference-curves-function-approximation");
    expect(caption).toContain("7 seeds per curve");
    expect(caption).toContain("lower to upper quartile");
  });

  test("unequal seed counts are given as a range", () => {
    const rows = preferenceRows({ seeds: 6 }).filter((row) => row.site === "inside" || row.seed < 5);
    expect(drawFigures({ preferenceRows: rows })[0].caption).toContain("5 to 6 seeds per curve");
  });

  test("4 seeds are warned of on the figure, 5 are not", () => {
    const warned = (seeds: number) => {
      const figure = named(drawFigures(sweepData({ seeds })), "preferred-intensity");
      return [figure.warnings.length, specificationText(figure.specification).includes("Warning: only 4 seeds")];
    };
    expect(warned(4)).toEqual([1, true]);
    expect(warned(5)).toEqual([0, false]);
  });

  test.each([null, Number.NaN, Number.POSITIVE_INFINITY])("a network with loss %s is counted and left out", (loss) => {
    const rows = preferenceRows({ seeds: 5, tasks: ["mnist-rows"] }).map((row) =>
      row.seed === 2 && row.site === "inside" && row.trainIntensity === 1 ? { ...row, loss, accuracy: null } : row,
    );
    const drawn = drawFigures({ preferenceRows: rows });
    for (const name of ["preference-curves-mnist-rows", "accuracy-curves-mnist-rows"]) {
      const figure = named(drawn, name);
      expect(figure.warnings).toContainEqual(expect.stringContaining("1 of 30 networks"));
      expect(figure.data).toHaveLength((30 - 1) * 21);
    }
  });

  test("a task on which every network failed has no curves", () => {
    const rows = preferenceRows({ seeds: 2, tasks: ["mnist-rows"] }).map((row) => ({
      ...row,
      loss: null,
      accuracy: null,
    }));
    expect(drawFigures({ preferenceRows: rows })).toEqual([]);
  });

  test("a training intensity off the test grid is named instead of marked", () => {
    const rows = preferenceRows({ seeds: 5 }).filter((row) => row.trainIntensity !== 0.5 || row.testIntensity !== 0.5);
    const [figure] = drawFigures({ preferenceRows: rows });
    expect(figure.warnings).toContainEqual(expect.stringContaining("the training intensity 0.5 is not among"));
  });

  test("a condition whose lowest loss is 0 has no ratio and is counted", () => {
    const data = sweepData();
    const [first, ...others] = data.preferenceSummary ?? [];
    const changed: FigureData = { ...data, preferenceSummary: [{ ...first, lossAtPreferred: 0 }, ...others] };
    const figure = named(drawFigures(changed), "preference-ratio");
    expect(figure.warnings).toContainEqual(expect.stringContaining("1 condition"));
    expect(figure.data.filter((row) => row.kind === "condition")).toHaveLength(others.length);
  });

  test("training that stops being finite is warned of with its first bad update", () => {
    const trainingRows = [0, 10, 20, 30].map((update) => ({
      run: "inside 1",
      seed: 3,
      update,
      quantity: "training" as const,
      loss: update < 20 ? 1 / (1 + update) : Number.NaN,
    }));
    const [figure] = drawFigures({ trainingRows });
    expect(figure.warnings).toEqual(["inside 1, seed 3: the loss is not a finite number from update 20 on."]);
    expect(figure.data).toHaveLength(2);
  });

  test("the alternative text gives the median loss without noise and the best, with its place", () => {
    const losses = [
      [0, 4, 8, 100],
      [1, 1, 2, 3],
    ];
    const rows: PreferenceRow[] = losses.flatMap(([testIntensity, ...values]) =>
      values.map((loss, seed) => ({
        task: "t",
        cell: "ctrnn",
        site: "inside",
        activation: "relu",
        trainIntensity: 1,
        seed,
        testIntensity,
        loss,
        accuracy: null,
      })),
    );
    expect(drawFigures({ preferenceRows: rows })[0].alternative).toContain(
      "Noise inside the activation, trained at 1: median loss 8 at test intensity 0, best 2 at 1.",
    );
  });
});
