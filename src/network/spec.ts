/** From what a user writes to a complete specification and the parts it names; every issue is reported at once. */
import { type Axis, axisSize, parseAxis, scalarAxis } from "../cell/axis.ts";
import { type Cell, type Choice, type OutputEquations, resolveSettings, shapedCell, traceCell } from "../cell/cell.ts";
import { cells } from "../cell/cells/registry.ts";
import { activations, add, type Expression, matvec, type Operand, square, sumUnits } from "../cell/expression.ts";
import { initialDraws } from "../cell/initialisers/address.ts";
import type { Initialiser, InitialTarget } from "../cell/initialisers/contract.ts";
import { defaultInitialiser, initialisers } from "../cell/initialisers/registry.ts";
import type { Parametrisation, WeightMap } from "../cell/parametrisations/contract.ts";
import { parametrisations } from "../cell/parametrisations/registry.ts";
import type { Program } from "../cell/program.ts";
import type { Scheme } from "../cell/schemes/contract.ts";
import { schemes } from "../cell/schemes/registry.ts";
import { NoisyRnnError, SpecError, type SpecIssue } from "../core/errors.ts";
import { checkedOptions, type OptionRules, type OptionValues } from "../core/options.ts";
import { type Registry, registry, unknownName } from "../core/registry.ts";
import { isColoured } from "../noise/colour.ts";
import type { NoiseSource } from "../noise/contract.ts";
import { laws } from "../noise/laws.ts";
import { isIntegrated, type LeafNoise, leafNoise, noiseWrappers, resolvedSources, siteIn } from "../noise/sources.ts";
import type { NetworkOptions, NetworkSpec } from "./contract.ts";

/** Members of families that are not in the registries: a user's own. */
export interface NetworkExtras {
  readonly cell?: Cell;
  readonly parametrisations?: readonly Parametrisation[];
  readonly initialisers?: readonly Initialiser[];
}

/** A parameter of the network, from its trained array to what the program sees. */
export interface NetworkParameter {
  readonly name: string;
  /** Shape that the program sees. */
  readonly shape: readonly number[];
  readonly map: WeightMap;
  /** Fresh trained array. */
  initial(seed: number): Float64Array;
}

/** Name of the array that holds the base of a parameter's map. */
export const baseName = (parameter: string): string => `${parameter}Base`;

