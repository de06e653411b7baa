/**
 * Computations that ask for passes of a network instead of calling its kernel, so that the passes of several are made
 * in one call.
 *
 * A computation is a generator: `const { output } = yield* forwardPass(network, call)`. Beside others, of networks of
 * the same architecture, it gets the bits that it gets alone.
 */
import { InternalError } from "../core/errors.ts";
import { absoluteLevel } from "./architecture.ts";
import type {
  Network,
  NetworkCall,
  NetworkForward,
  NetworkKernel,
  NetworkStack,
  OutputCotangent,
  Weights,
} from "./contract.ts";

export type Passes<Result> = Generator<Request, Result, unknown>;

type Request = ForwardRequest | ReverseRequest | WaitRequest | AllRequest;

interface ForwardRequest {
  readonly kind: "forward";
  readonly call: NetworkCall;
  readonly keep: boolean;
  readonly hiddenSize: number;
}

interface ReverseRequest {
  readonly kind: "reverse";
  readonly cotangent: OutputCotangent;
}

interface WaitRequest {
  readonly kind: "wait";
  readonly until: PromiseLike<unknown>;
}

interface AllRequest {
  readonly kind: "all";
  readonly parts: readonly Passes<unknown>[];
}

/**
 * A forward pass.
 *
 * @param call its level is that of `network`, whatever network of the architecture the kernel was made from
 * @param keep whether the next request is `reversePass`
 * @returns `states` is to be called before the next request
 */
export function* forwardPass(
  { spec }: Pick<Network, "spec">,
  call: NetworkCall,
  keep = false,
): Passes<Pick<NetworkForward, "output" | "activity" | "states">> {
  const absolute = { ...call, level: absoluteLevel(spec, call.level) };
  return (yield { kind: "forward", call: absolute, keep, hiddenSize: spec.hiddenSize }) as NetworkForward;
}

/** Gradient of the forward pass that was asked for just before, with `keep`; to be read before the next request. */
export function* reversePass(cotangent: OutputCotangent): Passes<Weights> {
  return (yield { kind: "reverse", cotangent }) as Weights;
}

/** The value, or what the promise of it comes to. */
export function* settled<Value>(value: Value | PromiseLike<Value>): Passes<Value> {
  return isPromise(value) ? ((yield { kind: "wait", until: value }) as Value) : value;
}

/** Parts that need not wait for each other. @returns their results in order; throws what the first of them threw */
export function* all<Result>(parts: readonly Passes<Result>[]): Passes<Result[]> {
  return (yield { kind: "all", parts }) as Result[];
}

/**
 * Most numbers of one state, over trials, steps, units and members, in one call. More of them would leave the cache
 * before the reverse pass reads them.
 */
const statesPerCall = 2 ** 18;

/** Most members of a stack, >= 1. */
export function stackLimit(hiddenSize: number, batchSize: number, stepCount: number): number {
  return Math.max(1, Math.floor(statesPerCall / Math.max(1, hiddenSize * batchSize * stepCount)));
}

/**
 * Runs computations that do not wait, to their end.
 *
 * @throws what the first of them threw
 */
export function together<Result>(kernel: NetworkKernel, computations: readonly Passes<Result>[]): Result[] {
  let settle: () => Result[] = () => [];
  const whole = member(
    all(computations),
    (results) => (settle = () => results),
    (error) =>
      (settle = () => {
        throw error;
      }),
  );
  for (const _ of schedule(kernel, [whole])) throw new InternalError("lockstep", "a computation waits");
  return settle();
}

/**
 * Runs computations beside each other; one that ends or throws leaves, and the others go on.
 *
 * It begins at once, and gives the turn to the event loop only while a computation waits.
 *
 * @returns one promise per computation, each settled when it has ended
 */
export function lockstep<Result>(kernel: NetworkKernel, computations: readonly Passes<Result>[]): Promise<Result>[] {
  const members: Member[] = [];
  const results = computations.map(
    (passes) => new Promise<Result>((resolve, reject) => members.push(member(passes, resolve, reject))),
  );
  const run = async (): Promise<void> => {
    for (const turn of schedule(kernel, members)) await turn;
  };
  void run();
  return results;
}

/** A computation under way. */
interface Member {
  readonly passes: Passes<unknown>;
  end(result: unknown): void;
  fail(error: unknown): void;
  /** What it asked for after a forward pass that was kept. */
  cotangent: OutputCotangent | undefined;
}

function member<Result>(passes: Passes<Result>, end: (result: Result) => void, fail: (error: unknown) => void): Member {
  return { passes, end: (result) => end(result as Result), fail, cotangent: undefined };
}

interface Asking {
  readonly member: Member;
  readonly request: ForwardRequest;
}

