import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { Failure } from "../../scripts/tools/failure.mjs";
import { root } from "../../scripts/tools/folders.mjs";
import { isInstalled } from "../../scripts/tools/install.mjs";
import { withLock } from "../../scripts/tools/lock.mjs";
import { checkNodeVersion } from "../../scripts/tools/node-version.mjs";

const folder = mkdtempSync(join(tmpdir(), "noisy-rnn tools "));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a module text that may import the project's tools; told each line that it prints. */
function script(text: string, onLine: (line: string, kill: (signal: NodeJS.Signals) => void) => void = () => {}) {
  const tools = pathToFileURL(join(root, "scripts", "tools")).href;
  const child = spawn(process.execPath, ["--input-type=module", "-e", text.replaceAll("TOOLS", tools)]);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    for (const line of chunk.split("\n")) onLine(line, (signal) => child.kill(signal));
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
  });
  return new Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, output }));
  });
}

describe("Node's version", () => {
  test.each(["20.19.0", "20.20.2", "21.0.0", "22.3.1", "100.0.0"])("%s is new enough for >=20.19", (version) => {
    expect(() => checkNodeVersion(version, ">=20.19")).not.toThrow();
  });

  test.each(["20.18.9", "18.20.4", "9.20.0"])("%s is too old, and the message has both numbers", (version) => {
    const message = `Node: must be 20.19 or newer, got ${version}; install a newer one from nodejs.org.`;
    expect(() => checkNodeVersion(version, ">=20.19")).toThrow(new Failure(message));
  });
});

describe("the first command in a fresh clone", () => {
  /** A script and what it imports before it runs, as specifiers of modules outside of scripts/. */
  function outside(file: string, seen = new Set<string>()): string[] {
    if (seen.has(file)) return [];
    seen.add(file);
    const specifiers = [...readFileSync(file, "utf8").matchAll(/^(?:import|export)\b[^;]*?"([^"]+)";/gm)].map(
      ([, name]) => name,
    );
    return specifiers.flatMap((name) => (name.startsWith(".") ? outside(join(dirname(file), name), seen) : [name]));
  }

  test.each(["start", "test", "build", "evidence"])("%s.mjs needs nothing but Node's own modules", (name) => {
    const modules = outside(join(root, "scripts", `${name}.mjs`));
    expect(modules).toContain("node:fs");
    expect(modules.filter((specifier) => !specifier.startsWith("node:"))).toEqual([]);
  });

  test("npm start passes options on, and the exit code back, from any folder", () => {
    const start = (...options: string[]) =>
      spawnSync(process.execPath, [join(root, "scripts", "start.mjs"), ...options], { cwd: folder, encoding: "utf8" });
    const help = start("--help");
    expect(help.status, help.stderr).toBe(0);
    expect(help.stdout).toContain("Usage: noisy-rnn reproduce");
    const wrong = start("--seeds", "none");
    expect(wrong.status).toBeGreaterThan(0);
    expect(wrong.stderr).toContain("none");
  });
});

describe("installation", () => {
  const locked = {
    "": { version: "1.0.0" },
    "node_modules/a": { version: "1.2.3", integrity: "sha512-a" },
    "node_modules/other-platform": { version: "1.0.0", integrity: "sha512-o", optional: true },
  };
  const { "": _, "node_modules/other-platform": __, ...present } = locked;

  function project(name: string, lock: object, installed: object | undefined): string {
    const project = join(folder, name);
    mkdirSync(join(project, "node_modules"), { recursive: true });
    writeFileSync(join(project, "package-lock.json"), JSON.stringify({ packages: lock }));
    if (installed !== undefined) {
      writeFileSync(join(project, "node_modules", ".package-lock.json"), JSON.stringify({ packages: installed }));
    }
    return project;
  }

  test("is complete without the optional packages of other platforms", () => {
    expect(isInstalled(project("complete", locked, present))).toBe(true);
  });

  test("is missing when npm was interrupted, and stale when the lock has another version or one package more", () => {
    expect(isInstalled(project("interrupted", locked, undefined))).toBe(false);
    const version = { ...locked, "node_modules/a": { version: "1.2.4", integrity: "sha512-b" } };
    expect(isInstalled(project("version", version, present))).toBe(false);
    const more = { ...locked, "node_modules/b": { version: "1.0.0", integrity: "sha512-c" } };
    expect(isInstalled(project("more", more, present))).toBe(false);
  });
});

