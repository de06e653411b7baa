/** The state of a study in lines for people. */
import { countText } from "../figure/wording.ts";
import type { StudyState } from "../study/state.ts";

/** Counts, who works, failures by cause with examples. */
export function stateLines(state: StudyState): string[] {
  const { runs, complete, failed, outdated, underWay, abandoned, open, begun, workers, failures } = state;
  const lines = [
    `${complete} of ${countText([runs], "run")} complete${complete === 0 ? "" : ` (${share(complete, runs)})`}`,
  ];
  if (failed > 0) lines.push(`${failed} of them failed:`);
  for (const { cause, count, examples } of failures) {
    const rest = count > examples.length ? ", ..." : "";
    lines.push(`  ${count} ${cause}: ${examples.join("; ")}${rest}`);
  }
  if (outdated > 0) lines.push(`${outdated} made by other software (--retry outdated makes them again)`);
  if (underWay > 0) lines.push(`${underWay} under way:`);
  for (const { host, pid, label, runs: own } of workers) lines.push(`  ${own} by ${host}, process ${pid} (${label})`);
  const died = abandoned === 0 ? "" : ` (${abandoned} by processes that died)`;
  if (open > 0) lines.push(`${open} open${begun === 0 ? "" : `, ${begun} of them begun${died}`}`);
  return lines;
}

function share(part: number, whole: number): string {
  return `${Math.floor((100 * part) / whole)} %`;
}
