import { describe, expect, test } from "vitest";
import { cells } from "../../src/cell/cells/registry.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { offeredSites } from "../../src/noise/sources.ts";
import {
  lossCotangent,
  movedCall,
  type NetworkSetup,
  preparedNetwork,
  random,
  randomWeights,
  smoothLoss,
} from "../helpers/networks.ts";
import { dot } from "../helpers/programs.ts";

/** Every site, white and coloured, with every law somewhere. */
const noises: Readonly<Record<string, readonly NoiseSourceInput[]>> = {
  none: [],
  inside: [{ site: "inside", intensity: 0.4 }],
  "inside, coloured": [{ site: "inside", intensity: 0.4, correlationTime: 1.5 }],
  outside: [{ site: "outside", intensity: 0.4, law: "uniform" }],
  state: [{ site: "state", intensity: 0.4, law: "rademacher" }],
  "state-multiplicative of the state": [{ site: "state-multiplicative", intensity: 0.4 }],
  "state-multiplicative of the drift, shared, coloured": [
    { site: "state-multiplicative", intensity: 0.4, proportionalTo: "drift", shared: true, correlationTime: 0.7 },
  ],
  update: [{ site: "update", intensity: 0.3, law: "bernoulli" }],
  "update, shared": [{ site: "update", intensity: 0.3, law: "uniform-decrement", shared: true }],
  input: [{ site: "input", intensity: 0.4 }],
  weight: [{ site: "weight", intensity: 0.2 }],
  "one weight": [{ site: "weight:wIn", intensity: 0.2 }],
};
/** At most one source per leaf: `weight` covers every matrix. */
const all: readonly NoiseSourceInput[] = [
  { site: "inside", intensity: 0.4, correlationTime: 1.5 },
  ...["outside", "state", "update", "state-multiplicative", "input", "weight"].map((site) => ({
    site,
    intensity: 0.2,
  })),
];

/** The sources of a list that a cell has a place for. */
const offered = (cell: string, noise: readonly NoiseSourceInput[]): readonly NoiseSourceInput[] =>
  noise.filter(({ site }) => offeredSites(cells.get(cell)).includes(site));

const maps = {
  dense: { name: "dense" },
  frozen: { name: "frozen" },
  mask: { name: "mask", density: 0.6, selfConnections: false },
  dale: { name: "dale", excitatory: 0.6 },
  "symmetric-skew": { name: "symmetric-skew", beta: 0.7, gamma: 0.1 },
  skew: { name: "skew", gamma: 0.1 },
  orthogonal: { name: "orthogonal" },
  "orthogonal with a base": { name: "orthogonal", map: "cayley", rebase: 5 },
  "low-rank": { name: "low-rank", rank: 2 },
};
/** The square matrix that parametrisations are tried on. */
const squareOf = (cell: string): string => ("wRec" in cells.get(cell).parameters ? "wRec" : "wLayer2");
const setupOf = (cell: string, noise: readonly NoiseSourceInput[], map: keyof typeof maps): NetworkSetup => ({
  cell,
  noise: offered(cell, noise),
  settings: {
    ...("activation" in cells.get(cell).settings && { activation: "tanh" }),
    // after four steps of their own size these states have hardly left their place
    ...((cell === "cornn" || cell === "antisymmetric") && { step: 0.5 }),
  },
  parametrisations: { [squareOf(cell)]: maps[map] },
  // what a cell starts from may not suit every parametrisation
  initialisers: { [squareOf(cell)]: { name: "zeros" } },
});

// Central differences with h = 1e-5: truncation h^2 times third derivatives, below 1e-8 at these sizes; rounding
// 1e-16 * loss / h, about 1e-10.
const h = 1e-5;

describe("the gradient of a whole network equals central differences to 1e-6, along two directions", () => {
  for (const { name: cell } of cells.members) {
    for (const [label, noise] of Object.entries(noises)) {
      if (offered(cell, noise).length < noise.length) continue;
      test(`${cell}, noise ${label}, every parametrisation`, async () => {
        for (const map of Object.keys(maps) as (keyof typeof maps)[]) {
          const { network, kernel, call } = await preparedNetwork(setupOf(cell, noise, map));
          const forward = kernel.forward(call, true);
          const gradient = forward.backwardAll(lossCotangent(forward.output));
          let steepest = 0;
          for (const stream of [1, 2]) {
            const direction = {
              weights: { ...randomWeights(network, 10 * stream) },
              input: random(call.input.length, stream),
            };
            // what is frozen may not move
            for (const name of network.frozen) direction.weights[name] = direction.weights[name].map(() => 0);
            const [up, down] = [h, -h].map((by) => smoothLoss(kernel.forward(movedCall(call, direction, by))));
            let slope = dot(gradient.input, direction.input);
            for (const [name, g] of Object.entries(gradient.weights)) slope += dot(g, direction.weights[name]);
            expect(Math.abs((up - down) / (2 * h) - slope) / (1 + Math.abs(slope)), map).toBeLessThan(1e-6);
            steepest = Math.max(steepest, Math.abs(slope));
          }
          expect(steepest, map).toBeGreaterThan(1e-3);
        }
      });
    }
  }
});

