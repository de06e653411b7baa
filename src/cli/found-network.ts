/** A trained network by what a user names: its file, the folder of its run, or the identity of its run in a store. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ParameterError } from "../core/errors.ts";
import { openStore } from "../platform/node/store/open.ts";
import { runFiles } from "../study/record.ts";
import type { SavedNetwork } from "../study/weights-file.ts";
import { storeAt } from "./complete-runs.ts";
import { savedNetwork } from "./run-files.ts";

/** Fewer digits than these are more likely a slip than a name. */
const fewestDigits = 4;

/**
 * @param named weights.safetensors, folder of a finished run, or the first digits of a run's identity
 * @param store folder of the store that has the identity, or one that holds it in `runs`
 * @param place what asks for it, in messages
 * @throws ParameterError when there is none, or several. @throws FormatError when it is damaged
 */
export async function foundNetwork(named: string, store: string, place: string): Promise<SavedNetwork> {
  if (!isIdentity(named) || existsSync(named)) return savedNetwork(named, place);
  const { completeIds, runFolder } = (await storeAt(store)) ?? (await openStore(store, { mode: "read" }));
  const fitting = [...(await completeIds())].filter((id) => id.startsWith(named));
  if (fitting.length !== 1) {
    const rule = `the digits must be those of one complete run, got ${named}, with which ${fitting.length} begin in ${store}`;
    const remedy =
      fitting.length > 1
        ? `give more digits: ${fitting.slice(0, 3).join(", ")}`
        : 'list them with: noisy-rnn query "select id, title from runs"';
    throw new ParameterError({ place, rule, remedy });
  }
  return savedNetwork(join(runFolder(fitting[0]), runFiles.weights), place);
}

function isIdentity(text: string): boolean {
  return text.length >= fewestDigits && /^[0-9a-f]{1,64}$/.test(text);
}
