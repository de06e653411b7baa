/** How far the inputs of a classifier may change before its decision does. */
import { CapabilityError } from "../core/errors.ts";
import type { TrialBatch } from "../task/contract.ts";
import { checkFit } from "../train/batches.ts";
import { losses } from "../train/losses/registry.ts";
import { isAhead } from "./attacks/decision.ts";
import { victimOf } from "./attacks/victim.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import { nearestChange } from "./margin/attack.ts";
import { decisionLipschitz, type StepGains, stepGains } from "./margin/lipschitz.ts";
import { type FirstOrder, firstOrder, jacobianNorms, mixtures } from "./margin/slopes.ts";
import { marginTables, type TrialMargin } from "./margin/tables.ts";
import { perturbedTrials, streams } from "./robustness/subject.ts";
import { underWay } from "./under-way.ts";

const name = "margin";

/**
 * Margins of test trials: the l2 norm of the smallest change of the input sequence that changes the decision.
 *
 *     certified     min_j gap_j / L_j, L_j a Lipschitz constant of z_y - z_j over all inputs: a lower bound
 *     sampled       gap / (sqrt 2 max ||D_x z||_2), the maximum over trials and points between them: no bound
 *     first order   min_j gap_j / ||grad_x (z_y - z_j)||_2 at the trial: no bound
 *     attack        the smallest change found by DeepFool and projected gradients: an upper bound
 *
 * Scores z are those that decide the trial, without noise. For one output, the log-odds of class 1, sqrt 2 is 1.
 *
 * Cost: passes with a gradient per class at samples + 1 points and at each of attackSteps linearisations; rounds times
 * restarts times attackSteps passes with one gradient.
 * Source: the form of the bounds sokolic2017; recurrent lim2021; DeepFool moosavi2016; PGD madry2018.
 */
