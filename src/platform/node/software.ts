/** Which code computes here, and on what. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, hostname, totalmem } from "node:os";
import { dirname, join } from "node:path";
import type { Software } from "../../study/record.ts";
import { packageFolder } from "./folders.ts";

/** Folders of the package whose content decides the bits of a result. */
const computingFolders = ["kernels", join("dist", "engine")];

/** Modules that make the numbers of a run and write them down: these, and all that they import. */
const computingModules = [
  ...["run.js", "tasks.js", "metrics.js", "weights-file.js", "checkpoint-file.js"].map((name) => join("study", name)),
  join("io", "parquet.js"),
].map((module) => join("dist", module));

export function packageVersion(): string {
  const manifest = readFileSync(join(packageFolder, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** @param variant instruction set of the back end */
export function thisSoftware(variant: string): Software {
  const hash = createHash("sha256");
  for (const [file, content] of computingFiles()) hash.update(`${file}\0`).update(content);
  return { version: packageVersion(), fingerprint: hash.digest("hex").slice(0, 16), variant };
}

/** Files whose content decides the bits of a result, in the order of their names. */
export function computingFiles(): readonly (readonly [file: string, content: string])[] {
  const found = new Map<string, string>();
  const add = (file: string): void => {
    if (found.has(file)) return;
    const content = readFileSync(join(packageFolder, file), "utf8");
    found.set(file, content);
    if (!file.endsWith(".js")) return;
    for (const [, path] of content.matchAll(/^(?:import|export) .*from "(\.[^"]+)";$/gm))
      add(join(dirname(file), path));
  };
  for (const folder of computingFolders) {
    const files = readdirSync(join(packageFolder, folder), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => /\.(js|h)$/.test(name))) add(join(folder, file));
  }
  for (const file of computingModules) add(file);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The machine, for people. */
export function thisMachine(): Readonly<Record<string, string>> {
  return {
    host: hostname(),
    processor: `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} threads`,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    system: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}
