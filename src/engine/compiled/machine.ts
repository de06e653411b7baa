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
const groupPanels = 8;
/** Gradients of all shards together stay below this, as long as there are two. */
const shardBytes = 32 * 2 ** 20;
const mostShards = 16;
/** Numbers below which a thread is not worth waking for packing and reducing. */
const worthSharing = 2 ** 17;

/** Panels of a shard: a power of two shards at most, fewer for large gradients. */
export function panelsOfShard(panels: number, gradientBytes: number): number {
  let shards = mostShards;
  while (shards > 2 && shards * gradientBytes > shardBytes) shards /= 2;
  return Math.max(1, Math.ceil(panels / shards));
}

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
  set: ScanSet,
  { layout }: Emission,
  instance: KernelInstance,
  precision: Precision,
): Machine {
  const memory = panelMemory(set, instance, precision);
  const { panel, bytes, claim, size } = memory;

  const gradientNames = (scan: ScanLayout): string[] =>
    scan.addresses.flatMap((address) => (address.kind === "gradient" ? [address.name] : []));
  const aligned = (count: number): number => Math.ceil(count / 16) * 16;
  /** Where each gradient begins in those of a shard, and how many numbers they have. */
  const gradientPlaces = (scan: ScanLayout): { readonly at: ReadonlyMap<string, number>; readonly total: number } => {
    const at = new Map<string, number>();
    let total = 0;
    for (const name of gradientNames(scan)) {
      at.set(name, total);
      total += aligned(memory.parameterSize(name));
    }
    return { at, total };
  };
  const shardsOf = (scan: ScanLayout): { readonly shardPanels: number; readonly shards: number } => {
    const panels = memory.panels();
    const shardPanels = panelsOfShard(panels, gradientPlaces(scan).total * bytes);
    return { shardPanels, shards: Math.ceil(panels / shardPanels) };
  };
  const gradientRegion = (scan: ScanLayout, member: number): number =>
    claim(`${member} gradients ${scan.run}`, () => gradientPlaces(scan).total * shardsOf(scan).shards).address;
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
        return gradientRegion(scan, member) + (gradientPlaces(scan).at.get(address.name) as number) * bytes;
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
    values[integers.shardPanels] = shardsOf(scan).shardPanels;
    values[integers.gradientStride] = gradientPlaces(scan).total;
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
    const { shardPanels, shards } = shardsOf(scan);
    const fair = Math.max(1, Math.floor((shards * (to - from)) / instance.threads));
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
    const { total } = gradientPlaces(scan);
    const { shards } = shardsOf(scan);
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
      // regions that the task has claimed may have moved nothing: addresses are offsets
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
        numbers[layout.settings.length + i] = source?.intensity ?? 0;
      }
    }
  };

  const gradientsOf = (scan: ScanLayout, member: number): GradientArrays => {
    const { at, total } = gradientPlaces(scan);
    const nothing = memory.panels() === 0 || memory.dimensions(member).stepCount === 0;
    const { shards } = shardsOf(scan);
    const address =
      nothing || shards > 1 ? claim(`${member} total ${scan.run}`, () => total).address : gradientRegion(scan, member);
    return Object.fromEntries(
      gradientNames(scan).map((name): [string, RealArray] => {
        const values = memory.reals(address + (at.get(name) as number) * bytes, memory.parameterSize(name)).slice();
        return [name, nothing ? values.fill(0) : values];
      }),
    );
  };

  return {
    ...memory,
    backend,
    threads: instance.threads,
    segmentUnit: chunkSteps,
    close: () => instance.close(),
    run: (name: ScanName, pass: ScanPass) => {
      const scan = layout.scans[name];
      const { members, steps } = pass;
      const absent = scan.addresses
        .filter((address) => address.kind === "parameter" && memory.parameter(members[0], address.name) === 0)
        .map((address) => JSON.stringify(address));
      const key = `${name} ${members.join("-")} ${absent.join()}`;
      const panels = memory.panels();
      const reverse = name.endsWith("backward");
      if (panels > 0) {
        if (scan.packs.length > 0) {
          const pack = taskOf(`pack ${key}`, () => packTask(`pack ${key}`, scan, members));
          instance.run(pack.name, pack.jobs, pack.count);
        }
        const task = taskOf(`run ${key}`, () => scanTask(`run ${key}`, scan, members));
        adjust(task, pass);
        instance.run(task.name, task.jobs, task.count);
      }
      if (!reverse || steps[0] > 0) return [];
      if (panels > 0 && shardsOf(scan).shards > 1) {
        const reduce = taskOf(`reduce ${key}`, () => reduceTask(`reduce ${key}`, scan, members));
        instance.run(reduce.name, reduce.jobs, reduce.count);
      }
      return Array.from({ length: members[1] - members[0] }, (_, index) => gradientsOf(scan, members[0] + index));
    },
  };
}
