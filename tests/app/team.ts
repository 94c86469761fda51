/** A small team's state, as the session would hold it, for drawing and for keys. */

import { type DrawContext, makeDrawContext } from "../../lib/app/chat-screen/draw/draw-context.ts";
import { makeDateFormat } from "../../lib/app/i18n/date-format.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { InputTable } from "../../lib/app/input-table.ts";
import type {
  ChatLine,
  ClientConversation,
  ClientMember,
  ClientState,
} from "../../lib/chat-client/client-state.ts";
import { Preferences } from "../../lib/chat-client/preferences/preferences.ts";
import { blankLine } from "../../lib/chat-client/receive/message-to-line.ts";
import type { Language } from "../../lib/protocol/language.ts";
import { type Folded, fold } from "../../lib/protocol/names.ts";
import { Isupport } from "../../lib/protocol/wire/isupport.ts";
import { MONOCHROME } from "../../lib/terminal/theme.ts";
import { STANDARD_WIDTHS, type Widths } from "../../lib/terminal/width.ts";
import { elapsedMs } from "../elapsed.ts";

export const SATURDAY = Date.UTC(2026, 10, 21, 0, 41);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export function drawContextFor(
  language: Language,
  widths: Widths = STANDARD_WIDTHS,
  now = 0,
): DrawContext {
  return makeDrawContext({
    words: wordsFor(language),
    calendar: makeDateFormat(language, "Asia/Seoul"),
    widths,
    theme: MONOCHROME,
    input: usualInput(),
    // Before all lines: then none is of another day than today.
    now: () => now,
  });
}

/** Returns the usual keys, without aliases and scripts. */
export function usualInput(): InputTable {
  return new InputTable({ keys: "sodam", bind: {}, alias: {} });
}

let count = 0;
export function line(
  time: number,
  nick: string,
  text: string,
  more: Partial<ChatLine> = {},
): ChatLine {
  count += 1;
  const blank = blankLine(`k${count}`, time, "said");
  return { ...blank, msgid: `m${count}`, nick, account: nick, text, ...more };
}

export function member(nick: string, more: Partial<ClientMember> = {}): ClientMember {
  return {
    nick,
    account: nick,
    ranks: "",
    away: false,
    awaySinceElapsedMs: null,
    bot: false,
    ...more,
  };
}

export function conversation(
  name: string,
  more: Partial<ClientConversation> = {},
): ClientConversation {
  return {
    key: fold(name),
    name,
    kind: name.startsWith("#") ? "room" : "direct",
    joined: true,
    topic: "",
    topicBy: null,
    pinned: null,
    modes: "",
    areModesKnown: true,
    members: new Map(),
    lines: [],
    readers: new Map(),
    unread: 0,
    mentions: 0,
    readMarker: null,
    oldestReached: false,
    historyGap: null,
    loadingOlder: false,
    detached: null,
    catchingUp: false,
    typing: new Map(),
    level: null,
    muted: false,
    order: null,
    online: null,
    former: false,
    ...more,
  };
}

export function membersOf(...members: ClientMember[]): Map<Folded, ClientMember> {
  return new Map(members.map((item) => [fold(item.nick), item]));
}

export function stateOf(...conversations: ClientConversation[]): ClientState {
  return {
    ...{ network: "Sodam", publicAddress: "" },
    me: { nick: "하나", account: "하나", away: false, awayText: "", operator: false },
    phase: { kind: "ready" },
    unansweredElapsedMs: null,
    isChecking: false,
    isReadable: false,
    preferences: new Preferences(),
    isupport: ownIsupport(),
    fold,
    latencyMs: 42,
    conversations: new Map(conversations.map((item) => [item.key, item])),
    caps: new Set(["draft/chathistory", "batch"]),
    queued: 0,
  };
}

/** Five conversations; the second is where the team works. */
export function team(): { state: ClientState; dev: ClientConversation; readAt: number } {
  const script = line(SATURDAY, "민수", "배포 스크립트 고쳤어요");
  const sunday = SATURDAY + DAY;
  const lines = [
    script,
    line(SATURDAY + 1000, "민수", "로그는 여기 https://ci.example/412"),
    line(SATURDAY + 2 * MINUTE, "jane", "고마워요! 금요일에 같이 봐요", {
      replyTo: script.msgid,
      reactions: new Map([
        ["👍", ["민수", "하나", "bob"]],
        ["🎉", ["서연"]],
      ]),
    }),
    line(SATURDAY + 9 * MINUTE, "서연", "회의록 올렸습니다", { edited: true }),
    line(SATURDAY + 10 * MINUTE, "서연", "", { redacted: true }),
    line(sunday, "alice", "", { kind: "joined" }),
    line(sunday, "tom", "", { kind: "joined" }),
    line(sunday, "ann", "", { kind: "joined" }),
    line(sunday + 21 * MINUTE, "bob", "@하나 이 PR 리뷰 부탁해요", { mention: true }),
    line(sunday + 24 * MINUTE, "하나", "네 지금 볼게요", { own: true }),
    line(sunday + 25 * MINUTE, "하나", "링크도 봤어요", { own: true, status: "sending" }),
    line(sunday + 26 * MINUTE, "하나", "이건 왜 이래요", { own: true, status: "failed" }),
  ];
  const dev = conversation("#개발팀", {
    topic: "배포는 금요일 17시",
    pinned: "배포는 금요일 17시",
    lines,
    typing: new Map([
      ["민수", 0],
      ["jane", 0],
    ]),
    members: membersOf(
      member("하나"),
      member("민수", { ranks: "@" }),
      member("jane"),
      member("서연", { away: true, awaySinceElapsedMs: elapsedMs(sunday + 16 * MINUTE) }),
    ),
  });
  const state = stateOf(
    conversation("#lobby"),
    dev,
    conversation("#random", { unread: 3 }),
    conversation("#점심메뉴", { muted: true }),
    conversation("서연", { unread: 1, mentions: 1 }),
  );
  return { state, dev, readAt: sunday };
}

/** Dates in English, of Seoul. */
export const CALENDAR = makeDateFormat("en", "Asia/Seoul");

/** What our server says of ranks and mutes. */
function ownIsupport(): Isupport {
  const isupport = new Isupport();
  isupport.apply(["mina", "PREFIX=(qaohv)~&@%+", "EXTBAN=~,amt", "are supported"]);
  return isupport;
}
