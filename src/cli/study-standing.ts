/** How far a study is, from its file or its folder in a store, without planning where its folder stands. */
import { ParameterError } from "../core/errors.ts";
import { executors } from "../platform/node/executors/registry.ts";
import { findStudy, isStudyFolder, storeOfStudy } from "../platform/node/found-study.ts";
import { decodeFrozenStudy, type FrozenStudy, frozenIds } from "../platform/node/frozen-study.ts";
import { thisSoftware } from "../platform/node/software.ts";
import type { Store } from "../platform/node/store/contract.ts";
import { openStore } from "../platform/node/store/open.ts";
import { readStudy } from "../platform/node/study-files.ts";
import { type StudyState, softwareText, studyState } from "../study/state.ts";
import { commandBackend } from "./backend.ts";
import { storeFolder } from "./studies.ts";

export interface StudyStanding {
  readonly store: Store;
  readonly folder: string;
  readonly study: FrozenStudy;
  readonly ids: readonly string[];
  /** As results of this software are marked. */
  readonly software: string;
  /** Remarks for people: that other software froze it. */
  readonly notes: readonly string[];
}

/**
 * Finds a study in its store.
 *
 * @param path study file, or the study's folder in a store
 * @param chosen folder of the store; default: as `study run` has it
 * @throws ParameterError when it was never begun there
 */
export async function studyStanding(
  path: string,
  overrides: readonly string[],
  chosen: string | undefined,
): Promise<StudyStanding> {
  const { variantOf } = commandBackend(true);
  const standing = async (store: Store, folder: string, study: FrozenStudy): Promise<StudyStanding> => {
    const software = thisSoftware(variantOf(study.backend));
    const ids = await frozenIds(folder);
    return { store, folder, study, ids, software: softwareText(software), notes: notes(study, software) };
  };
  if (await isStudyFolder(path)) {
    const store = await openStore(storeOfStudy(path), { mode: "read" });
    return standing(store, path, await decodeFrozenStudy(path));
  }
  const study = await readStudy(path, overrides);
  const store = await openStore(storeFolder(path, chosen), { mode: "read" });
  const found = await findStudy(store.folder, study);
  if (found !== undefined) return standing(store, found.folder, found.study);
  throw new ParameterError({
    place: path,
    rule: `the study must have been begun in the store, got ${store.folder}, which has none of this content`,
    remedy: "begin it with noisy-rnn study run, or name another store with --store",
  });
}

function notes(study: FrozenStudy, software: { readonly fingerprint: string }): string[] {
  if (study.software.fingerprint === software.fingerprint) return [];
  return [`Begun by other software: version ${study.software.version} (${study.software.fingerprint}).`];
}

export interface StudyView {
  readonly state: StudyState;
  /** What executors say about jobs of the study. */
  jobs(): Promise<readonly string[]>;
}

/** A study as its store has it now. */
export async function studyView({ store, folder, ids, software }: StudyStanding): Promise<StudyView> {
  const [summaries, claims] = await Promise.all([store.summaries(new Set(ids)), store.claims()]);
  const call = { store, studyFolder: folder, ids, complete: new Set(summaries.keys()) };
  return {
    state: studyState(ids, summaries, claims, software),
    jobs: async () => {
      const lines = await Promise.all(executors.members.map((executor) => executor.status?.(call) ?? []));
      return lines.flat();
    },
  };
}
