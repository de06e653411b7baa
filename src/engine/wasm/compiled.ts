/** Scans compiled to WebAssembly: one call runs a whole sequence for all panels. */
import { lawCodes } from "../../core/random.ts";
import type { Emission } from "../c/emit.ts";
import { type Address, firstSize, integers } from "../c/layout.ts";
import type { Precision } from "../contract.ts";
import type { Machine } from "../machine.ts";
import type { ScanName, ScanSet } from "../scan.ts";
import type { WasmInstance } from "./contract.ts";
import { panelMemory } from "./memory.ts";

export function compiledMachine(
  set: ScanSet,
  emission: Emission,
  instance: WasmInstance,
  precision: Precision,
): Machine {
  const { layout } = emission;
  const memory = panelMemory(set, instance, precision);

  const resolve = (address: Address, scan: ScanName): number => {
    const { packs, scratch } = layout.scans[scan];
    switch (address.kind) {
      case "trials":
        return memory.trials().address;
      case "scratch":
        return memory.claim(
          `scratch ${scan}`,
          () =>
            scratch.reduce(
              (total, { rows, times, count }) => total + memory.size(rows) * memory.size(times) * count,
              0,
            ) * memory.panel,
        ).address;
      case "pack":
        return memory.claim(`pack ${scan}`, () =>
          packs.reduce(
            (total, { rows, columns }) => total + memory.packedSize(memory.size(rows), memory.size(columns)),
            0,
          ),
        ).address;
      case "parameter":
        return memory.parameter(address.name);
      case "gradient":
        return memory.gradient(address.name).address;
      case "buffer":
        return memory.buffer(address.name).address;
    }
  };

  const callIntegers = (wantInputs: boolean): number[] => {
    const { noise, stepCount, batchSize, outputFrom } = memory.dimensions();
    const values = new Array<number>(firstSize).fill(0);
    values[integers.panelTo] = memory.panels();
    values[integers.stepCount] = stepCount;
    values[integers.batchSize] = batchSize;
    values[integers.firstStep] = noise.firstStep;
    values[integers.outputFrom] = outputFrom;
    values[integers.wantInputs] = Number(wantInputs);
    values[integers.seedLow] = noise.seed % 2 ** 32;
    values[integers.seedHigh] = Math.floor(noise.seed / 2 ** 32);
    values[integers.stream] = noise.stream;
    for (const axis of layout.axes) values.push(memory.size(axis));
    for (const site of layout.noises) values.push(lawCodes[noise.sites[site]?.law ?? "gaussian"]);
    return values;
  };

  return {
    ...memory,
    backend: "wasm",
    run: (name, want) => {
      const { noise, settings } = memory.dimensions();
      const scan = layout.scans[name];
      const addresses = scan.addresses.map((address) => resolve(address, name));
      const integerValues = callIntegers(want.inputs);
      const settingValues = [
        ...layout.settings.map((setting) => settings[setting]),
        ...layout.noises.map((site) => noise.sites[site]?.intensity ?? 0),
      ];
      const place = (part: string, bytes: number): number =>
        memory.claim(`${part} ${name}`, () => Math.ceil(bytes / memory.bytes) + 1).address;
      const at = {
        addresses: place("addresses", addresses.length * 4),
        integers: place("integers", integerValues.length * 4),
        settings: place("settings", settingValues.length * 8),
      };
      const gradients = scan.addresses.flatMap((address) => (address.kind === "gradient" ? [address.name] : []));
      for (const gradient of gradients) {
        const { address, size } = memory.gradient(gradient);
        memory.reals(address, size).fill(0);
      }
      memory.words(at.addresses, addresses.length).set(addresses);
      memory.words(at.integers, integerValues.length).set(integerValues);
      memory.doubles(at.settings, settingValues.length).set(settingValues);
      instance.functions[name.replaceAll("-", "_")](at.addresses, at.integers, at.settings);
      return Object.fromEntries(
        gradients.map((gradient) => {
          const { address, size } = memory.gradient(gradient);
          return [gradient, memory.reals(address, size).slice()];
        }),
      );
    },
  };
}
