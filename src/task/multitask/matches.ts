/** Match tasks: two stimuli one after the other; respond to the second if they match, or if they do not. */
import { type Condition, keepFixating, type Member } from "./contract.ts";
import { fullTurn, wrapped } from "./directions.ts";
import { between, type Draw, type Law, oneOf, signOf } from "./draws.ts";
import { named, only } from "./go.ts";

export interface MatchDurations {
  readonly fixation: Law;
  readonly "stimulus 1": Law;
  readonly delay: Law;
  /** In which the second stimulus is shown. */
  readonly response: Law;
}

interface MatchTask {
  readonly name: string;
  readonly title: string;
  /** Whether a match asks for the response, or its absence. */
  readonly respondTo: "match" | "difference";
}

/** The stimuli match when they have the same direction. */
export function sameDirectionTask(task: MatchTask, durations: MatchDurations): Member {
  return matchTask(task, durations, {
    draw: (draw) => {
      const first = between(draw, 0, fullTurn);
      const isMatch = draw() < 0.5;
      const apart = signOf(draw) * between(draw, Math.PI / 9, (17 * Math.PI) / 9);
      return [first, isMatch ? first : wrapped(first + apart)];
    },
    matches: (a, b) => a === b,
  });
}

/** The stimuli match when both directions are below 180 degrees, or neither is; `oneDirection` draws each of them. */
export function sameCategoryTask(
  task: MatchTask,
  durations: MatchDurations,
  oneDirection: (draw: Draw) => number,
): Member {
  return matchTask(task, durations, {
    draw: (draw) => [oneDirection(draw), oneDirection(draw)],
    matches: (a, b) => a < Math.PI === b < Math.PI,
  });
}

function matchTask(
  { name, title, respondTo }: MatchTask,
  durations: MatchDurations,
  rule: { draw(draw: Draw): readonly [number, number]; matches(a: number, b: number): boolean },
): Member {
  const wanted = respondTo === "match";
  return {
    name,
    title,
    weight: 1,
    periods: named(durations, ["fixation", "stimulus 1", "delay", "response"]),
    shown: [["stimulus 1"], ["response"]],
    fixationGoesOff: false,
    drawModalities: (draw) => [oneOf(draw, [0, 1]), oneOf(draw, [0, 1])],
    drawCondition: (draw, [first, second]): Condition => ({
      directions: rule.draw(draw),
      strengths: [only(first, 1), only(second, 1)],
    }),
    answer: ({ directions: [first, second] }) => (rule.matches(first, second) === wanted ? second : keepFixating),
  };
}
