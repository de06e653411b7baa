/**
 * Writes a cell program's scans as C.
 *
 * One function per scan runs whole sequences for a range of panels. Its interface is three flat arrays:
 * addresses, integers and settings, laid out by the `Layout` that is returned with the text.
 */
import { type Axis, axisTerms, scalarAxis } from "../../cell/axis.ts";
import { isElementwise, type NodeId } from "../../cell/graph.ts";
import { elementwise } from "../../cell/operations.ts";
import { InternalError } from "../../core/errors.ts";
import type { Guard, Scan, ScanName, ScanSet } from "../scan.ts";
import { type Address, chunkSteps, firstSize, type Layout, type ScanLayout } from "./layout.ts";
import { type Home, type Sink, type Stage, scheduleScan } from "./schedule.ts";

export interface Emission {
  readonly text: string;
  readonly layout: Layout;
}

export function emitC(set: ScanSet): Emission {
  const { program } = set;
  const names = new Set<string>();
  for (const node of set.scans["tangent-backward"].graph.nodes) {
    if (node.axis !== null) for (const name of axisTerms(node.axis).names.keys()) names.add(name);
    if (node.op === "slice") for (const name of axisTerms(node.offset).names.keys()) names.add(name);
  }
  const axes = [...names].sort();
  const shared = { axes, settings: program.settings, noises: program.noises.map(({ site }) => site) };
  const texts: string[] = [];
  const scans: Partial<Record<ScanName, ScanLayout>> = {};
  for (const scan of Object.values(set.scans)) {
    const { text, layout } = emitScan(set, scan, shared);
    texts.push(text);
    scans[scan.name] = layout;
  }
  const text = [
    '#include "elementary.h"',
    '#include "product.h"',
    '#include "random.h"',
    '#include "scan.h"',
    "",
    ...texts,
  ].join("\n");
  return { text, layout: { ...shared, scans: scans as Record<ScanName, ScanLayout> } };
}

type Shared = Pick<Layout, "axes" | "settings" | "noises">;

