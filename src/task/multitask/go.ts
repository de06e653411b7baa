/** Go tasks: one stimulus; respond in its direction, or in the opposite one, as soon as the go signal comes. */
import type { Member, Strengths } from "./contract.ts";
import { fullTurn, wrapped } from "./directions.ts";
import { between, type Law, oneOf } from "./draws.ts";

interface GoTask {
  readonly name: string;
  readonly title: string;
  readonly anti: boolean;
}

/** The stimulus comes on and stays; the fixation input goes off. */
export function goTask(task: GoTask, durations: { fixation: Law; stimulus: Law; response: Law }): Member {
  return {
    ...goFamily(task),
    periods: named(durations, ["fixation", "stimulus", "response"]),
    shown: [["stimulus", "response"], []],
    fixationGoesOff: true,
  };
}

/** The stimulus itself is the go signal. */
export function reactionTask(task: GoTask, durations: { fixation: Law; response: Law }): Member {
  return {
    ...goFamily(task),
    periods: named(durations, ["fixation", "response"]),
    shown: [["response"], []],
    fixationGoesOff: false,
  };
}

/** The stimulus is gone before the fixation input goes off. */
export function delayedGoTask(
  task: GoTask,
  durations: { fixation: Law; stimulus: Law; delay: Law; response: Law },
): Member {
  return {
    ...goFamily(task),
    periods: named(durations, ["fixation", "stimulus", "delay", "response"]),
    shown: [["stimulus"], []],
    fixationGoesOff: true,
  };
}

/** Periods in their order. */
export function named<Durations extends { readonly [Name in keyof Durations]: Law }>(
  durations: Durations,
  order: readonly (keyof Durations & string)[],
): Member["periods"] {
  return order.map((name) => ({ name, duration: durations[name] }));
}

/** A stimulus in modality 1 (0) or 2 (1) alone. */
export function only(modality: number, strength: number): Strengths {
  return modality === 0 ? [strength, 0] : [0, strength];
}

export const nowhere: Strengths = [0, 0];

function goFamily({ name, title, anti }: GoTask) {
  return {
    name,
    title,
    weight: 1,
    drawModalities: (draw) => [oneOf(draw, [0, 1]), 0],
    drawCondition: (draw, [modality]) => ({
      directions: [between(draw, 0, fullTurn), 0],
      strengths: [only(modality, 1), nowhere],
    }),
    answer: ({ directions: [direction] }) => (anti ? wrapped(direction + Math.PI) : direction),
  } satisfies Partial<Member>;
}
