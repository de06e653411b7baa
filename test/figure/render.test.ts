import { Resvg } from "@resvg/resvg-js";
import * as vega from "vega";
import { compile } from "vega-lite";
import { describe, expect, test } from "vitest";
import type { FigureData, PreferenceRow } from "../../src/figure/contract.ts";
import { drawFigures } from "../../src/figure/registry.ts";
import { figureWidth } from "../../src/figure/theme.ts";
import { figurePng, figureSvg } from "../../src/platform/node/figure-render.ts";
import { boldFont, regularFont } from "../../src/platform/node/font.ts";
import { preferenceRows, preferenceSummary, sweepData } from "./sweeps.ts";

const shippedFonts = { loadSystemFonts: false, fontFiles: [regularFont().file, boldFont().file] };

/** Data as they come: few, many, failed, odd. */
const situations: Record<string, FigureData> = {
  "3 seeds": sweepData({ seeds: 3 }),
  "1 seed, 1 intensity": sweepData({ seeds: 1, trainIntensities: [0.5], tasks: ["mnist-rows"] }),
  "no noise in training": sweepData({ seeds: 2, trainIntensities: [0] }),
  "2 seeds, 8 intensities, 2 activations, 3 tasks": sweepData({
    seeds: 2,
    trainIntensities: [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1],
    activations: ["relu", "softplus"],
    tasks: ["function-approximation", "mnist-rows", "a-task-with-a-long-name-of-a-user"],
  }),
  "zero losses": sweepDataWith((row) => ({ ...row, loss: row.testIntensity === 0 ? 0 : row.loss })),
  "failed networks": sweepDataWith((row) => (row.seed === 1 ? { ...row, loss: null, accuracy: null } : row)),
  "a third site": sweepDataWith((row) => (row.site === "outside" ? { ...row, site: "state" } : row)),
  "a task named like code": sweepDataWith((row) => ({ ...row, task: '</text><script>alert("&")</script>' })),
};

function sweepDataWith(change: (row: PreferenceRow) => PreferenceRow): FigureData {
  const rows = preferenceRows({ seeds: 3 }).map(change);
  return { preferenceRows: rows, preferenceSummary: preferenceSummary(rows.filter((row) => row.loss !== null)) };
}

describe.each(Object.entries(situations))("%s", (_, data) => {
  test(`every figure compiles and renders without a warning, at most ${figureWidth} px wide, with all ink inside`, async () => {
    const drawn = drawFigures(data);
    expect(drawn.length).toBeGreaterThan(0);
    for (const figure of drawn) {
      const { svg, diagnostics } = await figureSvg(figure);
      expect(diagnostics, figure.name).toEqual([]);
      const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)?.map(Number) ?? [];
      expect(width, figure.name).toBeLessThanOrEqual(figureWidth);
      expect(svg).not.toContain("NaN");
      expect(svg).not.toContain("<script");
      expect(figure.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(inkOutside(svg, width, height), figure.name).toBe(0);
    }
  });
});

