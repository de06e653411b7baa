/** Node: back ends, data sets, pictures of figures, study files, stores of runs and their results in SQL. */
export {
  type DataSource,
  type DatasetReport,
  describeDatasets,
  nodeResources,
  type ResourceOptions,
} from "./datasets.ts";
export { figurePng, figureSvg, type PngOptions, type RenderedFigure } from "./figure-render.ts";
export { cacheFolder } from "./folders.ts";
export type { InstructionSetName } from "./native-instructions.ts";
export { type NativeProviderOptions, nativeProvider } from "./native-provider.ts";
export { openResults, type Results, type ResultsOptions } from "./results/open-results.ts";
export { installBackends, wantedBackend } from "./setup.ts";
export type { ClaimInfo, ExecutorInfo, Store, StoredRunFiles } from "./store/contract.ts";
export { openStore, type StoreOptions } from "./store/open.ts";
export { readPlan, readStudy } from "./study-files.ts";
export {
  type CompileNotice,
  type WasmProviderOptions,
  type WasmVariant,
  wasmProvider,
} from "./wasm-provider.ts";
