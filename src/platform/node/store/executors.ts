/** The processes at work on a store: one file each, whose time of change is its heartbeat. */
import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../../../core/errors.ts";
import { decodeSealedJson, encodeSealedJson } from "../../../io/sealed-json.ts";
import { codeOf, namesIn, replaceFile } from "../files.ts";
import type { ExecutorInfo } from "./contract.ts";
import { storeLayout } from "./layout.ts";
import { lookUp, type ProcessIdentity, thisProcess } from "./process-identity.ts";

/** An executor with what tells whether it lives. */
export interface ExecutorIdentity extends ExecutorInfo {
  readonly process: ProcessIdentity;
}

/** Milliseconds. */
export interface HeartbeatTimes {
  /** Between two beats. */
  readonly beat: number;
  /**
   * Without a beat for so long, a process on another machine is taken for dead. Must exceed by far what a beat may be
   * late: its own pause, a minute in which a client of NFS may show old attributes, a slow file server.
   */
  readonly lease: number;
}

export const usualTimes: HeartbeatTimes = { beat: 15_000, lease: 180_000 };

const damagedRemedy = "delete it: runs of a process without a file are taken over";

export function executorFile(store: string, name: string): string {
  return join(storeLayout(store).executors, `${name}.json`);
}

/** @throws FormatError when the file is damaged */
export async function readExecutor(file: string): Promise<ExecutorIdentity> {
  return decodeSealedJson(await readFile(file), file, damagedRemedy) as unknown as ExecutorIdentity;
}

export interface Heartbeat {
  /** Shows that this process lives. @returns the time of the file system, in milliseconds */
  beat(): Promise<number>;
  /** Ends it and removes its file. */
  stop(): Promise<void>;
}

/** Writes the file of an executor and keeps its heartbeat. */
export async function startHeartbeat(store: string, identity: ExecutorIdentity, beat: number): Promise<Heartbeat> {
  const file = executorFile(store, identity.name);
  const content = new TextEncoder().encode(encodeSealedJson(identity));
  await replaceFile(file, content);
  // One byte is written over itself: its time is then set by the file system's own clock, a file server's where there
  // is one, and whoever reads the file meanwhile reads the same content.
  const once = async (): Promise<number> => {
    const handle = await open(file, "r+").catch(async (error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
      // Somebody took this process for dead, after a long sleep of the machine.
      await replaceFile(file, content);
      return open(file, "r+");
    });
    try {
      await handle.write(content, content.length - 1, 1, content.length - 1);
      await handle.datasync();
      return (await handle.stat()).mtimeMs;
    } finally {
      await handle.close();
    }
  };
  // A beat that fails costs nothing as long as a later one succeeds within the lease.
  const timer = setInterval(() => void once().catch(() => undefined), beat);
  timer.unref();
  return {
    beat: once,
    stop: async () => {
      clearInterval(timer);
      await rm(file, { force: true });
    },
  };
}

/** When an executor last beat, in milliseconds of the file system's clock; undefined when it has no file. */
export async function lastBeat(store: string, name: string): Promise<number | undefined> {
  try {
    // Opening asks a file server for the present attributes; looking at a path may show old ones.
    const handle = await open(executorFile(store, name), "r");
    try {
      return (await handle.stat()).mtimeMs;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Tells the living from the dead. */
export interface LifeTest {
  isAlive(executor: ExecutorIdentity): Promise<boolean>;
  /** Whether the last heartbeat of an executor is older than the lease, or there is none. */
  isOverdue(name: string): Promise<boolean>;
}

/**
 * A process on this machine is looked up; of others the heartbeat tells.
 *
 * @param now the file system's clock, or this machine's where nothing may be written
 */
export function lifeTest(store: string, lease: number, now: () => Promise<number>): LifeTest {
  const own = thisProcess();
  const isOverdue = async (name: string): Promise<boolean> => {
    const last = await lastBeat(store, name);
    return last === undefined || (await now()) - last >= lease;
  };
  return {
    isOverdue,
    isAlive: async ({ name, process }) => {
      const found = lookUp(process, own);
      return found === "alive" || (found !== "dead" && !(await isOverdue(name)));
    },
  };
}

/** Removes the files of executors that are dead: without a file they are dead all the same. */
export async function removeDeadExecutors(store: string, { isAlive, isOverdue }: LifeTest): Promise<void> {
  const folder = storeLayout(store).executors;
  for (const entry of await namesIn(folder)) {
    if (!entry.endsWith(".json")) continue;
    const file = join(folder, entry);
    const isDead = await readExecutor(file).then(
      async (executor) => !(await isAlive(executor)),
      (error: unknown) => {
        if (error instanceof FormatError || codeOf(error) === "ENOENT")
          return isOverdue(entry.slice(0, -".json".length));
        throw error;
      },
    );
    if (isDead) await rm(file, { force: true });
  }
}
