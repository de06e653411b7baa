/** Noise sources of a cell: defaults and checks, the change of the equations, the numbers of each leaf. */
import { type Axis, scalarAxis } from "../cell/axis.ts";
import type { Cell, Tracer, Wrapper } from "../cell/cell.ts";
import { deviationSetting, integralLeaf } from "../cell/dynamics.ts";
import type { Program } from "../cell/program.ts";
import { ParameterError, type SpecIssue } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import { colouring, correlationSetting, isColoured, stepCorrelation } from "./colour.ts";
import type { NoiseLaw, NoiseSource, SiteDefinition } from "./contract.ts";
import { laws } from "./laws.ts";
import { placementOf } from "./placement.ts";
import { perStepFactor, type StepLimit, scalings, stepLimit } from "./scaling.ts";
import { ownSite } from "./sites/own.ts";
import { sites } from "./sites/registry.ts";
import { stateLeaf } from "./sites/state-leaf.ts";

/** Every name that a source may have as its site in a cell. */
export function offeredSites(cell: Cell): readonly string[] {
  const wrapped = sites.members.filter(({ wrapper }) => wrapper !== undefined);
  const names = wrapped.flatMap((definition) => [definition.name, ...definition.leaves(cell)]);
  return [...new Set([...cell.sites.map((site) => site.split(":")[0]), ...cell.sites, ...names])];
}

/** What a site of a cell is, and the noise leaves of the program that it stands for; undefined when the cell has no such site. */
export function siteIn(
  cell: Cell,
  site: string,
): { readonly definition: SiteDefinition; readonly leaves: readonly string[] } | undefined {
  const kind = site.split(":")[0];
  const own = ownSite({ name: site, summary: `site ${site} of the cell ${cell.name}`, references: [] });
  const places = own.leaves(cell);
  if (places.length > 0) {
    const isKnown = sites.has(kind) && sites.get(kind).wrapper === undefined;
    return { definition: isKnown ? sites.get(kind) : own, leaves: places };
  }
  if (!sites.has(kind)) return undefined;
  const definition = sites.get(kind);
  const leaves = definition.leaves(cell);
  if (leaves.includes(site)) return { definition, leaves: [site] };
  return site === kind && leaves.length > 0 ? { definition, leaves } : undefined;
}

/** The time step of a cell in units of tau; undefined for a map. */
export function timeStepOf(
  cell: Pick<Cell, "timeStep">,
  settings: Readonly<Record<string, number | string>>,
): number | undefined {
  return cell.timeStep === undefined ? undefined : (settings[cell.timeStep] as number);
}

const keys = [
  "site",
  "law",
  "intensity",
  "scaling",
  "correlationTime",
  "shared",
  "proportionalTo",
  "motion",
] as const satisfies readonly (keyof NoiseSource)[];

/** Whether a source is Brownian motion that the scheme of the cell integrates as part of its diffusion. */
export function isIntegrated(cell: Cell, source: NoiseSource): boolean {
  const diffusion = siteIn(cell, source.site)?.definition.diffusion;
  return cell.drift !== undefined && diffusion !== undefined && source.scaling !== "per-step" && !isColoured(source);
}

/**
 * Complete sources from what a user wrote, and every rule that it breaks.
 *
 * Defaults: law `gaussian`, scaling `per-step`, correlation time 0 (white), not shared, in proportion to the state.
 *
 * @param given a list of sources, possibly from a file and of any type
 */
export function resolvedSources(
  cell: Cell,
  given: unknown,
): { readonly sources: readonly NoiseSource[]; readonly issues: readonly SpecIssue[] } {
  const issues: SpecIssue[] = [];
  if (!Array.isArray(given)) {
    const remedy = 'for example [{ site: "inside", intensity: 0.5 }], or [] for none';
    return { sources: [], issues: [{ path: "noise", rule: `must be a list of sources, got ${show(given)}`, remedy }] };
  }
  const sources = given.map((source: unknown, index) => resolvedSource(cell, source, `noise[${index}]`, issues));
  const taken = new Map<string, number>();
  for (const [index, { site }] of sources.entries()) {
    for (const leaf of siteIn(cell, site)?.leaves ?? []) {
      const first = taken.get(leaf);
      if (first === undefined) taken.set(leaf, index);
      else {
        issues.push({
          path: `noise[${index}].site`,
          rule: `one source per site, "${leaf}" is taken by noise[${first}]`,
          remedy: "drop one of them, or add their variances",
        });
      }
    }
  }
  for (const [index, source] of sources.entries()) {
    if (source.motion === "state") issues.push(...sharedMotionIssues(cell, source, sources, `noise[${index}]`));
  }
  return { sources, issues };
}

