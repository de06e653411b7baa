/** A program on a machine: the sequence kernel that networks and analyses use. */
import { axisSize } from "../cell/axis.ts";
import { tangentName } from "../cell/differentiate.ts";
import type { Program } from "../cell/program.ts";
import { CapabilityError, ParameterError, ShapeError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import type {
  Cotangents,
  Directions,
  Gradients,
  KernelOptions,
  RealArray,
  SequenceCall,
  SequenceKernel,
  SequenceStack,
  SequenceTangent,
} from "./contract.ts";
import type { GradientArrays, Machine } from "./machine.ts";
import { segmentedPass, segmentSteps } from "./segments.ts";

export function sequenceKernel(program: Program, machine: Machine, options: KernelOptions = {}): SequenceKernel {
  let generation = 0;
  let isClosed = false;
  let sizes: Readonly<Record<string, number>> = {};
  const zeros = (axes: readonly string[]): RealArray => {
    const length = axes.reduce((product, axis) => product * axisSize(axis, sizes), 1);
    return machine.precision === "float32" ? new Float32Array(length) : new Float64Array(length);
  };

  /** Checks and writes the calls; returns the check that their results are still there. */
  const start = (calls: readonly SequenceCall[], segment: number): (() => void) => {
    if (isClosed) {
      throw new ParameterError({
        place: "kernel",
        rule: "was closed and then called",
        remedy: "close it after its last call, or prepare another",
      });
    }
    for (const call of calls) checkCall(program, call);
    checkAlike(calls);
    sizes = calls[0].sizes;
    generation++;
    const mine = generation;
    machine.begin(calls, segment);
    for (const [member, call] of calls.entries()) {
      for (const { name } of program.inputs) machine.write(member, `input:${name}`, call.inputs[name]);
      for (const { name } of program.states) machine.write(member, `state:${name}`, call.initialState[name], 0);
    }
    return () => {
      if (mine !== generation) {
        throw new ParameterError({
          place: "sequence kernel",
          rule: "a pass was asked for its results after the next call on the same kernel",
          remedy: "read states and gradients before the next call, or prepare a second kernel",
        });
      }
    };
  };
  const collect = (
    member: number,
    prefix: string,
    items: readonly { readonly name: string }[],
  ): Record<string, RealArray> =>
    Object.fromEntries(items.map(({ name }) => [name, machine.read(member, prefix + name)]));
  const writeCotangents = (member: number, prefix: string, { outputs }: Cotangents): void => {
    for (const { name } of program.outputs) machine.write(member, `${prefix}output:${name}`, outputs[name]);
  };
  const gradients = (member: number, prefix: "" | "d.", grads: GradientArrays, inputs: boolean): Gradients => ({
    parameters: Object.fromEntries(
      program.parameters.map(({ name, axes }) => [
        name,
        // a parameter that nothing depends on has no gradient of its own
        grads[prefix === "" ? name : tangentName(name)] ?? zeros(axes),
      ]),
    ),
    inputs: inputs ? collect(member, `${prefix}c.input:`, program.inputs) : {},
    initialState: inputs
      ? Object.fromEntries(
          program.states.map(({ name }) => [name, machine.read(member, `${prefix}c.state:${name}`, 0)]),
        )
      : {},
  });
  const needKept = (keep: boolean): void => {
    if (keep) return;
    throw new CapabilityError({
      place: "sequence kernel",
      rule: "a reverse pass needs a forward pass that kept its values",
      remedy: "call it with keep = true",
    });
  };
  const segmentOf = ({ stepCount }: SequenceCall): number =>
    options.checkpointing === true ? segmentSteps(stepCount, machine.segmentUnit) : stepCount;

  const forwardStack = (calls: readonly SequenceCall[], keep: boolean): SequenceStack => {
    if (calls.length === 0) return { members: [], backward: () => [] };
    const segment = segmentOf(calls[0]);
    const valid = start(calls, segment);
    for (const [member, { parameters }] of calls.entries()) machine.parameters(member, parameters);
    const pass = segmentedPass(machine, program, calls, segment, keep ? "forward" : "evaluate", "evaluate", [""]);
    const reverse = (members: readonly [number, number], want: { readonly inputs: boolean }): Gradients[] =>
      pass
        .backward("backward", members, want.inputs)
        .map((grads, index) => gradients(members[0] + index, "", grads, want.inputs));
    return {
      members: calls.map((_, member) => ({
        outputs: collect(member, "output:", program.outputs),
        states: () => {
          valid();
          return pass.states(member, "");
        },
        backward: (cotangents, want) => {
          valid();
          needKept(keep);
          writeCotangents(member, "c.", cotangents);
          return reverse([member, member + 1], want)[0];
        },
      })),
      backward: (cotangents, want) => {
        valid();
        needKept(keep);
        for (const [member, own] of cotangents.entries()) writeCotangents(member, "c.", own);
        return reverse([0, calls.length], want);
      },
    };
  };

  return {
    program,
    backend: machine.backend,
    variant: machine.variant,
    precision: machine.precision,
    threads: machine.threads,
    close: () => {
      if (!isClosed) machine.close();
      isClosed = true;
    },
    forward: (call, keep) => forwardStack([call], keep).members[0],
    forwardStack,

    tangent(call, directions, keep): SequenceTangent {
      const segment = segmentOf(call);
      const valid = start([call], segment);
      machine.parameters(0, { ...call.parameters, ...tangentParameters(program, call, directions) });
      for (const { name } of program.inputs) machine.write(0, `d.input:${name}`, directions.inputs[name]);
      for (const { name } of program.states) machine.write(0, `d.state:${name}`, directions.initialState[name], 0);
      const scan = keep ? "tangent-forward" : "tangent";
      const pass = segmentedPass(machine, program, [call], segment, scan, "tangent", ["", "d."]);
      return {
        outputs: collect(0, "output:", program.outputs),
        outputTangents: collect(0, "d.output:", program.outputs),
        states: () => {
          valid();
          return pass.states(0, "");
        },
        stateTangents: () => {
          valid();
          return pass.states(0, "d.");
        },
        backward: (cotangents, cotangentTangents) => {
          valid();
          needKept(keep);
          writeCotangents(0, "c.", cotangents);
          writeCotangents(0, "d.c.", cotangentTangents);
          const [grads] = pass.backward("tangent-backward", [0, 1], true);
          return { gradients: gradients(0, "", grads, true), gradientTangents: gradients(0, "d.", grads, true) };
        },
      };
    },
  };
}

function tangentParameters(program: Program, call: SequenceCall, directions: Directions): Record<string, RealArray> {
  const result: Record<string, RealArray> = {};
  for (const [name, values] of Object.entries(directions.parameters)) {
    const known = program.parameters.find((parameter) => parameter.name === name);
    if (known === undefined) {
      throw unknownName(
        "parameter",
        name,
        program.parameters.map((parameter) => parameter.name),
      );
    }
    checkLength(`direction of ${name}`, known.axes, values, call.sizes);
    result[tangentName(name)] = values;
  }
  return result;
}

function checkCall(program: Program, call: SequenceCall): void {
  const { batchSize, stepCount, sizes } = call;
  for (const [name, value] of Object.entries({ batchSize, stepCount })) {
    if (!Number.isInteger(value) || value < 0) {
      throw new ShapeError({
        place: name,
        rule: `must be a whole number >= 0, got ${value}`,
        remedy: "count trials and steps",
      });
    }
  }
  for (const { name, axes } of program.parameters) {
    const values = call.parameters[name];
    if (values === undefined) {
      throw new ParameterError({
        place: `parameter ${name}`,
        rule: "is missing",
        remedy: `give all of ${program.parameters.map((parameter) => parameter.name).join(", ")}`,
      });
    }
    checkLength(name, axes, values, sizes);
  }
  for (const name of program.settings) {
    if (!Number.isFinite(call.settings[name])) {
      throw new ParameterError({
        place: `setting ${name}`,
        rule: `must be a finite number, got ${call.settings[name]}`,
        remedy: "give every numeric setting of the cell",
      });
    }
  }
  const lengths: [string, RealArray | undefined, string[], number][] = [
    ...program.inputs.map((item): [string, RealArray | undefined, string[], number] => [
      item.name,
      call.inputs[item.name],
      [item.axis],
      batchSize * stepCount,
    ]),
    ...program.states.map((item): [string, RealArray | undefined, string[], number] => [
      `initial ${item.name}`,
      call.initialState[item.name],
      [item.axis],
      batchSize,
    ]),
  ];
  for (const [name, values, axes, count] of lengths) {
    if (values !== undefined) checkLength(name, axes, values, sizes, count);
  }
  if (call.noise.trials.length !== batchSize) {
    throw new ShapeError({
      place: "noise.trials",
      rule: `one trial number per batch entry: batch=${batchSize}, got ${call.noise.trials.length}`,
      remedy: "number the trials; equal numbers get equal noise",
    });
  }
  for (const [site, { law, intensity }] of Object.entries(call.noise.sites)) {
    if (!program.noises.some((noise) => noise.site === site)) {
      throw unknownName(
        `noise site of ${program.name}`,
        site,
        program.noises.map((noise) => noise.site),
      );
    }
    if (!(intensity >= 0) || !Number.isFinite(intensity)) {
      throw new ParameterError({
        place: `noise "${site}"`,
        rule: `intensity must be a finite number >= 0, got ${intensity}`,
        remedy: "give a standard deviation",
      });
    }
    if (call.noise.mirrored === true && law === "bernoulli" && intensity > 0) {
      throw new ParameterError({
        place: `noise "${site}"`,
        rule: "the draws of bernoulli cannot be mirrored: its intensity is a probability",
        remedy: "mirror a law that is scaled by its intensity: gaussian, uniform, rademacher",
      });
    }
  }
}

/** Members of a stack share buffers of one shape. */
function checkAlike(calls: readonly SequenceCall[]): void {
  const shape = ({ batchSize, stepCount, outputFrom, sizes }: SequenceCall): string =>
    JSON.stringify({ batchSize, stepCount, outputFrom, sizes });
  for (const [index, call] of calls.entries()) {
    if (index === 0 || shape(call) === shape(calls[0])) continue;
    throw new ShapeError({
      place: `member ${index} of a stack`,
      rule: `must have the shape of the first, ${shape(calls[0])}, got ${shape(call)}`,
      remedy: "stack calls of one shape",
    });
  }
}

function checkLength(
  name: string,
  axes: readonly string[],
  values: RealArray,
  sizes: Readonly<Record<string, number>>,
  count = 1,
): void {
  const shape = axes.map((axis) => axisSize(axis, sizes));
  const expected = shape.reduce((product, size) => product * size, count);
  if (values.length !== expected) {
    const text = axes.map((axis, index) => `${axis}=${shape[index]}`).join(", ");
    throw new ShapeError({
      place: name,
      rule: `must have ${expected} numbers ([${count === 1 ? "" : `${count} x `}${text}]), got ${values.length}`,
      remedy: "arrays are row-major, batch first",
    });
  }
}
