/** Figures as files: drawing, picture, specification and data. */
import { join } from "node:path";
import { CapabilityError } from "../core/errors.ts";
import type { Figure } from "../figure/contract.ts";
import type { ReportFigure } from "../figure/report.ts";
import { specificationText } from "../figure/specification-text.ts";
import { encodeCsv } from "../io/csv.ts";
import { csvColumns, inferredColumns, resultTable } from "../io/result-table.ts";
import { figurePng, figureSvg } from "../platform/node/figure-render.ts";
import { writeFileAtomic } from "../platform/node/files.ts";

export interface WrittenFigures {
  /** For a report. */
  readonly figures: readonly ReportFigure[];
  /** Why pictures are missing; undefined when they are there. */
  readonly withoutPng: string | undefined;
}

/** Writes `<name>.svg`, `.png`, `.vl.json` and `.csv` for every figure. */
export async function writeFigures(figures: readonly Figure[], folder: string): Promise<WrittenFigures> {
  const written: ReportFigure[] = [];
  let withoutPng: string | undefined;
  for (const figure of figures) {
    const { svg } = await figureSvg(figure);
    const table = encodeCsv(csvColumns(resultTable(figure.data, inferredColumns(figure.data))));
    const write = (ending: string, content: Uint8Array | string) =>
      writeFileAtomic(join(folder, `${figure.name}.${ending}`), content);
    await write("svg", svg);
    await write("vl.json", specificationText(figure.specification));
    await write("csv", table);
    try {
      if (withoutPng === undefined) await write("png", await figurePng(svg));
    } catch (error) {
      if (!(error instanceof CapabilityError)) throw error;
      withoutPng = error.message;
    }
    written.push({ figure, svg, csv: new TextDecoder().decode(table) });
  }
  return { figures: written, withoutPng };
}
