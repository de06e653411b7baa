import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { root } from "../../scripts/tools/folders.mjs";
import { shippedKernels } from "../../src/platform/node/shipped-kernels.ts";
import { bestVariant, kernelId } from "../../src/platform/node/wasm-provider.ts";
import { nativeMissing } from "../helpers/backends.ts";
import { testUnless } from "../helpers/skip.ts";
import { type Consumer, consumer, npm, run, succeeded } from "./consumer.ts";

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
};
const subpaths = Object.keys(manifest.exports).filter((path) => !path.endsWith(".json"));
const specifiers = subpaths.map((path) => path.replace(/^\./, "noisy-rnn"));

let project: Consumer;
beforeAll(() => {
  project = consumer(["typescript", "@types/node"]);
});
afterAll(() => project.remove());

const node = (...parameters: string[]) => run(project.folder, process.execPath, ...parameters);
const command = (...parameters: string[]) => node("node_modules/noisy-rnn/dist/cli/main.js", ...parameters);

/** Runs a module text in the consumer's project. */
function script(text: string) {
  writeFileSync(join(project.folder, "script.mjs"), text);
  return succeeded(node("script.mjs"));
}

describe("the packed files", () => {
  test("are code, declarations, kernels and papers, and nothing else", () => {
    const allowed =
      /^(dist\/.+\.(js|d\.ts)|dist\/kernels\/([0-9a-f]{32}\.wasm|kernels\.json)|kernels\/[a-z]+\.h|schemas\/study\.json|studies\/([a-z-]+\/)?[a-z0-9-]+\.yaml|docs\/references\.bib|package\.json|README\.md|LICENSE|CITATION\.cff|CHANGELOG\.md)$/;
    expect(project.files.filter((file) => !allowed.test(file) || file.startsWith("dist/.build/"))).toEqual([]);
  });

  test("have code and declarations of every source", () => {
    const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `dist/${file.replaceAll("\\", "/").slice(0, -".ts".length)}`);
    const built = project.files.filter((file) => file.endsWith(".js")).map((file) => file.slice(0, -".js".length));
    expect(built.sort()).toEqual(sources.sort());
    expect(sources.filter((file) => !project.files.includes(`${file}.d.ts`))).toEqual([]);
  });

  test("have the papers, the licence, the headers and the kernels of this Node", () => {
    const kernels = shippedKernels().map(
      ({ text, precision }) => `dist/kernels/${kernelId(text, precision, bestVariant())}.wasm`,
    );
    const headers = readdirSync(join(root, "kernels")).map((file) => `kernels/${file}`);
    const manifests = ["dist/kernels/kernels.json"];
    const papers = ["CHANGELOG.md", "CITATION.cff", "LICENSE", "README.md", "docs/references.bib"];
    expect(project.files).toEqual(expect.arrayContaining([...kernels, ...manifests, ...headers, ...papers]));
  });

  test("name no source map", () => {
    const own = join(project.folder, "node_modules", "noisy-rnn");
    const naming = project.files.filter(
      (file) => file.endsWith(".js") && readFileSync(join(own, file), "utf8").includes("sourceMappingURL"),
    );
    expect(naming).toEqual([]);
  });

  test("take less than 8 MiB", () => {
    const own = join(project.folder, "node_modules", "noisy-rnn");
    const bytes = project.files.reduce((total, file) => total + statSync(join(own, file)).size, 0);
    expect(bytes).toBeLessThan(8 * 2 ** 20);
  });
});

