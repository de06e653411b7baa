/** A Slurm of one machine: its own folder, ports and key; nothing of it is left behind. */
import { execFile, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";

const daemons = { munged: "/usr/sbin/munged", slurmctld: "/usr/sbin/slurmctld", slurmd: "/usr/sbin/slurmd" };

/** Why a Slurm cannot be brought up here; undefined when it can. */
export function slurmObstacle() {
  if (process.platform !== "linux") return "Slurm is tested on Linux";
  if (process.getuid?.() !== 0) return "bringing up a Slurm needs root";
  const missing = Object.values(daemons).filter((path) => !existsSync(path));
  if (missing.length > 0) return `no ${missing.join(", ")} (Debian's slurm-wlm and munge)`;
  return undefined;
}

/**
 * @typedef {object} SlurmCluster
 * @property {string} folder
 * @property {Readonly<Record<string, string>>} environment for processes that talk to it
 * @property {(program: string, ...parameters: string[]) => Promise<string>} run one of its programs; rejects when it fails
 * @property {() => void} startNode
 * @property {(options: { readonly withJobs: boolean }) => void} killNode SIGKILL to the node's daemon; with jobs also to
 *   everything that it runs, as when the machine loses power
 * @property {() => Promise<void>} stop
 */

/** Small limits, so that tests meet them; short times, so that tests do not wait. */
const configuration = (
  /** @type {string} */ folder,
  /** @type {string} */ host,
  /** @type {readonly number[]} */ ports,
) => `
ClusterName=noisy
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmdPort=${ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
MpiDefault=none
AccountingStorageType=accounting_storage/none
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ReturnToService=2
SlurmdTimeout=3
SlurmctldTimeout=5
MessageTimeout=3
BatchStartTimeout=1
KillWait=5
MaxArraySize=11
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=${host} Default=YES MaxTime=1:00:00 State=UP
`;

/** @returns {Promise<SlurmCluster>} */
export async function slurmCluster() {
  // Longer paths do not fit into the name of a socket.
  const folder = mkdtempSync(join(tmpdir(), "slurm-"));
  const host = hostname().split(".")[0];
  const ports = [await freePort(), await freePort()];
  const file = join(folder, "slurm.conf");
  for (const name of ["state", "spool"]) mkdirSync(join(folder, name));
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, "munge.key"), randomBytes(1024), { mode: 0o400 });
  writeFileSync(file, configuration(folder, host, ports));
  const environment = { SLURM_CONF: file };
  const env = { ...process.env, ...environment };
  const start = (/** @type {string} */ path, /** @type {string[]} */ ...parameters) => {
    const { status, stderr } = spawnSync(path, parameters, {
      env,
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (status !== 0) throw new Error(`${path} ended with ${status}: ${stderr}`);
  };
  /** @type {SlurmCluster["run"]} */
  const run = (program, ...parameters) =>
    new Promise((resolve, reject) => {
      execFile(program, parameters, { env }, (error, stdout) => (error === null ? resolve(stdout) : reject(error)));
    });
  const startNode = () => start(daemons.slurmd, "-f", file);
  /** @type {SlurmCluster["killNode"]} */
  const killNode = ({ withJobs }) => {
    const daemon = pidOf(join(folder, "slurmd.pid"));
    const jobs = withJobs ? stepsOf(folder) : [];
    if (daemon !== undefined) kill(daemon);
    for (const pid of jobs) kill(pid);
  };
  const stop = async () => {
    await run("scancel", "--user=root").catch(() => "");
    for (let wait = 0; wait < 50 && stepsOf(folder).length > 0; wait++) await pause(100);
    for (const name of ["slurmctld.pid", "slurmd.pid", "munge.pid"]) {
      const pid = pidOf(join(folder, name));
      if (pid === undefined) continue;
      kill(pid, "SIGTERM");
      for (let wait = 0; wait < 50 && existsSync(`/proc/${pid}`); wait++) await pause(100);
      kill(pid);
    }
    for (const pid of stepsOf(folder)) kill(pid);
    rmSync(folder, { recursive: true, force: true });
  };

  const munge = [
    "key-file=munge.key",
    "socket=munge.socket",
    "pid-file=munge.pid",
    "log-file=munge.log",
    "seed-file=seed",
  ];
  try {
    start(daemons.munged, "--force", ...munge.map((option) => `--${option.replace("=", `=${folder}/`)}`));
    start(daemons.slurmctld, "-f", file);
    startNode();
    for (let wait = 0; ; wait++) {
      const states = await run("sinfo", "--noheader", "--format=%T").catch(() => "");
      if (states.trim() === "idle") break;
      if (wait > 150) throw new Error(`the node of the test's Slurm is ${states.trim() || "not known"}`);
      await pause(100);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, environment, run, startNode, killNode, stop };
}

/** Processes that the node's daemon started for jobs, with what they started. */
function stepsOf(/** @type {string} */ folder) {
  /** @type {Map<number, number>} */
  const parents = new Map();
  /** @type {number[]} */
  const own = [];
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const pid = Number(name);
      const status = readFileSync(`/proc/${pid}/stat`, "utf8");
      parents.set(pid, Number(status.slice(status.lastIndexOf(")") + 4).split(" ")[0]));
      const isStep = readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("slurmstepd");
      if (isStep && readFileSync(`/proc/${pid}/environ`, "utf8").includes(folder)) own.push(pid);
    } catch {
      // it has ended meanwhile
    }
  }
  for (let at = 0; at < own.length; at++) {
    for (const [pid, parent] of parents) if (parent === own[at] && !own.includes(pid)) own.push(pid);
  }
  return own;
}

function pidOf(/** @type {string} */ file) {
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
}

/**
 * @param {number} pid
 * @param {NodeJS.Signals} signal
 */
function kill(pid, signal = "SIGKILL") {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** @returns {Promise<void>} */
export function pause(/** @type {number} */ milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
