/** Whether the time step of a network is small enough: the network again at finer steps on the same Brownian paths. */
import { CapabilityError } from "../core/errors.ts";
import type { NoiseLevel } from "../network/contract.ts";
import { refinedKernel } from "../network/refinement.ts";
import { checkFit, trialsOf } from "../train/batches.ts";
import { losses } from "../train/losses/registry.ts";
import { evaluationStream } from "../train/score.ts";
import type { AnalysisCall, FindingRow, Findings, NetworkAnalysis } from "./contract.ts";
import { spreadTrials } from "./spread-trials.ts";
import { underWay } from "./under-way.ts";

const name = "time-step";

/**
 * Error of the step against the finest of several halvings, on the same paths.
 *
 *     error(k) = root mean square over trials, steps and channels of output at dt / 2^k - output at the finest step
 *
 * Readings are taken at the ends of the network's own steps. The order is the slope of log2 error over halvings, the
 * finest but one left out, since half its error is in what it is compared with.
 *
 * Cost: 2^(halvings + 1) passes of the trials in float64.
 */
export const timeStep: NetworkAnalysis = {
  name,
  summary: "Is the time step small enough? Outputs and loss at finer steps on the same Brownian paths.",
  references: ["kloeden1992"],
  options: {
    trials: { type: "number", default: 64, from: 1, integer: true, remedy: "trials of the test split" },
    halvings: {
      type: "number",
      default: 4,
      from: 3,
      to: 10,
      integer: true,
      remedy: "the finest step is dt / 2^halvings",
    },
  },
  passes: ({ trials, halvings }) => (trials as number) * 2 ** ((halvings as number) + 1),
  run,
};

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, task, weights, seed, options } = call;
  checkFit(network, task);
  if (task.environment !== undefined) {
    throw new CapabilityError({
      place: name,
      rule: `holds the inputs of the network's own steps, and ${task.name} makes them from its outputs`,
      remedy: "analyse it on an open task with --task",
    });
  }
  const halvings = options.halvings as number;
  const batch = task.batch("test", spreadTrials(task, "test", options.trials as number), seed);
  const loss = losses.get(call.loss ?? task.loss);
  const unlike = [
    ...new Set(network.noise.filter(({ motion }) => motion === undefined).map(({ source }) => source.site)),
  ];
  const level: NoiseLevel =
    unlike.length === 0 ? "trained" : { sites: Object.fromEntries(unlike.map((site) => [site, 0])) };

  const outputs: ArrayLike<number>[] = [];
  const measured: number[] = [];
  for (let k = 0; k <= halvings; k++) {
    underWay(call, (2 ** k - 1) / 2 ** (halvings + 1), `${2 ** k} steps for one`);
    const kernel = await refinedKernel(network, { precision: "float64", backend: call.kernel.backend, halvings: k });
    try {
      const key = { seed, stream: evaluationStream("test", 0) };
      const { output } = kernel.run({ ...trialsOf(network, batch), weights, level, key });
      outputs.push(output);
      measured.push(loss.measure(output, batch).value);
    } finally {
      kernel.close();
    }
  }
  const finest = outputs[halvings];
  const { mask, outputSize } = batch;
  const size = rootMeanSquare(finest, new Float64Array(finest.length), mask, outputSize);
  const errors = outputs.map((output) => rootMeanSquare(output, finest, mask, outputSize));
  const dt = network.equations.settings[network.equations.integration?.timeStep as string];
  const order = slope(errors.slice(0, halvings - 1));
  const change = measured[0] - measured[halvings];
  return {
    numbers: [
      { name: "outputError", meaning: `root mean square error of the output at the time step ${dt}`, value: errors[0] },
      {
        name: "relativeOutputError",
        meaning: "the same, as a share of the output's size",
        value: size > 0 ? errors[0] / size : null,
      },
      {
        name: "order",
        meaning: "order at which the error falls with the step",
        value: Number.isFinite(order) ? order : null,
      },
      { name: "lossChange", meaning: "loss at the time step minus loss at the finest step", value: change },
    ],
    tables: [
      {
        name: "steps",
        meaning: "Outputs at finer steps on the same paths, against the finest.",
        columns: [
          { name: "halvings", meaning: "how often the step is halved" },
          { name: "timeStep", meaning: "time step, in units of the time constant" },
          { name: "outputError", meaning: "root mean square distance from the output at the finest step" },
          { name: "loss", meaning: "loss of the trials" },
        ],
        rows: outputs.map(
          (_, k): FindingRow => ({ halvings: k, timeStep: dt / 2 ** k, outputError: errors[k], loss: measured[k] }),
        ),
      },
    ],
    sentences: [
      `At the step ${dt} outputs differ by ${percent(errors[0] / size)} of their size from those at ${dt / 2 ** halvings}, and the loss by ${short(change)} of ${short(measured[halvings])}.`,
    ],
    warnings: [
      ...(unlike.length > 0
        ? [`Noise that is no Brownian motion (${unlike.join(", ")}) has no finer path and was silent here.`]
        : []),
      ...(errors[0] > 0.1 * size
        ? ["The error is above a tenth of the output: the network is its time step's, not its equation's."]
        : []),
    ],
  };
}

/** Over the steps that count. */
function rootMeanSquare(a: ArrayLike<number>, b: ArrayLike<number>, mask: ArrayLike<number>, channels: number): number {
  let [total, count] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    if (mask[Math.floor(i / channels)] === 0) continue;
    total += (a[i] - b[i]) ** 2;
    count++;
  }
  return count === 0 ? 0 : Math.sqrt(total / count);
}

/** Of log2 error against halvings, least squares, times -1. */
function slope(errors: readonly number[]): number {
  const mean = (errors.length - 1) / 2;
  const spread = errors.reduce((sum, _, k) => sum + (k - mean) ** 2, 0);
  return -errors.reduce((sum, error, k) => sum + (k - mean) * Math.log2(error), 0) / spread;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
const percent = (share: number): string => `${short(100 * share)} %`;
