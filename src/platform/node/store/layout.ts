/** Where things lie in a store. */
import { join } from "node:path";

/** Folders and files of a store by what they hold; `contract.ts` says what that is. */
export function storeLayout(store: string) {
  return {
    file: join(store, "store.json"),
    complete: join(store, "complete"),
    work: join(store, "work"),
    executors: join(store, "executors"),
    journal: join(store, "journal"),
    studies: join(store, "studies"),
    quarantine: join(store, "quarantine"),
    index: join(store, "index"),
  } as const;
}

/** Folders of complete runs are spread over 256 folders by the first two digits of their ids. */
export function completeFolder(store: string, id: string): string {
  return join(storeLayout(store).complete, id.slice(0, 2), id);
}

export function workFolder(store: string, id: string): string {
  return join(storeLayout(store).work, id);
}

/** Names in `work` of folders that are being removed. */
export const removedMark = ".removed-";

export function isRunId(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}