describe("SVG", () => {
  test("the drawing of a small figure is the recorded one, letter by letter", async () => {
    const data = sweepData({ seeds: 2, tasks: ["function-approximation"] });
    for (const figure of drawFigures({ ...data, trainingRows: [] })) {
      const { svg } = await figureSvg(figure);
      await expect(`${svg.replaceAll("><", ">\n<")}\n`).toMatchFileSnapshot(`snapshots/${figure.name}.small.svg`);
    }
  });

  test("drawing twice, and six figures at the same time, gives the same text", async () => {
    const drawn = drawFigures(sweepData({ seeds: 2 }));
    const together = await Promise.all(drawn.map((figure) => figureSvg(figure)));
    for (const [index, figure] of drawn.entries()) expect(await figureSvg(figure)).toEqual(together[index]);
  });

  test("coordinates have at most two decimals", async () => {
    for (const figure of drawFigures(sweepData({ seeds: 2 }))) {
      const { svg } = await figureSvg(figure);
      for (const [, , value] of svg.matchAll(/ (d|transform|x|y|x1|x2|y1|y2|width|height)="([^"]*)"/g))
        expect(value).not.toMatch(/\.\d{3}/);
    }
  });

  test("each drawing carries role, title and description with its warnings, and no role on single marks", async () => {
    for (const figure of drawFigures(sweepData({ seeds: 3 }))) {
      const { svg } = await figureSvg(figure);
      expect(svg).toMatch(/^<svg[^>]* role="img"><title>[^<]+<\/title><desc>[^<]+<\/desc>/);
      for (const warning of figure.warnings) expect(svg).toContain(`Warning: ${warning}`);
      expect(svg).not.toMatch(/ aria-|graphics-/);
    }
  });

  test("text stays text, in a stack of families that ends in sans-serif", async () => {
    const [figure] = drawFigures(sweepData());
    const { svg } = await figureSvg(figure);
    expect(svg).toContain(">Function approximation: loss against noise at test</text>");
    expect(svg).toContain('font-family="Arimo, Liberation Sans, Arial, Helvetica, sans-serif"');
  });

  test("identifiers begin with the figure's name, so that drawings share a page", async () => {
    const figure = {
      ...drawFigures(sweepData({ seeds: 1 }))[0],
      name: "clipped",
      specification: {
        data: {
          values: [
            { x: 1, y: 2 },
            { x: 2, y: 3 },
          ],
        },
        mark: { type: "line", clip: true },
        encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
      },
    } as const;
    const { svg } = await figureSvg(figure);
    expect(svg).toContain(' id="clipped-1"');
    expect(svg).toContain("url(#clipped-1)");
    for (const [, id] of svg.matchAll(/(?: id="|url\(#)([^")]+)/g)) expect(id).toMatch(/^clipped-\d+$/);
  });

  test("a specification with an unknown mark property is reported, not printed", async () => {
    const [figure] = drawFigures(sweepData({ seeds: 1 }));
    const odd = {
      ...figure,
      specification: {
        data: { values: [{ x: 1 }] },
        mark: "bar" as const,
        encoding: { x: { field: "x", type: "quantitative" as const }, shape: { field: "x", type: "ordinal" as const } },
      },
    };
    const { diagnostics } = await figureSvg(odd);
    expect(diagnostics.join()).toContain("shape");
  });
});

describe("what is drawn", () => {
  test("line and band are median and quartiles: 1, 2, 4, 8, 16 give 2, 4 and 8", async () => {
    const rows: PreferenceRow[] = [1, 2, 4, 8, 16].flatMap((loss, seed) =>
      [0, 1].map((testIntensity) => ({
        task: "t",
        cell: "ctrnn",
        site: "inside",
        activation: "relu",
        trainIntensity: 1,
        seed,
        testIntensity,
        loss: loss * (1 + testIntensity),
        accuracy: null,
      })),
    );
    const [figure] = drawFigures({ preferenceRows: rows });
    const view = new vega.View(vega.parse(compile(figure.specification).spec), { renderer: "none" });
    await view.runAsync();
    const found = new Set<string>();
    visit((view.scenegraph() as unknown as { root: Item }).root, (datum) => {
      for (const key of ["q1_loss", "median_loss", "q3_loss"])
        if (key in datum) found.add(`${key} ${datum.testIntensity} ${datum[key]}`);
    });
    view.finalize();
    expect([...found].sort()).toEqual([
      "median_loss 0 4",
      "median_loss 1 8",
      "q1_loss 0 2",
      "q1_loss 1 4",
      "q3_loss 0 8",
      "q3_loss 1 16",
    ]);
  });
});