/** What keeps a source from taking the draws of the one at the site `state`. */
function sharedMotionIssues(
  cell: Cell,
  source: NoiseSource,
  sources: readonly NoiseSource[],
  path: string,
): readonly SpecIssue[] {
  const states = (siteIn(cell, source.site)?.leaves ?? []).map(motionLeaf);
  const others = sources.filter(({ site }) => siteIn(cell, site)?.leaves.some((leaf) => states.includes(leaf)));
  const covered = others.flatMap(({ site }) => siteIn(cell, site)?.leaves ?? []);
  const missing = states.find((leaf) => !covered.includes(leaf));
  const place = `${path}.motion`;
  if (missing !== undefined) {
    const remedy = `add a source at ${missing}, or leave motion out`;
    return [{ path: place, rule: `takes the draws of the site ${missing}, at which there is no source`, remedy }];
  }
  const unlike = others.find(
    (other) => other.law !== source.law || isColoured(other) || other.scaling !== source.scaling,
  );
  if (unlike !== undefined || isColoured(source) || source.shared === true) {
    const rule = "one motion needs white sources of one law and scaling, of which none is shared by units";
    return [{ path: place, rule, remedy: "make the two sources alike, or leave motion out" }];
  }
  return [];
}

/** The leaf at the site `state` of the same state. */
const motionLeaf = (leaf: string): string => leaf.replace(/^state-multiplicative/, "state");

