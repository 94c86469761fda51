import { describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import {
  decodeRecord,
  encodeRecord,
  type ReadRecord,
  type TurnRecord,
} from "../../lib/cluster/log/record.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { decodeAccountChanges } from "../../lib/file-manager/accounts/user-record.ts";
import {
  formatStoredEvent,
  parseStoredEvent,
} from "../../lib/file-manager/history/stored-event.ts";
import { makeClusterKey, readClusterKey } from "../../lib/file-manager/record-log/cluster-key.ts";
import type { AccountChange } from "../../lib/member-server/account.ts";
import type { AccountId } from "../../lib/protocol/account-id.ts";
import type { AccountName, Nick } from "../../lib/protocol/names.ts";

const ROOM = "room.tea.k3vq5m2xwz7a" as ConversationId;
const MINA = "mina00000000" as AccountId;

const said: RoomEvent = {
  ...{ conversation: ROOM, position: 12, time: 1_764_000_000_000, msgid: "m1", kind: "said" },
  by: {
    ...{ nick: "민수" as Nick, user: "u", host: "h", account: "민수" as AccountName },
    ...{ accountId: MINA, realname: "", bot: false },
  },
  ...{
    verb: "PRIVMSG",
    text: 'a "line"\nand\u2028another: 안녕 🍵',
    tags: { "+1": "x", "+a": "y" },
  },
};

/** Each secret that an account change can carry, under a word that nothing else has. */
const secrets: readonly AccountChange[] = [
  {
    ...{ kind: "signed-up", id: MINA, name: "mina" as AccountName, hash: "SECRET-1" },
    ...{ email: "SECRET-2@example.org", owner: false, time: 1 },
  },
  { kind: "password", id: MINA, hash: "SECRET-3" },
  {
    ...{ kind: "second-factor-on", id: MINA },
    secondFactor: { secret: "SECRET-4", since: 1, lastCodeAt: 0, recovery: ["SECRET-5"] },
  },
  { kind: "address-key", key: "SECRET-6" },
  { kind: "address-known", id: MINA, hash: "SECRET-7", time: 1 },
  { kind: "reset-made", id: MINA, hash: "SECRET-8", madeAt: 1, expiresAt: 2 },
  {
    ...{ kind: "bot-added", id: MINA, name: "bot" as AccountName, time: 1 },
    bot: { by: MINA, token: "SECRET-9", tokenAt: 1, rights: ["read"], rooms: [] },
  },
];

const turn: TurnRecord = {
  ...{ kind: "turn", term: 841, number: 12 },
  consumed: [
    { gateway: "k3vq5m2x", link: 7, offset: 2 ** 32 - 1 },
    { gateway: "k3vq5m2x", link: 8, offset: 9, isInLine: true },
  ],
  changes: [
    { kind: "event", conversation: ROOM, stored: formatStoredEvent(said).trimEnd() },
    { kind: "person", change: { kind: "nick", account: MINA, nick: "mina" }, number: 12 },
    { kind: "accounts", changes: secrets, number: 3 },
    { kind: "event", conversation: ROOM, stored: formatStoredEvent(said).trimEnd() },
  ],
  told: [{ after: 1 }],
  upMs: 84_000,
  parts: [
    { key: "link:k3vq5m2x:7", value: { caps: ["SECRET-10"] } },
    { key: "whowas", value: null },
  ],
};

const keyOf = (letter: string): Uint8Array => new TextEncoder().encode(letter.repeat(32));

function recordIn(decoded: ReturnType<typeof decodeRecord>): ReadRecord {
  if ("unreadable" in decoded) throw new Error(decoded.unreadable);
  return decoded.record;
}

describe("a record", () => {
  test("comes out as it went in, sealed or not", () => {
    for (const seal of [null, new Seal(keyOf("k"))]) {
      for (const record of [
        turn,
        { ...turn, consumed: [], changes: [], parts: [], told: [], upMs: 0 },
        { kind: "lead", node: "k3vq5m2x" } as const,
        { kind: "yield", term: 841, number: 13, to: null } as const,
        { kind: "yield", term: 841, number: 13, to: "other" } as const,
      ]) {
        expect(recordIn(decodeRecord(encodeRecord(record, seal), seal))).toEqual(record);
      }
    }
  });

  test("holds events and changes as the files' own decoders read them", () => {
    const record = recordIn(decodeRecord(encodeRecord(turn, null), null));
    if (record.kind !== "turn") throw new Error("another kind");
    const [event, , accounts] = record.changes;
    if (event?.kind !== "event" || accounts?.kind !== "accounts") throw new Error("other kinds");
    expect(parseStoredEvent(event.stored, ROOM)).toEqual({
      ...{ kind: "event", event: { ...said, named: [] }, isErased: false },
    });
    expect(decodeAccountChanges(accounts.changes)).toEqual(secrets);
  });

  test("is lines of JSON that a person can read", () => {
    const lines = Buffer.from(encodeRecord(turn, null)).toString().trimEnd().split("\n");
    expect(lines[0]).toBe('{"v":1,"kind":"turn","term":841,"number":12}');
    expect(lines.map((line) => JSON.parse(line)[0] ?? "head")).toEqual([
      ...["head", "consumed", "event", "person", "accounts", "event", "part", "part", "told", "up"],
    ]);
  });

  test("of a newer version is read as far as its kinds are known", () => {
    const newer = `{"v":1.1,"kind":"turn","term":3,"number":4,"mood":"new"}
["songs",[1,2]]
["consumed",[["g",1,5,"more"]]]
["part","a",{"x":1},"more"]
`;
    expect(recordIn(decodeRecord(Buffer.from(newer), null))).toMatchObject({
      ...{ kind: "turn", term: 3, number: 4, consumed: [{ gateway: "g", link: 1, offset: 5 }] },
      parts: [{ key: "a", value: { x: 1 } }],
    });
    const other = Buffer.from('{"v":1.1,"kind":"dance"}\nany bytes \u0000');
    expect(recordIn(decodeRecord(other, null))).toEqual({ kind: "unknown", name: "dance" });
  });

  test("that must not be read without what a newer version added is called too new, of any kind", () => {
    for (const head of [
      '"kind":"turn","term":3,"number":4',
      '"kind":"lead","node":"n"',
      '"kind":"dance"',
    ]) {
      expect(decodeRecord(Buffer.from(`{"v":2,${head}}\n`), null)).toEqual({
        unreadable: "A newer version wrote the log (its form is 2, and this version knows 1).",
        isNewer: true,
      });
    }
  });

  test("that a newer version sealed otherwise is called too new, and not damaged", () => {
    const seal = new Seal(keyOf("k"));
    const bytes = encodeRecord(turn, seal);
    bytes[bytes.indexOf(10) + 1] = 2;
    expect(decodeRecord(bytes, seal)).toEqual({
      unreadable: "A newer version sealed the log (its seal is 2, and this version knows 1).",
      isNewer: true,
    });
  });

  test("that is damaged is told so, wherever it was cut or changed", () => {
    const bytes = encodeRecord(turn, null);
    const whole = Buffer.from(bytes).toString("latin1");
    for (let length = 0; length < bytes.length; length += 1) {
      const decoded = decodeRecord(bytes.subarray(0, length), null);
      const isAtLineEnd = whole[length - 1] === "\n";
      if (!isAtLineEnd) expect(decoded).toHaveProperty("unreadable");
    }
    for (const wrong of [
      '{"v":1,"kind":"turn","term":-1,"number":1}\n',
      '{"v":1,"kind":"lead"}\n',
    ]) {
      expect(decodeRecord(Buffer.from(wrong), null)).toHaveProperty("unreadable");
    }
  });
});

describe("a sealed record", () => {
  const seal = new Seal(keyOf("k"));

  test("shows nothing but its term and its number", () => {
    const bytes = Buffer.from(encodeRecord(turn, seal));
    const text = bytes.toString("latin1");
    for (const word of ["SECRET", "안녕", "tea", "mina", "nick", "k3vq5m2x", keyOf("k")]) {
      expect(bytes.includes(Buffer.from(word))).toBe(false);
    }
    expect(text.split("\n")[0]).toBe(
      `{"v":1,"kind":"turn","key":"${seal.keyId}","term":841,"number":12,"sealed":true}`,
    );
    expect(encodeRecord(turn, seal)).not.toEqual(bytes);
  });

  test("says so when it was sealed with another key, or there is none", () => {
    const bytes = encodeRecord(turn, new Seal(keyOf("x")));
    const wrong = decodeRecord(bytes, seal);
    expect("unreadable" in wrong && wrong.unreadable).toContain("sealed with another key");
    const none = decodeRecord(bytes, null);
    expect("unreadable" in none && none.unreadable).toContain("there is no key");
  });

  test("doesn't open when a byte of it was changed, or behind another head", () => {
    const bytes = Buffer.from(encodeRecord(turn, seal));
    for (let index = bytes.indexOf("\n") + 1; index < bytes.length; index += 7) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed[index] ?? 0) ^ 1, index);
      expect(decodeRecord(changed, seal)).toHaveProperty("unreadable");
    }
    for (const [from, to] of [
      ['"number":12', '"number":13'],
      ['"term":841', '"term":842'],
    ] as const) {
      const moved = Buffer.from(bytes.toString("latin1").replace(from, to), "latin1");
      expect(decodeRecord(moved, seal)).toHaveProperty("unreadable");
    }
  });
});

describe("the key of a cluster", () => {
  test("is made once, in a file that only its owner may read", () => {
    const folder = mkdtempSync(join(tmpdir(), "sodam-key-"));
    const path = join(folder, "cluster.key");
    try {
      expect(readClusterKey(folder)).toEqual({ key: null });
      const made = makeClusterKey(folder);
      if ("refused" in made) throw new Error(made.refused);
      expect(readClusterKey(folder)).toEqual(made);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readFileSync(path, "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
      chmodSync(path, 0o644);
      expect(readClusterKey(folder)).toEqual(made);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      writeFileSync(path, "short");
      const damaged = readClusterKey(folder);
      expect("refused" in damaged && damaged.refused).toContain("is damaged");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
