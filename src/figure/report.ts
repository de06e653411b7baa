import type { Figure } from "./contract.ts";
import { dataUri, type Html, html, textHtml, trustedHtml } from "./html.ts";
import { reportStyle } from "./report-style.ts";
import { originText, pageText } from "./report-text.ts";
import { specificationText } from "./specification-text.ts";
import { slug } from "./wording.ts";

/** How a result stands to what was claimed before. */
export type Outcome = "holds" | "holds in part" | "does not hold" | "not testable";

export interface Verdict {
  /** The claim. */
  readonly statement: string;
  /** Who claims it, and where. */
  readonly source: string;
  /** What must be shown for it to hold, a sentence. */
  readonly rule: string;
  readonly outcome: Outcome;
  /** The numbers that decide it, with intervals; a sentence each. */
  readonly measured: readonly string[];
  /** Where it holds, where not or in part, and what cannot be told; sentences. */
  readonly conditions: readonly string[];
  /** Where it is shown: pages and figures beside this page. */
  readonly shown: readonly ReportLink[];
}

export interface ReportLink {
  readonly text: string;
  /** Below the folder of the page. */
  readonly href: string;
}

export interface ReportColumn {
  readonly title: string;
  /** One or two sentences. */
  readonly meaning: string;
  readonly kind: "text" | "number";
  /** Whether its cells name their row. */
  readonly isHeader?: boolean;
}

export interface ReportTable {
  readonly caption: string;
  /** Sentences below it: how its numbers are made, what must be known of them. */
  readonly notes?: readonly string[];
  readonly warnings?: readonly string[];
  readonly columns: readonly ReportColumn[];
  /** Text of each cell, `[row][column]`. */
  readonly rows: readonly (readonly string[])[];
}

export interface ReportFigure {
  readonly figure: Figure;
  /** The drawing of the figure, trusted: it is put into the page as it is. */
  readonly svg: string;
  /** The figure's data as CSV text. */
  readonly csv: string;
  /** Its estimates likewise, where it has any. */
  readonly estimates?: string;
}

export interface ReportSection {
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** Text that is set as it stands: a file. */
  readonly code?: string;
}

