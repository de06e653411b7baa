/** Every sentence of a report that does not depend on its numbers. */

import type { Outcome } from "./report.ts";

export const pageText = {
  skip: "Skip to the answer",
  contents: "Contents",
  answer: "Answer",
  warnings: "Read this first",
  results: "Results",
  meanings: "What the columns mean",
  figures: "Figures",
  specification: "Specification and data of this figure",
  specificationNote:
    "The Vega-Lite specification holds the data and draws this figure in any Vega-Lite tool, for example the online editor or Altair.",
  downloads: { drawing: "Save drawing (SVG)", data: "Save data (CSV)", recipe: "Save specification (Vega-Lite)" },
  method: "Method",
  settings: "Settings",
  settingsCaption: "What was set, and where the value comes from",
  settingsColumns: { scope: "For", name: "Setting", value: "Value", origin: "Source of the value" },
  reproduce: "How to run this again",
  reproduceNote:
    "The same command with the same version gives the same numbers to the last bit on the same back end, for any number of workers.",
  facts: "This run",
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
        "The intensity at test at which the loss is lowest, by a fitted optimum over all seeds, with its bootstrap interval over seeds.",
    },
    lossAtZero: {
      title: "Loss without noise",
      meaning: "Test loss with all noise taken away, averaged as the analysis states.",
    },
    lossAtTraining: { title: "Loss at training noise", meaning: "Test loss at the intensity of training." },
    lossAtPreferred: { title: "Lowest loss", meaning: "Test loss at the preferred intensity." },
    ratio: {
      title: "Ratio",
      meaning: "Loss without noise divided by the lowest loss: 1 means that noise at test is of no use.",
    },
    accuracyAtZero: { title: "Accuracy without noise", meaning: "Share of right answers with all noise taken away." },
    accuracyAtTraining: {
      title: "Accuracy at training noise",
      meaning: "Share of right answers at the intensity of training.",
    },
    verdict: { title: "Verdict", meaning: "What this row says about the claim." },
  },
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
        "The question, the two noise sites and the claim are the paper's. Its hyper-parameters were not at hand, so network sizes, " +
          "durations, learning rates, noise levels and numbers of updates are our choices; the settings below mark each. " +
          "No number on this page is a number of the paper. Where results differ from its claims, this may be due to these choices.",
      ],
    },
  ],
} as const;
