/** Decision tasks: two stimuli in different directions; respond in the direction of the stronger one. */
import type { Condition, Member, Strengths } from "./contract.ts";
import { fullTurn, wrapped } from "./directions.ts";
import { between, type Draw, drawn, type Law, signOf } from "./draws.ts";
import { named, only } from "./go.ts";

/**
 * Which modalities show the stimuli and which decide:
 * one of them alone; both, of which one counts; or both, whose strengths are added.
 */
export type Evidence = { readonly alone: 0 | 1 } | { readonly attended: 0 | 1 } | { readonly added: true };

interface DecisionTask {
  readonly name: string;
  readonly title: string;
  readonly evidence: Evidence;
  /** Half of the difference of the two strengths. */
  readonly coherence: Law;
  /** Difference between modalities as a share of a strength, where strengths are added. */
  readonly split: Law;
  readonly weight?: number;
}

/** The two stimuli come together and the fixation input goes off at their end. */
export function decisionTask(task: DecisionTask, durations: { fixation: Law; stimuli: Law; response: Law }): Member {
  return {
    ...decisionFamily(task),
    periods: named(durations, ["fixation", "stimuli", "response"]),
    shown: [["stimuli"], ["stimuli"]],
  };
}

export interface DelayedDurations {
  readonly fixation: Law;
  readonly "stimulus 1": Law;
  readonly "delay 1": Law;
  readonly "stimulus 2": Law;
  readonly "delay 2": Law;
  readonly response: Law;
}

/** One stimulus after the other. */
export function delayedDecisionTask(task: DecisionTask, durations: DelayedDurations): Member {
  return {
    ...decisionFamily(task),
    periods: named(durations, ["fixation", "stimulus 1", "delay 1", "stimulus 2", "delay 2", "response"]),
    shown: [["stimulus 1"], ["stimulus 2"]],
  };
}

function decisionFamily({ name, title, evidence, coherence, split, weight = 1 }: DecisionTask) {
  const strength = strengthOf(evidence);
  return {
    name,
    title,
    weight,
    fixationGoesOff: true,
    drawModalities: () => [0, 0],
    drawCondition: (draw) => {
      const apart = signOf(draw) * between(draw, Math.PI / 2, 1.5 * Math.PI);
      const first = between(draw, 0, fullTurn);
      const directions = [first, wrapped(first + apart)] as const;
      if ("alone" in evidence) {
        const [a, b] = pair(draw, coherence);
        return { directions, strengths: [only(evidence.alone, a), only(evidence.alone, b)] };
      }
      if ("attended" in evidence) {
        const [a1, b1] = pair(draw, coherence);
        const [a2, b2] = pair(draw, coherence);
        return {
          directions,
          strengths: [
            [a1, a2],
            [b1, b2],
          ],
        };
      }
      const [a, b] = pair(draw, coherence);
      return { directions, strengths: [divided(draw, a, split), divided(draw, b, split)] };
    },
    answer: (condition) => condition.directions[strength(condition, 0) > strength(condition, 1) ? 0 : 1],
  } satisfies Partial<Member>;
}

/** Strength of a stimulus as far as it counts. */
function strengthOf(evidence: Evidence): (condition: Condition, stimulus: 0 | 1) => number {
  if ("added" in evidence) return ({ strengths }, stimulus) => strengths[stimulus][0] + strengths[stimulus][1];
  const modality = "alone" in evidence ? evidence.alone : evidence.attended;
  return ({ strengths }, stimulus) => strengths[stimulus][modality];
}

/** Two strengths around a mean between 0.8 and 1.2, in random order. */
function pair(draw: Draw, coherence: Law): readonly [number, number] {
  const mean = between(draw, 0.8, 1.2);
  const half = signOf(draw) * drawn(draw, coherence);
  return [mean + half, mean - half];
}

/** A strength, more of it in one modality than in the other. */
function divided(draw: Draw, strength: number, split: Law): Strengths {
  const half = (signOf(draw) * strength * drawn(draw, split)) / 2;
  return [strength + half, strength - half];
}
