/**
 * noisy-rnn in Node: every public name, with the back ends of Node installed in this process.
 *
 * The subpaths `noisy-rnn/cell`, `noisy-rnn/network` and so on hold the same names by room. All but `noisy-rnn/node`
 * and `noisy-rnn/browser` run anywhere and install nothing.
 */
import { installBackends } from "./platform/node/setup.ts";

export * from "./analysis/index.ts";
export * from "./cell/index.ts";
export * from "./core/index.ts";
export * from "./engine/index.ts";
export * from "./figure/index.ts";
export * from "./io/index.ts";
export * from "./network/index.ts";
export * from "./noise/index.ts";
export * from "./platform/node/index.ts";
export * from "./study/index.ts";
export * from "./task/index.ts";
export * from "./train/index.ts";

installBackends();
