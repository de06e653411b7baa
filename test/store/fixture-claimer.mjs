/**
 * A process that claims runs of a store, each publishing what names the process. See claims.test.ts.
 *
 * Parameters: folder, number of ids, what to do: "all" claims every id once and finishes what it got; "hold" claims the
 * first id, says so and waits to be killed, or told to publish.
 */
import { createHash } from "node:crypto";
import { openStore } from "../../dist/platform/node/store/open.js";
import { publishRun } from "../../dist/platform/node/store/publish.js";

const [folder, count, deed] = process.argv.slice(2);
const ids = Array.from({ length: Number(count) }, (_, i) => createHash("sha256").update(`run ${i}`).digest("hex"));

/** @param {string} text */
const say = (text) => new Promise((resolve) => process.stdout.write(`${text}\n`, resolve));

const store = await openStore(folder, { mode: "write", times: { beat: 100, lease: 1500 } });
const member = await store.join("test");
await say("ready");
if (deed === "hold") {
  const answer = await member.claim(ids[0]);
  await say(answer.kind);
  await new Promise((resolve) => process.stdin.once("data", resolve));
  if (answer.kind === "claimed") {
    await say(await publishRun(answer.claim.place, { "record.json": new TextEncoder().encode("made late") }));
  }
  process.exit(0);
} else {
  // all begin with the same run at the same moment
  await new Promise((resolve) => process.stdin.once("data", resolve));
  for (const id of ids) {
    const answer = await member.claim(id);
    await say(`${answer.kind} ${id}`);
    if (answer.kind !== "claimed") continue;
    const { place, finish } = answer.claim;
    const published = await publishRun(place, { "record.json": new TextEncoder().encode(`made by ${process.pid}`) });
    await say(`${published} ${id}`);
    await finish({
      id,
      title: id,
      kind: "completed",
      cause: null,
      seconds: 0,
      finishedAt: "2026-01-01T00:00:00.000Z",
      software: "test",
      host: String(process.pid),
    });
  }
  await member.leave();
  process.exit(0);
}
