/** C text of the vector routines that interpreted scans are made of: one per operation, from the same table. */
import { type ElementwiseOp, elementwise } from "../../cell/operations.ts";

/** Exported name of an element-wise routine. */
export const routineName = (op: ElementwiseOp): string => `op_${op}`;

export function routinesText(): string {
  const element = Object.entries(elementwise).map(([op, rule]) => {
    const letters = ["a", "b", "c"].slice(0, rule.arity);
    const parameters = letters.map((letter) => `const real *${letter}, int ${letter}_step`).join(", ");
    const reads = letters.map((letter) => `*(const vreal *)(${letter} + n * ${letter}_step + v * VL)`);
    return [
      `EXPORT(${routineName(op as ElementwiseOp)})(real *to, ${parameters}, int rows, int vectors) {`,
      "  for (int n = 0; n < rows; n++)",
      `    for (int v = 0; v < vectors; v++) *(vreal *)(to + n * PANEL + v * VL) = ${rule.c(...reads)};`,
      "}",
    ].join("\n");
  });
  return ['#include "elementary.h"', '#include "routines.h"', "", ...element, ""].join("\n");
}