export interface NetworkParts {
  readonly spec: NetworkSpec;
  readonly cell: Cell;
  /** Size of each named axis. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly parameters: readonly NetworkParameter[];
  readonly program: Program;
  readonly noise: readonly LeafNoise[];
  readonly references: readonly string[];
}

const keys = [
  "cell",
  "inputSize",
  "hiddenSize",
  "outputSize",
  "settings",
  "scheme",
  "durations",
  "noise",
  "parametrisations",
  "initialisers",
  "readout",
] as const satisfies readonly (keyof NetworkOptions)[];

/**
 * Complete specification and parts.
 *
 * @throws SpecError with one issue per broken rule
 */
export function networkParts(options: NetworkOptions, extras: NetworkExtras): NetworkParts {
  const issues: SpecIssue[] = [];
  if (!isRecord(options)) {
    const remedy = 'for example { cell: "ctrnn", inputSize: 1, hiddenSize: 20, outputSize: 1 }';
    throw new SpecError("network", [{ path: "network", rule: `must be an object, got ${show(options)}`, remedy }]);
  }
  for (const key of Object.keys(options)) {
    if (!(keys as readonly string[]).includes(key)) issues.push(unknownIssue(key, "part of a network", key, keys));
  }
  const { durations } = options;
  const given = checkedSizes(options, issues);
  const sizes = { ...given, input: given.input - (durations === undefined ? 0 : 1) };
  const readout = checkedReadout(options.readout ?? {}, issues);
  const chosen = chosenCell(options.cell, extras.cell, issues);
  if (chosen === undefined) throw new SpecError("network", issues);

  const settings = checkedSettings(chosen, options.settings ?? {}, issues);
  const shaped = shapedCell(chosen, settings);
  const scheme = chosenScheme(shaped, options.scheme, issues);
  const cell = scheme === undefined ? shaped : { ...shaped, scheme };
  const { sources, issues: noiseIssues } = resolvedSources(cell, options.noise ?? []);
  issues.push(...noiseIssues);
  if (durations !== undefined) issues.push(...durationIssues(cell, durations, sources));

  const axes = parameterAxes(cell, readout, issues);
  const families = {
    parametrisations: extended(parametrisations, extras.parametrisations),
    initialisers: extended(initialisers, extras.initialisers),
  };
  const chosenMaps = choices("parametrisations", options.parametrisations, cell.parametrisations, axes, issues);
  const chosenStarts = choices("initialisers", options.initialisers, cell.initialisers, axes, issues);
  const resolved = [...axes].map(([name, parameter]) =>
    resolvedParameter(
      name,
      parameter,
      { sizes, settings },
      chosenMaps[name] ?? { name: "dense" },
      chosenStarts[name] ?? defaultInitialiser(parameter),
      families,
      issues,
    ),
  );
  for (const parameter of resolved) {
    if (parameter?.map.base === undefined || !axes.has(baseName(parameter.name))) continue;
    issues.push({
      path: `parametrisations.${parameter.name}`,
      rule: `keeps its base under the name ${baseName(parameter.name)}, which a parameter of the cell has`,
      remedy: "rename that parameter",
    });
  }
  if (issues.length > 0) throw new SpecError("network", issues);

  const program = attempt("scheme", () =>
    traceCell(cell, {
      settings,
      wrappers: noiseWrappers(cell, sources),
      outputs: readoutEquations(readout),
      durations: durations !== undefined,
    }),
  );
  const parameters = resolved.filter((parameter) => parameter !== undefined);
  return {
    spec: deepFrozen({
      cell: cell.name,
      inputSize: given.input,
      hiddenSize: sizes.hidden,
      outputSize: sizes.output,
      settings,
      ...(scheme !== undefined && { scheme: scheme.name }),
      ...(durations !== undefined && { durations }),
      noise: sources,
      parametrisations: Object.fromEntries(parameters.map(({ name, parametrisation }) => [name, parametrisation])),
      initialisers: Object.fromEntries(parameters.map(({ name, initialiser }) => [name, initialiser])),
      readout,
    }),
    cell,
    sizes,
    parameters,
    program,
    noise: attempt("noise", () => leafNoise(program, cell, settings, sources)),
    references: [
      ...new Set([
        ...(cell.references ?? []),
        ...(scheme?.references ?? []),
        ...sources.flatMap(({ site, law }) => [
          ...(siteIn(cell, site)?.definition.references ?? []),
          ...laws.get(law).references,
        ]),
        ...parameters.flatMap(({ references }) => references),
      ]),
    ],
  };
}

/** output = f(wOut rate + bOut), activity = |rate|^2, from the state after the step. */
function readoutEquations({ bias, activation }: NetworkSpec["readout"]): OutputEquations {
  const f = (activations as Readonly<Record<string, (x: Operand) => Expression>>)[activation];
  return ({ rate, matrix, vector }) => {
    const projected = matvec(matrix("wOut", ["output", rate.axis ?? scalarAxis]), rate);
    return {
      output: f(bias ? add(projected, vector("bOut", "output")) : projected),
      activity: sumUnits(square(rate)),
    };
  };
}

function checkedSizes(options: NetworkOptions, issues: SpecIssue[]): { input: number; hidden: number; output: number } {
  const size = (key: "inputSize" | "hiddenSize" | "outputSize"): number => {
    const value: unknown = options[key];
    if (typeof value === "number" && Number.isInteger(value) && value >= 1) return value;
    issues.push({
      path: key,
      rule: `must be an integer >= 1, got ${show(value)}`,
      remedy: "count the channels or units",
    });
    return 1;
  };
  return { input: size("inputSize"), hidden: size("hiddenSize"), output: size("outputSize") };
}

function checkedReadout(given: unknown, issues: SpecIssue[]): NetworkSpec["readout"] {
  const parts = ["from", "bias", "activation"];
  const { from = "every", bias = true, activation = "linear" } = isRecord(given) ? given : {};
  if (!isRecord(given))
    issues.push({ path: "readout", rule: `must be an object, got ${show(given)}`, remedy: "{} takes the defaults" });
  else {
    for (const key of Object.keys(given)) {
      if (!parts.includes(key)) issues.push(unknownIssue(`readout.${key}`, "part of the readout", key, parts));
    }
  }
  if (from !== "every" && from !== "last") {
    issues.push({
      path: "readout.from",
      rule: `must be "every" or "last", got ${show(from)}`,
      remedy: 'the default is "every"',
    });
  }
  if (typeof bias !== "boolean") {
    issues.push({
      path: "readout.bias",
      rule: `must be true or false, got ${show(bias)}`,
      remedy: "the default is true",
    });
  }
  const isKnown = typeof activation === "string" && activation in activations;
  if (!isKnown) issues.push(unknownIssue("readout.activation", "activation", activation, Object.keys(activations)));
  return {
    from: from === "last" ? "last" : "every",
    bias: bias !== false,
    activation: isKnown ? activation : "linear",
  };
}

function chosenCell(name: unknown, own: Cell | undefined, issues: SpecIssue[]): Cell | undefined {
  if (own !== undefined && own.name === name) return own;
  if (typeof name === "string" && cells.has(name)) return cells.get(name);
  const known = own === undefined ? cells.names : [own.name, ...cells.names];
  issues.push(unknownIssue("cell", "cell", name, known));
  return undefined;
}

function checkedSettings(cell: Cell, given: unknown, issues: SpecIssue[]): NetworkSpec["settings"] {
  if (!isRecord(given)) {
    issues.push({
      path: "settings",
      rule: `must be an object, got ${show(given)}`,
      remedy: "{} takes the cell's defaults",
    });
    return cell.settings;
  }
  const settings = { ...cell.settings };
  for (const [name, value] of Object.entries(given)) {
    try {
      settings[name] = resolveSettings(cell, { [name]: value as number | string })[name];
    } catch (error) {
      issues.push(asIssue(`settings.${name}`, error));
    }
  }
  return settings;
}

/** The scheme that a user chose over the cell's own; undefined where it is the cell's own. */
function chosenScheme(cell: Cell, name: unknown, issues: SpecIssue[]): Scheme | undefined {
  if (name === undefined) return undefined;
  if (typeof name !== "string" || !schemes.has(name)) {
    issues.push(unknownIssue("scheme", schemes.kind, name, schemes.names));
    return undefined;
  }
  if (cell.drift === undefined) {
    const rule = `integrates the drift of a cell, and ${cell.name} gives its step, got ${show(name)}`;
    issues.push({ path: "scheme", rule, remedy: "leave it out, or choose a cell with a drift (noisy-rnn list cells)" });
    return undefined;
  }
  return name === (cell.scheme ?? schemes.members[0]).name ? undefined : schemes.get(name);
}

/** Steps of their own durations need a drift, and noise whose size the scheme derives from them. */
function durationIssues(cell: Cell, durations: unknown, sources: readonly NoiseSource[]): SpecIssue[] {
  if (durations !== "last-input") {
    const remedy = "leave it out where every step lasts the time step";
    return [{ path: "durations", rule: `must be "last-input", got ${show(durations)}`, remedy }];
  }
  if (cell.drift === undefined) {
    const rule = `needs a cell that gives a drift, and ${cell.name} gives its step`;
    return [{ path: "durations", rule, remedy: "leave it out, or choose a cell with a drift (noisy-rnn list cells)" }];
  }
  return sources.flatMap((source, index) => {
    const isOwn = source.site.split(":")[0] === "diffusion";
    const isEven = isColoured(source) || (source.scaling !== "per-step" && !isOwn && !isIntegrated(cell, source));
    if (!isEven) return [];
    const rule = `supposes steps of one duration at the site ${source.site}`;
    return [
      { path: `noise[${index}].scaling`, rule, remedy: "use white noise per-step, or Brownian motion at the state" },
    ];
  });
}

/** Axes of every parameter of cell and readout. */
function parameterAxes(
  cell: Cell,
  readout: NetworkSpec["readout"],
  issues: SpecIssue[],
): ReadonlyMap<string, readonly Axis[]> {
  const program = traceCell(cell, { settings: cell.settings, outputs: readoutEquations(readout) });
  for (const name of ["wOut", "bOut"].filter((reserved) => reserved in cell.parameters)) {
    issues.push({
      path: "cell",
      rule: `${name} is the name of the readout's parameter, the cell ${cell.name} has one of that name`,
      remedy: "rename it",
    });
  }
  return new Map(program.parameters.map(({ name, axes }) => [name, axes.map(parseAxis)]));
}

/** A user's choices over the cell's own, by parameter. */
function choices(
  path: string,
  given: unknown,
  standard: Readonly<Record<string, Choice>> | undefined,
  axes: ReadonlyMap<string, readonly Axis[]>,
  issues: SpecIssue[],
): Readonly<Record<string, Choice>> {
  if (given === undefined) return standard ?? {};
  if (!isRecord(given)) {
    issues.push({ path, rule: `must be an object, got ${show(given)}`, remedy: "{} takes the cell's defaults" });
    return standard ?? {};
  }
  for (const name of Object.keys(given)) {
    if (!axes.has(name)) issues.push(unknownIssue(`${path}.${name}`, "parameter", name, [...axes.keys()]));
  }
  return { ...standard, ...(given as Record<string, Choice>) };
}

type ResolvedParameter = NetworkParameter & {
  readonly parametrisation: Choice;
  readonly initialiser: Choice;
  readonly references: readonly string[];
};

function resolvedParameter(
  name: string,
  axes: readonly Axis[],
  { sizes, settings }: Pick<InitialTarget, "sizes" | "settings">,
  mapChoice: Choice,
  startChoice: Choice,
  families: { readonly parametrisations: Registry<Parametrisation>; readonly initialisers: Registry<Initialiser> },
  issues: SpecIssue[],
): ResolvedParameter | undefined {
  const mapPath = `parametrisations.${name}`;
  const startPath = `initialisers.${name}`;
  const chosenMap = chosenMember(mapPath, families.parametrisations, mapChoice, issues);
  const chosenStart = chosenMember(startPath, families.initialisers, startChoice, issues);
  const before = issues.length;
  const step = <T>(path: string, make: () => T): T | undefined => {
    try {
      return make();
    } catch (error) {
      issues.push(asIssue(path, error));
      return undefined;
    }
  };
  const shape = step("cell", () => axes.map((axis) => axisSize(axis, sizes)));
  if (shape === undefined || chosenMap === undefined) return undefined;
  const map = step(mapPath, () => chosenMap.member.map({ parameter: name, shape }, chosenMap.values));
  if (map === undefined || chosenStart === undefined) return undefined;
  const target = { parameter: name, axes, sizes, rawShape: map.rawShape, settings };
  const fill = step(startPath, () => chosenStart.member.prepare(target, chosenStart.values));
  if (fill === undefined || issues.length > before) return undefined;
  return {
    name,
    shape,
    map,
    initial: (seed) => fill(initialDraws(seed, name)),
    parametrisation: { name: chosenMap.member.name, ...chosenMap.values },
    initialiser: { name: chosenStart.member.name, ...chosenStart.values },
    references: [...chosenMap.member.references, ...chosenStart.member.references],
  };
}

function chosenMember<Member extends { readonly name: string; readonly options: OptionRules }>(
  path: string,
  family: Registry<Member>,
  choice: unknown,
  issues: SpecIssue[],
): { readonly member: Member; readonly values: OptionValues } | undefined {
  if (!isRecord(choice) || typeof choice.name !== "string") {
    const remedy = `for example { name: "${family.names[0]}" }`;
    issues.push({ path, rule: `must be an object with a name, got ${show(choice)}`, remedy });
    return undefined;
  }
  const { name, ...given } = choice;
  if (!family.has(name as string)) {
    issues.push(unknownIssue(`${path}.name`, family.kind, name, family.names));
    return undefined;
  }
  const member = family.get(name as string);
  const { values, broken } = checkedOptions(member.options, given);
  issues.push(...broken.map(({ option, rule, remedy }) => ({ path: `${path}.${option}`, rule, remedy })));
  return broken.length > 0 ? undefined : { member, values };
}

function extended<Member extends { readonly name: string }>(
  family: Registry<Member>,
  more: readonly Member[] = [],
): Registry<Member> {
  return more.length === 0 ? family : registry(family.kind, [...family.members, ...more]);
}

function attempt<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new SpecError("network", [asIssue(path, error)]);
  }
}

/** An error of the library as an issue; anything else passes. */
function asIssue(path: string, error: unknown): SpecIssue {
  if (error instanceof NoisyRnnError) return { path, rule: error.rule, remedy: error.remedy };
  throw error;
}

function unknownIssue(path: string, kind: string, name: unknown, known: readonly string[]): SpecIssue {
  const { rule, remedy } = unknownName(kind, String(name), known);
  return { path, rule, remedy };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");
}

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const part of Object.values(value)) deepFrozen(part);
  return Object.freeze(value);
}