function emitScan(set: ScanSet, scan: Scan, shared: Shared): { text: string; layout: ScanLayout } {
  const { graph, direction, carries } = scan;
  const { program } = set;
  const schedule = scheduleScan(scan);
  const nodeOf = (id: NodeId) => graph.nodes[id];
  const axisOf = (id: NodeId): Axis => nodeOf(id).axis ?? scalarAxis;
  const extent = (axis: Axis): string => {
    const { constant, names } = axisTerms(axis);
    const terms = [...names].map(([name, count]) => `${count === 1 ? "" : `${count} * `}x_${name}`);
    return constant !== 0 || terms.length === 0 ? [...terms, String(constant)].join(" + ") : terms.join(" + ");
  };

  const addresses: Address[] = [{ kind: "trials" }, { kind: "scratch" }, { kind: "pack" }];
  const address = (wanted: Address): string => {
    const text = JSON.stringify(wanted);
    let index = addresses.findIndex((known) => JSON.stringify(known) === text);
    if (index < 0) index = addresses.push(wanted) - 1;
    return `b[${index}]`;
  };
  const head: string[] = [];
  const perPanel: string[] = [];
  const perStep: string[] = [];
  const scratch: { rows: Axis; times: Axis; count: number }[] = [];
  const packs: { rows: Axis; columns: Axis }[] = [];

  const scratchRows = (name: string, rows: Axis, count = 1, times: Axis = scalarAxis): void => {
    scratch.push({ rows, times, count });
    const size = [
      `(${extent(rows)})`,
      ...(times === scalarAxis ? [] : [`(${extent(times)})`]),
      ...(count === 1 ? [] : [count]),
    ];
    head.push(`real *${name} = scratch; scratch += (long)${size.join(" * ")} * PANEL;`);
  };

  // buffers: a pointer to entry t of the panel, per step
  const entries = new Map<string, string>();
  const bufferBase = (buffer: string): { axis: Axis; base: string; length: string } => {
    const shape = set.buffers.find(({ name }) => name === buffer);
    const state = program.states.find(({ name }) => buffer.endsWith(`c.state:${name}`));
    if (shape === undefined && state === undefined) throw new InternalError("emit", `no buffer ${buffer}`);
    const axis = (shape ?? state)?.axis as Axis;
    const length = shape === undefined ? "1" : shape.extra === 1 ? "(steps + 1)" : "steps";
    return { axis, base: `(real *)${address({ kind: "buffer", name: buffer })}`, length };
  };
  const panelBase = (buffer: string): string => {
    const key = `panel ${buffer}`;
    let name = entries.get(key);
    if (name === undefined) {
      const { axis, base, length } = bufferBase(buffer);
      name = `q${entries.size}`;
      entries.set(key, name);
      perPanel.push(`real *${name} = ${base} + (long)p * ${length} * (${extent(axis)}) * PANEL;`);
    }
    return name;
  };
  const entryAt = (buffer: string, shift: 0 | 1): string => {
    const key = `entry ${buffer} ${shift}`;
    let name = entries.get(key);
    if (name === undefined) {
      const base = panelBase(buffer);
      name = `q${entries.size}`;
      entries.set(key, name);
      perStep.push(`real *${name} = ${base} + (long)(t + ${shift}) * (${extent(bufferBase(buffer).axis)}) * PANEL;`);
    }
    return name;
  };

  // carries
  const carryNow = carries.map(({ buffer, axis }, index) => {
    if (direction === 1) return entryAt(buffer, 0);
    scratchRows(`carry${index}`, axis);
    scratchRows(`after${index}`, axis);
    return `carry${index}`;
  });
  const carryNext = carries.map(({ buffer }, index) => (direction === 1 ? entryAt(buffer, 1) : `after${index}`));

  // memory of nodes
  const kept = new Map<NodeId, string>();
  for (const id of new Set(scan.outers.flatMap(({ left, right }) => [left, right]))) {
    if (scan.bindings.get(id)?.kind === "sequence") continue;
    scratchRows(`kept${id}`, axisOf(id), chunkSteps);
    perStep.push(`real *k${id} = kept${id} + (long)(t % ${chunkSteps}) * (${extent(axisOf(id))}) * PANEL;`);
    kept.set(id, `k${id}`);
  }
  for (const [id, home] of schedule.homes) if (home.kind === "scratch") scratchRows(`m${id}`, axisOf(id));
  const memory = (id: NodeId): string => {
    const binding = scan.bindings.get(id);
    if (binding?.kind === "carry") return carryNow[binding.carry];
    if (binding?.kind === "sequence") return entryAt(binding.buffer, binding.shift);
    const home = schedule.homes.get(id) as Home;
    switch (home?.kind) {
      case "scratch":
        return `m${id}`;
      case "carry":
        return carryNext[home.carry];
      case "store":
        return entryAt(home.buffer, 0);
      case "kept":
        return kept.get(id) as string;
      case "slice":
        return `(${memory(home.of)} + (${extent(home.offset)}) * PANEL)`;
      default:
        throw new InternalError("emit", `node ${id} (${nodeOf(id).op}) of ${scan.name} has no memory`);
    }
  };

  // noise
  const noiseIndex = (site: string): number => program.noises.findIndex((noise) => noise.site === site);
  const noiseArguments = (site: string, block: string, step: string): string => {
    const index = noiseIndex(site);
    return `law${index}, strength${index}, trials, ${program.noises[index].number}, ${block}, ${step}, stream, key0, key1, vectors`;
  };
  const trialMatrix = new Map<string, string>();

  // uniforms
  for (const id of schedule.uniforms) {
    const node = nodeOf(id);
    const text =
      node.op === "constant"
        ? `v_set((real)${literal(node.value)})`
        : node.op === "setting"
          ? `v_set((real)s[${shared.settings.indexOf(node.name)}])`
          : isElementwise(node)
            ? elementwise[node.op].c(...node.args.map((arg) => `u${arg}`))
            : undefined;
    if (text === undefined) throw new InternalError("emit", `a ${node.op} is not a number per call`);
    head.push(`const vreal u${id} = ${text};`);
  }

  // stages
  const packed = new Map<string, string>();
  const packedMatrix = (name: string, rows: Axis, columns: Axis, transposed: boolean): string => {
    const key = `${name} ${transposed}`;
    let known = packed.get(key);
    if (known === undefined) {
      known = `w${packed.size}`;
      packed.set(key, known);
      packs.push({ rows, columns });
      const [r, c] = [extent(rows), extent(columns)];
      const source = `(const real *)${address({ kind: "parameter", name })}`;
      const strides = transposed ? `1, ${r}` : `${c}, 1`;
      head.push(`const real *${known} = ${source};`);
      head.push(
        `if (${known}) { real *to = packs; packs = pack(to, ${known}, ${r}, ${c}, ${strides}); ${known} = to; }`,
      );
    }
    return known;
  };
  const guarded = (guard: Guard, lines: readonly string[]): string[] => {
    if (guard === "always") return [...lines];
    return [
      `if (${guard === "outputs" ? "t >= output_from" : "want_inputs"}) {`,
      ...lines.map((line) => `  ${line}`),
      "}",
    ];
  };

  const productLines = (node: NodeId, terms: readonly NodeId[]): string[] => {
    const to = memory(node);
    return terms.map((term, index) => {
      const part = nodeOf(term);
      if (!("name" in part) || !("args" in part)) throw new InternalError("emit", `${part.op} is not a product`);
      const [x] = part.args as readonly [NodeId];
      const [rows, columns] = [axisOf(term), axisOf(x)];
      if (part.op === "product" || part.op === "product-transposed") {
        const matrix = packedMatrix(part.name, rows, columns, part.op === "product-transposed");
        const source = memory(x);
        return `product(${to}, ${matrix}, ${extent(rows)}, ${extent(columns)}, ${source}, vectors, ${index});`;
      }
      const transposed = part.op === "noise-product-transposed";
      const [r, c] = transposed ? [columns, rows] : [rows, columns];
      let matrix = trialMatrix.get(part.name);
      if (matrix === undefined) {
        matrix = `t${trialMatrix.size}`;
        trialMatrix.set(part.name, matrix);
        // noise comes in blocks of four rows
        scratchRows(matrix, r, 1, c);
        scratchRows(`${matrix}_end`, "3");
        const count = `(${extent(r)}) * (${extent(c)})`;
        perPanel.push(`for (int k = 0; active${noiseIndex(part.name)} && k < ${count}; k += 4)`);
        perPanel.push(`  noise_rows(${matrix} + (long)k * PANEL, ${noiseArguments(part.name, "(u32)k >> 2", "0")});`);
      }
      const off = `__builtin_memset(${to}, 0, (unsigned long)(${extent(rows)}) * PANEL * sizeof(real));`;
      const on = `trial_product(${to}, ${matrix}, ${extent(rows)}, ${extent(columns)}, ${memory(x)}, vectors, ${Number(transposed)});`;
      return `if (active${noiseIndex(part.name)}) ${on} else ${off}`;
    });
  };

  const concatLines = (id: NodeId): string[] => {
    const node = nodeOf(id);
    if (node.op !== "concat") throw new InternalError("emit", `${node.op} is not a concatenation`);
    const offsets: string[] = [];
    return node.args.map((arg) => {
      const offset = offsets.length === 0 ? "0" : offsets.join(" + ");
      offsets.push(extent(axisOf(arg)));
      return `copy_rows(${memory(id)} + (long)(${offset}) * PANEL, ${memory(arg)}, ${extent(axisOf(arg))});`;
    });
  };

  const accumulators = scan.sums.map(({ node }, index) => {
    scratchRows(`sum${index}`, axisOf(node));
    return `sum${index}`;
  });
  const sinkTarget = (sink: Exclude<Sink, { kind: "sum" }>): string =>
    sink.kind === "carry"
      ? carryNext[sink.carry]
      : sink.kind === "store"
        ? entryAt(sink.buffer, 0)
        : (kept.get(sink.node) as string);

  const loopLines = (stage: Stage & { kind: "loop" }): string[] => {
    const once: string[] = []; // before the loop
    const perBlock: string[] = []; // per four rows
    const perRow: string[] = [];
    const body: string[] = [];
    const after: string[] = [];
    const local = new Map<NodeId, string>();
    let blocks = false;

    const read = (id: NodeId): string => {
      const known = local.get(id);
      if (known !== undefined) return known;
      const node = nodeOf(id);
      if (node.axis === null) return `u${id}`;
      const name = `v${id}`;
      local.set(id, name);
      if (node.op === "parameter") {
        const values = `((const real *)${address({ kind: "parameter", name: node.name })})`;
        const index = node.axis === scalarAxis ? "0" : "n";
        // tangents of parameters may be absent
        const value = node.name.startsWith("d.") ? `${values} ? ${values}[${index}] : 0` : `${values}[${index}]`;
        perRow.push(`const vreal ${name} = v_set(${value});`);
      } else {
        const row = node.axis === scalarAxis && stage.axis !== scalarAxis ? "v * VL" : "n * PANEL + v * VL";
        body.push(`const vreal ${name} = *(const vreal *)(${memory(id)} + ${row});`);
      }
      return name;
    };
    for (const id of stage.nodes) {
      const node = nodeOf(id);
      const name = `v${id}`;
      if (node.op === "noise") {
        const index = noiseIndex(node.name);
        blocks = true;
        once.push(`real z${id}[4 * PANEL] __attribute__((aligned(64))) = {0};`);
        perBlock.push(`if (active${index}) noise_rows(z${id}, ${noiseArguments(node.name, "(u32)n0 >> 2", "step")});`);
        body.push(`const vreal ${name} = *(const vreal *)(z${id} + (n - n0) * PANEL + v * VL);`);
        local.set(id, name);
      } else if (node.op === "sum") {
        once.push(`vreal a${id}[VPP] = {0};`);
        body.push(`a${id}[v] += ${read(node.args[0])};`);
        after.push(`for (int v = 0; v < vectors; v++) *(vreal *)(${memory(id)} + v * VL) = a${id}[v];`);
      } else if (node.op === "broadcast") {
        const value = read(node.args[0]);
        body.push(`const vreal ${name} = ${value};`);
        local.set(id, name);
      } else if (isElementwise(node)) {
        const args = node.args.map(read);
        body.push(`const vreal ${name} = ${elementwise[node.op].c(...args)};`);
        local.set(id, name);
      } else if (node.op === "parameter") {
        read(id);
      } else {
        throw new InternalError("emit", `${node.op} in a loop`);
      }
      const home = schedule.homes.get(id);
      if (node.op !== "sum" && home !== undefined)
        body.push(`*(vreal *)(${memory(id)} + n * PANEL + v * VL) = ${name};`);
    }
    for (const sink of stage.sinks) {
      const value = read(sink.node);
      if (sink.kind === "sum") body.push(`*(vreal *)(${accumulators[sink.sum]} + n * PANEL + v * VL) += ${value};`);
      else body.push(`*(vreal *)(${sinkTarget(sink)} + n * PANEL + v * VL) = ${value};`);
    }
    const inner = [...perRow, "for (int v = 0; v < vectors; v++) {", ...body.map((line) => `  ${line}`), "}"];
    const rows = extent(stage.axis);
    const loop = blocks
      ? [
          `for (int n0 = 0; n0 < ${rows}; n0 += 4) {`,
          ...perBlock.map((line) => `  ${line}`),
          `  for (int n = n0; n < n0 + 4 && n < ${rows}; n++) {`,
          ...inner.map((line) => `    ${line}`),
          "  }",
          "}",
        ]
      : [`for (int n = 0; n < ${rows}; n++) {`, ...inner.map((line) => `  ${line}`), "}"];
    return ["{", ...[...once, ...loop, ...after].map((line) => `  ${line}`), "}"];
  };

  const stageLines = schedule.stages.flatMap((stage) => {
    if (stage.kind === "loop") return guarded(stage.guard, loopLines(stage));
    if (stage.kind === "concat") return guarded(stage.guard, concatLines(stage.node));
    return guarded(stage.guard, productLines(stage.node, stage.terms));
  });

  // gradients
  const flush: string[] = [];
  const place = (id: NodeId): { from: string; step: string } => {
    const binding = scan.bindings.get(id);
    const size = extent(axisOf(id));
    if (binding?.kind === "sequence") {
      const base = panelBase(binding.buffer);
      return { from: `${base} + (long)(t + ${binding.shift}) * (${size}) * PANEL`, step: `(${size}) * PANEL` };
    }
    return { from: `kept${id}`, step: `(${size}) * PANEL` };
  };
  for (const { parameter, left, right } of scan.outers) {
    const gradient = `(real *)${address({ kind: "gradient", name: parameter })}`;
    const [g, x] = [place(left), place(right)];
    flush.push(
      `outer(${gradient}, ${extent(axisOf(left))}, ${extent(axisOf(right))}, ${g.from}, ${g.step}, ${x.from}, ${x.step}, entries, vectors);`,
    );
  }
  const reduce = scan.sums.map(({ parameter, node }, index) => {
    const gradient = `(real *)${address({ kind: "gradient", name: parameter })}`;
    return `reduce_rows(${gradient}, ${accumulators[index]}, ${extent(axisOf(node))}, lanes);`;
  });
  const zero = (name: string, axis: Axis): string =>
    `__builtin_memset(${name}, 0, (unsigned long)(${extent(axis)}) * PANEL * sizeof(real));`;
  const startOfPanel = [
    ...(direction === 1 ? [] : carries.map(({ axis }, index) => zero(`carry${index}`, axis))),
    ...scan.sums.map(({ node }, index) => zero(accumulators[index], axisOf(node))),
  ];
  const endOfStep =
    direction === 1
      ? []
      : [
          ...(flush.length === 0
            ? []
            : [
                `if (t % ${chunkSteps} == 0) {`,
                `  const int entries = steps - t < ${chunkSteps} ? steps - t : ${chunkSteps};`,
                ...flush.map((line) => `  ${line}`),
                "}",
              ]),
          ...carries.map(
            (_, index) => `{ real *swap = carry${index}; carry${index} = after${index}; after${index} = swap; }`,
          ),
        ];
  const endOfPanel = [
    ...(direction === 1
      ? []
      : carries.map(({ buffer, axis }, index) => `copy_rows(${panelBase(buffer)}, carry${index}, ${extent(axis)});`)),
    ...reduce,
  ];

  const declarations = [
    "const int steps = n[2], batch = n[3], output_from = n[5], want_inputs = n[6];",
    "const u32 first_step = (u32)n[4], key0 = (u32)n[7], key1 = (u32)n[8], stream = (u32)n[9];",
    ...shared.axes.map((axis, index) => `const int x_${axis} = n[${firstSize + index}];`),
    ...shared.noises.flatMap((_, index) => [
      `const int law${index} = n[${firstSize + shared.axes.length + index}];`,
      `const float strength${index} = (float)s[${shared.settings.length + index}];`,
      `const int active${index} = strength${index} != 0;`,
    ]),
    "real *scratch = (real *)b[1];",
    "real *packs = (real *)b[2];",
  ];
  const lines = [
    `SCAN(${scan.name.replaceAll("-", "_")}) {`,
    ...declarations.map((line) => `  ${line}`),
    ...head.map((line) => `  ${line}`),
    "  for (int p = n[0]; p < n[1]; p++) {",
    "    const int lanes = batch - p * PANEL < PANEL ? batch - p * PANEL : PANEL;",
    "    const int vectors = (lanes + VL - 1) / VL;",
    "    const u32 *trials = (const u32 *)b[0] + (long)p * PANEL;",
    ...[...perPanel, ...startOfPanel].map((line) => `    ${line}`),
    "    for (int i = 0; i < steps; i++) {",
    `      const int t = ${direction === 1 ? "i" : "steps - 1 - i"};`,
    "      const u32 step = first_step + (u32)t;",
    ...[...perStep, ...stageLines, ...endOfStep].map((line) => `      ${line}`),
    "    }",
    ...endOfPanel.map((line) => `    ${line}`),
    "  }",
    "}",
    "",
  ];
  return { text: lines.join("\n"), layout: { addresses, packs, scratch } };
}

function literal(value: number): string {
  if (Number.isNaN(value)) return "(0.0 / 0.0)";
  if (!Number.isFinite(value)) return value > 0 ? "(1.0 / 0.0)" : "(-1.0 / 0.0)";
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
