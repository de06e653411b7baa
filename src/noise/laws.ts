import { registry } from "../core/registry.ts";
import type { NoiseLaw } from "./contract.ts";

export interface LawDefinition {
  readonly name: NoiseLaw;
  /** One sentence: what the intensity is, and where the law fits. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  /** Mean 0 and standard deviation equal to the intensity, so that a change of scale keeps its meaning. */
  readonly scalable: boolean;
  /** The intensity lies below this. */
  readonly below: number;
}

/**
 * What noise is drawn from; the numbers themselves are made in core/random/laws.ts.
 *
 * | law | draw at intensity s | mean | variance | fits |
 * | --- | --- | --- | --- | --- |
 * | gaussian | s z, z ~ N(0, 1) | 0 | s^2 | every site |
 * | uniform | s sqrt(12) u, u ~ U(-1/2, 1/2) | 0 | s^2 | every site; bounded by sqrt(3) s |
 * | uniform-decrement | -s u, u ~ U(0, 1) | -s/2 | s^2/12 | `update`, where the factor 1 + draw is U(1 - s, 1) |
 * | bernoulli | -1 with probability s, else s/(1 - s) | 0 | s/(1 - s) | multiplicative sites, where 1 + draw is 0 or 1/(1 - s) |
 * | rademacher | s or -s | 0 | s^2 | every site; the cheapest law with a white limit |
 *
 * Every law may be used at every site; where it does not fit, it is what the table says and no more.
 */
export const laws = registry<LawDefinition>("noise law", [
  {
    name: "gaussian",
    summary: "normal with standard deviation = intensity; for every site",
    references: [],
    scalable: true,
    below: Number.POSITIVE_INFINITY,
  },
  {
    name: "uniform",
    summary: "uniform and centred with standard deviation = intensity; for every site where large draws must not occur",
    references: [],
    scalable: true,
    below: Number.POSITIVE_INFINITY,
  },
  {
    name: "uniform-decrement",
    summary: "uniform on (-intensity, 0); at the site update the factor is uniform on (1 - intensity, 1)",
    references: ["lim2021"],
    scalable: false,
    below: Number.POSITIVE_INFINITY,
  },
  {
    name: "bernoulli",
    summary: "-1 with probability = intensity, else the value that makes the mean 0: dropout at multiplicative sites",
    references: ["srivastava2014"],
    scalable: false,
    below: 1,
  },
  {
    name: "rademacher",
    summary: "plus or minus the intensity with equal probability; for every site",
    references: [],
    scalable: true,
    below: Number.POSITIVE_INFINITY,
  },
]);
