import type { WireLine } from "../protocol/wire/lines.ts";
import { type Message, parseMessage } from "../protocol/wire/message.ts";
import { NUMERIC } from "../protocol/wire/numerics.ts";
import { LINE_BYTES_MAX } from "../protocol/wire/wire-limits.ts";
import type {
  Command,
  CommandContext,
  Outcome,
  PendingQuery,
  RegisteredContext,
} from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { HELD_LINES_MAX } from "./limits.ts";
import { needMoreParams, refuseName } from "./relay/error-replies.ts";
import { labelOf, type Reply } from "./relay/reply.ts";
import { closeSession } from "./sessions/attach-session.ts";
import { addToBatch } from "./sessions/multiline-batch.ts";
import type { Session } from "./sessions/session.ts";
import type { State } from "./state.ts";
import { beginLine, settleNote } from "./takeover/lines-done.ts";
import { refusedName } from "./users/asked-names.ts";
import { botRefusal } from "./users/bot-rules.ts";
import type { User } from "./users/user.ts";

/** Enough for pasted text of many lines. Without it each held line could add 4 KB of tags: 1 MB per connection. */
const HELD_LETTERS_MAX = 128 << 10;
/**
 * Enough for all that a client sends while its password is checked. There may be thousands of such
 * connections.
 */
const UNREGISTERED_HELD_LETTERS_MAX = 16 << 10;

/**
 * A command with a large answer waits while more than this is queued for its session. The largest page of
 * history, some 900 KB where every message has all the tags allowed, then still fits into the link's outbox.
 */
const BACKLOG_BYTES_MAX = 128 << 10;

/** Starts a query for a suspended handler. `Server` keeps both until the answer arrives. */
/** Starts the query that a command of a session waits for. */
export type StartQuery = (session: Session, reply: Reply, pending: PendingQuery) => void;

/** Runs a line from a session, or holds it behind lines that are already waiting. */
export function receiveLine(
  state: State,
  session: Session,
  line: WireLine,
  startQuery: StartQuery,
): void {
  if (session.phase === "closed") return;
  // It came together with the line that begins a file, and is a part of that, which can't be read any more.
  if (session.isRaw) return closeSession(state, session, "Bytes came too soon");
  session.lastLineElapsedMs = state.elapsedMs;
  session.pingedElapsedMs = null;
  if (session.heldLines.length > 0 || session.isWaiting) return hold(state, session, line, null);
  const message = parseLine(line);
  const cost = costOf(line, message);
  if (!canRun(state, session, cost)) return hold(state, session, line, cost);
  runLine(state, session, line, message, startQuery);
}

/**
 * Takes tokens for bytes that were in no line, such as empty lines, as for lines of the greatest length. As many of them as
 * of held lines may be ahead of the tokens.
 */
export function receiveNoise(state: State, session: Session, bytes: number): void {
  if (session.phase === "closed") return;
  session.work.commandBytes += bytes;
  session.noiseBytes += bytes;
  while (session.noiseBytes >= LINE_BYTES_MAX && session.rateLimit.take(1, state.elapsedMs)) {
    session.noiseBytes -= LINE_BYTES_MAX;
  }
  if (session.noiseBytes >= LINE_BYTES_MAX * HELD_LINES_MAX) {
    closeSession(state, session, "Excess Flood");
  }
}

/** Parses as much of a line as possible: one that isn't UTF-8 is refused, but the reply has its label. */
function parseLine(line: WireLine): Message | null {
  return "text" in line ? parseMessage(line.text) : null;
}

/** Holds a line, or closes a session that has sent too much. */
function hold(state: State, session: Session, line: WireLine, cost: number | null): void {
  if (isHeldFull(session, line)) return closeSession(state, session, "Excess Flood");
  session.heldLines.push({ line, cost });
  if (state.sessionsHeldBack.size === 0) state.linesHeld();
  state.sessionsHeldBack.add(session);
  session.heldLetters += lettersOf(line);
}

/** Returns whether the session's held lines have no space for one more line. */
function isHeldFull({ heldLines, heldLetters, phase }: Session, next: WireLine): boolean {
  if (heldLines.length >= HELD_LINES_MAX) return true;
  const letters = heldLetters + lettersOf(next);
  return letters > (phase === "unregistered" ? UNREGISTERED_HELD_LETTERS_MAX : HELD_LETTERS_MAX);
}

function lettersOf(line: WireLine): number {
  return "text" in line ? line.text.length : 0;
}

/** Returns the tokens that a line takes. */
function costOf(line: WireLine, message: Message | null): number {
  const verb = line.kind === "text" ? (message?.verb ?? "") : "";
  return COMMANDS.get(verb)?.cost ?? 1;
}

/**
 * Runs the oldest held line of a session, unless it has to wait for its budgets, its outbox or an answer. Returns
 * whether it ran, and another is held.
 */
export function runHeldLine(state: State, session: Session, startQuery: StartQuery): boolean {
  const [held] = session.heldLines;
  if (session.phase === "closed" || held === undefined) {
    state.sessionsHeldBack.delete(session);
    return false;
  }
  const { line } = held;
  // It is looked at many times a second, and nobody pays for parsing it each time.
  held.cost ??= costOf(line, parseLine(line));
  if (!canRun(state, session, held.cost)) return false;
  session.heldLines.shift();
  session.heldLetters -= lettersOf(line);
  runLine(state, session, line, parseLine(line), startQuery);
  if (session.heldLines.length > 0) return true;
  state.sessionsHeldBack.delete(session);
  return false;
}

