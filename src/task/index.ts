/** Tasks: from trial indices to trials. */
export type {
  Channel,
  DataFile,
  Period,
  Split,
  Target,
  Task,
  TaskDefinition,
  TaskResources,
  TrialBatch,
} from "./contract.ts";
export { type Dataset, type DatasetFile, type DatasetForm, datasets } from "./datasets.ts";
export { tasks } from "./registry.ts";
export {
  classificationTask,
  type LabelledSequences,
  type StoredTrials,
  storedTrialsTask,
} from "./sequences.ts";
export { type TargetFunction, targetFunctions } from "./target-function/named.ts";
export { type Canvas, type TrialGrammar, trialTask, wholeTrial } from "./trial.ts";
