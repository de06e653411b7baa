import { argumentsOf, isElementwise } from "../../cell/graph.ts";
import { elementwise } from "../../cell/operations.ts";
import { zerosLike } from "../../cell/parametrisations/arrays.ts";
import { InternalError } from "../../core/errors.ts";
import type { RealArray } from "../contract.ts";
import type { FlatEvaluator } from "./contract.ts";
import type { FlatRule } from "./rule.ts";

/** Numbers of a node that are computed before the next node's: they stay in cache. */
const blockLength = 512;

/** Rules evaluated operation by operation in TypeScript: the definition of their results. */
export const flatReference: FlatEvaluator = {
  backend: "reference",
  evaluate: (rule, groups, settings) => {
    const blocks = rule.graph.nodes.map(() => new Float64Array(blockLength));
    return groups.map((inputs) => {
      const outputs = rule.outputs.map(() => zerosLike(inputs[0]));
      for (let from = 0; from < inputs[0].length; from += blockLength) {
        const count = Math.min(blockLength, inputs[0].length - from);
        evaluateBlock(rule, blocks, inputs, settings, from, count);
        for (const [k, id] of rule.results.entries()) outputs[k].set(blocks[id].subarray(0, count), from);
      }
      return outputs;
    });
  },
};

function evaluateBlock(
  { name, graph, inputs: names }: FlatRule,
  blocks: readonly Float64Array[],
  inputs: readonly RealArray[],
  settings: Readonly<Record<string, number>>,
  from: number,
  count: number,
): void {
  for (const [id, node] of graph.nodes.entries()) {
    const to = blocks[id];
    if (node.op === "constant") to.fill(node.value);
    else if (node.op === "setting") to.fill(settings[node.name]);
    else if (node.op === "leaf") to.set(inputs[names.indexOf(node.name)].subarray(from, from + count));
    else if (isElementwise(node)) {
      const { value } = elementwise[node.op];
      const [a, b, c] = argumentsOf(node).map((arg) => blocks[arg]);
      if (c !== undefined) for (let i = 0; i < count; i++) to[i] = value(a[i], b[i], c[i]);
      else if (b !== undefined) for (let i = 0; i < count; i++) to[i] = value(a[i], b[i]);
      else for (let i = 0; i < count; i++) to[i] = value(a[i]);
    } else throw new InternalError(`rule ${name}`, `no element-wise value of ${node.op}`);
  }
}
