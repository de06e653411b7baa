/**
 * A sequence run in segments: only the states between segments are remembered (checkpoints), and the reverse pass runs
 * each segment forward again before it goes back through it. With one segment nothing is run twice.
 *
 * The numbers have the same bits with any segments: noise is addressed by its step, and gradients are added in the same
 * order because segments are whole chunks of the machine.
 */
import type { Program } from "../cell/program.ts";
import type { RealArray, SequenceCall } from "./contract.ts";
import type { GradientArrays, Machine } from "./machine.ts";
import type { ScanName } from "./scan.ts";

/** Steps of a segment: about sqrt(steps), a multiple of the unit. */
export const segmentSteps = (stepCount: number, unit: number): number =>
  Math.min(stepCount, unit * Math.max(1, Math.round(Math.sqrt(stepCount) / unit)));

type Prefix = "" | "d.";
type States = Readonly<Record<string, RealArray>>;

export interface SegmentedPass {
  /** `[batch, time + 1, size]` per state. */
  states(member: number, prefix: Prefix): States;
  backward(scan: ScanName, members: readonly [number, number], inputs: boolean): readonly GradientArrays[];
}

/**
 * Runs the forward scan over all segments.
 *
 * @param forward scan that is run; `evaluate` is its variant that keeps nothing
 * @param prefixes of the states that are handed on
 */
export function segmentedPass(
  machine: Machine,
  program: Program,
  calls: readonly SequenceCall[],
  segment: number,
  forward: ScanName,
  evaluate: ScanName,
  prefixes: readonly Prefix[],
): SegmentedPass {
  const { stepCount, batchSize } = calls[0];
  const everyone = [0, calls.length] as const;
  const ranges: (readonly [number, number])[] = [];
  for (let from = 0; from < stepCount || from === 0; from += Math.max(1, segment))
    ranges.push([from, Math.min(stepCount, from + segment)]);
  const isWhole = ranges.length === 1;

  const statesAt = (member: number, entry: number): States =>
    Object.fromEntries(
      prefixes.flatMap((prefix) =>
        program.states.map(({ name }) => {
          const buffer = `${prefix}state:${name}`;
          return [buffer, machine.read(member, buffer, entry)];
        }),
      ),
    );
  const begin = (index: number, members: readonly [number, number]): void => {
    for (let member = members[0]; member < members[1]; member++) {
      for (const [buffer, values] of Object.entries(checkpoints[index][member]))
        machine.write(member, buffer, values, 0);
    }
  };

  /** States of each member at the start of each segment; none are needed when there is one. */
  const checkpoints: States[][] = [];
  for (const [index, steps] of ranges.entries()) {
    if (!isWhole) {
      const before = index === 0 ? 0 : ranges[index - 1][1] - ranges[index - 1][0];
      checkpoints.push(calls.map((_, member) => statesAt(member, before)));
      if (index > 0) begin(index, everyone);
    }
    machine.run(isWhole ? forward : evaluate, { members: everyone, steps, inputs: false });
  }

  return {
    states: (member, prefix) => {
      if (isWhole) {
        return Object.fromEntries(
          program.states.map(({ name }) => [name, machine.read(member, `${prefix}state:${name}`)]),
        );
      }
      const whole: Record<string, RealArray> = {};
      for (const [index, steps] of ranges.entries()) {
        begin(index, [member, member + 1]);
        machine.run(evaluate, { members: [member, member + 1], steps, inputs: false });
        for (const { name } of program.states) {
          const part = machine.read(member, `${prefix}state:${name}`);
          const size = part.length / (batchSize * (segment + 1) || 1);
          whole[name] ??=
            part instanceof Float32Array
              ? new Float32Array(batchSize * (stepCount + 1) * size)
              : new Float64Array(batchSize * (stepCount + 1) * size);
          for (let b = 0; b < batchSize; b++) {
            const from = b * (segment + 1) * size;
            const entries = steps[1] - steps[0] + 1;
            whole[name].set(part.subarray(from, from + entries * size), (b * (stepCount + 1) + steps[0]) * size);
          }
        }
      }
      return whole;
    },
    backward: (scan, members, inputs) => {
      let gradients: readonly GradientArrays[] = [];
      for (const [index, steps] of [...ranges.entries()].reverse()) {
        if (!isWhole) {
          begin(index, members);
          machine.run(forward, { members, steps, inputs: false });
        }
        gradients = machine.run(scan, { members, steps, inputs });
      }
      return gradients;
    },
  };
}
