import type { Schedule } from "../contract.ts";

/** The same learning rate throughout. */
export const constant: Schedule = {
  name: "constant",
  summary: "The same learning rate throughout.",
  references: [],
  options: {},
  factor: () => 1,
};
