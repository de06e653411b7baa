import { ParameterError } from "../../core/errors.ts";
import { countText } from "../../figure/wording.ts";
import {
  type CheckedExpectation,
  checkedExpectations,
  expectationCount,
  expectationSubject,
  foundText,
  ruleText,
} from "../../study/expected.ts";
import { type CommandDefinition, exitCodes } from "../command.ts";
import { print, printJson, type TextColumn, textTable } from "../output.ts";
import { storeHelp } from "../studies.ts";
import { overridesHelp } from "../study-arguments.ts";
import { openStudy } from "../study-results.ts";

interface CheckFlags {
  readonly store?: string;
  readonly json?: true;
}

export const check: CommandDefinition = {
  name: "check",
  summary: "compare the results in a store with those that the study file expects",
  examples: [
    [
      "noisy-rnn study check studies/preference.yaml",
      "a table of expected and found; exit code 1 when anything is off",
    ],
    ["noisy-rnn study check runs/studies/preference-1f2e3d4c5b6a --json", "by the study's folder, for a program"],
  ],
  define(command, act) {
    command
      .argument("<study>", "study file, or folder of a study in a store")
      .argument("[overrides...]", overridesHelp)
      .option("--store <folder>", storeHelp)
      .option("--json", "print one JSON object and nothing else on standard output");
    act(async (path: string, overrides: string[], flags: CheckFlags) => {
      const { study, database, results, tables } = await openStudy(path, overrides, flags.store);
      await database.close();
      if (study.expected.length === 0) {
        throw new ParameterError({
          place: path,
          rule: "must have expected results to be checked, got none",
          remedy: "write some under the key expected, see docs/report.md",
        });
      }
      const checked = checkedExpectations(study.expected, tables);
      const { open } = results;
      const isFine = open.length === 0 && checked.every(({ verdict }) => verdict === "met");
      if (flags.json) printJson({ study: study.name, isFine, missingRuns: open.length, expected: checked });
      else {
        print(checkTable(checked));
        if (open.length > 0) {
          const all = open.length + results.runs.length;
          const verb = open.length === 1 ? "is" : "are";
          print(
            `The study is not finished: ${open.length} of ${countText([all], "run")} ${verb} missing; verdicts are of the others.`,
          );
        }
        print(`${expectationCount(checked)}.`);
      }
      return isFine ? exitCodes.ok : exitCodes.failed;
    });
  },
};

const columns: readonly TextColumn[] = [
  { title: "result" },
  { title: "expected", align: "right" },
  { title: "found (interval)", align: "right" },
  { title: "seeds", align: "right" },
  { title: "verdict" },
];

function checkTable(checked: readonly CheckedExpectation[]): string {
  return textTable(
    columns,
    checked.map(({ expectation, verdict, note, seeds, ...found }) => [
      expectationSubject(expectation),
      ruleText(expectation.rule),
      foundText(found),
      seeds === null ? "" : String(seeds),
      note === "" ? verdict : `${verdict}: ${note}`,
    ]),
  );
}
