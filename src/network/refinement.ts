/** A network at a shorter time step on the same Brownian paths. */
import { axisSize } from "../cell/axis.ts";
import { integralLeaf } from "../cell/dynamics.ts";
import { createGraph, type NodeId } from "../cell/graph.ts";
import { integralSite, type NoiseLeaf, type Program } from "../cell/program.ts";
import { CapabilityError, ParameterError } from "../core/errors.ts";
import { mostHalvings, pathStep } from "../core/random.ts";
import type { RealArray } from "../engine/contract.ts";
import { deviationSettings, type LeafNoise } from "../noise/sources.ts";
import type { Network, NetworkCall, NetworkKernelOptions } from "./contract.ts";
import { noiseAt } from "./noise-level.ts";
import { prepareProgram } from "./prepare.ts";

export interface RefinedPass {
  /** After the last part of each step, `[batch, time, outputSize]`. */
  readonly output: RealArray;
  /** At the ends of steps, `[batch, time + 1, size]` per state, index 0 = initial state. */
  readonly states: Readonly<Record<string, RealArray>>;
}

export interface RefinedKernel {
  /** As `forward` of the network's own kernel, with every step in 2^halvings parts and the input held over them. */
  run(call: Omit<NetworkCall, "firstStep" | "outputFrom">): RefinedPass;
  close(): void;
}

/**
 * A network that takes 2^halvings steps for one, on the Brownian paths that it draws at its own step.
 *
 * At 0 halvings it is the network itself. Differences between halvings are errors of the scheme and nothing else.
 *
 * Cost: 2^halvings forward passes, and their increments in memory, `batch * steps * units` each.
 *
 * @throws ParameterError for halvings out of range, CapabilityError for a cell that gives its step
 */
export async function refinedKernel(
  network: Network,
  options: NetworkKernelOptions & { readonly halvings: number },
): Promise<RefinedKernel> {
  const { equations, spec, noise } = network;
  const { integration, sizes, settings } = equations;
  const { halvings, precision, backend, ...others } = options;
  if (integration === undefined) {
    throw new CapabilityError({
      place: `cell ${spec.cell}`,
      rule: "gives its step, which has no finer one",
      remedy: "take a cell that gives a drift (noisy-rnn list cells)",
    });
  }
  if (!(Number.isInteger(halvings) && halvings >= 0 && halvings <= mostHalvings)) {
    throw new ParameterError({
      place: "halvings",
      rule: `must be an integer in 0..${mostHalvings}, got ${halvings}`,
      remedy: "3 halvings take 8 steps for one",
    });
  }
  const parts = 2 ** halvings;
  const motions = noise.filter(({ motion }) => motion !== undefined);
  const program = withPaths(
    equations.program,
    motions.map(({ leaf }) => leaf),
  );
  const kernel = await prepareProgram(program, precision, backend, others);

  const deviation = ({ leaf, motion = 0 }: LeafNoise, levels: ReturnType<typeof noiseAt>): number =>
    levels[leaf].intensity * parts ** (motion - 0.5);
  const paths = (leaf: LeafNoise, call: Parameters<RefinedKernel["run"]>[0]): Float64Array => {
    const { number, axis } = noiseOf(equations.program, leaf.leaf);
    const isSecond = leaf.leaf.startsWith(integralLeaf(""));
    const site = isSecond ? noiseOf(equations.program, leaf.leaf.slice(integralLeaf("").length)).number : number;
    const size = axisSize(axis, sizes);
    const scale = deviation(leaf, noiseAt(noise, call.level));
    const all = new Float64Array(call.batchSize * call.stepCount * parts * size);
    if (scale === 0) return all;
    for (const [b, trial] of call.trials.entries()) {
      for (let step = 0; step < call.stepCount; step++) {
        const { normals, integrals } = pathStep(size, call.key, { trial, step, site }, integralSite(site), halvings);
        all.set(isSecond ? integrals : normals, (b * call.stepCount + step) * parts * size);
      }
    }
    return all.map((z) => scale * z);
  };

  return {
    close: () => kernel.close(),
    run: (call) => {
      const { batchSize, stepCount, trials, key, weights, initialState = {} } = call;
      const levels = noiseAt(noise, call.level);
      const loud = noise.find((leaf) => leaf.motion === undefined && levels[leaf.leaf].intensity > 0);
      if (loud !== undefined) {
        throw new CapabilityError({
          place: `noise "${loud.source.site}"`,
          rule: "is no Brownian motion, so it has no path at a shorter step",
          remedy: `silence it with the level { sites: { "${loud.source.site}": 0 } }, or scale it per-sqrt-time`,
        });
      }
      const finer = Object.fromEntries(motions.map((leaf) => [leaf.leaf, { intensity: deviation(leaf, levels) }]));
      const pass = kernel.forward(
        {
          batchSize,
          stepCount: stepCount * parts,
          sizes,
          settings: {
            ...settings,
            [integration.timeStep]: settings[integration.timeStep] / parts,
            ...deviationSettings(equations.program, finer),
          },
          parameters: network.effectiveWeights(weights),
          inputs: {
            input: held(call.input, batchSize * stepCount, parts),
            ...Object.fromEntries(motions.map((leaf) => [pathInput(leaf.leaf), paths(leaf, call)])),
          },
          initialState,
          noise: { seed: key.seed, stream: key.stream, trials, firstStep: 0, sites: {} },
          outputFrom: 0,
        },
        false,
      );
      return {
        output: every(pass.outputs.output, batchSize, stepCount, parts, 0),
        states: Object.fromEntries(
          Object.entries(pass.states()).map(([name, values]) => [name, every(values, batchSize, stepCount, parts, 1)]),
        ),
      };
    },
  };
}

