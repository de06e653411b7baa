/** Element-wise rules: the same equations for every element of some arrays, such as an optimiser's update. */
import { type Expression, expression } from "../../cell/expression.ts";
import { argumentsOf, createGraph, type Graph, isElementwise, leaf, type NodeId, setting } from "../../cell/graph.ts";
import type { ElementwiseOp } from "../../cell/operations.ts";
import { ParameterError } from "../../core/errors.ts";

export interface FlatRule {
  /** Unique among the rules that are prepared together; letters, digits and underscores. */
  readonly name: string;
  /** Arrays that are read, in order. */
  readonly inputs: readonly string[];
  /** Arrays that come out, in order. */
  readonly outputs: readonly string[];
  /** Numbers that are the same for all elements, in order. */
  readonly settings: readonly string[];
  readonly graph: Graph;
  /** Node of each output. */
  readonly results: readonly NodeId[];
}

/**
 * Operations whose result is the exact one, rounded. From these every evaluation has the same bits; a rule with an
 * exponential would not.
 */
const exactOperations: readonly ElementwiseOp[] = [
  "add",
  "sub",
  "mul",
  "div",
  "sqrt",
  "neg",
  "abs",
  "sign",
  "step",
  "relu",
  "max",
  "min",
  "where",
];

/** Every array of a rule lies along it. */
const elementAxis = "element";

/**
 * A rule from its equations, which are called once with symbols.
 *
 * Arithmetic is double: inputs are widened, each output is rounded once to the precision of the arrays.
 *
 * @throws ParameterError for an operation that is not exactly rounded, or an input or setting that is not used
 */
export function flatRule<Input extends string, Setting extends string, Output extends string>(definition: {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly settings: readonly Setting[];
  readonly equations: (
    x: Readonly<Record<Input, Expression>>,
    s: Readonly<Record<Setting, Expression>>,
  ) => Readonly<Record<Output, Expression>>;
}): FlatRule {
  const { name, inputs, settings, equations } = definition;
  const graph = createGraph();
  const symbols = <Name extends string>(names: readonly Name[], id: (name: Name) => NodeId) =>
    Object.fromEntries(names.map((each) => [each, expression(graph, id(each))])) as Record<Name, Expression>;
  const results = equations(
    symbols(inputs, (input) => leaf(graph, input, elementAxis)),
    symbols(settings, (each) => setting(graph, each)),
  );
  const outputs = Object.keys(results) as Output[];
  const rule = { name, inputs, outputs, settings, graph, results: outputs.map((output) => results[output].id) };
  check(rule);
  return rule;
}

function check({ name, graph, results }: FlatRule): void {
  const used = new Set([...results, ...graph.nodes.flatMap(argumentsOf)]);
  for (const [id, node] of graph.nodes.entries()) {
    if (isElementwise(node) && !exactOperations.includes(node.op)) {
      throw new ParameterError({
        place: `rule ${name}`,
        rule: `operations must be exactly rounded, got ${node.op}`,
        remedy: `compute it beforehand as a setting, or use ${exactOperations.join(", ")}`,
      });
    }
    if ("name" in node && !used.has(id)) {
      throw new ParameterError({
        place: `rule ${name}`,
        rule: `every input and setting must be used, got ${node.name}, which nothing depends on`,
        remedy: "leave it out",
      });
    }
  }
}