describe("the command", () => {
  test("noisy-rnn --version prints the package's version", () => {
    expect(succeeded(command("--version"))).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  test("noisy-rnn doctor --json prints one JSON object", () => {
    const { stdout } = succeeded(command("doctor", "--json"));
    expect(JSON.parse(stdout)).toBeTypeOf("object");
  });

  test("an unknown command fails", () => {
    expect(command("no-such-command").code).not.toBe(0);
  });
});

describe("the library", () => {
  test.each(specifiers)("%s can be imported and has names", (specifier) => {
    const { stdout } = script(`console.log(Object.keys(await import("${specifier}")).length);`);
    expect(Number(stdout)).toBeGreaterThan(0);
  });

  test("noisy-rnn has every name of every subpath but noisy-rnn/browser, and they are the same things", () => {
    const here = specifiers.filter((specifier) => specifier !== "noisy-rnn/browser");
    const { stdout } = script(`
      const all = await import("noisy-rnn");
      const other = [];
      for (const specifier of ${JSON.stringify(here)}) {
        for (const [name, value] of Object.entries(await import(specifier))) {
          if (all[name] !== value) other.push(specifier + ": " + name);
        }
      }
      console.log(JSON.stringify(other));`);
    expect(JSON.parse(stdout)).toEqual([]);
  });

  test("what is inside cannot be imported past the exports", () => {
    writeFileSync(join(project.folder, "script.mjs"), 'await import("noisy-rnn/dist/cell/cell.js");');
    const { code, stderr } = node("script.mjs");
    expect(code).toBe(1);
    expect(stderr).toContain("ERR_PACKAGE_PATH_NOT_EXPORTED");
  });

  /** Runs a small network and prints the back end, the count of its outputs and whether they are finite. */
  const networkText = `
    import { createNetwork } from "noisy-rnn";
    const network = createNetwork({ cell: "ctrnn", inputSize: 1, hiddenSize: 8, outputSize: 2 });
    const kernel = await network.kernel({ precision: "float32" });
    const { output } = kernel.forward({
      weights: network.initialWeights(1), batchSize: 2, stepCount: 3, input: new Float32Array(6).fill(1),
      trials: Uint32Array.of(0, 1), level: "zero", key: { seed: 1, stream: 0 },
    });
    console.log(JSON.stringify([kernel.backend, output.length, output.every(Number.isFinite)]));`;

  /** Runs a program of the project with other variables, and a cache of its own. */
  const withVariables = (cache: string, variables: readonly string[], ...parameters: string[]) =>
    run(project.folder, "env", `NOISY_RNN_CACHE=${cache}`, ...variables, process.execPath, ...parameters);

  /** A path on which there is no compiler. */
  const noCompiler = () => ["CC=", `PATH=${join(project.folder, "nothing")}`];

  test("a network runs on a shipped kernel where no compiler is on the path: back end wasm, nothing said, the cache stays empty", () => {
    writeFileSync(join(project.folder, "script.mjs"), networkText);
    const { stdout, stderr } = succeeded(withVariables("wasm-cache", noCompiler(), "script.mjs"));
    expect(JSON.parse(stdout)).toEqual(["wasm", 12, true]);
    expect(stderr).toBe("");
    expect(existsSync(join(project.folder, "wasm-cache"))).toBe(false);
  });

  testUnless(nativeMissing)("a network runs on a native kernel that is compiled once, into the cache", () => {
    writeFileSync(join(project.folder, "script.mjs"), networkText);
    const ran = () => JSON.parse(succeeded(withVariables("native-cache", [], "script.mjs")).stdout);
    const kernels = () => readdirSync(join(project.folder, "native-cache", "kernels"));
    expect(ran()).toEqual(["native", 12, true]);
    const made = kernels();
    // the kernel, and the one that tries out the compiler
    expect(made.map((file) => extname(file))).toEqual([".node", ".node"]);
    expect(ran()).toEqual(["native", 12, true]);
    expect(kernels()).toEqual(made);
  });

  test("the command says in one line that there is no compiler, and trains on WebAssembly", () => {
    const main = "node_modules/noisy-rnn/dist/cli/main.js";
    const options = ["--task", "function-approximation", "--hidden", "4", "--updates", "1", "--set", "evaluation=null"];
    const train = (folder: string, ...variables: readonly string[]) =>
      withVariables("wasm-cache", [...noCompiler(), ...variables], main, "train", ...options, "--out", folder);
    const { stderr } = succeeded(train("without"));
    expect(stderr.match(/^.*native.*$/gim)).toEqual([
      "Native kernels are not used, computing takes longer: there is no C compiler (cc --version fails); install gcc or clang, or name one in CC.",
    ]);
    const spec = JSON.parse(readFileSync(join(project.folder, "without", "spec.json"), "utf8"));
    expect(spec.engine.backend).toBe("wasm");
    const refused = train("refused", "NOISY_RNN_BACKEND=native");
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/^error: back end native: there is no C compiler \(cc --version fails\)/);
  });

  test.each([
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ])("ten lines type-check with module %s, resolution %s, strict, declarations checked", (module, moduleResolution) => {
    const folder = join(project.folder, moduleResolution);
    mkdirSync(folder);
    const compilerOptions = {
      module,
      moduleResolution,
      target: "es2023",
      lib: ["es2023", "dom"],
      types: ["node"],
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["main.ts"] }));
    writeFileSync(
      join(folder, "main.ts"),
      [
        'import { createNetwork, type Network, ParameterError, tasks } from "noisy-rnn";',
        'import { add, type Cell, defineCell, matvec } from "noisy-rnn/cell";',
        'import { figureSvg } from "noisy-rnn/node";',
        "export const cell: Cell = defineCell({",
        '  name: "mine", summary: "mine", state: { h: "hidden" }, settings: {},',
        '  parameters: { wRec: ["hidden", "hidden"], wIn: ["hidden", "input"] },',
        "  step: ({ h, input, p, f }) => ({ h: f.tanh(add(matvec(p.wRec, h), matvec(p.wIn, input))) }),",
        "});",
        'export const network: Network = createNetwork({ cell: "mine", inputSize: 1, hiddenSize: 2, outputSize: 1 }, { cell });',
        "export const names: readonly string[] = tasks.names;",
        "// @ts-expect-error sizes are numbers",
        'export const wrong = createNetwork({ cell: "mine", inputSize: "1", hiddenSize: 2, outputSize: 1 });',
        "export const other = [ParameterError, figureSvg];",
      ].join("\n"),
    );
    const { stdout } = run(folder, process.execPath, "../node_modules/typescript/bin/tsc", "--pretty", "false");
    expect(stdout).toBe("");
  });
});

