import { expect, test } from "bun:test";
import type { EventBody, RoomEvent } from "../../lib/chat-server/event.ts";
import {
  formatStoredEvent,
  parseStoredEvent,
} from "../../lib/file-manager/history/stored-event.ts";
import type { RoomName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { EventScript, NOON, TEA, who } from "./room-log-events.ts";

const HAPPENINGS: EventBody[] = [
  { kind: "created", room: "#수다방" as RoomName, pair: null },
  { kind: "created", room: null, pair: [accountId("민수"), accountId("지원")] },
  { kind: "said", verb: "PRIVMSG", text: "", tags: {} },
  { kind: "said", verb: "NOTICE", text: 'a\n"b"\u2028\ud800', tags: { "+x": "", "+y": "1" } },
  { kind: "said", verb: "TAGMSG", text: "", tags: { "+draft/react": "👍" } },
  { kind: "said", verb: "PRIVMSG", text: "x", tags: {}, editedAt: NOON },
  {
    kind: "said",
    verb: "PRIVMSG",
    text: "x",
    tags: {},
    editedAt: NOON,
    namedNow: [accountId("민수")],
  },
  { kind: "said", verb: "PRIVMSG", text: "abc", tags: {}, joins: [1, 2] },
  { kind: "said", verb: "PRIVMSG", text: "jun?", tags: {}, named: [accountId("jun")] },
  { kind: "joined" },
  { kind: "left", how: "part", reason: "" },
  { kind: "left", how: "quit", reason: "bye" },
  {
    kind: "kicked",
    whom: { ...who("지원"), bot: true, account: null, accountId: null },
    reason: "x",
  },
  { kind: "topic", text: "" },
  {
    kind: "mode",
    changes: [
      { kind: "rank", add: true, letter: "o", whom: who("지원") },
      { kind: "list", add: false, letter: "b", mask: "*!*@x" },
      { kind: "list", add: true, letter: "b", mask: "~a:jun", account: accountId("jun") },
      { kind: "list", add: true, letter: "b", mask: "~a:nobody" },
      { kind: "list", add: true, letter: "I", mask: "~a:nobody", account: null },
      { kind: "setting", add: true, letter: "l", value: "20" },
      { kind: "setting", add: false, letter: "l", value: null },
    ],
  },
  { kind: "set", field: "topic", value: { text: "tea", by: "mina", time: NOON } },
  { kind: "set", field: "modes", value: { n: "", l: "20" } },
  { kind: "renamed", name: "#새방" as RoomName, reason: "" },
  { kind: "edited", target: "abc", text: "new" },
  { kind: "redacted", target: "abc", reason: "" },
  { kind: "dropped" },
];

test("every kind of event is read back unchanged", () => {
  const talk = new EventScript();
  for (const happening of HAPPENINGS) {
    const event = { ...talk.next(happening), by: { ...who("민수"), realname: "김민수" } };
    const line = formatStoredEvent(event as RoomEvent);
    expect(line).toEndWith("}\n");
    expect(line.indexOf("\n")).toBe(line.length - 1);
    expect(parseStoredEvent(line.slice(0, -1), TEA)).toEqual({
      kind: "event",
      event: event as RoomEvent,
      isErased: false,
    });
  }
});

test("an event with a missing or invalid field is damaged", () => {
  const mayBeLeftOut = new Set(
    "reason tags joins editedAt verb mentions mentionsNow account user host".split(" "),
  );
  const talk = new EventScript();
  for (const happening of HAPPENINGS) {
    const line = JSON.parse(formatStoredEvent(talk.next(happening))) as Record<string, unknown>;
    for (const key of Object.keys(line)) {
      if (key === "kind") continue;
      const { [key]: _, ...without } = line;
      const lacking = parseStoredEvent(JSON.stringify(without), TEA).kind;
      if (!mayBeLeftOut.has(key))
        expect([line["kind"], key, lacking]).toEqual([line["kind"], key, "damaged"]);
      const wrong = parseStoredEvent(JSON.stringify({ ...line, [key]: [7] }), TEA).kind;
      expect([line["kind"], key, wrong]).toEqual([line["kind"], key, "damaged"]);
    }
  }
});

test("an unknown kind of event keeps its position, and a line that is no event is damaged", () => {
  const line = formatStoredEvent(new EventScript().next({ kind: "joined" })).replace(
    "joined",
    "poll",
  );
  expect(parseStoredEvent(line, TEA)).toEqual({ kind: "unknown", position: 1, kindName: "poll" });
  expect(parseStoredEvent(line.replace("poll", "toString"), TEA).kind).toBe("unknown");
  for (const rubbish of [
    "",
    "null",
    "[]",
    "{}",
    "7",
    '{"at":1}',
    '{"at":0,"kind":"joined"}',
    '{"at":1,',
  ]) {
    expect([rubbish, parseStoredEvent(rubbish, TEA)]).toEqual([rubbish, { kind: "damaged" }]);
  }
});

test("a line whose text was erased keeps its author, time and msgid", () => {
  const event = new EventScript().said("secret");
  const raw = JSON.parse(formatStoredEvent(event));
  delete raw.text;
  expect(parseStoredEvent(JSON.stringify({ ...raw, gone: true }), TEA)).toEqual({
    kind: "event",
    event: { ...event, text: "", tags: {} } as RoomEvent,
    isErased: true,
  });
});

test("a message that mentions nobody mentions nobody after a restart, whatever anybody is called by then", () => {
  const said = new EventScript().said("hello mina");
  const guest = { ...said, by: { ...said.by, account: null, accountId: null } };
  for (const event of [said, guest]) {
    expect(parseStoredEvent(formatStoredEvent(event), TEA)).toMatchObject({ event: { named: [] } });
  }
  expect(formatStoredEvent(said)).not.toContain("mentions");
});

test("whom a message of the first versions mentions is left to whoever reads it", () => {
  const raw = JSON.parse(formatStoredEvent(new EventScript().said("hello mina")));
  delete raw.by.id;
  const stored = parseStoredEvent(JSON.stringify(raw), TEA);
  expect(stored.kind === "event" && "named" in stored.event).toBe(false);
});
