import { numberText } from "../../../figure/wording.ts";
import type { FoundNumber } from "../../reproduction/findings.ts";

/** "noise inside, trained at 0.5, hidden units 64" */
export function placeText({ site, trainIntensity, label }: FoundNumber): string {
  return [`noise ${site}`, `trained at ${numberText(trainIntensity)}`, label].filter((part) => part !== "").join(", ");
}