describe("PNG", () => {
  test("text is visible without any system font: it adds over 2000 dark pixels at scale 1", async () => {
    const [figure] = drawFigures(sweepData({ seeds: 3 }));
    const { svg } = await figureSvg(figure);
    const withText = darkPixels(svg);
    const without = darkPixels(svg.replace(/<text.*?<\/text>/gs, ""));
    // About 350 letters stand on the figure; at 11 px a letter has about 10 dark pixels.
    expect(withText - without).toBeGreaterThan(2000);
    expect((await figurePng(svg)).subarray(0, 8)).toEqual(new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]));
  });

  test("scale 1 and 3 give files 1 and 3 times as wide as the figure", async () => {
    const [figure] = drawFigures(sweepData({ seeds: 1 }));
    const { svg } = await figureSvg(figure);
    const width = Number(/width="(\d+)"/.exec(svg)?.[1]);
    for (const scale of [1, 3]) {
      const png = await figurePng(svg, { scale });
      expect(new DataView(png.buffer, png.byteOffset).getUint32(16)).toBe(scale * width);
    }
  });
});

describe("font", () => {
  // Advance widths of Helvetica, which Arial and Arimo share, in 1/1000 em (Adobe font metrics file Helvetica.afm).
  test("measures as Helvetica's published widths, within 0.001 em a letter", () => {
    const published = { H: 0.722, e: 0.556, l: 0.222, o: 0.556, W: 0.944, i: 0.222, "0": 0.556, " ": 0.278 };
    for (const [letter, width] of Object.entries(published))
      expect(Math.abs(regularFont().width(letter) - width), letter).toBeLessThan(0.001);
    expect(Math.abs(regularFont().width("Hello") - 2.278)).toBeLessThan(0.005);
    expect(Math.abs(boldFont().width("H") - 0.722)).toBeLessThan(0.001);
    expect(Math.abs(boldFont().width("e") - 0.556)).toBeLessThan(0.001);
    expect(Math.abs(boldFont().width("l") - 0.278)).toBeLessThan(0.001);
  });

  test("has the width of the missing glyph for what it cannot show", () => {
    expect(regularFont().width("\u{1F600}")).toBe(regularFont().width("\uE123"));
    expect(regularFont().width("")).toBe(0);
  });
});

/** Painted pixels beyond the edges of the figure, on paper that is 100 px wider at every side. */
function inkOutside(svg: string, width: number, height: number): number {
  const margin = 100;
  const paper = { width: width + 2 * margin, height: height + 2 * margin };
  const wide = svg
    .replace(/<rect width="[\d.]+" height="[\d.]+" fill="#FFFFFF"\/>/, "")
    .replace(
      /width="[\d.]+" height="[\d.]+" viewBox="[^"]+"/,
      `width="${paper.width}" height="${paper.height}" viewBox="${-margin} ${-margin} ${paper.width} ${paper.height}"`,
    );
  const { pixels } = new Resvg(wide, { font: shippedFonts }).render();
  let painted = 0;
  for (let y = 0; y < paper.height; y++)
    for (let x = 0; x < paper.width; x++) {
      const isInside = x >= margin && x < margin + width && y >= margin && y < margin + height;
      if (!isInside && pixels[4 * (y * paper.width + x) + 3] > 0) painted++;
    }
  return painted;
}

function darkPixels(svg: string): number {
  const { pixels } = new Resvg(svg, { background: "#FFFFFF", font: shippedFonts }).render();
  let dark = 0;
  for (let i = 0; i < pixels.length; i += 4) if (pixels[i] + pixels[i + 1] + pixels[i + 2] < 3 * 128) dark++;
  return dark;
}

type Datum = Record<string, unknown>;

/** A mark or an item of a drawing: marks hold items, groups hold marks. */
interface Item {
  readonly datum?: Datum;
  readonly items?: readonly Item[];
}

function visit(item: Item, use: (datum: Datum) => void): void {
  if (item.datum !== undefined) use(item.datum);
  for (const member of item.items ?? []) visit(member, use);
}
