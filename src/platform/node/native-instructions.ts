/** Instruction sets of native kernels, and which of them this machine's processor has. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import { unknownName } from "../../core/registry.ts";

interface InstructionSet {
  /** What the compiler is told. */
  readonly flags: readonly string[];
  /** Bytes of a vector. */
  readonly vectorBytes: 16 | 32 | 64;
  /** What the processor must list, in the words of /proc/cpuinfo. */
  readonly needs: readonly string[];
}

/** Of x86-64, widest last. The baseline is what every such processor has (SSE2). */
const x64 = {
  baseline: { flags: [], vectorBytes: 16, needs: [] },
  avx2: { flags: ["-mavx2", "-mfma"], vectorBytes: 32, needs: ["avx2", "fma"] },
  avx512: {
    flags: ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mfma", "-mprefer-vector-width=512"],
    vectorBytes: 64,
    needs: ["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx2", "fma"],
  },
} as const satisfies Record<string, InstructionSet>;

const arm64 = { neon: { flags: [], vectorBytes: 16, needs: [] } } as const satisfies Record<string, InstructionSet>;

export type InstructionSetName = keyof typeof x64 | keyof typeof arm64;

const all: Readonly<Record<InstructionSetName, InstructionSet>> = { ...x64, ...arm64 };

export const instructionSet = (name: InstructionSetName): InstructionSet => all[name];

let available: readonly InstructionSetName[] | undefined;

/** Those that this processor has, widest last; none on architectures that no kernel is written for. */
export function availableInstructionSets(): readonly InstructionSetName[] {
  available ??= instructionSetsOf(process.arch, processorFlags);
  return available;
}

/**
 * @param architecture as `process.arch` names it
 * @param flags what an x86-64 processor lists
 */
export function instructionSetsOf(architecture: string, flags: () => readonly string[]): readonly InstructionSetName[] {
  if (architecture === "arm64") return ["neon"];
  if (architecture !== "x64") return [];
  const listed = new Set(flags());
  return (Object.keys(x64) as (keyof typeof x64)[]).filter((name) => x64[name].needs.every((flag) => listed.has(flag)));
}

/**
 * The set that `NOISY_RNN_ISA` names, else the widest.
 *
 * @throws ParameterError when the processor does not have the one that is named
 */
export function wantedInstructionSet(): InstructionSetName | undefined {
  const names = availableInstructionSets();
  const wanted = process.env.NOISY_RNN_ISA;
  if (!wanted) return names.at(-1);
  const found = names.find((name) => name === wanted);
  if (found === undefined) throw unknownName("instruction set of this processor", wanted, names, "NOISY_RNN_ISA");
  return found;
}

/**
 * What the processor has and the system lets programs use; empty when the system does not say, which leaves the
 * baseline.
 */
function processorFlags(): readonly string[] {
  if (process.platform === "linux") {
    const line = /^flags\s*:(.*)$/m.exec(startOfFile("/proc/cpuinfo"));
    return line?.[1].trim().split(/\s+/) ?? [];
  }
  if (process.platform === "darwin") {
    const { stdout } = spawnSync("sysctl", ["-n", "machdep.cpu.features", "machdep.cpu.leaf7_features"], {
      encoding: "utf8",
      timeout: 5000,
    });
    return (stdout ?? "").toLowerCase().trim().split(/\s+/);
  }
  return [];
}

/** The first processor is enough: the file repeats itself for each. */
function startOfFile(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(16_384);
      return bytes.toString("latin1", 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}
