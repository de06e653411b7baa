import { CapabilityError } from "../../core/errors.ts";
import type { Weights } from "../../network/contract.ts";
import { fromCheckpoint } from "../../train/checkpoint.ts";
import { train } from "../../train/train.ts";
import type { AnalysisCall } from "../contract.ts";
import { underWay } from "../under-way.ts";

/** Weights on the way through a training. */
export interface TrainingPath {
  readonly points: readonly { readonly update: number; readonly weights: Weights }[];
  /** Whether the end has the bits of the weights that the analysis was called with. */
  readonly isReproduced: boolean;
}

/**
 * Trains again as the network was trained, and keeps its weights on the way.
 *
 * A training is a pure function of its call, so the path is the one that was gone, to the bit, when the kernel has the
 * precision, back end and instruction set of then.
 *
 * @param count how many points besides the beginning, >= 1
 * @throws CapabilityError when it is not known how the network was trained
 */
export async function trainingPath(place: string, call: AnalysisCall, count: number): Promise<TrainingPath> {
  const { network, kernel, task, training, seed } = call;
  if (training === undefined) {
    throw new CapabilityError({
      place,
      rule: "overTraining trains the network again, and how it was trained is not known",
      remedy: "analyse a run that noisy-rnn trained, or set overTraining to 0",
    });
  }
  const every = Math.max(1, Math.ceil(training.updates / count));
  const points = [{ update: 0, weights: network.initialWeights(seed) }];
  const { outcome, weights, best } = await train({
    network,
    kernel,
    task,
    seed,
    options: training,
    hooks: {
      checkpointEvery: every,
      onCheckpoint: (checkpoint) => {
        const { update, weights } = fromCheckpoint(checkpoint, checkpoint.meta.run);
        points.push({ update, weights });
      },
      onProgress: ({ update, updates }) => underWay(call, (0.9 * update) / updates, "training again"),
    },
  });
  if (points.at(-1)?.update !== outcome.update) points.push({ update: outcome.update, weights });
  return {
    points,
    isReproduced: equal(weights, call.weights) || (best !== undefined && equal(best.weights, call.weights)),
  };
}

function equal(left: Weights, right: Weights): boolean {
  return Object.entries(left).every(
    ([name, values]) =>
      values.length === right[name]?.length && (values as Float64Array).every((value, i) => value === right[name][i]),
  );
}
