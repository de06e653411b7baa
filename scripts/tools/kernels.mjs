import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { Failure, say } from "./failure.mjs";
import { root } from "./folders.mjs";

/** @typedef {{ name: string, text: string, precision: "float32" | "float64", variant: "simd128" | "relaxed-simd" }} Job */

/** Compilations at a time; each thread needs about 300 MB. */
const threads = 2;

/** The library as just built. @param {string} path below dist/ */
const built = (path) => import(pathToFileURL(join(root, "dist", path)).href);

/**
 * Fills `dist/kernels/` with the kernels of the built-in cells, each under the hash that the library looks it up by.
 *
 * @param {{ allKernels: boolean }} options
 */
export async function shipKernels({ allKernels }) {
  const { shippedKernels } = await built("platform/node/shipped-kernels.js");
  const { bestVariant, kernelHeadersDigest, kernelId, shippedFolder, wasmVariants } = await built(
    "platform/node/wasm-provider.js",
  );
  const { manifestFile } = await built("platform/wasm/kernel-file.js");
  mkdirSync(shippedFolder, { recursive: true });
  const wanted = new Set([manifestFile]);
  /** @type {Map<string, string[]>} */
  const files = new Map();
  /** @type {(Job & { file: string })[]} */
  const jobs = [];
  for (const variant of wasmVariants) {
    files.set(variant, []);
    for (const { name, text, precision } of shippedKernels()) {
      const file = `${kernelId(text, precision, variant)}.wasm`;
      wanted.add(file);
      files.get(variant)?.push(file);
      if ((allKernels || variant === bestVariant()) && !existsSync(join(shippedFolder, file))) {
        jobs.push({ name, text, precision, variant, file });
      }
    }
  }
  for (const file of readdirSync(shippedFolder))
    if (!wanted.has(file)) rmSync(join(shippedFolder, file), { force: true });
  /** @param {string} file @param {string | Uint8Array} content */
  const keep = (file, content) => {
    writeFileSync(join(shippedFolder, `.${file}`), content);
    renameSync(join(shippedFolder, `.${file}`), join(shippedFolder, file));
  };
  if (jobs.length > 0) {
    say(`compiling ${jobs.length} kernels`);
    await compileAll(jobs, keep);
  }
  /** @type {import("../../src/platform/wasm/kernel-file.ts").ShippedManifest} */
  const manifest = {
    headers: kernelHeadersDigest(),
    variants: wasmVariants.filter((/** @type {string} */ variant) =>
      files.get(variant)?.every((file) => existsSync(join(shippedFolder, file))),
    ),
  };
  keep(manifestFile, JSON.stringify(manifest));
}

/**
 * @param {(Job & { file: string })[]} jobs
 * @param {(file: string, bytes: Uint8Array) => void} keep
 */
async function compileAll(jobs, keep) {
  const queue = [...jobs];
  const workers = Array.from({ length: Math.min(threads, queue.length) }, () => new Worker(new URL(import.meta.url)));
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve, reject) => {
            /** @type {(Job & { file: string }) | undefined} */
            let job;
            const next = () => {
              job = queue.shift();
              if (job === undefined) resolve(undefined);
              else worker.postMessage(job);
            };
            worker.on("error", reject);
            worker.on("message", ({ bytes, message }) => {
              if (job === undefined) return;
              if (message !== undefined) return reject(new Failure(message));
              keep(job.file, bytes);
              next();
            });
            next();
          }),
      ),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  port.on("message", async (/** @type {Job} */ { name, text, precision, variant }) => {
    try {
      const { compileKernel } = await built("platform/node/wasm-provider.js");
      port.postMessage({ bytes: await compileKernel(name, text, precision, variant) });
    } catch (error) {
      port.postMessage({ message: String(error) });
    }
  });
}
