import { add } from "../../cell/expression.ts";
import type { SiteDefinition } from "../contract.ts";

/** Added to every input channel at every step: u + xi. */
export const input: SiteDefinition = {
  name: "input",
  summary: "added to every input channel",
  references: [],
  multiplicative: false,
  perTrial: false,
  leaves: () => ["input"],
  onIncrement: () => false,
  wrapper: (_source, _covered, _cell, draw) => ({
    input: (value, tracer) => add(value, draw(tracer, "input", "input")),
  }),
};