function resolvedSource(cell: Cell, given: unknown, path: string, issues: SpecIssue[]): NoiseSource {
  const before = issues.length;
  const report = (key: string, rule: string, remedy: string): void => {
    issues.push({ path: `${path}.${key}`, rule, remedy });
  };
  if (typeof given !== "object" || given === null) {
    issues.push({
      path,
      rule: `must be a source, got ${show(given)}`,
      remedy: 'for example { site: "inside", intensity: 0.5 }',
    });
    return { site: "", law: "gaussian", intensity: 0, scaling: "per-step" };
  }
  const fields = given as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    if ((keys as readonly string[]).includes(key)) continue;
    const { rule, remedy } = unknownName("part of a noise source", key, keys);
    report(key, rule, remedy);
  }
  const { site, law = "gaussian", intensity, scaling = "per-step", correlationTime = 0 } = fields;
  const { shared = false, proportionalTo = "state", motion } = fields;

  const place = typeof site === "string" ? siteIn(cell, site) : undefined;
  if (site === undefined) {
    report(
      "site",
      "is missing, and a noise source needs one",
      `for example site: inside; known: ${offeredSites(cell).join(", ")}`,
    );
  } else if (place === undefined) {
    const { rule, remedy } = unknownName(`noise site of the cell ${cell.name}`, String(site), offeredSites(cell));
    report("site", rule, remedy);
  }
  if (!laws.has(String(law))) {
    const { rule, remedy } = unknownName("noise law", String(law), laws.names);
    report("law", rule, remedy);
  }
  if (!scalings.has(String(scaling))) {
    const { rule, remedy } = unknownName("noise scaling", String(scaling), scalings.names);
    report("scaling", rule, remedy);
  }
  const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
  if (!isNumber(intensity) || intensity < 0) {
    report(
      "intensity",
      `must be a number >= 0, got ${show(intensity)}`,
      "0 declares a source that is silent unless an evaluation asks for it",
    );
  }
  if (!isNumber(correlationTime) || correlationTime < 0) {
    report(
      "correlationTime",
      `must be a number >= 0, got ${show(correlationTime)}`,
      "it is in units of tau; 0 is white noise",
    );
  }
  if (typeof shared !== "boolean")
    report("shared", `must be true or false, got ${show(shared)}`, "the default is false");
  if (proportionalTo !== "state" && proportionalTo !== "drift") {
    report("proportionalTo", `must be "state" or "drift", got ${show(proportionalTo)}`, 'the default is "state"');
  }
  if (motion !== undefined && motion !== "state") {
    report("motion", `must be "state", got ${show(motion)}`, "leave it out for a Brownian motion of its own");
  }

  if (place !== undefined && issues.length === before) {
    const { definition } = place;
    const { scalable, below } = laws.get(String(law));
    if ((intensity as number) >= below) {
      report("intensity", `of ${law} must lie in [0, ${below}), got ${intensity}`, "it is a probability");
    }
    if (scaling !== "per-step") {
      const remedy = 'use scaling "per-step"';
      if (!scalable) report("scaling", `${law} has no standard deviation to scale, got ${show(scaling)}`, remedy);
      if (definition.perTrial)
        report("scaling", `${site} is drawn once a trial and has no time scale, got ${show(scaling)}`, remedy);
      else if (cell.timeStep === undefined) {
        report("scaling", `the cell ${cell.name} is a map without a time step, got ${show(scaling)}`, remedy);
      }
    }
    if ((correlationTime as number) > 0) {
      if (definition.perTrial)
        report("correlationTime", `${site} is fixed over a trial, got ${correlationTime}`, "leave it out");
      if (law !== "gaussian") {
        report("law", `Ornstein-Uhlenbeck noise is gaussian, got ${show(law)}`, "use gaussian, or correlationTime: 0");
      }
    }
    if (shared === true && !definition.multiplicative) {
      report("shared", `only multiplicative noise may share one draw, got site ${site}`, "leave it out");
    }
    for (const key of ["proportionalTo", "motion"].filter((name) => name in fields)) {
      if (definition.name !== "state-multiplicative")
        report(key, `belongs to state-multiplicative, got site ${site}`, "leave it out");
    }
  }
  return {
    site: String(site),
    law: law as NoiseLaw,
    intensity: intensity as number,
    scaling: scaling as NoiseSource["scaling"],
    correlationTime: correlationTime as number,
    ...(place?.definition.multiplicative ? { shared: shared as boolean } : {}),
    ...(place?.definition.name === "state-multiplicative"
      ? { proportionalTo: proportionalTo as "state" | "drift" }
      : {}),
    ...(motion === "state" ? { motion } : {}),
  };
}

/** The changes that sources make to the equations of a cell. */
export function noiseWrappers(cell: Cell, sources: readonly NoiseSource[]): readonly Wrapper[] {
  const placed = sources.map((source) => ({
    source,
    ...(siteIn(cell, source.site) as NonNullable<ReturnType<typeof siteIn>>),
  }));
  const own = placed.filter(({ definition }) => definition.wrapper === undefined);
  const around = placed.filter(({ definition }) => definition.wrapper !== undefined);
  const rank = ({ definition }: (typeof placed)[number]): number => sites.names.indexOf(definition.name);
  return [
    ...own
      .filter(({ source }) => isColoured(source))
      .map(({ source, leaves }): Wrapper => {
        const colour = colouring(source);
        return { noise: (xi, site, axis, tracer) => (leaves.includes(site) ? colour(xi, site, axis, tracer) : xi) };
      }),
    ...around
      .sort((a, b) => rank(a) - rank(b))
      .map(({ source, definition, leaves }): Wrapper => {
        const motionOf = (leaf: string): string => (source.motion === "state" ? motionLeaf(leaf) : leaf);
        if (isIntegrated(cell, source)) return brownian(source, definition, leaves, cell, motionOf);
        const colour = colouring(source);
        const draw = (tracer: Tracer, leaf: string, axis: Axis) =>
          colour(tracer.noise(leaf, axis, motionOf(leaf)), leaf, axis, tracer);
        return (definition.wrapper as NonNullable<typeof definition.wrapper>)(source, leaves, cell, draw);
      }),
  ];
}