describe("with noise at every site, each slope of weights, input and initial state equals central differences to 1e-6", () => {
  for (const { name: cell } of cells.members) {
    test(cell, async () => {
      const prepared = await preparedNetwork(setupOf(cell, all, "symmetric-skew"));
      const { kernel, network } = prepared;
      const [state] = Object.keys(network.states);
      const call = { ...prepared.call, initialState: { [state]: random(6, 4) } };
      const forward = kernel.forward(call, true);
      const gradient = forward.backwardAll(lossCotangent(forward.output));
      const check = (
        found: ArrayLike<number>,
        base: ArrayLike<number>,
        at: (values: Float64Array) => typeof call,
      ): void => {
        const scale = 1 + Math.max(...Array.from(found, Math.abs));
        for (let i = 0; i < base.length; i++) {
          const [up, down] = [h, -h].map((by) => {
            const values = Float64Array.from(base);
            values[i] += by;
            return smoothLoss(kernel.forward(at(values)));
          });
          expect(Math.abs((up - down) / (2 * h) - found[i]) / scale).toBeLessThan(1e-6);
        }
      };
      for (const [name, g] of Object.entries(gradient.weights)) {
        check(g, call.weights[name], (w) => ({ ...call, weights: { ...call.weights, [name]: w } }));
      }
      check(gradient.input, call.input, (input) => ({ ...call, input }));
      check(gradient.initialState[state], call.initialState[state], (values) => ({
        ...call,
        initialState: { [state]: values },
      }));
    });
  }
});

describe("Hessian-vector products equal differences of gradients to 1e-6 and u'Hv = v'Hu to 1e-10", () => {
  for (const { name: cell } of cells.members) {
    test(`${cell}, noise at every site, every parametrisation`, async () => {
      for (const map of Object.keys(maps) as (keyof typeof maps)[]) {
        const { network, kernel, call } = await preparedNetwork(setupOf(cell, all, map));
        const product = (weights: Readonly<Record<string, Float64Array>>) => {
          const tangent = kernel.tangent(call, { weights }, true);
          const second = { output: tangent.outputTangent };
          return tangent.backward(lossCotangent(tangent.output), second);
        };
        const [u, v] = [randomWeights(network, 20), randomWeights(network, 30)] as Record<string, Float64Array>[];
        for (const name of network.frozen) for (const direction of [u, v]) direction[name].fill(0);
        const [hu, hv] = [product(u), product(v)];
        const still = { weights: u, input: new Float64Array(call.input.length) };
        const [up, down] = [h, -h].map((by) => {
          const forward = kernel.forward(movedCall(call, still, by), true);
          return forward.backward(lossCotangent(forward.output));
        });
        const plain = kernel.forward(call, true);
        const gradient = plain.backward(lossCotangent(plain.output));
        let [uv, vu, size] = [0, 0, 0];
        for (const [name, values] of Object.entries(hu.gradientTangent)) {
          const scale = 1 + Math.max(...values.map(Math.abs));
          values.forEach((value, i) => {
            const expected = (up[name][i] - down[name][i]) / (2 * h);
            expect(Math.abs(value - expected) / scale, `${map} ${name}[${i}]`).toBeLessThan(1e-6);
            expect(Math.abs(hu.gradient[name][i] - gradient[name][i])).toBeLessThan(1e-12 * scale);
          });
          uv += dot(values, v[name]);
          vu += dot(hv.gradientTangent[name], u[name]);
          size += dot(values.map(Math.abs), v[name].map(Math.abs));
        }
        expect(Math.abs(uv - vu) / (1 + size), map).toBeLessThan(1e-10);
        expect(Math.abs(uv)).toBeGreaterThan(1e-3);
      }
    });
  }
});

test("forward and reverse mode agree to 1e-12: <c, J v> = <J' c, v>, through every parametrisation", async () => {
  for (const map of Object.keys(maps) as (keyof typeof maps)[]) {
    const { network, kernel, call } = await preparedNetwork(setupOf("lipschitz", all, map));
    const direction = { weights: randomWeights(network, 40), input: random(call.input.length, 5) };
    const { outputTangent, activityTangent, output } = kernel.tangent(call, direction);
    const cotangent = { output: random(output.length, 6), activity: 0.7 };
    const gradient = kernel.forward(call, true).backwardAll(cotangent);
    const left =
      dot(cotangent.output, outputTangent) +
      0.7 *
        dot(
          activityTangent,
          activityTangent.map(() => 1),
        );
    let right = dot(gradient.input, direction.input);
    for (const [name, g] of Object.entries(gradient.weights)) right += dot(g, direction.weights[name]);
    expect(Math.abs(left - right) / (1 + Math.abs(left)), map).toBeLessThan(1e-12);
  }
});