describe("an installation by npm", () => {
  const folder = () => join(project.folder, "installed");
  /** Why nothing can be installed here, or undefined. */
  const offline = (): string | undefined => {
    mkdirSync(folder());
    writeFileSync(join(folder(), "package.json"), JSON.stringify({ name: "installed", private: true, type: "module" }));
    const { code, stderr } = npm(folder(), "install", "--no-audit", "--no-fund", project.tarball);
    if (code === 0) return undefined;
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(stderr))
      return "npm reaches no registry";
    throw new Error(stderr);
  };

  test("links the command noisy-rnn, which runs by npx", (context) => {
    const reason = offline();
    if (reason !== undefined) context.skip(reason);
    const { stdout } = succeeded(npm(folder(), "exec", "--offline", "--", "noisy-rnn", "--version"));
    expect(stdout).toBe(`${manifest.version}\n`);
  });
});

describe("papers", () => {
  const person = z.union([
    z.strictObject({ "family-names": z.string().min(1), "given-names": z.string().min(1) }),
    z.strictObject({ name: z.string().min(1) }),
  ]);
  const work = {
    title: z.string().min(1),
    authors: z.array(person).min(1),
    url: z.url().optional(),
  };
  /** The part of the Citation File Format 1.2.0 that is used here. */
  const citation = z.strictObject({
    ...work,
    "cff-version": z.literal("1.2.0"),
    message: z.string().min(1),
    type: z.enum(["software", "dataset"]),
    abstract: z.string(),
    version: z.literal(manifest.version),
    "date-released": z.iso.date(),
    license: z.literal("MIT"),
    keywords: z.array(z.string()).min(1),
    references: z.array(
      z.strictObject({
        ...work,
        type: z.enum(["article", "conference-paper"]),
        "collection-title": z.string().optional(),
        journal: z.string().optional(),
        volume: z.int().optional(),
        year: z.int(),
        identifiers: z.array(
          z.strictObject({ type: z.enum(["doi", "url", "swh", "other"]), value: z.string(), description: z.string() }),
        ),
      }),
    ),
  });

  test("CITATION.cff follows the format, has the package's version and both papers", () => {
    const { references } = citation.parse(parse(readFileSync(join(root, "CITATION.cff"), "utf8")));
    expect(references.flatMap(({ identifiers }) => identifiers.map(({ value }) => value))).toEqual([
      "arXiv:2102.04877",
      "arXiv:2601.04539",
    ]);
  });
});

describe("dependencies", () => {
  test("are pinned to one version each", () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  test("are locked with a checksum, those of other platforms too", () => {
    interface Locked {
      readonly integrity?: string;
      readonly optionalDependencies?: Readonly<Record<string, string>>;
    }
    const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, Locked>;
    };
    const { "": _, ...packages } = lock.packages;
    const names = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
    expect(
      names.filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`))),
    ).toEqual([]);
    expect(Object.entries(packages).filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
  });
});