describe("lock", () => {
  test("4 processes hold it one after the other", async () => {
    const lock = join(folder, "shared", "lock");
    const log = join(folder, "log");
    writeFileSync(log, "");
    const text = `
      import { appendFileSync } from "node:fs";
      import { withLock } from "TOOLS/lock.mjs";
      await withLock(${JSON.stringify(lock)}, async () => {
        appendFileSync(${JSON.stringify(log)}, "in ");
        await new Promise((resolve) => setTimeout(resolve, 100));
        appendFileSync(${JSON.stringify(log)}, "out ");
      }, () => {});`;
    const ended = await Promise.all([1, 2, 3, 4].map(() => script(text)));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(readFileSync(log, "utf8")).toBe("in out in out in out in out ");
    expect(existsSync(lock)).toBe(false);
  });

  test("of a process that died is taken over", async () => {
    const lock = join(folder, "dead");
    const { code } = await script(`
      import { withLock } from "TOOLS/lock.mjs";
      await withLock(${JSON.stringify(lock)}, async () => process.kill(process.pid, "SIGKILL"), () => {});`);
    expect(code).toBe(null);
    expect(existsSync(lock)).toBe(true);
    expect(
      await withLock(
        lock,
        async () => "taken",
        () => {},
      ),
    ).toBe("taken");
  });

  test("of another machine is taken over after 60 s without a sign of life, and waited for before", async () => {
    const lock = join(folder, "remote");
    const holder = JSON.stringify({ pid: 1, host: `not-${hostname()}` });
    writeFileSync(lock, holder);
    const old = new Date(Date.now() - 61_000);
    utimesSync(lock, old, old);
    expect(
      await withLock(
        lock,
        async () => "taken",
        () => {},
      ),
    ).toBe("taken");

    const log = join(folder, "waits");
    writeFileSync(lock, holder);
    const waits = withLock(
      lock,
      async () => appendFileSync(log, "taken"),
      () => {
        appendFileSync(log, "waits, ");
        rmSync(lock);
      },
    );
    await waits;
    expect(readFileSync(log, "utf8")).toBe("waits, taken");
  });

  test("is released when the work throws", async () => {
    const lock = join(folder, "throws");
    const work = async () => {
      throw new Error("no");
    };
    await expect(withLock(lock, work, () => {})).rejects.toThrow("no");
    expect(existsSync(lock)).toBe(false);
  });
});

describe("a program that a script runs", () => {
  test("gives its exit code and output; one that cannot start gives 127", async () => {
    const { output } = await script(`
      import { run } from "TOOLS/process.mjs";
      const ended = await run(process.execPath, ["-e", "console.log('out'); process.exit(3)"], { capture: true });
      console.log(JSON.stringify([ended, (await run("no-such-program", [], { capture: true })).code]));`);
    expect(JSON.parse(output)).toEqual([{ code: 3, output: "out\n" }, 127]);
  });

  test("answers a signal first, which then ends the script", async () => {
    const program =
      "process.on('SIGTERM', () => { console.log('saved'); process.exit(0); }); setInterval(() => {}, 1000); console.log('ready');";
    const { signal, output } = await script(
      `import { run } from "TOOLS/process.mjs";
       await run(process.execPath, ["-e", ${JSON.stringify(program)}]);
       console.log("went on");`,
      (line, kill) => {
        if (line === "ready") kill("SIGTERM");
      },
    );
    expect(output).toBe("ready\nsaved\n");
    expect(signal).toBe("SIGTERM");
  });
});
