import { expect, test } from "bun:test";
import {
  datesOfAccounts,
  datesOfPeople,
  datesOfSnapshot,
} from "../../lib/file-manager/dates/future-dates.ts";
import { moveRooms, moveUsers } from "../../lib/file-manager/dates/moved-records.ts";
import { MovedTimes } from "../../lib/file-manager/dates/moved-times.ts";
import type { Account } from "../../lib/member-server/account.ts";
import type { AccountNotice } from "../../lib/member-server/account-notices.ts";
import type { PasswordReset } from "../../lib/member-server/password-reset.ts";
import type { AccountId } from "../../lib/protocol/account-id.ts";
import { isJsonObject, type JsonObject } from "../../lib/protocol/json-decoder.ts";
import type { AccountName } from "../../lib/protocol/names.ts";
import { OPENING_TIME, Scene } from "../scene.ts";

/** Every date that rooms.json and people.journal can hold, found by its size and not by a list. */

const YEAR_MS = 365 * 24 * 3_600_000;
/** Ends of bans and mutes are in the future by right. */
const ENDS = new Set(["until"]);
/** A read state's own time moves with the counts of its conversation. */
const NOT_LISTED = new Set(["tally", "tallies"]);

/** Yields the path and value of every number in JSON that is a date after the scene's opening. */
function* futureNumbers(value: unknown, path = ""): Iterable<readonly [string, number]> {
  if (typeof value === "number" && value > OPENING_TIME + YEAR_MS / 2) yield [path, value];
  if (Array.isArray(value)) {
    for (const each of value) yield* futureNumbers(each, `${path}[]`);
  } else if (isJsonObject(value)) {
    for (const [key, each] of Object.entries(value)) {
      if (!ENDS.has(key)) yield* futureNumbers(each, `${path}.${key}`);
    }
  }
}

/** A server whose clock is a year ahead, on which everything was done that leaves a date. */
function eventful(): Scene {
  const scene = new Scene({ redactWithinMs: YEAR_MS });
  scene.setsClock(YEAR_MS);
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  const mina = scene.person("mina", "message-tags", "echo-message", "draft/read-marker");
  const jun = scene.person("jun", "message-tags", "echo-message");
  const sora = scene.person("sora");
  mina.says("JOIN #tea", "JOIN #den", "MODE #den +A", "TOPIC #tea :leaves");
  mina.says("MODE #tea +b bad!*@*", "CS MUTE #tea jun 1h rude", "INVITE jun #den");
  mina.says("CS AMODE #tea +v jun", "METADATA #tea SET url :x", "SILENCE +sora");
  jun.says("JOIN #tea", "PRIVMSG mina :hello");
  sora.says("JOIN #tea", "JOIN #den", "PRIVMSG mina :unseen", "PRIVMSG jun :seen");
  const msgid = /msgid=(\w+)/.exec(
    jun.hears().findLast((line) => line.includes("hello")) ?? "",
  )?.[1];
  mina.says(`REPORT jun ${msgid} :rude`, "MARKREAD jun timestamp=2027-11-22T00:00:00.000Z");
  owner.says("KLINE 60 spam!*@* :spam", "CS CLOSE #tea rude");
  scene.passes(1000);
  sora.vanishes();
  return scene;
}

test("every date of rooms.json is found when it is in the future", () => {
  const snapshot = JSON.parse(JSON.stringify(eventful().server.snapshot())) as JsonObject;
  const listed = new Set([...datesOfSnapshot(snapshot as never)].map(({ time }) => time));
  const numbers = [...futureNumbers(snapshot)].filter(
    ([path]) => !path.split(".").some((key) => NOT_LISTED.has(key.replaceAll("[]", ""))),
  );
  expect(new Set(numbers.map(([path]) => path)).size).toBeGreaterThan(15);
  // Each number is set apart, so that no other date of the same value stands for it.
  const missing = numbers.filter(([path]) => {
    const marked = mark(snapshot, path);
    return ![...datesOfSnapshot(marked as never)].some(({ time }) => time === MARKED);
  });
  expect([...new Set(missing.map(([path]) => path))]).toEqual([]);
  expect(listed.size).toBeGreaterThan(5);
});

const MARKED = OPENING_TIME + 3 * YEAR_MS;

/** Returns JSON with one value in place of all that have a path. */
function mark(value: unknown, wanted: string, path = ""): unknown {
  if (path === wanted && typeof value === "number") return MARKED;
  if (Array.isArray(value)) return value.map((each) => mark(each, wanted, `${path}[]`));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, mark(each, wanted, `${path}.${key}`)]),
  );
}

test("every date of rooms.json moves", () => {
  const snapshot = JSON.parse(JSON.stringify(eventful().server.snapshot())) as JsonObject;
  const dates = [...datesOfSnapshot(snapshot as never)].map(({ time }) => time);
  const moved = moveRooms(snapshot, new MovedTimes(OPENING_TIME, dates), new Map());
  expect([...futureNumbers(moved)]).toEqual([]);
});

test("every date of people.journal is found when it is in the future", () => {
  const { people } = eventful();
  const kinds = new Set(people.map((change) => (change as { kind: string }).kind));
  expect([...kinds].sort()).toEqual(
    expect.arrayContaining(["banned", "invited", "marked", "ranked", "reported", "seen"]),
  );
  for (const change of people) {
    // The audit file is what the clock said: nothing moves in it.
    if ((change as { kind: string }).kind === "audited") continue;
    const numbers = [...futureNumbers(JSON.parse(JSON.stringify(change)))];
    const listed = [...datesOfPeople([change as never])].map(({ time }) => time);
    expect(listed.sort(), JSON.stringify(change)).toEqual(numbers.map(([, time]) => time).sort());
  }
});

/** An account with everything that an account can have: a new field has to be added here, or this does not compile. */
function fullAccount(at: () => number): Required<Account> {
  const id = "mina00000001" as AccountId;
  return {
    ...{ id, name: "mina" as AccountName, legacyName: "mina" as AccountName, owner: false },
    ...{ hash: "hash", passwordForm: "opaque", email: null, grade: "helper", createdAt: at() },
    certificates: [{ fingerprint: "f", label: "phone", addedAt: at(), seenAt: at() }],
    addresses: [{ hash: "h", time: at() }],
    secondFactor: { secret: "s", since: at(), lastCodeAt: at(), recovery: [] },
    bot: { by: id, token: "t", tokenAt: at(), rights: [], rooms: [] },
    suspension: { by: "owner", time: at(), until: null, reason: "" },
    notices: [{ kind: "password", time: at(), detail: "" } as unknown as AccountNotice],
    reset: { ...({ hash: "r" } as unknown as PasswordReset), madeAt: at(), expiresAt: at() },
  };
}

test("every date of an account is found when it is in the future, and moves", () => {
  let time = MARKED;
  const at = (): number => (time += 1);
  const records = { accounts: [fullAccount(at)], invitations: [] };
  const json = JSON.parse(JSON.stringify(records)) as JsonObject;
  const numbers = [...futureNumbers(json)].filter(([path]) => !path.endsWith(".expiresAt"));
  const listed = [...datesOfAccounts(records)].map((date) => date.time);
  const missing = numbers.filter(([, value]) => !listed.includes(value)).map(([path]) => path);
  expect(missing).toEqual([]);
  const moved = moveUsers(json, new MovedTimes(OPENING_TIME, listed));
  expect([...futureNumbers(moved)].map(([path]) => path)).toEqual([]);
});