/** @returns turns to wait for */
function* schedule(kernel: NetworkKernel, members: readonly Member[]): Generator<Promise<unknown>, void> {
  // What asks for single passes (validation, sweeps, steps of a closed loop) goes first, so that members meet again at
  // their next update; but once updates are made, all that wait for theirs have it before anyone goes on, or members
  // whose updates differ in shape would part for good. In both lists those that have waited longest stand first.
  const single: Asking[] = [];
  const kept: Asking[] = [];
  const round = new Set<Asking>();
  let waits: Promise<void>[] = [];

  const take = (asked: Member, step: () => IteratorResult<Request, unknown>): void => {
    let turn: IteratorResult<Request, unknown>;
    try {
      turn = step();
    } catch (error) {
      asked.fail(error);
      return;
    }
    if (turn.done === true) asked.end(turn.value);
    else place(asked, turn.value);
  };
  const answer = (asked: Member, value: unknown): void => take(asked, () => asked.passes.next(value));
  const refuse = (asked: Member, error: unknown): void => take(asked, () => asked.passes.throw(error));

  const place = (asked: Member, request: Request): void => {
    switch (request.kind) {
      case "forward":
        (request.keep ? kept : single).push({ member: asked, request });
        return;
      case "reverse":
        asked.cotangent = request.cotangent;
        return;
      case "wait":
        waits.push(
          Promise.resolve(request.until).then(
            (value) => answer(asked, value),
            (error: unknown) => refuse(asked, error),
          ),
        );
        return;
      case "all":
        fork(asked, request.parts);
        return;
      default:
        request satisfies never;
    }
  };

  const fork = (parent: Member, parts: readonly Passes<unknown>[]): void => {
    const results: unknown[] = [];
    let open = parts.length;
    let failure: { readonly error: unknown } | undefined;
    const close = (): void => {
      if (--open > 0) return;
      if (failure === undefined) answer(parent, results);
      else refuse(parent, failure.error);
    };
    if (open === 0) answer(parent, results);
    for (const [index, passes] of parts.entries()) {
      const end = (result: unknown): void => {
        results[index] = result;
        close();
      };
      const fail = (error: unknown): void => {
        failure ??= { error };
        close();
      };
      answer(member(passes, end, fail), undefined);
    }
  };

  const serve = (group: readonly Asking[]): void => {
    let stack: NetworkStack;
    try {
      stack = kernel.forwardStack(
        group.map(({ request }) => request.call),
        group[0].request.keep,
      );
    } catch (error) {
      // What is wrong with one call, or too much for one, is nobody else's failure.
      if (group.length === 1) refuse(group[0].member, error);
      else for (const one of group) serve([one]);
      return;
    }
    for (const [index, one] of group.entries()) answer(one.member, stack.members[index]);
    if (group[0].request.keep) reverse(stack, group);
  };

  /** Gradients for those that went on to ask for them; a member whose numbers went bad did not. */
  const reverse = (stack: NetworkStack, group: readonly Asking[]): void => {
    const cotangents: OutputCotangent[] = [];
    const asking: number[] = [];
    for (const [index, { member: asked }] of group.entries()) {
      if (asked.cotangent === undefined) continue;
      cotangents.push(asked.cotangent);
      asking.push(index);
      asked.cotangent = undefined;
    }
    const gradients =
      asking.length === group.length
        ? stack.backward(cotangents)
        : asking.map((index, position) => stack.members[index].backward(cotangents[position]));
    for (const [position, index] of asking.entries()) answer(group[index].member, gradients[position]);
  };

  for (const one of members) answer(one, undefined);
  for (;;) {
    if (waits.length > 0) {
      const turn = Promise.all(waits);
      waits = [];
      yield turn;
    } else {
      const queue = single.length > 0 && round.size === 0 ? single : kept;
      if (queue.length === 0) return;
      if (queue === kept && round.size === 0) for (const one of kept) round.add(one);
      const group = takeAlike(queue);
      for (const one of group) round.delete(one);
      serve(group);
    }
  }
}

/** Takes the first out of a queue and those that fit in one call with it. */
function takeAlike(queue: Asking[]): Asking[] {
  const { call: first, hiddenSize } = queue[0].request;
  const limit = stackLimit(hiddenSize, first.batchSize, first.stepCount);
  const taken: Asking[] = [];
  const left: Asking[] = [];
  for (const one of queue) {
    const { call } = one.request;
    const isAlike =
      call.batchSize === first.batchSize && call.stepCount === first.stepCount && call.outputFrom === first.outputFrom;
    (isAlike && taken.length < limit ? taken : left).push(one);
  }
  queue.splice(0, queue.length, ...left);
  return taken;
}

function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof (value as Partial<PromiseLike<Value>> | undefined | null)?.then === "function";
}
