/**
 * `npm run evidence -- <name>`: runs one measurement of `scripts/evidence/` and writes `docs/evidence/<name>.md`, with
 * the command, the machine and the day, so that every number in it can be made again.
 *
 * A member is a module with `title` (what is measured) and `measure()`, which returns the results as Markdown.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { endWith, Failure, say } from "./tools/failure.mjs";
import { root } from "./tools/folders.mjs";
import { prepare } from "./tools/prepare.mjs";

/** @typedef {{ title: string, measure: () => Promise<string> }} Evidence */

const members = join(root, "scripts", "evidence");

try {
  const names = readdirSync(members)
    .filter((file) => file.endsWith(".mjs"))
    .map((file) => file.slice(0, -".mjs".length));
  const [name, ...rest] = process.argv.slice(2);
  if (name === undefined || !names.includes(name) || rest.length > 0) {
    const got = process.argv.slice(2).join(" ") || "nothing";
    throw new Failure(
      `evidence: takes one of ${names.join(", ")}, got ${got}; for example npm run evidence -- ${names[0]}.`,
    );
  }
  await prepare();
  /** @type {Evidence} */
  const { title, measure } = await import(pathToFileURL(join(members, `${name}.mjs`)).href);
  const results = await measure();
  const file = join(root, "docs", "evidence", `${name}.md`);
  mkdirSync(join(root, "docs", "evidence"), { recursive: true });
  writeFileSync(file, `# ${title}\n\n${circumstances(name)}\n\n${results.trim()}\n`);
  say(`wrote docs/evidence/${name}.md`);
} catch (error) {
  endWith(error);
}

/** @param {string} name */
function circumstances(name) {
  const processor = cpus()[0]?.model.trim() || process.arch;
  const memory = Math.round(totalmem() / 2 ** 30);
  const commit = execFileSync("git", ["describe", "--always", "--dirty"], { cwd: root, encoding: "utf8" }).trim();
  return [
    `Made by \`npm run evidence -- ${name}\` on ${new Date().toISOString().slice(0, 10)}, at commit ${commit}, on`,
    `${processor}, ${availableParallelism()} cores, ${memory} GiB, ${type()} ${release()}, Node ${process.versions.node}.`,
  ].join("\n");
}
