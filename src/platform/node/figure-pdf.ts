/** A figure as a PDF file: vector drawing, text as text, the shipped font inside. */

import PdfDocument from "pdfkit";
import type { Figure } from "../../figure/contract.ts";
import { figureView } from "./figure-render.ts";
import { boldFont, regularFont } from "./font.ts";
import { pdfContext } from "./pdf-context.ts";

/** Points of the page per pixel of the figure: a figure of full width is as wide as a text column (116 pixels per inch). */
const pointsPerPixel = 72 / 116;

/**
 * Draws a figure on a page of its own size. The same figure gives the same bytes.
 *
 * @returns the file; title and description stand in it for screen readers
 */
export async function figurePdf(figure: Figure): Promise<Uint8Array> {
  return figureView(figure, async (view) => {
    // The first pass finds the size, which the page must have before anything is drawn on it.
    await view.runAsync();
    const { width, height } = boundsOf(await view.toSVG());
    const size: [number, number] = [width * pointsPerPixel, height * pointsPerPixel];
    const document = new PdfDocument({
      autoFirstPage: false,
      tagged: true,
      displayTitle: true,
      lang: "en",
      // A file must have a date, and its identity is made of it: the time of drawing would make each drawing another.
      info: { Title: figure.title, Subject: figure.caption, Creator: "noisy-rnn", CreationDate: new Date(0) },
    });
    const chunks: Uint8Array[] = [];
    document.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    const ended = new Promise<void>((resolve, reject) => document.on("end", resolve).on("error", reject));
    document.registerFont("regular", regularFont().file).registerFont("bold", boldFont().file);
    document.addPage({ size, margin: 0 });
    const content = document.markStructureContent("Figure");
    await view.toCanvas(pointsPerPixel, {
      externalContext: pdfContext(document, { regular: "regular", bold: "bold" }),
    });
    document.endMarkedContent();
    document.addStructure(document.struct("Figure", { alt: figure.alternative }, [content]));
    document.end();
    await ended;
    return new Uint8Array(Buffer.concat(chunks));
  });
}

function boundsOf(svg: string): { readonly width: number; readonly height: number } {
  const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  return { width: Number(width), height: Number(height) };
}
