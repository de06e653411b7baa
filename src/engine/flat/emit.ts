/**
 * Writes element-wise rules as C, one function per rule.
 *
 * A function takes three flat arrays: addresses of the inputs and then of the outputs, the integers of `range`, and the
 * settings in their order. It works on whole vectors, so arrays have room for the next multiple of `vectorLength`.
 */
import { isElementwise, type NodeId } from "../../cell/graph.ts";
import { elementwise } from "../../cell/operations.ts";
import { InternalError } from "../../core/errors.ts";
import type { FlatRule } from "./rule.ts";

/** Positions in the integer array: elements from .. to - 1. */
export const range = { from: 0, to: 1 } as const;

/** Doubles in the widest vector of any instruction set. */
export const vectorLength = 8;

/** C name of a rule's function. */
export const ruleFunction = (rule: FlatRule): string => `rule_${rule.name}`;

export function emitRules(rules: readonly FlatRule[]): string {
  return ['#include "flat.h"', "", ...rules.map(emitRule)].join("\n");
}

function emitRule(rule: FlatRule): string {
  const { graph, inputs, outputs, settings, results } = rule;
  const head = [
    ...inputs.map((_, k) => `const stored *restrict i${k} = b[${k}];`),
    ...outputs.map((_, k) => `stored *restrict o${k} = b[${inputs.length + k}];`),
  ];
  const body: string[] = [];
  for (const [id, node] of graph.nodes.entries()) {
    // a node without an axis is one number for all elements
    const lines = node.axis === null ? head : body;
    const value = (text: string): unknown => lines.push(`const vreal x${id} = ${text};`);
    if (node.op === "constant") value(`v_set(${number(node.value)})`);
    else if (node.op === "setting") value(`v_set(s[${settings.indexOf(node.name)}])`);
    else if (node.op === "leaf") value(`load(i${inputs.indexOf(node.name)} + i)`);
    else if (isElementwise(node)) value(elementwise[node.op].c(...node.args.map((arg: NodeId) => `x${arg}`)));
    else throw new InternalError(`rule ${rule.name}`, `no element-wise C of ${node.op}`);
  }
  return [
    `JOB(${ruleFunction(rule)}) {`,
    ...head.map((line) => `  ${line}`),
    `  for (int i = n[${range.from}]; i < n[${range.to}]; i += VL) {`,
    ...body.map((line) => `    ${line}`),
    ...results.map((id, k) => `    store(o${k} + i, x${id});`),
    "  }",
    "}",
    "",
  ].join("\n");
}

/** A C literal of the same double. */
function number(value: number): string {
  if (!Number.isFinite(value)) throw new InternalError("rule", `a constant must be finite, got ${value}`);
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
