import { fold, isRoomName } from "../../../protocol/names.ts";
import { utf8Bytes } from "../../../protocol/utf8.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { Ask, Command } from "../../command.ts";
import { KEEP_DAYS_KEY, parseKeepDays } from "../../history/retention.ts";
import { METADATA_KEYS_MAX, METADATA_SUBS_MAX, METADATA_VALUE_BYTES_MAX } from "../../limits.ts";
import { notKept } from "../../relay/error-replies.ts";
import {
  fail,
  passOver,
  refuseKey,
  refuseRight,
  refuseTarget,
  refuseValue,
  word,
} from "../../relay/metadata-errors.ts";
import { isVisible, joinRefusal } from "../../rooms/access.ts";
import { Room } from "../../rooms/room.ts";
import {
  type Described,
  EVERYTHING,
  hasPlaceFor,
  isMetadataKey,
  nameOf,
  sendSubscribed,
  sendValue,
  setMetadata,
  speaksThirdText,
  syncEverything,
  syncMetadata,
} from "../../users/metadata-values.ts";
import type { User } from "../../users/user.ts";

/** METADATA: what is said of people and rooms, by key. https://ircv3.net/specs/extensions/metadata */
export const METADATA: Command = {
  verb: "METADATA",
  params: 0,
  who: "any",
  cost: 2,
  handle: (ask) => {
    const [, given = "", ...rest] = ask.params;
    const subcommand = given.toUpperCase();
    // The text wants standard replies for all that is wrong, and names no code for this.
    if (given === "") {
      const context = speaksThirdText(ask.session) ? ["*"] : [];
      return fail(ask, "NEED_MORE_PARAMS", context, "Say of whom, and what to do");
    }
    if (NEED_KEY.includes(subcommand) && rest.length === 0) {
      return fail(ask, "NEED_MORE_PARAMS", [subcommand], `${subcommand} needs a key`);
    }
    switch (subcommand) {
      case "GET":
        return get(ask, rest);
      case "LIST":
        return list(ask);
      case "SET":
        return set(ask, rest);
      case "CLEAR":
        return clear(ask);
      case "SUB":
        return subscribe(ask, rest);
      case "UNSUB":
        return unsubscribe(ask, rest);
      case "SUBS":
        return subscriptions(ask);
      case "SYNC":
        return sync(ask);
      default:
        return fail(ask, "SUBCOMMAND_INVALID", [word(given)], "There is no such subcommand");
    }
  },
};

const NEED_KEY: readonly string[] = ["GET", "SET", "SUB", "UNSUB"];

/** Whose metadata it is: somebody's, a room's, or what a visitor will have said of themselves. */
type Target =
  | { readonly kind: "there"; readonly one: Described; readonly name: string }
  | { readonly kind: "visitor"; readonly name: string };

/** The target, or `null` after the asker was told that there is none: also of a room that hides. */
function find(ask: Ask): Target | null {
  const { state, session } = ask;
  const [given = ""] = ask.params;
  const { user } = session;
  if (user === null) return given === "*" ? { kind: "visitor", name: "*" } : refuseTarget(ask);
  if (given === "*") return { kind: "there", one: user, name: user.nick };
  const one = isRoomName(given)
    ? state.rooms.byName(given)
    : (state.users.byNick(fold(given)) ?? accountNamed(ask, given));
  if (one === null || (one instanceof Room && !isOpenTo(one, user))) return refuseTarget(ask);
  return { kind: "there", one, name: nameOf(one) };
}

/** What is said of a room, its pins among it, is for those who are in it, or may come in. */
function isOpenTo(room: Room, user: User): boolean {
  return room.has(user) || (isVisible(room, user) && joinRefusal(room, user, "") === null);
}

function accountNamed({ state }: Ask, name: string): User | null {
  const account = state.members.account(fold(name));
  return account === null ? null : state.users.byAccount(account.name);
}

function valuesOf({ session }: Ask, target: Target): ReadonlyMap<string, string> {
  return target.kind === "visitor" ? session.earlyMetadata : target.one.metadata;
}

function get(ask: Ask, keys: readonly string[]): void {
  const target = find(ask);
  if (target === null) return;
  const values = valuesOf(ask, target);
  ask.reply.batch("metadata", [target.name], () => {
    for (const key of keys) {
      if (!isMetadataKey(key)) passOver(ask, key);
      else sendValue(ask.reply, target.name, key, values.get(key) ?? null);
    }
  });
}

function list(ask: Ask): void {
  const target = find(ask);
  if (target === null) return;
  ask.reply.batch("metadata", [target.name], () => {
    for (const [key, value] of valuesOf(ask, target)) {
      sendValue(ask.reply, target.name, key, value);
    }
  });
}

