/** The report of a study: what its file asks, what its runs answer, and how both came about. */
import { Document, isScalar, visit } from "yaml";
import { groups } from "../figure/conditions.ts";
import { columnTitle } from "../figure/levels.ts";
import type {
  Fact,
  Reference,
  Report,
  ReportFigure,
  ReportFile,
  ReportSection,
  ReportTable,
} from "../figure/report.ts";
import { countText, listText, numberText } from "../figure/wording.ts";
import { titleOf } from "./analyses/column-words.ts";
import { presentedTable } from "./analyses/presentation.ts";
import {
  type CheckedExpectation,
  expectationCount,
  expectationRule,
  expectationSubject,
  foundText,
  type NamedTable,
  ruleText,
} from "./expected.ts";
import { isSound, type RunRow } from "./results/rows.ts";
import type { RunSpec } from "./spec.ts";
import type { Study, StudyAxis } from "./study.ts";

/** A table with the name of its files, unique in a report. */
export interface StudyTable extends NamedTable {
  readonly file: string;
}

/** Rows of a table that the page shows; the file beside it has all. */
const shownRows = 60;

export interface StudyReportParts {
  readonly study: Study;
  /** Complete runs, failed ones too. */
  readonly runs: readonly RunRow[];
  /** Number of runs that are planned and not complete. */
  readonly open: number;
  /** Tables of the analyses that the study asks for, in its order. */
  readonly tables: readonly StudyTable[];
  readonly checked: readonly CheckedExpectation[];
  readonly figures: readonly ReportFigure[];
  readonly figureNotes: readonly string[];
  /** The specification of the first complete run; undefined when there is none. */
  readonly firstSpec: RunSpec | undefined;
  /** Of what could not be read, and of pictures that could not be made. */
  readonly warnings: readonly string[];
  readonly commands: readonly string[];
  readonly facts: readonly Fact[];
  readonly references: readonly Reference[];
  readonly files: readonly ReportFile[];
}

export function studyReport(parts: StudyReportParts): Report {
  const { study, checked, tables, figures, figureNotes, commands, facts, references, files } = parts;
  return {
    title: sentence(study.name.replaceAll("-", " ")),
    question: study.question,
    verdicts: [],
    ...(checked.length === 0 ? {} : { expectations: expectationTable(checked) }),
    rule: expectationRule,
    warnings: [...runWarnings(parts), ...parts.warnings],
    tables: tables.map(reportTable),
    figures,
    figureNotes,
    method: method(parts),
    settings: [],
    command: commands.join("\n"),
    facts: [...runFacts(parts), ...facts],
    references,
    files,
  };
}

/** Where this project's own measurements lie. */
const ownEvidence = "docs/evidence/";

function expectationTable(checked: readonly CheckedExpectation[]): ReportTable {
  return {
    caption: `Expected results: ${expectationCount(checked)}`,
    columns: [
      { title: "Result", meaning: "Analysis, row and column of the number.", kind: "text", isHeader: true },
      { title: "Expected", meaning: "What the study file says.", kind: "text" },
      {
        title: "Found",
        meaning: "The number of the table, with its interval over seeds where it has one.",
        kind: "text",
      },
      { title: "Verdict", meaning: "met, off or missing; below is how it is decided.", kind: "text" },
      { title: "Source", meaning: "Where the expected value comes from.", kind: "text" },
    ],
    ...(checked.some(({ expectation: { source } }) => source?.startsWith(ownEvidence) === true)
      ? {
          notes: [
            `Values from ${ownEvidence} were measured with this program: they tell whether its results repeat, not whether they agree with anybody else's.`,
          ],
        }
      : {}),
    rows: checked.map(({ expectation, verdict, note, ...found }) => [
      expectationSubject(expectation),
      ruleText(expectation.rule),
      unbroken(foundText(found)),
      note === "" ? verdict : `${verdict}: ${note}`,
      expectation.source ?? numberText(null),
    ]),
  };
}

/** An analysis as the page shows it. */
function reportTable({ name, file, table }: StudyTable): ReportTable {
  const { columns, rows, caption, notes } = presentedTable(table);
  const meanings = new Map(table.columns.map((column) => [titleOf(column.name), column.meaning]));
  const labels = table.labels.map(titleOf);
  const left = rows.length - shownRows;
  const isWarning = (note: string) => note.startsWith("Warning: ");
  return {
    caption: [`${sentence(name)}.`, caption].filter(Boolean).join(" "),
    columns: columns.map(({ title, align }) => ({
      title,
      meaning: meanings.get(title) ?? "",
      kind: align === "right" ? "number" : "text",
      isHeader: labels.includes(title),
    })),
    rows: rows.slice(0, shownRows).map((row) => row.map(unbroken)),
    notes: [
      ...notes.filter((note) => !isWarning(note)),
      ...(left > 0 ? [`${countText([left], "more row")} in tables/${file}.csv.`] : []),
    ],
    warnings: table.warnings,
  };
}