/** A source as part of the diffusion of a cell. */
function brownian(
  source: NoiseSource,
  definition: SiteDefinition,
  leaves: readonly string[],
  cell: Cell,
  motionOf: (leaf: string) => string,
): Wrapper {
  return {
    brownian: (name, axis) => {
      const leaf = stateLeaf(definition.name, name, cell);
      if (!leaves.includes(leaf)) return undefined;
      return {
        leaf,
        motion: motionOf(leaf),
        axis: source.shared === true ? scalarAxis : axis,
        state: name,
        factor: (state, drift) => definition.diffusion?.(source, state, drift),
      };
    },
  };
}

/** What a source comes to at one noise leaf of a program. */
export interface LeafNoise {
  /** Name of the leaf: the `site` of the program's noise. */
  readonly leaf: string;
  readonly source: NoiseSource;
  /** Deviation of each step's draw per unit of the source's intensity. */
  readonly factor: number;
  /** What halving the time step does to the statistics of the state. */
  readonly stepLimit: StepLimit;
  /**
   * Power of the time step that the equations multiply the draws with, where these are increments of a Brownian motion
   * that a scheme integrates; absent elsewhere.
   */
  readonly motion?: 0 | 0.5;
}

/**
 * The numbers of every leaf that sources reach.
 *
 * @param settings resolved settings of the cell
 * @throws ParameterError when a scaling refers to the state and the noise does not get there
 */
export function leafNoise(
  program: Program,
  cell: Cell,
  settings: Readonly<Record<string, number | string>>,
  sources: readonly NoiseSource[],
): readonly LeafNoise[] {
  const dt = timeStepOf(cell, settings);
  const drawn = new Set(program.noises.map(({ site }) => site));
  return sources.flatMap((source) => {
    const { definition, leaves } = siteIn(cell, source.site) as NonNullable<ReturnType<typeof siteIn>>;
    return leaves.flatMap((leaf): LeafNoise[] => {
      const motion = motionOrder(cell, source, leaf);
      const found =
        motion === undefined
          ? placementOf(program, leaf, cell.timeStep, Object.keys(cell.state))
          : { order: motion, isLinear: true };
      // next - h is proportional to the time step by the meaning of `timeStep`, which the graph does not show
      const isStep = cell.drift === undefined && cell.timeStep !== undefined;
      const order = definition.onIncrement(source) && isStep ? 1 : found.order;
      if (order === undefined && source.scaling !== "per-step") {
        throw new ParameterError({
          place: `noise "${source.site}"`,
          rule: `does not reach the state of the cell ${cell.name}, so ${source.scaling} says nothing about it`,
          remedy: 'use scaling "per-step"',
        });
      }
      const scaled = {
        placement: { ...found, order },
        dt,
        correlationTime: source.correlationTime ?? 0,
        perTrial: definition.perTrial,
      };
      const numbers = {
        source,
        factor: perStepFactor(source.scaling, scaled),
        stepLimit: stepLimit(source.scaling, scaled),
        ...(motion !== undefined && { motion }),
      };
      const second = integralLeaf(leaf);
      return [{ leaf, ...numbers }, ...(drawn.has(second) ? [{ leaf: second, ...numbers }] : [])];
    });
  });
}

/** See `LeafNoise.motion`. */
function motionOrder(cell: Cell, source: NoiseSource, leaf: string): LeafNoise["motion"] {
  if (cell.drift === undefined) return undefined;
  const isOwn = leaf === "diffusion" || leaf.startsWith("diffusion:");
  return isOwn ? 0.5 : isIntegrated(cell, source) ? 0 : undefined;
}

/** Values of the settings of a program that hold the deviations of draws, which depend on the noise level. */
export function deviationSettings(
  program: Program,
  levels: Readonly<Record<string, { readonly intensity: number }>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    program.noises
      .map(({ site }) => [deviationSetting(site), levels[site]?.intensity ?? 0] as const)
      .filter(([name]) => program.settings.includes(name)),
  );
}

/** Numeric settings that sources add to a program: the step-to-step correlation of every coloured leaf. */
export function noiseSettings(leaves: readonly LeafNoise[], dt = 1): Readonly<Record<string, number>> {
  const coloured = leaves.filter(({ source }) => isColoured(source));
  return Object.fromEntries(
    coloured.map(({ leaf, source }) => [
      correlationSetting(leaf),
      stepCorrelation(source.correlationTime as number, dt),
    ]),
  );
}

function show(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing");
}
