/** Reading what runs left behind. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError, ParameterError } from "../core/errors.ts";
import { codeOf } from "../platform/node/files.ts";
import { runFiles } from "../study/record.ts";
import { type RunSpec, runFormat } from "../study/spec.ts";
import { decodeNetwork, type SavedNetwork } from "../study/weights-file.ts";

/**
 * A saved network, from its file or the folder of its run.
 *
 * @throws ParameterError when there is none. @throws FormatError when it is damaged
 */
export async function savedNetwork(path: string): Promise<SavedNetwork> {
  const file = (await isFolder(path)) ? join(path, runFiles.weights) : path;
  return decodeNetwork(
    await bytesOf(file, "network", "name a weights.safetensors or the folder of a finished run"),
    file,
  );
}

/** The specification of the run in a folder. */
export async function storedSpec(folder: string): Promise<RunSpec> {
  const file = join(folder, runFiles.spec);
  const bytes = await bytesOf(file, "run", "name the folder of a run, it holds spec.json");
  try {
    const spec = JSON.parse(new TextDecoder().decode(bytes)) as RunSpec;
    if (spec?.format === runFormat) return spec;
  } catch {
    // the same complaint as for other content
  }
  throw new FormatError({
    file,
    offset: -1,
    rule: `must be the specification of a run in format ${runFormat}`,
    remedy: "start the run anew with this version",
  });
}

async function bytesOf(file: string, place: string, remedy: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = codeOf(error);
    if (reason !== "ENOENT" && reason !== "ENOTDIR" && reason !== "EACCES") throw error;
    throw new ParameterError({ place, rule: `must be a file that can be read, got ${file} (${reason})`, remedy });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
