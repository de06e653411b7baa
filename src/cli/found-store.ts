/** Finding the store that a user names, to read from it. */
import { join } from "node:path";
import { contentOf } from "../platform/node/files.ts";
import type { Store } from "../platform/node/store/contract.ts";
import { openStore } from "../platform/node/store/open.ts";
import { isFolder, studyRuns } from "./run-files.ts";

const storeFile = "store.json";

/** The store that a path stands for: its folder, or one that holds it in `runs`. @returns undefined when there is none */
export async function storeAt(path: string): Promise<Store | undefined> {
  if (!(await isFolder(path))) return undefined;
  for (const folder of [path, join(path, studyRuns)]) {
    if ((await contentOf(folder)).includes(storeFile)) return openStore(folder, { mode: "read" });
  }
  return undefined;
}

/** As `storeAt`. @throws ParameterError when there is none */
export async function namedStore(path: string): Promise<Store> {
  return (await storeAt(path)) ?? openStore(path, { mode: "read" });
}
