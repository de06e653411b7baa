import { readdir, stat } from "node:fs/promises";
import { availableParallelism, freemem, totalmem } from "node:os";
import { join } from "node:path";
import { installedBackends } from "../../engine/backends.ts";
import type { Backend } from "../../engine/contract.ts";
import { datasetPlaces, describeDatasets } from "../../platform/node/datasets.ts";
import { cacheFolder, creationProblem, packageFolder } from "../../platform/node/folders.ts";
import { type NativeFindings, nativeFindings } from "../../platform/node/native-provider.ts";
import { installBackends, wantedBackend } from "../../platform/node/setup.ts";
import { packageVersion, thisMachine } from "../../platform/node/software.ts";
import { compilerVersion, kernelCacheFolder, shippedFolder } from "../../platform/node/wasm-provider.ts";
import { type CommandDefinition, exitCodes } from "../command.ts";
import { memoryText, print, printJson, sizeText, textTable } from "../output.ts";

export const doctor: CommandDefinition = {
  name: "doctor",
  summary: "what this machine offers: back ends, compiler, caches, data sets",
  examples: [
    ["noisy-rnn doctor", "for people"],
    ["noisy-rnn doctor --json", "for a program, and for a report of a defect"],
  ],
  define(command, act) {
    command.option("--json", "print one JSON object and nothing else on standard output");
    act(async ({ json }: { readonly json?: true }) => {
      const findings = await examine();
      if (json) printJson(findings);
      else print(textOf(findings));
      return exitCodes.ok;
    });
  },
};

type Findings = Awaited<ReturnType<typeof examine>>;

async function examine() {
  const { wasm } = installBackends();
  return {
    version: packageVersion(),
    machine: thisMachine(),
    threads: availableParallelism(),
    memory: { total: totalmem(), free: freemem() },
    backends: installedBackends().map((backend) => ({
      name: backend.name,
      summary: backend.summary,
      precisions: backend.precisions,
      missing: obstacleOf(backend),
    })),
    chosenBackend: chosen(),
    webAssembly: wasm.variant,
    compiler: { package: "@yowasp/clang", version: compilerVersion() ?? null },
    native: nativeFindings(),
    caches: [
      { what: "kernels shipped", ...(await folderSize(shippedFolder)), problem: null },
      await cache("kernels compiled", kernelCacheFolder(), "until then every process compiles its kernels anew"),
      await cache("data sets", join(cacheFolder(), "data"), "until then nothing can be downloaded"),
    ],
    datasets: await describeDatasets(),
    datasetPlaces: places(),
    environment: {
      NOISY_RNN_BACKEND: process.env.NOISY_RNN_BACKEND ?? null,
      NOISY_RNN_ISA: process.env.NOISY_RNN_ISA ?? null,
      NOISY_RNN_DATA: process.env.NOISY_RNN_DATA ?? null,
      NOISY_RNN_CACHE: process.env.NOISY_RNN_CACHE ?? null,
      CC: process.env.CC ?? null,
    },
    package: packageFolder,
  };
}

/** null where nothing is wrong or set: JSON leaves out what is undefined. */
function places() {
  const { folder = null, folderProblem = null, cache } = datasetPlaces();
  return { folder, folderProblem, cache };
}

/** What lies in a folder that is written to. @param price of one that cannot be */
async function cache(what: string, folder: string, price: string) {
  const found = creationProblem(folder);
  const problem = found === undefined ? null : `${folder} ${found}; mend NOISY_RNN_CACHE: ${price}`;
  return { what, ...(await folderSize(folder)), problem };
}

/** A wrong variable is a finding here, not a failure. */
function chosen(): { readonly name: string | null; readonly problem: string | null } {
  try {
    return { name: wantedBackend().name, problem: null };
  } catch (error) {
    return { name: null, problem: (error as Error).message };
  }
}

/** A wrong `NOISY_RNN_ISA` is a finding too. */
function obstacleOf(backend: Backend): string | null {
  try {
    return backend.unavailable() ?? null;
  } catch (error) {
    return (error as Error).message;
  }
}

async function folderSize(
  folder: string,
): Promise<{ readonly folder: string; readonly files: number; readonly bytes: number }> {
  let names: string[] = [];
  try {
    names = await readdir(folder, { recursive: true });
  } catch {
    // not made yet
  }
  let files = 0;
  let bytes = 0;
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile() !== true) continue;
    files++;
    bytes += found.size;
  }
  return { folder, files, bytes };
}

function textOf(findings: Findings): string {
  const {
    version,
    machine,
    memory,
    backends,
    chosenBackend,
    compiler,
    native,
    caches,
    datasets,
    datasetPlaces: { folder, folderProblem, cache: kept },
  } = findings;
  const state = (name: string, missing: string | null): string =>
    missing !== null ? `missing: ${missing}` : name === chosenBackend.name ? "used" : "ready";
  return [
    `noisy-rnn ${version}`,
    `${machine.system}, node ${machine.node}, ${machine.processor}, ${memoryText(memory.free)} of ${memoryText(memory.total)} memory free`,
    "",
    textTable(
      [{ title: "back end" }, { title: "state" }, { title: "precision" }, { title: "what it is" }],
      backends.map(({ name, summary, precisions, missing }) => [
        name,
        state(name, missing),
        precisions.join(", "),
        summary,
      ]),
    ),
    ...(chosenBackend.problem === null ? [] : [`NOISY_RNN_BACKEND: ${chosenBackend.problem}`]),
    "",
    `compiler package ${compiler.package}: ${compiler.version ?? "missing: cells of your own run interpreted (back end vector)"}`,
    nativeText(native),
    "",
    textTable(
      [{ title: "kept" }, { title: "files", align: "right" }, { title: "size", align: "right" }, { title: "folder" }],
      caches.map(({ what, files, bytes, folder: place }) => [what, String(files), sizeText(bytes), place]),
    ),
    ...caches.flatMap(({ problem }) => (problem === null ? [] : [`problem: the cache ${problem}`])),
    "",
    textTable(
      [{ title: "data set" }, { title: "file" }, { title: "state" }, { title: "from" }, { title: "where" }],
      datasets.map(({ dataset, file, source, location, problem }) =>
        folderProblem === null
          ? [
              dataset,
              file,
              problem !== undefined ? "problem" : source === "download" ? "absent" : "found",
              source,
              location,
            ]
          : [dataset, file, "problem", "nowhere", "see below"],
      ),
    ),
    ...(folderProblem === null
      ? datasets.flatMap(({ location, problem }) => (problem === undefined ? [] : [`problem: ${location}: ${problem}`]))
      : [`problem: NOISY_RNN_DATA ${folderProblem}; until it is mended or unset no data set can be used`]),
    `looked for in this order: NOISY_RNN_DATA (${folder ?? "not set"}), cache (${kept}), installed packages, download`,
  ].join("\n");
}

function nativeText({ instructionSet, availableInstructionSets, compiler, missing }: NativeFindings): string {
  const made = `C compiler ${compiler.command}: ${compiler.version ?? "none"}`;
  if (missing !== null) return `${made}\nnative kernels: none, because ${missing}`;
  const others = availableInstructionSets.filter((name) => name !== instructionSet);
  const choice = others.length === 0 ? "" : `; NOISY_RNN_ISA can also be ${others.join(" or ")}`;
  return `${made}\nnative kernels: made for ${instructionSet}${choice}`;
}
