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
  RealArray,
  SequenceCall,
  SequenceForward,
  SequenceKernel,
  SequenceTangent,
} from "./contract.ts";
import type { Machine } from "./machine.ts";

export function sequenceKernel(program: Program, machine: Machine): SequenceKernel {
  let generation = 0;
  let sizes: Readonly<Record<string, number>> = {};
  const zeros = (axes: readonly string[]): RealArray => {
    const length = axes.reduce((product, axis) => product * axisSize(axis, sizes), 1);
    return machine.precision === "float32" ? new Float32Array(length) : new Float64Array(length);
  };

  const start = (call: SequenceCall): (() => void) => {
    checkCall(program, call);
    sizes = call.sizes;
    generation++;
    const mine = generation;
    machine.begin(call);
    for (const { name } of program.inputs) machine.write(`input:${name}`, call.inputs[name]);
    for (const { name } of program.states) machine.write(`state:${name}`, call.initialState[name], 0);
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
  const collect = (prefix: string, items: readonly { readonly name: string }[]): Record<string, RealArray> =>
    Object.fromEntries(items.map(({ name }) => [name, machine.read(prefix + name)]));
  const writeCotangents = (prefix: string, { outputs }: Cotangents): void => {
    for (const { name } of program.outputs) machine.write(`${prefix}output:${name}`, outputs[name]);
  };
  const gradients = (prefix: "" | "d.", grads: Readonly<Record<string, RealArray>>, inputs: boolean): Gradients => ({
    parameters: Object.fromEntries(
      program.parameters.map(({ name, axes }) => [
        name,
        // a parameter that nothing depends on has no gradient of its own
        grads[prefix === "" ? name : tangentName(name)] ?? zeros(axes),
      ]),
    ),
    inputs: inputs ? collect(`${prefix}c.input:`, program.inputs) : {},
    initialState: Object.fromEntries(
      program.states.map(({ name }) => [name, machine.read(`${prefix}c.state:${name}`, 0)]),
    ),
  });
  const needKept = (keep: boolean): void => {
    if (keep) return;
    throw new CapabilityError({
      place: "sequence kernel",
      rule: "a reverse pass needs a forward pass that kept its values",
      remedy: "call it with keep = true",
    });
  };

  return {
    program,
    backend: machine.backend,
    precision: machine.precision,

    forward(call, keep): SequenceForward {
      const valid = start(call);
      machine.parameters(call.parameters);
      machine.run(keep ? "forward" : "evaluate", { inputs: false });
      return {
        outputs: collect("output:", program.outputs),
        states: () => {
          valid();
          return collect("state:", program.states);
        },
        backward: (cotangents, want) => {
          valid();
          needKept(keep);
          writeCotangents("c.", cotangents);
          return gradients("", machine.run("backward", want), want.inputs);
        },
      };
    },

    tangent(call, directions, keep): SequenceTangent {
      const valid = start(call);
      machine.parameters({ ...call.parameters, ...tangentParameters(program, call, directions) });
      for (const { name } of program.inputs) machine.write(`d.input:${name}`, directions.inputs[name]);
      for (const { name } of program.states) machine.write(`d.state:${name}`, directions.initialState[name], 0);
      machine.run(keep ? "tangent-forward" : "tangent", { inputs: false });
      return {
        outputs: collect("output:", program.outputs),
        outputTangents: collect("d.output:", program.outputs),
        states: () => {
          valid();
          return collect("state:", program.states);
        },
        stateTangents: () => {
          valid();
          return collect("d.state:", program.states);
        },
        backward: (cotangents, cotangentTangents) => {
          valid();
          needKept(keep);
          writeCotangents("c.", cotangents);
          writeCotangents("d.c.", cotangentTangents);
          const grads = machine.run("tangent-backward", { inputs: true });
          return { gradients: gradients("", grads, true), gradientTangents: gradients("d.", grads, true) };
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
  for (const [site, { intensity }] of Object.entries(call.noise.sites)) {
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
