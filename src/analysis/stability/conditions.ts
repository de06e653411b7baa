/** Sufficient conditions for stability, each with its number and whether it holds. */
import { Matrix } from "ml-matrix";
import { activationConstant, spectralAbscissa, symmetricRange } from "./certificate.ts";
import { contractionBounds } from "./metrics.ts";
import type { CellStructure } from "./proofs.ts";
import { derivativeBound, norm2, type SlopeTerm, type StepStructure } from "./structure.ts";

export interface Condition {
  readonly name: string;
  /** A clause that says what holds when the value is negative. */
  readonly meaning: string;
  readonly value: number;
}

export interface Term {
  readonly name: string;
  readonly meaning: string;
  readonly value: number;
}

/** Numbers that a certificate is made of and that no noise changes. */
export function structureTerms({ drift, driftBounds: bounds, step }: CellStructure): Term[] {
  if (drift === undefined || bounds === undefined) {
    return step === undefined
      ? []
      : [{ name: "stepNorm", meaning: "bound of the norm of the step's derivative", value: derivativeBound(step) }];
  }
  const recurrent = recurrentMatrix(drift);
  return [
    { name: "symmetricLow", meaning: "smallest eigenvalue of the symmetric part of A", value: bounds.symmetricLow },
    { name: "symmetricHigh", meaning: "largest eigenvalue of the symmetric part of A", value: bounds.symmetricHigh },
    { name: "abscissaA", meaning: "largest real part of the eigenvalues of A", value: spectralAbscissa(drift.linear) },
    {
      name: "activationConstant",
      meaning: "L_a: largest modulus of the slopes of the nonlinear parts",
      value: activationConstant(drift),
    },
    ...(recurrent === undefined
      ? []
      : [
          { name: "recurrentNorm", meaning: "sigma_max(W), largest singular value of W", value: norm2(recurrent) },
          {
            name: "abscissaW",
            meaning: "largest real part of the eigenvalues of W",
            value: spectralAbscissa(recurrent),
          },
        ]),
    {
      name: "nonlinear",
      meaning: "what the nonlinear parts add to and take from the bounds: L_a sigma_max(W) for one activation",
      value: bounds.nonlinear,
    },
    { name: "nested", meaning: "share of that in parts nested too deeply to be told apart", value: drift.rest },
    { name: "driftLow", meaning: "e' Df / |e|^2 is at least this", value: bounds.low },
    { name: "driftHigh", meaning: "e' Df / |e|^2 is at most this", value: bounds.high },
    {
      name: "centredLow",
      meaning: "the same lower bound with slopes taken from their middle",
      value: bounds.centredLow,
    },
    {
      name: "centredHigh",
      meaning: "the same upper bound with slopes taken from their middle",
      value: bounds.centredHigh,
    },
    { name: "lipschitz", meaning: "Lipschitz constant of the drift, at most", value: bounds.lipschitz },
  ];
}

export function conditionsOf({ step, drift, driftBounds: bounds }: CellStructure): Condition[] {
  if (step === undefined) return [];
  const norm = Math.log(derivativeBound(step));
  const map = { name: "map", meaning: "a step shrinks every difference: ln of the bound of its factor", value: norm };
  if (drift === undefined || bounds === undefined) return [map];
  const metrics = {
    identity: "contracts in the Euclidean norm",
    "weighted-maximum": "contracts in the best weighted maximum norm",
    solved: "contracts in the norm of a solved Lyapunov equation",
  } as const;
  return [
    {
      name: "lipschitz",
      meaning: "globally stable: lambda_max(A_sym) + L_a sigma_max(W), the condition of Lipschitz networks",
      value: bounds.high,
    },
    ...contractionBounds(drift).map(({ metric, rate }) => ({ name: metric, meaning: metrics[metric], value: rate })),
    ...scalarLeak(drift),
    map,
  ];
}

/** W where the drift is A h + c f(W h + ...): one nonlinear part that each unit has for itself, or W f(h + ...). */
function recurrentMatrix({ terms, rest }: StepStructure): Matrix | undefined {
  if (terms.length !== 1 || rest > 0) return undefined;
  const [{ out, into }] = terms;
  const product = out.mmul(into);
  return product.rows === product.columns && (scalarOf(out) !== undefined || scalarOf(into) !== undefined)
    ? product
    : undefined;
}

/**
 * Eigenvalues of every Jacobian of h' = -a h + f(W h + ...), the condition of antisymmetric networks.
 *
 * -a I + diag(s) W has the eigenvalues of -a I + diag(s)^(1/2) W diag(s)^(1/2), whose real parts are at most
 * -a + high max(0, lambda_max(W_sym)). It is a condition at each state, not one of contraction.
 */
function scalarLeak(drift: StepStructure): Condition[] {
  const leak = scalarOf(drift.linear);
  const recurrent = recurrentMatrix(drift);
  const [term]: readonly SlopeTerm[] = drift.terms;
  if (leak === undefined || recurrent === undefined || term.low < 0) return [];
  const [, high] = symmetricRange(recurrent);
  return [
    {
      name: "eigenvalues",
      meaning: "no eigenvalue of any Jacobian has a real part above this: at most 0 for antisymmetric networks",
      value: leak + term.high * Math.max(0, high),
    },
  ];
}

/** c where a matrix is c times the identity. */
function scalarOf(matrix: Matrix): number | undefined {
  if (matrix.rows !== matrix.columns || matrix.rows === 0) return undefined;
  const value = matrix.get(0, 0);
  const difference = Matrix.sub(matrix, Matrix.eye(matrix.rows).mul(value));
  return difference.norm() <= 1e-12 * (1 + Math.abs(value)) ? value : undefined;
}