/** Runs a line again that another server has run, for its answer. It counts for nothing else. */
export function repeatLine(
  state: State,
  session: Session,
  message: Message,
  startQuery: StartQuery,
): void {
  const reply = state.labelledReply(session, labelOf(session, message));
  const { params } = message;
  const context = { state, session, message, params, reply, user: session.user };
  finishCommand(session, reply, runCommand(context), startQuery);
}

/** Ends a handler's reply, or starts the query that the handler returned. */
export function finishCommand(
  session: Session,
  reply: Reply,
  outcome: Outcome,
  startQuery: StartQuery,
): void {
  if (outcome) {
    session.isWaiting = true;
    session.reply = reply;
    startQuery(session, reply, outcome);
  } else {
    reply.end();
  }
}

function canRun(state: State, session: Session, cost: number): boolean {
  if (session.isWaiting) return false;
  if (cost > 1) {
    const { backlog = 0, bytesUnderWay = 0 } = session.link;
    if (backlog + bytesUnderWay > BACKLOG_BYTES_MAX) return false;
  }
  const { elapsedMs, budgets } = state;
  if (!budgets.isOpen(session, elapsedMs)) {
    budgets.noteHeldBack(session, elapsedMs);
    return false;
  }
  return session.rateLimit.take(cost, elapsedMs);
}

function runLine(
  state: State,
  session: Session,
  line: WireLine,
  message: Message | null,
  startQuery: StartQuery,
): void {
  settleNote(state, session);
  beginLine(session, message?.verb ?? "");
  session.work.commands += 1;
  session.work.commandBytes += lettersOf(line);
  const reply = state.labelledReply(session, labelOf(session, message));
  if (line.kind !== "text") refuseLine(reply, line, message?.verb ?? "");
  else if (message !== null) {
    const { user } = session;
    const context = { state, session, message, params: message.params, reply, user };
    return finishCommand(session, reply, runCommand(context), startQuery);
  }
  reply.end();
}

/** @param verb the line's command, or "" if it could not be parsed */
function refuseLine(reply: Reply, line: Exclude<WireLine, { kind: "text" }>, verb: string): void {
  switch (line.kind) {
    case "too-long":
      return reply.numeric(NUMERIC.ERR_INPUTTOOLONG, "That line was too long");
    case "not-utf8":
      // FAIL even without standard-replies: the code comes with ISUPPORT's UTF8ONLY.
      return reply.line("FAIL", [
        COMMANDS.has(verb) ? verb : "*",
        "INVALID_UTF8",
        "That line was not valid UTF-8 and was ignored",
      ]);
    case "nul":
      return reply.fail(
        "*",
        "INVALID_LINE",
        [],
        "That line contained a NUL character and was ignored",
      );
  }
}

/** The context of a command before it is known whether its session is registered. */
type AnyContext = CommandContext & { readonly user: User | null };

function isRegistered(context: AnyContext): context is RegisteredContext {
  return context.user !== null;
}

function runCommand(context: AnyContext): Outcome {
  const { state, session, reply, message } = context;
  if (addToBatch(context)) return;
  const command = COMMANDS.get(message.verb);
  if (command === undefined) {
    if (session.phase === "registered") {
      return reply.numeric(NUMERIC.ERR_UNKNOWNCOMMAND, message.verb, "Unknown command");
    }
    return refuseUnregistered(context);
  }
  state.commandCounts.set(command.verb, (state.commandCounts.get(command.verb) ?? 0) + 1);
  if (command.phase === "unregistered" && session.phase === "registered") {
    return reply.numeric(NUMERIC.ERR_ALREADYREGISTERED, "You have already introduced yourself");
  }
  if (!isRegistered(context) && !canUseUnregistered(command, session)) {
    return refuseUnregistered(context);
  }
  if (context.params.length < command.params) return needMoreParams(reply, message.verb);
  const refusal = botRefusal(state, session, command.verb, context.params);
  if (refusal !== null) return reply.fail(message.verb, "BOT_NOT_ALLOWED", [], refusal);
  if (isRegistered(context)) {
    const name = refusedName(state, session, command.verb, context.params);
    if (name !== null) return refuseName(reply, command.verb, name);
  }
  return handle(command, context);
}

function canUseUnregistered(command: Command, session: Session): boolean {
  if (command.phase === "registered") return command.beforeRegistration !== undefined;
  return command.requiredCap === undefined || session.has(command.requiredCap);
}

function handle(command: Command, context: AnyContext): Outcome {
  if (command.phase !== "registered") return command.handle(context);
  if (isRegistered(context)) return command.handle(context);
  const { beforeRegistration } = command;
  const outcome = beforeRegistration === undefined ? "no" : beforeRegistration(context);
  return outcome === "no" ? refuseUnregistered(context) : outcome;
}

/** Refuses a command that needs registration: by FAIL once the session got ACCOUNT_REQUIRED. */
function refuseUnregistered({ session, reply, message }: CommandContext): void {
  if (session.toldAccountRequired && session.has("standard-replies")) {
    return reply.fail(message.verb, "ACCOUNT_REQUIRED", [], "Log in or sign up first");
  }
  reply.numeric(NUMERIC.ERR_NOTREGISTERED, "Introduce yourself first: NICK and USER");
}
