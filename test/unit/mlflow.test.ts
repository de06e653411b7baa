/** Runs go to an MLflow server once, as a whole, whatever happens on the way. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CapabilityError, ParameterError } from "../../src/core/errors.ts";
import { mlflow } from "../../src/platform/node/exporters/mlflow.ts";
import { mlflowClient } from "../../src/platform/node/exporters/mlflow-client.ts";
import { completeRun } from "../helpers/complete-run.ts";
import { type MlflowServer, mlflowServer } from "../helpers/mlflow-server.ts";

let server: MlflowServer;
beforeEach(async () => {
  server = await mlflowServer();
  for (const name of ["TOKEN", "USERNAME", "PASSWORD"]) vi.stubEnv(`MLFLOW_TRACKING_${name}`, "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const never = new AbortController().signal;
const open = (experiment = "noise", signal = never) => mlflow.open({ to: server.address, experiment }, signal);
const client = (signal = never) =>
  mlflowClient({
    server: server.address,
    credentials: { token: undefined, username: undefined, password: undefined },
    signal,
    firstPause: 1,
  });
const search = { method: "GET", path: "experiments/get-by-name", content: { experiment_name: "noise" } } as const;

describe("a run of 400 updates", () => {
  test("is one finished run with its times, its specification as parameters, and every number once", async () => {
    const run = await completeRun(400);
    expect(await (await open()).write(run)).toBe("written");

    expect([...server.experiments.keys()]).toEqual(["noise"]);
    expect(server.runs).toHaveLength(1);
    const [{ name, status, startTime, endTime, tags, params, metrics }] = server.runs;
    expect({ name, status }).toEqual({
      name: "function-approximation, ctrnn, inside 0.5, seed 3",
      status: "FINISHED",
    });
    expect(endTime).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    expect(endTime! - startTime).toBe(60_500);
    expect(tags.get("noisy-rnn.id")).toBe(run.record.id);
    expect(tags.get("noisy-rnn.outcome")).toBe("completed");

    expect(Object.fromEntries(params)).toMatchObject({
      "task.name": "function-approximation",
      "task.options.stepCount": "6",
      "network.noise.0.intensity": "0.5",
      "network.cell": "ctrnn",
      "training.learningRate": "0.003",
      "evaluation.intensities": "[0,1e-9,0.21,1.5]",
      "engine.precision": "float64",
      seed: "3",
    });

    // Four numbers of each update, three of each of four intensities; losses of single draws are left out.
    expect(metrics).toHaveLength(4 * 400 + 3 * 4);
    const of = (key: string) => metrics.filter((metric) => metric.key === key);
    expect(of("training-loss").map(({ step }) => step)).toEqual(Array.from({ length: 400 }, (_, k) => k));
    expect(of("training-loss")[399].value).toBe(1 / 400);
    expect(of("training-gradient-norm")[2].value).toBe("Infinity");
    expect(of("test-loss/0.21")).toEqual([
      { key: "test-loss/0.21", value: 1 + 0.3 * 0.7, timestamp: endTime, step: 400 },
    ]);
    expect(of("test-loss/1e-9")).toHaveLength(1);
    expect(of("test-variance/0")[0].value).toBe("NaN");
  });

  test("needs 1 request for its parameters and 2 for its 1612 metrics", async () => {
    await (await open()).write(await completeRun(400));
    expect(server.requests.filter((name) => name === "POST runs/log-batch")).toHaveLength(3);
  });

  test("written again is left out, and made again is another run", async () => {
    const run = await completeRun(400);
    await (await open()).write(run);
    const before = server.requests.length;
    expect(await (await open()).write(run)).toBe("present");
    expect(server.requests.slice(before)).toEqual(["GET experiments/get-by-name", "POST runs/search"]);

    const later = await completeRun(400, 3, { finishedAt: "2026-02-02T03:04:05.678Z" });
    expect(await (await open()).write(later)).toBe("written");
    const other = await completeRun(400, 4);
    expect(await (await open()).write(other)).toBe("written");
    expect(server.runs).toHaveLength(3);
    // Another experiment knows nothing of it.
    expect(await (await open("other")).write(run)).toBe("written");
  });

  test.each([1, 2, 3])("interrupted at batch %i goes on there, without a number twice", async (batch) => {
    const run = await completeRun(400);
    const stop = new AbortController();
    server.fault = (request, count) => {
      if (request !== "POST runs/log-batch" || count !== batch - 1) return undefined;
      stop.abort();
      return { kind: "break", isCarriedOut: false };
    };
    await expect((await open("noise", stop.signal)).write(run)).rejects.toThrow();
    server.fault = () => undefined;
    expect(server.runs[0].status).toBe("RUNNING");

    expect(await (await open()).write(run)).toBe("written");
    expect(server.runs).toHaveLength(1);
    expect(server.runs[0].status).toBe("FINISHED");
    expect(server.runs[0].metrics).toHaveLength(4 * 400 + 3 * 4);
  });

  test("whose creation is carried out but never answered is still one run", async () => {
    server.fault = (request, count) =>
      request === "POST runs/create" && count === 0 ? { kind: "break", isCarriedOut: true } : undefined;
    expect(await (await open()).write(await completeRun(4))).toBe("written");
    expect(server.runs).toHaveLength(1);
    expect(server.runs[0].status).toBe("FINISHED");
  });
});

test("a run that diverged is FAILED, with the numbers that it has", async () => {
  const run = await completeRun(4, 3, {
    outcome: { kind: "diverged", update: 3, quantity: "loss", gradientNorms: [], advice: "less" },
  });
  await (await open()).write({ ...run, metrics: { ...run.metrics, sweep: [] } });
  expect(server.runs[0].status).toBe("FAILED");
  expect(server.runs[0].tags.get("noisy-rnn.outcome")).toBe("diverged");
  expect(server.runs[0].tags.get("noisy-rnn.cause")).toBe("diverged: loss");
  expect(server.runs[0].metrics).toHaveLength(16);
});

test("a parameter longer than 500 characters ends in ...", async () => {
  const run = await completeRun(1);
  const intensities = Array.from({ length: 200 }, (_, i) => i / 200);
  await (await open()).write({ ...run, spec: { ...run.spec, evaluation: { ...run.spec.evaluation!, intensities } } });
  const text = server.runs[0].params.get("evaluation.intensities")!;
  expect(text).toHaveLength(500);
  expect(text).toMatch(/^\[0,0\.005,.*\.\.\.$/);
});

describe("the experiment", () => {
  test("is made once, and used by its name", async () => {
    await open("first");
    await open("second");
    await open("first");
    expect(server.requests.filter((name) => name === "POST experiments/create")).toHaveLength(2);
  });

  test("that somebody else makes in the same moment is used", async () => {
    server.fault = (request) => {
      if (request === "POST experiments/create") server.experiments.set("noise", { id: "7", stage: "active" });
      return undefined;
    };
    await (await open()).write(await completeRun(1));
    expect(server.runs[0].experiment).toBe("7");
  });

  test("that was deleted is refused with the command that restores it", async () => {
    server.experiments.set("noise", { id: "7", stage: "deleted" });
    await expect(open()).rejects.toThrow(/--experiment: must not be .*"noise".*--experiment-id 7/);
  });
});

describe("a server in trouble", () => {
  test.each([429, 500, 502, 503, 504])("that answers %i twice is asked a third time", async (status) => {
    server.experiments.set("noise", { id: "7", stage: "active" });
    server.fault = (_, count) => (count < 2 ? { kind: "answer", status } : undefined);
    expect(await client().call(search)).toMatchObject({ experiment: { experiment_id: "7" } });
    expect(server.requests).toHaveLength(3);
  });

  test("that asks for a pause of 1 s gets it", async () => {
    server.experiments.set("noise", { id: "7", stage: "active" });
    server.fault = (_, count) =>
      count === 0 ? { kind: "answer", status: 429, headers: { "retry-after": "1" } } : undefined;
    const begun = performance.now();
    await client().call(search);
    expect(performance.now() - begun).toBeGreaterThan(950);
  });

  test("that never answers well is given up after 6 attempts, with what it said", async () => {
    server.fault = () => ({ kind: "answer", status: 503 });
    const call = client().call(search);
    await expect(call).rejects.toThrow(CapabilityError);
    await expect(call).rejects.toThrow(/in 6 attempts: 503 TEMPORARILY_UNAVAILABLE: later/);
    expect(server.requests).toHaveLength(6);
  });

  test("that is not there is given up too, with the reason", async () => {
    await server.close();
    await expect(client().call(search)).rejects.toThrow(/experiments\/get-by-name must be answered.*ECONNREFUSED/);
    server = await mlflowServer();
  });

  test("is not asked again once the user has stopped", async () => {
    const stop = new AbortController();
    server.fault = () => {
      setTimeout(() => stop.abort(), 20);
      return { kind: "answer", status: 503, headers: { "retry-after": "60" } };
    };
    await expect(client(stop.signal).call(search)).rejects.toThrow();
    expect(server.requests).toHaveLength(1);
  });
});

describe("who may write", () => {
  const basic = `Basic ${Buffer.from("eva:sesame").toString("base64")}`;
  test.each([
    ["a token", { TOKEN: "abc" }, "Bearer abc"],
    ["name and password", { USERNAME: "eva", PASSWORD: "sesame" }, basic],
    ["name and password before a token", { USERNAME: "eva", PASSWORD: "sesame", TOKEN: "abc" }, basic],
  ])("%s from the environment", async (_, variables, expected) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(`MLFLOW_TRACKING_${name}`, value);
    server.authorization = expected;
    expect(await (await open()).write(await completeRun(1))).toBe("written");
  });

  test("without it the answer names the variables, at the first request", async () => {
    server.authorization = "Bearer abc";
    await expect(open()).rejects.toThrow(/401 UNAUTHENTICATED: who are you\?; set MLFLOW_TRACKING_TOKEN/);
    expect(server.requests).toHaveLength(1);
  });

  test.each(["localhost:5000", "ftp://localhost", "http://eva:sesame@localhost", "http://localhost/?a=1", ""])(
    "%s is no address of a server",
    async (to) => {
      await expect(mlflow.open({ to, experiment: "noise" }, never)).rejects.toThrow(ParameterError);
    },
  );

  test("an address that is no MLflow server is told at the first request", async () => {
    const elsewhere = mlflow.open({ to: `${server.address}/elsewhere`, experiment: "noise" }, never);
    await expect(elsewhere).rejects.toThrow(/must accept experiments\/get-by-name, got 404/);
  });
});
