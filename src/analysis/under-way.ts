import { InterruptedError } from "../core/errors.ts";
import type { AnalysisCall } from "./contract.ts";

/**
 * Says how far an analysis is, and ends it when its caller asks for that.
 *
 * @param share of the work done, 0..1
 * @throws InterruptedError
 */
export function underWay({ onProgress, shouldStop }: AnalysisCall, share: number, what: string): void {
  onProgress?.(share, what);
  if (shouldStop?.() === true) throw new InterruptedError(what);
}
