/** Curves over trials as numbers and tables: means, intervals, areas. */
import type { Finding, FindingRow, FindingTable } from "../contract.ts";
import { wilsonInterval } from "../statistics/proportion.ts";
import { studentQuantile } from "../statistics/sample.ts";
import type { MeasuredCurves, TrialsAt } from "./curves.ts";
import { camelCase } from "./strengths.ts";

const confidence = 0.95;

interface Estimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Mean over trials with Student's interval.
 *
 *     m = sum w x / sum w,   s^2 = n / (n - 1) sum w^2 (x - m)^2 / (sum w)^2
 */
function weightedMean(values: Float64Array, weights: Float64Array): Estimate {
  const count = values.length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = values.reduce((sum, value, i) => sum + weights[i] * value, 0) / total;
  if (count < 2) return { mean, low: null, high: null };
  const squares = values.reduce((sum, value, i) => sum + (weights[i] * (value - mean)) ** 2, 0);
  const half = (studentQuantile(count - 1, confidence) * Math.sqrt((count / (count - 1)) * squares)) / total;
  return { mean, low: mean - half, high: mean + half };
}

/** Area of each trial's curve by trapezoids, divided by the largest strength. */
function areas(points: readonly TrialsAt[], of: (point: TrialsAt) => Float64Array): Float64Array {
  const last = points[points.length - 1];
  const total = new Float64Array(of(last).length);
  for (let k = 1; k < points.length; k++) {
    const width = (points[k].strength - points[k - 1].strength) / last.strength;
    for (let i = 0; i < total.length; i++) total[i] += (width * (of(points[k - 1])[i] + of(points[k])[i])) / 2;
  }
  return total;
}

export interface CurveFindings {
  readonly numbers: readonly Finding[];
  readonly tables: readonly FindingTable[];
}

/** Means of losses are weighted as the loss weighs trials; accuracies count every trial once. */
export function curveFindings({ curves, clean, trialWeights: weights }: MeasuredCurves): CurveFindings {
  const once = new Float64Array(weights.length).fill(1);
  const numbers: Finding[] = [];
  if (clean.right !== undefined) {
    const value = weightedMean(clean.right, once).mean;
    numbers.push({ name: "accuracyClean", meaning: "share of trials decided rightly without perturbation", value });
  }
  const value = weightedMean(clean.losses, weights).mean;
  numbers.push({ name: "lossClean", meaning: "loss without perturbation", value });
  const curveRows: FindingRow[] = [];
  const areaRows: FindingRow[] = [];
  for (const { perturbation, points } of curves) {
    const { name, strength: unit } = perturbation;
    const title = camelCase(`-${name}`);
    for (const { strength, losses, right, norms } of points) {
      const loss = weightedMean(losses, weights);
      const accuracy = right === undefined ? null : weightedMean(right, once).mean;
      const interval = accuracy === null ? undefined : wilsonInterval(accuracy, weights.length, confidence);
      curveRows.push({
        perturbation: name,
        strength,
        accuracy,
        accuracyLow: interval?.low ?? null,
        accuracyHigh: interval?.high ?? null,
        loss: loss.mean,
        lossLow: loss.low,
        lossHigh: loss.high,
        norm: weightedMean(norms, once).mean,
      });
    }
    const last = points[points.length - 1];
    const lossArea = weightedMean(
      areas(points, ({ losses }) => losses),
      weights,
    );
    const hasRight = last.right !== undefined;
    const area = hasRight
      ? weightedMean(
          areas(points, ({ right }) => right ?? once),
          once,
        )
      : undefined;
    const accuracy = last.right === undefined ? null : weightedMean(last.right, once).mean;
    const loss = weightedMean(last.losses, weights).mean;
    areaRows.push({
      perturbation: name,
      meaning: unit,
      strongest: last.strength,
      accuracy,
      area: area?.mean ?? null,
      areaLow: area?.low === undefined || area.low === null ? null : Math.max(0, area.low),
      areaHigh: area?.high === undefined || area.high === null ? null : Math.min(1, area.high),
      loss,
      lossArea: lossArea.mean,
      lossAreaLow: lossArea.low,
      lossAreaHigh: lossArea.high,
    });
    const quantity = accuracy === null ? "loss" : "accuracy";
    const over = `mean ${quantity} from 0 to ${last.strength} of ${name}`;
    if (area !== undefined) numbers.push({ name: `area${title}`, meaning: over, value: area.mean });
    else numbers.push({ name: `lossArea${title}`, meaning: over, value: lossArea.mean });
    for (const [place, row] of curveRows.slice(1 - points.length).entries()) {
      const at = `at ${row.strength} of ${name}`;
      const meaning = accuracy === null ? `loss ${at}` : `share of trials decided rightly ${at}`;
      numbers.push({ name: `${quantity}${title}Level${place + 1}`, meaning, value: row[quantity] as number });
    }
  }
  return { numbers, tables: [curveTable(curveRows), areaTable(areaRows)] };
}

const curveTable = (rows: readonly FindingRow[]): FindingTable => ({
  name: "curves",
  meaning: "Accuracy and loss against the strength of each perturbation.",
  columns: [
    { name: "perturbation", meaning: "how the input is changed" },
    { name: "strength", meaning: "how much, in the perturbation's own unit; 0 is the clean input" },
    { name: "accuracy", meaning: "share of trials decided rightly, mean over repeats" },
    { name: "accuracyLow", meaning: "lower end of its 95 % interval over trials (Wilson)" },
    { name: "accuracyHigh", meaning: "upper end of it" },
    { name: "loss", meaning: "loss, mean over trials and repeats" },
    { name: "lossLow", meaning: "lower end of its 95 % interval over trials (Student)" },
    { name: "lossHigh", meaning: "upper end of it" },
    { name: "norm", meaning: "mean l2 norm of the change of a trial" },
  ],
  rows,
});

const areaTable = (rows: readonly FindingRow[]): FindingTable => ({
  name: "areas",
  meaning: "Area under each curve, divided by the largest strength: the mean over strengths.",
  columns: [
    { name: "perturbation", meaning: "how the input is changed" },
    { name: "meaning", meaning: "what its strength is" },
    { name: "strongest", meaning: "largest strength" },
    { name: "accuracy", meaning: "accuracy there" },
    { name: "area", meaning: "mean accuracy over strengths, by trapezoids" },
    { name: "areaLow", meaning: "lower end of its 95 % interval over trials (Student)" },
    { name: "areaHigh", meaning: "upper end of it" },
    { name: "loss", meaning: "loss at the largest strength" },
    { name: "lossArea", meaning: "mean loss over strengths, by trapezoids" },
    { name: "lossAreaLow", meaning: "lower end of its 95 % interval over trials (Student)" },
    { name: "lossAreaHigh", meaning: "upper end of it" },
  ],
  rows,
});
