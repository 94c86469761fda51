import type { Cap } from "../protocol/wire/caps.ts";
import type { Message } from "../protocol/wire/message.ts";
import type { DocumentedVerb } from "./help-pages.ts";
import type { Reply } from "./relay/reply.ts";
import type { Query, QueryAnswers } from "./server-ports.ts";
import type { Session } from "./sessions/session.ts";
import type { State } from "./state.ts";
import type { User } from "./users/user.ts";

/** One received command, and everything that its handler works with. */
export interface CommandContext {
  readonly state: State;
  readonly session: Session;
  readonly message: Message;
  /** The message's parameters: at least as many as the command's row requires. */
  readonly params: readonly string[];
  /** Collects the answer. Dispatch ends it when the handler is done, unless the handler did. */
  readonly reply: Reply;
}

/** The context of a command from a registered session. */
export interface RegisteredContext extends CommandContext {
  readonly user: User;
}

/** A slow query, and what to do with its answer. Made by `runSteps`. */
export interface PendingQuery {
  readonly query: Query;
  /** Continues the handler. Not called when the session has closed in the meantime. */
  readonly then: (answer: never) => Outcome;
  /** Called before `then`, also when the session has closed: for what follows from a change on disk. */
  readonly always: (answer: never) => void;
}

/** What a handler returns: nothing when it is done, or the query that it waits for. */
// biome-ignore lint/suspicious/noConfusingVoidType: most handlers are done at once and return nothing
export type Outcome = PendingQuery | void;

/** One row of the command table: a verb, the checks that dispatch makes, and the handler. */
export type Command = {
  /** Only verbs with a help page, and a row in secret-params.ts that says what a trace may show. */
  readonly verb: DocumentedVerb;
  /** The fewest parameters; with fewer, dispatch answers ERR_NEEDMOREPARAMS. */
  readonly params: number;
  /**
   * Tokens that it takes from the session's flood control (sessions/rate-limit.ts), 1 if absent: more for what
   * disturbs others. What it costs the server is measured, and charged afterwards: see sessions/budgets.ts.
   */
  readonly cost?: number;
} & (
  | {
      /** "any": before and after registration. "unregistered": only before. */
      readonly phase: "any" | "unregistered";
      /** The capability that an unregistered session must have to use it. */
      readonly requiredCap?: Cap;
      readonly handle: (context: CommandContext) => Outcome;
    }
  | {
      readonly phase: "registered";
      readonly handle: (context: RegisteredContext) => Outcome;
      /** Handles it before registration. Returns "no" if it isn't allowed with these parameters. */
      readonly beforeRegistration?: (context: CommandContext) => Outcome | "no";
    }
);

/** A generator that waits for queries by `yield* query(…)`. Its result is the value of the caller's `yield*`. */
export type Steps<Result = void> = Generator<Step, Result, unknown>;

/** What a generator yields to the driver: a query, without the continuation, which is the generator. */
type Step = Pick<PendingQuery, "query" | "always">;

/**
 * Waits for the answer to a slow query, inside a generator that `inSteps` runs. Rights may have changed when
 * the answer comes: check them again. If the session has closed by then, the generator is dropped where it
 * stands, without its `finally` blocks.
 *
 *     const { hash } = yield* query({ kind: "hash-password", password });
 *
 * @param always called with the answer first, also when the session has closed
 */
export function* query<K extends Query["kind"]>(
  query: Extract<Query, { kind: K }>,
  always: (answer: QueryAnswers[K]) => void = () => {},
): Steps<QueryAnswers[K]> {
  // The cast: the server answers each query by its kind, as QueryAnswers says.
  return (yield { query, always }) as QueryAnswers[K];
}

/**
 * Turns a generator into a handler that returns at each query and continues when its answer is there.
 *
 *     handle: inSteps(function* (context) { … })
 */
export function inSteps<Args extends readonly unknown[]>(
  body: (...args: Args) => Steps,
): (...args: Args) => Outcome {
  return (...args) => runSteps(body(...args));
}

/** Runs a generator up to its first query. Returns what is left of it, for `State.runInBackground` or a handler. */
export function runSteps(steps: Steps<unknown>): Outcome {
  return resume(steps, undefined);
}

function resume(steps: Steps<unknown>, answer: unknown): Outcome {
  const step = steps.next(answer);
  if (step.done) return;
  const then: PendingQuery["then"] = (nextAnswer) => resume(steps, nextAnswer);
  return { ...step.value, then };
}

/** Waits, inside a generator that `inSteps` runs, until another handler is done. */
export function* waitFor(outcome: Outcome): Steps {
  let pending = outcome;
  while (pending) pending = pending.then((yield pending) as never);
}
