/** How far a study is, from its file or its folder in a store, without planning where its folder stands. */
import { join, relative } from "node:path";
import { ParameterError } from "../core/errors.ts";
import { executors } from "../platform/node/executors/registry.ts";
import { contentOf } from "../platform/node/files.ts";
import { findStudy, isStudyFolder, storeOfStudy } from "../platform/node/found-study.ts";
import { decodeFrozenStudy, type FrozenStudy, frozenConditions, frozenIds } from "../platform/node/frozen-study.ts";
import { thisSoftware } from "../platform/node/software.ts";
import type { Store } from "../platform/node/store/contract.ts";
import { storeLayout } from "../platform/node/store/layout.ts";
import { openStore } from "../platform/node/store/open.ts";
import { readStudy } from "../platform/node/study-files.ts";
import { runLabel, type StudyState, softwareText, studyState } from "../study/state.ts";
import { studyOf } from "../study/study-file/document.ts";
import { commandBackend } from "./backend.ts";
import { namedStore, storeAt } from "./found-store.ts";
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
 * @param chosen folder of the store, or one that holds it in `runs`; default: as `study run` has it
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
  const named = await storeAt(path);
  if (named !== undefined) {
    const studies = join(path, relative(path, storeLayout(named.folder).studies));
    const known = await contentOf(studies);
    throw new ParameterError({
      place: path,
      rule: "must be a study file or the folder of a study in a store, got a store",
      remedy:
        known.length === 0
          ? "no study was begun in it: begin one with noisy-rnn study run"
          : `name one of its studies: ${known.map((name) => join(studies, name)).join(", ")}`,
    });
  }
  const study = await readStudy(path, overrides);
  const store = await namedStore(storeFolder(path, chosen));
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

/** Of a frozen study, by the index of a run: seeds are innermost, and each condition has all of them. */
async function frozenLabels(folder: string, { document }: FrozenStudy): Promise<(run: number) => string> {
  const { runs } = await frozenConditions(folder);
  const { seeds } = studyOf(document, folder);
  return (run) => runLabel(runs[run].condition, seeds[run % seeds.length]);
}

/** A study as its store has it now. */
export async function studyView({ store, folder, study, ids, software }: StudyStanding): Promise<StudyView> {
  const [summaries, claims, begun] = await Promise.all([
    store.summaries(new Set(ids)),
    store.claims(),
    store.begunIds(),
  ]);
  const hasFailures = ids.some((id) => typeof summaries.get(id)?.cause === "string");
  const labelOf = hasFailures ? await frozenLabels(folder, study) : String;
  const call = { store, studyFolder: folder, ids, complete: new Set(summaries.keys()) };
  return {
    state: studyState({ ids, summaries, claims, begun, software, labelOf }),
    jobs: async () => {
      const lines = await Promise.all(executors.members.map((executor) => executor.status?.(call) ?? []));
      return lines.flat();
    },
  };
}
