import type { WireLine } from "../protocol/wire/lines.ts";
import { type Message, parseMessage } from "../protocol/wire/message.ts";
import { NUMERIC } from "../protocol/wire/numerics.ts";
import { LABEL_BYTES_MAX } from "../protocol/wire/wire-limits.ts";
import type {
  Command,
  CommandContext,
  Outcome,
  PendingQuery,
  RegisteredContext,
} from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { HELD_LINES_MAX } from "./limits.ts";
import { needMoreParams } from "./relay/error-replies.ts";
import { Reply } from "./relay/reply.ts";
import { addToBatch } from "./sessions/open-batch.ts";
import type { Session } from "./sessions/session.ts";
import type { State } from "./state.ts";
import { closeSession } from "./users/presence.ts";
import type { User } from "./users/user.ts";

/** A pasted text of many lines. Without it each held line could bring 4 KB of tags: 1 MB a connection. */
const HELD_LETTERS_MAX = 128 << 10;
/** All that a client says while its password is looked at. Strangers may be here by the thousand. */
const UNREGISTERED_HELD_LETTERS_MAX = 16 << 10;

/**
 * Large answers wait for who hasn't read those before. With the largest page of history behind it, some 900 KB
 * where every message has all the tags allowed, it stays within what a link holds for a reader.
 */
const BACKLOG_BYTES_MAX = 128 << 10;

/** Gives a waiting handler to the world; `Server` keeps it until its answer comes. */
export type ParkQuery = (session: Session, reply: Reply, waiting: PendingQuery) => void;

/** A line from a session: carried out now, or held behind those that wait. */
export function receiveLine(state: State, session: Session, line: WireLine, park: ParkQuery): void {
  if (session.phase === "closed") return;
  session.heardAt = state.now;
  session.pingedAt = null;
  const message = read(line);
  if (session.heldLines.length > 0 || !mayRun(state, session, line, message)) {
    if (isFull(session, line)) closeSession(state, session, "Excess Flood");
    else session.heldLines.push(line);
    return;
  }
  runLine(state, session, line, message, park);
}

/** A line that isn't UTF-8 is refused, and still answered by its label. */
function read(line: WireLine): Message | null {
  return "text" in line ? parseMessage(line.text) : null;
}

/** Whether what is held for a session has no place for one more line. */
function isFull({ heldLines, phase }: Session, line: WireLine): boolean {
  if (heldLines.length >= HELD_LINES_MAX) return true;
  const letters = heldLines.reduce((sum, one) => sum + lettersOf(one), lettersOf(line));
  return letters > (phase === "unregistered" ? UNREGISTERED_HELD_LETTERS_MAX : HELD_LETTERS_MAX);
}

function lettersOf(line: WireLine): number {
  return line.kind === "text" ? line.text.length : 0;
}

/** Carries out what was held, as far as allowance and answers reach. */
export function runHeldLines(state: State, session: Session, park: ParkQuery): void {
  for (;;) {
    const [line] = session.heldLines;
    if (session.phase === "closed" || line === undefined) return;
    const message = read(line);
    if (!mayRun(state, session, line, message)) return;
    session.heldLines.shift();
    runLine(state, session, line, message, park);
  }
}

/** Goes on after a handler: its answer is complete, or it waits. */
export function finishCommand(
  session: Session,
  reply: Reply,
  outcome: Outcome,
  park: ParkQuery,
): void {
  if (outcome) {
    session.waiting = true;
    park(session, reply, outcome);
  } else {
    reply.end();
  }
}

function mayRun(state: State, session: Session, line: WireLine, message: Message | null): boolean {
  if (session.waiting) return false;
  const verb = line.kind === "text" ? (message?.verb ?? "") : "";
  const cost = COMMANDS.get(verb)?.cost ?? 1;
  if (cost > 1 && (session.link.backlog ?? 0) > BACKLOG_BYTES_MAX) return false;
  return session.rateLimit.take(cost, state.now);
}

function runLine(
  state: State,
  session: Session,
  line: WireLine,
  message: Message | null,
  park: ParkQuery,
): void {
  const label = answersByLabel(session) ? labelOf(message) : null;
  const reply = new Reply(session, state.options.name, label, state.nextBatchId);
  if (line.kind !== "text") refuseLine(reply, line, message?.verb ?? "");
  else if (message !== null) {
    const { user } = session;
    const ask = { state, session, message, params: message.params, reply, user };
    return finishCommand(session, reply, run(ask), park);
  }
  reply.end();
}

/** An answer of several lines is a batch, so labels come with batches only. */
function answersByLabel(session: Session): boolean {
  return session.has("labeled-response") && session.has("batch");
}

function labelOf(message: Message | null): string | null {
  const label = message?.tags.get("label") ?? "";
  return label === "" || Buffer.byteLength(label) > LABEL_BYTES_MAX ? null : label;
}

/** @param verb what the line asked for, if that could be read */
function refuseLine(reply: Reply, line: Exclude<WireLine, { kind: "text" }>, verb: string): void {
  switch (line.kind) {
    case "too-long":
      return reply.numeric(NUMERIC.ERR_INPUTTOOLONG, "That line was too long");
    case "not-utf8":
      // Said in this way to everybody: clients know the code by ISUPPORT's UTF8ONLY.
      return reply.line("FAIL", [
        COMMANDS.has(verb) ? verb : "*",
        "INVALID_UTF8",
        "That line was not UTF-8, and was dropped",
      ]);
    case "nul":
      return reply.fail("*", "INVALID_LINE", [], "That line held a NUL, and was dropped");
  }
}

/** A command, of whoever it may be. */
type AnyAsk = CommandContext & { readonly user: User | null };

function isHere(ask: AnyAsk): ask is RegisteredContext {
  return ask.user !== null;
}

function run(ask: AnyAsk): Outcome {
  const { state, session, reply, message } = ask;
  if (addToBatch(ask)) return;
  const command = COMMANDS.get(message.verb);
  if (command === undefined) {
    if (session.phase === "registered") {
      return reply.numeric(NUMERIC.ERR_UNKNOWNCOMMAND, message.verb, "Unknown command");
    }
    return refuseVisitor(ask);
  }
  state.commandCounts.set(command.verb, (state.commandCounts.get(command.verb) ?? 0) + 1);
  if (command.phase === "unregistered" && session.phase === "registered") {
    return reply.numeric(NUMERIC.ERR_ALREADYREGISTERED, "You have already introduced yourself");
  }
  if (!isHere(ask) && !mayVisitorsUse(command, session)) return refuseVisitor(ask);
  if (ask.params.length < command.params) {
    return needMoreParams(reply, message.verb);
  }
  return handle(command, ask);
}

function mayVisitorsUse(command: Command, session: Session): boolean {
  if (command.phase === "registered") return command.beforeRegistration !== undefined;
  return command.requiredCap === undefined || session.has(command.requiredCap);
}

function handle(command: Command, ask: AnyAsk): Outcome {
  if (command.phase !== "registered") return command.handle(ask);
  if (isHere(ask)) return command.handle(ask);
  const outcome = command.beforeRegistration === undefined ? "no" : command.beforeRegistration(ask);
  return outcome === "no" ? refuseVisitor(ask) : outcome;
}

/** Before somebody is here they may only introduce themselves. */
function refuseVisitor({ session, reply, message }: CommandContext): void {
  if (session.toldAccountRequired && session.has("standard-replies")) {
    return reply.fail(message.verb, "ACCOUNT_REQUIRED", [], "Log in or sign up first");
  }
  reply.numeric(NUMERIC.ERR_NOTREGISTERED, "Introduce yourself first: NICK and USER");
}
