import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SpecIssue } from "../../src/core/errors.ts";
import { fileAxes } from "../../src/study/study-file/axis-list.ts";
import { studyOf } from "../../src/study/study-file/document.ts";
import { points } from "../../src/study/study-file/points.ts";
import { studySchema } from "../../src/study/study-file/schema.ts";
import { conditions, planned, studyContent } from "../helpers/study-files.ts";

/** Paths that do not touch each other, with values that all networks can have. */
const paths = {
  hiddenSize: [1, 2, 3, 4, 5],
  cell: ["ctrnn", "gru", "rate"],
  "noise.intensity": [0, 0.1, 0.2, 0.5],
  "training.learningRate": [0.1, 0.01, 0.001],
  "training.warmUp": [0, 1, 2],
  precision: ["float32", "float64"],
} as const;
type Path = keyof typeof paths;

const valuesOf = (path: Path) => fc.subarray<unknown>([...paths[path]], { minLength: 1 });

/** Some of the paths, in any order, each with some of its values. */
const axes = fc
  .shuffledSubarray(Object.keys(paths) as Path[], { minLength: 1 })
  .chain((chosen) => fc.tuple(...chosen.map((path) => fc.tuple(fc.constant(path), valuesOf(path)))));

/** A group that nests: products of products, unions and values with axes of their own. */
const nestedAxes = axes.chain((entries) =>
  fc
    .tuple(fc.constant(entries), fc.array(fc.constantFrom("product", "union", "below"), { maxLength: 3 }))
    .map(([rest, shapes]) =>
      shapes.reduce<Record<string, unknown>>(
        (group, shape, depth) => {
          if (shape === "product") return { product: [group] };
          if (shape === "union") return { union: [group, { set: { "task.stepCount": 7 + depth } }] };
          return { "settings.alpha": [{ value: 0.1, axes: "settings.alpha" in group ? {} : group }] };
        },
        Object.fromEntries(rest) as Record<string, unknown>,
      ),
    ),
);

const scalar = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
);
const numbers = fc.array(fc.integer({ min: -1, max: 4 }), { minLength: 2, maxLength: 4 });

/** Values in every form that may stand under a path, and in some that may not. */
const anyValues = fc.oneof(
  fc.uniqueArray(
    fc.oneof(scalar, fc.record({ value: scalar }), fc.record({ value: scalar, label: scalar, more: scalar })),
    {
      maxLength: 3,
    },
  ),
  fc.record(
    { choice: fc.uniqueArray(scalar, { maxLength: 2 }), as: fc.constantFrom("a", "b", 3) },
    { requiredKeys: ["choice"] },
  ),
  fc.record({ range: numbers }),
  fc.record({ logspace: numbers, extra: fc.constant(1) }, { requiredKeys: ["logspace"] }),
  fc.record({ choice: fc.constant([1]), range: fc.constant([0, 1, 1]) }),
  scalar,
);

describe("a study file", () => {
  test("spans the product of the numbers of its values, in any order of its axes (100 studies)", async () => {
    await fc.assert(
      fc.asyncProperty(axes, fc.integer({ min: 1, max: 3 }), async (entries, seeds) => {
        const { runs, study } = await planned({ axes: Object.fromEntries(entries), seeds });
        const count = entries.reduce((product, [, values]) => product * values.length, 1);
        expect(runs.length).toBe(count * seeds);
        expect(new Set(runs.map(({ id }) => id)).size).toBe(count * seeds);
        expect(study.axes.map(({ values }) => values)).toEqual(entries.map(([, values]) => values));
      }),
      { numRuns: 100 },
    );
  });

  test("its resolved document is the same study again, as an object and through JSON (100 studies)", () => {
    fc.assert(
      fc.property(nestedAxes, fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 3 }), (group, seeds) => {
        const content = studyContent({ axes: group, seeds, question: "?", analyses: ["preference"] });
        const study = studyOf(content, "study");
        expect(study.document).toEqual(content);
        expect(studyOf(study.document, "again")).toEqual(study);
        expect(studyOf(JSON.parse(JSON.stringify(study.document)), "again")).toEqual(study);
      }),
      { numRuns: 100 },
    );
  });

  test("a product of one group, and a union of one group, are the group (50 studies)", async () => {
    await fc.assert(
      fc.asyncProperty(axes, async (entries) => {
        const group = Object.fromEntries(entries);
        const plain = await conditions({ axes: group });
        expect(await conditions({ axes: { product: [group] } })).toEqual(plain);
        expect(await conditions({ axes: { union: [group] } })).toEqual(plain);
        expect(await conditions({ axes: { product: entries.map((entry) => Object.fromEntries([entry])) } })).toEqual(
          plain,
        );
      }),
      { numRuns: 50 },
    );
  });

  test("axes that the reader takes, the outline takes too, and they come to at least one point (1000 files)", () => {
    let taken = 0;
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("cell", "hiddenSize", "training.warmUp", "zip"), anyValues),
        (group) => {
          const issues: SpecIssue[] = [];
          const { root } = fileAxes(group, {}, issues);
          if (issues.length > 0) return;
          taken++;
          expect(studySchema.safeParse({ axes: group }).error).toBeUndefined();
          expect([...points(root, null)].length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  test("the outline refuses nothing in axes without an issue of the reader (500 files)", () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("cell", "hiddenSize", "training.warmUp"), anyValues), (group) => {
        if (studySchema.safeParse({ axes: group }).success) return;
        refused++;
        const issues: SpecIssue[] = [];
        fileAxes(group, {}, issues);
        expect(issues.every(({ path }) => path.startsWith("axes."))).toBe(true);
        expect(issues.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(50);
  });
});
