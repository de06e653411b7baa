/**
 * A cell is its equations: `defineCell` takes them as text, `traceCell` turns them into a program.
 */
import { ParameterError, ShapeError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import { type Axis, combineAxes, parseAxis, scalarAxis } from "./axis.ts";
import { type BrownianTerm, dynamicsOf } from "./dynamics.ts";
import { activations, type Expression, expression, type Matrix, type Operand } from "./expression.ts";
import * as graphs from "./graph.ts";
import { checkedPoint, mapped, type Point } from "./point.ts";
import {
  firstOwnSite,
  firstWrapperSite,
  integralSite,
  type NoiseLeaf,
  type Program,
  siteNumbers,
  sitesOfKind,
} from "./program.ts";
import type { Scheme } from "./schemes/contract.ts";
import { eulerMaruyama } from "./schemes/euler-maruyama.ts";

export type Parameter = Expression & Matrix;

/** Functions of a cell: every activation by name, and each text setting's choice under the setting's name. */
export type Functions = Readonly<Record<string, (x: Operand) => Expression>>;

/** What the equations of a cell are written in terms of; states are there by their names too. */
export interface Terms {
  readonly input: Expression;
  readonly p: Readonly<Record<string, Parameter>>;
  readonly s: Readonly<Record<string, Expression>>;
  readonly f: Functions;
  /** Noise of a site along an axis (default: the axis of the first state). */
  readonly noise: (site: string, axis?: Axis) => Expression;
  // states by name, and the above
  // biome-ignore lint/suspicious/noExplicitAny: a user's state names cannot be typed without ceremony
  readonly [state: string]: any;
}

export type Equations = (terms: Terms) => Readonly<Record<string, Expression>>;

/** A reference to a member of a family, with its options. */
export type Choice = { readonly name: string } & Readonly<Record<string, unknown>>;

export interface CellDefinition {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references?: readonly string[];
  /** Axis of each named state vector. The first is the one that noise and readout default to. */
  readonly state: Readonly<Record<string, Axis>>;
  /** `["post", "pre"]` for a matrix, `["unit"]` for a vector, `[]` for one number. */
  readonly parameters: Readonly<Record<string, readonly Axis[]>>;
  /**
   * Default settings. Numbers may change at every call, except those of `structure`; texts choose activations and are
   * fixed in the program.
   */
  readonly settings: Readonly<Record<string, number | string>>;
  /** Numeric settings that decide which equations, parameters and noise sites there are, such as a number of layers. */
  readonly structure?: {
    readonly settings: readonly string[];
    /** The definition for given values, which become its defaults. */
    define(values: Readonly<Record<string, number>>): CellDefinition;
  };
  /** Allowed range per numeric setting, and why. */
  readonly ranges?: Readonly<Record<string, SettingRange>>;
  /** The setting that holds the time step in units of the time constant; absent for cells without a time step. */
  readonly timeStep?: string;
  /** Equations of one step... */
  readonly step?: Equations;
  /** ...or the drift of a differential equation, which a scheme turns into a step. */
  readonly drift?: Equations;
  /**
   * Diffusion per state, times one Brownian motion per unit, the site "diffusion"; needs `drift`. States that have one
   * are driven by the same motions.
   */
  readonly diffusion?: Equations;
  /**
   * Diffusion per state of further Brownian motions, each shared by all units and states: the columns of a noise
   * matrix. The motion `a` is the site "diffusion:a".
   */
  readonly sharedDiffusion?: Readonly<Record<string, Equations>>;
  /** Rate lambda > 0 of each state whose drift holds -lambda h, for schemes that integrate it exactly. */
  readonly leak?: (terms: Terms) => Readonly<Record<string, Operand>>;
  /** How drift and diffusion become a step; default: Euler-Maruyama. */
  readonly scheme?: Scheme;
  /** What the readout sees, from the state after the step; default: the first state. */
  readonly rate?: (terms: Terms) => Expression;
  /** Initialiser per parameter; default: normal with gain 1 for matrices, zeros for vectors. */
  readonly initialisers?: Readonly<Record<string, Choice>>;
  /** Parametrisation per matrix; default: dense. */
  readonly parametrisations?: Readonly<Record<string, Choice>>;
}

export interface SettingRange {
  readonly above?: number;
  readonly from?: number;
  readonly below?: number;
  readonly to?: number;
  readonly isWhole?: boolean;
  /** What to do about a value outside, for example "alpha is dt / tau, so lower dt or raise tau". */
  readonly remedy: string;
}

export type Cell = CellDefinition & { readonly sites: readonly string[]; readonly rowAxis: Axis };

/** A change to the equations of any cell; noise sites that need no place inside them are wrappers. */
export interface Wrapper {
  /** The input as the cell sees it. */
  readonly input?: (input: Expression, tracer: Tracer) => Expression;
  /** A product of a parameter matrix with a vector. */
  readonly product?: (
    value: Expression,
    name: string,
    axes: readonly [Axis, Axis],
    x: Expression,
    tracer: Tracer,
  ) => Expression;
  /** The drift of a state, wherever a scheme asks for it; for cells that give one. */
  readonly drift?: (drift: Expression, name: string, state: Expression, tracer: Tracer) => Expression;
  /** Brownian motion at a state, for the scheme of a cell that gives a drift. */
  readonly brownian?: (name: string, axis: Axis) => BrownianTerm | undefined;
  /** The next value of a state. */
  readonly next?: (next: Expression, state: Expression, name: string, tracer: Tracer) => Expression;
  /** The noise of a site. */
  readonly noise?: (value: Expression, site: string, axis: Axis, tracer: Tracer) => Expression;
}

export interface Tracer {
  readonly graph: graphs.Graph;
  /**
   * White noise of a site, not passed through wrappers.
   *
   * @param motion site whose random numbers it draws; absent: its own
   * @param isSecond draws the second numbers of that site
   */
  noise(site: string, axis: Axis, motion?: string, isSecond?: boolean): Expression;
  /** A matrix of noise per trial times a vector. */
  noiseProduct(site: string, axes: readonly [Axis, Axis], x: Expression): Expression;
  /** A numeric setting added by a wrapper. */
  setting(name: string): Expression;
  /** A further state with its own equation; returns its value after the step. */
  state(name: string, axis: Axis, next: (state: Expression) => Expression): Expression;
}

/** Adds outputs (readout, activity) to a program, from the rate after the step. */
export type OutputEquations = (terms: {
  readonly rate: Expression;
  readonly matrix: (name: string, axes: readonly [Axis, Axis]) => Matrix;
  readonly vector: (name: string, axis: Axis) => Expression;
}) => Readonly<Record<string, Expression>>;

/**
 * Checks equations by tracing them once and returns the cell.
 *
 * @throws ParameterError, ShapeError naming cell and axis when the equations do not fit together.
 */
export function defineCell(definition: CellDefinition): Cell {
  const place = `cell "${definition.name}"`;
  if ((definition.step === undefined) === (definition.drift === undefined)) {
    throw new ParameterError({
      place,
      rule: "a cell gives either step or drift",
      remedy: "write step for a map, drift (and diffusion) for a differential equation",
    });
  }
  if (definition.drift !== undefined && definition.timeStep === undefined) {
    throw new ParameterError({
      place,
      rule: "a drift needs a time step, got none",
      remedy: 'name the setting that holds it, for example timeStep: "step"',
    });
  }
  if (Object.keys(definition.state).length === 0) {
    throw new ParameterError({ place, rule: "a cell has at least one state", remedy: 'give state: { h: "hidden" }' });
  }
  for (const [name, axes] of Object.entries(definition.parameters)) {
    if (axes.length > 2) {
      throw new ShapeError({
        place: `${place}, parameter ${name}`,
        rule: `a parameter is a number, a vector or a matrix, got axes [${axes.join(", ")}]`,
        remedy: "give at most two axes",
      });
    }
  }
  const rowAxis = parseAxis(Object.values(definition.state)[0]);
  const cell = { ...definition, sites: [] as readonly string[], rowAxis };
  const program = traceCell(cell, { settings: definition.settings });
  return Object.freeze({ ...cell, sites: program.noises.map((noise) => noise.site) });
}

/**
 * The cell with the equations that its settings ask for; most cells have one form only.
 *
 * @param settings resolved
 */
export function shapedCell(cell: Cell, settings: Readonly<Record<string, number | string>>): Cell {
  const { structure } = cell;
  if (structure === undefined || structure.settings.every((name) => settings[name] === cell.settings[name]))
    return cell;
  return defineCell(
    structure.define(Object.fromEntries(structure.settings.map((name) => [name, Number(settings[name])]))),
  );
}

export interface TraceOptions {
  /** Settings; texts choose functions, numbers only need to be known by name. */
  readonly settings: Readonly<Record<string, number | string>>;
  readonly wrappers?: readonly Wrapper[];
  readonly outputs?: OutputEquations;
  /** Whether one more input channel, the last, gives the duration of each step in units of the time step. */
  readonly durations?: boolean;
}

/**
 * One step of a cell as a program.
 *
 * @param cell in the form that its settings ask for (`shapedCell`)
 */
export function traceCell(cell: CellDefinition & { readonly rowAxis: Axis }, options: TraceOptions): Program {
  const place = `cell "${cell.name}"`;
  const graph = graphs.createGraph();
  const wrappers = options.wrappers ?? [];
  const noises: NoiseLeaf[] = [];
  const settings: string[] = [];
  const extra: { name: string; axis: Axis; leaf: graphs.NodeId; next: graphs.NodeId }[] = [];
  const usedParameters = new Map<string, readonly Axis[]>();

  const numberOf = (site: string, first: number): number => {
    const known = noises.find((noise) => noise.site === site)?.number ?? siteNumbers[site];
    // second draws of a motion lie behind the others of their kind and do not count
    return known ?? first + noises.filter(({ number }) => number >= first && number < first + sitesOfKind).length;
  };
  const siteOf = (site: string, axis: Axis, perTrial: boolean, first: number, number = numberOf(site, first)): void => {
    const known = noises.find((noise) => noise.site === site);
    if (known === undefined) noises.push({ site, number, axis, perTrial });
    else if (known.axis !== axis) {
      throw new ShapeError({
        place: `${place}, noise "${site}"`,
        rule: `one site has one axis, got ${known.axis} and ${axis}`,
        remedy: "give the second place a site name of its own",
      });
    }
  };
  const plainNoise = (site: string, axis: Axis, first: number, number?: number): Expression => {
    siteOf(site, axis, false, first, number);
    return expression(graph, graphs.noiseVector(graph, site, axis));
  };
  const tracer: Tracer = {
    graph,
    noise: (site, axis, motion = site, isSecond = false) => {
      // a site has its number from when it is first asked for
      if (motion !== site) siteOf(motion, axis, false, firstWrapperSite);
      const number = numberOf(motion, firstWrapperSite);
      return plainNoise(site, axis, firstWrapperSite, isSecond ? integralSite(number) : number);
    },
    noiseProduct: (site, [rows, columns], x) => {
      siteOf(site, rows, true, firstWrapperSite);
      const id = graphs.product(graph, "noise-product", site, rows, graphs.broadcast(graph, x.id, columns));
      return expression(graph, id);
    },
    setting: (name) => {
      if (!settings.includes(name)) settings.push(name);
      return expression(graph, graphs.setting(graph, name));
    },
    state: (name, axis, next) => {
      const leaf = graphs.leaf(graph, `state:${name}`, axis);
      const after = next(expression(graph, leaf));
      const id = graphs.broadcast(graph, after.id, axis);
      extra.push({ name, axis, leaf, next: id });
      return expression(graph, id);
    },
  };

  const matrix = (name: string, axes: readonly [Axis, Axis]): Matrix => {
    const [rows, columns] = axes;
    usedParameters.set(name, axes);
    return {
      name,
      axes,
      multiply: (x) => {
        if (x?.axis === undefined || (x.axis !== columns && x.axis !== null && x.axis !== scalarAxis)) {
          throw new ShapeError({
            place: `${place}, matvec(${name}, ...)`,
            rule: `${name} is [${rows}, ${columns}] and takes a vector along ${columns}, got one along ${x?.axis}`,
            remedy: "declare the matrix with the axes of what it maps from and to",
          });
        }
        const argument = graphs.broadcast(graph, x.id, columns);
        let value = expression(graph, graphs.product(graph, "product", name, rows, argument));
        for (const wrapper of wrappers) {
          value = wrapper.product?.(value, name, axes, expression(graph, argument), tracer) ?? value;
        }
        return value;
      },
    };
  };
  const vector = (name: string, axis: Axis): Expression => {
    usedParameters.set(name, [axis]);
    return expression(graph, graphs.parameterVector(graph, name, axis));
  };

  const parameters: Record<string, Parameter> = {};
  for (const [name, axes] of Object.entries(cell.parameters)) {
    const parsed = axes.map(parseAxis);
    parameters[name] = (
      parsed.length === 2 ? matrix(name, [parsed[0], parsed[1]]) : vector(name, parsed[0] ?? scalarAxis)
    ) as Parameter;
  }

  const symbols: Record<string, Expression> = {};
  const functions: Record<string, (x: Operand) => Expression> = { ...activations };
  for (const [name, standard] of Object.entries(cell.settings)) {
    const value = options.settings[name] ?? standard;
    if (cell.structure?.settings.includes(name)) continue;
    if (typeof standard === "number") symbols[name] = tracer.setting(name);
    else {
      const chosen = (activations as Functions)[String(value)];
      if (chosen === undefined)
        throw unknownName(`activation (${cell.name}.${name})`, String(value), Object.keys(activations));
      functions[name] = (x) => chosen(x);
    }
  }
  const s = guarded(symbols, `${place}, setting`);
  const p = guarded(parameters, `${place}, parameter`);
  const f = guarded(functions, `${place}, function`);

  const before: Point = Object.fromEntries(
    Object.entries(cell.state).map(([name, axis]) => [
      name,
      expression(graph, graphs.leaf(graph, `state:${name}`, parseAxis(axis))),
    ]),
  );
  const inputAxis = options.durations === true ? combineAxes("input", scalarAxis) : "input";
  const inputLeaf = graphs.leaf(graph, "input:input", inputAxis);
  let input = expression(graph, graphs.slice(graph, inputLeaf, "0", "input"));
  const duration = options.durations
    ? expression(graph, graphs.slice(graph, inputLeaf, "input", scalarAxis))
    : undefined;
  for (const wrapper of wrappers) input = wrapper.input?.(input, tracer) ?? input;
  const noise = (site: string, axis: Axis = cell.rowAxis): Expression => {
    let value = plainNoise(site, parseAxis(axis), firstOwnSite);
    for (const wrapper of wrappers) value = wrapper.noise?.(value, site, parseAxis(axis), tracer) ?? value;
    return value;
  };
  const terms = (states: Point): Terms => ({ ...states, input, p, s, f, noise });
  const complete = (equations: Equations, what: string): Equations => {
    return (at) => checkedPoint(place, what, before, equations(at));
  };
  const after =
    cell.step !== undefined
      ? complete(cell.step, "next state")(terms(before))
      : (cell.scheme ?? eulerMaruyama).step(
          dynamicsOf({
            cell: { ...cell, drift: complete(cell.drift as Equations, "drift") },
            place,
            state: before,
            timeStep: s[cell.timeStep as string],
            duration,
            terms,
            wrappers,
            tracer,
          }),
        );
  const next = mapped(before, (state, name) => {
    const value = wrappers.reduce((sofar, wrapper) => wrapper.next?.(sofar, state, name, tracer) ?? sofar, after[name]);
    return expression(graph, graphs.broadcast(graph, value.id, state.axis as Axis));
  });

  const rate = cell.rate?.(terms(next)) ?? Object.values(next)[0];
  const outputs = options.outputs?.({ rate, matrix, vector }) ?? {};

  return {
    name: cell.name,
    graph,
    states: [
      ...Object.entries(before).map(([name, state]) => ({
        name,
        axis: state.axis as Axis,
        leaf: state.id,
        next: next[name].id,
      })),
      ...extra,
    ],
    inputs: [{ name: "input", axis: inputAxis, leaf: inputLeaf }],
    outputs: Object.entries(outputs).map(([name, output]) => ({
      name,
      axis: output.axis ?? scalarAxis,
      node: graphs.broadcast(graph, output.id, output.axis ?? scalarAxis),
    })),
    parameters: [...usedParameters].map(([name, axes]) => ({ name, axes })),
    settings,
    noises,
  };
}

/** A table whose unknown names are answered with the nearest one. */
function guarded<T>(table: Record<string, T>, kind: string): Readonly<Record<string, T>> {
  return new Proxy(table, {
    get: (target, key) => {
      if (typeof key !== "string" || key in target) return target[key as string];
      throw unknownName(kind, key, Object.keys(target));
    },
  });
}

/**
 * Settings of a cell with defaults filled in.
 *
 * @throws ParameterError for an unknown name, a wrong type or a value out of range.
 */
export function resolveSettings(
  cell: CellDefinition,
  given: Readonly<Record<string, number | string>>,
): Readonly<Record<string, number | string>> {
  const resolved: Record<string, number | string> = { ...cell.settings };
  for (const [name, value] of Object.entries(given)) {
    const standard = cell.settings[name];
    if (standard === undefined) throw unknownName(`setting of ${cell.name}`, name, Object.keys(cell.settings));
    const place = `${cell.name}: ${name}`;
    if (typeof value !== typeof standard || (typeof value === "number" && !Number.isFinite(value))) {
      throw new ParameterError({
        place,
        rule: `must be a ${typeof standard === "number" ? "finite number" : "text"}, got ${JSON.stringify(value)}`,
        remedy: `the default is ${JSON.stringify(standard)}`,
      });
    }
    const range = cell.ranges?.[name];
    if (typeof value === "number" && range !== undefined && !within(value, range)) {
      throw new ParameterError({ place, rule: `must lie in ${rangeText(range)}, got ${value}`, remedy: range.remedy });
    }
    if (typeof value === "string" && !(value in activations))
      throw unknownName(`activation (${place})`, value, Object.keys(activations));
    resolved[name] = value;
  }
  return resolved;
}

const within = (value: number, { above, from, below, to, isWhole = false }: SettingRange): boolean =>
  (!isWhole || Number.isInteger(value)) &&
  (above === undefined || value > above) &&
  (from === undefined || value >= from) &&
  (below === undefined || value < below) &&
  (to === undefined || value <= to);

const rangeText = ({ above, from, below, to, isWhole = false }: SettingRange): string =>
  `${isWhole ? "the whole numbers of " : ""}${from === undefined ? "(" : "["}${from ?? above ?? "-infinity"}, ${to ?? below ?? "infinity"}${to === undefined ? ")" : "]"}`;
