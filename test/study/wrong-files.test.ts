/** What happens to wrong study files: every issue at once, each with its place, the value received and what to do. */
import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../scripts/tools/folders.mjs";
import { cells } from "../../src/cell/cells/registry.ts";
import { SpecError } from "../../src/core/errors.ts";
import { nearestName } from "../../src/core/registry.ts";
import { packageStudyList, readPlan } from "../../src/platform/node/study-files.ts";
import { studyAnalyses } from "../../src/study/analyses/registry.ts";
import { studyFigures } from "../../src/study/figures/registry.ts";
import { taskLoader } from "../../src/study/tasks.ts";
import { tasks } from "../../src/task/registry.ts";
import { noResources } from "../helpers/study-files.ts";

const packageStudies = (await packageStudyList()).map(({ name }) => name);
const folder = relative(process.cwd(), join(root, "test", "study", "wrong"));

/** File, what is wrong with it, every issue. */
const wrong: readonly (readonly [file: string, title: string, issues: readonly string[]])[] = [
  [
    "unknown-keys.yaml",
    "unknown keys, and words of other programs",
    [
      'sedes: no key is named "sedes"; did you mean "seeds"? known: name, question, extends, preset, task, network, training, evaluation, precision, axes, seeds, optionalTasks, analyses, figures, expected, references',
      'training.steps: no option is named "steps"; did you mean "updates"? known: updates, batchSize, learningRate, warmUp, weightDecay, activity, keepBest, historyEvery, loss, optimiser, learningRates, schedule, clipNorm, clipValue, regulariser, validation, earlyStopping',
      'training.lr: no option is named "lr"; did you mean "learningRate"? known: updates, batchSize, learningRate, warmUp, weightDecay, activity, keepBest, historyEvery, loss, optimiser, learningRates, schedule, clipNorm, clipValue, regulariser, validation, earlyStopping',
      'network.hidden: no part of a network is named "hidden"; did you mean "hiddenSize"? known: cell, inputSize, hiddenSize, outputSize, settings, scheme, durations, noise, parametrisations, initialisers, readout',
    ],
  ],
  [
    "wrong-types.yaml",
    "values of the wrong type",
    [
      "task: must be a text or an object, got 7; for example function-approximation; noisy-rnn list tasks shows all",
      'network: must be an object, got ["ctrnn"]; for example { cell: ctrnn, hiddenSize: 64 }',
      "evaluation.repeats: must be >= 1, got 0; noise draws per trial, 16 is the default",
      'precision: must be "float32" or "float64", got "half"; float32 is the default',
      "seeds: must be >= 1, got -1; how many, or which: 5 is [0, 1, 2, 3, 4]",
      'references: must be a list, got "eckstein2026"; keys of docs/references.bib, or free text',
      'training.updates: must be an integer in [0, infinity), got "many"; 2000 suits the smallest tasks',
    ],
  ],
  [
    "missing-task.yaml",
    "no task, and a name with a space",
    [
      'name: must be of the form /^[a-z0-9][a-z0-9-]*$/, got "Missing Task"; small letters, digits and hyphens; the default is the file\'s name',
      "task: must be a text or an object, got nothing; for example function-approximation; noisy-rnn list tasks shows all",
    ],
  ],
  [
    "unknown-names.yaml",
    "unknown task, cell, analysis and figure",
    [
      `analyses[0].name: no study analysis is named "preferences"; did you mean "preference"? known: ${studyAnalyses.names.join(", ")}`,
      `figures[0].name: no figure is named "preference-curve"; did you mean "preference-curves"? known: ${studyFigures.names.join(", ")}`,
      'figures[1].bands: no key is named "bands"; known: where',
      `task: no task is named "function-aproximation"; did you mean "function-approximation"? known: ${tasks.names.join(", ")}`,
      `network.cell: no cell is named "ctrn"; did you mean "ctrnn"? known: ${cells.names.join(", ")}`,
    ],
  ],
  [
    "unknown-paths.yaml",
    "axes of unknown paths",
    [
      'axes.hidenSize: must lead into preset, task, network, training, evaluation, precision, got "hidenSize"; did you mean "hiddenSize"? for example noise.intensity, hiddenSize, settings.alpha or training.learningRate',
      'axes.seed: must lead into preset, task, network, training, evaluation, precision, got "seed"; seeds have a key of their own: seeds: 5',
      'axes.training.steps: no option is named "steps"; did you mean "updates"? known: updates, batchSize, learningRate, warmUp, weightDecay, activity, keepBest, historyEvery, loss, optimiser, learningRates, schedule, clipNorm, clipValue, regulariser, validation, earlyStopping',
      "network.noise[0].intensity: must be a number >= 0, got nothing; 0 declares a source that is silent unless an evaluation asks for it",
      "network.noise[1].site: is missing, and a noise source needs one; for example site: inside; known: inside, outside, input, weight, weight:wRec, weight:wIn, update, state-multiplicative, state",
    ],
  ],
  [
    "unequal-zip.yaml",
    "a zip of unequal length, and values that are none",
    [
      "axes.zip: pairs values, so all its axes need as many, got hiddenSize 3, training.learningRate 2; give each the same number, or move one out of zip to combine it with all",
      "axes.noise.intensity.range: must be [from, to, step] with a step that leads from the one to the other in less than 1000000 steps, got [0,1,-0.25]; for example [0, 1, 0.25] for 0, 0.25, 0.5, 0.75, 1",
      "axes.settings.alpha.logspace: must be [from, to, count] with ends above 0 and a count of at least 2, got [0,1,3]; for example [0.001, 0.1, 3] for 0.001, 0.01, 0.1",
      'axes.noise.site: must be values, got "inside"; write a list, or one of { choice: [0.1, 0.5] }, { range: [from, to, step] }, { logspace: [from, to, count] }',
    ],
  ],
  [
    "clashing-axes.yaml",
    "axes that set the same",
    [
      "axes.settings.alpha: seed is a column of all results; name another, for example as: myColumn",
      "axes.training.warmUp: the column rate is that of training.learningRate, and training.warmUp needs one of its own; give one of them a name, for example { choice: [...], as: myColumn }",
      "axes.task: replaces task.stepCount, which axes.product[1].task.stepCount has set before; put it before that one",
      "axes.product[0].network.noise.0.intensity: sets network.noise.0.intensity, which axes.noise.intensity has set before; drop one of them, or put them into members of a union",
    ],
  ],
  [
    "some-conditions.yaml",
    "values that are wrong in some conditions only",
    [
      "axes.settings.alpha: must lie in (0, 1], got 1.5 (in 6 of 12 conditions, first in law gaussian, trainIntensity 0.5, alpha 1.5); alpha is dt / tau, so lower dt or raise tau",
      "axes.noise.intensity: must be a number >= 0, got -1 (in 4 of 12 conditions, first in law gaussian, trainIntensity -1, alpha 0.2); 0 declares a source that is silent unless an evaluation asks for it",
      "axes.noise.intensity: of bernoulli must lie in [0, 1), got 1 (in 2 of 12 conditions, first in law bernoulli, trainIntensity 1, alpha 0.2); it is a probability",
    ],
  ],
  [
    "wrong-conditions.yaml",
    "conditions that cannot hold",
    [
      'axes.training.learningRate.when.site: must say what holds, got {"than":3}; write a value, a list of values, { not: value } or { above: 0 } (above, from, below, to)',
      "axes.noise.law.when.site: network.noise.0.site is set by an axis that comes later; put that axis before this one",
      'axes.noise.intensity.when.site: no value of network.noise.0.site is "insde"; did you mean inside? its values are inside, outside',
      "axes.settings.alpha.when.cell: nothing in the file sets network.cell; set it in the file, or make it an axis",
    ],
  ],
  [
    "wrong-expectations.yaml",
    "expectations of rows and columns that there are not",
    [
      'expected[0].where.site: no value of the axis site is "insde"; did you mean inside? its values are inside, outside',
      'expected[1].column: no column of the table preference is named "preferedIntensity"; did you mean "preferredIntensity"? known: site, trainIntensity, task, cell, hiddenSize, law, activation, seeds, resampled, preferredIntensity, preferredLow, preferredHigh, isAtUpperEnd, preferenceIndex, lossAtZero, lossAtTraining, lossAtPreferred, preferenceRatio, preferenceRatioLow, preferenceRatioHigh, accuracyAtZero, accuracyAtTraining, accuracyAtPreferred, aboveZeroP, aboveZeroShare, isCloseToTraining, closeToTrainingShare, predictedIndex, verdict',
      'expected[1].where.sites: no column of the table preference is named "sites"; did you mean "site"? known: site, trainIntensity, task, cell, hiddenSize, law, activation, seeds, resampled, preferredIntensity, preferredLow, preferredHigh, isAtUpperEnd, preferenceIndex, lossAtZero, lossAtTraining, lossAtPreferred, preferenceRatio, preferenceRatioLow, preferenceRatioHigh, accuracyAtZero, accuracyAtTraining, accuracyAtPreferred, aboveZeroP, aboveZeroShare, isCloseToTraining, closeToTrainingShare, predictedIndex, verdict',
      'expected[2].analysis: no analysis of the study is named "summary"; known: preference',
      "expected[3]: value needs tolerance or relativeTolerance, got value 0.5 with neither; write value with tolerance or relativeTolerance, or equal, or min and max",
      "expected[4]: must have one rule, got equal and min and max; write value with tolerance or relativeTolerance, or equal, or min and max",
    ],
  ],
  [
    "impossible-conditions.yaml",
    "conditions on values that can never occur, also where the file sets the path too",
    [
      'axes.noise.law.when.site: no value of network.noise.0.site is "insid"; did you mean inside? its values are inside, outside',
      'axes.settings.alpha.when.cell: no value of network.cell is "gruu"; its values are ctrnn',
      'axes.training.learningRate.when.task: no value of task is "function-aproximation"; did you mean function-approximation? its values are function-approximation',
    ],
  ],
  [
    "equal-values.yaml",
    "values and seeds that are given twice, or are none",
    [
      'axes.cell: must give each value once, got "gru" 2 times; drop the others, or give them labels that differ',
      "axes.training.learningRate: must give each value once, got 0.001 2 times; drop the others, or give them labels that differ",
      "seeds[1]: must differ from the others, got 1 as seeds[0] has it; drop one of them",
      "seeds[2]: must be an integer >= 0, got 2.5; for example seeds: [3, 7]; seeds: 5 is [0, 1, 2, 3, 4]",
    ],
  ],
  [
    "misplaced-keys.yaml",
    "parts of the network beside it",
    [
      'hiddenSize: no key of a study is named "hiddenSize"; it is a part of the network: network: { hiddenSize: ... }, or network.hiddenSize=... on the command line',
      'cell: no key of a study is named "cell"; it is a part of the network: network: { cell: ... }, or network.cell=... on the command line',
    ],
  ],
  [
    "no-analyses.yaml",
    "expectations of a study that asks for no analyses",
    [
      'expected[0].analysis: no analysis of the study is named "preference"; the study asks for none; add analyses: [preference]',
      "expected[0]: value needs tolerance or relativeTolerance, got both; write value with tolerance or relativeTolerance, or equal, or min and max",
      'expected[1].analysis: no analysis of the study is named "sumary"; the study asks for none; add analyses: [summary]',
    ],
  ],
  [
    "unasked-findings.yaml",
    "figures and parts of findings that no run is asked for; what one value of an axis asks for will do",
    [
      'analyses[0].where: part must be the number of an analysis that a run is asked for, as in preference.preferenceIndex, got "controls.nope"; add it to evaluation: { analyses: ... }, which has preference, operating-point',
      'analyses[0].where: part must be the number of an analysis that a run is asked for, as in preference.preferenceIndex, got "index"; add it to evaluation: { analyses: ... }, which has preference, operating-point',
      "figures[2]: draws findings of landscape, which no run is asked for; add evaluation: { analyses: [landscape] }, or drop the figure",
    ],
  ],
  [
    "extends-itself.yaml",
    "a circle of extends",
    [
      "extends: must not lead back to itself, got extends-itself.yaml -> extends-back.yaml -> extends-itself.yaml; drop one of them",
      "training.updates: must be an integer in [0, infinity), got -1; 2000 suits the smallest tasks",
    ],
  ],
  [
    "extends-nothing.yaml",
    "extends of a study that there is not",
    [
      `extends: must be a file that can be read, got test/study/wrong/noise-preference (ENOENT); name a file beside this one, or a study of the package: ${packageStudies.join(", ")}; did you mean "${nearestName("noise-preference", packageStudies)}"?`,
    ],
  ],
  [
    "bad-syntax.yaml",
    "wrong YAML",
    [
      "line 3, column 1: Flow map in block collection must be sufficiently indented and end with a }; mend the YAML",
      "line 4, column 1: Map keys must be unique; mend the YAML",
    ],
  ],
  ["bad-syntax.toml", "wrong TOML", ["line 2, column 10: illegal character in key; mend the TOML"]],
];

describe("a wrong study file is answered with all its issues", () => {
  test.each(wrong)("%s: %s", async (file, _title, issues) => {
    const path = join(folder, file);
    const error: unknown = await readPlan(path, [], { loadTask: taskLoader(noResources), backend: "reference" }).catch(
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(SpecError);
    const count = issues.length === 1 ? "1 issue" : `${issues.length} issues`;
    const mend = issues.length === 1 ? "it" : "them";
    const lines = issues.map((issue) => `\n  ${issue}`).join("");
    expect((error as SpecError).message).toBe(`${path}: ${count} in the specification; mend ${mend}:${lines}`);
  });
});
