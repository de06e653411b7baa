/** When a trial counts as solved: its answer at the last step. */
import type { Task, TrialBatch } from "../contract.ts";
import { keepFixating, type Suite } from "./contract.ts";
import { distance } from "./directions.ts";

/** The fixation output above this means "fixating". */
const fixating = 0.5;

export function judgeOf({ code, tolerance }: Suite): NonNullable<Task["judge"]> {
  const degrees = Math.round((tolerance * 180) / Math.PI);
  return {
    meaning: `the last step fixates (fixation output above ${fixating}) where it must, else responds within ${degrees} degrees`,
    solved: (output, { batchSize, stepCount, outputSize, lengths, conditions }: TrialBatch) => {
      const solved = new Uint8Array(batchSize);
      for (let row = 0; row < batchSize; row++) {
        const last = row * stepCount + (lengths?.[row] ?? stepCount) - 1;
        const wanted = conditions.targetDirection[row];
        const isFixating = output[last * outputSize] > fixating;
        const isRight =
          wanted === keepFixating
            ? isFixating
            : !isFixating && distance(code.read(output, last * outputSize + 1), wanted) < tolerance;
        solved[row] = isRight ? 1 : 0;
      }
      return solved;
    },
  };
}
