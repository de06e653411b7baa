/** What a page or Web Worker needs before it can run a network. */
import { installBackend } from "../../engine/backends.ts";
import { wasmBackend } from "../../engine/compiled/backend.ts";
import { vectorBackend } from "../../engine/vector/backend.ts";
import { shippedProvider } from "./shipped-provider.ts";

export interface BrowserOptions {
  /** Where the files of the package's `dist/kernels/` are served; relative to the page or worker that calls. */
  readonly kernels: string | URL;
}

/**
 * Installs the back ends of a browser. Kernels that the package carries run compiled, any other cell interpreted.
 *
 * A kernel runs on as many threads as it is asked for where the page is cross-origin isolated and the call comes from
 * a Web Worker, since a page's main thread must not wait; on one thread elsewhere. The numbers are the same bits.
 *
 * @throws CapabilityError when there are no kernels at that address, or none for what this browser has
 */
export async function installBackends({ kernels }: BrowserOptions): Promise<void> {
  const provider = await shippedProvider(kernels);
  installBackend(vectorBackend(provider));
  installBackend(wasmBackend(provider));
}
