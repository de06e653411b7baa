/** PDF files of figures, read by a reader of its own and, where it is installed, by pdftotext. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import type { Figure } from "../../src/figure/contract.ts";
import { drawFigures } from "../../src/figure/registry.ts";
import { figurePdf } from "../../src/platform/node/figure-pdf.ts";
import { figureSvg } from "../../src/platform/node/figure-render.ts";
import { drawnFigures } from "../../src/study/figures/request.ts";
import { testUnless } from "../helpers/skip.ts";
import { studyRuns } from "./study-runs.ts";
import { sweepData } from "./sweeps.ts";

const pdftotext = spawnSync("pdftotext", ["-v"]).error === undefined;

interface ReadPdf {
  /** Dictionaries and streams of all objects, as text. */
  readonly objects: readonly { readonly dictionary: string; readonly stream: string }[];
  /** Pieces of text in the order in which they are drawn. */
  readonly texts: readonly string[];
  /** Operators of the page. */
  readonly page: string;
}

/** Enough of PDF 32000-1 for files of this writer: objects, deflated streams, and text of fonts with a ToUnicode map. */
function readPdf(bytes: Uint8Array): ReadPdf {
  const source = Buffer.from(bytes).toString("latin1");
  const objects = [...source.matchAll(/^\d+ 0 obj\n([\s\S]*?)\nendobj/gm)].map(([, body]) => {
    const [dictionary, rest = ""] = body.split(/\nstream\n/);
    const raw = Buffer.from(rest.replace(/\nendstream$/, ""), "latin1");
    return { dictionary, stream: (dictionary.includes("/FlateDecode") ? inflateSync(raw) : raw).toString("latin1") };
  });
  const maps = objects.filter(({ stream }) => stream.includes("beginbfrange")).map(({ stream }) => unicodeMap(stream));
  const page = objects.find(({ stream }) => / BDC$/m.test(stream))?.stream ?? "";
  const fonts = [...new Set([...page.matchAll(/\/(F\d+) [\d.]+ Tf/g)].map(([, name]) => name))].sort();
  const texts: string[] = [];
  let map = maps[0];
  for (const [, font, shown] of page.matchAll(/\/(F\d+) [\d.]+ Tf|\[((?:<[0-9a-f]*>|[\s\d.-])*)\] TJ/g)) {
    if (font !== undefined) map = maps[fonts.indexOf(font)];
    else {
      const codes = [...shown.matchAll(/<([0-9a-f]*)>/g)].flatMap(([, hex]) => hex.match(/.{4}/g) ?? []);
      texts.push(codes.map((code) => map.get(Number.parseInt(code, 16)) ?? "?").join(""));
    }
  }
  return { objects, texts, page };
}

function unicodeMap(cmap: string): Map<number, string> {
  const map = new Map<number, string>();
  for (const [, from, list] of cmap.matchAll(/<([0-9a-f]+)> <[0-9a-f]+> \[([^\]]*)\]/gi)) {
    for (const [index, [, hex]] of [...list.matchAll(/<([0-9a-f]+)>/gi)].entries()) {
      const units = (hex.match(/.{4}/g) ?? []).map((unit) => Number.parseInt(unit, 16));
      map.set(Number.parseInt(from, 16) + index, String.fromCharCode(...units));
    }
  }
  return map;
}

/** Texts of a drawing as SVG, line by line. */
function svgTexts(svg: string): string[] {
  return [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)</g)].map(([, text]) =>
    text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&"),
  );
}

const studyFigures = drawnFigures(
  [
    { name: "curves", options: { colour: "trainIntensity", panel: "site", points: true } },
    { name: "grid", options: { x: "trainIntensity", y: "site", at: 0 } },
    { name: "preferred-intensity", options: {} },
  ],
  studyRuns({ seeds: 2 }),
).figures;

