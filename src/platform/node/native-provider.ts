/**
 * Native kernels: the emitted C, compiled on first use by the machine's own compiler for one instruction set, kept in
 * the cache, loaded as a Node addon.
 */
import { rmSync } from "node:fs";
import { CapabilityError, NoisyRnnError } from "../../core/errors.ts";
import type { InstanceOptions, KernelProvider } from "../../engine/compiled/contract.ts";
import { loadAddon, nativeInstance } from "./native-addon.ts";
import { findKept, keepCompiled, nativeId, placeToCompile } from "./native-cache.ts";
import {
  type Compilation,
  type Compiler,
  compile,
  compileNow,
  compilerCommand,
  compilerFlags,
  findCompiler,
  nodeHeaders,
} from "./native-compiler.ts";
import { availableInstructionSets, type InstructionSetName, wantedInstructionSet } from "./native-instructions.ts";
import type { CompileNotice } from "./wasm-provider.ts";

export interface NativeProviderOptions {
  /** Told before a kernel is compiled (one to three seconds). */
  readonly onCompile?: (notice: CompileNotice) => void;
  /** Told when a kernel could not be compiled or loaded; the error is thrown then. */
  readonly onRefuse?: (error: CapabilityError) => void;
  /** One that the processor has; default: `NOISY_RNN_ISA`, else the widest. */
  readonly instructionSet?: InstructionSetName;
}

/** What `doctor` says about native kernels. */
export interface NativeFindings {
  /** The one that kernels are made for; null where none are made. */
  readonly instructionSet: InstructionSetName | null;
  readonly availableInstructionSets: readonly InstructionSetName[];
  readonly compiler: { readonly command: string; readonly version: string | null };
  /** Folder with the headers of Node-API. */
  readonly headers: string | null;
  /** Why nothing can be compiled here and what to do, or null. */
  readonly missing: string | null;
}

export function nativeProvider(options: NativeProviderOptions = {}): KernelProvider {
  const wanted = (): InstructionSetName | undefined => options.instructionSet ?? wantedInstructionSet();
  return {
    get variant() {
      try {
        return wanted() ?? "none";
      } catch {
        // `unavailable` says what is wrong with it
        return "none";
      }
    },
    unavailable: () => workshop(wanted()).missing,
    instantiate: async (name, text, instanceOptions) => {
      try {
        const file = await compiledFile(name, text, instanceOptions, wanted(), options.onCompile);
        return nativeInstance(file, instanceOptions);
      } catch (error) {
        if (error instanceof CapabilityError) options.onRefuse?.(error);
        throw error;
      }
    },
  };
}

export function nativeFindings(): NativeFindings {
  const findings = {
    instructionSet: null,
    availableInstructionSets: availableInstructionSets(),
    compiler: { command: compilerCommand().join(" "), version: findCompiler()?.version ?? null },
    headers: nodeHeaders() ?? null,
  };
  try {
    const set = wantedInstructionSet();
    const { missing } = workshop(set);
    return missing === undefined
      ? { ...findings, instructionSet: set ?? null, missing: null }
      : { ...findings, missing };
  } catch (cause) {
    // NOISY_RNN_ISA names none of this processor: a finding here, not a failure
    return { ...findings, missing: (cause as Error).message };
  }
}

/** What kernels are made with, or why none can be made here and what to do about it. */
type Workshop = Tools | { readonly missing: string };

interface Tools {
  readonly missing?: undefined;
  readonly compiler: Compiler;
  /** Folder with node_api.h. */
  readonly headers: string;
  readonly set: InstructionSetName;
}

const workshops = new Map<string, Workshop>();

/** Found out once per process. */
function workshop(set: InstructionSetName | undefined): Workshop {
  const key = JSON.stringify([set, compilerCommand()]);
  let found = workshops.get(key);
  if (found === undefined) {
    found = findWorkshop(set);
    workshops.set(key, found);
  }
  return found;
}

