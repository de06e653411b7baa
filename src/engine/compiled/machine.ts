/**
 * Compiled scans: one job runs all steps of a pass for a group of panels of one member.
 *
 * Trials are divided into shards of whole panels, by shape alone. Every shard has gradients of its own, and these are
 * added in the order of the shards; so no number depends on how panels are grouped into jobs or on the threads.
 */
import { lawCodes } from "../../core/random.ts";
import type { Emission } from "../c/emit.ts";
import {
  type Address,
  chunkSteps,
  firstSize,
  integers,
  padding,
  reduction,
  reductionFunction,
  type ScanLayout,
} from "../c/layout.ts";
import type { Precision, RealArray } from "../contract.ts";
import type { GradientArrays, Machine, ScanPass } from "../machine.ts";
import type { ScanName, ScanSet } from "../scan.ts";
import { jobSize, jobWords, type KernelInstance } from "./contract.ts";
import { panelMemory } from "./memory.ts";

/** Most panels of a job: their vectors of a few hundred units stay in the second-level cache. */
const groupPanels = 4;
/** Gradients of all shards together stay below this, as long as there are two. */
const shardBytes = 32 * 2 ** 20;
const mostShards = 16;
/** Numbers below which a thread is not worth waking for packing and reducing. */
const worthSharing = 2 ** 17;
/** Multiply-adds of a pass, about 20 us of one core, below which a thread is not worth waking. */
const worthWaking = 2 ** 20;

/** Panels of a shard: a power of two shards at most, fewer for large gradients. */
export function panelsOfShard(panels: number, gradientBytes: number): number {
  let shards = mostShards;
  while (shards > 2 && shards * gradientBytes > shardBytes) shards /= 2;
  return Math.max(1, Math.ceil(panels / shards));
}

const namesOf = (scan: ScanLayout, kind: "gradient" | "parameter"): string[] =>
  scan.addresses.flatMap((address) => (address.kind === kind ? [address.name] : []));

/** Jobs of one function in memory, written once for a shape and then adjusted. */
interface Task {
  readonly generation: number;
  readonly name: string;
  readonly jobs: number;
  readonly count: number;
  /** Per job: member, and where its integers and settings are. */
  readonly places: readonly { readonly member: number; readonly integers: number; readonly settings: number }[];
}