/** Keeps an interval in one line; before it a cell may break. */
function unbroken(text: string): string {
  return text.replace(/[[(][^\])]*[\])]/g, (interval) => interval.replaceAll(" ", "\u00a0"));
}

function runWarnings({ runs, open, checked }: StudyReportParts): string[] {
  const failed = runs.filter((run) => !isSound(run)).length;
  return [
    ...(open === 0
      ? []
      : [
          `The study is not finished: ${open} of ${countText([open + runs.length], "run")} ${open === 1 ? "is" : "are"} missing. What stands here is of those that are complete${checked.length === 0 ? "" : ", and so are the verdicts"}.`,
        ]),
    ...(failed === 0 ? [] : [`${failed} of ${runs.length} complete runs failed and are left out of every number.`]),
  ];
}

function method({ study, runs, open, firstSpec }: StudyReportParts): ReportSection[] {
  const { axes, seeds, document } = study;
  const axisTexts = axes.map(({ name, path, values }) => `${columnTitle(name)} (${path}): ${valuesText(values)}.`);
  const axesText =
    axes.length === 0 ? "one condition" : `conditions along ${axes.length === 1 ? "one axis" : `${axes.length} axes`}`;
  return [
    {
      title: "What was run",
      paragraphs: [
        `${countText([runs.length + open], "run")}, ${countText([seeds.length], "seed")} each (${seedsText(seeds)}); ${axesText}.`,
        ...axisTexts,
      ],
    },
    {
      title: "The study as it was understood",
      paragraphs: ["What the file says, with what it extends and with changes from the command line worked in."],
      code: yaml(document),
    },
    ...(firstSpec === undefined
      ? []
      : [
          {
            title: "Every setting of the first run",
            paragraphs: [
              "Defaults are spelled out, even steps told in words. The other runs differ from it in the axes and the seed.",
            ],
            code: yaml(withStepsInWords(firstSpec)),
          },
        ]),
  ];
}

/** What the runs themselves say of how they were made. */
function runFacts({ runs, open, study }: StudyReportParts): Fact[] {
  const failed = runs.filter((run) => !isSound(run)).length;
  const makers = groups(
    runs,
    ({ version, fingerprint, backend, variant }) => `${version} (${fingerprint}), ${backend}, ${variant}`,
  );
  const made = [...makers].map(([maker, group]) => `${maker}: ${countText([group.length], "run")}`);
  const finished = runs.map(({ finishedAt }) => finishedAt).sort();
  const counts = [`${runs.length} complete`, ...(failed > 0 ? [`${failed} of them failed`] : []), `${open} missing`];
  return [
    { name: "Runs", value: counts.join(", ") },
    { name: "Seeds", value: seedsText(study.seeds) },
    ...(runs.length === 0
      ? []
      : [
          { name: "noisy-rnn, back end", value: made.sort().join("; ") },
          { name: "Work", value: `${numberText(runs.reduce((sum, run) => sum + run.seconds, 0))} s in all` },
          { name: "Runs finished", value: `${finished[0]} to ${finished[finished.length - 1]}` },
        ]),
  ];
}

/** "0 to 4" for seeds that follow each other, else all of them. */
function seedsText(seeds: readonly number[]): string {
  const [first] = seeds;
  const last = seeds[seeds.length - 1];
  const isRange = seeds.every((seed, index) => seed === first + index);
  return isRange && seeds.length > 1 ? `${first} to ${last}` : seeds.join(", ");
}

/** Values of an axis that are named in a sentence. */
const namedValues = 24;

function valuesText(values: StudyAxis["values"]): string {
  const steps = stepsText(values);
  if (steps !== undefined) return steps;
  const texts = values.map((value) => (typeof value === "number" ? numberText(value) : String(value ?? "none")));
  return texts.length > namedValues
    ? `${texts.slice(0, namedValues - 1).join(", ")}, ... (${texts.length} values)`
    : listText(texts);
}

/** Fewer values are named one by one. */
const leastSteps = 6;

/** "0 to 1 in steps of 0.05, 21 values" for many numbers with even steps, but for the rounding of their arithmetic. */
export function stepsText(values: readonly unknown[]): string | undefined {
  if (values.length < leastSteps || !values.every((value) => typeof value === "number")) return undefined;
  const [first] = values;
  const last = values[values.length - 1];
  const step = (last - first) / (values.length - 1);
  const tolerance = 1e-9 * Math.max(Math.abs(first), Math.abs(last));
  const isEven = step !== 0 && values.every((value, index) => Math.abs(value - (first + index * step)) <= tolerance);
  const [from, to, by] = [first, last, step].map((value) => Number(value.toPrecision(12)));
  return isEven ? `${from} to ${to} in steps of ${by}, ${values.length} values` : undefined;
}

function withStepsInWords(value: unknown): unknown {
  if (Array.isArray(value)) return stepsText(value) ?? value.map(withStepsInWords);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withStepsInWords(part)]));
}

/** Lists of words and numbers stand in one line. */
function yaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Seq: (_, list) => {
      if (list.items.every(isScalar)) list.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd();
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
