/** How much memory this process may use. */
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { dirname, join } from "node:path";

export interface AvailableMemory {
  readonly bytes: number;
  /** Who set the limit, for people. */
  readonly by: "machine" | "control group";
}

/** How the system is asked; undefined when there is no such file. */
export interface MemorySystem {
  readonly total: number;
  read(file: string): string | undefined;
}

const thisSystem: MemorySystem = {
  total: totalmem(),
  read: (file) => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return undefined;
    }
  },
};

const mounted = "/sys/fs/cgroup";

/**
 * The memory of the machine, or of the narrowest control group (version 1 or 2) that this process is in: batch systems
 * and containers limit a group above the one that the process stands in.
 */
export function availableMemory(system: MemorySystem = thisSystem): AvailableMemory {
  const limits = groupFiles(system).flatMap((file) => {
    const text = system.read(file)?.trim();
    const bytes = text === undefined || !/^\d+$/.test(text) ? Number.NaN : Number(text);
    // Version 1 says "no limit" with a number beyond any memory.
    return bytes > 0 && bytes < system.total ? [bytes] : [];
  });
  return limits.length === 0
    ? { bytes: system.total, by: "machine" }
    : { bytes: Math.min(...limits), by: "control group" };
}

/** Files that may hold a limit: of the group of this process and of all above it. */
function groupFiles({ read }: MemorySystem): string[] {
  const lines = read("/proc/self/cgroup")?.trim().split("\n") ?? [];
  return lines.flatMap((line) => {
    const [, controllers, path] = line.match(/^\d+:([^:]*):(\/.*)$/) ?? [];
    if (path === undefined) return [];
    // In a namespace of its own a process may see a path that is not below the mounted tree: its root is looked at too.
    if (controllers === "") return upwards(path).map((group) => join(mounted, group, "memory.max"));
    if (!controllers.split(",").includes("memory")) return [];
    return upwards(path).map((group) => join(mounted, "memory", group, "memory.limit_in_bytes"));
  });
}

/** "/a/b", "/a", "/". */
function upwards(path: string): string[] {
  return path === "/" ? ["/"] : [path, ...upwards(dirname(path))];
}
