/** The 15 tasks of driscoll2024 with few channels, after their published code. */
import type { Suite } from "./contract.ts";
import { delayedDecisionTask, type Evidence } from "./decisions.ts";
import { fullTurn, sineAndCosine } from "./directions.ts";
import { between, type Law } from "./draws.ts";
import { delayedGoTask, goTask, reactionTask } from "./go.ts";
import { sameCategoryTask, sameDirectionTask } from "./matches.ts";

const range = (from: number, to: number): Law => ({ between: [from, to] });

const response = range(300, 700);
const long = range(200, 1600);
const go = { fixation: range(300, 700), stimulus: range(200, 1500), response };
const reaction = { fixation: range(500, 2500), response: range(300, 1700) };
const delayedGo = { fixation: range(300, 700), stimulus: long, delay: long, response };
const delayedDecision = {
  fixation: range(200, 600),
  "stimulus 1": long,
  "delay 1": long,
  "stimulus 2": long,
  "delay 2": range(100, 300),
  response,
};
const match = { fixation: range(200, 600), "stimulus 1": long, delay: long, response };

const apart = (name: string, title: string, evidence: Evidence) =>
  delayedDecisionTask(
    { name, title, evidence, split: range(0.005, 0.8), coherence: range(0.005, 0.8) },
    delayedDecision,
  );
const category = (name: string, title: string, respondTo: "match" | "difference") =>
  sameCategoryTask({ name, title, respondTo }, match, (draw) => between(draw, 0, fullTurn));

export const driscoll2024: Suite = {
  name: "driscoll2024",
  members: [
    goTask({ name: "fdgo", title: "Go", anti: false }, go),
    reactionTask({ name: "reactgo", title: "RT Go", anti: false }, reaction),
    delayedGoTask({ name: "delaygo", title: "Dly Go", anti: false }, delayedGo),
    goTask({ name: "fdanti", title: "Anti", anti: true }, go),
    reactionTask({ name: "reactanti", title: "RT Anti", anti: true }, reaction),
    delayedGoTask({ name: "delayanti", title: "Dly Anti", anti: true }, delayedGo),
    apart("delaydm1", "Dly DM 1", { alone: 0 }),
    apart("delaydm2", "Dly DM 2", { alone: 1 }),
    apart("contextdelaydm1", "Ctx Dly DM 1", { attended: 0 }),
    apart("contextdelaydm2", "Ctx Dly DM 2", { attended: 1 }),
    apart("multidelaydm", "MultSen Dly DM", { added: true }),
    sameDirectionTask({ name: "dmsgo", title: "DMS", respondTo: "match" }, match),
    sameDirectionTask({ name: "dmsnogo", title: "DNMS", respondTo: "difference" }, match),
    category("dmcgo", "DMC", "match"),
    category("dmcnogo", "DNMC", "difference"),
  ],
  code: sineAndCosine,
  baseline: 0,
  fixation: 0.8,
  tolerance: 0.1 * Math.PI,
  readout: "linear",
};
