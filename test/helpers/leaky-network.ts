/**
 * A leaky linear network with a hand-written gradient: trains without the engine, so that tests of the loop, the
 * scores and the analyses stand on arithmetic that can be checked on paper.
 *
 *     h_{t+1} = (1 - alpha) h_t + alpha (wRec h_t + wIn u_t + bRec + inside_t),   z_t = wOut h_{t+1} + bOut
 */

import { noiseBlock, normals, stream } from "../../src/core/random.ts";
import type { Precision, RealArray } from "../../src/engine/contract.ts";
import type {
  Network,
  NetworkCall,
  NetworkForward,
  NetworkKernel,
  NetworkSpec,
  NoiseLevel,
  OutputCotangent,
  Weights,
} from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";

export interface LeakySizes {
  readonly inputSize?: number;
  readonly hiddenSize?: number;
  readonly outputSize?: number;
  readonly alpha?: number;
  readonly intensity?: number;
  readonly readout?: NetworkSpec["readout"];
}

export function leakyNetwork(sizes: LeakySizes = {}): Network & { run(precision: Precision): NetworkKernel } {
  const { inputSize = 1, hiddenSize = 3, outputSize = 1, alpha = 0.5, intensity = 0 } = sizes;
  const spec: NetworkSpec = {
    cell: "leaky-linear",
    inputSize,
    hiddenSize,
    outputSize,
    settings: { alpha },
    noise: [{ site: "inside", law: "gaussian", intensity, scaling: "per-step" }],
    parametrisations: {},
    initialisers: {},
    readout: sizes.readout ?? { from: "every", bias: true, activation: "linear" },
  };
  const shapes = {
    wRec: [hiddenSize, hiddenSize],
    wIn: [hiddenSize, inputSize],
    bRec: [hiddenSize],
    wOut: [outputSize, hiddenSize],
    bOut: [outputSize],
  };
  const intensityAt = (level: NoiseLevel): number => {
    if (level === "trained") return intensity;
    if (level === "zero") return 0;
    return "factor" in level ? level.factor * intensity : (level.sites.inside ?? intensity);
  };
  const run = (precision: Precision): NetworkKernel => ({
    backend: "paper",
    variant: "none",
    precision,
    threads: 1,
    close: () => {},
    ...stackable((call) => forward(call, spec, alpha, intensityAt(call.level), precision)),
    tangent: () => {
      throw new Error("the leaky network has no tangent");
    },
  });
  return {
    spec,
    equations: createNetwork({ ...spec, cell: "ctrnn" }).equations,
    shapes,
    changed: (options) => createNetwork({ ...spec, ...options }),
    rebased: (weights) => weights,
    parameterCount: Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b), 0),
    frozen: [],
    states: { h: hiddenSize },
    noise: [],
    references: [],
    initialWeights: (seed) =>
      Object.fromEntries(
        Object.entries(shapes).map(([name, shape], index) => {
          const count = shape.reduce((a, b) => a * b);
          const scale = 0.5 / Math.sqrt(shape[1] ?? 1);
          const key = { seed, stream: stream("initial-weights", index) };
          return [name, normals(new Float64Array(count), key).map((x) => scale * x)];
        }),
      ),
    effectiveWeights: (weights) => weights,
    noiseAt: (level) => ({ inside: { law: "gaussian", intensity: intensityAt(level) } }),
    kernel: ({ precision }) => Promise.resolve(run(precision)),
    run,
  };
}

/** A forward pass and the stack of several, which has its bits by definition. */
export function stackable(forward: NetworkKernel["forward"]): Pick<NetworkKernel, "forward" | "forwardStack"> {
  return {
    forward,
    forwardStack: (calls, keep) => {
      const members = calls.map((call) => forward(call, keep));
      return { members, backward: (cotangents) => members.map((member, i) => member.backward(cotangents[i])) };
    },
  };
}

function forward(
  call: NetworkCall,
  { inputSize, hiddenSize, outputSize }: NetworkSpec,
  alpha: number,
  intensity: number,
  precision: Precision,
): NetworkForward {
  const { weights, batchSize, stepCount, input, trials, key, outputFrom = 0 } = call;
  const { wRec, wIn, bRec, wOut, bOut } = weights;
  const make = (count: number): RealArray =>
    precision === "float32" ? new Float32Array(count) : new Float64Array(count);
  const states = make(batchSize * (stepCount + 1) * hiddenSize);
  const output = make(batchSize * stepCount * outputSize);
  const activity = make(batchSize * stepCount);
  const noise = new Float64Array(hiddenSize);
  for (let b = 0; b < batchSize; b++) {
    for (let t = 0; t < stepCount; t++) {
      noiseBlock("gaussian", intensity, key, trials[b], t, 0, 0, noise);
      const from = (b * (stepCount + 1) + t) * hiddenSize;
      const to = from + hiddenSize;
      const at = b * stepCount + t;
      for (let i = 0; i < hiddenSize; i++) {
        let drive = bRec[i] + noise[i];
        for (let j = 0; j < hiddenSize; j++) drive += wRec[i * hiddenSize + j] * states[from + j];
        for (let j = 0; j < inputSize; j++) drive += wIn[i * inputSize + j] * input[at * inputSize + j];
        states[to + i] = (1 - alpha) * states[from + i] + alpha * drive;
      }
      if (t < outputFrom) continue;
      for (let i = 0; i < hiddenSize; i++) activity[at] += states[to + i] ** 2;
      for (let o = 0; o < outputSize; o++) {
        let sum = bOut[o];
        for (let i = 0; i < hiddenSize; i++) sum += wOut[o * hiddenSize + i] * states[to + i];
        output[at * outputSize + o] = sum;
      }
    }
  }
  const backward = (cotangent: OutputCotangent): Weights => {
    const gradient = Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, make(w.length)]));
    for (let b = 0; b < batchSize; b++) {
      let slope = new Float64Array(hiddenSize);
      for (let t = stepCount - 1; t >= 0; t--) {
        const from = (b * (stepCount + 1) + t) * hiddenSize;
        const to = from + hiddenSize;
        const at = b * stepCount + t;
        if (t >= outputFrom) {
          for (let i = 0; i < hiddenSize; i++) slope[i] += 2 * (cotangent.activity ?? 0) * states[to + i];
          for (let o = 0; o < outputSize; o++) {
            const zBar = cotangent.output[at * outputSize + o];
            gradient.bOut[o] += zBar;
            for (let i = 0; i < hiddenSize; i++) {
              gradient.wOut[o * hiddenSize + i] += zBar * states[to + i];
              slope[i] += zBar * wOut[o * hiddenSize + i];
            }
          }
        }
        const before = new Float64Array(hiddenSize);
        for (let i = 0; i < hiddenSize; i++) {
          const drive = alpha * slope[i];
          gradient.bRec[i] += drive;
          for (let j = 0; j < inputSize; j++) gradient.wIn[i * inputSize + j] += drive * input[at * inputSize + j];
          for (let j = 0; j < hiddenSize; j++) {
            gradient.wRec[i * hiddenSize + j] += drive * states[from + j];
            before[j] += drive * wRec[i * hiddenSize + j];
          }
          before[i] += (1 - alpha) * slope[i];
        }
        slope = before;
      }
    }
    return gradient;
  };
  return {
    output,
    activity,
    states: () => ({ h: states }),
    backward,
    backwardAll: () => {
      throw new Error("the leaky network differentiates its weights only");
    },
  };
}
