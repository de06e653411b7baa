/** Programs with random numbers in them, to run on any back end. */
import { axisSize } from "../../src/cell/axis.ts";
import { type Cell, resolveSettings, shapedCell, traceCell, type Wrapper } from "../../src/cell/cell.ts";
import { add, matvec, square, sumUnits } from "../../src/cell/expression.ts";
import type { Program } from "../../src/cell/program.ts";
import { uniforms } from "../../src/core/random.ts";
import type {
  Cotangents,
  Directions,
  Gradients,
  LawName,
  RealArray,
  SequenceCall,
  SequenceKernel,
} from "../../src/engine/contract.ts";

export interface Setup {
  readonly program: Program;
  readonly call: SequenceCall;
  readonly cotangents: Cotangents;
  readonly directions: Directions;
}

export interface SetupOptions {
  readonly settings?: Readonly<Record<string, number | string>>;
  readonly sizes?: Readonly<Record<string, number>>;
  readonly batchSize?: number;
  readonly stepCount?: number;
  readonly outputFrom?: number;
  readonly law?: LawName;
  readonly intensity?: number;
  readonly wrappers?: readonly Wrapper[];
  readonly seed?: number;
  /** Scale of all random numbers. */
  readonly scale?: number;
}

/** A cell with a linear readout and the sum of squared rates, as networks have them. */
export function programOf(
  cell: Cell,
  settings: Readonly<Record<string, number | string>> = {},
  wrappers: readonly Wrapper[] = [],
): Program {
  const resolved = resolveSettings(cell, settings);
  return traceCell(shapedCell(cell, resolved), {
    settings: resolved,
    wrappers,
    outputs: ({ rate, matrix, vector }) => ({
      output: add(matvec(matrix("wOut", ["output", rate.axis as string]), rate), vector("bOut", "output")),
      activity: sumUnits(square(rate)),
    }),
  });
}

export function setup(cell: Cell, options: SetupOptions = {}): Setup {
  const {
    batchSize = 3,
    stepCount = 4,
    outputFrom = 0,
    law = "gaussian",
    intensity = 0.3,
    seed = 1,
    scale = 0.6,
  } = options;
  const sizes = options.sizes ?? { hidden: 5, input: 2, output: 3 };
  const program = programOf(cell, options.settings, options.wrappers);
  const settings = resolveSettings(cell, options.settings ?? {});
  let stream = 0;
  const random = (count: number): Float64Array => {
    const values = uniforms(new Float64Array(count), { seed, stream: stream++ });
    return values.map((u) => scale * (2 * u - 1));
  };
  const shaped = (items: readonly { readonly name: string; readonly axis: string }[], count: number) =>
    Object.fromEntries(items.map(({ name, axis }) => [name, random(count * axisSize(axis, sizes))]));
  const parameters = () =>
    Object.fromEntries(
      program.parameters.map(({ name, axes }) => [
        name,
        random(axes.reduce((product, axis) => product * axisSize(axis, sizes), 1)),
      ]),
    );
  const call: SequenceCall = {
    batchSize,
    stepCount,
    sizes,
    settings: Object.fromEntries(program.settings.map((name) => [name, Number(settings[name] ?? 0.5)])),
    parameters: parameters(),
    inputs: shaped(program.inputs, batchSize * stepCount),
    initialState: shaped(program.states, batchSize),
    noise: {
      seed: 2 ** 40 + seed,
      stream: 7,
      trials: Uint32Array.from({ length: batchSize }, (_, b) => 1000 + 3 * b),
      firstStep: 0,
      sites: Object.fromEntries(program.noises.map(({ site }) => [site, { law, intensity }])),
    },
    outputFrom,
  };
  return {
    program,
    call,
    cotangents: { outputs: shaped(program.outputs, batchSize * stepCount) },
    directions: {
      parameters: parameters(),
      inputs: shaped(program.inputs, batchSize * stepCount),
      initialState: shaped(program.states, batchSize),
    },
  };
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
};

/** Largest |a - b| / (1 + largest |b|); NaN-safe: a NaN on one side only counts as infinite. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < b.length; i++) {
    largest = Math.max(largest, Math.abs(b[i]));
    const error = Math.abs(a[i] - b[i]);
    worst = Math.max(
      worst,
      Number.isNaN(error) ? (Number.isNaN(a[i]) && Number.isNaN(b[i]) ? 0 : Number.POSITIVE_INFINITY) : error,
    );
  }
  return worst / (1 + largest);
}

type Arrays = Readonly<Record<string, RealArray>>;

const flat = (prefix: string, arrays: Arrays): Record<string, RealArray> =>
  Object.fromEntries(Object.entries(arrays).map(([name, values]) => [`${prefix} ${name}`, values]));

const flatGradients = (prefix: string, gradients: Gradients): Record<string, RealArray> => ({
  ...flat(`${prefix} parameter`, gradients.parameters),
  ...flat(`${prefix} input`, gradients.inputs),
  ...flat(`${prefix} initial`, gradients.initialState),
});

/** Everything that a kernel computes for a setup: forward, VJP, JVP and JVP of VJP. */
export function everything(kernel: SequenceKernel, { call, cotangents, directions }: Setup): Record<string, RealArray> {
  const silent = kernel.forward(call, false);
  const evaluated = { ...flat("evaluate output", silent.outputs), ...flat("evaluate state", silent.states()) };
  const forward = kernel.forward(call, true);
  const values = {
    ...evaluated,
    ...flat("output", forward.outputs),
    ...flat("state", forward.states()),
    ...flatGradients("gradient", forward.backward(cotangents, { inputs: true })),
  };
  const plain = kernel.tangent(call, directions, false);
  Object.assign(values, flat("jvp output", plain.outputTangents), flat("jvp state", plain.stateTangents()));
  const tangent = kernel.tangent(call, directions, true);
  Object.assign(values, flat("tangent output", tangent.outputs), flat("tangent of output", tangent.outputTangents));
  Object.assign(values, flat("tangent state", tangent.states()), flat("tangent of state", tangent.stateTangents()));
  // cotangents that depend on the point: their tangents are any second set of numbers
  const second = {
    outputs: Object.fromEntries(Object.entries(cotangents.outputs).map(([name, c]) => [name, c.map((x) => x * x)])),
  };
  const both = tangent.backward(cotangents, second);
  return {
    ...values,
    ...flatGradients("hvp gradient", both.gradients),
    ...flatGradients("hvp", both.gradientTangents),
  };
}

/** Worst difference over all results, and whose it is. */
export function worst(
  found: Record<string, RealArray>,
  expected: Record<string, RealArray>,
): { error: number; where: string } {
  let result = { error: 0, where: "" };
  for (const [where, values] of Object.entries(expected)) {
    const error = difference(found[where] ?? [], values);
    if (!(error <= result.error)) result = { error, where };
  }
  return result;
}
