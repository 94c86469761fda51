import { fold, isRoomName } from "../../../protocol/names.ts";
import { utf8Bytes } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { type Command, type CommandContext, inSteps, type Steps } from "../../command.ts";
import { KEEP_DAYS_KEY, parseKeepDays } from "../../history/retention.ts";
import { METADATA_KEYS_MAX, METADATA_SUBS_MAX, METADATA_VALUE_BYTES_MAX } from "../../limits.ts";
import { notStored } from "../../relay/error-replies.ts";
import { canSeeRoom, joinRefusal } from "../../rooms/access.ts";
import { closedChangeRefusal } from "../../rooms/closure.ts";
import { Room } from "../../rooms/room.ts";
import { profileRefusal } from "../../rooms/words-outside-messages.ts";
import {
  ALL_KEYS,
  hasMetadataSpace,
  isMetadataKey,
  type MetadataTarget,
  metadataTargetName,
  sendMetadataValue,
  sendSubscribedMetadata,
  setMetadata,
  syncAllMetadata,
  syncMetadata,
  usesMetadata3,
} from "../../users/metadata-values.ts";
import type { User } from "../../users/user.ts";

/** Subcommands that need a key. */
const KEY_SUBCOMMANDS: readonly string[] = ["GET", "SET", "SUB", "UNSUB"];

/** Keys in one line: eight of the longest fit beside the longest names. */
const KEYS_PER_LINE = 8;

/** FAIL codes of metadata-2 that have other names in metadata-3. */
const METADATA_3_CODES: Readonly<Record<string, string>> = {
  KEY_INVALID: "INVALID_KEY",
  VALUE_INVALID: "INVALID_VALUE",
  SUBCOMMAND_INVALID: "INVALID_PARAMS",
  NEED_MORE_PARAMS: "INVALID_PARAMS",
  TOO_MANY_SUBS: "LIMIT_REACHED",
};

const INVALID_KEY = "A key can have a to z, 0 to 9 and _ . / -";

/** The target of METADATA: a user or a room, or an unregistered session, which sets its own in advance. */
type Target =
  | { readonly kind: "registered"; readonly subject: MetadataTarget; readonly name: string }
  | { readonly kind: "unregistered"; readonly name: string };

/**
 * METADATA: values under keys that describe users and rooms. Sessions speak metadata-2
 * (https://ircv3.net/specs/extensions/metadata) or metadata-3, a later draft
 * (https://github.com/ircv3/ircv3-specifications/pull/613).
 */
export const METADATA: Command = {
  verb: "METADATA",
  params: 0,
  phase: "any",
  cost: 2,
  handle: inSteps(function* (context) {
    const [, subcommandText = "", ...args] = context.params;
    const subcommand = subcommandText.toUpperCase();
    // The specification wants a FAIL for every error, and has no code for missing parameters.
    if (subcommand === "") {
      const details = usesMetadata3(context.session) ? ["*"] : [];
      return fail(context, "NEED_MORE_PARAMS", details, "Give a target and a subcommand");
    }
    if (KEY_SUBCOMMANDS.includes(subcommand) && args.length === 0) {
      return fail(context, "NEED_MORE_PARAMS", [subcommand], `${subcommand} needs a key`);
    }
    switch (subcommand) {
      case "GET":
        return get(context, args);
      case "LIST":
        return list(context);
      case "SET":
        return yield* set(context, args);
      case "CLEAR":
        return clear(context);
      case "SUB":
        return yield* subscribe(context, args);
      case "UNSUB":
        return unsubscribe(context, args);
      case "SUBS":
        return sendSubscriptions(context);
      case "SYNC":
        return yield* sync(context);
      default: {
        const details = [asParam(subcommandText)];
        return fail(context, "SUBCOMMAND_INVALID", details, "Unknown subcommand");
      }
    }
  }),
};

/** Returns the target. If there is none or it is hidden, answers that and returns `null`. */
function findTarget(context: CommandContext): Target | null {
  const { state, session, params } = context;
  const [name = ""] = params;
  const { user } = session;
  if (user === null) {
    return name === "*" ? { kind: "unregistered", name: "*" } : refuseTarget(context);
  }
  if (name === "*") return { kind: "registered", subject: user, name: user.nick };
  const subject = isRoomName(name)
    ? state.rooms.byName(name)
    : (state.users.byNick(fold(name)) ?? userOfAccount(context, name));
  const isHidden = subject instanceof Room && !canReadMetadata(context, subject, user);
  if (subject === null || isHidden) return refuseTarget(context);
  return { kind: "registered", subject, name: metadataTargetName(subject) };
}

/** A room's metadata, pinned messages included, is visible to members and to users who could join. */
function canReadMetadata({ state }: CommandContext, room: Room, user: User): boolean {
  return room.has(user) || (canSeeRoom(room, user) && joinRefusal(state, room, user, "") === null);
}

