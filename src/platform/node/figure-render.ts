/** A figure to SVG text, without a DOM, and SVG text to PNG bytes, without system fonts. */

import * as vega from "vega";
import { compile } from "vega-lite";
import { CapabilityError } from "../../core/errors.ts";
import type { Figure } from "../../figure/contract.ts";
import { boldFont, fontName, regularFont } from "./font.ts";

export interface RenderedFigure {
  /** A complete document: title and description for screen readers, text as text, identifiers prefixed with the figure's name. */
  readonly svg: string;
  /** What the compiler or the renderer warned of; empty for a sound specification. */
  readonly diagnostics: readonly string[];
}

/**
 * Draws a figure. The same figure gives the same text on every machine: text is measured with the shipped font and
 * coordinates are rounded to 0.01 px, which hides the last bits of a machine's logarithm.
 */
export async function figureSvg(figure: Figure): Promise<RenderedFigure> {
  const diagnostics: string[] = [];
  const svg = await figureView(figure, (view) => view.toSVG(), diagnostics);
  return { svg: finished(svg, figure), diagnostics };
}

/**
 * Lends the compiled figure to whoever draws it; text is measured with the shipped font.
 *
 * @param diagnostics takes what compiler and renderer warn of
 */
export async function figureView<Result>(
  figure: Figure,
  draw: (view: vega.View) => Promise<Result>,
  diagnostics: string[] = [],
): Promise<Result> {
  const logger = collectingLogger(diagnostics);
  const program = compile(figure.specification, { logger });
  vegaTextMetrics.width = textWidth;
  const view = new vega.View(vega.parse(program.spec), { renderer: "none", logger });
  try {
    return await draw(view);
  } finally {
    view.finalize();
  }
}

export interface PngOptions {
  /** Pixels of the file per pixel of the figure, > 0; default 2, for screens and print. */
  readonly scale?: number;
}

/**
 * Draws SVG text as a PNG file, with the shipped font only.
 *
 * @throws CapabilityError where resvg has no build for this machine.
 */
export async function figurePng(svg: string, options: PngOptions = {}): Promise<Uint8Array> {
  const { Resvg } = await loadResvg();
  const image = new Resvg(svg, {
    background: "#FFFFFF",
    fitTo: { mode: "zoom", value: options.scale ?? 2 },
    font: {
      loadSystemFonts: false,
      fontFiles: [regularFont().file, boldFont().file],
      defaultFontFamily: fontName,
      sansSerifFamily: fontName,
    },
  });
  return new Uint8Array(image.render().asPng());
}

async function loadResvg(): Promise<typeof import("@resvg/resvg-js")> {
  try {
    return await import("@resvg/resvg-js");
  } catch (cause) {
    throw new CapabilityError({
      place: "PNG figures",
      rule: `the package @resvg/resvg-js must load on this machine, and did not (${cause instanceof Error ? cause.message : cause})`,
      remedy: "install without --omit=optional, or use the SVG figures, which do not need it",
    });
  }
}

interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  /** Widest that the text may be, in px; longer text is cut with an ellipsis. */
  readonly limit?: number;
}

/** Not in vega's types; made to be replaced where no canvas measures text. */
const vegaTextMetrics = (vega as unknown as { textMetrics: { width: (item: TextItem, text: unknown) => number } })
  .textMetrics;

function textWidth(item: TextItem, text: unknown): number {
  const isBold = item.fontWeight === "bold" || Number(item.fontWeight) >= 600;
  const width = (isBold ? boldFont() : regularFont()).width(String(text ?? "").trim()) * (item.fontSize ?? 11);
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
}

function finished(svg: string, figure: Figure): string {
  const described =
    `<title>${escaped(figure.title)}</title>` +
    `<desc>${escaped([figure.alternative, ...figure.warnings.map((warning) => `Warning: ${warning}`)].join(" "))}</desc>`;
  return withOwnIdentifiers(withTextWidths(withPlainTags(svg)), figure.name).replace(
    /^<svg([^>]*)>/,
    (_, attributes: string) => `<svg${attributes} role="img">${described}`,
  );
}

/**
 * Rounds the numbers of the geometric attributes to two decimals, and takes out what nobody sees or hears: ARIA on single
 * marks (the whole is one image) and outlines of groups that are not painted. Text between tags is left alone.
 */
function withPlainTags(svg: string): string {
  return svg.replace(/<[^>]+>/g, (tag) => {
    if (/^<path class="(background|foreground)"/.test(tag) && !/ (fill|stroke)="/.test(tag)) return "";
    return tag
      .replace(/ (?:role|aria-[a-z]+|pointer-events)="[^"]*"/g, "")
      .replace(/ (d|transform|x|y|x1|x2|y1|y2|width|height|viewBox)="([^"]*)"/g, (_, name: string, value: string) => {
        const rounded = value.replace(/-?\d+\.\d+(?:e-?\d+)?/g, (number) =>
          String(Number(Number(number).toFixed(2)) + 0),
        );
        return ` ${name}="${rounded}"`;
      });
  });
}

/**
 * States the width of every piece of text, so that where a reader's machine has only a wider font, the text is set narrower
 * rather than over its neighbours.
 */
function withTextWidths(svg: string): string {
  return svg.replace(/<text([^>]*[^>/])>(.*?)<\/text>/gs, (_, attributes: string, content: string) => {
    const fontSize = Number(/ font-size="([\d.]+)px"/.exec(attributes)?.[1] ?? 11);
    const fontWeight = / font-weight="([^"]+)"/.exec(attributes)?.[1] ?? "normal";
    const stated = (text: string) => {
      const width = textWidth({ fontSize, fontWeight }, unescaped(text));
      return width === 0 ? "" : ` textLength="${width.toFixed(1)}" lengthAdjust="spacingAndGlyphs"`;
    };
    if (!content.startsWith("<tspan")) return `<text${attributes}${stated(content)}>${content}</text>`;
    const lines = content.replace(
      /<tspan([^>]*)>([^<]*)/g,
      (_line, place: string, text: string) => `<tspan${place}${stated(text)}>${text}`,
    );
    return `<text${attributes}>${lines}</text>`;
  });
}

/** Numbers the identifiers in order of appearance after the figure's name, so that several drawings can stand in one page. */
function withOwnIdentifiers(svg: string, name: string): string {
  const names = new Map<string, string>();
  for (const [, id] of svg.matchAll(/ id="([^"]+)"/g)) names.set(id, `${name}-${names.size + 1}`);
  return svg.replace(/ id="([^"]+)"|url\(#([^)]+)\)/g, (whole, id?: string, reference?: string) => {
    const fresh = names.get(id ?? reference ?? "");
    if (fresh === undefined) return whole;
    return id === undefined ? `url(#${fresh})` : ` id="${fresh}"`;
  });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

/** Both compiler and renderer print to the console unless they are given a place to report to. */
function collectingLogger(messages: string[]): vega.LoggerInterface {
  const collect = (...parts: readonly unknown[]) => {
    messages.push(parts.map(String).join(" "));
    return logger;
  };
  const ignore = () => logger;
  const logger: vega.LoggerInterface = {
    level: ((level?: number) => (level === undefined ? vega.Warn : logger)) as vega.LoggerInterface["level"],
    error: collect,
    warn: collect,
    info: ignore,
    debug: ignore,
  };
  return logger;
}
