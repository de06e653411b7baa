/** What "sigma" means in other programs: cell and sources that repeat their noise (docs/conventions.md). */
import { type OptionRules, type OptionValues, resolvedOptions } from "../core/options.ts";
import { registry } from "../core/registry.ts";
import type { NoiseSource } from "./contract.ts";

/** The part of a network that a preset decides. */
export interface PresetNetwork {
  /** Name in the cell registry. */
  readonly cell: string;
  /** Settings that belong to the preset; others stay free. */
  readonly settings: Readonly<Record<string, number | string>>;
  readonly noise: readonly NoiseSource[];
}

export interface NoisePreset {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  readonly options: OptionRules;
  /**
   * @param options numbers in the units of the other program
   * @throws ParameterError for an option out of range or unknown
   */
  network(options: Readonly<Record<string, unknown>>): PresetNetwork;
}

const deviation = (remedy: string, standard?: number) =>
  ({ type: "number", from: 0, ...(standard === undefined ? {} : { default: standard }), remedy }) as const;
const sigma = deviation("give the sigma of the other program, >= 0");

/** A gaussian source. */
function gaussian(site: string, scaling: NoiseSource["scaling"], intensity: number): NoiseSource {
  return { site, law: "gaussian", intensity, scaling };
}

function preset(
  definition: Omit<NoisePreset, "network"> & {
    readonly cell: string;
    readonly settings: PresetNetwork["settings"];
    readonly noise: (options: Readonly<Record<string, number>>) => readonly NoiseSource[];
  },
): NoisePreset {
  const { cell, settings, noise, ...rest } = definition;
  return {
    ...rest,
    network: (given) => {
      const options: OptionValues = resolvedOptions(`preset ${rest.name}`, rest.options, given);
      return { cell, settings, noise: noise(options as Readonly<Record<string, number>>) };
    },
  };
}

export const presets = registry<NoisePreset>("noise preset", [
  preset({
    name: "psychrnn",
    summary: "PsychRNN (and EI_RNN, pyrnn, trainRNNbrain): h += ... + sqrt(2 alpha) sigma xi",
    references: ["ehrlich2021"],
    options: { sigma },
    cell: "rate",
    settings: { activation: "relu" },
    noise: ({ sigma }) => [gaussian("state", "stationary", sigma)],
  }),
  preset({
    name: "multitask",
    summary: "gyyang/multitask: h += alpha(-h + f(W h + ... + sqrt(2/alpha) sigma xi)), input noise likewise",
    references: ["yang2019"],
    options: { sigma, sigmaInput: deviation("the published runs take 0.01", 0) },
    cell: "ctrnn",
    settings: { alpha: 0.2, activation: "softplus" },
    noise: ({ sigma, sigmaInput }) => [
      gaussian("inside", "stationary", sigma),
      ...(sigmaInput > 0 ? [gaussian("input", "stationary", sigmaInput)] : []),
    ],
  }),
  preset({
    name: "nn4n-recurrent",
    summary: "nn4n RecurrentLayer: v += alpha(-v + ... + sigma xi), rates fed back with noise sigmaPost",
    references: [],
    options: { sigma, sigmaPost: deviation("it is the deviation of the noise on the rates", 0) },
    cell: "rate",
    settings: {},
    noise: ({ sigma, sigmaPost }) => [
      gaussian("inside", "per-step", sigma),
      ...(sigmaPost > 0 ? [gaussian("outside", "per-step", sigmaPost)] : []),
    ],
  }),
  preset({
    name: "nn4n-hidden",
    summary: "nn4n HiddenLayer: v += alpha(-v + ...) + sigma xi, rates fed back with noise sigmaPost",
    references: [],
    options: { sigma, sigmaPost: deviation("it is the deviation of the noise on the rates", 0) },
    cell: "rate",
    settings: {},
    noise: ({ sigma, sigmaPost }) => [
      gaussian("state", "per-step", sigma),
      ...(sigmaPost > 0 ? [gaussian("outside", "per-step", sigmaPost)] : []),
    ],
  }),
  preset({
    name: "noisyrnn-code",
    summary: "erichson/NoisyRNN: h += d m drift + sigma xi, m uniform on [1 - mu, 1], d learned for each unit",
    references: ["lim2021", "erichson2021"],
    options: { sigma, mu: { type: "number", default: 0.02, from: 0, to: 1, remedy: "the published runs take 0.02" } },
    cell: "lipschitz",
    settings: { step: 0.01, activation: "tanh", learnedStep: 1 },
    noise: ({ sigma, mu }) => [
      { site: "update", law: "uniform-decrement", intensity: mu, scaling: "per-step" },
      gaussian("state", "per-step", sigma),
    ],
  }),
  preset({
    name: "sde",
    summary: "dh = f dt + (sigma + sigmaDrift diag(f)) dB with one Brownian motion per unit",
    references: ["lim2021", "kloeden1992"],
    options: { sigma, sigmaDrift: deviation("it is the noise in proportion to the drift", 0) },
    cell: "lipschitz",
    settings: {},
    noise: ({ sigma, sigmaDrift }) => [
      gaussian("state", "per-sqrt-time", sigma),
      ...(sigmaDrift > 0
        ? [
            {
              ...gaussian("state-multiplicative", "per-sqrt-time", sigmaDrift),
              proportionalTo: "drift" as const,
              motion: "state" as const,
            },
          ]
        : []),
    ],
  }),
]);