function userOfAccount({ state }: CommandContext, name: string): User | null {
  const account = state.accounts.account(fold(name));
  return account === null ? null : state.users.byAccount(account.id);
}

function valuesOf({ session }: CommandContext, target: Target): ReadonlyMap<string, string> {
  return target.kind === "unregistered" ? session.preMetadata : target.subject.metadata;
}

function get(context: CommandContext, keys: readonly string[]): void {
  const target = findTarget(context);
  if (target === null) return;
  const values = valuesOf(context, target);
  context.reply.batch("metadata", [target.name], () => {
    for (const key of keys) {
      if (!isMetadataKey(key)) warnKey(context, key);
      else sendMetadataValue(context.reply, target.name, key, values.get(key) ?? null);
    }
  });
}

function list(context: CommandContext): void {
  const target = findTarget(context);
  if (target === null) return;
  context.reply.batch("metadata", [target.name], () => {
    for (const [key, value] of valuesOf(context, target)) {
      sendMetadataValue(context.reply, target.name, key, value);
    }
  });
}

function* set(context: CommandContext, [key = "", text]: readonly string[]): Steps {
  const target = findTarget(context);
  if (target === null) return;
  const isMetadata3 = usesMetadata3(context.session);
  const value = isMetadata3 && text === "" ? null : (text?.normalize("NFC") ?? null);
  if (!isMetadataKey(key)) return refuseKey(context, key);
  if (!canSet(context, target, key)) return refusePermission(context, target.name, key);
  if (key === KEEP_DAYS_KEY && value !== null && parseKeepDays(value) === null) {
    return refuseValue(context, key, "The value must be a number of days, 1 or more");
  }
  const values = valuesOf(context, target);
  if (value === null && !values.has(key)) {
    if (isMetadata3) return sendMetadataValue(context.reply, target.name, key, null);
    return fail(context, "KEY_NOT_SET", [target.name, key], "That key is not set");
  }
  if (value !== null && utf8Bytes(value) > METADATA_VALUE_BYTES_MAX) {
    return refuseValue(context, key, `A value can have at most ${METADATA_VALUE_BYTES_MAX} bytes`);
  }
  const { user } = context.session;
  const isOwn = target.kind === "registered" && target.subject === user;
  const refusal =
    isOwn && value !== null
      ? yield* profileRefusal(context.state, target.subject, "value", value)
      : null;
  if (refusal !== null) return refuseValue(context, key, refusal);
  if (value !== null && !hasMetadataSpace(values, key)) {
    const details = isMetadata3 ? [target.name, String(METADATA_KEYS_MAX)] : [target.name];
    return fail(context, "LIMIT_REACHED", details, `There are ${METADATA_KEYS_MAX} keys already`);
  }
  if (change(context, target, key, value))
    sendMetadataValue(context.reply, target.name, key, value);
  else notStored(context.reply, "METADATA", target.name);
}

function clear(context: CommandContext): void {
  const target = findTarget(context);
  if (target === null) return;
  if (!canDescribe(context, target)) return refusePermission(context, target.name, "*");
  context.reply.batch("metadata", [target.name], () => {
    for (const key of [...valuesOf(context, target).keys()]) {
      // Only the founder may change the retention, by SET.
      if (key === KEEP_DAYS_KEY) continue;
      if (!change(context, target, key, null)) {
        return notStored(context.reply, "METADATA", target.name);
      }
      if (usesMetadata3(context.session)) sendMetadataValue(context.reply, target.name, key, null);
      // metadata-2 answers with the numeric of a value, which is empty.
      else context.reply.numeric(NUMERIC.RPL_KEYVALUE, target.name, key, "*", "");
    }
  });
}

/** Returns whether the session may set a key: the retention key only as the room's founder. */
function canSet(context: CommandContext, target: Target, key: string): boolean {
  if (!canDescribe(context, target)) return false;
  if (key !== KEEP_DAYS_KEY) return true;
  // Messages that this key deletes don't come back.
  const { user } = context.session;
  if (target.kind !== "registered" || user === null) return false;
  return target.subject instanceof Room && target.subject.hasRank(user, "q");
}

/** Returns whether the session may set metadata: users their own, and ops their room's. */
function canDescribe({ session }: CommandContext, target: Target): boolean {
  const { user } = session;
  if (target.kind === "unregistered" || user === null) return true;
  const { subject } = target;
  if (!(subject instanceof Room)) return subject === user;
  return subject.hasRank(user, "o") && closedChangeRefusal(subject, user) === null;
}

