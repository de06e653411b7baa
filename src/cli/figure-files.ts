/** Figures as files: drawing, picture, specification and data. */
import { join } from "node:path";
import { CapabilityError } from "../core/errors.ts";
import type { Figure, FigureRow } from "../figure/contract.ts";
import type { ReportFigure } from "../figure/report.ts";
import { specificationText } from "../figure/specification-text.ts";
import { encodeCsv } from "../io/csv.ts";
import { csvColumns, inferredColumns, resultTable } from "../io/result-table.ts";
import { figurePng, figureSvg } from "../platform/node/figure-render.ts";
import { writeFileAtomic } from "../platform/node/files.ts";
import type { DrawingFormat } from "./drawing-formats.ts";

export interface WrittenFigures {
  /** For a report. */
  readonly figures: readonly ReportFigure[];
  /** Names of the files. */
  readonly files: readonly string[];
  /** Why pictures are missing; undefined when they are there. */
  readonly withoutPng: string | undefined;
}

/**
 * Writes every figure: `<name>.vl.json`, `.csv`, drawings, and where it has them `.estimates.csv` and `.sql`.
 *
 * @param formats of the drawings
 */
export async function writeFigures(
  figures: readonly Figure[],
  folder: string,
  formats: readonly DrawingFormat[] = ["svg", "png"],
): Promise<WrittenFigures> {
  const written: ReportFigure[] = [];
  const files: string[] = [];
  let withoutPng: string | undefined;
  const pdf = formats.includes("pdf") ? await import("../platform/node/figure-pdf.ts") : undefined;
  for (const figure of figures) {
    const { svg } = await figureSvg(figure);
    const data = csvBytes(figure.data);
    const estimates = figure.estimates === undefined ? undefined : csvBytes(figure.estimates);
    const write = async (ending: string, content: Uint8Array | string | undefined) => {
      if (content === undefined) return;
      const file = `${figure.name}.${ending}`;
      await writeFileAtomic(join(folder, file), content);
      files.push(file);
    };
    if (formats.includes("svg")) await write("svg", svg);
    await write("vl.json", specificationText(figure.specification));
    await write("csv", data);
    await write("estimates.csv", estimates);
    await write("sql", figure.query);
    await write("pdf", await pdf?.figurePdf(figure));
    try {
      if (withoutPng === undefined && formats.includes("png")) await write("png", await figurePng(svg));
    } catch (error) {
      if (!(error instanceof CapabilityError)) throw error;
      withoutPng = error.message;
    }
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    written.push({ figure, svg, csv: decode(data), ...(estimates && { estimates: decode(estimates) }) });
  }
  return { figures: written, files, withoutPng };
}

function csvBytes(rows: readonly FigureRow[]): Uint8Array {
  return encodeCsv(csvColumns(resultTable(rows, inferredColumns(rows))));
}
