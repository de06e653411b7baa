import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { Failure, say } from "./failure.mjs";
import { buildFolder, root } from "./folders.mjs";
import { shipKernels } from "./kernels.mjs";
import { lastLines, run } from "./process.mjs";
import { writeSchemas } from "./schemas.mjs";

const stamp = join(buildFolder, "stamp");
const output = join(root, "dist");

/**
 * Whether `dist/` is what the sources give.
 *
 * The stamp holds the hash of what it was built from. TypeScript's records must not be newer than it: they are when somebody ran
 * the compiler on other sources since.
 */
export function isBuilt() {
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== sourceHash() || !isComplete()) return false;
  const { mtimeMs } = statSync(stamp);
  return records().every((file) => statSync(file).mtimeMs <= mtimeMs);
}

/**
 * Compiles the library into `dist/`, the kernels of the built-in cells into `dist/kernels/`, and writes `schemas/`.
 *
 * @param {{ allKernels: boolean }} options `allKernels`: for every instruction set, not only the one of this Node
 * @throws {Failure} with the compiler's messages.
 */
export async function compile({ allKernels }) {
  const hash = sourceHash();
  rmSync(stamp, { force: true });
  say("compiling the library");
  // by its records alone, the compiler takes outputs that somebody deleted for present
  if (!isComplete()) for (const file of records()) rmSync(file);
  const { code, output: messages } = await run(
    process.execPath,
    [join(root, "node_modules", "typescript", "bin", "tsc"), "-b"],
    { capture: true },
  );
  if (code !== 0)
    throw new Failure(`${lastLines(messages, 200)}\n\ntsc: must end with 0, got ${code}; mend the sources.`);
  removeStaleOutputs();
  chmodSync(join(output, "cli", "main.js"), 0o755);
  await shipKernels({ allKernels });
  await writeSchemas();
  writeFileSync(`${stamp}.new`, hash);
  renameSync(`${stamp}.new`, stamp);
}

/** Of everything that decides what is built; Node decides for which instruction set. */
function sourceHash() {
  const hash = createHash("sha256").update(process.versions.node);
  const single = [
    "package-lock.json",
    "tsconfig.base.json",
    "tsconfig.json",
    "scripts/tools/compile.mjs",
    "scripts/tools/kernels.mjs",
    "scripts/tools/schemas.mjs",
  ];
  const files = [
    ...filesBelow(join(root, "src")),
    ...filesBelow(join(root, "kernels")),
    ...single.map((file) => join(root, file)),
  ];
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

/** Whether every source has its output. */
function isComplete() {
  const source = join(root, "src");
  return filesBelow(source)
    .filter((file) => file.endsWith(".ts"))
    .every((file) => existsSync(join(output, relative(source, file).replace(/\.ts$/, ".js"))));
}

/** What TypeScript remembers of its last run. */
function records() {
  return filesBelow(buildFolder).filter((file) => file.endsWith(".tsbuildinfo"));
}

/** The compiler leaves what it made of sources that are gone. */
function removeStaleOutputs() {
  for (const file of filesBelow(output)) {
    const path = relative(output, file);
    if (path.startsWith(`kernels${sep}`) || path.startsWith(`.build${sep}`)) continue;
    const source = path.replace(/(\.d\.ts|\.js)$/, ".ts");
    if (!existsSync(join(root, "src", source))) rmSync(file);
  }
}

/** Files of a folder and its subfolders, in a fixed order. @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