export function compiledMachine(
  backend: string,
  variant: string,
  set: ScanSet,
  { layout }: Emission,
  instance: KernelInstance,
  precision: Precision,
): Machine {
  const memory = panelMemory(set, instance, precision);
  const { panel, bytes, claim, size } = memory;

  /** What the shape decides about a scan. */
  interface ScanShape {
    readonly generation: number;
    readonly gradients: readonly { readonly name: string; readonly at: number; readonly size: number }[];
    /** Numbers of the gradients of a shard. */
    readonly total: number;
    readonly shardPanels: number;
    readonly shards: number;
    /** Parameters that may be absent. */
    readonly parameters: readonly string[];
  }
  const shapes = new Map<ScanLayout, ScanShape>();
  const shapeOf = (scan: ScanLayout): ScanShape => {
    const known = shapes.get(scan);
    if (known !== undefined && known.generation === memory.generation()) return known;
    let total = 0;
    const gradients = namesOf(scan, "gradient").map((name) => {
      const place = { name, at: total, size: memory.parameterSize(name) };
      total += Math.ceil(place.size / 16) * 16;
      return place;
    });
    const panels = memory.panels();
    const shardPanels = panelsOfShard(panels, total * bytes);
    const shape = {
      generation: memory.generation(),
      gradients,
      total,
      shardPanels,
      shards: Math.ceil(panels / shardPanels),
      parameters: namesOf(scan, "parameter"),
    };
    shapes.set(scan, shape);
    return shape;
  };
  const gradientRegion = (scan: ScanLayout, member: number): number =>
    claim(`${member} gradients ${scan.run}`, () => shapeOf(scan).total * shapeOf(scan).shards).address;
  const packRegion = (scan: ScanLayout, member: number): number =>
    claim(`${member} pack ${scan.run}`, () =>
      scan.packs.reduce((total, { rows, columns }) => total + (size(rows) + padding.packedRows) * size(columns), 0),
    ).address;
  const scratchRegion = (scan: ScanLayout, job: number, panels: number, shardPanels: number): number =>
    claim(`${job} scratch ${scan.run}`, () => {
      const rows = scan.scratch.reduce(
        (total, part) => total + size(part.rows) * size(part.times) * part.count + part.extra,
        0,
      );
      const columns = Math.max(0, ...scan.workColumns.map((axis) => size(axis) + padding.workColumns));
      return (rows * panels + chunkSteps * shardPanels * columns) * panel;
    }).address;
  const sumRegion = (scan: ScanLayout, member: number, index: number): number =>
    claim(`${member} sum ${scan.run} ${index}`, () => memory.panels() * size(scan.sums[index]) * panel).address;

  const resolve = (scan: ScanLayout, address: Address, member: number, scratch: number): number => {
    switch (address.kind) {
      case "trials":
        return memory.trials(member).address;
      case "scratch":
        return scratch;
      case "pack":
        return packRegion(scan, member);
      case "sum":
        return sumRegion(scan, member, address.index);
      case "parameter":
        return memory.parameter(member, address.name);
      case "gradient":
        return (
          gradientRegion(scan, member) +
          (shapeOf(scan).gradients.find(({ name }) => name === address.name)?.at as number) * bytes
        );
      case "buffer":
        return memory.buffer(member, address.name).address;
    }
  };

  interface JobPlan {
    readonly member: number;
    readonly addresses: readonly number[];
    readonly integers: readonly number[];
    readonly settings: number;
  }
  /** Writes jobs and their arguments into memory. */
  const writeTask = (key: string, name: string, plans: readonly JobPlan[]): Task => {
    const real = (byteCount: number): number => Math.ceil(byteCount / bytes);
    const place = (part: string, byteCount: number): number => claim(`${part} ${key}`, () => real(byteCount)).address;
    const jobs = place("jobs", plans.length * jobSize * 4);
    const places = plans.map(({ member, addresses, integers: numbers, settings }, job) => {
      const at = {
        addresses: place(`addresses ${job}`, addresses.length * instance.addressBytes),
        integers: place(`integers ${job}`, numbers.length * 4),
        settings: place(`settings ${job}`, Math.max(1, settings) * 8),
      };
      const wide = instance.addressBytes / 4;
      const pointers = memory.words(at.addresses, addresses.length * wide).fill(0);
      for (const [i, address] of addresses.entries()) pointers[i * wide] = address;
      memory.words(at.integers, numbers.length).set(numbers);
      const words = memory.words(jobs + job * jobSize * 4, jobSize);
      words[jobWords.addresses] = at.addresses;
      words[jobWords.addressCount] = addresses.length;
      words[jobWords.integers] = at.integers;
      words[jobWords.settings] = at.settings;
      return { member, integers: at.integers, settings: at.settings };
    });
    return { generation: memory.generation(), name, jobs, count: plans.length, places };
  };

  const baseIntegers = (scan: ScanLayout, first: number, last: number): number[] => {
    const { batchSize, stepCount } = memory.dimensions(0);
    const values = new Array<number>(firstSize).fill(0);
    values[integers.panelFrom] = first;
    values[integers.panelTo] = last;
    values[integers.panelCount] = memory.panels();
    values[integers.batchSize] = batchSize;
    values[integers.stepCount] = stepCount;
    values[integers.shardPanels] = shapeOf(scan).shardPanels;
    values[integers.gradientStride] = shapeOf(scan).total;
    values[integers.partCount] = 1;
    return [...values, ...layout.axes.map(size), ...layout.noises.map(() => 0)];
  };

  const settingCount = layout.settings.length + layout.noises.length;
  const packTask = (key: string, scan: ScanLayout, [from, to]: ScanPass["members"]): Task => {
    const numbers = scan.packs.reduce((total, { rows, columns }) => total + size(rows) * size(columns), 0);
    const parts = numbers > worthSharing ? instance.threads : 1;
    const plans: JobPlan[] = [];
    for (let member = from; member < to; member++) {
      for (let part = 0; part < parts; part++) {
        const values = baseIntegers(scan, 0, 0);
        values[integers.part] = part;
        values[integers.partCount] = parts;
        const addresses = scan.addresses.map((address) =>
          address.kind === "pack" || address.kind === "parameter" ? resolve(scan, address, member, 0) : 0,
        );
        plans.push({ member, addresses, integers: values, settings: settingCount });
      }
    }
    return writeTask(key, scan.pack, plans);
  };
  const scanTask = (key: string, scan: ScanLayout, [from, to]: ScanPass["members"]): Task => {
    const panels = memory.panels();
    const { shardPanels, shards } = shapeOf(scan);
    // a pass that takes less than waking a thread is one job
    const products = scan.packs.reduce((total, { rows, columns }) => total + size(rows) * size(columns), 0);
    const work = products * memory.panels() * panel * memory.dimensions(from).stepCount;
    const threads = work < worthWaking ? 1 : instance.threads;
    const fair = Math.max(1, Math.floor((shards * (to - from)) / threads));
    const group = shardPanels * Math.min(fair, Math.max(1, Math.floor(groupPanels / shardPanels)));
    const plans: JobPlan[] = [];
    for (let member = from; member < to; member++) {
      for (let first = 0; first < panels; first += group) {
        // jobs that may run at the same time have scratch memory of their own
        const scratch = scratchRegion(scan, plans.length, group, shardPanels);
        plans.push({
          member,
          addresses: scan.addresses.map((address) => resolve(scan, address, member, scratch)),
          integers: baseIntegers(scan, first, Math.min(panels, first + group)),
          settings: settingCount,
        });
      }
    }
    return writeTask(key, scan.run, plans);
  };
  const reduceTask = (key: string, scan: ScanLayout, [from, to]: ScanPass["members"]): Task => {
    const { total, shards } = shapeOf(scan);
    const parts = total * shards > worthSharing ? instance.threads : 1;
    const plans: JobPlan[] = [];
    for (let member = from; member < to; member++) {
      const target = claim(`${member} total ${scan.run}`, () => total).address;
      for (let part = 0; part < parts; part++) {
        const values = new Array<number>(Object.keys(reduction).length).fill(0);
        values[reduction.count] = total;
        values[reduction.stride] = total;
        values[reduction.shards] = shards;
        values[reduction.part] = part;
        values[reduction.partCount] = parts;
        plans.push({ member, addresses: [target, gradientRegion(scan, member)], integers: values, settings: 0 });
      }
    }
    return writeTask(key, reductionFunction, plans);
  };

  const tasks = new Map<string, Task>();
  const taskOf = (key: string, make: () => Task): Task => {
    let task = tasks.get(key);
    if (task === undefined || task.generation !== memory.generation()) {
      task = make();
      tasks.set(key, task);
    }
    return task;
  };

  /** What differs from call to call: steps, noise, settings. */
  const adjust = (task: Task, { steps, inputs }: ScanPass): void => {
    for (const place of task.places) {
      const { noise, settings, outputFrom } = memory.dimensions(place.member);
      const values = memory.words(place.integers, firstSize + layout.axes.length + layout.noises.length);
      values[integers.stepFrom] = steps[0];
      values[integers.stepTo] = steps[1];
      values[integers.firstStep] = noise.firstStep;
      values[integers.outputFrom] = outputFrom;
      values[integers.wantInputs] = Number(inputs);
      values[integers.seedLow] = noise.seed % 2 ** 32;
      values[integers.seedHigh] = Math.floor(noise.seed / 2 ** 32);
      values[integers.stream] = noise.stream;
      const numbers = memory.doubles(place.settings, Math.max(1, settingCount));
      for (const [i, setting] of layout.settings.entries()) numbers[i] = settings[setting];
      for (const [i, site] of layout.noises.entries()) {
        const source = noise.sites[site];
        values[firstSize + layout.axes.length + i] = lawCodes[source?.law ?? "gaussian"];
        numbers[layout.settings.length + i] = (noise.mirrored === true ? -1 : 1) * (source?.intensity ?? 0);
      }
    }
  };

  const gradientsOf = (scan: ScanLayout, member: number): GradientArrays => {
    const { gradients, total, shards } = shapeOf(scan);
    const nothing = shards === 0 || memory.dimensions(member).stepCount === 0;
    const address =
      nothing || shards > 1 ? claim(`${member} total ${scan.run}`, () => total).address : gradientRegion(scan, member);
    const result: Record<string, RealArray> = {};
    for (const { name, at, size: count } of gradients) {
      result[name] = memory.reals(address + at * bytes, count).slice();
      if (nothing) result[name].fill(0);
    }
    return result;
  };

  return {
    ...memory,
    backend,
    variant,
    threads: instance.threads,
    segmentUnit: chunkSteps,
    close: () => instance.close(),
    run: (name: ScanName, pass: ScanPass) => {
      const scan = layout.scans[name];
      const { members, steps } = pass;
      const { parameters, shards } = shapeOf(scan);
      // tangents of parameters may be absent, which changes addresses
      const absent = parameters.filter((parameter) => memory.parameter(members[0], parameter) === 0);
      const key = `${name} ${members[0]} ${members[1]} ${absent.join()}`;
      if (shards > 0) {
        if (scan.packs.length > 0) {
          const pack = taskOf(`pack ${key}`, () => packTask(`pack ${key}`, scan, members));
          instance.run(pack.name, pack.jobs, pack.count);
        }
        const task = taskOf(`run ${key}`, () => scanTask(`run ${key}`, scan, members));
        adjust(task, pass);
        instance.run(task.name, task.jobs, task.count);
      }
      if (set.scans[name].direction === 1 || steps[0] > 0) return [];
      if (shards > 1) {
        const reduce = taskOf(`reduce ${key}`, () => reduceTask(`reduce ${key}`, scan, members));
        instance.run(reduce.name, reduce.jobs, reduce.count);
      }
      return Array.from({ length: members[1] - members[0] }, (_, index) => gradientsOf(scan, members[0] + index));
    },
  };
}
