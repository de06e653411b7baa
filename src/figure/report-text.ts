/** Every sentence of a report that does not depend on its numbers. */

import type { Outcome } from "./report.ts";

export const pageText = {
  skip: "Skip to the content",
  contents: "Contents",
  answer: "Answer",
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

export const outcomeText: Readonly<Record<Outcome, string>> = {
  agrees: "As reported",
  disagrees: "Not as reported",
  undecided: "Undecided",
};

export const originText = {
  paper: "the paper",
  review: "a public review of version 1 of the paper",
  data: "the data set",
  ours: "our choice",
} as const;

export const preferenceText = {
  title: "Do recurrent networks prefer the noise they were trained with?",
  question:
    "Noise is usually added in training so that a network works better without it. Eckstein and Srinivasan (2026) report the " +
    "opposite for noise inside the activation function: such networks often do best at test with noise, near its level in " +
    "training, and worse when it is taken away. Here networks are trained with noise inside and outside the activation, and " +
    "each is tested at many noise intensities.",
  columns: {
    site: {
      title: "Noise",
      meaning: "Where noise enters: inside, added before the activation; outside, added after it.",
    },
    network: { title: "Network", meaning: "The recurrent cell and its activation function." },
    trainIntensity: {
      title: "Intensity in training",
      meaning:
        "Standard deviation of the Gaussian noise that every unit receives afresh at every step of training. It is not rescaled with the step size.",
    },
    seeds: { title: "Seeds", meaning: "How many networks were trained from different random numbers." },
    preferred: {
      title: "Preferred intensity (95 % interval)",
      meaning:
        "The intensity at test at which the mean loss over seeds is lowest, by a fitted optimum, with its bootstrap interval over seeds; for a single seed, over the noise draws of that one network.",
    },
    lossAtZero: {
      title: "Loss without noise",
      meaning: "Test loss with all noise taken away, mean over seeds.",
    },
    lossAtTraining: {
      title: "Loss at training noise",
      meaning: "Test loss at the intensity of training, mean over seeds.",
    },
    lossAtPreferred: {
      title: "Lowest loss",
      meaning:
        "Test loss, mean over seeds, at the best of the tested intensities. The preferred intensity may lie between two of them.",
    },
    ratio: {
      title: "Ratio",
      meaning: "Mean loss without noise divided by the lowest mean loss: 1 means that noise at test is of no use.",
    },
    accuracyAtZero: {
      title: "Accuracy without noise",
      meaning: "Share of right answers with all noise taken away, mean over seeds.",
    },
    accuracyAtTraining: {
      title: "Accuracy at training noise",
      meaning: "Share of right answers at the intensity of training, mean over seeds.",
    },
    verdict: {
      title: "Verdict",
      meaning:
        "Which noise the networks prefer, by the interval and by a paired test of the loss (noise: p below 0.025; silence: below 0.05). Undecided where these do not settle it, and always with fewer than three seeds.",
    },
  },
  rule:
    "How a box is decided: by the verdicts of the table. A claim about enough noise is decided by the largest intensity in " +
    "training, because the paper gives no number; it names the intensities at which it holds, and the smaller ones may " +
    "contradict it. The other claims hold only if every intensity in training agrees. One verdict to the contrary among " +
    "those that decide makes it not as reported; anything else leaves it undecided.",
  method: [
    {
      title: "What was trained",
      paragraphs: [
        "The network is a continuous-time recurrent network in steps of alpha = dt / tau: h' = (1 - alpha) h + alpha r, with the rate " +
          "r = f(W h + U u + b + noise) for noise inside the activation f, and r = f(W h + U u + b) + noise for noise outside. " +
          "The output is a linear readout of h. One network is trained per task, noise site, training intensity and seed, with the " +
          "same updates for all, by back-propagation through time; the noise is drawn afresh for every trial.",
      ],
    },
    {
      title: "What was measured",
      paragraphs: [
        "After training the weights are fixed. Each network is tested on the same trials at a grid of noise intensities, from none " +
          "to beyond its training intensity, with repeated noise draws. The lowest point of that curve is its preferred intensity. " +
          "Networks that did not reach finite numbers are counted in the warnings and left out, not replaced.",
      ],
    },
    {
      title: "What comes from the paper, and what does not",
      paragraphs: [
        "The question, the two noise sites and the claim are the paper's. The equations of the network come from a public review " +
          "of the paper's first version. Its hyper-parameters were not at hand, so network sizes, " +
          "durations, learning rates, noise levels and numbers of updates are our choices; the settings below mark each. " +
          "No number on this page is a number of the paper. Where results differ from its claims, this may be due to these choices.",
      ],
    },
  ],
} as const;
