import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { Failure, say } from "./failure.mjs";
import { buildFolder, root } from "./folders.mjs";
import { shipKernels } from "./kernels.mjs";
import { lastLines, run } from "./process.mjs";

const stamp = join(buildFolder, "stamp");
const output = join(root, "dist");

/**
 * Whether `dist/` is what the sources give.
 *
 * The stamp holds the hash of all sources. TypeScript's records must not be newer than it: they are when somebody ran
 * the compiler on other sources since.
 */
export function isBuilt() {
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== sourceHash()) return false;
  const { mtimeMs } = statSync(stamp);
  return readdirSync(buildFolder)
    .filter((file) => file.endsWith(".tsbuildinfo"))
    .every((file) => statSync(join(buildFolder, file)).mtimeMs <= mtimeMs);
}

/**
 * Compiles the library into `dist/` and the kernels of the built-in cells into `dist/kernels/`.
 *
 * @param {{ allKernels: boolean }} options `allKernels`: for every instruction set, not only the one of this Node
 * @throws {Failure} with the compiler's messages.
 */
export async function compile({ allKernels }) {
  const hash = sourceHash();
  rmSync(stamp, { force: true });
  say("compiling the library");
  const { code, output: messages } = await run(
    process.execPath,
    [join(root, "node_modules", "typescript", "bin", "tsc"), "-b"],
    { capture: true },
  );
  if (code !== 0) throw new Failure(`${lastLines(messages, 200)}\n\ntsc: must end with 0, got ${code}; mend the sources.`);
  removeStaleOutputs();
  chmodSync(join(output, "cli", "main.js"), 0o755);
  await shipKernels({ allKernels });
  mkdirSync(buildFolder, { recursive: true });
  writeFileSync(`${stamp}.new`, hash);
  renameSync(`${stamp}.new`, stamp);
}

function sourceHash() {
  const hash = createHash("sha256");
  const files = [
    ...filesBelow(join(root, "src")),
    ...filesBelow(join(root, "kernels")),
    ...filesBelow(join(root, "scripts", "tools")),
    ...["package-lock.json", "tsconfig.base.json", "tsconfig.json"].map((file) => join(root, file)),
  ];
  for (const file of files) hash.update(`${relative(root, file)}\0${readFileSync(file).length}\0`).update(readFileSync(file));
  return hash.digest("hex");
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
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
