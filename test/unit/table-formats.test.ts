/** Tables for programs and for papers. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeCsv } from "../../src/io/csv.ts";
import { decodeParquet } from "../../src/io/parquet.ts";
import { resultTable } from "../../src/io/result-table.ts";
import type { TableDocument } from "../../src/io/table-formats/contract.ts";
import { tableFormats } from "../../src/io/table-formats/registry.ts";
import { presentedTable, roundedTogether } from "../../src/study/analyses/presentation.ts";
import { analysisTable } from "../../src/study/analyses/request.ts";
import { testUnless } from "../helpers/skip.ts";
import { losses, type MadeRun, madeResults } from "../helpers/study-results.ts";

/** Every printable character of ASCII, and those that the project's own numbers use. */
const ascii = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
const awkward = `${ascii}−–×∞±`;

const nasty: TableDocument = {
  data: resultTable(
    [
      { site: 'in|side, "x"', value: 0.1, isBest: true },
      { site: null, value: Number.NaN, isBest: false },
    ],
    [
      { name: "site", type: "string", nullable: true },
      { name: "value", type: "double" },
      { name: "isBest", type: "boolean" },
    ],
  ),
  text: {
    columns: [
      { title: "site_name", align: "left" },
      { title: "value", align: "right" },
    ],
    rows: [
      [awkward, "0.1"],
      ["[first] in a row", "−3.5e-7 [−4e12, 2]"],
    ],
    caption: awkward,
    notes: ["100 % of 5 seeds.", awkward],
  },
};
const text = (format: string, table = nasty) => new TextDecoder().decode(tableFormats.get(format).encode(table));

