/** Functions of u written as text: parsed, checked against what is allowed, compiled to closures over numbers. */
import type { MathNode } from "mathjs/number";
import { ParameterError } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";

type Compiled = (u: number) => number;

/** A name, number or sign of an expression, and where it begins, counted from 1. */
interface Token {
  readonly text: string;
  readonly kind: "name" | "number" | "sign";
  readonly position: number;
}

const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E };

/** Elementary functions by name, with the fewest and the most arguments they take. */
const functions: Readonly<
  Record<string, { readonly least: number; readonly most: number; readonly value: (...values: number[]) => number }>
> = {
  ...unary({
    abs: Math.abs,
    sign: Math.sign,
    sqrt: Math.sqrt,
    cbrt: Math.cbrt,
    exp: Math.exp,
    log: Math.log,
    log2: Math.log2,
    log10: Math.log10,
    sin: Math.sin,
    cos: Math.cos,
    tan: Math.tan,
    asin: Math.asin,
    acos: Math.acos,
    atan: Math.atan,
    sinh: Math.sinh,
    cosh: Math.cosh,
    tanh: Math.tanh,
    floor: Math.floor,
    ceil: Math.ceil,
    round: Math.round,
  }),
  min: { least: 1, most: Number.POSITIVE_INFINITY, value: Math.min },
  max: { least: 1, most: Number.POSITIVE_INFINITY, value: Math.max },
};

/** Operators by the parser's name for them and the number of their arguments; truth is 1, falsehood 0. */
const operators: Readonly<Record<string, (a: number, b: number) => number>> = {
  "unaryMinus/1": (a) => -a,
  "unaryPlus/1": (a) => a,
  "not/1": (a) => Number(a === 0),
  "add/2": (a, b) => a + b,
  "subtract/2": (a, b) => a - b,
  "multiply/2": (a, b) => a * b,
  "divide/2": (a, b) => a / b,
  "pow/2": (a, b) => a ** b,
  "and/2": (a, b) => Number(a !== 0 && b !== 0),
  "or/2": (a, b) => Number(a !== 0 || b !== 0),
  "smaller/2": (a, b) => Number(a < b),
  "smallerEq/2": (a, b) => Number(a <= b),
  "larger/2": (a, b) => Number(a > b),
  "largerEq/2": (a, b) => Number(a >= b),
  "equal/2": (a, b) => Number(a === b),
  "unequal/2": (a, b) => Number(a !== b),
};

const wordOperators = ["and", "or", "not"];
const signs = ["<=", ">=", "==", "!=", "+", "-", "*", "/", "^", "(", ")", ",", "<", ">", "?", ":"];

/** Names that an expression may use. */
export const expressionNames: readonly string[] = ["u", ...Object.keys(constants), ...Object.keys(functions)];

/**
 * A function of u from its expression.
 *
 * Numbers, `u`, `pi`, `e`; `+ - * / ^` with the usual precedence, a product also without a sign (`2 pi u`);
 * `< <= > >= == !=` (also chained), `and or not`, each 1 or 0; `condition ? a : b`; the elementary functions of
 * `expressionNames`. The parser is mathjs; the text is checked before it, and what it returns is compiled here, so that
 * nothing else of mathjs can be reached.
 *
 * @returns a function of u in [-1, 1]; it may return numbers that are not finite
 * Cost: the parser is loaded on first use, 0.4 s.
 * @throws ParameterError with the position in the text, counted from 1, and the rule
 */
export async function targetExpression(text: string, place: string): Promise<Compiled> {
  const tokens = tokensOf(text, place);
  if (tokens.length === 0) throw fault(place, text, 1, "an expression is needed, found none", 'write "sin(pi * u)"');
  const { parse } = await import("mathjs/number");
  let tree: MathNode;
  try {
    tree = parse(text);
  } catch (error) {
    const { char = 1, message } = error as Error & { readonly char?: number };
    const reason = message.replace(/ \(char \d+\)$/, "");
    throw fault(place, text, char, reason[0].toLowerCase() + reason.slice(1), "mend the expression");
  }
  return compiled(tree, { place, text, tokens, names: tokens.filter(({ kind }) => kind === "name").values() });
}

/** Whether a text uses only names of expressions, so that it is meant as one. */
export function hasExpressionNames(text: string): boolean {
  const names = text.match(/[A-Za-z_]\w*/g) ?? [];
  return names.every((name) => expressionNames.includes(name) || wordOperators.includes(name));
}

function unary(values: Readonly<Record<string, (value: number) => number>>): typeof functions {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { least: 1, most: 1, value }]));
}

