import { fold, isRoomName } from "../../../protocol/names.ts";
import { utf8Bytes } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Command, CommandContext } from "../../command.ts";
import { KEEP_DAYS_KEY, parseKeepDays } from "../../history/retention.ts";
import { METADATA_KEYS_MAX, METADATA_SUBS_MAX, METADATA_VALUE_BYTES_MAX } from "../../limits.ts";
import { notStored } from "../../relay/error-replies.ts";
import {
  asWord,
  metadataFail,
  refuseKey,
  refuseRight,
  refuseTarget,
  refuseValue,
  warnKey,
} from "../../relay/metadata-errors.ts";
import { canSeeRoom, joinRefusal } from "../../rooms/access.ts";
import { Room } from "../../rooms/room.ts";
import {
  ALL_KEYS,
  hasMetadataSpace,
  isMetadataKey,
  type MetadataTarget,
  nameOf,
  sendSubscribed,
  sendValue,
  setMetadata,
  syncAllMetadata,
  syncMetadata,
  usesMetadata3,
} from "../../users/metadata-values.ts";
import type { User } from "../../users/user.ts";

/** METADATA: what is said of people and rooms, by key. https://ircv3.net/specs/extensions/metadata */
export const METADATA: Command = {
  verb: "METADATA",
  params: 0,
  phase: "any",
  cost: 2,
  handle: (context) => {
    const [, given = "", ...rest] = context.params;
    const subcommand = given.toUpperCase();
    // The text wants standard replies for all that is wrong, and names no code for this.
    if (given === "") {
      const details = usesMetadata3(context.session) ? ["*"] : [];
      return metadataFail(context, "NEED_MORE_PARAMS", details, "Say of whom, and what to do");
    }
    if (NEED_KEY.includes(subcommand) && rest.length === 0) {
      return metadataFail(context, "NEED_MORE_PARAMS", [subcommand], `${subcommand} needs a key`);
    }
    switch (subcommand) {
      case "GET":
        return get(context, rest);
      case "LIST":
        return list(context);
      case "SET":
        return set(context, rest);
      case "CLEAR":
        return clear(context);
      case "SUB":
        return subscribe(context, rest);
      case "UNSUB":
        return unsubscribe(context, rest);
      case "SUBS":
        return subscriptions(context);
      case "SYNC":
        return sync(context);
      default:
        return metadataFail(
          context,
          "SUBCOMMAND_INVALID",
          [asWord(given)],
          "There is no such subcommand",
        );
    }
  },
};

const NEED_KEY: readonly string[] = ["GET", "SET", "SUB", "UNSUB"];

/** Whose metadata it is: somebody's, a room's, or what a visitor will have said of themselves. */
type Target =
  | { readonly kind: "there"; readonly one: MetadataTarget; readonly name: string }
  | { readonly kind: "unregistered"; readonly name: string };

/** The target, or `null` after the asker was told that there is none: also of a room that hides. */
function find(context: CommandContext): Target | null {
  const { state, session } = context;
  const [given = ""] = context.params;
  const { user } = session;
  if (user === null)
    return given === "*" ? { kind: "unregistered", name: "*" } : refuseTarget(context);
  if (given === "*") return { kind: "there", one: user, name: user.nick };
  const one = isRoomName(given)
    ? state.rooms.byName(given)
    : (state.users.byNick(fold(given)) ?? accountNamed(context, given));
  if (one === null || (one instanceof Room && !isOpenTo(one, user))) return refuseTarget(context);
  return { kind: "there", one, name: nameOf(one) };
}

/** What is said of a room, its pins among it, is for those who are in it, or may come in. */
function isOpenTo(room: Room, user: User): boolean {
  return room.has(user) || (canSeeRoom(room, user) && joinRefusal(room, user, "") === null);
}

function accountNamed({ state }: CommandContext, name: string): User | null {
  const account = state.accounts.account(fold(name));
  return account === null ? null : state.users.byAccount(account.name);
}

function valuesOf({ session }: CommandContext, target: Target): ReadonlyMap<string, string> {
  return target.kind === "unregistered" ? session.preMetadata : target.one.metadata;
}

function get(context: CommandContext, keys: readonly string[]): void {
  const target = find(context);
  if (target === null) return;
  const values = valuesOf(context, target);
  context.reply.batch("metadata", [target.name], () => {
    for (const key of keys) {
      if (!isMetadataKey(key)) warnKey(context, key);
      else sendValue(context.reply, target.name, key, values.get(key) ?? null);
    }
  });
}

function list(context: CommandContext): void {
  const target = find(context);
  if (target === null) return;
  context.reply.batch("metadata", [target.name], () => {
    for (const [key, value] of valuesOf(context, target)) {
      sendValue(context.reply, target.name, key, value);
    }
  });
}

