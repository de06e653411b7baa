/** Every sentence of a report that does not depend on its numbers. */

export const pageText = {
  skip: "Skip to the content",
  contents: "Contents",
  answer: "Answer",
  verdicts: {
    caption: "What was claimed, and what was found here",
    claim: "Claim",
    verdict: "Verdict",
    measured: "Measured",
    conditions: "Where, and where not",
    rule: "Criterion:",
    shown: "Shown in",
  },
  warnings: "Read this first",
  results: "Results",
  meanings: "What the columns mean",
  figures: "Figures",
  drawing: "Drawing of figure",
  specification: "Specification and data of this figure",
  specificationNote:
    "The Vega-Lite specification holds the data and draws this figure in any Vega-Lite tool, for example the online editor or Altair.",
  query: "Query that gives the data of this figure",
  queryNote:
    'SQL over the results of the study. Saved as figure.sql: noisy-rnn query "$(cat figure.sql)" --study STUDY, with its file or folder.',
  besidePage: "too large for this page, in its folder as",
  caution: "Warning:",
  downloads: {
    drawing: "Save drawing (SVG)",
    data: "Save data (CSV)",
    centres: "Save estimates (CSV)",
    recipe: "Save specification (Vega-Lite)",
    question: "Save query (SQL)",
  },
  method: "Method",
  settings: "Settings",
  settingsCaption: "What was set, and where the value comes from",
  settingsColumns: { scope: "For", name: "Setting", value: "Value", origin: "Source of the value" },
  reproduce: "How to run this again",
  reproduceNote:
    "The same commands with the same version give the same numbers to the last bit on the same back end, for any number of workers.",
  facts: "How it was made",
  references: "References",
  files: "Beside this page",
  footer: "Made by noisy-rnn. This page holds everything it shows and loads nothing from anywhere.",
} as const;

export const originText = {
  paper: "the paper",
  review: "a public review of version 1 of the paper",
  data: "the data set",
  ours: "our choice",
} as const;
