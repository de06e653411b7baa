/** Browsers: back ends on kernels that the page serves, with Web Workers as threads. */
export { type BrowserOptions, installBackends } from "./setup.ts";
