/** One command per chunk, for any other scheduler. */
import { ParameterError } from "../../../core/errors.ts";
import { chunkRange, chunkText } from "../../../study/chunks.ts";
import type { Executor } from "./contract.ts";
import { commandOption, ownCommand, workCommand } from "./work-command.ts";

export const shell: Executor = {
  name: "shell",
  summary: "prints one command per chunk of runs, for a scheduler of your own",
  options: [
    { flags: "--chunks <count>", help: "number of chunks; default: one per open run, at most 100", read: readCount },
    commandOption,
  ],
  execute: async ({ plan, studyFolder, open, common, options }) => {
    const lines: string[] = [];
    const count = plan.runs.length;
    const of = Math.min(count, (options.chunks as number | undefined) ?? Math.min(usualChunks, open.length));
    const command = (options.command as string | undefined) ?? ownCommand();
    const wanted = new Set(open);
    for (let number = 1; number <= of; number++) {
      const { from, to } = chunkRange(count, { number, of });
      const isOpen = Array.from({ length: to - from }, (_, i) => from + i).some((run) => wanted.has(run));
      if (isOpen) lines.push(workCommand(command, studyFolder, common, chunkText({ number, of })));
    }
    return { kind: "printed", lines };
  },
};

const usualChunks = 100;

function readCount(text: string): number {
  if (/^\d+$/.test(text) && Number(text) >= 1) return Number(text);
  throw new ParameterError({
    place: "--chunks",
    rule: `must be a whole number >= 1, got "${text}"`,
    remedy: "for example --chunks 20",
  });
}
