import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { say } from "../tools/failure.mjs";
import { killStudy } from "../tools/kills.mjs";

export const title = "Studies whose processes are killed";

/** Each with other moments. */
const seeds = [1, 2, 3];
const kills = 200;

/** Three studies of 200 short runs, two processes at a time on one store, each with 200 kills at random moments. */
export async function measure() {
  const lines = [
    `Each study has 200 runs of a ctrnn with 12 units. Two \`noisy-rnn study run\` work on one store at a time; each is ended by SIGKILL at a random moment of its start, its work or its end, now and then by a signal that asks it to stop, and started again, until there were ${kills} kills. After every end all runs that appeared are read, with their checksums. Then the study is finished undisturbed, and specification, metrics and weights of every run are compared, byte by byte, with those of a study that nobody disturbed.`,
    "",
    "| seed | kills | of them at work | asked to stop | runs taken over | resumed from a checkpoint | half-written or damaged | complete, then lost | other bytes | complete | minutes |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  for (const seed of seeds) {
    say(`seed ${seed}`);
    const folder = mkdtempSync(join(tmpdir(), "noisy-rnn-faults-"));
    const report = await killStudy({ folder, kills, seed });
    rmSync(folder, { recursive: true, force: true });
    const asked = Object.entries(report.requests).map(([name, count]) => `${count} ${name}`);
    const cells = [
      seed,
      report.kills,
      report.killsAtWork,
      asked.join(", "),
      report.takenOver,
      report.resumed,
      report.damaged.length,
      report.lost.length,
      report.different.length,
      `${report.complete} of ${report.runs}`,
      (report.seconds / 60).toFixed(1),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
    for (const end of report.wrongEnds) lines.push("", `A process ended otherwise than it should: ${end}.`);
  }
  return lines.join("\n");
}
