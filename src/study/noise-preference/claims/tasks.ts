import { exceptions, sentence } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { type FamilyEvidence, linesOf } from "../evidence.ts";
import { isPreferring, lineText, onset, rowText, trained, undecidedRows } from "./lines.ts";
import { abstracts } from "./sources.ts";

/** One family after the other: whether any of its networks with noise inside comes to prefer noise. */
export const manyTasks: Claim<FamilyEvidence> = {
  name: "many-tasks",
  statement:
    "It is seen in function approximation, maze navigation and a single-neuron regulator, and, for large enough training noise, in 2D path integration, a multi-task suite and feedforward networks.",
  source: abstracts.both,
  rule: "In each family of the paper, networks trained with noise inside must prefer noise at test at one training intensity at least; families that are not tested or cannot be told make it hold in part.",
  isOfAllFamilies: true,
  answer(evidence) {
    if (!evidence.family.isOfPaper) return undefined;
    const lines = linesOf(evidence).filter((line) => line.site === "inside" && trained(line).length > 0);
    if (lines.length === 0) return undefined;
    const shown = lines.filter((line) => onset(line) !== undefined);
    const rows = lines.flatMap(trained);
    const isDecided = rows.some(({ verdict }) => verdict !== "undecided");
    const [best] = lines
      .flatMap((line) => trained(line).map((row) => ({ line, row })))
      .sort((a, b) => (b.row.preferenceIndex ?? 0) - (a.row.preferenceIndex ?? 0));
    return {
      outcome: !isDecided ? "not testable" : shown.length > 0 || rows.some(isPreferring) ? "holds" : "does not hold",
      measured: [sentence(`${lineText(best.line)}, ${rowText(best.row)}`)],
      conditions: [
        sentence(
          `kinds of network with noise inside that prefer noise from some training noise on: ${shown.length} of ${lines.length}`,
        ),
        ...(isDecided ? [] : exceptions(lines.flatMap(undecidedRows))),
      ],
      figures: ["preference-index", "preferred-intensity"],
    };
  },
};
