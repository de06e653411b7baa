/** How accuracy and loss of a trained network fall with the strength of perturbations of its input. */
import { checkFit } from "../train/batches.ts";
import { losses } from "../train/losses/registry.ts";
import { evaluationStream, isSilent } from "../train/score.ts";
import type { VictimSetting } from "./attacks/victim.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import { measuredCurves } from "./robustness/curves.ts";
import { smoothingFindings } from "./robustness/smoothing.ts";
import { askedFor, positiveList, strengthOptions } from "./robustness/strengths.ts";
import { choiceOf, noiseKeys, perturbedTrials, rangeOf, streams } from "./robustness/subject.ts";
import { curveFindings } from "./robustness/tables.ts";
import { underWay } from "./under-way.ts";

const name = "robustness";
const levels = ["zero", "trained"] as const;
const clippings = ["none", "data"] as const;

/**
 * Accuracy and loss on test trials whose inputs are perturbed, against the strength, with the area under the curve.
 *
 * Perturbations are those of `perturbations`; the strengths of each are an option under its name in camelCase. Draws are
 * functions of (seed, repeat, trial, step, channel): the same at every strength. Attacks see the network as it is
 * evaluated; where that is with noise, they take the mean over `attackDraws` noise draws (athalye2018), none of which is
 * used for evaluation. Randomised smoothing certifies l2 radii for class targets (cohen2019).
 *
 * Cost: trials times the sum over perturbations of their strengths, times repeats for what is random; an attack takes
 * attackSteps passes with gradients per strength and restart, times attackDraws under noise.
 */
export const robustness: NetworkAnalysis = {
  name,
  summary: "How do accuracy and loss fall with the strength of noise, occlusion, jitter and attacks on the input?",
  references: ["lim2021", "goodfellow2015", "madry2018", "moosavi2016", "athalye2018", "cohen2019"],
  options: {
    trials: { type: "number", default: 100, from: 1, integer: true, remedy: "how many test trials" },
    repeats: {
      type: "number",
      default: 4,
      from: 1,
      integer: true,
      remedy: "draws per trial of random perturbations and of the network's noise",
    },
    level: { type: "text", default: "zero", remedy: "noise of the network at test: zero or trained" },
    clip: { type: "text", default: "none", remedy: "none, or data for the range of the clean trials" },
    ...strengthOptions(),
    attackSteps: { type: "number", default: 10, from: 1, integer: true, remedy: "steps of PGD and DeepFool" },
    restarts: { type: "number", default: 2, from: 1, integer: true, remedy: "runs of PGD at each strength" },
    attackDraws: {
      type: "number",
      default: 8,
      from: 1,
      integer: true,
      remedy: "noise draws that an attack averages over where the network is noisy",
    },
    smoothing: {
      type: "text",
      default: "0.25, 0.5",
      remedy: "standard deviations of the input noise of randomised smoothing, or null to leave it out",
    },
    smoothingTrials: { type: "number", default: 25, from: 1, integer: true, remedy: "how many test trials to certify" },
    smoothingSelection: { type: "number", default: 50, from: 1, integer: true, remedy: "draws that choose the class" },
    smoothingDraws: {
      type: "number",
      default: 500,
      from: 1,
      integer: true,
      remedy: "draws that bound its probability",
    },
    smoothingFailure: {
      type: "number",
      default: 0.001,
      above: 0,
      below: 0.5,
      remedy: "probability that a certificate is wrong; 0.001 is the default",
    },
  },
  passes: ({ trials, repeats, attackSteps, restarts, smoothingTrials, smoothingSelection, smoothingDraws }) =>
    (trials as number) * (24 * (repeats as number) + 30 * (attackSteps as number) * (restarts as number)) +
    2 * (smoothingTrials as number) * ((smoothingSelection as number) + (smoothingDraws as number)),
  run,
};

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, task, weights, seed, options } = call;
  checkFit(network, task);
  const loss = losses.get(call.loss ?? task.loss);
  const level = choiceOf(name, "level", options.level, levels);
  const isClipped = choiceOf(name, "clip", options.clip, clippings) === "data";
  const hasClasses = loss.target === "classes";
  const every = askedFor(name, options);
  const asked = every.filter(({ perturbation }) => hasClasses || !perturbation.needsClasses);
  const deviations = positiveList(`${name}, smoothing`, options.smoothing);
  const isSmoothed = hasClasses && deviations.length > 0;
  const batches = perturbedTrials(name, call, options.trials as number);
  const range = rangeOf(batches);
  const silent = isSilent(network, level);
  const repeats = options.repeats as number;
  const kernel = await network.kernel({
    precision: "float64",
    backend: call.kernel.backend,
    threads: call.kernel.threads,
  });
  try {
    const base = { network, kernel, weights, loss, judge: task.judge, level };
    const evaluated = (repeat: number): VictimSetting => ({
      ...base,
      keys: [{ seed, stream: evaluationStream("test", repeat) }],
    });
    const curvesShare = isSmoothed ? 0.7 : 1;
    const measured = measuredCurves({
      attacked: { ...base, keys: noiseKeys(seed, options.attackDraws as number, silent, streams.attackNoise) },
      evaluated,
      batches,
      asked,
      range,
      isClipped,
      repeats,
      isSilent: silent,
      seed,
      steps: options.attackSteps as number,
      restarts: options.restarts as number,
      onStep: (share, what) => underWay(call, curvesShare * share, what),
    });
    const { numbers, tables } = curveFindings(measured);
    const smoothed = isSmoothed
      ? smoothingFindings({
          smoothed: (key) => ({ ...base, keys: [key] }),
          batches: perturbedTrials(name, call, options.smoothingTrials as number),
          deviations,
          selection: options.smoothingSelection as number,
          draws: options.smoothingDraws as number,
          failure: options.smoothingFailure as number,
          seed,
          onStep: (share) => underWay(call, curvesShare + (1 - curvesShare) * share, "randomised smoothing"),
        })
      : { numbers: [], tables: [] };
    const isKnown = measured.curves.every(({ points }) => points.every((point) => point.losses.every(Number.isFinite)));
    return {
      numbers: [...numbers, ...smoothed.numbers],
      tables: [...tables, ...smoothed.tables],
      sentences: [
        `${measured.trialWeights.length} test trials with inputs from ${range.low} to ${range.high}; perturbed inputs are ${isClipped ? "clipped to that range" : "not clipped"}.`,
        silent
          ? "The network is evaluated without noise."
          : `The network is evaluated at its training noise, ${repeats} draws per trial.`,
      ],
      warnings: [
        ...every
          .filter(({ perturbation }) => !asked.some((one) => one.perturbation === perturbation))
          .map(
            ({ perturbation }) =>
              `${perturbation.name} needs classes and was left out: the task has values as targets.`,
          ),
        ...(deviations.length > 0 && !isSmoothed ? ["Randomised smoothing needs classes and was left out."] : []),
        ...(isKnown
          ? []
          : ["Under some perturbation the outputs of some trials are not finite; such losses are not known."]),
      ],
    };
  } finally {
    kernel.close();
  }
}
