import { writeFileSync } from "node:fs";
import { test } from "vitest";
import { reportPage } from "../../src/figure/report.ts";
import { exampleReport } from "./report-example.ts";

test("preview", async () => {
  writeFileSync("/tmp/fig/report.html", reportPage(await exampleReport({ seeds: 3 })));
  writeFileSync(
    "/tmp/fig/report-full.html",
    reportPage(
      await exampleReport({
        trainIntensities: [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1],
        seeds: 10,
        tasks: ["function-approximation", "mnist-rows", "ecg5000"],
      }),
    ),
  );
}, 60000);
