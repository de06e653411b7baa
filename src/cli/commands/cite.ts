import { InternalError, ParameterError } from "../../core/errors.ts";
import { type BibtexEntry, referenceText, referenceUrl } from "../../io/bibtex.ts";
import { bibliography } from "../../platform/node/bibliography.ts";
import { contentOf } from "../../platform/node/files.ts";
import { studyReferences } from "../../study/noise-preference/references.ts";
import { runFiles } from "../../study/record.ts";
import {
  analysisParts,
  cellParts,
  mergedReferences,
  runReferences,
  siteParts,
  taskParts,
  type UsedReference,
} from "../../study/references.ts";
import { type CommandDefinition, exitCodes } from "../command.ts";
import { storeAt } from "../found-store.ts";
import { collected } from "../options.ts";
import { print, printJson } from "../output.ts";
import { isFolder, savedNetwork, storedSpec } from "../run-files.ts";

interface CiteFlags {
  readonly cell: readonly string[];
  readonly task: readonly string[];
  readonly noise: readonly string[];
  readonly analysis: readonly string[];
  readonly bibtex?: true;
  readonly json?: true;
}

/** What messages are about. */
const place = "cite";

export const cite: CommandDefinition = {
  name: place,
  summary: "references for exactly what a run used",
  examples: [
    ["noisy-rnn cite report", "for a reproduced study"],
    ["noisy-rnn cite runs/third --bibtex > references.bib", "for one run, as BibTeX"],
    ["noisy-rnn cite --cell lipschitz --noise state", "for parts by their names"],
  ],
  define(command, act) {
    command
      .argument("[folder]", "folder of a run, a study or a store, or a weights.safetensors")
      .option("--cell <name>", "a cell (repeatable)", collected, [])
      .option("--task <name>", "a task with its data (repeatable)", collected, [])
      .option("--noise <site>", "a noise site (repeatable)", collected, [])
      .option("--analysis <name>", "an analysis (repeatable)", collected, [])
      .option("--bibtex", "print BibTeX entries")
      .option("--json", "print one JSON object and nothing else on standard output");
    act(async (path: string | undefined, flags: CiteFlags) => {
      const named = mergedReferences([
        ...flags.cell.flatMap(cellParts),
        ...flags.task.flatMap(taskParts),
        ...flags.noise.flatMap(siteParts),
        ...flags.analysis.flatMap(analysisParts),
      ]);
      const used = [...(path === undefined ? [] : await referencesIn(path)), ...named];
      if (
        path === undefined &&
        [flags.cell, flags.task, flags.noise, flags.analysis].every(({ length }) => length === 0)
      ) {
        throw new ParameterError({
          place,
          rule: "must be told what to cite, got nothing",
          remedy: "name the folder of a run, or parts with --cell, --task, --noise, --analysis",
        });
      }
      const entries = bibliography();
      const merged = mergedReferences(used.flatMap(({ key, uses }) => uses.map((use) => [use, [key]] as const)));
      const found = merged.map((reference) => ({ ...reference, entry: entryOf(entries, reference.key) }));
      if (flags.json) {
        const references = found.map(({ key, uses, entry }) => ({
          key,
          uses,
          text: referenceText(entry),
          url: referenceUrl(entry) ?? null,
          bibtex: entry.text,
        }));
        printJson({ references });
      } else if (flags.bibtex) print(found.map(({ entry }) => entry.text).join("\n\n"));
      else print(found.map(plainText).join("\n\n"));
      return exitCodes.ok;
    });
  },
};

/** References of a run, of all runs of a study, or of a saved network. */
async function referencesIn(path: string): Promise<readonly UsedReference[]> {
  if (!(await isFolder(path))) return runReferences((await savedNetwork(path, place)).spec);
  const content = await contentOf(path);
  if (content.includes(runFiles.spec)) return runReferences(await storedSpec(path, place));
  const store = await storeAt(path);
  if (store === undefined) {
    throw new ParameterError({
      place,
      rule: `must be given the folder of a run or a study, got ${path}, which holds neither spec.json nor a store`,
      remedy: "name one of its folders, or a weights.safetensors",
    });
  }
  const specs = [];
  for (const id of await store.completeIds()) specs.push(await storedSpec(store.runFolder(id), place));
  // Seeds do not matter to what is cited.
  const distinct = new Map(specs.map((spec) => [JSON.stringify([spec.task, spec.network, spec.training]), spec]));
  return studyReferences([...distinct.values()]);
}

function entryOf(entries: Readonly<Record<string, BibtexEntry>>, key: string): BibtexEntry {
  const entry = entries[key];
  if (entry === undefined) throw new InternalError("references", `"${key}" is not in docs/references.bib`);
  return entry;
}

function plainText({ entry, uses }: { readonly entry: BibtexEntry; readonly uses: readonly string[] }): string {
  const url = referenceUrl(entry);
  return `${referenceText(entry)}${url === undefined ? "" : ` ${url}`}\n  for ${uses.join(", ")}`;
}
