import { Document, isPair, isScalar, visit } from "yaml";
import { nodeResources } from "../../platform/node/datasets.ts";
import { filesFolder, readPlan } from "../../platform/node/study-files.ts";
import { shownCondition } from "../../study/results/rows.ts";
import { runTitle } from "../../study/spec.ts";
import type { StudyPlan, StudyRun } from "../../study/study.ts";
import { axesText } from "../../study/study-file/axes-text.ts";
import { taskLoader } from "../../study/tasks.ts";
import { commandBackend } from "../backend.ts";
import { type CommandDefinition, type ExitCode, exitCodes } from "../command.ts";
import { fetchNotice } from "../fetch-notice.ts";
import { print, printJson } from "../output.ts";
import { overridesHelp, studyFileHelp } from "../study-arguments.ts";

interface ExplainFlags {
  readonly full?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** Conditions that are listed for people; JSON has all. */
const listedConditions = 50;

export const explain: CommandDefinition = {
  name: "explain",
  summary: "print a study as it is understood: every key, axes, conditions, counts",
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
      .option("--full", "print the first run too, with every default spelled out; --json has it always")
      .option("--json", "print one JSON object and nothing else on standard output")
      .option("--quiet", "say nothing of what is fetched");
    act(perform);
  },
};

async function perform(file: string, overrides: readonly string[], flags: ExplainFlags): Promise<ExitCode> {
  const isQuiet = flags.quiet === true;
  const { backend } = commandBackend(isQuiet);
  const loadTask = taskLoader(nodeResources({ base: await filesFolder(file), onProgress: fetchNotice(isQuiet) }));
  const precision = backend.precisions.includes("float32") ? "float32" : "float64";
  const plan = await readPlan(file, overrides, { loadTask, backend: backend.name, precision });
  if (flags.json) printJson({ ...explanation(plan, Number.POSITIVE_INFINITY), firstRun: firstRun(plan) });
  else {
    const content = explanation(plan, listedConditions);
    print(yamlText(flags.full ? { ...content, firstRun: firstRun(plan) } : content));
  }
  return exitCodes.ok;
}

/** @param most conditions that are listed */
function explanation({ study, runs, leftOut }: StudyPlan, most: number): Readonly<Record<string, unknown>> {
  const { document, axes, seeds } = study;
  // The runs of a condition share the object.
  const conditions = new Map(runs.map((run) => [run.condition, run]));
  const listed = [...conditions.values()].slice(0, most);
  return {
    study: document,
    axes,
    joined: axesText(document),
    seeds,
    runs: runs.length,
    conditionCount: conditions.size,
    conditions: listed.map(shownCondition),
    ...(listed.length < conditions.size && { conditionsNotListed: conditions.size - listed.length }),
    leftOut,
  };
}

function firstRun({ runs }: StudyPlan): Readonly<Record<string, unknown>> {
  const [{ id, spec, condition }]: readonly StudyRun[] = runs;
  return { title: runTitle(spec), id, condition: shownCondition({ spec, condition }), spec };
}

/** YAML in which what has no lists or mappings within is one line. */
function yamlText(content: Readonly<Record<string, unknown>>): string {
  const document = new Document(content, { aliasDuplicateObjects: false });
  visit(document, {
    Collection: (_key, node, path) => {
      if (path.length < 2) return;
      node.flow = node.items.every((item: unknown) => isScalar(isPair(item) ? item.value : item));
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true }).trimEnd();
}