function set(ask: Ask, [key = "", given]: readonly string[]): void {
  const target = find(ask);
  if (target === null) return;
  const third = speaksThirdText(ask.session);
  const value = third && given === "" ? null : (given?.normalize("NFC") ?? null);
  if (!isMetadataKey(key)) return refuseKey(ask, key);
  if (!mayDescribe(ask, target)) return refuseRight(ask, target.name, key);
  if (key === KEEP_DAYS_KEY) {
    // What is deleted by it doesn't come back: that is for the room's founder.
    const isFounder = target.kind === "there" && target.one instanceof Room && ask.session.user;
    if (!isFounder || !target.one.stands(isFounder, "q")) return refuseRight(ask, target.name, key);
    if (value !== null && parseKeepDays(value) === null) {
      return refuseValue(ask, key, "That must be a number of days, from 1 on");
    }
  }
  const values = valuesOf(ask, target);
  if (value === null && !values.has(key)) {
    if (third) return sendValue(ask.reply, target.name, key, null);
    return fail(ask, "KEY_NOT_SET", [target.name, key], "There is nothing under that key");
  }
  if (value !== null && utf8Bytes(value) > METADATA_VALUE_BYTES_MAX) {
    return refuseValue(ask, key, `It may have ${METADATA_VALUE_BYTES_MAX} bytes`);
  }
  if (value !== null && !hasPlaceFor(values, key)) {
    const context = third ? [target.name, String(METADATA_KEYS_MAX)] : [target.name];
    return fail(ask, "LIMIT_REACHED", context, "There is no place for another key");
  }
  if (change(ask, target, key, value)) sendValue(ask.reply, target.name, key, value);
  else notKept(ask.reply, "METADATA", target.name);
}

function clear(ask: Ask): void {
  const target = find(ask);
  if (target === null) return;
  if (!mayDescribe(ask, target)) return refuseRight(ask, target.name, "*");
  ask.reply.batch("metadata", [target.name], () => {
    for (const key of [...valuesOf(ask, target).keys()]) {
      // Only its founder says how long a room is kept, and one key at a time.
      if (key === KEEP_DAYS_KEY) continue;
      if (!change(ask, target, key, null)) return notKept(ask.reply, "METADATA", target.name);
      if (speaksThirdText(ask.session)) sendValue(ask.reply, target.name, key, null);
      // The second text wants the same numeric as for a value: there is none any more.
      else ask.reply.numeric(NUMERIC.RPL_KEYVALUE, target.name, key, "*", "");
    }
  });
}

/** Everybody describes themselves, and a room's ops the room. */
function mayDescribe({ session }: Ask, target: Target): boolean {
  const { user } = session;
  if (target.kind === "visitor" || user === null) return true;
  return target.one instanceof Room ? target.one.stands(user, "o") : target.one === user;
}

function change(ask: Ask, target: Target, key: string, value: string | null): boolean {
  const { state, session } = ask;
  if (target.kind === "there" && session.user !== null) {
    return setMetadata(state, target.one, key, value, session.user.who, session);
  }
  if (value === null) session.earlyMetadata.delete(key);
  else session.earlyMetadata.set(key, value);
  return true;
}

function subscribe(ask: Ask, keys: readonly string[]): void {
  const { state, session, reply } = ask;
  if (!isOneself(ask)) return void refuseTarget(ask);
  const taken = new Set<string>();
  const added: string[] = [];
  for (const key of keys) {
    // In order, and none behind the first for which there is no place: the text says so.
    if (session.subscriptions.size >= METADATA_SUBS_MAX) {
      const context = speaksThirdText(session)
        ? [word(key), String(METADATA_SUBS_MAX)]
        : [word(key)];
      fail(ask, "TOO_MANY_SUBS", context, `You may subscribe to ${METADATA_SUBS_MAX} keys`);
      break;
    }
    if (!isMetadataKey(key)) {
      passOver(ask, key);
      continue;
    }
    if (!session.subscriptions.has(key)) added.push(key);
    session.subscriptions.add(key);
    taken.add(key);
  }
  keyLines(ask, NUMERIC.RPL_METADATASUBOK, [...taken]);
  if (session.user !== null) sendSubscribed(state, reply, session.user, added);
}

function unsubscribe(ask: Ask, keys: readonly string[]): void {
  if (!isOneself(ask)) return void refuseTarget(ask);
  const gone = new Set<string>();
  for (const key of keys) {
    if (!isMetadataKey(key)) passOver(ask, key);
    else {
      ask.session.subscriptions.delete(key);
      gone.add(key);
    }
  }
  keyLines(ask, NUMERIC.RPL_METADATAUNSUBOK, [...gone]);
}

function subscriptions(ask: Ask): void {
  if (!isOneself(ask)) return void refuseTarget(ask);
  ask.reply.batch("metadata-subs", [], () =>
    keyLines(ask, NUMERIC.RPL_METADATASUBS, [...ask.session.subscriptions]),
  );
}

function sync(ask: Ask): void {
  const { state, reply, session, params } = ask;
  if (params[0] === EVERYTHING && speaksThirdText(session) && session.user !== null) {
    return syncEverything(state, reply, session.user);
  }
  const target = find(ask);
  if (target === null) return;
  if (target.kind === "visitor" || session.user === null) {
    return reply.batch("metadata", [target.name], () => {});
  }
  // Who is in a room is its members' to know.
  if (target.one instanceof Room && !target.one.has(session.user)) return void refuseTarget(ask);
  syncMetadata(reply, target.one, session.user);
}

/** Keys per line: eight of the longest fit beside the longest names. */
const KEYS_PER_LINE = 8;

function keyLines({ reply }: Ask, numeric: string, keys: readonly string[]): void {
  for (let i = 0; i < keys.length; i += KEYS_PER_LINE) {
    reply.numeric(numeric, ...keys.slice(i, i + KEYS_PER_LINE));
  }
}

function isOneself({ session, params: [given = ""] }: Ask): boolean {
  return given === "*" || (session.user !== null && fold(given) === fold(session.user.nick));
}
