/** Compiled kernels in a browser: those that the package carries, fetched by the hash that is their name. */
import { CapabilityError } from "../../core/errors.ts";
import { canWait, createCrew } from "../../engine/compiled/crew.ts";
import type { WasmProvider } from "../../engine/wasm/contract.ts";
import { type CrewMaker, wasmInstance } from "../wasm/instance.ts";
import { bestVariant, kernelName, manifestFile, type ShippedManifest, wasmVariants } from "../wasm/kernel-file.ts";
import type { CrewStart } from "./crew-worker.ts";

/** @throws CapabilityError when there are no kernels at that address, or none for what this browser has */
export async function shippedProvider(kernels: string | URL): Promise<WasmProvider> {
  const folder = new URL(`${kernels}`.replace(/\/?$/, "/"), globalThis.location.href);
  const { headers, variants } = await fetchManifest(new URL(manifestFile, folder));
  const usable = wasmVariants.slice(0, wasmVariants.indexOf(bestVariant()) + 1);
  const variant = usable.findLast((candidate) => variants.includes(candidate));
  if (variant === undefined) {
    throw new CapabilityError({
      place: `kernels at ${folder}`,
      rule: `must be there for one of ${usable.join(", ")}, got ${variants.join(", ") || "none"}`,
      remedy: "serve dist/kernels/ of the published package, or build it with npm run build -- --all-kernels",
    });
  }
  return {
    variant,
    unavailable: () => undefined,
    instantiate: async (name, text, options) => {
      const file = `${kernelName(text, options.precision, variant, headers)}.wasm`;
      const bytes = await fetchBytes(new URL(file, folder));
      if (bytes === undefined) {
        throw new CapabilityError({
          place: `kernel of ${name}`,
          rule: `is not among the kernels of the package: no ${file} at ${folder}`,
          remedy: "serve dist/kernels/ of the same version of the package, or let the cell be interpreted (vector)",
        });
      }
      const threads = canWait() ? options.threads : 1;
      return wasmInstance(await WebAssembly.compile(bytes), { ...options, threads }, workerCrew);
    },
  };
}

async function fetchManifest(address: URL): Promise<ShippedManifest> {
  let problem: string;
  try {
    const response = await fetch(address);
    if (response.ok) return (await response.json()) as ShippedManifest;
    problem = `status ${response.status}`;
  } catch (cause) {
    problem = (cause as Error).message;
  }
  throw new CapabilityError({
    place: "installBackends",
    rule: `kernels must name where the kernels are served, and ${address} cannot be read (${problem})`,
    remedy: "serve the folder dist/kernels/ of the package and give its address",
  });
}

/** The bytes of a module, or undefined when there is none; some servers answer with a page for whatever is not there. */
async function fetchBytes(address: URL): Promise<ArrayBuffer | undefined> {
  const response = await fetch(address);
  if (!response.ok) return undefined;
  const bytes = await response.arrayBuffer();
  const magic = [0, 97, 115, 109];
  return new Uint8Array(bytes, 0, Math.min(4, bytes.byteLength)).join() === magic.join() ? bytes : undefined;
}

/** A crew of Web Workers. */
const workerCrew: CrewMaker = (source, size) =>
  createCrew({
    size,
    start: (control, index) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL("./crew-worker.js", import.meta.url), { type: "module" });
        worker.onerror = ({ message }) => {
          worker.terminate();
          reject(
            new CapabilityError({
              place: "kernel thread",
              rule: `crew-worker.js must run as a Web Worker, got ${message || "no reason from the browser"}`,
              remedy:
                "serve it like the rest of the package, with the headers of an isolated page; or ask for one thread",
            }),
          );
        };
        worker.onmessage = () => resolve({ terminate: () => worker.terminate() });
        const start: CrewStart = { control, index, source };
        worker.postMessage(start);
      }),
  });
