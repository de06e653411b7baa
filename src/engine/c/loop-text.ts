/** C text of an element-wise stage: one pass over rows, values in registers, noise drawn a few rows at a time. */
import { scalarAxis } from "../../cell/axis.ts";
import { isElementwise, type NodeId } from "../../cell/graph.ts";
import { elementwise } from "../../cell/operations.ts";
import { InternalError } from "../../core/errors.ts";
import { drawnRows, uniformName } from "./layout.ts";
import type { Sink, Stage } from "./schedule.ts";
import { extent, type Place, type Writer } from "./writer.ts";

type Loop = Stage & { readonly kind: "loop" };

/** @param range first row and row after the last, as C text */
export function loopText(
  writer: Writer,
  stage: Loop,
  accumulators: readonly Place[],
  range: { readonly from: string; readonly to: string },
): string[] {
  const { scan, schedule, memory, address, noiseIndex, noiseArguments } = writer;
  const once: string[] = []; // per panel
  const perBlock: string[] = []; // per `drawnRows` rows
  const perRow: string[] = [];
  const body: string[] = [];
  const after: string[] = [];
  const local = new Map<NodeId, string>();
  const pointers = new Map<string, string>();
  let blocks = false;

  const pointer = ({ base, rows }: Place): string => {
    let name = pointers.get(base);
    if (name === undefined) {
      name = `a${pointers.size}`;
      pointers.set(base, name);
      once.push(`real *const ${name} = ${base} + (long)p * ${rows} * PANEL;`);
    }
    return name;
  };
  const row = (place: Place): string => `*(vreal *)(${pointer(place)} + n * PANEL + v * VL)`;
  const read = (id: NodeId): string => {
    const known = local.get(id);
    if (known !== undefined) return known;
    const node = scan.graph.nodes[id];
    if (node.axis === null) return uniformName(id);
    const name = `v${id}`;
    local.set(id, name);
    if (node.op === "parameter") {
      const values = `((const real *)${address({ kind: "parameter", name: node.name })})`;
      const index = node.axis === scalarAxis ? "0" : "n";
      // tangents of parameters may be absent
      const value = node.name.startsWith("d.") ? `${values} ? ${values}[${index}] : 0` : `${values}[${index}]`;
      perRow.push(`const vreal ${name} = v_set(${value});`);
    } else if (node.axis === scalarAxis && stage.axis !== scalarAxis) {
      body.push(`const vreal ${name} = *(const vreal *)(${pointer(memory(id))} + v * VL);`);
    } else {
      body.push(`const vreal ${name} = ${row(memory(id))};`);
    }
    return name;
  };

  for (const id of stage.nodes) {
    const node = scan.graph.nodes[id];
    const name = `v${id}`;
    if (node.op === "noise") {
      const index = noiseIndex(node.name);
      blocks = true;
      once.push(
        `real z${id}[${drawnRows} * PANEL] __attribute__((aligned(64)));`,
        `if (!active${index}) __builtin_memset(z${id}, 0, sizeof(z${id}));`,
      );
      const drawn = noiseArguments(node.name, "(u32)n0 >> 2", "(n1 - n0 + 3) / 4", "step");
      perBlock.push(`if (active${index}) noise_rows(z${id}, ${drawn});`);
      body.push(`const vreal ${name} = *(const vreal *)(z${id} + (n - n0) * PANEL + v * VL);`);
      local.set(id, name);
    } else if (node.op === "sum") {
      once.push(`vreal t${id}[VPP] = {0};`);
      body.push(`t${id}[v] += ${read(node.args[0])};`);
      after.push(`for (int v = 0; v < vectors; v++) *(vreal *)(${pointer(memory(id))} + v * VL) = t${id}[v];`);
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
    if (node.op !== "sum" && schedule.homes.get(id) !== undefined) body.push(`${row(memory(id))} = ${name};`);
  }
  const target = (sink: Exclude<Sink, { kind: "sum" }>): Place =>
    sink.kind === "carry"
      ? writer.carryNext[sink.carry]
      : sink.kind === "store"
        ? writer.entry(sink.buffer, 0)
        : (writer.kept.get(sink.node) as Place);
  for (const sink of stage.sinks) {
    const value = read(sink.node);
    if (sink.kind === "sum") body.push(`${row(accumulators[sink.sum])} += ${value};`);
    else body.push(`${row(target(sink))} = ${value};`);
  }

  const inner = [...perRow, "for (int v = 0; v < vectors; v++) {", ...body.map((line) => `  ${line}`), "}"];
  const rows = blocks
    ? [
        `for (int n0 = ${range.from}; n0 < ${range.to}; n0 += ${drawnRows}) {`,
        `  const int n1 = n0 + ${drawnRows} < ${range.to} ? n0 + ${drawnRows} : ${range.to};`,
        ...perBlock.map((line) => `  ${line}`),
        `  for (int n = n0; n < n1; n++) {`,
        ...inner.map((line) => `    ${line}`),
        "  }",
        "}",
      ]
    : [`for (int n = ${range.from}; n < ${range.to}; n++) {`, ...inner.map((line) => `  ${line}`), "}"];
  return ["EACH_PANEL {", ...[...once, ...rows, ...after].map((line) => `  ${line}`), "}"];
}

/** Whether the rows of a loop can be worked on block by block, each once the products that it reads have that block. */
export const isRowwise = (writer: Writer, stage: Loop): boolean =>
  stage.guard === "always" && stage.nodes.every((id) => writer.scan.graph.nodes[id].op !== "sum");

/** All rows of a loop. */
export const allRows = (stage: Loop) => ({ from: "0", to: extent(stage.axis) });
