import { expect, test } from "bun:test";
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { EMPTY_UI, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import type { ChatLine, ClientConversation } from "../../lib/chat-client/client-state.ts";
import { elapsedMs } from "../elapsed.ts";
import { Prng, seeds } from "../prng.ts";
import { conversation, drawContextFor, line, member, SATURDAY, stateOf } from "./team.ts";

/*
 * A frame looks only at the newest lines of a busy room. What it shows must be the same as if it looked at all.
 */

const SIZE = { columns: 60, rows: 16 };
const NICKS = ["mina", "jun", "hana"];

/** Draws a room's end, from the newest lines or from the items of all of them. */
function drawEnd(room: ClientConversation, view: object, isFromAll: boolean): object {
  const context = drawContextFor("en");
  const cache = new ScreenCache(context);
  const ui = withView({ ...EMPTY_UI, current: room.key }, room.key, view);
  if (isFromAll) cache.itemsOf(room, viewOf(ui, room.key));
  const { frame, atBottom } = drawChat(stateOf(room), ui, SIZE, elapsedMs(0), cache, context);
  return { frame, atBottom };
}

/** Makes lines of all kinds, in runs: each may be drawn by what is above it. */
function randomLines(prng: Prng): ChatLine[] {
  const lines: ChatLine[] = [];
  let time = SATURDAY;
  while (lines.length < 300) {
    const kind = prng.pick(["said", "said", "said", "notice", "joined", "folded"] as const);
    const nick = prng.pick(NICKS);
    for (let count = prng.below(prng.chance(10) ? 60 : 5); count >= 0; count--) {
      time += prng.chance(1) ? 9 * 3_600_000 : prng.below(40_000);
      const replyTo = prng.chance(20) ? (prng.pick([null, ...lines])?.msgid ?? null) : null;
      const more = {
        ...((kind === "joined" || kind === "notice") && { kind }),
        ...(kind === "folded" && { folded: prng.pick(["blocked", "spared"] as const) }),
        ...(kind === "said" && { replyTo, own: nick === "hana" }),
      };
      lines.push(line(time, nick, kind === "joined" ? "" : "word ".repeat(prng.below(30)), more));
    }
  }
  return lines;
}

test.each(seeds(60))("the newest lines are drawn as if all were looked at, seed %d", (each) => {
  const prng = new Prng(each);
  const lines = randomLines(prng);
  const reader = prng.pick(lines).time;
  const room = conversation("#tea", {
    lines,
    members: new Map([["mina", member("mina")]]) as never,
    readers: new Map([["mina", reader]]) as never,
  });
  const after = prng.pick(lines);
  const note = {
    key: "note:1",
    afterLine: after.key,
    time: after.time,
    tone: "info",
    text: "note",
  };
  const view = {
    readAt: prng.chance(50) ? prng.pick(lines.slice(-80)).time : null,
    notes: prng.chance(50) ? [note] : [],
  };
  expect(drawEnd(room, view, false)).toEqual(drawEnd(room, view, true));
});

test("a frame reads none of the lines far above it", () => {
  const unread = new Proxy(line(SATURDAY, "jun", ""), {
    get: () => expect.unreachable("this line is not on the screen"),
  });
  const newest = Array.from({ length: SIZE.rows }, (_, at) => line(SATURDAY + at, "jun", `${at}`));
  const lines = [...Array.from({ length: 2000 }, () => unread), ...newest];
  drawEnd(conversation("#tea", { lines }), {}, false);
});

test("the notices of a service have its name once, and a message behind them has it again", () => {
  const notice = (text: string) => line(SATURDAY, "NickServ", text, { kind: "notice" });
  const lines = [notice("IDENTIFY  Log in"), notice("REGISTER  Sign up"), notice("DROP  Leave")];
  lines.push(line(SATURDAY, "NickServ", "and a word"));
  const room = conversation("#tea", { lines });
  const rows = (drawEnd(room, {}, false) as ReturnType<typeof drawChat>).frame.rows.map((row) =>
    row.map(({ text }) => text).join(""),
  );
  const from = rows.findIndex((row) => row.includes("IDENTIFY"));
  expect(rows.slice(from, from + 4).map((row) => row.includes("NickServ"))).toEqual([
    ...[true, false, false, true],
  ]);
});
