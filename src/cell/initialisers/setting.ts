import { ParameterError } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import { elementCount } from "../../core/tensor.ts";
import type { Initialiser } from "./contract.ts";

/** Every element the value of a numeric setting of the cell. */
export const setting: Initialiser = {
  name: "setting",
  summary: "every element the value of a setting of the cell",
  references: [],
  options: { of: { type: "text", default: "step", remedy: 'name a setting of the cell, for example of: "alpha"' } },
  prepare: ({ parameter, rawShape, settings }, { of }) => {
    const value = settings[of as string];
    const place = `setting for ${parameter}`;
    if (value === undefined) throw unknownName("setting of the cell", of as string, Object.keys(settings), place);
    if (typeof value !== "number") {
      const rule = `needs a setting that is a number, got ${of} = ${JSON.stringify(value)}`;
      throw new ParameterError({ place, rule, remedy: "name another setting, or take the initialiser constant" });
    }
    return () => new Float64Array(elementCount(rawShape)).fill(value);
  },
};