export const margin: NetworkAnalysis = {
  name,
  summary: "How far may the input of a classifier change before its decision does?",
  references: ["sokolic2017", "lim2021", "moosavi2016", "madry2018"],
  options: {
    trials: { type: "number", default: 100, from: 1, integer: true, remedy: "how many test trials" },
    samples: {
      type: "number",
      default: 8,
      from: 0,
      integer: true,
      remedy: "points between trials at which the slope is measured, per trial",
    },
    attackSteps: { type: "number", default: 20, from: 1, integer: true, remedy: "steps of DeepFool and of PGD" },
    restarts: { type: "number", default: 1, from: 1, integer: true, remedy: "runs of PGD at each radius" },
    rounds: { type: "number", default: 5, from: 0, integer: true, remedy: "radii at which PGD looks for less" },
  },
  passes: ({ trials, samples, attackSteps, restarts, rounds }) =>
    (trials as number) *
    (10 * ((samples as number) + (attackSteps as number)) +
      3 * (rounds as number) * ((attackSteps as number) * (restarts as number) + 10)),
  run,
};

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, task, weights, seed, options } = call;
  checkFit(network, task);
  const loss = losses.get(call.loss ?? task.loss);
  if (loss.target !== "classes") {
    throw new CapabilityError({
      place: name,
      rule: `asks when a decision changes, got the task ${task.name} with values as targets`,
      remedy: "analyse a task with classes, or ask robustness, whose losses need none",
    });
  }
  const batches = perturbedTrials(name, call, options.trials as number);
  const gains = stepGains(network, weights, longest(batches), initialRange(batches));
  const kernel = await network.kernel({
    precision: "float64",
    backend: call.kernel.backend,
    threads: call.kernel.threads,
  });
  try {
    const setting = { network, kernel, weights, loss, level: "zero", keys: [{ seed, stream: 0 }] } as const;
    const samples = options.samples as number;
    const total = batches.reduce((sum, { batchSize }) => sum + batchSize, 0);
    const found: (Omit<TrialMargin, "sampled"> & { readonly gap: number })[] = [];
    let sampledNorm = 0;
    for (const batch of batches) {
      const at = (share: number): number => (found.length + share * batch.batchSize) / total;
      const victim = victimOf(setting, batch);
      underWay(call, at(0), "gradients");
      const slopes = victim.scoreSlopes(victim.clean);
      const orders = firstOrder(victim, slopes);
      sampledNorm = Math.max(sampledNorm, ...jacobianNorms(victim, slopes));
      for (let sample = 0; sample < samples; sample++) {
        underWay(call, at((0.3 * sample) / samples), "slopes between trials");
        const input = mixtures(victim, { seed, stream: streams.mixture(sample) });
        sampledNorm = Math.max(sampledNorm, ...jacobianNorms(victim, victim.scoreSlopes(input)));
      }
      underWay(call, at(0.3), "attacks");
      const { norms } = nearestChange(
        victim,
        Float64Array.from(orders, ({ margin: near }) => 2 * Math.abs(near)),
        {
          steps: options.attackSteps as number,
          restarts: options.restarts as number,
          rounds: options.rounds as number,
          key: (restart) => ({ seed, stream: streams.start(restart) }),
        },
      );
      const { classes } = victim.decision;
      for (const [row, order] of orders.entries()) {
        const isRight = isAhead(order.gaps, classes[row]);
        const known = <Value>(value: Value): Value | null => (isRight ? value : null);
        found.push({
          trial: batch.trials[row],
          truth: classes[row],
          isRight,
          gap: order.gap,
          rival: order.rival,
          certified: known(certifiedMargin(gains, batch, victim.decision.weights, row, classes[row], order)),
          firstOrder: known(order.margin),
          attack: known(norms[row] < Number.POSITIVE_INFINITY ? norms[row] : null),
        });
      }
    }
    const slope = (network.spec.outputSize === 1 ? 1 : Math.SQRT2) * sampledNorm;
    const margins = found.map((one): TrialMargin => ({ ...one, sampled: one.isRight ? one.gap / slope : null }));
    const { numbers, tables } = marginTables(margins);
    const isBounded = margins.every(({ isRight, certified }) => !isRight || certified !== null);
    return {
      numbers: [
        ...numbers,
        { name: "stateGain", meaning: "bound of ||dh'/dh||_2 of a step over all inputs", value: gains.state },
        { name: "inputGain", meaning: "bound of ||dh'/dx||_2 of a step over all inputs", value: gains.input },
        { name: "sampledNorm", meaning: "largest ||D_x z||_2 at the sampled points", value: sampledNorm },
      ],
      tables,
      sentences: [
        "Margins are l2 norms over the whole input sequence of a trial, of the network without noise.",
        "True margins lie between certified and attack. Certified uses products of bounds of the steps' Jacobian norms that hold for every input; sampled and first order are estimates and no bounds.",
      ],
      warnings: [
        ...(isBounded
          ? []
          : ["No bound of the slopes of this cell's equations over all inputs is known: nothing is certified."]),
        ...(margins.some(({ isRight, attack }) => isRight && attack === null)
          ? ["The attacks changed the decision of some trials nowhere; their upper bound is not known."]
          : []),
      ],
    };
  } finally {
    kernel.close();
  }
}

/** min over j of gap_j / L_j; null where no Lipschitz constant is known. */
function certifiedMargin(
  gains: StepGains,
  { stepCount, outputSize, lengths }: TrialBatch,
  decisionWeights: Float64Array,
  row: number,
  own: number,
  { gaps }: FirstOrder,
): number | null {
  const weights = decisionWeights.subarray(row * stepCount, (row + 1) * stepCount);
  let least = Number.POSITIVE_INFINITY;
  for (const [j, gap] of gaps.entries()) {
    if (j === own) continue;
    const direction = new Float64Array(outputSize);
    if (outputSize === 1) direction[0] = 1;
    else [direction[own], direction[j]] = [1, -1];
    const constant = decisionLipschitz(gains, gains.output(direction), weights, lengths?.[row] ?? stepCount);
    if (!(constant < Number.POSITIVE_INFINITY)) return null;
    least = Math.min(least, gap / constant);
  }
  return least;
}

function longest(batches: readonly TrialBatch[]): number {
  return batches.reduce((most, { stepCount }) => Math.max(most, stepCount), 0);
}

/** Least and greatest initial value of the first state. */
function initialRange(batches: readonly TrialBatch[]): readonly [number, number] {
  const values = batches.flatMap(({ initialState }) => [...(initialState ?? [0])]);
  return [Math.min(...values), Math.max(...values)];
}
