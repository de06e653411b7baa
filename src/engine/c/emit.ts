/**
 * Writes a cell program's scans as C.
 *
 * Two functions per scan: one packs the parameter matrices, one runs the steps of a pass for a group of panels. Their
 * interface is three flat arrays, addresses, integers and settings, laid out by the `Layout` that comes with the text.
 */
import { type Axis, axisTerms } from "../../cell/axis.ts";
import { isElementwise, type NodeId } from "../../cell/graph.ts";
import { elementwise } from "../../cell/operations.ts";
import { InternalError } from "../../core/errors.ts";
import type { Guard, ScanName, ScanSet } from "../scan.ts";
import {
  blockRows,
  chunkSteps,
  firstSize,
  integers,
  type Layout,
  reductionFunction,
  type ScanLayout,
  uniformName,
} from "./layout.ts";
import { allRows, isRowwise, loopText } from "./loop-text.ts";
import type { Stage } from "./schedule.ts";
import { extent, type Place, type Shared, scanWriter, type Writer } from "./writer.ts";

export interface Emission {
  readonly text: string;
  readonly layout: Layout;
  /** C names of all functions. */
  readonly functions: readonly string[];
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
    const { text, layout } = emitScan(scanWriter(set, scan, shared));
    texts.push(text);
    scans[scan.name] = layout;
  }
  const text = [
    ...["elementary.h", "product.h", "random.h", "scan.h"].map((header) => `#include "${header}"`),
    "",
    ...texts,
  ].join("\n");
  const layout: Layout = { ...shared, scans: scans as Record<ScanName, ScanLayout> };
  const functions = Object.values(layout.scans).flatMap(({ run, pack }) => [run, pack]);
  return { text, layout, functions: [...functions, reductionFunction] };
}