function noiseOf({ noises }: Program, leaf: string): NoiseLeaf {
  return noises.find(({ site }) => site === leaf) as NoiseLeaf;
}

const pathInput = (leaf: string): string => `path:${leaf}`;

/** The program with inputs in place of noise leaves. */
function withPaths(program: Program, leaves: readonly string[]): Program {
  const found = new Map<string, { readonly id: NodeId; readonly axis: string }>();
  const nodes = program.graph.nodes.map((node, id) => {
    if (node.op !== "noise" || !leaves.includes(node.name)) return node;
    found.set(node.name, { id, axis: node.axis });
    return { op: "leaf", axis: node.axis, name: `input:${pathInput(node.name)}` } as const;
  });
  return {
    ...program,
    graph: createGraph(nodes),
    inputs: [
      ...program.inputs,
      ...[...found].map(([name, { id, axis }]) => ({ name: pathInput(name), axis, leaf: id })),
    ],
    noises: program.noises.filter(({ site }) => !found.has(site)),
  };
}

/** Every row several times. */
function held(values: RealArray, rows: number, times: number): Float64Array {
  const size = rows === 0 ? 0 : values.length / rows;
  const repeated = new Float64Array(values.length * times);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < times; k++)
      repeated.set(values.subarray(row * size, (row + 1) * size), (row * times + k) * size);
  }
  return repeated;
}

/** The rows at the ends of steps, and with `extra` the one before the first. */
function every(values: RealArray, batchSize: number, stepCount: number, parts: number, extra: 0 | 1): RealArray {
  const rows = stepCount * parts + extra;
  const size = batchSize === 0 ? 0 : values.length / (batchSize * rows);
  const chosen = values.slice(0, batchSize * (stepCount + extra) * size);
  for (let b = 0; b < batchSize; b++) {
    for (let t = 0; t < stepCount + extra; t++) {
      const from = b * rows + (t + 1 - extra) * parts - (1 - extra);
      chosen.set(values.subarray(from * size, (from + 1) * size), (b * (stepCount + extra) + t) * size);
    }
  }
  return chosen;
}
