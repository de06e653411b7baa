/** An empty project that has installed the packed package, as npm would lay it out. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../../scripts/tools/folders.mjs";

export interface Consumer {
  readonly folder: string;
  /** The tarball that `npm pack` made. */
  readonly tarball: string;
  /** Paths in the package. */
  readonly files: readonly string[];
  remove(): void;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Packs the project as it is built and unpacks it into `node_modules` of an empty project, with links to exactly the
 * dependencies that the package declares.
 *
 * @param tools further packages of this project to link, such as typescript
 */
export function consumer(tools: readonly string[] = []): Consumer {
  const folder = mkdtempSync(join(tmpdir(), "noisy rnn consumer "));
  // the tests run on what is built: packing must not build again under their feet
  const { stdout } = succeeded(npm(root, "pack", "--ignore-scripts", "--json", "--pack-destination", folder));
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  const modules = join(folder, "node_modules");
  const own = join(modules, "noisy-rnn");
  mkdirSync(own, { recursive: true });
  succeeded(run(folder, "tar", "-xzf", filename, "-C", own, "--strip-components=1"));
  const { dependencies } = JSON.parse(readFileSync(join(own, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), ...tools]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
  }
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }));
  return {
    folder,
    tarball: join(folder, filename),
    files: files.map(({ path }) => path).sort(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs a program in a folder, with a cache of its own there. */
export function run(folder: string, command: string, ...parameters: string[]): Ended {
  const env = { ...process.env, NOISY_RNN_CACHE: join(folder, "cache") };
  // what hangs fails its test instead of all
  const options = { cwd: folder, encoding: "utf8", env, timeout: 150_000 } as const;
  const { status, stdout, stderr, error } = spawnSync(command, parameters, options);
  return { code: status, stdout, stderr: stderr ?? String(error) };
}

export function npm(folder: string, ...parameters: string[]): Ended {
  const own = process.env.npm_execpath;
  return own?.endsWith("npm-cli.js")
    ? run(folder, process.execPath, own, ...parameters)
    : run(folder, "npm", ...parameters);
}

export function succeeded(ended: Ended): Ended {
  if (ended.code !== 0) throw new Error(`exit code ${ended.code}\n${ended.stdout}\n${ended.stderr}`);
  return ended;
}
