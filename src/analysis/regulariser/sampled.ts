/** P and Q along draws of the noise: unbiased, at the cost of a few passes. */
import { chooseBackend } from "../../engine/backends.ts";
import type { NoiseCall, RealArray, SequenceKernel } from "../../engine/contract.ts";
import type { Network, NoiseKey } from "../../network/contract.ts";
import { initialNoise } from "../../network/noise-level.ts";
import { noiseState } from "../../noise/colour.ts";
import type { TrialBatch } from "../../task/contract.ts";
import { trialsOf } from "../../train/batches.ts";
import type { Loss } from "../../train/contract.ts";
import { expansion, firstOrder } from "./expansion.ts";
import type { NoiseGraph } from "./noise-graph.ts";

/** The terms of every trial along one draw, of the batch's loss, `[batch]`. */
export interface SampledTerms {
  readonly p: Float64Array;
  readonly q: Float64Array;
}

export interface Sampler {
  /**
   * d^2 loss / d eps^2 at eps = 0 along the draws of a key, in its two parts. Its mean over keys is P + Q.
   *
   *     q = u' H u + l' . z''[u, u],   p = l' . z' w
   *
   * The draws are those of the network's own passes at the trained noise with the same key.
   */
  sample(batch: TrialBatch, outputFrom: number, key: NoiseKey): SampledTerms;
  close(): void;
}

/** @param kernelOptions back end and threads; float64 */
export async function sampler(
  network: Network,
  graph: NoiseGraph,
  loss: Loss,
  { backend, threads }: { readonly backend: string; readonly threads: number },
): Promise<Sampler> {
  const { program } = network.equations;
  const kernel: SequenceKernel = await chooseBackend(backend).prepare(expansion(program, graph), "float64", {
    threads,
  });
  const sites: NoiseCall["sites"] = network.noiseAt("trained");
  return {
    close: () => kernel.close(),
    sample(batch, outputFrom, key) {
      const { batchSize, stepCount, input, initialState = {}, trials } = trialsOf(network, batch);
      const started = initialNoise({
        noise: network.noise,
        program,
        sites,
        key,
        mirrored: false,
        trials,
        sizeOf: (state) => network.states[state],
        precision: "float64",
      });
      const { outputs } = kernel.forward(
        {
          batchSize,
          stepCount,
          sizes: graph.sizes,
          settings: graph.settings,
          parameters: graph.parameters,
          inputs: { input: Float64Array.from(input) },
          initialState: {
            ...Object.fromEntries(
              Object.entries(initialState).map(([name, values]) => [name, Float64Array.from(values)]),
            ),
            ...Object.fromEntries(
              network.noise.flatMap(({ leaf }) => {
                const values = started[noiseState(leaf)];
                return values === undefined ? [] : [[firstOrder(noiseState(leaf)), values]];
              }),
            ),
          },
          noise: { seed: key.seed, stream: key.stream, trials, firstStep: 0, sites },
          outputFrom,
        },
        false,
      );
      return termsAlong(loss, batch, outputs);
    },
  };
}

/** @param outputs of the expansion, `[batch, time, output]` each */
export function termsAlong(
  loss: Loss,
  batch: TrialBatch,
  { output, first, moved, bent }: Readonly<Record<string, RealArray>>,
): SampledTerms {
  const slope = loss.gradient(output, batch);
  const curved = loss.gradientTangent(output, first, batch);
  const perTrial = output.length / batch.batchSize;
  const p = new Float64Array(batch.batchSize);
  const q = new Float64Array(batch.batchSize);
  for (let i = 0; i < output.length; i++) {
    const row = Math.floor(i / perTrial);
    p[row] += slope[i] * moved[i];
    q[row] += first[i] * curved[i] + slope[i] * bent[i];
  }
  return { p, q };
}
