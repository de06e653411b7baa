import { encodeUtf8 } from "../text.ts";
import type { TableFormat } from "./contract.ts";

/** A `table` for LaTeX with the package booktabs; any text may stand in a cell. */
export const latexTable: TableFormat = {
  name: "latex",
  summary: "A table environment for LaTeX; needs \\usepackage{booktabs}.",
  extension: ".tex",
  isText: true,
  encode: ({ text: { columns, rows, caption, notes } }) => {
    const line = (cells: readonly string[]): string => `    ${cells.map(latexText).join(" & ")} \\\\`;
    return encodeUtf8(
      `${[
        "\\begin{table}",
        "  \\centering",
        ...(caption === null ? [] : [`  \\caption{${latexText(caption)}}`]),
        `  \\begin{tabular}{@{}${columns.map(({ align }) => (align === "right" ? "r" : "l")).join("")}@{}}`,
        "    \\toprule",
        line(columns.map(({ title }) => title)),
        "    \\midrule",
        ...rows.map(line),
        "    \\bottomrule",
        "  \\end{tabular}",
        ...(notes.length === 0 ? [] : ["", `  \\smallskip\\footnotesize ${notes.map(latexText).join(" ")}`]),
        "\\end{table}",
      ].join("\n")}\n`,
    );
  },
};

const special: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  "#": "\\#",
  $: "\\$",
  "%": "\\%",
  "&": "\\&",
  _: "\\_",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "\\char34{}",
  "−": "$-$",
  "–": "--",
  "×": "$\\times$",
  "∞": "$\\infty$",
  "±": "$\\pm$",
};

/** A number with a power of ten, as a word of its own. */
const power = /(?<![\w.])([−-]?\d+(?:\.\d+)?)e([−-]?\d+)(?![\w.])/;

/** Text that LaTeX sets as it stands; powers of ten are set as such. */
function latexText(text: string): string {
  const parts = text.replace(/\s+/g, " ").split(power);
  const set = parts.map((part, index) => {
    if (index % 3 === 0) return part.replace(/[\\{}#$%&_~^<>|"−–×∞±]/g, (character) => special[character]);
    const number = part.replace("−", "-");
    return index % 3 === 1 ? `$${number}\\times10^{` : `${number}}$`;
  });
  // Behind the end of a line a bracket would be its argument.
  return set.join("").replace(/^\[/, "{[}");
}
