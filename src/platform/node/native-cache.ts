/**
 * Compiled files of native kernels in the cache.
 *
 * A file's name is the hash of what determines it and the hash of its bytes, so that one that was cut short, by a full
 * disk or a copy, is never loaded. It appears under that name in full or not at all; processes that compile the same
 * kernel at the same time do not meet.
 */
import { createHash, randomUUID } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { removeAbandonedFiles, temporaryMark } from "./files.ts";
import { addonName, isWhole } from "./native-addon.ts";
import type { Compiler } from "./native-compiler.ts";
import { kernelCacheFolder, kernelHeaders } from "./wasm-provider.ts";

/**
 * The hash of everything that determines a compiled file. Node's version is not part of it: addon.h asks for one
 * version of Node-API, which later ones keep.
 */
export function nativeId(text: string, flags: readonly string[], { command, version }: Compiler): string {
  const parts = [text, kernelHeaders(), flags, command, version, process.platform, process.arch];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

/** Path of a whole compiled file, or undefined; files that are not whole are removed. */
export function findKept(id: string): string | undefined {
  for (const folder of [kernelCacheFolder(), ...temporary]) {
    for (const name of namesIn(folder).filter((found) => found.startsWith(`${id}-`))) {
      const file = join(folder, name);
      if (isWhole(file)) return file;
      rmSync(file, { force: true });
    }
  }
  return undefined;
}

/** Where the compiler may write, in the folder that the file is kept in: a rename is atomic only there. */
export function placeToCompile(): string {
  const name = `${temporaryMark}${randomUUID()}.node`;
  const folder = kernelCacheFolder();
  try {
    mkdirSync(folder, { recursive: true });
    rmSync(mkdtempSync(join(folder, `${temporaryMark}probe-`)), { recursive: true });
    void removeAbandonedFiles(folder).catch(() => undefined);
    return join(folder, name);
  } catch {
    return join(temporaryFolder(), name);
  }
}

/** Gives what the compiler wrote its name. @returns its path */
export function keepCompiled(id: string, output: string): string {
  const file = join(output, "..", addonName(id, readFileSync(output)));
  renameSync(output, file);
  return file;
}

const temporary: string[] = [];

/** Of this process alone and of all its threads, for when the cache cannot be written. */
function temporaryFolder(): string {
  if (temporary.length === 0) {
    const shared = join(tmpdir(), `noisy-rnn-kernels-${process.pid}`);
    mkdirSync(shared, { recursive: true, mode: 0o700 });
    // what another user has put there is not to be loaded
    const isOwn = lstatSync(shared).isDirectory() && lstatSync(shared).uid === process.getuid?.();
    const folder = isOwn ? shared : mkdtempSync(`${shared}-`);
    temporary.push(folder);
    if (isMainThread) process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  return temporary[0];
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
