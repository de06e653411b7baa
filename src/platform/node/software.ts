/** Which code computes here, and on what. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism, cpus, hostname, totalmem } from "node:os";
import { join } from "node:path";
import type { Software } from "../../study/record.ts";
import { packageFolder } from "./folders.ts";

/** Folders of the package whose content decides the bits of a result. */
const computing = [
  "kernels",
  ...["core", "cell", "engine", "noise", "network", "io", "task", "train", "analysis", "study"].map((room) =>
    join("dist", room),
  ),
];

export function packageVersion(): string {
  const manifest = readFileSync(join(packageFolder, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/** @param variant instruction set of the back end */
export function thisSoftware(variant: string): Software {
  const hash = createHash("sha256");
  for (const folder of computing) {
    const files = readdirSync(join(packageFolder, folder), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => /\.(js|h)$/.test(name)).sort()) {
      hash.update(`${join(folder, file)}\0`).update(readFileSync(join(packageFolder, folder, file)));
    }
  }
  return { version: packageVersion(), fingerprint: hash.digest("hex").slice(0, 16), variant };
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
