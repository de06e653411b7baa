/** The 20 tasks of yang2019, after their published code. */
import type { Member, Suite } from "./contract.ts";
import { decisionTask, delayedDecisionTask, type Evidence } from "./decisions.ts";
import { ring } from "./directions.ts";
import { type Law, oneOf } from "./draws.ts";
import { delayedGoTask, goTask, reactionTask } from "./go.ts";
import { sameCategoryTask, sameDirectionTask } from "./matches.ts";

const among = (...values: number[]): Law => ({ oneOf: values });
const range = (from: number, to: number): Law => ({ between: [from, to] });

const response = among(500);
const go = { fixation: range(300, 700), stimulus: range(500, 1500), response };
const reaction = { fixation: range(500, 2500), response };
const delays = among(200, 400, 800, 1600);
const delayedGo = { fixation: among(300, 500, 700), stimulus: among(200, 400, 600), delay: delays, response };
const decision = { fixation: range(100, 400), stimuli: among(400, 800, 1600), response };
const delayedDecision = {
  fixation: among(200, 400, 600),
  "stimulus 1": among(200, 400, 600),
  "delay 1": delays,
  "stimulus 2": among(200, 400, 600),
  "delay 2": range(100, 300),
  response,
};
const match = { fixation: among(200, 400, 600), "stimulus 1": among(200, 400, 600), delay: delays, response };
const categoryMatch = { ...match, response: among(200, 400, 600) };
const categoryDirections = [0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.5, 1.7, 1.9].map((share) => share * Math.PI);

/**
 * @param ringSize channels of each ring, 32 in the source
 * @param easy larger differences in strength: 10 times, of delayed decisions 2 times those of the source
 */
export function yang2019(ringSize: number, easy: boolean): Suite {
  return {
    name: "yang2019",
    members: members(easy),
    code: ring(ringSize),
    baseline: 0.05,
    fixation: 0.8,
    tolerance: 0.2 * Math.PI,
    readout: "sigmoid",
  };
}

function members(easy: boolean): readonly Member[] {
  const scaled = (factor: number, ...values: number[]) => among(...values.map((c) => (easy ? factor * c : c)));
  const split = range(0.2, 0.8);
  const together = (name: string, title: string, evidence: Evidence, weight = 1) =>
    decisionTask({ name, title, evidence, weight, split, coherence: scaled(10, 0.01, 0.02, 0.04, 0.08) }, decision);
  const apart = (name: string, title: string, evidence: Evidence) =>
    delayedDecisionTask({ name, title, evidence, split, coherence: scaled(2, 0.08, 0.16, 0.32) }, delayedDecision);
  const category = (name: string, title: string, respondTo: "match" | "difference") =>
    sameCategoryTask({ name, title, respondTo }, categoryMatch, (draw) => oneOf(draw, categoryDirections));
  return [
    goTask({ name: "fdgo", title: "Go", anti: false }, go),
    reactionTask({ name: "reactgo", title: "RT Go", anti: false }, reaction),
    delayedGoTask({ name: "delaygo", title: "Dly Go", anti: false }, delayedGo),
    goTask({ name: "fdanti", title: "Anti", anti: true }, go),
    reactionTask({ name: "reactanti", title: "RT Anti", anti: true }, reaction),
    delayedGoTask({ name: "delayanti", title: "Dly Anti", anti: true }, delayedGo),
    together("dm1", "DM 1", { alone: 0 }),
    together("dm2", "DM 2", { alone: 1 }),
    together("contextdm1", "Ctx DM 1", { attended: 0 }, 5),
    together("contextdm2", "Ctx DM 2", { attended: 1 }, 5),
    together("multidm", "MultSen DM", { added: true }),
    apart("delaydm1", "Dly DM 1", { alone: 0 }),
    apart("delaydm2", "Dly DM 2", { alone: 1 }),
    apart("contextdelaydm1", "Ctx Dly DM 1", { attended: 0 }),
    apart("contextdelaydm2", "Ctx Dly DM 2", { attended: 1 }),
    apart("multidelaydm", "MultSen Dly DM", { added: true }),
    sameDirectionTask({ name: "dmsgo", title: "DMS", respondTo: "match" }, match),
    sameDirectionTask({ name: "dmsnogo", title: "DNMS", respondTo: "difference" }, match),
    category("dmcgo", "DMC", "match"),
    category("dmcnogo", "DNMC", "difference"),
  ];
}
