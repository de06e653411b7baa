/** Rules as compiled functions. Arrays pass through the functions' memory in blocks that stay in cache. */
import { zerosLike } from "../../cell/parametrisations/arrays.ts";
import { jobSize, jobWords, type KernelInstance } from "../compiled/contract.ts";
import type { Precision, RealArray } from "../contract.ts";
import type { FlatEvaluator } from "./contract.ts";
import { range, ruleFunction, vectorLength } from "./emit.ts";
import type { FlatRule } from "./rule.ts";

/** Elements of a block: whole vectors. */
const blockLength = 512 * vectorLength;
const alignment = 64;

/** A piece of a group's arrays in the block. */
interface Piece {
  readonly group: number;
  /** First element in the group's arrays. */
  readonly from: number;
  /** First element in the block. */
  readonly at: number;
  readonly length: number;
}

/**
 * @param instance functions of the C text of all rules that will be evaluated
 * @param rules those rules
 */
export function compiledRules(
  backend: string,
  instance: KernelInstance,
  rules: readonly FlatRule[],
  precision: Precision,
): FlatEvaluator {
  const bytes = precision === "float32" ? 4 : 8;
  const most = (count: (rule: FlatRule) => number): number => Math.max(0, ...rules.map(count));
  const arrayCount = most(({ inputs, outputs }) => inputs.length + outputs.length);
  const settingCount = most(({ settings }) => settings.length);
  const up = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

  const stride = up(blockLength * bytes);
  const arraysAt = up(instance.heapBase);
  const addressesAt = arraysAt + arrayCount * stride;
  const integersAt = addressesAt + up(arrayCount * instance.addressBytes);
  const jobAt = integersAt + alignment;
  const settingsAt = jobAt + alignment;
  instance.reserve(settingsAt + settingCount * 8);
  // Nothing else makes this memory grow, so its views last.
  const buffer = instance.buffer();
  const blocks = Array.from({ length: arrayCount }, (_, k): RealArray => {
    const at = arraysAt + k * stride;
    return precision === "float32"
      ? new Float32Array(buffer, at, blockLength)
      : new Float64Array(buffer, at, blockLength);
  });
  const integers = new Int32Array(buffer, integersAt, Object.keys(range).length);
  const settingValues = new Float64Array(buffer, settingsAt, settingCount);
  const words = instance.addressBytes / 4;
  const addresses = new Uint32Array(buffer, addressesAt, arrayCount * words);
  for (const [k, { byteOffset }] of blocks.entries()) addresses[k * words] = byteOffset;
  const job = new Uint32Array(buffer, jobAt, jobSize);
  job[jobWords.addresses] = addressesAt;
  job[jobWords.addressCount] = arrayCount;
  job[jobWords.integers] = integersAt;
  job[jobWords.settings] = settingsAt;

  return {
    backend,
    evaluate: (rule, groups, settings) => {
      const inputCount = rule.inputs.length;
      const outputs: RealArray[][] = groups.map(() => []);
      for (const [k, name] of rule.settings.entries()) settingValues[k] = settings[name];
      let pieces: Piece[] = [];
      let used = 0;
      const flush = (): void => {
        integers[range.from] = 0;
        integers[range.to] = used;
        instance.run(ruleFunction(rule), jobAt, 1);
        for (const { group, from, at, length } of pieces) {
          const whole = groups[group][0];
          for (let k = 0; k < rule.outputs.length; k++) {
            const block = blocks[inputCount + k];
            if (length === whole.length) outputs[group][k] = block.slice(at, at + length);
            else {
              outputs[group][k] ??= zerosLike(whole);
              outputs[group][k].set(block.subarray(at, at + length), from);
            }
          }
        }
        pieces = [];
        used = 0;
      };
      for (const [group, inputs] of groups.entries()) {
        const { length: total } = inputs[0];
        if (total === 0) outputs[group] = rule.outputs.map(() => zerosLike(inputs[0]));
        for (let from = 0; from < total; ) {
          const length = Math.min(total - from, blockLength - used);
          for (let k = 0; k < inputCount; k++) {
            blocks[k].set(length === total ? inputs[k] : inputs[k].subarray(from, from + length), used);
          }
          pieces.push({ group, from, at: used, length });
          from += length;
          used += length;
          if (used === blockLength) flush();
        }
      }
      if (used > 0) flush();
      return outputs;
    },
  };
}
