/** A trained network by what a user names: its file, the folder of its run, or the identity of its run. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { NoisyRnnError, ParameterError } from "../core/errors.ts";
import { contentOf } from "../platform/node/files.ts";
import { runFiles } from "../study/record.ts";
import { runId } from "../study/spec.ts";
import type { SavedNetwork } from "../study/weights-file.ts";
import { storeAt } from "./found-store.ts";
import { isFolder, savedNetwork, storedSpec } from "./run-files.ts";

/** Fewer digits than these are more likely a slip than a name. */
const fewestDigits = 4;

/**
 * @param named weights.safetensors, folder of a finished run, or the first digits of a run's identity
 * @param folder that has the run: a store, one that holds a store in `runs`, or one with folders of finished runs
 * @param place what asks for it, in messages
 * @throws ParameterError when there is none, or several. @throws FormatError when it is damaged
 */
export async function foundNetwork(named: string, folder: string, place: string): Promise<SavedNetwork> {
  if (!isIdentity(named) || existsSync(named)) return savedNetwork(named, place);
  const fitting = [...(await runsBelow(folder, place))].filter(([id]) => id.startsWith(named));
  if (fitting.length !== 1) {
    const rule = `the digits must be those of one complete run, got ${named}, with which ${fitting.length} begin in ${folder}`;
    const remedy =
      fitting.length > 1
        ? `give more digits: ${fitting
            .slice(0, 3)
            .map(([id]) => id)
            .join(", ")}`
        : 'name the folder of the run, or another folder of runs with --store; noisy-rnn query "select id, title from runs" lists those of a store';
    throw new ParameterError({ place, rule, remedy });
  }
  const [[, run]] = fitting;
  return savedNetwork(join(run, runFiles.weights), place);
}

/** Folders of complete runs by identity: those of the store, and those that lie in the folder itself. */
async function runsBelow(folder: string, place: string): Promise<ReadonlyMap<string, string>> {
  if (!(await isFolder(folder))) {
    const remedy = "name the folder that runs were written into";
    throw new ParameterError({ place: "--store", rule: `must be a folder with runs, got ${folder}`, remedy });
  }
  const runs = new Map<string, string>();
  for (const name of await contentOf(folder)) {
    const run = join(folder, name);
    if (!(await isFolder(run))) continue;
    const content = await contentOf(run);
    if (!content.includes(runFiles.record) || !content.includes(runFiles.weights)) continue;
    try {
      runs.set(runId(await storedSpec(run, place)), run);
    } catch (error) {
      // of another version, or damaged: it is no run that digits can name
      if (!(error instanceof NoisyRnnError)) throw error;
    }
  }
  const store = await storeAt(folder);
  if (store !== undefined) for (const id of await store.completeIds()) runs.set(id, store.runFolder(id));
  return runs;
}

function isIdentity(text: string): boolean {
  return text.length >= fewestDigits && /^[0-9a-f]{1,64}$/.test(text);
}
