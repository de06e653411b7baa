/** Tasks for runs: loaded once, with the identity of the user's own files they were made from. */
import { canonicalJson } from "../core/canonical-json.ts";
import { sha256 } from "../core/sha256.ts";
import type { Task, TaskResources } from "../task/contract.ts";
import { tasks } from "../task/registry.ts";

export interface LoadedTask {
  readonly task: Task;
  /** SHA-256 by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** @throws ParameterError, FormatError, CapabilityError as the task's `create` does */
export type TaskLoader = (name: string, options: Readonly<Record<string, unknown>>) => Promise<LoadedTask>;

/** A loader that makes each task once, however often it is asked for. */
export function taskLoader(resources: TaskResources): TaskLoader {
  const loaded = new Map<string, Promise<LoadedTask>>();
  return (name, options) => {
    const key = canonicalJson([name, options]);
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const fresh = load(name, options, resources);
    loaded.set(key, fresh);
    return fresh;
  };
}

async function load(
  name: string,
  options: Readonly<Record<string, unknown>>,
  resources: TaskResources,
): Promise<LoadedTask> {
  const files: Record<string, string> = {};
  const task = await tasks.get(name).create(options, {
    ...resources,
    file: async (path) => {
      const bytes = await resources.file(path);
      files[path] = sha256(bytes);
      return bytes;
    },
  });
  return { task, files };
}