function change(
  context: CommandContext,
  target: Target,
  key: string,
  value: string | null,
): boolean {
  const { state, session } = context;
  if (target.kind === "registered" && session.user !== null) {
    return setMetadata(state, target.subject, key, value, session.user.identity, session);
  }
  if (value === null) session.preMetadata.delete(key);
  else session.preMetadata.set(key, value);
  return true;
}

function* subscribe(context: CommandContext, keys: readonly string[]): Steps {
  const { state, session, reply } = context;
  if (!isOwnTarget(context)) return void refuseTarget(context);
  const accepted = new Set<string>();
  const added: string[] = [];
  for (const key of keys) {
    // The specification wants keys taken in order, and none after the first that is over the limit.
    if (session.subscriptions.size >= METADATA_SUBS_MAX) {
      const limit = usesMetadata3(session) ? [String(METADATA_SUBS_MAX)] : [];
      const sentence = `You can subscribe to at most ${METADATA_SUBS_MAX} keys`;
      fail(context, "TOO_MANY_SUBS", [asParam(key), ...limit], sentence);
      break;
    }
    if (!isMetadataKey(key)) {
      warnKey(context, key);
      continue;
    }
    if (!session.subscriptions.has(key)) added.push(key);
    session.subscriptions.add(key);
    accepted.add(key);
  }
  sendKeys(context, NUMERIC.RPL_METADATASUBOK, [...accepted]);
  if (session.user !== null) yield* sendSubscribedMetadata(state, reply, session.user, added);
}

function unsubscribe(context: CommandContext, keys: readonly string[]): void {
  if (!isOwnTarget(context)) return void refuseTarget(context);
  const removed = new Set<string>();
  for (const key of keys) {
    if (!isMetadataKey(key)) warnKey(context, key);
    else {
      context.session.subscriptions.delete(key);
      removed.add(key);
    }
  }
  sendKeys(context, NUMERIC.RPL_METADATAUNSUBOK, [...removed]);
}

function sendSubscriptions(context: CommandContext): void {
  if (!isOwnTarget(context)) return void refuseTarget(context);
  context.reply.batch("metadata-subs", [], () =>
    sendKeys(context, NUMERIC.RPL_METADATASUBS, [...context.session.subscriptions]),
  );
}

function* sync(context: CommandContext): Steps {
  const { state, reply, session, params } = context;
  const { user } = session;
  if (params[0] === ALL_KEYS && usesMetadata3(session) && user !== null) {
    return yield* syncAllMetadata(state, reply, user);
  }
  const target = findTarget(context);
  if (target === null) return;
  if (target.kind === "unregistered" || user === null) {
    return reply.batch("metadata", [target.name], () => {});
  }
  // The answer shows who is in the room, which is for members only.
  const { subject } = target;
  if (subject instanceof Room && !subject.has(user)) return void refuseTarget(context);
  yield* syncMetadata(reply, subject, user);
}

function sendKeys({ reply }: CommandContext, numeric: string, keys: readonly string[]): void {
  for (let index = 0; index < keys.length; index += KEYS_PER_LINE) {
    reply.numeric(numeric, ...keys.slice(index, index + KEYS_PER_LINE));
  }
}

function isOwnTarget({ session, params: [name = ""] }: CommandContext): boolean {
  return name === "*" || (session.user !== null && fold(name) === fold(session.user.nick));
}

/** @param code as metadata-2 has it; sessions with metadata-3 get the name that it has there */
function fail(
  context: CommandContext,
  code: string,
  details: readonly string[],
  sentence: string,
): void {
  const { session, reply } = context;
  const sessionCode = usesMetadata3(session) ? (METADATA_3_CODES[code] ?? code) : code;
  reply.fail("METADATA", sessionCode, details, sentence);
}

function refuseTarget(context: CommandContext): null {
  const [name = ""] = context.params;
  fail(context, "INVALID_TARGET", [asParam(name)], "There is no such room or person");
  return null;
}

function refuseKey(context: CommandContext, key: string): void {
  fail(context, "KEY_INVALID", [asParam(key)], INVALID_KEY);
}

/** Refuses one key of several. metadata-3 has a warning for this, since the other keys are still handled. */
function warnKey(context: CommandContext, key: string): void {
  if (!usesMetadata3(context.session)) return refuseKey(context, key);
  context.reply.warn("METADATA", "INVALID_KEY", [asParam(key)], INVALID_KEY);
}

function refuseValue(context: CommandContext, key: string, sentence: string): void {
  fail(context, "VALUE_INVALID", usesMetadata3(context.session) ? [key] : [], sentence);
}

function refusePermission(context: CommandContext, target: string, key: string): void {
  fail(context, "KEY_NO_PERMISSION", [target, key], "You can't change that");
}

/** Returns a text as a parameter that isn't the last: `*` if it can't be one. */
function asParam(text: string): string {
  return /^[^\s:]\S*$/.test(text) ? text : "*";
}