function tokensOf(text: string, place: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const space = /^[ \t]+/.exec(rest)?.[0];
    const number = /^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/.exec(rest)?.[0];
    const name = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    const sign = signs.find((candidate) => rest.startsWith(candidate));
    const found = space ?? number ?? name ?? sign;
    const position = at + 1;
    if (found === undefined) {
      const rule = `"${[...rest][0]}" has no meaning`;
      throw fault(place, text, position, rule, `an expression is made of numbers, names and ${signs.join(" ")}`);
    }
    if (name !== undefined && !wordOperators.includes(name) && !expressionNames.includes(name)) {
      const { rule, remedy } = unknownName("constant, variable or function", name, expressionNames);
      throw fault(place, text, position, rule, remedy);
    }
    at += found.length;
    if (space !== undefined || wordOperators.includes(found)) continue;
    tokens.push({
      text: found,
      kind: number !== undefined ? "number" : name !== undefined ? "name" : "sign",
      position,
    });
  }
  return tokens;
}

interface Source {
  readonly place: string;
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The tokens that are names: the tree, walked from left to right, has them in the order of the text. */
  readonly names: Iterator<Token>;
}

function compiled(node: MathNode, source: Source): Compiled {
  const { place, text, tokens } = source;
  const known = node as unknown as KnownNode;
  switch (known.type) {
    case "ConstantNode": {
      const { value } = known;
      return () => value;
    }
    case "ParenthesisNode":
      return compiled(known.content, source);
    case "SymbolNode": {
      const { position } = next(source);
      const { name } = known;
      if (name === "u") return (u) => u;
      if (!(name in constants)) {
        throw fault(place, text, position, `${name} is a function and needs its arguments`, `write ${name}(u)`);
      }
      return () => constants[name];
    }
    case "OperatorNode": {
      const value = operators[`${known.fn}/${known.args.length}`];
      if (value === undefined) break;
      const [a, b = a] = known.args.map((argument) => compiled(argument, source));
      return (u) => value(a(u), b(u));
    }
    case "RelationalNode": {
      const parts = known.params.map((part) => compiled(part, source));
      const holds = known.conditionals.map((name) => operators[`${name}/2`]);
      return (u) => Number(holds.every((compare, i) => compare(parts[i](u), parts[i + 1](u)) === 1));
    }
    case "ConditionalNode": {
      const [condition, yes, no] = [known.condition, known.trueExpr, known.falseExpr].map((part) =>
        compiled(part, source),
      );
      return (u) => (condition(u) !== 0 ? yes(u) : no(u));
    }
    case "FunctionNode": {
      const { position, text: name } = next(source);
      const called = functions[name];
      if (called === undefined) {
        throw fault(place, text, position, `${name} is no function`, `for a product write ${name} * (...)`);
      }
      const { least, most, value } = called;
      const count = known.args.length;
      if (count < least || count > most) {
        const wanted = least === most ? `${least} argument` : `at least ${least} argument`;
        throw fault(place, text, position, `${name} takes ${wanted}, got ${count}`, "mend the call");
      }
      const values = known.args.map((argument) => compiled(argument, source));
      return count === 1 ? (u) => value(values[0](u)) : (u) => value(...values.map((argument) => argument(u)));
    }
    default:
      break;
  }
  // Of what the tokens admit, only a colon without its question mark comes here.
  const colon = tokens.find(({ text: sign }) => sign === ":");
  const rule = "a colon needs a question mark before it";
  throw fault(place, text, colon?.position ?? 1, rule, "write condition ? a : b");
}

/** The nodes of mathjs that an expression can have. */
type KnownNode =
  | { readonly type: "ConstantNode"; readonly value: number }
  | { readonly type: "ParenthesisNode"; readonly content: MathNode }
  | { readonly type: "SymbolNode"; readonly name: string }
  | { readonly type: "OperatorNode"; readonly fn: string; readonly args: readonly MathNode[] }
  | { readonly type: "RelationalNode"; readonly conditionals: readonly string[]; readonly params: readonly MathNode[] }
  | {
      readonly type: "ConditionalNode";
      readonly condition: MathNode;
      readonly trueExpr: MathNode;
      readonly falseExpr: MathNode;
    }
  | { readonly type: "FunctionNode"; readonly args: readonly MathNode[] };

function next({ names }: Source): Token {
  return names.next().value;
}

function fault(place: string, text: string, position: number, rule: string, remedy: string): ParameterError {
  return new ParameterError({ place, rule: `"${text}", character ${position}: ${rule}`, remedy });
}
