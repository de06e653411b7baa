/** Complete runs as they are read: every file checked. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../../../core/errors.ts";
import { decodeFindings } from "../../../study/findings.ts";
import { decodeRecord, type RunRecord, runFiles } from "../../../study/record.ts";
import { type RunSpec, runId } from "../../../study/spec.ts";
import { codeOf } from "../files.ts";
import type { RunPart, StoredRunFiles } from "./contract.ts";

const leftOut: Readonly<Record<RunPart, readonly string[]>> = {
  all: [],
  numbers: [runFiles.weights, runFiles.findings],
  findings: [runFiles.weights],
};

const remedy = "let `noisy-rnn study verify --quarantine` move the run away; it is then made again";

/** SHA-256 of a file's bytes, 64 hexadecimal digits. */
export function fileDigest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * A complete run, its files checked.
 *
 * @returns undefined when there is no such folder
 * @throws FormatError that names the file that is damaged or absent, with what was expected and found
 */
export async function readRun(folder: string, id: string, part: RunPart = "all"): Promise<StoredRunFiles | undefined> {
  const record = await readRecord(folder, id);
  if (record === undefined) return undefined;
  const contents: Record<string, Uint8Array> = {};
  for (const [name, expected] of Object.entries(record.files)) {
    if (leftOut[part].includes(name)) continue;
    const file = join(folder, name);
    const bytes = await bytesIfAny(file);
    if (bytes === undefined) throw damaged(file, `must have the SHA-256 ${expected}, found no file`);
    const found = fileDigest(bytes);
    if (found !== expected) throw damaged(file, `must have the SHA-256 ${expected}, found ${found}`);
    contents[name] = bytes;
  }
  const { [runFiles.spec]: text, [runFiles.metrics]: metrics, [runFiles.findings]: findings } = contents;
  if (text === undefined || metrics === undefined) {
    throw damaged(join(folder, runFiles.record), "must name specification and metrics, found neither or one");
  }
  const spec = JSON.parse(new TextDecoder().decode(text)) as RunSpec;
  const found = runId(spec);
  if (found !== id)
    throw damaged(join(folder, runFiles.spec), `must be the specification of run ${id}, found ${found}`);
  const file = join(folder, runFiles.findings);
  return { spec, record, metrics, findings: findings === undefined ? [] : decodeFindings(findings, file) };
}

/**
 * The record of a complete run, checked against its own checksum.
 *
 * @returns undefined when there is no such folder
 * @throws FormatError when it is damaged or absent
 */
export async function readRecord(folder: string, id: string): Promise<RunRecord | undefined> {
  const file = join(folder, runFiles.record);
  const bytes = await bytesIfAny(file);
  if (bytes === undefined) {
    // One and the same rename brings the folder and the record.
    if ((await bytesIfAny(folder)) === undefined) return undefined;
    throw damaged(file, "must be there, found no file");
  }
  const record = decodeRecord(bytes, file);
  if (record.id !== id) throw damaged(file, `must be the record of run ${id}, found that of ${record.id}`);
  return record;
}

function damaged(file: string, rule: string): FormatError {
  return new FormatError({ file, offset: -1, rule, remedy });
}

async function bytesIfAny(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    // a folder: it is there
    if (codeOf(error) === "EISDIR") return new Uint8Array();
    throw error;
  }
}
