import type { Cap } from "../protocol/wire/caps.ts";
import type { Message } from "../protocol/wire/message.ts";
import type { Reply } from "./relay/reply.ts";
import type { Query, QueryAnswers } from "./server-ports.ts";
import type { Session } from "./sessions/session.ts";
import type { State } from "./state.ts";
import type { User } from "./users/user.ts";

/** Somebody's command, with all that its handler needs. */
export interface CommandContext {
  readonly state: State;
  readonly session: Session;
  readonly message: Message;
  /** At least as many as the command's row demands. */
  readonly params: readonly string[];
  readonly reply: Reply;
}

/** A command of somebody who is here. */
export interface RegisteredContext extends CommandContext {
  readonly user: User;
}

/** The handler has to wait for something slow; `then` goes on when the answer is there. */
export interface PendingQuery {
  readonly query: Query;
  readonly then: (answer: never) => Outcome;
  /** Done before `then`, and even when the asker has gone: what is on the disk is so. */
  readonly always: (answer: never) => void;
}

// biome-ignore lint/suspicious/noConfusingVoidType: most handlers answer at once, and just end
export type Outcome = PendingQuery | void;

/** What a command is: one row. */
export type Command = {
  readonly verb: string;
  /** The fewest parameters; with less the asker hears ERR_NEEDMOREPARAMS. */
  readonly params: number;
  /** Tokens of the asker's allowance; see rate-limit.ts. */
  readonly cost?: number;
} & (
  | {
      /** "any": before and after registration. "unregistered": only before. */
      readonly phase: "any" | "unregistered";
      /** Visitors may use it only if they asked for this. */
      readonly requiredCap?: Cap;
      readonly handle: (context: CommandContext) => Outcome;
    }
  | {
      readonly phase: "registered";
      readonly handle: (context: RegisteredContext) => Outcome;
      /** What visitors may do with it all the same; "no": nothing with these parameters. */
      readonly beforeRegistration?: (context: CommandContext) => Outcome | "no";
    }
);

/**
 * What a handler returns when it needs something slow. Rights may have changed when the answer comes: check
 * them again in `then`.
 *
 *     return wait({ kind: "hash-password", password }, ({ hash }) => { … });
 */
export function awaitQuery<K extends Query["kind"]>(
  query: Extract<Query, { kind: K }>,
  then: (answer: QueryAnswers[K]) => Outcome,
  always: (answer: QueryAnswers[K]) => void = () => {},
): PendingQuery {
  return { query, then, always };
}
