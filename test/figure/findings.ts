/** Findings as analyses of small networks give them, by formulas. */
import type { FigureRow, NetworkFindings } from "../../src/figure/contract.ts";

export interface MadeNetwork {
  readonly site?: string;
  readonly trainIntensity?: number;
  readonly seed?: number;
  readonly hiddenSize?: number;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function found(
  analysis: string,
  { site = "inside", trainIntensity = 0.5, seed = 0, hiddenSize = 20 }: MadeNetwork,
  numbers: Readonly<Record<string, number | null>>,
  tables: Readonly<Record<string, readonly FigureRow[]>>,
): NetworkFindings {
  return {
    analysis,
    title: `task-x, ctrnn, ${site} ${trainIntensity}, seed ${seed}`,
    seed,
    labels: { task: "task-x", cell: "ctrnn", hiddenSize, site, law: "gaussian", trainIntensity, activation: "relu" },
    numbers: Object.entries(numbers).map(([name, value]) => ({ name, meaning: name, value })),
    tables: Object.entries(tables).map(([name, rows]) => ({
      name,
      meaning: `Table ${name}.`,
      columns: Object.keys(rows[0] ?? {}).map((column) => ({ name: column, meaning: `column ${column}` })),
      rows,
    })),
    warnings: [],
  };
}

/** Bias (1 - x)^2 B and variance x^2 V, with B four times as large inside; beside them a loss that is lowest at the index. */
export function preferenceFindings(network: MadeNetwork, preferenceIndex: number): NetworkFindings {
  const { site = "inside", trainIntensity = 0.5, seed = 0 } = network;
  const bias = site === "inside" ? 0.04 * (1 + seed) : 0.01;
  const rows = range(9).map((i) => {
    const x = i / 4;
    const [biasSquared, variance] = [bias * (1 - x) ** 2, 0.01 * x * x];
    return {
      testIntensity: x * trainIntensity,
      relativeIntensity: x,
      loss: 0.01 + 0.04 * (x - preferenceIndex) ** 2,
      biasSquared,
      variance,
    };
  });
  const numbers = { trainIntensity, preferenceIndex, biasSquaredAtZero: bias, varianceAtTraining: 0.01 };
  return found("preference", network, numbers, { curve: rows });
}

/** @param bends drives at which the activation bends most */
export function operatingPointFindings(network: MadeNetwork, bends: readonly number[] = [0]): NetworkFindings {
  const { trainIntensity = 0.5 } = network;
  const shares = range(33).map((i) => Math.exp(-(((i - 16) / 4 - 2 + 2 * trainIntensity) ** 2)));
  const sum = shares.reduce((a, b) => a + b);
  const rows = shares.map((share, i) => ({ centre: (i - 16) / 2, share: share / sum }));
  const numbers = { meanInSigma: 4 - 4 * trainIntensity, shareWithinSigma: 0.3, shareBelow: 0.4 };
  return found("operating-point", network, numbers, {
    histogram: rows,
    nonlinearity: bends.map((bend) => ({ place: bend / trainIntensity })),
  });
}

/** Three inputs, of which the middle one has an unstable point beside the stable one. */
export function fixedPointsFindings(network: MadeNetwork = {}): NetworkFindings {
  const inputs = [-1, 0, 1];
  const place = (input: number, level: number) => ({
    pc1: 2 * (input - 1) + 0.1 * level,
    pc2: level - 0.3 * (input - 1) ** 2,
  });
  const branches = inputs.flatMap((condition, input) =>
    range(9).map((i) => ({
      input,
      condition,
      branch: 0,
      arclength: i,
      level: i / 4,
      speed: 0,
      isStable: input !== 1 || i < 6,
      ...place(input, i / 4),
      output1: condition + i / 8,
      event: null,
    })),
  );
  const trajectories = inputs.flatMap((condition, input) =>
    [0, 1].flatMap((level) =>
      range(12).map((step) => {
        const end = place(input, level);
        const share = 1 - 0.7 ** step;
        return { input, condition, level, step, time: 20 * step, pc1: end.pc1 * share, pc2: end.pc2 * share };
      }),
    ),
  );
  const field = inputs.flatMap((condition, input) =>
    [0, 1].flatMap((level) =>
      range(25).map((i) => {
        const [pc1, pc2] = [(i % 5) - 2, Math.floor(i / 5) - 2];
        const end = place(input, level);
        return { input, condition, level, pc1, pc2, flow1: 0.3 * (end.pc1 - pc1), flow2: 0.3 * (end.pc2 - pc2) };
      }),
    ),
  );
  const single = { point: null, isStable: null, isVisited: null };
  const map = inputs.flatMap((condition, input): FigureRow[] => {
    const cells = { input, condition, output: "z" };
    const point = (level: number, value: number, isVisited: boolean) => ({
      ...cells,
      kind: "fixed",
      level,
      point: 0,
      isStable: isVisited,
      isVisited,
      value,
    });
    return [
      { ...cells, kind: "target", level: null, ...single, value: condition },
      { ...cells, kind: "measured", level: 0, ...single, value: condition - 0.3 },
      { ...cells, kind: "measured", level: 1, ...single, value: condition + 0.02 },
      point(0, condition - 0.3, true),
      point(1, condition, true),
      ...(input === 1 ? [point(0, 0.6, false)] : []),
    ];
  });
  const numbers = { displacement: 0.2, displacementAlongReadout: 0.3, bifurcations: 0, readoutErrorAtZero: 0.3 };
  return found("fixed-points", network, numbers, {
    branches,
    trajectories,
    "vector-field": field,
    "readout-map": map,
  });
}

export function stationaryLawFindings(network: MadeNetwork = {}): NetworkFindings {
  const rows = ["0", "z"].flatMap((variable, v) =>
    range(40).map((i) => {
      const value = (i - 20) / 10 + v;
      const density = Math.exp(-((value - v) ** 2) / 0.5) / Math.sqrt(Math.PI / 2);
      const operator = v === 0 ? density : null;
      return {
        input: 0,
        variable,
        value,
        monteCarlo: density * (1 + 0.05 * Math.sin(9 * i)),
        operator,
        closure: density,
      };
    }),
  );
  const numbers = { operatorMeanError: 0.1, closureMeanError: 0.4 };
  return found("stationary-law", network, numbers, { density: rows });
}

/** Noise is switched off after 10 of 20 steps of 20 ms; the output then sinks by 0.5. */
export function controlsFindings(network: MadeNetwork = {}): NetworkFindings {
  const rows = [3, 7].flatMap((trial) =>
    range(20).map((step) => ({
      trial,
      step,
      time: 20 * (step + 1),
      output: 0,
      isCounted: step >= 5,
      isOff: step >= 10,
      target: 0.1 * trial,
      mean: 0.1 * trial * (1 - 0.6 ** step),
      deviation: 0.05,
      meanSwitchedOff: 0.1 * trial - 0.5 * (1 - 0.7 ** Math.max(0, step - 9)),
      deviationSwitchedOff: step >= 10 ? 0.05 * 0.7 ** (step - 9) : 0.05,
    })),
  );
  return found("controls", network, {}, { "time-courses": rows });
}

/** A rise of 0.3 x^2 - 0.05 x^4, and shares that grow towards the last step, P negative. */
export function regulariserFindings(network: MadeNetwork): NetworkFindings {
  const levels = range(4).map((i) => {
    const eps = 2 ** -i;
    return { eps, rise: 0.3 * eps ** 2 - 0.05 * eps ** 4, penalty: 0.3 * eps ** 2, remainder: -0.05 * eps ** 4 };
  });
  const steps = range(10).map((step) => ({ step, p: -0.02 * step, q: (0.6 + 0.9) * (step / 45) }));
  return found("regulariser", network, { p: -0.9, q: 1.5, rise: 0.25, order: 4 }, { levels, steps });
}

/** Two bumps, of many eigenvalues at 0 and one at 4; with noise the outer one is at 3. */
export function hessianFindings(network: MadeNetwork = {}): NetworkFindings {
  const bump = (x: number, centre: number) => Math.exp(-50 * (x - centre) ** 2);
  const rows = ["clean", "noisy"].flatMap((loss) =>
    ["hessian", "gauss-newton"].flatMap((matrix) =>
      range(121).map((i) => {
        const eigenvalue = -1 + i / 20;
        const density = bump(eigenvalue, 0) + 0.01 * bump(eigenvalue, loss === "clean" ? 4 : 3);
        return { loss, matrix, eigenvalue, density, error: 0.01 * density, kernelWidth: 0.1 };
      }),
    ),
  );
  const numbers = {
    largestEigenvalue: 4,
    smallestEigenvalue: -0.2,
    trace: 5,
    largestEigenvalueNoisy: 3,
    traceNoisy: 4,
  };
  return found("hessian", network, numbers, { density: rows });
}

/** Parabolas 0.1 + x^2 + 4 y^2, with noise half as steep. */
export function landscapeFindings(network: MadeNetwork = {}): NetworkFindings {
  const looks = { clean: { base: 0.1, steepness: 1 }, noisy: { base: 0.15, steepness: 0.5 } };
  const positions = range(9).map((i) => (i - 4) / 4);
  const slices = Object.entries(looks).flatMap(([loss, { base, steepness }]) =>
    ["random 1", "random 2", "eigenvector 1"].flatMap((direction, index) =>
      positions.map((distance) => ({
        loss,
        direction,
        distance,
        value: base + steepness * (1 + index) * distance ** 2,
        error: null,
      })),
    ),
  );
  const plane = Object.entries(looks).flatMap(([loss, { base, steepness }]) =>
    positions.flatMap((y) =>
      positions.map((x) => ({
        loss,
        xDirection: "random 1",
        yDirection: "random 2",
        x,
        y,
        value: base + steepness * (x * x + 4 * y * y),
      })),
    ),
  );
  const numbers = { loss: 0.1, randomCurvature: 3, randomRise: 1.5, lossNoisy: 0.15 };
  return found("landscape", network, numbers, { slices, plane });
}

/** Accuracy falls from 0.9 along three perturbations, sooner outside. */
export function robustnessFindings(network: MadeNetwork, hasClasses = true): NetworkFindings {
  const { site = "inside" } = network;
  const rows = ["white", "fgsm", "pgd-l2"].flatMap((perturbation, p) =>
    range(5).map((i) => {
      const strength = (i * (p + 1)) / 10;
      const accuracy = 0.9 - (site === "inside" ? 0.05 : 0.1) * i * (p + 1);
      return {
        perturbation,
        strength,
        accuracy: hasClasses ? accuracy : null,
        accuracyLow: hasClasses ? accuracy - 0.04 : null,
        accuracyHigh: hasClasses ? accuracy + 0.04 : null,
        loss: 2 - accuracy,
        lossLow: 1.9 - accuracy,
        lossHigh: 2.1 - accuracy,
      };
    }),
  );
  return found("robustness", network, { accuracyClean: 0.9 }, { curves: rows });
}

/** Ten trials, two of them decided wrongly; certified bounds are a tenth of what attacks find. */
export function marginFindings(network: MadeNetwork): NetworkFindings {
  const rows = range(10).map((trial) => {
    const isRight = trial < 8;
    const attack = isRight ? 0.2 * (trial + 1) : null;
    return {
      trial,
      isRight,
      certified: attack === null ? null : attack / 10,
      firstOrder: attack === null ? null : 1.1 * attack,
      attack,
    };
  });
  return found(
    "margin",
    network,
    { medianCertified: 0.09, medianFirstOrder: 0.99, medianAttack: 0.9 },
    { margins: rows },
  );
}

/** Two noise levels under two drives, three exponents and four trajectories each; noise lowers all by 0.01. */
export function lyapunovFindings(network: MadeNetwork = {}): NetworkFindings {
  const settings = ["constant", "trials"].flatMap((drive) => [0, 1].map((level) => ({ drive, level })));
  const spectrum = settings.flatMap(({ drive, level }) =>
    range(3).map((i) => ({
      drive,
      level,
      index: i + 1,
      perStep: i === 2 ? null : -0.05 * (i + 1) - 0.01 * level,
      error: 0.001,
    })),
  );
  const trajectories = settings.flatMap(({ drive, level }) =>
    range(4).map((trajectory) => ({ drive, level, trajectory, largest: -0.05 - 0.01 * level + 0.002 * trajectory })),
  );
  return found("lyapunov", network, { largestConstant: -0.05, largestTrials: -0.05 }, { spectrum, trajectories });
}

/** Shared noise of strength s: exponent and bounds fall by s^2 / 2, the mean square rises by it; no bounds with other sites. */
export function stabilityFindings(network: MadeNetwork = {}): NetworkFindings {
  const { site = "inside" } = network;
  const levels = [0, 0.5, 1].map((level) => {
    const shift = level ** 2 / 2;
    const bounds = { centredLower: -2 - shift, centredUpper: 1 - shift, meanSquare: 1 + shift };
    return {
      level,
      exponent: -0.2 - shift,
      error: 0.02,
      ...(site === "outside" ? { centredLower: null, centredUpper: null, meanSquare: null } : bounds),
    };
  });
  return found("stability", network, { exponent: -0.2 }, { levels });
}

/** Norms that halve each step. */
export function jacobianFindings(network: MadeNetwork = {}): NetworkFindings {
  const profile = [0, 1].flatMap((level) =>
    range(12).map((i) => {
      const norm = 0.5 ** (i + 1);
      const places = { Low: 0.8 * norm, Median: norm, High: 1.2 * norm };
      return {
        level,
        lag: i + 1,
        ...Object.fromEntries(
          ["spectral", "frobenius", "gradient"].flatMap((name) =>
            // the gradient of the longest lag has underflowed
            Object.entries(places).map(([place, value]) => [
              `${name}${place}`,
              name === "gradient" && i === 11 ? 0 : value,
            ]),
          ),
        ),
      };
    }),
  );
  return found("jacobians", network, { spectralRate: Math.log(0.5), gradientRatio: 0.5 ** 11 }, { profile });
}