function set(context: CommandContext, [key = "", given]: readonly string[]): void {
  const target = find(context);
  if (target === null) return;
  const third = usesMetadata3(context.session);
  const value = third && given === "" ? null : (given?.normalize("NFC") ?? null);
  if (!isMetadataKey(key)) return refuseKey(context, key);
  if (!mayDescribe(context, target)) return refuseRight(context, target.name, key);
  if (key === KEEP_DAYS_KEY) {
    // What is deleted by it doesn't come back: that is for the room's founder.
    const isFounder = target.kind === "there" && target.one instanceof Room && context.session.user;
    if (!isFounder || !target.one.hasRank(isFounder, "q"))
      return refuseRight(context, target.name, key);
    if (value !== null && parseKeepDays(value) === null) {
      return refuseValue(context, key, "That must be a number of days, from 1 on");
    }
  }
  const values = valuesOf(context, target);
  if (value === null && !values.has(key)) {
    if (third) return sendValue(context.reply, target.name, key, null);
    return metadataFail(
      context,
      "KEY_NOT_SET",
      [target.name, key],
      "There is nothing under that key",
    );
  }
  if (value !== null && utf8Bytes(value) > METADATA_VALUE_BYTES_MAX) {
    return refuseValue(context, key, `It may have ${METADATA_VALUE_BYTES_MAX} bytes`);
  }
  if (value !== null && !hasMetadataSpace(values, key)) {
    const details = third ? [target.name, String(METADATA_KEYS_MAX)] : [target.name];
    return metadataFail(context, "LIMIT_REACHED", details, "There is no place for another key");
  }
  if (change(context, target, key, value)) sendValue(context.reply, target.name, key, value);
  else notStored(context.reply, "METADATA", target.name);
}

function clear(context: CommandContext): void {
  const target = find(context);
  if (target === null) return;
  if (!mayDescribe(context, target)) return refuseRight(context, target.name, "*");
  context.reply.batch("metadata", [target.name], () => {
    for (const key of [...valuesOf(context, target).keys()]) {
      // Only its founder says how long a room is kept, and one key at a time.
      if (key === KEEP_DAYS_KEY) continue;
      if (!change(context, target, key, null))
        return notStored(context.reply, "METADATA", target.name);
      if (usesMetadata3(context.session)) sendValue(context.reply, target.name, key, null);
      // The second text wants the same numeric as for a value: there is none any more.
      else context.reply.numeric(NUMERIC.RPL_KEYVALUE, target.name, key, "*", "");
    }
  });
}

/** Everybody describes themselves, and a room's ops the room. */
function mayDescribe({ session }: CommandContext, target: Target): boolean {
  const { user } = session;
  if (target.kind === "unregistered" || user === null) return true;
  return target.one instanceof Room ? target.one.hasRank(user, "o") : target.one === user;
}

function change(
  context: CommandContext,
  target: Target,
  key: string,
  value: string | null,
): boolean {
  const { state, session } = context;
  if (target.kind === "there" && session.user !== null) {
    return setMetadata(state, target.one, key, value, session.user.identity, session);
  }
  if (value === null) session.preMetadata.delete(key);
  else session.preMetadata.set(key, value);
  return true;
}

function subscribe(context: CommandContext, keys: readonly string[]): void {
  const { state, session, reply } = context;
  if (!isOneself(context)) return void refuseTarget(context);
  const taken = new Set<string>();
  const added: string[] = [];
  for (const key of keys) {
    // In order, and none behind the first for which there is no place: the text says so.
    if (session.subscriptions.size >= METADATA_SUBS_MAX) {
      const details = usesMetadata3(session)
        ? [asWord(key), String(METADATA_SUBS_MAX)]
        : [asWord(key)];
      metadataFail(
        context,
        "TOO_MANY_SUBS",
        details,
        `You may subscribe to ${METADATA_SUBS_MAX} keys`,
      );
      break;
    }
    if (!isMetadataKey(key)) {
      warnKey(context, key);
      continue;
    }
    if (!session.subscriptions.has(key)) added.push(key);
    session.subscriptions.add(key);
    taken.add(key);
  }
  keyLines(context, NUMERIC.RPL_METADATASUBOK, [...taken]);
  if (session.user !== null) sendSubscribed(state, reply, session.user, added);
}

function unsubscribe(context: CommandContext, keys: readonly string[]): void {
  if (!isOneself(context)) return void refuseTarget(context);
  const gone = new Set<string>();
  for (const key of keys) {
    if (!isMetadataKey(key)) warnKey(context, key);
    else {
      context.session.subscriptions.delete(key);
      gone.add(key);
    }
  }
  keyLines(context, NUMERIC.RPL_METADATAUNSUBOK, [...gone]);
}

function subscriptions(context: CommandContext): void {
  if (!isOneself(context)) return void refuseTarget(context);
  context.reply.batch("metadata-subs", [], () =>
    keyLines(context, NUMERIC.RPL_METADATASUBS, [...context.session.subscriptions]),
  );
}

function sync(context: CommandContext): void {
  const { state, reply, session, params } = context;
  if (params[0] === ALL_KEYS && usesMetadata3(session) && session.user !== null) {
    return syncAllMetadata(state, reply, session.user);
  }
  const target = find(context);
  if (target === null) return;
  if (target.kind === "unregistered" || session.user === null) {
    return reply.batch("metadata", [target.name], () => {});
  }
  // Who is in a room is its members' to know.
  if (target.one instanceof Room && !target.one.has(session.user))
    return void refuseTarget(context);
  syncMetadata(reply, target.one, session.user);
}

/** Keys per line: eight of the longest fit beside the longest names. */
const KEYS_PER_LINE = 8;

function keyLines({ reply }: CommandContext, numeric: string, keys: readonly string[]): void {
  for (let i = 0; i < keys.length; i += KEYS_PER_LINE) {
    reply.numeric(numeric, ...keys.slice(i, i + KEYS_PER_LINE));
  }
}

function isOneself({ session, params: [given = ""] }: CommandContext): boolean {
  return given === "*" || (session.user !== null && fold(given) === fold(session.user.nick));
}
