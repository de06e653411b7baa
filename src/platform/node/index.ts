/** Node: back ends, data sets, pictures of figures. */
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
export { installBackends, wantedBackend } from "./setup.ts";
export {
  type CompileNotice,
  type WasmProviderOptions,
  type WasmVariant,
  wasmProvider,
} from "./wasm-provider.ts";
