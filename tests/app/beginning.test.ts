import { describe, expect, test } from "bun:test";
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { EMPTY_UI } from "../../lib/app/chat-screen/ui-state.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import type { ClientConversation, ClientState } from "../../lib/chat-client/client-state.ts";
import type { Language } from "../../lib/protocol/language.ts";
import { elapsedMs } from "../elapsed.ts";
import { openChat } from "./open-chat.ts";
import {
  conversation,
  drawContextFor,
  line,
  member,
  membersOf,
  SATURDAY,
  stateOf,
} from "./team.ts";

const SIZE = { columns: 100, rows: 12 };

function screenOf(state: ClientState, language: Language = "en", size = SIZE): string {
  const context = drawContextFor(language);
  const ui = { ...EMPTY_UI, current: [...state.conversations.keys()].at(-1) ?? EMPTY_UI.current };
  const view = drawChat(state, ui, size, elapsedMs(0), new ScreenCache(context), context);
  return view.frame.rows.map((row) => row.map(({ text }) => text).join("")).join("\n");
}

/** What a room without messages says in this state, as a key of the sentences. */
const OFFLINE = { phase: { kind: "offline", why: "lost", text: "" } } as const;
const EMPTY_ROOMS: readonly (readonly [
  string,
  Partial<ClientConversation>,
  Partial<ClientState>,
])[] = [
  ["beginning", { oldestReached: true }, {}],
  ["loading", { catchingUp: true }, {}],
  ["since-joining", { oldestReached: true, modes: "nH" }, {}],
  ["not-kept", { oldestReached: true }, { caps: new Set() }],
  ["not-kept", { oldestReached: true, historyGap: "not-kept" }, {}],
  ["refused", { historyGap: "refused" }, {}],
  ["lost", { historyGap: "lost" }, {}],
  ["offline", { oldestReached: true }, OFFLINE],
  ["offline", {}, { phase: { kind: "connecting" } }],
  ["outside", { joined: false, oldestReached: true }, {}],
  ["gone", { former: true, oldestReached: true }, {}],
  ["unknown", {}, {}],
];

describe.each(["en", "ko"] as const)("a room without messages (%s)", (language) => {
  test.each(EMPTY_ROOMS)("says what is known: %s", (key, room, state) => {
    const { emptyHere } = wordsFor(language);
    const tea = conversation("#tea", room);
    const sentence = emptyHere[key as keyof typeof emptyHere];
    const shown = typeof sentence === "string" ? sentence : sentence("#tea");
    const screen = screenOf({ ...stateOf(tea), ...state }, language);
    expect(screen).toContain(shown);
    const others = Object.values(emptyHere).filter(
      (other) => other !== sentence && other !== shown,
    );
    for (const other of others) {
      if (typeof other === "string") expect(screen).not.toContain(other);
    }
  });
});

test.each(["en", "ko"] as const)(
  "a name that nobody has on our server is said to be one (%s)",
  (language) => {
    const { emptyHere } = wordsFor(language);
    const jun = conversation("jun", { historyGap: "refused" });
    const state = stateOf(jun);
    const ours = { ...state, caps: new Set([...state.caps, "sodam.chat/unread"]) };
    expect(screenOf(ours, language)).toContain(emptyHere.nobody("jun"));
    expect(screenOf(state, language)).toContain(emptyHere.refused);
  },
);

test.each(["en", "ko"] as const)(
  "what is known of an empty conversation fits 40 columns (%s)",
  (language) => {
    const tea = conversation("#tea", { oldestReached: true });
    const state: ClientState = { ...stateOf(tea), ...OFFLINE };
    const rows = screenOf(state, language, { columns: 40, rows: 12 }).replace(/\s+/g, " ");
    expect(rows).toContain(wordsFor(language).emptyHere.offline);
  },
);

test("above the oldest message stands why nothing older is shown", () => {
  const { history } = wordsFor("en");
  const lines = [line(SATURDAY, "jun", "hello")];
  for (const [key, room] of [
    ["beginning", { oldestReached: true }],
    ["since-joining", { oldestReached: true, modes: "H" }],
    ["loading", { loadingOlder: true }],
    ["not-kept", { oldestReached: true, historyGap: "not-kept" }],
    ["refused", { historyGap: "refused" }],
    ["lost", { historyGap: "lost" }],
  ] as const) {
    const screen = screenOf(stateOf(conversation("#tea", { lines, ...room })));
    const shown = Object.values(history).filter((sentence) => screen.includes(sentence));
    expect(shown).toEqual([history[key]]);
  }
  expect(screenOf(stateOf(conversation("#tea", { lines })))).not.toContain("earlier");
});

test("nobody is said to be here while there is no connection", () => {
  const members = membersOf(member("jun"), member("mina"));
  const here = screenOf(stateOf(conversation("#tea", { members })));
  expect(here).toContain("● jun");
  expect(here).toContain("Online 2/2");
  expect(here).toContain("2 members");
  const lost = screenOf({
    ...stateOf(conversation("#tea", { members, joined: false })),
    ...OFFLINE,
  });
  expect(lost).not.toContain("● jun");
  expect(lost).not.toContain("Online");
  expect(lost).not.toContain("2 members");
  expect(lost).toContain("Before: 2");
});

describe("what the server answers about earlier messages", () => {
  const CAPS = "batch draft/chathistory labeled-response";
  async function asked() {
    const chat = await openChat(CAPS);
    const request = chat.sent.find((sent) => sent.includes("CHATHISTORY LATEST #tea"));
    const label = /label=([^; ]+)/.exec(request ?? "")?.[1] ?? "";
    const tea = () => [...chat.connection.session.state.conversations.values()].at(-1);
    return { chat, label, tea };
  }

  test("is kept: refused", async () => {
    const { chat, label, tea } = await asked();
    expect(tea()?.catchingUp).toBe(true);
    chat.hears(`@label=${label} FAIL CHATHISTORY MESSAGE_ERROR LATEST #tea :no`);
    expect(tea()).toMatchObject({ catchingUp: false, historyGap: "refused", oldestReached: false });
  });

  test("is kept: nothing yet", async () => {
    const { chat, label, tea } = await asked();
    chat.hears(`@label=${label} :s BATCH +1 chathistory #tea`, ":s BATCH -1");
    expect(tea()).toMatchObject({ catchingUp: false, historyGap: null, oldestReached: true });
  });

  test("is kept: lost with the connection", async () => {
    const { chat, tea } = await asked();
    chat.loses();
    expect(tea()).toMatchObject({ catchingUp: false, historyGap: "lost", oldestReached: false });
  });

  test("is kept: the server has no history", async () => {
    const chat = await openChat();
    const tea = [...chat.connection.session.state.conversations.values()].at(-1);
    expect(tea).toMatchObject({ historyGap: "not-kept" });
  });
});
