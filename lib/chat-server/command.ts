import type { Cap } from "../protocol/wire/caps.ts";
import type { Message } from "../protocol/wire/message.ts";
import type { Reply } from "./relay/reply.ts";
import type { Answers, Query } from "./server-ports.ts";
import type { Session } from "./sessions/session.ts";
import type { State } from "./state.ts";
import type { User } from "./users/user.ts";

/** Somebody's command, with all that its handler needs. */
export interface Ask {
  readonly state: State;
  readonly session: Session;
  readonly message: Message;
  /** At least as many as the command's row demands. */
  readonly params: readonly string[];
  readonly reply: Reply;
}

/** A command of somebody who is here. */
export interface HereAsk extends Ask {
  readonly user: User;
}

/** The handler has to wait for something slow; `then` goes on when the answer is there. */
export interface Waiting {
  readonly query: Query;
  readonly then: (answer: never) => Outcome;
  /** Done before `then`, and even when the asker has gone: what is on the disk is so. */
  readonly always: (answer: never) => void;
}

// biome-ignore lint/suspicious/noConfusingVoidType: most handlers answer at once, and just end
export type Outcome = Waiting | void;

/** What a command is: one row. */
export type Command = {
  readonly verb: string;
  /** The fewest parameters; with less the asker hears ERR_NEEDMOREPARAMS. */
  readonly params: number;
  /** Tokens of the asker's allowance; see rate-limit.ts. */
  readonly cost?: number;
} & (
  | {
      /** "any": visitors may use it. "visitor": they alone. */
      readonly who: "any" | "visitor";
      /** Visitors may use it only if they asked for this. */
      readonly visitorsNeed?: Cap;
      readonly handle: (ask: Ask) => Outcome;
    }
  | {
      readonly who: "here";
      readonly handle: (ask: HereAsk) => Outcome;
      /** What visitors may do with it all the same; "no": nothing with these parameters. */
      readonly visiting?: (ask: Ask) => Outcome | "no";
    }
);

/**
 * What a handler returns when it needs something slow. Rights may have changed when the answer comes: check
 * them again in `then`.
 *
 *     return wait({ kind: "hash-password", password }, ({ hash }) => { … });
 */
export function wait<K extends Query["kind"]>(
  query: Extract<Query, { kind: K }>,
  then: (answer: Answers[K]) => Outcome,
  always: (answer: Answers[K]) => void = () => {},
): Waiting {
  return { query, then, always };
}
