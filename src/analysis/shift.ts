/** How noise shifts the states of a network, and what that does to the output when the noise is taken away. */
import { CapabilityError } from "../core/errors.ts";
import { checkFit } from "../train/batches.ts";
import { isSilent } from "../train/score.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import { silentDynamics } from "./dynamics/mean-dynamics.ts";
import { heldInputs } from "./fixed-points/inputs.ts";
import { meanOutputs } from "./shift/measured-bias.ts";
import { type MeanStates, type Places, restingPlaces, trialPlaces } from "./shift/places.ts";
import { type LevelStates, shiftFindings } from "./shift/tables.ts";
import { underWay } from "./under-way.ts";

const name = "shift";

/**
 * Shift of the mean state against the noise level, and the output bias that it predicts.
 *
 *     D(x) = <h> at x times the training noise - h without noise;   predicted bias = z(h without) - z(<h> at training)
 *     measured bias = mean output without noise - mean output at the training noise, on the task's trials
 *
 * The mean is taken three times: by Monte Carlo, by mean field (the step averaged over its own noise, iterated) and by
 * Gaussian closure. Where the task's inputs are constant, they are held until the network has settled; else the states
 * after the last counted step of the trials are compared. For a linear readout the predicted bias is wOut D.
 *
 * Cost: copies times (burnIn + steps) steps per input and level; the closure takes O(N^3) per step.
 */
export const shift: NetworkAnalysis = {
  name,
  summary: "How far does noise shift the states, and does that predict the output's bias when noise is taken away?",
  references: ["eckstein2026"],
  options: {
    inputCount: {
      type: "number",
      default: 11,
      from: 2,
      integer: true,
      remedy: "how many test trials; 11 is the default",
    },
    levels: {
      type: "number",
      default: 5,
      from: 1,
      integer: true,
      remedy: "noise levels above 0, up to the training noise",
    },
    copies: {
      type: "number",
      default: 400,
      from: 2,
      integer: true,
      remedy: "copies per input and level; 400 is the default",
    },
    burnIn: { type: "number", default: 300, from: 0, integer: true, remedy: "steps that are not looked at" },
    steps: { type: "number", default: 100, from: 2, integer: true, remedy: "steps that are averaged over" },
    repeats: {
      type: "number",
      default: 64,
      from: 2,
      integer: true,
      remedy: "noise draws per trial for the measured bias",
    },
    settle: { type: "boolean", default: true },
    closure: { type: "boolean", default: true },
  },
  passes: ({ inputCount, levels, copies, burnIn, steps }) =>
    ((inputCount as number) * (levels as number) * (copies as number) * ((burnIn as number) + (steps as number))) / 60,
  run,
};

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, task, weights, seed, options } = call;
  checkFit(network, task);
  if (isSilent(network, "trained")) {
    throw new CapabilityError({
      place: name,
      rule: "compares states with and without the training noise, got a network trained without noise",
      remedy: "analyse a network that was trained with noise",
    });
  }
  const shown = heldInputs(task, seed, { count: options.inputCount as number, step: -1, part: null });
  const isSettling = shown.areConstant && options.settle === true;
  // outputs are compared where the states are
  const held = isSettling ? shown : { ...shown, inputs: shown.inputs.map((one) => ({ ...one, window: [one.step] })) };
  const kernel = await network.kernel({
    precision: "float64",
    backend: call.kernel.backend,
    threads: call.kernel.threads,
  });
  try {
    const subject = { network, kernel, weights, seed, held, copies: options.copies as number };
    const places = isSettling
      ? restingPlaces(subject, options.burnIn as number, options.steps as number)
      : trialPlaces(subject);
    const refusals: string[] = [];
    const levels = Array.from({ length: options.levels as number }, (_, index): LevelStates => {
      const factor = (index + 1) / (options.levels as number);
      const level = { factor };
      const sampled = places.sampled(level, (share) =>
        underWay(call, (index + share) / (options.levels as number), `noise at ${factor.toPrecision(2)} of training`),
      );
      const meanField = attempted(() => places.meanField(level), refusals);
      const closure =
        options.closure === true
          ? attempted(() => places.closure(level, (meanField ?? sampled).mean), refusals)
          : undefined;
      return { factor, sampled, meanField, closure };
    });
    const { readout } = silentDynamics(network, weights);
    return shiftFindings(task, held, {
      isSettling,
      places,
      levels,
      readout,
      others: otherRests(places, levels[levels.length - 1].sampled, isSettling),
      silentOutputs: meanOutputs(subject, "zero", 1),
      noisyOutputs: meanOutputs(subject, "trained", options.repeats as number),
      refusals: [...new Set(refusals)],
    });
  } finally {
    kernel.close();
  }
}

/** What a cell refuses is said, and the rest goes on. */
function attempted(compute: () => MeanStates, refusals: string[]): MeanStates | undefined {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof CapabilityError)) throw error;
    refusals.push(error.message);
    return undefined;
  }
}

/** Places where the noise-free network comes to another rest from the mean noisy state than from 0. */
function otherRests({ silent, silentFrom, stateSize, count }: Places, noisy: MeanStates, isSettling: boolean): number {
  if (!isSettling) return 0;
  const { mean } = silentFrom(noisy.mean);
  const scale = Math.max(...silent.mean.map(Math.abs), 1e-300);
  return Array.from({ length: count }, (_, place) => place).filter((place) =>
    mean
      .subarray(place * stateSize, (place + 1) * stateSize)
      .some((value, i) => Math.abs(value - silent.mean[place * stateSize + i]) > 1e-3 * scale),
  ).length;
}
