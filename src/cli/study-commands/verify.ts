import { countText } from "../../figure/wording.ts";
import { fileIfAny } from "../../platform/node/files.ts";
import type { Store } from "../../platform/node/store/contract.ts";
import { storeLayout } from "../../platform/node/store/layout.ts";
import { openStore } from "../../platform/node/store/open.ts";
import { type RunDamage, verifyRuns } from "../../platform/node/store/verify.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { print, printJson, quoted, remark } from "../output.ts";
import { progress } from "../progress.ts";
import { storeHelp } from "../studies.ts";
import { overridesHelp, studyFileHelp } from "../study-arguments.ts";
import { studyStanding } from "../study-standing.ts";

interface VerifyFlags {
  readonly store?: string;
  readonly quarantine?: true;
  readonly json?: true;
  readonly quiet?: true;
}

export const verify: CommandDefinition = {
  name: "verify",
  summary: "read every file of complete runs and compare it with its checksum",
  examples: [
    ["noisy-rnn study verify runs", "all runs of a store"],
    ["noisy-rnn study verify studies/preference.yaml --quarantine", "those of a study; damaged ones are moved away"],
  ],
  define(command, act) {
    command
      .argument("<store-or-study>", `folder of a store; or a ${studyFileHelp}`)
      .argument("[overrides...]", overridesHelp)
      .option("--store <folder>", `${storeHelp}, for a study file`)
      .option("--quarantine", "move damaged runs to quarantine/, so that they are made again")
      .option("--json", "print one JSON object and nothing else on standard output")
      .option("--quiet", "no progress");
    act(perform);
  },
};

async function perform(path: string, overrides: readonly string[], flags: VerifyFlags): Promise<ExitCode> {
  const mode = flags.quarantine === true ? "write" : "read";
  const { store, ids } = await chosenRuns(path, overrides, flags.store, mode);
  const bar = progress({ unit: ["run", "runs"], weights: ids.map(() => 1), isQuiet: flags.quiet === true });
  const say = flags.quiet === true ? remark : bar.say;
  const damage: RunDamage[] = [];
  const { complete, damaged } = await verifyRuns({
    store,
    ids,
    quarantine: flags.quarantine === true,
    onDamage: (found) => {
      damage.push(found);
      const moved = found.movedTo === undefined ? "" : `; moved to ${found.movedTo}`;
      say(`damaged: ${found.file}: ${found.rule}${moved}`);
    },
    onProgress: (checked) => bar.finish(checked - 1),
  });
  bar.end();
  const lines = await store.damagedLines();
  for (const line of lines) remark(`damaged: ${line}: its run is read from its record instead.`);
  if (flags.json === true) printJson({ store: store.folder, complete, damage, damagedLines: lines });
  const conclude = flags.json === true ? remark : print;
  if (damaged === 0) {
    conclude(`${countText([complete], "complete run")}: every file is as it was published.`);
    return exitCodes.ok;
  }
  conclude(`${damaged} of ${countText([complete], "complete run")} damaged. ${advice(path, flags)}`);
  return exitCodes.failed;
}

function advice(path: string, { quarantine }: VerifyFlags): string {
  if (quarantine === true) return "They are out of the way: noisy-rnn study run makes them again.";
  return `Move them away, so that they are made again, with:\n  npx noisy-rnn study verify ${quoted(path)} --quarantine`;
}

/** The complete runs of a store, or those of a study. */
async function chosenRuns(
  path: string,
  overrides: readonly string[],
  chosen: string | undefined,
  mode: "read" | "write",
): Promise<{ readonly store: Store; readonly ids: readonly string[] }> {
  if ((await fileIfAny(storeLayout(path).file)) !== undefined) {
    const store = await openStore(path, { mode });
    return { store, ids: [...(await store.completeIds())].sort() };
  }
  const { store, ids } = await studyStanding(path, overrides, chosen);
  return { store: await openStore(store.folder, { mode }), ids };
}