describe.each(studyFigures.map((figure) => [figure.name, figure] as const))("%s", (_, figure) => {
  let bytes: Uint8Array;
  let pdf: ReadPdf;
  beforeAll(async () => {
    bytes = await figurePdf(figure);
    pdf = readPdf(bytes);
  });

  test("every text of the drawing is there as text, in the same order", async () => {
    const { svg } = await figureSvg(figure);
    const texts = svgTexts(svg.replace(/<title>.*?<\/desc>/s, ""));
    expect(texts.length).toBeGreaterThan(5);
    expect(pdf.texts).toEqual(texts);
  });

  test("the page is as large as the drawing at 116 px an inch, and paths are filled and stroked", async () => {
    const { svg } = await figureSvg(figure);
    const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)?.map(Number) ?? [];
    const box = pdf.objects
      .map(({ dictionary }) => /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/.exec(dictionary))
      .find(Boolean);
    expect(Number(box?.[1])).toBeCloseTo((width * 72) / 116, 2);
    expect(Number(box?.[2])).toBeCloseTo((height * 72) / 116, 2);
    expect(pdf.page.match(/^f$/gm)?.length).toBeGreaterThan(5);
    expect(pdf.page).not.toMatch(/NaN|undefined|Infinity/);
    expect(pdf.objects.some(({ dictionary }) => dictionary.includes("/Subtype /Image"))).toBe(false);
  });

  test("Arimo is inside, and no other font is asked for", () => {
    const names = pdf.objects.flatMap(({ dictionary }) => /\/FontName \/([\w+-]+)/.exec(dictionary)?.[1] ?? []);
    expect(names.map((name) => name.replace(/^[A-Z]{6}\+/, "")).sort()).toEqual(["Arimo-Bold", "Arimo-Regular"]);
    expect(pdf.objects.filter(({ dictionary }) => dictionary.includes("/FontFile2"))).toHaveLength(2);
  });

  test("title and description are there for screen readers", () => {
    const source = Buffer.from(bytes).toString("latin1");
    expect(source).toContain("/StructTreeRoot");
    const literals = [...source.matchAll(/\/Alt \(((?:[^\\)]|\\[\s\S])*)\)/g)].map(([, text]) =>
      Buffer.from(text.replace(/\\([\s\S])/g, "$1"), "latin1"),
    );
    // Big-endian UTF-16 after its mark, where Latin-1 does not do.
    const texts = literals.map((bytes) =>
      bytes.subarray(0, 2).toString("hex") === "feff"
        ? bytes.swap16().toString("utf16le").slice(1)
        : bytes.toString("latin1"),
    );
    expect(texts).toEqual([figure.alternative]);
  });

  test("drawing it again gives the same bytes", async () => {
    expect(Buffer.compare(await figurePdf(figure), bytes)).toBe(0);
  });

  testUnless(pdftotext ? undefined : "pdftotext is not installed")("pdftotext reads the title", () => {
    const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-pdf-"));
    const file = join(folder, "figure.pdf");
    writeFileSync(file, bytes);
    const { stdout, status } = spawnSync("pdftotext", [file, "-"], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(status).toBe(0);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(figure.title);
  });
});

describe("drawing", () => {
  const marks = (specification: object): Figure => ({
    ...drawFigures(sweepData({ seeds: 1 }))[0],
    specification: {
      width: 100,
      height: 100,
      encoding: {
        x: { field: "x", type: "quantitative", scale: { domain: [0, 1] }, axis: null },
        y: { field: "y", type: "quantitative", scale: { domain: [0, 1] }, axis: null },
      },
      ...specification,
    } as Figure["specification"],
  });
  const page = async (specification: object) => readPdf(await figurePdf(marks(specification))).page;

  test("a circle at (50, 50) px is four curves around its place on the page, to 3e-4 of its radius", async () => {
    const operators = await page({
      data: { values: [{ x: 0.5, y: 0.5 }] },
      mark: { type: "circle", size: 400, opacity: 1 },
    });
    const curves = [...operators.matchAll(/^([\d. -]+) c$/gm)].map(([, numbers]) => numbers.split(" ").map(Number));
    expect(curves).toHaveLength(4);
    const scale = 72 / 116;
    // 5 px of padding and half of 100 px; a symbol's size is the area of the square around it.
    const centre = 55 * scale;
    const radius = 10 * scale;
    for (const curve of curves) {
      const [x, y] = curve.slice(4);
      expect(Math.abs(Math.hypot(x - centre, y - centre) / radius - 1)).toBeLessThan(3e-4);
    }
  });

  test("dashes and widths are those of the drawing, scaled", async () => {
    const data = {
      values: [
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ],
    };
    const operators = await page({ data, mark: { type: "line", strokeDash: [6, 4], strokeWidth: 2 } });
    const scale = 72 / 116;
    expect(operators).toMatch(/^\[([\d.]+) ([\d.]+)\] 0 d$/m);
    const [, dash, gap] = /^\[([\d.]+) ([\d.]+)\] 0 d$/m.exec(operators)?.map(Number) ?? [];
    expect([dash / scale, gap / scale]).toEqual([expect.closeTo(6, 4), expect.closeTo(4, 4)]);
    const widths = [...operators.matchAll(/^([\d.]+) w$/gm)].map(([, width]) => Number(width) / scale);
    expect(widths.some((width) => Math.abs(width - 2) < 1e-4)).toBe(true);
    const solid = await page({ data, mark: { type: "line", strokeDash: [1, 0] } });
    expect(solid).not.toMatch(/^\[[\d.]/m);
  });

  test("what is half transparent says so, and what is transparent is not drawn", async () => {
    const data = { values: [{ x: 0.5, y: 0.5 }] };
    const file = readPdf(
      await figurePdf(marks({ data, mark: { type: "square", opacity: 0.5, color: "rgb(1, 2, 3)" } })),
    );
    expect(file.objects.some(({ dictionary }) => dictionary.includes("/ca 0.5"))).toBe(true);
    expect(file.page).toContain(`${1 / 255} ${2 / 255} ${3 / 255} scn`);
    const none = await page({ data, mark: { type: "square", color: "transparent" } });
    const some = await page({ data, mark: { type: "square", color: "#f00" } });
    expect(some.match(/^f$/gm)?.length).toBe((none.match(/^f$/gm)?.length ?? 0) + 1);
    expect(some).toContain("1 0 0 scn");
  });
});