function findWorkshop(set: InstructionSetName | undefined): Workshop {
  if (process.platform === "win32") return { missing: "native kernels are not made for Windows" };
  if (set === undefined) return { missing: `native kernels are not made for processors of the kind ${process.arch}` };
  const compiler = findCompiler();
  if (compiler === undefined) {
    const command = compilerCommand().join(" ");
    const missing = !process.env.CC
      ? `there is no C compiler (${command} --version fails); install gcc or clang, or name one in CC`
      : `the C compiler that CC names does not work (${command} --version fails); mend CC, or unset it to use cc`;
    return { missing };
  }
  const headers = nodeHeaders();
  if (headers === undefined)
    return { missing: "the headers of Node-API (node_api.h) are missing; install the package node-api-headers" };
  const found = { compiler, headers, set };
  const missing = tryOut(found);
  return missing === undefined ? found : { missing };
}

const nothing = '#include "vector.h"\nvoid nothing(void **b, const i32 *n, const double *s) {}';

/** Compiles and loads a kernel that does nothing; the next process finds it in the cache. @returns what went wrong */
function tryOut({ compiler, headers, set }: Tools): string | undefined {
  const text = addonText(nothing, ["nothing"]);
  const flags = compilerFlags("float32", set);
  const id = nativeId(text, flags, compiler);
  try {
    let file = findKept(id);
    if (file === undefined) {
      const output = placeToCompile();
      try {
        const complaint = compileNow({ compiler, flags, headers, text, output });
        if (complaint !== undefined) return `${compiler.version} cannot make a kernel for ${set} (${complaint})`;
        file = keepCompiled(id, output);
      } finally {
        rmSync(output, { force: true });
      }
    }
    loadAddon(file);
    return undefined;
  } catch (cause) {
    return cause instanceof NoisyRnnError ? `${cause.rule}; ${cause.remedy}` : (cause as Error).message;
  }
}

const addonText = (text: string, functions: readonly string[]): string =>
  `${text}\n#define ADDON_FUNCTIONS ${functions.join(", ")}\n#include "addon.h"\n`;

const refusal = (name: string, rule: string): CapabilityError =>
  new CapabilityError({
    place: `native kernel of ${name}`,
    rule,
    remedy: "NOISY_RNN_BACKEND=wasm does without a C compiler; noisy-rnn doctor says more",
  });

/** What this thread is compiling, or could not compile, by id. */
const compilations = new Map<string, Promise<string>>();

/** Path of the compiled file of a C text: from the cache, or compiled now. */
async function compiledFile(
  name: string,
  kernelText: string,
  { functions, precision }: InstanceOptions,
  wanted: InstructionSetName | undefined,
  onCompile: NativeProviderOptions["onCompile"],
): Promise<string> {
  const found = workshop(wanted);
  if (found.missing !== undefined) throw refusal(name, found.missing);
  const { compiler, headers, set } = found;
  const text = addonText(kernelText, functions);
  const flags = compilerFlags(precision, set);
  const id = nativeId(text, flags, compiler);
  const kept = findKept(id);
  if (kept !== undefined) return kept;
  let compilation = compilations.get(id);
  if (compilation === undefined) {
    onCompile?.({ name, precision });
    compilation = compileAndKeep(name, id, { compiler, flags, headers, text, output: placeToCompile() });
    compilations.set(id, compilation);
    // what succeeded is found in the cache
    compilation.then(
      () => compilations.delete(id),
      () => {},
    );
  }
  return compilation;
}

async function compileAndKeep(name: string, id: string, compilation: Compilation): Promise<string> {
  const { compiler, output } = compilation;
  try {
    const complaint = await compile(compilation);
    if (complaint !== undefined) throw refusal(name, `${compiler.version} refused the emitted C (${complaint})`);
    return keepCompiled(id, output);
  } catch (cause) {
    throw cause instanceof CapabilityError ? cause : refusal(name, `cannot be kept (${(cause as Error).message})`);
  } finally {
    rmSync(output, { force: true });
  }
}