export interface Setting {
  /** Task or part it belongs to: "Function approximation", "all". */
  readonly scope: string;
  readonly name: string;
  readonly value: string;
  readonly origin: keyof typeof originText;
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

export interface Reference {
  /** Key in docs/references.bib. */
  readonly key: string;
  readonly text: string;
  readonly url?: string;
}

/** A file that lies in the report's folder. */
export interface ReportFile {
  readonly name: string;
  readonly meaning: string;
}

export interface Report {
  readonly title: string;
  readonly question: string;
  readonly verdicts: readonly Verdict[];
  /** What was expected against what was found. */
  readonly expectations?: ReportTable;
  /** How verdicts and expectations are decided. */
  readonly rule: string;
  readonly warnings: readonly string[];
  readonly tables: readonly ReportTable[];
  readonly figures: readonly ReportFigure[];
  /** Why figures that were asked for are not among them. */
  readonly figureNotes?: readonly string[];
  readonly method: readonly ReportSection[];
  readonly settings: readonly Setting[];
  /** The command line that makes this report again. */
  readonly command: string;
  /** Versions, back end, seeds, duration and whatever else tells this run from another. */
  readonly facts: readonly Fact[];
  readonly references: readonly Reference[];
  readonly files: readonly ReportFile[];
}

/**
 * One HTML file that needs nothing else: no script, no request; its policy forbids any.
 *
 * @returns the text of the file, to be written as UTF-8
 */
export function reportPage(report: Report): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="generator" content="noisy-rnn">
<title>${report.title}</title>
<style>${trustedHtml(reportStyle)}</style>
</head>
<body>
<a class="skip" href="#${sectionsOf(report)[0].id}">${pageText.skip}</a>
<header>
<h1>${report.title}</h1>
${report.question === "" ? html`` : html`<p class="question">${report.question}</p>`}
${contents(report)}
</header>
<main>
${sectionsOf(report).map(
  ({ id, title, body }) => html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
${body}
</section>
`,
)}</main>
<footer><p>${pageText.footer}</p></footer>
</body>
</html>
`;
  return page.html;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}

/** The sections that have something to say, in reading order. */
function sectionsOf(report: Report): Section[] {
  const sections: (Section & { readonly isEmpty?: boolean })[] = [
    {
      id: "answer",
      title: pageText.answer,
      body: html`${answer(report)}${warnings(report.warnings)}`,
      isEmpty: report.verdicts.length + report.warnings.length === 0 && report.expectations === undefined,
    },
    {
      id: "results",
      title: pageText.results,
      body: html`${report.tables.map(table)}`,
      isEmpty: report.tables.length === 0,
    },
    {
      id: "figures",
      title: pageText.figures,
      body: html`${report.figures.map(figureBlock)}${(report.figureNotes ?? []).map((note) => html`<p>${note}</p>\n`)}`,
      isEmpty: report.figures.length + (report.figureNotes ?? []).length === 0,
    },
    { id: "method", title: pageText.method, body: html`${report.method.map(prose)}${settings(report.settings)}` },
    { id: "reproduce", title: pageText.reproduce, body: reproduction(report) },
    { id: "references", title: pageText.references, body: references(report), isEmpty: report.references.length === 0 },
  ];
  return sections.filter((section) => section.isEmpty !== true);
}

function contents(report: Report): Html {
  const links = sectionsOf(report).map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  return html`<nav aria-label="${pageText.contents}"><ol>${links}</ol></nav>`;
}

function answer({ verdicts, expectations, rule }: Report): Html {
  if (verdicts.length === 0 && expectations === undefined) return html``;
  const claims = verdicts.length === 0 ? html`` : verdictTable(verdicts);
  return html`${claims}${expectations === undefined ? html`` : table(expectations)}<p class="rule">${rule}</p>\n`;
}

function verdictTable(verdicts: readonly Verdict[]): Html {
  const { caption, claim, verdict, measured, conditions, shown } = pageText.verdicts;
  const head = [claim, verdict, measured, conditions, shown].map((title) => html`<th scope="col">${title}</th>`);
  const sentences = (all: readonly string[]) => all.map((sentence) => html`<p>${sentence}</p>`);
  const rows = verdicts.map(
    (
      each,
      index,
    ) => html`<tr id="claim-${index + 1}"><th scope="row"><p>${index + 1}. ${each.statement}</p><p class="source">${each.source}</p><p class="criterion">${pageText.verdicts.rule} ${each.rule}</p></th>
<td class="outcome ${slug(each.outcome)}">${each.outcome}</td><td>${sentences(each.measured)}</td><td>${sentences(each.conditions)}</td>
<td>${each.shown.map(({ text, href }) => html`<p><a href="${href}">${text}</a></p>`)}</td></tr>\n`,
  );
  return scrolling(
    caption,
    html`<table class="verdicts"><caption><span>${caption}</span></caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows}</tbody></table>`,
  );
}

function warnings(all: readonly string[]): Html {
  if (all.length === 0) return html``;
  return html`<aside class="warnings" aria-labelledby="warnings"><h3 id="warnings">${pageText.warnings}</h3>
<ul>${all.map((warning) => html`<li>${warning}</li>`)}</ul></aside>\n`;
}

function table({ caption, columns, rows, notes = [], warnings: cautions = [] }: ReportTable): Html {
  const kindClass = (column: ReportColumn) => (column.kind === "number" ? html` class="number"` : html``);
  const head = columns.map((column) => html`<th scope="col"${kindClass(column)}>${column.title}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, index) => {
        const column = columns[index];
        return column.isHeader === true
          ? html`<th scope="row"${cell.length > unbrokenLength ? html` class="long-name"` : kindClass(column)}>${cell}</th>`
          : html`<td${kindClass(column)}>${cell}</td>`;
      })}</tr>\n`,
  );
  return html`${scrolling(
    caption,
    html`<table${rows.length > longTable ? html` class="long"` : html``}><caption><span>${caption}</span></caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table>`,
  )}
${notes.length === 0 ? html`` : html`<p class="rule">${notes.join(" ")}</p>\n`}${cautions.map(
  (caution) => html`<p class="caution">${pageText.caution} ${caution}</p>\n`,
)}${meanings(columns)}`;
}

/** Characters beyond which the name of a row may break into lines. */
const unbrokenLength = 32;

/** Rows beyond which a table scrolls by itself. */
const longTable = 24;

function meanings(columns: readonly ReportColumn[]): Html {
  const entries = columns
    .filter(({ meaning }) => meaning !== "")
    .map(({ title, meaning }) => html`<dt>${title}</dt><dd>${meaning}</dd>`);
  if (entries.length === 0) return html``;
  return html`<details><summary>${pageText.meanings}</summary><dl class="meanings">${entries}</dl></details>\n`;
}

/** What may be wider than the page scrolls by itself, also from the keyboard. */
function scrolling(label: string, content: Html): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">${content}</div>`;
}

/** Characters of a text beyond which the page does not carry it: it lies in the report's folder. */
const carriedLength = 400_000;

/** The title is seen in the drawing and heard in the heading. */
function figureBlock({ figure, svg, csv, estimates }: ReportFigure, index: number): Html {
  const specification = specificationText(figure.specification);
  const { drawing, data, centres, recipe, question } = pageText.downloads;
  const files: readonly [words: string, extension: string, mediaType: string, text: string | undefined][] = [
    [drawing, "svg", "image/svg+xml", svg],
    [data, "csv", "text/csv", csv],
    [centres, "estimates.csv", "text/csv", estimates],
    [recipe, "vl.json", "application/json", specification],
    [question, "sql", "application/sql", figure.query],
  ];
  const links = files.flatMap(([words, extension, mediaType, text]) => {
    if (text === undefined) return [];
    const name = `${figure.name}.${extension}`;
    if (text.length > carriedLength) return [html`<li>${words}: ${pageText.besidePage} ${name}</li>\n`];
    return [html`<li><a download="${name}" href='${dataUri(mediaType, text)}'>${words}</a></li>\n`];
  });
  const shown =
    specification.length > carriedLength
      ? html``
      : html`<details><summary>${pageText.specification}</summary><p>${pageText.specificationNote}</p>
<pre tabindex="0"><code>${textHtml(specification)}</code></pre></details>
`;
  const asked =
    figure.query === undefined
      ? html``
      : html`<details><summary>${pageText.query}</summary><p>${pageText.queryNote}${figure.queryNote === undefined ? "" : ` ${figure.queryNote}`}</p>
<pre tabindex="0"><code>${textHtml(figure.query)}</code></pre></details>
`;
  return html`<figure id="${figure.name}" aria-labelledby="${figure.name}-title">
<h3 id="${figure.name}-title">Figure ${index + 1}<span class="heard">. ${figure.title}</span></h3>
<div class="card" role="region" aria-label="${pageText.drawing} ${index + 1}" tabindex="0">${trustedHtml(svg)}</div>
<figcaption>${figure.caption}</figcaption>
<ul class="downloads">
${links}</ul>
${shown}${asked}</figure>
`;
}

function prose({ title, paragraphs, code }: ReportSection): Html {
  const file = code === undefined ? html`` : html`<pre tabindex="0"><code>${textHtml(code)}</code></pre>\n`;
  return html`<h3>${title}</h3>\n${paragraphs.map((paragraph) => html`<p>${paragraph}</p>\n`)}${file}`;
}

function settings(all: readonly Setting[]): Html {
  if (all.length === 0) return html``;
  const { scope, name, value, origin } = pageText.settingsColumns;
  const column = (title: string, isHeader: boolean): ReportColumn => ({ title, meaning: "", kind: "text", isHeader });
  return html`<h3>${pageText.settings}</h3>
${table({
  caption: pageText.settingsCaption,
  columns: [column(scope, true), column(name, true), column(value, false), column(origin, false)],
  rows: all.map((setting) => [setting.scope, setting.name, setting.value, originText[setting.origin]]),
})}`;
}

function reproduction({ command, facts, files }: Report): Html {
  const listed = facts.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`);
  const beside = files.map(({ name, meaning }) => html`<dt>${name}</dt><dd>${meaning}</dd>`);
  return html`<pre tabindex="0"><code>${command}</code></pre>
<p>${pageText.reproduceNote}</p>
<h3>${pageText.facts}</h3>
<dl class="facts">${listed}</dl>
${files.length === 0 ? html`` : html`<h3>${pageText.files}</h3>\n<dl class="facts">${beside}</dl>`}`;
}

function references(report: Report): Html {
  const items = report.references.map(({ key, text, url }) => {
    const link = url === undefined ? html`` : html` <a href="${url}" rel="noreferrer">${url}</a>`;
    return html`<li id="reference-${key}">${text}${link}</li>\n`;
  });
  return html`<ol>\n${items}</ol>`;
}
