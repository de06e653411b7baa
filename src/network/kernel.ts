/** A network on a sequence kernel: trained arrays in and gradients of them out, noise levels, readout. */
import { axisSize } from "../cell/axis.ts";
import { inPrecisionOf, zerosLike } from "../cell/parametrisations/arrays.ts";
import type { WeightPoint } from "../cell/parametrisations/contract.ts";
import { ParameterError, ShapeError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import { elementCount, shapeText } from "../core/tensor.ts";
import type { Cotangents, RealArray, SequenceCall, SequenceKernel } from "../engine/contract.ts";
import { isColoured, noiseState } from "../noise/colour.ts";
import { deviationSettings, noiseSettings, timeStepOf } from "../noise/sources.ts";
import type {
  NetworkCall,
  NetworkDirection,
  NetworkForward,
  NetworkKernel,
  NetworkStack,
  NetworkTangent,
  OutputCotangent,
  Weights,
} from "./contract.ts";
import { initialNoise, noiseAt } from "./noise-level.ts";
import { baseName, type NetworkParameter, type NetworkParts } from "./spec.ts";

export function networkKernel(parts: NetworkParts, kernel: SequenceKernel): NetworkKernel {
  const { parameters, program, sizes, noise } = parts;
  const { readout } = parts.spec;
  const { precision } = kernel;
  const numericSettings = programSettings(parts);
  const rawGradients = (points: Points, effective: Readonly<Record<string, RealArray | undefined>>): Weights =>
    withBases(parameters, pulledBack(points, effective));
  const stateSize = (state: string): number =>
    axisSize(program.states.find(({ name }) => name === state)?.axis as string, sizes);

  const sequenceCall = (call: NetworkCall, points: Points): SequenceCall => {
    const { batchSize, stepCount, input, trials, key, mirrored = false, firstStep = 0, initialState = {} } = call;
    const sites = noiseAt(noise, call.level);
    const outputFrom = call.outputFrom ?? (readout.from === "last" ? Math.max(0, stepCount - 1) : 0);
    checkStep("firstStep", firstStep, 2 ** 32 - 1 - stepCount);
    checkStep("outputFrom", outputFrom, stepCount);
    for (const state of Object.keys(initialState)) {
      if (program.states.every(({ name }) => name !== state)) {
        throw unknownName(
          "state",
          state,
          program.states.map(({ name }) => name),
        );
      }
    }
    const coloured = noise.filter(({ source }) => isColoured(source));
    const silent = coloured.filter(({ leaf }) => sites[leaf].intensity === 0).map(({ leaf }) => noiseState(leaf));
    const continued = coloured.find(
      ({ leaf }) => firstStep > 0 && sites[leaf].intensity > 0 && initialState[noiseState(leaf)] === undefined,
    );
    if (continued !== undefined) {
      throw new ParameterError({
        place: `noise "${continued.leaf}"`,
        rule: `a call from step ${firstStep} on continues coloured noise, whose state is missing`,
        remedy: `pass the final ${noiseState(continued.leaf)} of the call before in initialState`,
      });
    }
    return {
      batchSize,
      stepCount,
      sizes,
      settings: { ...numericSettings, ...deviationSettings(program, sites) },
      parameters: mapped(points, ({ effective }) => effective),
      inputs: { input },
      initialState: {
        ...initialNoise({ noise, program, sites, key, mirrored, trials, sizeOf: stateSize, precision }),
        // noise that is switched off leaves nothing behind
        ...Object.fromEntries(Object.entries(initialState).filter(([state]) => !silent.includes(state))),
      },
      noise: { seed: key.seed, stream: key.stream, trials, firstStep, sites, mirrored },
      outputFrom,
    };
  };

  const forwardStack = (calls: readonly NetworkCall[], keep = false): NetworkStack => {
    const points = calls.map(({ weights }) => weightPoints(parameters, weights));
    const sequences = calls.map((call, member) => sequenceCall(call, points[member]));
    const stack = kernel.forwardStack(sequences, keep);
    return {
      members: stack.members.map((pass, member): NetworkForward => {
        const reverse = (cotangent: OutputCotangent, inputs: boolean) =>
          pass.backward(cotangents(sequences[member], cotangent), { inputs });
        return {
          output: pass.outputs.output,
          activity: pass.outputs.activity,
          states: pass.states,
          backward: (cotangent) => rawGradients(points[member], reverse(cotangent, false).parameters),
          backwardAll: (cotangent) => {
            const gradients = reverse(cotangent, true);
            return {
              weights: rawGradients(points[member], gradients.parameters),
              input: gradients.inputs.input,
              initialState: gradients.initialState,
            };
          },
        };
      }),
      backward: (all) => {
        if (all.length !== calls.length) {
          throw new ShapeError({
            place: "cotangents of a stack",
            rule: `must be one per member: ${calls.length}, got ${all.length}`,
            remedy: "give them in the order of the calls",
          });
        }
        const own = sequences.map((sequence, member) => cotangents(sequence, all[member]));
        return stack
          .backward(own, { inputs: false })
          .map((gradients, member) => rawGradients(points[member], gradients.parameters));
      },
    };
  };

  return {
    backend: kernel.backend,
    variant: kernel.variant,
    precision,

    threads: kernel.threads,
    close: () => kernel.close(),
    forward: (call, keep = false) => forwardStack([call], keep).members[0],
    forwardStack,

    tangent(call, direction, keep = false): NetworkTangent {
      const points = weightPoints(parameters, call.weights);
      const sequence = sequenceCall(call, points);
      const raw = checkedDirection(parameters, direction);
      const pass = kernel.tangent(
        sequence,
        {
          parameters: Object.fromEntries(
            Object.entries(raw).map(([name, values]) => [name, points[name].tangent(values)]),
          ),
          inputs: direction.input === undefined ? {} : { input: direction.input },
          initialState: direction.initialState ?? {},
        },
        keep,
      );
      return {
        output: pass.outputs.output,
        activity: pass.outputs.activity,
        outputTangent: pass.outputTangents.output,
        activityTangent: pass.outputTangents.activity,
        states: pass.states,
        stateTangents: pass.stateTangents,
        backward: (cotangent, cotangentTangent) => {
          const { gradients, gradientTangents } = pass.backward(
            cotangents(sequence, cotangent),
            cotangents(sequence, cotangentTangent),
          );
          return {
            gradient: rawGradients(points, gradients.parameters),
            initialStateTangent: gradientTangents.initialState,
            gradientTangent: withBases(
              parameters,
              mapped(points, (point, name) => {
                const effective = gradients.parameters[name];
                const through = point.pullback(orZeros(gradientTangents.parameters[name], point));
                const own =
                  raw[name] === undefined || effective === undefined
                    ? undefined
                    : point.pullbackTangent(raw[name], effective);
                return own === undefined ? through : sum(through, own);
              }),
            ),
          };
        },
      };
    },
  };
}

/** Value of each numeric setting of the program: the cell's own, the correlations of coloured noise, deviations as trained. */
export function programSettings({
  spec: { settings },
  cell,
  noise,
  program,
}: NetworkParts): Readonly<Record<string, number>> {
  return {
    ...Object.fromEntries(
      Object.entries(settings).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
    ),
    ...noiseSettings(noise, timeStepOf(cell, settings)),
    ...deviationSettings(program, noiseAt(noise, "trained")),
  };
}

type Points = Readonly<Record<string, WeightPoint>>;

/** The parametrisations at the trained arrays. */
export function weightPoints(parameters: readonly NetworkParameter[], weights: Weights): Points {
  checkNames("weights", parameters, weights);
  return Object.fromEntries(
    parameters.map(({ name, map }) => {
      if (weights[name] === undefined) {
        throw new ParameterError({
          place: `weights, ${name}`,
          rule: "is missing",
          remedy: `give all of ${parameters.map((parameter) => parameter.name).join(", ")}`,
        });
      }
      checkLength(`weights, ${name}`, weights[name], map.rawShape);
      if (map.base === undefined) return [name, map.at(weights[name])];
      const base = weights[baseName(name)] ?? [];
      checkLength(`weights, ${baseName(name)}`, base, map.base.shape);
      return [name, map.at(weights[name], base)];
    }),
  );
}

export function mapped<T>(points: Points, make: (point: WeightPoint, name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(points).map(([name, point]) => [name, make(point, name)]));
}

/** Gradients of the trained arrays from those of the effective ones; an effective one that is absent is zero. */
function pulledBack(points: Points, gradients: Readonly<Record<string, RealArray | undefined>>): Weights {
  return mapped(points, (point, name) => point.pullback(orZeros(gradients[name], point)));
}

/** Gradients of all arrays of the weights: bases are constants. */
function withBases(parameters: readonly NetworkParameter[], gradients: Weights): Weights {
  if (parameters.every(({ map }) => map.base === undefined)) return gradients;
  return Object.fromEntries(
    parameters.flatMap(({ name, map: { base } }): [string, RealArray][] => {
      if (base === undefined) return [[name, gradients[name]]];
      const zeros = new Float64Array(elementCount(base.shape));
      return [
        [name, gradients[name]],
        [baseName(name), inPrecisionOf(gradients[name], zeros)],
      ];
    }),
  );
}

function orZeros(values: RealArray | undefined, { effective }: WeightPoint): RealArray {
  return values ?? zerosLike(effective);
}

function sum(a: RealArray, b: RealArray): RealArray {
  const total = zerosLike(a);
  for (let i = 0; i < total.length; i++) total[i] = a[i] + b[i];
  return total;
}

/** Cotangents of the program's outputs; outputs before `outputFrom` are constants, so theirs are zero. */
function cotangents(call: SequenceCall, { output, activity = 0 }: OutputCotangent): Cotangents {
  const { batchSize, stepCount, outputFrom, sizes } = call;
  checkLength("output cotangent", output, [batchSize, stepCount, sizes.output]);
  const counted = outputFrom === 0 ? output : output.slice();
  for (let b = 0; b < batchSize && outputFrom > 0; b++) {
    counted.fill(0, b * stepCount * sizes.output, (b * stepCount + outputFrom) * sizes.output);
  }
  if (activity === 0) return { outputs: { output: counted } };
  const flat = new Float64Array(batchSize * stepCount);
  for (let b = 0; b < batchSize; b++) flat.fill(activity, b * stepCount + outputFrom, (b + 1) * stepCount);
  return { outputs: { output: counted, activity: output instanceof Float32Array ? Float32Array.from(flat) : flat } };
}

function checkedDirection(parameters: readonly NetworkParameter[], { weights = {} }: NetworkDirection): Weights {
  checkNames("direction", parameters, weights);
  for (const { name, map } of parameters) {
    if (weights[name] !== undefined) checkLength(`direction of ${name}`, weights[name], map.rawShape);
  }
  // a base is a constant, like what is frozen
  return Object.fromEntries(parameters.flatMap(({ name }) => (name in weights ? [[name, weights[name]]] : [])));
}

function checkNames(kind: string, parameters: readonly NetworkParameter[], values: Weights): void {
  const known = parameters.flatMap(({ name, map }) => (map.base === undefined ? [name] : [name, baseName(name)]));
  for (const name of Object.keys(values)) if (!known.includes(name)) throw unknownName(kind, name, known);
}

function checkLength(place: string, values: RealArray, shape: readonly number[]): void {
  const expected = elementCount(shape);
  if (values.length === expected) return;
  throw new ShapeError({
    place,
    rule: `must have shape ${shapeText(shape)}, ${expected} numbers, got ${values.length}`,
    remedy: "arrays are row-major",
  });
}

function checkStep(place: string, value: number, largest: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= largest) return;
  throw new ParameterError({
    place,
    rule: `must be an integer in 0..${largest}, got ${value}`,
    remedy: "count the steps of a trial from 0",
  });
}
