/** Reading what runs left behind. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { AnalysisFindings } from "../analysis/contract.ts";
import { FormatError, ParameterError } from "../core/errors.ts";
import { codeOf, contentOf, fileIfAny } from "../platform/node/files.ts";
import { decodeFindings } from "../study/findings.ts";
import { runFiles } from "../study/record.ts";
import { type RunSpec, runFormat } from "../study/spec.ts";
import { decodeNetwork, type SavedNetwork } from "../study/weights-file.ts";
import { quoted } from "./output.ts";

/** Folder of a study's runs, in the study's folder. */
export const studyRuns = "runs";

/**
 * A saved network, from its file or the folder of its run.
 *
 * @param place what asks for it, in messages
 * @throws ParameterError when there is none. @throws FormatError when it is damaged
 */
export async function savedNetwork(path: string, place: string): Promise<SavedNetwork> {
  if (!(await isFolder(path))) {
    const remedy = "name a weights.safetensors or the folder of a finished run";
    return decodeNetwork(await bytesOf(path, place, remedy), path);
  }
  const content = await contentOf(path);
  if (content.includes(runFiles.weights)) {
    const file = join(path, runFiles.weights);
    return decodeNetwork(await readFile(file), file);
  }
  const { found, remedy } = content.includes(runFiles.spec)
    ? { found: "which is unfinished", remedy: `finish it with: ${resumeCommand(path)}` }
    : content.includes(studyRuns)
      ? {
          found: "the folder of a study",
          remedy: `name one of its networks, a folder below ${join(path, studyRuns, "complete")}`,
        }
      : {
          found: `which holds ${content.length === 0 ? "nothing" : "no run"}`,
          remedy: "name a weights.safetensors or the folder of a finished run",
        };
  throw new ParameterError({ place, rule: `must be the folder of a finished run, got ${path}, ${found}`, remedy });
}

/**
 * The specification of the run in a folder.
 *
 * @param place what asks for it, in messages
 */
export async function storedSpec(folder: string, place: string): Promise<RunSpec> {
  const file = join(folder, runFiles.spec);
  const bytes = await bytesOf(file, place, "name the folder of a run, it holds spec.json");
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

/** What the analyses of the run in a folder found; empty where it has none. @throws FormatError when they are damaged */
export async function storedFindings(folder: string): Promise<readonly AnalysisFindings[]> {
  const file = join(folder, runFiles.findings);
  const bytes = await fileIfAny(file);
  return bytes === undefined ? [] : decodeFindings(bytes, file);
}

/** The command that goes on with the run in a folder. */
export function resumeCommand(folder: string): string {
  return `npx noisy-rnn train --resume ${quoted(folder)}`;
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
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
