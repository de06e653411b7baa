import { stringify } from "yaml";
import { nodeResources } from "../../platform/node/datasets.ts";
import { readPlan } from "../../platform/node/study-files.ts";
import { runTitle } from "../../study/spec.ts";
import type { StudyPlan } from "../../study/study.ts";
import { taskLoader } from "../../study/tasks.ts";
import { commandBackend } from "../backend.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { fetchNotice } from "../fetch-notice.ts";
import { print, printJson } from "../output.ts";
import { overridesHelp, studyFileHelp } from "../study-arguments.ts";

interface ExplainFlags {
  readonly json?: true;
  readonly quiet?: true;
}

/** Runs that are shown of a study. */
const shownRuns = 3;

export const explain: CommandDefinition = {
  name: "explain",
  summary: "print a study as it is understood: every key, axes, counts, the first runs",
  examples: [
    ["noisy-rnn study explain first-study", "a study of the package"],
    [
      "noisy-rnn study explain study.yaml 'noise.intensity=choice(0.1,0.5)' seeds=10",
      "a file of one's own, with other intensities and seeds",
    ],
  ],
  define(command, act) {
    command
      .argument("<file>", studyFileHelp)
      .argument("[overrides...]", overridesHelp)
      .option("--json", "print one JSON object and nothing else on standard output")
      .option("--quiet", "say nothing of what is fetched");
    act(perform);
  },
};

async function perform(file: string, overrides: readonly string[], flags: ExplainFlags): Promise<ExitCode> {
  const isQuiet = flags.quiet === true;
  const { backend } = commandBackend(isQuiet);
  const loadTask = taskLoader(nodeResources({ onProgress: fetchNotice(isQuiet) }));
  const precision = backend.precisions.includes("float32") ? "float32" : "float64";
  const plan = await readPlan(file, overrides, { loadTask, backend: backend.name, precision });
  const explained = explanation(plan);
  if (flags.json) printJson(explained);
  else print(stringify(explained, { lineWidth: 120, aliasDuplicateObjects: false }).trimEnd());
  return exitCodes.ok;
}

function explanation({ study, runs, leftOut }: StudyPlan): Readonly<Record<string, unknown>> {
  const { document, axes, seeds } = study;
  return {
    study: document,
    axes,
    seeds,
    runs: runs.length,
    leftOut,
    firstRuns: runs.slice(0, shownRuns).map(({ id, spec, condition }) => ({
      title: runTitle(spec),
      id,
      condition,
      spec,
    })),
  };
}
