import { numberText } from "../../figure/wording.ts";
import { findingName } from "../../study/metrics.ts";
import { type Contrast, contrasts, type Quantity } from "../../study/noisy-rnn/contrasts.ts";
import { noisyRnnPaper } from "../../study/noisy-rnn/paper.ts";
import type { FamilyResults } from "../../study/reproduction/contract.ts";
import { found } from "../../study/reproduction/findings.ts";
import { type TextColumn, type TextRow, textTable } from "../output.ts";
import type { Reproduction } from "../reproduction/contract.ts";
import { reproductionOf } from "../reproduction/perform.ts";

export const noisyRnn: Reproduction = reproductionOf(noisyRnnPaper, summaryTable);

const finding = (part: string): Quantity => ({ metric: findingName, part });

/** What is printed of every comparison with the control. */
const quantities: readonly (readonly [title: string, quantity: Quantity])[] = [
  ["clean accuracy", { metric: "test-accuracy", part: null }],
  ["largest eigenvalue of the Hessian", finding("hessian.largestEigenvalue")],
  ["largest exponent along trials", finding("lyapunov.largestTrials")],
  ["norm of state-to-state derivative", finding("jacobians.spectralNorm")],
  ["first-order margin, median", finding("margin.medianFirstOrder")],
  ["smallest change found, median", finding("margin.medianAttack")],
  ["accuracy, white noise", finding("robustness.areaWhite")],
  ["accuracy, multiplicative noise", finding("robustness.areaMultiplicative")],
  ["accuracy, salt and pepper", finding("robustness.areaSaltAndPepper")],
  ["accuracy, missing segments", finding("robustness.areaOcclusion")],
  ["accuracy, sign of the gradient", finding("robustness.areaFgsm")],
  ["accuracy, gradient ascent", finding("robustness.areaPgdLinf")],
];

const columns: readonly TextColumn[] = [
  { title: "measured without noise" },
  { title: "seeds", align: "right" },
  { title: "control", align: "right" },
  { title: "with noise", align: "right" },
  { title: "difference (95 %)", align: "right" },
];

/** One block per family and noise, a line per number; of the study of stabilisation a line per noise. */
export function summaryTable(evidence: readonly FamilyResults[]): string {
  const rows: TextRow[] = [];
  for (const one of evidence) {
    const all = quantities.flatMap(([title, quantity]) =>
      contrasts(one, quantity).map((contrast) => ({ title, contrast })),
    );
    for (const label of new Set(all.map(({ contrast }) => contrast.label))) {
      rows.push(`${one.family.title}, trained with noise: ${label}`);
      rows.push(...all.filter(({ contrast }) => contrast.label === label).map(rowOf));
    }
    const shifts = found(one, "stability.exponentShift");
    if (shifts.length > 0) rows.push(`${one.family.title}, largest exponent of the noisy dynamics per unit of time`);
    const exponents = found(one, "stability.exponent");
    for (const shift of shifts) {
      const before = exponents.find(({ label }) => label === shift.label)?.mean ?? null;
      const after = before === null || shift.mean === null ? null : before + shift.mean;
      rows.push([
        `  ${shift.label}`,
        String(shift.seeds),
        numberText(before),
        numberText(after),
        interval(shift.mean, shift.tLow, shift.tHigh),
      ]);
    }
  }
  return textTable(columns, rows);
}

function rowOf({ title, contrast }: { readonly title: string; readonly contrast: Contrast }): TextRow {
  const { withNoise, withoutNoise, difference, seeds } = contrast;
  return [
    `  ${title}`,
    String(seeds),
    numberText(withoutNoise.mean),
    numberText(withNoise.mean),
    interval(difference.mean, difference.tLow, difference.tHigh),
  ];
}

function interval(mean: number | null, low: number | null, high: number | null): string {
  return low === null || high === null
    ? numberText(mean)
    : `${numberText(mean)} (${numberText(low)} to ${numberText(high)})`;
}
