/**
 * What Vega's canvas renderer calls of a canvas, drawn into a PDF page: paths stay paths and text stays text.
 *
 * A canvas keeps its path after painting it, a PDF page does not, so that the path is kept here and written once per
 * painting, after the settings that it is painted with.
 */

import type PdfDocument from "pdfkit";
import { InternalError } from "../../core/errors.ts";

type Document = InstanceType<typeof PdfDocument>;
type Gradient = PDFKit.PDFGradient;
type Paint = string | PdfGradient;

/** Settings that `save` keeps and `restore` brings back. */
interface Settings {
  fillStyle: Paint;
  strokeStyle: Paint;
  globalAlpha: number;
  lineWidth: number;
  lineCap: "butt" | "round" | "square";
  lineJoin: "miter" | "round" | "bevel";
  miterLimit: number;
  lineDashOffset: number;
  dashes: readonly number[];
  /** As in CSS: "bold 15px Arimo, Arial". */
  font: string;
  textAlign: "left" | "center" | "right";
}

const initial: Settings = {
  fillStyle: "#000000",
  strokeStyle: "#000000",
  globalAlpha: 1,
  lineWidth: 1,
  lineCap: "butt",
  lineJoin: "miter",
  miterLimit: 10,
  lineDashOffset: 0,
  dashes: [],
  font: "11px sans-serif",
  textAlign: "left",
};

export interface PdfGradient {
  readonly gradient: Gradient;
  addColorStop(position: number, colour: string): void;
}

/** Names under which the document knows the two fonts of figures. */
export interface PdfFonts {
  readonly regular: string;
  readonly bold: string;
}

/** A map of the plane, as canvas and PDF write it: x' = a x + c y + e, y' = b x + d y + f. */
type Transform = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/**
 * A context on the current page of a document.
 *
 * Vega moves the plane between building a path and painting it. Points are therefore put on the page as they are built, and
 * the page itself is never moved but for text. The plane may be moved, turned and scaled, not sheared.
 */
export function pdfContext(document: Document, fonts: PdfFonts) {
  let path: (() => void)[] = [];
  let plane: Transform = [1, 0, 0, 1, 0, 0];
  const saved: { readonly settings: Settings; readonly plane: Transform }[] = [];

  const onPage = (x: number, y: number): [number, number] => {
    const [a, b, c, d, e, f] = plane;
    return [a * x + c * y + e, b * x + d * y + f];
  };
  const move = ([a, b, c, d, e, f]: Transform) => {
    const [p, q, r, s, t, u] = plane;
    plane = [p * a + r * b, q * a + s * b, p * c + r * d, q * c + s * d, p * e + r * f + t, q * e + s * f + u];
  };
  const settings = (): Settings => {
    const names = Object.keys(initial) as (keyof Settings)[];
    return Object.fromEntries(names.map((name) => [name, context[name]])) as unknown as Settings;
  };
  /** Writes the settings of a filling; false where nothing would be seen. */
  const filling = (): boolean => {
    const { paint, opacity } = paintOf(context.fillStyle);
    document.fillColor(paint, opacity * context.globalAlpha);
    return opacity > 0;
  };
  const stroking = (): boolean => {
    const { paint, opacity } = paintOf(context.strokeStyle);
    const scale = Math.hypot(plane[0], plane[1]);
    document.strokeColor(paint, opacity * context.globalAlpha);
    document
      .lineWidth(context.lineWidth * scale)
      .lineCap(context.lineCap)
      .lineJoin(context.lineJoin);
    document.miterLimit(context.miterLimit);
    const dashes = context.dashes.map((length) => length * scale);
    document.addContent(`[${dashes.join(" ")}] ${context.lineDashOffset * scale} d`);
    return opacity > 0;
  };
  const draw = () => {
    for (const step of path) step();
  };
  /** Sets words with their anchor at (x, y), on the alphabetic baseline. */
  const text = (words: string, x: number, y: number, options: PDFKit.Mixins.TextOptions) => {
    const size = Number(/([\d.]+)px/.exec(context.font)?.[1] ?? 11);
    document.save().transform(...plane);
    document.font(/\b(bold|[6-9]00)\b/.test(context.font) ? fonts.bold : fonts.regular).fontSize(size);
    const width = document.widthOfString(words);
    const left = context.textAlign === "center" ? x - width / 2 : context.textAlign === "right" ? x - width : x;
    document.text(words, left, y, { lineBreak: false, baseline: "alphabetic", ...options });
    document.restore();
  };

  const context = {
    ...initial,
    save() {
      saved.push({ settings: settings(), plane });
      document.save();
    },
    restore() {
      const before = saved.pop();
      if (before === undefined) throw new InternalError("PDF figures", "restore must follow a save, got one too many");
      Object.assign(context, before.settings);
      plane = before.plane;
      document.restore();
    },
    scale(x: number, y: number) {
      move([x, 0, 0, y, 0, 0]);
    },
    translate(x: number, y: number) {
      move([1, 0, 0, 1, x, y]);
    },
    rotate(angle: number) {
      move([Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle), 0, 0]);
    },
    setLineDash(dashes: readonly number[]) {
      // A pattern without a gap is a solid line; a PDF reader may refuse one whose lengths are all zero.
      context.dashes = dashes.length === 1 || dashes.some((length, i) => i % 2 === 1 && length > 0) ? dashes : [];
    },
    beginPath() {
      path = [];
    },
    closePath() {
      path.push(() => document.closePath());
    },
    moveTo(x: number, y: number) {
      const end = onPage(x, y);
      path.push(() => document.moveTo(...end));
    },
    lineTo(x: number, y: number) {
      const end = onPage(x, y);
      path.push(() => document.lineTo(...end));
    },
    quadraticCurveTo(x1: number, y1: number, x: number, y: number) {
      const [handle, end] = [onPage(x1, y1), onPage(x, y)];
      path.push(() => document.quadraticCurveTo(...handle, ...end));
    },
    bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number) {
      const [first, second, end] = [onPage(x1, y1), onPage(x2, y2), onPage(x, y)];
      path.push(() => document.bezierCurveTo(...first, ...second, ...end));
    },
    rect(x: number, y: number, width: number, height: number) {
      context.moveTo(x, y);
      context.lineTo(x + width, y);
      context.lineTo(x + width, y + height);
      context.lineTo(x, y + height);
      context.closePath();
    },
    /**
     * As cubic curves of at most a quarter turn, with handles of 4/3 tan(angle / 4) radii: no point is farther from the
     * circle than 3e-4 radii.
     */
    arc(x: number, y: number, radius: number, from: number, to: number, isReversed = false) {
      const angle = sweptAngle(from, to, isReversed);
      const pieces = Math.max(1, Math.ceil(Math.abs(angle) / (Math.PI / 2) - 1e-9));
      const step = angle / pieces;
      const handle = (4 / 3) * Math.tan(step / 4) * radius;
      const at = (a: number) => [x + radius * Math.cos(a), y + radius * Math.sin(a)] as const;
      if (path.length === 0) context.moveTo(...at(from));
      else context.lineTo(...at(from));
      for (let piece = 0; piece < pieces; piece++) {
        const [a, b] = [from + piece * step, from + (piece + 1) * step];
        const [[ax, ay], [bx, by]] = [at(a), at(b)];
        context.bezierCurveTo(
          ax - handle * Math.sin(a),
          ay + handle * Math.cos(a),
          bx + handle * Math.sin(b),
          by - handle * Math.cos(b),
          bx,
          by,
        );
      }
    },
    fill() {
      if (!filling()) return;
      draw();
      document.fill();
    },
    stroke() {
      if (!stroking()) return;
      draw();
      document.stroke();
    },
    clip() {
      draw();
      document.clip();
    },
    fillRect(x: number, y: number, width: number, height: number) {
      context.beginPath();
      context.rect(x, y, width, height);
      context.fill();
    },
    fillText(words: string, x: number, y: number) {
      if (filling()) text(words, x, y, { fill: true });
    },
    strokeText(words: string, x: number, y: number) {
      if (stroking()) text(words, x, y, { fill: false, stroke: true });
    },
    createLinearGradient(x1: number, y1: number, x2: number, y2: number): PdfGradient {
      const gradient = document.linearGradient(...onPage(x1, y1), ...onPage(x2, y2));
      const addColorStop = (position: number, colour: string) => {
        const { paint, opacity } = colourOf(colour);
        gradient.stop(position, paint, opacity);
      };
      return { gradient, addColorStop };
    },
  };
  return context;
}