describe("formats", () => {
  test("csv and parquet give back every value; a missing number is NaN in csv and null stays null in parquet", async () => {
    expect(decodeCsv(tableFormats.get("csv").encode(nasty), "t.csv")).toEqual({
      site: ['in|side, "x"', ""],
      value: Float64Array.of(0.1, Number.NaN),
      isBest: ["true", "false"],
    });
    expect(await decodeParquet(tableFormats.get("parquet").encode(nasty), "t.parquet")).toEqual([
      { site: 'in|side, "x"', value: 0.1, isBest: true },
      { site: null, value: Number.NaN, isBest: false },
    ]);
  });

  test("json is one object with rows and notes, and null for what is no number", () => {
    expect(JSON.parse(text("json"))).toEqual({
      rows: [
        { site: 'in|side, "x"', value: 0.1, isBest: true },
        { site: null, value: null, isBest: false },
      ],
      notes: nasty.text.notes,
    });
  });

  test("markdown keeps 2 columns whatever stands in a cell", () => {
    const lines = text("markdown").split("\n");
    const rows = lines.filter((line) => line.startsWith("|"));
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(3);
    expect(rows[1]).toBe("| --- | ---: |");
    expect(rows[0]).toBe("| site\\_name | value |");
  });

  test("latex has booktabs rules, right-aligned numbers and no bare special character", () => {
    const source = text("latex");
    for (const rule of ["\\toprule", "\\midrule", "\\bottomrule", "{@{}lr@{}}"]) expect(source).toContain(rule);
    expect(source).toContain("site\\_name & value \\\\");
    expect(source).toContain("100 \\% of 5 seeds.");
    // a bracket behind \\ would be read as its argument
    expect(source).toContain("{[}first] in a row");
    expect(source).toContain("$-3.5\\times10^{-7}$ [$-4\\times10^{12}$, 2]");
    const bare = source.replace(/\\[\\{}#$%&_]|\\[a-z]+(\{\})?|\$[^$]*\$/g, "");
    expect(bare).not.toMatch(/[#$%_~^<>"|\\]/);
    expect(bare).not.toMatch(/[^\x20-\x7e\n]/);
  });

  const latexObstacle =
    spawnSync("pdflatex", ["--version"]).error === undefined ? undefined : "there is no pdflatex here";
  testUnless(latexObstacle)("latex compiles with every printable ASCII character in caption, cell and note", () => {
    const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-latex-"));
    const source = `\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n${text("latex")}\\end{document}\n`;
    writeFileSync(join(folder, "t.tex"), source);
    const options = ["-interaction=nonstopmode", "-halt-on-error", "t.tex"];
    const { status, stdout } = spawnSync("pdflatex", options, { cwd: folder, encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(stdout).not.toMatch(/^!|Missing character/m);
    expect(status).toBe(0);
  });
});

describe("presentation", () => {
  test.each([
    [[0.123456, 0.1, 0.15], 0.025, ["0.123", "0.100", "0.150"]],
    [[12.34, 10, 15], 2.5, ["12.3", "10.0", "15.0"]],
    [[1234.5, 1000, 1500], 250, ["1235", "1000", "1500"]],
    [[-0.004, -0.0051, 0.0031], 0.0041, ["−0.0040", "−0.0051", "0.0031"]],
    [[1.234e-6, 1.1e-6, 1.4e-6], 1.5e-7, ["1.23e-6", "1.10e-6", "1.40e-6"]],
    [[2.5e7, 2.4e7, 2.6e7], 1e6, ["2.50e7", "2.40e7", "2.60e7"]],
    [[1, 1, 1.0000111], 5e-6, ["1.000", "1.000", "1.000"]],
    [[3e-9, 0, 0.00028], 0.00014, ["0.00000", "0.00000", "0.00028"]],
  ])("%j with half-width %f is shown as %j", (values, uncertainty, expected) => {
    expect(roundedTogether(values as number[], uncertainty as number)).toEqual(expected);
  });

  const runs = [0, 1, 2, 3, 4].flatMap((seed) =>
    ["inside", "outside"].map(
      (site): MadeRun => ({
        condition: { site, trainIntensity: 0.5 },
        seed,
        row: { testSite: site },
        measurements: losses({ 0: 1 + seed / 10, 0.5: 1 }),
      }),
    ),
  );
  const table = analysisTable({ name: "summary", options: { at: { testIntensity: 0 } } }, madeResults(runs));

  test("what is equal in all rows stands in the caption, seeds in the table, the kind of interval below it", () => {
    const shown = presentedTable(table, { caption: "Loss without noise." });
    expect(shown.caption).toBe("Loss without noise. Training intensity 0.5, metric test-loss, test intensity 0.");
    expect(shown.columns.map(({ title }) => title)).toEqual(["site", "mean", "seeds"]);
    // sd 0.158, half-width 0.196
    expect(shown.rows[0]).toEqual(["inside", "1.20 [1.00, 1.40]", "5"]);
    expect(shown.notes).toEqual(["In brackets: 95 % intervals over 5 seeds, by Student's t."]);
    const flat = { ...table, rows: table.rows.map((row) => ({ ...row, tHigh: row.tLow })) };
    expect(presentedTable(flat).notes).toEqual([expect.stringMatching(/^No interval over seeds is shown/)]);
  });

  test("Student's intervals that pass 0 are told in a note, below the table and not where others are shown", () => {
    const scattered = [0.01, 0.02, 0.5].map(
      (value, seed): MadeRun => ({ condition: { cell: "gru" }, seed, measurements: losses({ 0: value }) }),
    );
    const made = analysisTable({ name: "summary", options: { at: { testIntensity: 0 } } }, madeResults(scattered));
    const note = expect.stringMatching(/^Student's t knows no bounds: intervals that reach below 0 say/);
    expect(presentedTable(made).notes).toContainEqual(note);
    expect(presentedTable(made, { interval: "bootstrap" }).notes).not.toContainEqual(note);
    expect(presentedTable(made, { show: ["median"] }).notes).not.toContainEqual(note);
  });

  test("interval and show change what stands there; what the table lacks is refused", () => {
    const shown = presentedTable(table, { interval: "bootstrap", show: ["mean", "median"] });
    expect(shown.columns.map(({ title }) => title)).toEqual(["site", "mean", "median", "seeds"]);
    expect(shown.notes[0]).toContain("by bootstrap");
    expect(shown.rows[0][1]).not.toBe("1.20 [1.00, 1.40]");
    expect(() => presentedTable(table, { show: ["mode"] })).toThrow(/no estimate is named "mode"/);
    expect(() => presentedTable(table, { show: ["median"], interval: "t" })).toThrow(/it has bootstrap/);
  });
});
