/** How strongly states, outputs and the loss depend on what came before: do gradients vanish or explode? */
import type { OptionRules } from "../core/options.ts";
import { normals, stream } from "../core/random.ts";
import type { NetworkKernel, NoiseKey } from "../network/contract.ts";
import type { TrialBatch } from "../task/contract.ts";
import { checkFit, firstCountedStep, trialsOf } from "../train/batches.ts";
import type { Loss } from "../train/contract.ts";
import { losses } from "../train/losses/registry.ts";
import { evaluationStream } from "../train/score.ts";
import { cellStates } from "./cell-states.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import { batchNorms } from "./jacobians/norms.ts";
import { type Profile, profileOf } from "./jacobians/profile.ts";
import { stateKernel } from "./jacobians/state-kernel.ts";
import { jacobianFindings, type LevelJacobians } from "./jacobians/tables.ts";
import { trajectories } from "./jacobians/trajectory.ts";
import { spreadTrials } from "./spread-trials.ts";
import { type TestLevel, testLevels } from "./test-levels.ts";
import { underWay } from "./under-way.ts";

const name = "jacobians";

const options = {
  levels: {
    type: "text",
    default: null,
    remedy: 'noise levels between commas, for example "0, 0.5, 1"; by default without and with the training noise',
  },
  site: {
    type: "text",
    default: null,
    remedy: "the source whose intensity the levels are; by default levels are times the training noise",
  },
  trials: { type: "number", default: 16, from: 1, integer: true, remedy: "test trials; 16 is the default" },
  largestDense: {
    type: "number",
    default: 128,
    from: 0,
    integer: true,
    remedy: "most states whose Jacobians are carried whole; 128 is the default",
  },
  lags: {
    type: "number",
    default: 12,
    from: 1,
    integer: true,
    remedy: "distances from the end where there are more states; 12 is the default",
  },
  iterations: {
    type: "number",
    default: 60,
    from: 1,
    integer: true,
    remedy: "most power iterations for the input-output Jacobian; 60 is the default",
  },
} as const satisfies OptionRules;

/**
 * Norms of state-to-state products Phi_{M,m}, of the loss's gradient at every step and of the input-output Jacobian.
 *
 *     Phi_{M,m} = d h_M / d h_m = J_{M-1} ... J_m,   g_m = d loss / d h_m,   D = d (counted outputs) / d (whole input)
 *
 * M is the state after the last step that counts. Under noise the path of the draws is frozen: J_m is the derivative of
 * the noisy step, and the draws are those of the first repeat of an evaluation.
 *
 * Accuracy: docs/analyses/jacobians.md. Cost: `profileOf`, and `iterations` passes forward and back.
 * Source: pascanu2013 for the profile; section 3.1 of lim2021 bounds the margin by D.
 */
export const jacobians: NetworkAnalysis = {
  name,
  summary: "Do gradients vanish or explode over time, and how strongly do outputs depend on inputs?",
  references: ["lim2021", "pascanu2013"],
  options,
  passes: ({ trials, largestDense, iterations }) =>
    2 * Number(trials) * (Math.min(64, Number(largestDense)) + 3 * Number(iterations)),
  run,
};

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, task, seed, options: given } = call;
  checkFit(network, task);
  const loss = losses.get(call.loss ?? task.loss);
  const levels = testLevels(name, network, given.levels as string | null, given.site as string | null);
  const shown = spreadTrials(task, "test", given.trials as number);
  const groups = byEnd(task.batch("test", shown, seed)).map(({ end, trials: own }) => ({
    end,
    batch: task.batch("test", own, seed),
  }));
  const { backend, threads } = call.kernel;
  const kernel = await network.kernel({ precision: "float64", backend, threads });
  const states = await stateKernel(network, kernel.backend, threads);
  const { stateSize } = cellStates(network);
  try {
    const measured = levels.map((level, index): LevelJacobians => {
      const parts = groups.map(({ end, batch }, g) => {
        const share = (within: number): number => (index + (g + within) / groups.length) / levels.length;
        const before = (within: number): void => underWay(call, share(0.8 * within), `noise ${level.value}`);
        const key = { seed, stream: evaluationStream("test", 0) };
        const along = trajectories({ ...call, kernel, states, level: level.level, key, batch });
        const profile: Profile = profileOf({
          trajectories: along,
          end,
          lossGradient: lossGradient(loss, along.output, batch),
          largestDense: given.largestDense as number,
          lags: given.lags as number,
          key: { seed, stream: stream("tangent-noise", 0) },
          before,
        });
        const inputOutput = inputOutputNorms(call, kernel, level, batch, key, given.iterations as number);
        return { end, batch, profile, inputOutput };
      });
      return { level: level.value, parts };
    });
    return jacobianFindings(measured, {
      stateSize,
      isDense: stateSize <= (given.largestDense as number),
      isClosedLoop: task.environment !== undefined,
    });
  } finally {
    kernel.close();
    states.close();
  }
}

/** Trials sorted by the last step that counts. */
function byEnd({ batchSize, stepCount, mask, trials }: TrialBatch): { end: number; trials: Uint32Array }[] {
  const groups = new Map<number, number[]>();
  for (let b = 0; b < batchSize; b++) {
    let end = stepCount - 1;
    while (end > 0 && mask[b * stepCount + end] === 0) end--;
    groups.set(end, [...(groups.get(end) ?? []), trials[b]]);
  }
  return [...groups].map(([end, own]) => ({ end, trials: Uint32Array.from(own) }));
}

/** Gradient of each trial's own loss: that of the batch is a mean over trials. */
function lossGradient(loss: Loss, output: ArrayLike<number>, batch: TrialBatch): Float64Array {
  const doubles = Float64Array.from(output);
  const { weight, trialWeights } = loss.measure(doubles, batch);
  const gradient = Float64Array.from(loss.gradient(doubles, batch));
  const size = batch.stepCount * batch.outputSize;
  return gradient.map((value, k) => {
    const own = trialWeights[Math.floor(k / size)];
    return own > 0 ? (value * weight) / own : 0;
  });
}

/** Spectral norms of d (counted outputs) / d (input of all steps), one per trial, by power iteration. */
function inputOutputNorms(
  { network, weights, seed }: AnalysisCall,
  kernel: NetworkKernel,
  { level }: TestLevel,
  batch: TrialBatch,
  key: NoiseKey,
  iterations: number,
) {
  const { batchSize: count, stepCount, inputSize, outputSize, mask } = batch;
  const outputFrom = firstCountedStep(batch, network.spec.readout);
  const pass = { ...trialsOf(network, batch), weights, level, key, outputFrom };
  const counted = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from(values, (value, k) => (mask[Math.floor(k / outputSize)] > 0 ? value : 0));
  return batchNorms(
    (v) => counted(kernel.tangent(pass, { input: v }).outputTangent),
    (u) => Float64Array.from(kernel.forward(pass, true).backwardAll({ output: counted(u) }).input),
    {
      start: normals(new Float64Array(count * stepCount * inputSize), { seed, stream: stream("tangent-noise", 1) }),
      count,
      iterations,
      relative: 1e-6,
    },
  );
}