/** How far an arc turns, with its sign: as a canvas has it, at most once round. */
function sweptAngle(from: number, to: number, isReversed: boolean): number {
  const turn = 2 * Math.PI;
  const swept = isReversed ? from - to : to - from;
  const forward = swept < 0 ? swept + turn * Math.ceil(-swept / turn) : swept;
  return Math.min(forward, turn) * (isReversed ? -1 : 1);
}

function paintOf(paint: Paint): { readonly paint: PDFKit.Mixins.ColorValue; readonly opacity: number } {
  return typeof paint === "string" ? colourOf(paint) : { paint: paint.gradient, opacity: 1 };
}

/** A CSS colour as #rrggbb with its opacity: hexadecimal, or `rgb()` and `rgba()` as colour scales write them. */
function colourOf(css: string): { readonly paint: string; readonly opacity: number } {
  if (css === "transparent") return { paint: "#000000", opacity: 0 };
  if (/^#[0-9a-f]{6}$/i.test(css)) return { paint: css, opacity: 1 };
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(css);
  if (short !== null) {
    const doubled = short.slice(1).map((digit) => digit + digit);
    return { paint: `#${doubled.join("")}`, opacity: 1 };
  }
  const [red, green, blue, opacity = 1] =
    /^rgba?\(([^)]*)\)$/
      .exec(css)?.[1]
      .split(/[\s,/]+/)
      .map(Number) ?? [];
  const levels = [red, green, blue].map((level) => Math.round(level).toString(16).padStart(2, "0"));
  if (Number.isFinite(red + green + blue + opacity)) return { paint: `#${levels.join("")}`, opacity };
  const named = cssNames[css];
  if (named !== undefined) return { paint: named, opacity: 1 };
  throw new InternalError("PDF figures", `a colour is #rrggbb or rgb(...), got ${JSON.stringify(css)}`);
}

/** Names that Vega's own defaults use. */
const cssNames: Readonly<Record<string, string | undefined>> = { black: "#000000", white: "#ffffff" };
