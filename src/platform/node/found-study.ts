/** Studies that stand in a store. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson } from "../../core/canonical-json.ts";
import type { Study } from "../../study/study.ts";
import { contentOf } from "./files.ts";
import { decodeFrozenStudy, type FrozenStudy, studyFile } from "./frozen-study.ts";

export interface FoundStudy {
  readonly folder: string;
  readonly study: FrozenStudy;
}

/** Whether a path is a study's folder in a store, and no study file. */
export async function isStudyFolder(path: string): Promise<boolean> {
  return (await stat(join(path, studyFile)).catch(() => undefined)) !== undefined;
}

/** The store that a study's folder is part of. */
export function storeOfStudy(folder: string): string {
  return join(folder, "..", "..");
}

/**
 * A study in a store by what its file says, without planning it.
 *
 * @returns the one that was begun last, where data files or back ends made several of it; undefined when there is none
 */
export async function findStudy(
  store: string,
  { name, document }: Pick<Study, "name" | "document">,
): Promise<FoundStudy | undefined> {
  const studies = join(store, "studies");
  const wanted = runsPart(document);
  let latest: (FoundStudy & { readonly begun: number }) | undefined;
  for (const entry of await contentOf(studies)) {
    if (!entry.startsWith(`${name}-`)) continue;
    const folder = join(studies, entry);
    const begun = (await stat(join(folder, studyFile)).catch(() => undefined))?.mtimeMs;
    if (begun === undefined || (latest !== undefined && latest.begun >= begun)) continue;
    const study = await decodeFrozenStudy(folder);
    if (runsPart(study.document) === wanted) latest = { folder, study, begun };
  }
  return latest;
}

/** Keys that say what is made of the runs and not what they are. */
const readerKeys = ["question", "analyses", "figures", "expected", "references"];

/** What of a document decides about its runs, as a text. */
function runsPart(document: Study["document"]): string {
  return canonicalJson(Object.fromEntries(Object.entries(document).filter(([key]) => !readerKeys.includes(key))));
}
