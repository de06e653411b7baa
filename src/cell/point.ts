/** Values of the states of a cell, by name. */
import { ParameterError, ShapeError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import { scalarAxis } from "./axis.ts";
import { add, type Expression, mul, type Operand } from "./expression.ts";

/** A value for each of some states. */
export type Point = Readonly<Record<string, Expression>>;

/** A point moved by further ones; states that are in none of them stay. */
export function moved(at: Point, ...by: readonly Point[]): Point {
  return Object.fromEntries(
    Object.entries(at).map(([name, value]) => {
      const terms = by.flatMap((point) => (name in point ? [point[name]] : []));
      return [name, terms.length === 0 ? value : add(value, ...terms)];
    }),
  );
}

/** Every value of a point times a factor. */
export function scaled(factor: Operand, point: Point): Point {
  return mapped(point, (value) => mul(factor, value));
}

export function mapped(point: Point, make: (value: Expression, name: string) => Expression): Point {
  return Object.fromEntries(Object.entries(point).map(([name, value]) => [name, make(value, name)]));
}

/**
 * What equations returned, as it is, if it gives every state a value along its axis or one number.
 *
 * @param what such a value is called
 * @throws ParameterError for a missing or unknown state, ShapeError for another axis
 */
export function checkedPoint(place: string, what: string, state: Point, values: Point): Point {
  for (const [name, { axis }] of Object.entries(state)) {
    const value = values[name];
    if (value === undefined) {
      throw new ParameterError({
        place,
        rule: `the equations must return every state, "${name}" is missing (got ${Object.keys(values).join(", ")})`,
        remedy: `return { ${Object.keys(state).join(", ")} }`,
      });
    }
    if (value.axis !== axis && value.axis !== null && value.axis !== scalarAxis) {
      throw new ShapeError({
        place: `${place}, state ${name}`,
        rule: `the ${what} must lie along ${axis}, got ${value.axis}`,
        remedy: "bring it to the state's axis with a matrix or a slice",
      });
    }
  }
  for (const name of Object.keys(values))
    if (!(name in state)) throw unknownName(`state of ${place}`, name, Object.keys(state));
  return values;
}
