import { legacyAccountId } from "../../protocol/account-id.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json-decoder.ts";
import { listOf } from "../disk/json-fields.ts";
import type { LegacyAccounts } from "./accounts-by-name.ts";

/* Puts ids in the place of accounts' names in rooms.json and people.journal. */

/** Before the first change of people.journal. */
const BEFORE = -1;
/** `~a:mina`, also in a mute. */
const NAMED = /^(?:~m:)?~a:([^*?]+)$/;

/** Returns rooms.json with ids. */
export function upgradeRooms(
  content: JsonObject,
  accounts: LegacyAccounts,
  format: number,
): JsonObject {
  const conversations = listOf(content["conversations"]).map((entry) => {
    const { pair, tallies, room, createdAt } = entry;
    const idOf = (name: string) => accounts.since(name, Number(createdAt));
    return {
      ...entry,
      ...(Array.isArray(pair) && { pair: pair.map((name) => idOf(String(name))) }),
      ...(isJsonObject(tallies) && { tallies: mapKeys(tallies, idOf) }),
      ...(isJsonObject(room) && { room: upgradeRoom(room, accounts) }),
    };
  });
  const people = listOf(content["people"]).map((person) => {
    const { account, blocked, invitations } = person;
    const masks = Array.isArray(blocked) ? blocked : [];
    return {
      ...person,
      account: accounts.at(String(account), BEFORE),
      blocked: masks.map((mask) => blockedMask(String(mask), accounts)),
      ...(Array.isArray(invitations) && {
        invitations: listOf(invitations).map((each) => withInviter(each, accounts)),
      }),
    };
  });
  const bans = listOf(content["bans"]).map((ban) => upgradeBan(ban, accounts));
  return { ...content, format, conversations, people, bans };
}

function upgradeRoom(room: JsonObject, accounts: LegacyAccounts): JsonObject {
  const { members, ranks, lists } = room;
  return {
    ...room,
    members: listOf(members).map((member) => ({
      ...member,
      account: accounts.since(String(member["account"]), Number(member["joinedTime"])),
    })),
    ...(isJsonObject(ranks) && { ranks: mapKeys(ranks, (name) => accounts.at(name, BEFORE)) }),
    ...(isJsonObject(lists) && {
      lists: Object.fromEntries(
        Object.entries(lists).map(([letter, entries]) => [
          letter,
          listOf(entries).map((entry) => upgradeEntry(entry, letter, accounts)),
        ]),
      ),
    }),
  };
}

/** A mask means whoever had the name when it was set, and only a ban waits for somebody to get it. */
function upgradeEntry(entry: JsonObject, letter: string, accounts: LegacyAccounts): JsonObject {
  const time = Number(entry["time"]);
  const mask = accounts.withHost(String(entry["mask"]), time);
  const name = NAMED.exec(mask)?.[1];
  if (name === undefined || (letter === "b" && !accounts.has(name))) return { ...entry, mask };
  return { ...entry, mask, account: accounts.ofTime(name, time) };
}

function upgradeBan(ban: JsonObject, accounts: LegacyAccounts): JsonObject {
  if (ban["of"] !== "mask") return ban;
  const time = Number(ban["time"]);
  const target = accounts.withHost(String(ban["target"]), time);
  const name = NAMED.exec(target)?.[1];
  if (name === undefined || !accounts.has(name)) return { ...ban, target };
  return { ...ban, target, account: accounts.ofTime(name, time) };
}

/** When a mask was put on a block list isn't known: it means the account that has the name now. */
function blockedMask(text: string, accounts: LegacyAccounts): JsonObject {
  const mask = accounts.withHost(text, Number.POSITIVE_INFINITY);
  const name = NAMED.exec(mask)?.[1];
  const account = name === undefined ? null : accounts.ofTime(name, Number.POSITIVE_INFINITY);
  return account === null ? { mask } : { mask, account };
}

/** With a legacy id, an inviter is nobody who exists. */
function withInviter(invitation: JsonObject, accounts: LegacyAccounts): JsonObject {
  const { by } = invitation;
  if (!isJsonObject(by)) return invitation;
  const { account } = by;
  if (typeof account !== "string") return { ...invitation, by: { ...by, accountId: null } };
  const id = accounts.ofTime(account, Number(invitation["time"])) ?? legacyAccountId(account);
  return { ...invitation, by: { ...by, accountId: id } };
}

/** Returns a change of people.journal with ids. `index`: its place among the changes that rooms.json doesn't have. */
export function upgradePersonChange(
  change: unknown,
  index: number,
  accounts: LegacyAccounts,
): unknown {
  if (!isJsonObject(change)) return change;
  const { account, of } = change;
  const own = typeof account === "string" ? { account: accounts.at(account, index) } : {};
  switch (change["kind"]) {
    case "metadata":
      // A conversation's id has a dot.
      return typeof of !== "string" || of.includes(".")
        ? change
        : { ...change, of: accounts.at(of, index) };
    case "blocked": {
      const { mask, account: names } = blockedMask(String(change["mask"]), accounts);
      return { ...change, ...own, mask, ...(names !== undefined && { names }) };
    }
    case "invited":
      return { ...withInviter(change, accounts), ...own };
    case "banned":
      return isJsonObject(change["ban"])
        ? { ...change, ban: upgradeBan(change["ban"], accounts) }
        : change;
    case "unbanned":
      return {
        ...change,
        target: accounts.withHost(String(change["target"]), Number.POSITIVE_INFINITY),
      };
    default:
      return { ...change, ...own };
  }
}

function mapKeys(values: JsonObject, key: (key: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [key(name), value]));
}
