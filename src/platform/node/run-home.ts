/** Where a run is made: a folder of its own, or a claimed place of a store. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../../core/errors.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../study/checkpoint-file.ts";
import { runFiles, type Software } from "../../study/record.ts";
import type { RunSpec } from "../../study/spec.ts";
import type { Checkpoint } from "../../train/checkpoint.ts";
import { fileIfAny, removeAbandonedFiles, replaceFile, writeFileAtomic } from "./files.ts";
import type { ClaimedPlace } from "./store/contract.ts";
import { inStore } from "./store/failure.ts";
import { publishRun } from "./store/publish.ts";
import { fileDigest } from "./store/reading.ts";

/** Structured-cloneable. */
export type RunPlace = { readonly folder: string } | { readonly claimed: ClaimedPlace };

export interface RunHome {
  /** Whether a run that cannot be made is a result here, with its reason. */
  readonly keepsFailures: boolean;
  begin(spec: RunSpec): Promise<void>;
  /** Where to go on; undefined when there is no checkpoint that can be used, which costs time only. */
  checkpoint(): Promise<Checkpoint | undefined>;
  keep(checkpoint: Checkpoint): Promise<void>;
  /** @param files content by name; the record comes last */
  publish(files: Readonly<Record<string, Uint8Array>>): Promise<"published" | "taken">;
}

export function runHome(place: RunPlace, software: Software): RunHome {
  return "folder" in place ? plainHome(place.folder, software) : claimedHome(place.claimed, software);
}

/** The run is complete when its record is there. */
function plainHome(folder: string, software: Software): RunHome {
  const file = join(folder, runFiles.checkpoint);
  return {
    keepsFailures: false,
    begin: async (spec) => {
      await removeAbandonedFiles(folder);
      await rm(join(folder, runFiles.record), { force: true });
      await writeFileAtomic(join(folder, runFiles.spec), encodeSpec(spec));
    },
    checkpoint: () => usableCheckpoint(file, software),
    keep: (checkpoint) => writeFileAtomic(file, encodeCheckpoint(checkpoint, software.fingerprint, fileDigest)),
    publish: async (files) => {
      for (const [name, bytes] of Object.entries(files)) await writeFileAtomic(join(folder, name), bytes);
      await rm(file, { force: true });
      return "published";
    },
  };
}

/** The run is complete when its folder is among the complete ones. */
function claimedHome(place: ClaimedPlace, software: Software): RunHome {
  const { store, work } = place;
  const file = join(work, runFiles.checkpoint);
  return {
    keepsFailures: true,
    begin: () => inStore(store, () => removeAbandonedFiles(work)),
    checkpoint: () =>
      inStore(store, async () => {
        const known = await usableCheckpoint(file, software);
        // Who had the run before may have had another instruction set: its bits are others.
        return known?.meta.run.variant === software.variant ? known : undefined;
      }),
    keep: (checkpoint) =>
      inStore(store, () => replaceFile(file, encodeCheckpoint(checkpoint, software.fingerprint, fileDigest))),
    publish: (files) => inStore(store, () => publishRun(place, files)),
  };
}

export function encodeSpec(spec: RunSpec): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(spec, null, 2)}\n`);
}

async function usableCheckpoint(file: string, software: Software): Promise<Checkpoint | undefined> {
  const bytes = await fileIfAny(file);
  if (bytes === undefined) return undefined;
  try {
    return decodeCheckpoint(bytes, file, software.fingerprint, fileDigest);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