function emitScan(writer: Writer): { text: string; layout: ScanLayout } {
  const { scan, shared, axisOf, head, start, step } = writer;
  const run = scan.name.replaceAll("-", "_");
  head.push(...uniformLines(writer));
  const accumulators = scan.sums.map(({ node }, index): Place => {
    const rows = extent(axisOf(node));
    head.push(`real *sum${index} = (real *)${writer.address({ kind: "sum", index })} + (long)first * ${rows} * PANEL;`);
    start.push(
      `if (to == steps) __builtin_memset(sum${index}, 0, (unsigned long)panels * ${rows} * PANEL * sizeof(real));`,
    );
    return { base: `sum${index}`, rows };
  });
  const matrices = packedMatrices(writer);
  const stageLines = stagesText(writer, accumulators, matrices);
  const flush = flushLines(writer);
  const end = endLines(writer, accumulators);

  const text = functionText(run, [
    "const u64 mode = flush_subnormals();",
    ...declarations(shared),
    ...head,
    ...start,
    "for (int i = from; i < to; i++) {",
    ...indented([
      `const int t = ${scan.direction === 1 ? "i" : "to - 1 - (i - from)"};`,
      "const u32 step = first_step + (u32)t;",
      "(void)step;",
      ...step,
      ...stageLines,
      ...flush,
    ]),
    "}",
    ...end,
    "restore_subnormals(mode);",
  ]);
  const pack = `${run}_pack`;
  const layout: ScanLayout = {
    run,
    pack,
    addresses: writer.layout.addresses,
    packs: matrices.list,
    scratch: writer.layout.scratch,
    workColumns: scan.outers.map(({ right }) => axisOf(right)),
    sums: scan.sums.map(({ node }) => axisOf(node)),
  };
  return { text: [functionText(pack, [...sizes(shared), ...matrices.packing]), text].join("\n"), layout };
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const functionText = (name: string, lines: readonly string[]): string =>
  [`JOB(${name}) {`, "  (void)s;", ...indented(lines), "}", ""].join("\n");

const sizes = ({ axes }: Shared): string[] =>
  axes.flatMap((axis, index) => [`const int x_${axis} = n[${firstSize + index}];`, `(void)x_${axis};`]);

function declarations(shared: Shared): string[] {
  const { settings, noises, axes } = shared;
  const integer = (name: keyof typeof integers): string => `n[${integers[name]}]`;
  return [
    `const int first = ${integer("panelFrom")}, panels = ${integer("panelTo")} - first, all = ${integer("panelCount")};`,
    `const int batch = ${integer("batchSize")}, steps = ${integer("stepCount")};`,
    `const int from = ${integer("stepFrom")}, to = ${integer("stepTo")};`,
    `const int output_from = ${integer("outputFrom")}, want_inputs = ${integer("wantInputs")};`,
    `const int shard_panels = ${integer("shardPanels")}, stride = ${integer("gradientStride")};`,
    `const u32 first_step = (u32)${integer("firstStep")}, stream = (u32)${integer("stream")};`,
    `const u32 key0 = (u32)${integer("seedLow")}, key1 = (u32)${integer("seedHigh")};`,
    "const int last_lanes = batch - (first + panels - 1) * PANEL < PANEL ? batch - (first + panels - 1) * PANEL : PANEL;",
    "const int last_vectors = (last_lanes + VL - 1) / VL;",
    "const int group_vectors = (panels - 1) * VPP + last_vectors;",
    "const u32 *group_trials = (const u32 *)b[0] + (long)first * PANEL;",
    "(void)all; (void)steps; (void)output_from; (void)want_inputs; (void)shard_panels; (void)stride; (void)stream;",
    "(void)key0; (void)key1; (void)group_vectors; (void)group_trials; (void)first_step;",
    ...sizes(shared),
    ...noises.flatMap((_, index) => [
      `const int law${index} = n[${firstSize + axes.length + index}];`,
      `const float strength${index} = (float)s[${settings.length + index}];`,
      `const int active${index} = strength${index} != 0;`,
      `(void)law${index}; (void)active${index};`,
    ]),
    "real *scratch = (real *)b[1];",
    "real *packs = (real *)b[2];",
    "(void)packs;",
  ];
}

/** Numbers that are the same for the whole call. */
function uniformLines({ scan, schedule, shared }: Writer): string[] {
  return schedule.uniforms.map((id) => {
    const node = scan.graph.nodes[id];
    const text =
      node.op === "constant"
        ? `v_set((real)${literal(node.value)})`
        : node.op === "setting"
          ? `v_set((real)s[${shared.settings.indexOf(node.name)}])`
          : isElementwise(node)
            ? elementwise[node.op].c(...node.args.map(uniformName))
            : undefined;
    if (text === undefined) throw new InternalError("emit", `a ${node.op} is not a number per call`);
    return `const vreal ${uniformName(id)} = ${text};`;
  });
}

interface Matrices {
  /** The packed matrix, 0 when the parameter is absent. */
  readonly packed: (name: string, rows: Axis, columns: Axis, transposed: boolean) => string;
  readonly list: { readonly rows: Axis; readonly columns: Axis }[];
  readonly packing: string[];
}

function packedMatrices({ address, head }: Writer): Matrices {
  const known = new Map<string, string>();
  const list: { rows: Axis; columns: Axis }[] = [];
  const packing = [
    `const int part = n[${integers.part}], parts = n[${integers.partCount}];`,
    "real *packs = (real *)b[2];",
    "(void)part; (void)parts; (void)packs;",
  ];
  return {
    list,
    packing,
    packed: (name, rows, columns, transposed) => {
      const key = `${name} ${transposed}`;
      let matrix = known.get(key);
      if (matrix === undefined) {
        matrix = `w${known.size}`;
        known.set(key, matrix);
        list.push({ rows, columns });
        const [r, c] = [extent(rows), extent(columns)];
        const source = `(const real *)${address({ kind: "parameter", name })}`;
        const strides = transposed ? `1, ${r}` : `${c}, 1`;
        packing.push(`pack_part(packs, ${source}, ${r}, ${c}, ${strides}, part, parts);`);
        packing.push(`packs += packed_size(${r}, ${c});`);
        head.push(`const real *${matrix} = ${source} ? packs : 0;`);
        head.push(`packs += packed_size(${r}, ${c});`);
      }
      return matrix;
    },
  };
}

/**
 * The stages of a step. An element-wise loop runs block by block right behind the products that it reads, while a
 * block of rows is in cache.
 */
function stagesText(writer: Writer, accumulators: readonly Place[], matrices: Matrices): string[] {
  const { scan, schedule, axisOf } = writer;
  const trialMatrices = new Map<string, Place>();
  const lines: string[] = [];
  const stages = [...schedule.stages];
  type Product = Stage & { kind: "product" };
  const isPlain = (stage: Stage): stage is Product =>
    stage.kind === "product" &&
    stage.guard === "always" &&
    stage.terms.every((term) => !scan.graph.nodes[term].op.startsWith("noise"));
  while (stages.length > 0) {
    const stage = stages.shift() as Stage;
    if (stage.kind === "loop")
      lines.push(...guarded(stage.guard, loopText(writer, stage, accumulators, allRows(stage))));
    else if (stage.kind === "concat") lines.push(...guarded(stage.guard, concatLines(writer, stage.node)));
    else {
      // the products of this level, and the loops behind them
      const others = stages.findIndex((other) => other.kind !== "product");
      const level = [stage, ...stages.slice(0, others < 0 ? stages.length : others)] as Product[];
      const next = others < 0 ? undefined : stages[others];
      const fuses = next?.kind === "loop" && isRowwise(writer, next) ? next : undefined;
      // a product that another one reads must be whole
      const readWhole = new Set(level.flatMap(({ terms }) => terms.map((term) => sourceOf(writer, term))));
      const inside = level.filter(
        (other) =>
          fuses !== undefined && isPlain(other) && axisOf(other.node) === fuses.axis && !readWhole.has(other.node),
      );
      for (const product of level) {
        if (!inside.includes(product))
          lines.push(...guarded(product.guard, productLines(writer, product, matrices, trialMatrices)));
      }
      stages.splice(0, level.length - 1);
      if (fuses !== undefined && inside.length > 0) {
        const rows = extent(fuses.axis);
        lines.push(
          `for (int r0 = 0; r0 < ${rows}; r0 += ${blockRows}) {`,
          `  const int r1 = r0 + ${blockRows} < ${rows} ? r0 + ${blockRows} : ${rows};`,
          ...indented(inside.flatMap((product) => productLines(writer, product, matrices, trialMatrices, "r0", "r1"))),
          ...indented(loopText(writer, fuses, accumulators, { from: "r0", to: "r1" })),
          "}",
        );
        stages.shift();
      }
    }
  }
  return lines;
}

/** The node in whose memory a product finds its vector. */
function sourceOf({ scan }: Writer, term: NodeId): NodeId | undefined {
  const part = scan.graph.nodes[term];
  let source = "args" in part ? part.args[0] : undefined;
  for (;;) {
    const node = source === undefined ? undefined : scan.graph.nodes[source];
    if (node?.op !== "slice") return source;
    source = node.args[0];
  }
}

function guarded(guard: Guard, lines: readonly string[]): string[] {
  if (guard === "always") return [...lines];
  return [`if (${guard === "outputs" ? "t >= output_from" : "want_inputs"}) {`, ...indented(lines), "}"];
}

/** The sum of products that makes one vector, or the rows r0..r1 of it. */
function productLines(
  writer: Writer,
  { node, terms }: Stage & { kind: "product" },
  matrices: Matrices,
  trialMatrices: Map<string, Place>,
  r0?: string,
  r1?: string,
): string[] {
  const { scan, axisOf, memory } = writer;
  const to = memory(node);
  return terms.flatMap((term, index) => {
    const part = scan.graph.nodes[term];
    if (!("name" in part) || !("args" in part)) throw new InternalError("emit", `${part.op} is not a product`);
    const [x] = part.args as readonly [NodeId];
    const [rows, columns] = [axisOf(term), axisOf(x)];
    const source = memory(x);
    if (part.op === "product" || part.op === "product-transposed") {
      const matrix = matrices.packed(part.name, rows, columns, part.op === "product-transposed");
      const c = extent(columns);
      const [y, w, count] =
        r0 === undefined
          ? [to.base, matrix, extent(rows)]
          : [`${to.base} + ${r0} * PANEL`, `${matrix} ? ${matrix} + (long)${r0} * ${c} : 0`, `${r1} - ${r0}`];
      return [
        `product(${y}, (long)${to.rows} * PANEL, ${w}, ${count}, ${c}, ${source.base}, (long)${source.rows} * PANEL, group_vectors, ${index});`,
      ];
    }
    const transposed = part.op === "noise-product-transposed";
    const [r, c] = transposed ? [columns, rows] : [rows, columns];
    const site = writer.noiseIndex(part.name);
    let matrix = trialMatrices.get(part.name);
    if (matrix === undefined) {
      // noise comes in blocks of four rows
      matrix = writer.scratch(`t${trialMatrices.size}`, r, { times: c, extra: 3 });
      trialMatrices.set(part.name, matrix);
      const blocks = `(${extent(r)} * ${extent(c)} + 3) / 4`;
      const draw = `noise_rows(${matrix.base} + (long)p * ${matrix.rows} * PANEL, ${writer.noiseArguments(part.name, "0", blocks, "0")})`;
      writer.start.push(`if (active${site}) EACH_PANEL ${draw};`);
    }
    const y = `${to.base} + (long)p * ${to.rows} * PANEL`;
    const off = `__builtin_memset(${y}, 0, (unsigned long)${extent(rows)} * PANEL * sizeof(real));`;
    const on = `trial_product(${y}, ${matrix.base} + (long)p * ${matrix.rows} * PANEL, ${extent(rows)}, ${extent(columns)}, ${source.base} + (long)p * ${source.rows} * PANEL, vectors, ${Number(transposed)});`;
    return ["EACH_PANEL {", `  if (active${site}) ${on}`, `  else ${off}`, "}"];
  });
}

function concatLines({ scan, axisOf, memory }: Writer, id: NodeId): string[] {
  const node = scan.graph.nodes[id];
  if (node.op !== "concat") throw new InternalError("emit", `${node.op} is not a concatenation`);
  const to = memory(id);
  const offsets = ["0"];
  const copies = node.args.map((arg) => {
    const from = memory(arg);
    const size = extent(axisOf(arg));
    const offset = offsets.join(" + ");
    offsets.push(size);
    return `  copy_rows(${to.base} + ((long)p * ${to.rows} + ${offset}) * PANEL, ${from.base} + (long)p * ${from.rows} * PANEL, ${size});`;
  });
  return ["EACH_PANEL {", ...copies, "}"];
}

/** At the end of a reverse step: the carries move on, and every `chunkSteps` steps matrices get their gradients. */
function flushLines(writer: Writer): string[] {
  const { scan, axisOf, address } = writer;
  if (scan.direction === 1) return [];
  const place = (id: NodeId): { from: string; step: string; rows: string } => {
    const binding = scan.bindings.get(id);
    const rows = extent(axisOf(id));
    if (binding?.kind === "sequence") return { ...writer.entries(binding.buffer, binding.shift), rows };
    return { from: `kept${id}`, step: `(long)panels * ${rows} * PANEL`, rows };
  };
  const seen = new Set<string>();
  const products = scan.outers.map(({ parameter, left, right }) => {
    const [g, x] = [place(left), place(right)];
    const later = seen.has(parameter) ? "1" : "t + entries < steps";
    seen.add(parameter);
    const gradient = `(real *)${address({ kind: "gradient", name: parameter })} + (long)((first + p) / shard_panels) * stride`;
    const at = ({ from, rows }: { from: string; rows: string }) => `${from} + (long)p * ${rows} * PANEL`;
    return `    outer(${gradient}, ${g.rows}, ${x.rows}, ${at(g)}, (long)${g.rows} * PANEL, ${g.step}, ${at(x)}, (long)${x.rows} * PANEL, ${x.step}, entries, vectors, scratch, ${later});`;
  });
  return [
    ...(products.length === 0
      ? []
      : [
          `if (t % ${chunkSteps} == 0) {`,
          `  const int entries = steps - t < ${chunkSteps} ? steps - t : ${chunkSteps};`,
          "  EACH_SHARD {",
          ...products,
          "  }",
          "}",
        ]),
    ...scan.carries.map(
      (_, index) => `{ real *swap = carry${index}; carry${index} = after${index}; after${index} = swap; }`,
    ),
  ];
}

/** After the last step of a pass: final carries, and at the beginning of the sequence the sums over trials. */
function endLines({ scan, axisOf, address, memory: _, entries }: Writer, accumulators: readonly Place[]): string[] {
  if (scan.direction === 1) return [];
  const carries = scan.carries.map(({ buffer, axis }, index) => {
    const [to] = entries(buffer, 0).from.split(" ");
    return `copy_rows(${to}, carry${index}, panels * ${extent(axis)});`;
  });
  const gradient = (parameter: string): string =>
    `(real *)${address({ kind: "gradient", name: parameter })} + (long)((first + p) / shard_panels) * stride`;
  const parameters = new Map(scan.sums.map(({ parameter, node }) => [parameter, extent(axisOf(node))]));
  const zero = [...parameters].map(
    ([parameter, rows]) => `__builtin_memset(${gradient(parameter)}, 0, (unsigned long)${rows} * sizeof(real));`,
  );
  const reduce = scan.sums.map(({ parameter, node }, index) => {
    const rows = extent(axisOf(node));
    return `reduce_rows(${gradient(parameter)}, ${accumulators[index].base} + (long)p * ${rows} * PANEL, ${rows}, p == panels - 1 ? last_lanes : PANEL);`;
  });
  if (reduce.length === 0) return carries;
  return [
    ...carries,
    "if (from == 0) {",
    "  for (int p = 0; p < panels; p += shard_panels) {",
    ...zero.map((line) => `    ${line}`),
    "  }",
    "  for (int p = 0; p < panels; p++) {",
    ...reduce.map((line) => `    ${line}`),
    "  }",
    "}",
  ];
}

function literal(value: number): string {
  if (Number.isNaN(value)) return "(0.0 / 0.0)";
  if (!Number.isFinite(value)) return value > 0 ? "(1.0 / 0.0)" : "(-1.0 / 0.0)";
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
