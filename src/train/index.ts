/** Training: losses, optimisers, schedules and the loop. */
export type { Best, Checkpoint, History, TrainingRow, ValidationRow } from "./checkpoint.ts";
export type {
  Judged,
  Loss,
  LossMeasure,
  Optimiser,
  OptimiserState,
  Place,
  Schedule,
  UpdateCall,
  UpdateResult,
} from "./contract.ts";
export {
  type Diverged,
  type DivergedQuantity,
  type RecurrentStability,
  recurrentStability,
} from "./divergence.ts";
export { losses } from "./losses/registry.ts";
export { prepareOptimiser } from "./optimisers/prepared.ts";
export { optimisers } from "./optimisers/registry.ts";
export {
  type EarlyStopping,
  type TrainOptions,
  type TrainOptionsInput,
  trainOptions,
  type ValidationOptions,
} from "./options.ts";
export { schedules } from "./schedules/registry.ts";
export { type PartScore, type Score, type ScoreCall, score } from "./score.ts";
export { spectralRadius } from "./stability.ts";
export {
  type TrainCall,
  type TrainHooks,
  type TrainOutcome,
  type TrainProgress,
  type TrainResult,
  train,
  trainStack,
} from "./train.ts";
