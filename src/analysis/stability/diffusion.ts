/** What each noise source does to the difference of two solutions. */
import type { Network, NoiseLevel } from "../../network/contract.ts";
import { noiseState } from "../../noise/colour.ts";
import type { LeafNoise } from "../../noise/sources.ts";
import { lawMoments } from "../dynamics/smoothing/law-averages.ts";
import type { DiffusionBounds, DriftBounds } from "./certificate.ts";

/** A source at a level, as the certificate takes it. */
export interface DifferenceNoise {
  readonly leaf: string;
  /** "none": the same for both solutions whatever their states, so that their difference does not feel it. */
  readonly form: "none" | "state" | "drift";
  readonly isShared: boolean;
  /** Strength s per square root of time: dh = ... + s h dB, or s f(h) dB. */
  readonly strength: number;
  /** Mean of the draw: what it adds to the drift, in units of the drift ("drift") or of h / dt ("state"). */
  readonly mean: number;
  /** It acts on all states of the network. */
  readonly isWhole: boolean;
  /** Why no bound is known; undefined where one is. */
  readonly refusal: string | undefined;
}

/** Whether the draws of a source multiply state or drift, by what the sites are. */
export function formOf({ source }: LeafNoise): DifferenceNoise["form"] {
  const kind = source.site.split(":")[0];
  if (kind === "update") return "drift";
  if (kind !== "state-multiplicative") return "none";
  return source.proportionalTo === "drift" ? "drift" : "state";
}

/** @param dt time of a step, 1 for a map */
export function differenceNoise(network: Network, level: NoiseLevel, dt: number): DifferenceNoise[] {
  const levels = network.noiseAt(level);
  return network.noise.flatMap((noise) => {
    const { leaf, source } = noise;
    const drawn = levels[leaf];
    if (drawn.intensity === 0) return [];
    const form = formOf(noise);
    const { mean, variance } = lawMoments(drawn);
    // the draw is a Brownian increment of the differential equation, not a factor of the state's increment
    const isMotion = noise.motion !== undefined;
    const deviation = Math.sqrt(variance);
    const states = Object.keys(network.states).filter(
      (name) => name !== noiseState(leaf) && !name.startsWith("noise:"),
    );
    const isColoured = noiseState(leaf) in network.states;
    return [
      {
        leaf,
        form,
        isShared: source.shared === true,
        strength: form === "drift" && !isMotion ? deviation * Math.sqrt(dt) : deviation / Math.sqrt(dt),
        mean: form === "drift" && isMotion ? mean / dt : mean,
        isWhole: states.length === 1,
        refusal:
          form !== "none" && isColoured
            ? `${leaf}: noise that is correlated in time has no Ito correction`
            : source.site.split(":")[0] === "weight"
              ? `${leaf}: noise of the weights changes the matrices of the certificate`
              : undefined,
      },
    ];
  });
}

/**
 * Bounds of |Ds|_F and |Ds' e| / |e| per |e|, of independent sources together.
 *
 * | noise | Ds | |Ds|_F | |Ds' e| / |e| |
 * | --- | --- | --- | --- |
 * | additive, inside an activation | 0 | 0 | 0 |
 * | s h dB, one Brownian motion | s e | s | s |
 * | s diag(h) dB, one for each unit | s diag(e) | s | s / sqrt(d) .. s |
 * | s f(h) dB, one Brownian motion | s Df | s low .. s L | s low .. s L |
 * | s diag(f) dB, one for each unit | s diag(Df) | s low .. s L | s low / sqrt(d) .. s L |
 *
 * L is the drift's Lipschitz constant, low the distance of e' Df / |e|^2 from 0 where its bounds do not hold 0, else 0.
 */
export function diffusionBounds(
  sources: readonly DifferenceNoise[],
  drift: DriftBounds,
  size: number,
): DiffusionBounds {
  const squares = { frobeniusLow: 0, frobeniusHigh: 0, alongLow: 0, alongHigh: 0 };
  const [low, high] = [Math.max(drift.low, drift.centredLow), Math.min(drift.high, drift.centredHigh)];
  const away = Math.max(0, low, -high);
  for (const { form, isShared, strength, isWhole } of sources) {
    if (form === "none") continue;
    const [least, most] = form === "state" ? [1, 1] : [away, drift.lipschitz];
    const lowest = isWhole ? least : 0;
    squares.frobeniusLow += (strength * lowest) ** 2;
    squares.frobeniusHigh += (strength * most) ** 2;
    squares.alongLow += (strength * lowest) ** 2 / (isShared ? 1 : size);
    squares.alongHigh += (strength * most) ** 2;
  }
  return {
    frobeniusLow: Math.sqrt(squares.frobeniusLow),
    frobeniusHigh: Math.sqrt(squares.frobeniusHigh),
    alongLow: Math.sqrt(squares.alongLow),
    alongHigh: Math.sqrt(squares.alongHigh),
  };
}
