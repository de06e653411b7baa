/** `store.json`: that a folder is a store, and of which format. */
import { readFile } from "node:fs/promises";
import { FormatError, ParameterError } from "../../../core/errors.ts";
import { decodeSealedJson, encodeSealedJson } from "../../../io/sealed-json.ts";
import { codeOf, replaceFile } from "../files.ts";
import { storeLayout } from "./layout.ts";

/** Changes when stores are laid out in another way. */
export const storeVersion = 1;

const format = "noisy-rnn store";

/**
 * Checks that a folder is a store that this version can use.
 *
 * @param mode "write" makes a store of a folder that is none
 * @throws ParameterError when there is no store. @throws FormatError when its file is damaged, or of another version
 */
export async function checkStoreFile(store: string, mode: "read" | "write"): Promise<void> {
  const { file } = storeLayout(store);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENOTDIR") throw error;
    if (mode === "write") {
      // Whoever else does so at this moment writes the same bytes.
      await replaceFile(file, encodeSealedJson({ format, version: storeVersion }));
      return;
    }
    throw new ParameterError({
      place: "--store",
      rule: `must be a store of runs, got ${store}, which has no store.json`,
      remedy: "name the folder that `noisy-rnn study run` was given, or run a study first",
    });
  }
  const content = decodeSealedJson(bytes, file, "delete it; the next `noisy-rnn study run` writes it again");
  if (content.format === format && content.version === storeVersion) return;
  throw new FormatError({
    file,
    offset: -1,
    rule: `must be that of a ${format} of version ${storeVersion}, got ${String(content.format)} of version ${String(content.version)}`,
    remedy: "use the version of noisy-rnn that made the store, or another folder",
  });
}
