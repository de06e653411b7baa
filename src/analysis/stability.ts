/** What can be proved about the stability of a network, what is measured, and what noise does to both. */
import type { OptionRules } from "../core/options.ts";
import { stream } from "../core/random.ts";
import { checkFit } from "../train/batches.ts";
import { cellStates } from "./cell-states.ts";
import type { AnalysisCall, Findings, NetworkAnalysis } from "./contract.ts";
import { stepEquations } from "./dynamics/equations.ts";
import { streamDrive } from "./lyapunov/drives.ts";
import { spectrumOf } from "./lyapunov/exponents.ts";
import { frameGrowth } from "./lyapunov/growth.ts";
import { networkTangents } from "./lyapunov/network-tangents.ts";
import { localStability } from "./stability/local.ts";
import { cellStructure, type LevelStability, levelCertificate } from "./stability/proofs.ts";
import { stabilityFindings } from "./stability/tables.ts";
import { testLevels } from "./test-levels.ts";
import { underWay } from "./under-way.ts";

const name = "stability";

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
  samples: { type: "number", default: 32, from: 1, integer: true, remedy: "visited states whose Jacobians are taken" },
  starts: { type: "number", default: 16, from: 1, integer: true, remedy: "trajectories of the measured exponent" },
  transient: { type: "number", default: 200, from: 0, integer: true, remedy: "steps that are not looked at" },
  steps: { type: "number", default: 2000, from: 2, integer: true, remedy: "steps that are averaged over" },
  blocks: { type: "number", default: 20, from: 2, integer: true, remedy: "parts of the steps that errors come from" },
} as const satisfies OptionRules;

/** Most steps between two lengths taken of the one tangent: growth of 1e100 is far from overflow. */
const interval = 64;

/**
 * Bounds of the Lyapunov exponent for every trajectory, conditions of contraction, local numbers along trajectories,
 * and the measured exponent, over the noise.
 *
 *     phi + lambda_min(A_sym) - L_a sigma_max(W) <= Lambda <= psi + lambda_max(A_sym) + L_a sigma_max(W)
 *
 * A and W are read from the cell's equations: its linear part, and the matrices around activations of bounded slope.
 *
 * Accuracy: docs/analyses/stability.md. Cost: singular values of a few matrices, an eigenvalue decomposition per sample,
 * starts times (transient + steps) tangents per level. Source: section 4 of lim2021, derived anew; erichson2021.
 */
export const stability: NetworkAnalysis = {
  name,
  summary: "Is the network provably stable, how stable is it where it works, and what does noise do to that?",
  references: ["erichson2021", "lim2021", "lohmiller1998", "mao2007"],
  options,
  passes: ({ starts, transient, steps }) => (Number(starts) * 2 * (Number(transient) + Number(steps))) / 30,
  run,
};

async function run(call: AnalysisCall): Promise<Findings> {
  const { network, task, weights, seed, options: given } = call;
  checkFit(network, task);
  const number = (option: keyof typeof options): number => given[option] as number;
  const levels = testLevels(name, network, given.levels as string | null, given.site as string | null);
  const { backend, threads } = call.kernel;
  const kernel = await network.kernel({ precision: "float64", backend, threads });
  try {
    const subject = { network, kernel, weights, task, seed };
    underWay(call, 0, "Jacobians along trajectories");
    const local = localStability({ ...subject, samples: number("samples") });
    underWay(call, 0.2, "bounds");
    const equations = stepEquations(network, weights, "zero");
    const structure = cellStructure(network, equations, local.visited);
    const drive = streamDrive({
      ...subject,
      place: name,
      inputs: null,
      inputCount: 1,
      trials: 1,
      starts: number("starts"),
      transient: number("transient"),
      steps: number("steps"),
      blocks: number("blocks"),
    });
    const measured = levels.map((level, index): LevelStability => {
      const map = networkTangents({
        ...subject,
        level: level.level,
        key: { seed, stream: stream("tangent-noise", 4) },
        trials: Uint32Array.from(drive.labels, ({ start }) => start),
        input: drive.input,
      });
      const growth = frameGrowth({
        map,
        start: map.start(drive.initial),
        vectors: 1,
        transient: drive.transient,
        blockSteps: drive.blockSteps,
        blocks: drive.blocks,
        interval,
        key: { seed, stream: stream("tangent-noise", 1) },
        before: (share) => underWay(call, 0.3 + (0.7 * (index + share)) / levels.length, `noise ${level.value}`),
      });
      return {
        level: level.value,
        spectrum: spectrumOf(growth),
        proof: levelCertificate(network, structure, level.level),
      };
    });
    return stabilityFindings({
      structure,
      local,
      levels: measured,
      stateSize: cellStates(network).stateSize,
      timeStep: network.equations.timeStep,
      isClosedLoop: task.environment !== undefined,
    });
  } finally {
    kernel.close();
  }
}
