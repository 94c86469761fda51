import { expect, test } from "bun:test";
import { formatLine } from "../../lib/app/append-lines.ts";
import { drawItem } from "../../lib/app/chat-screen/draw/item-rows.ts";
import { searchResultsOf } from "../../lib/app/chat-screen/draw/search-view.ts";
import { formatNotification } from "../../lib/app/chat-screen/notify.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import type { ChatLine } from "../../lib/chat-client/client-state.ts";
import type { Language } from "../../lib/protocol/language.ts";
import { isPinned, pinnedTextOf } from "../../lib/protocol/pinned-text.ts";
import { cellsOf } from "../../lib/terminal/width.ts";
import { CALENDAR, conversation, drawContextFor, line, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

const SHOT = {
  ...{ id: "k3vq5m2xwz7ak3vq", name: "스크린샷.png", size: 1_240_000, sha256: "0".repeat(64) },
  ...{ type: "image/png", width: 1600, height: 1060 },
};
const FILM = { ...SHOT, name: "demo.mp4", type: "video/mp4", size: 48_200_000, seconds: 83 };

function sent(file: ChatLine["file"], text = "", more: Partial<ChatLine> = {}): ChatLine {
  return line(SATURDAY, "jun", text, { file, ...more });
}

function rowsOf(message: ChatLine, columns = 100, language: Language = "en"): string[] {
  const tea = conversation("#tea", { lines: [message], oldestReached: true });
  const { rows } = new Typist(stateOf(tea), { columns, rows: 12, language });
  return rows.map((row) => row.replace(/^.*?│/, ""));
}

function textOf(message: ChatLine, columns = 100, language: Language = "en"): string {
  return rowsOf(message, columns, language).join("\n");
}

test("a file has a row with its name, its size and what it is, below the caption", () => {
  expect(textOf(sent(SHOT))).toContain(
    "jun           📎 스크린샷.png · 1.2 MB · picture 1600×1060",
  );
  expect(textOf(sent(FILM))).toContain("📎 demo.mp4 · 48 MB · film 1600×1060 · 1:23");
  expect(textOf(sent(FILM), 100, "ko")).toContain("📎 demo.mp4 · 48 MB · 동영상 1600×1060 · 1:23");
  const rows = rowsOf(sent({ ...SHOT, type: "application/pdf" }, "the plan"));
  const caption = rows.findIndex((row) => row.endsWith("the plan"));
  expect(rows[caption + 1]?.trim()).toStartWith("📎 스크린샷.png · 1.2 MB");
});

test("a deleted message shows no file, and an edited one without a caption has its mark", () => {
  expect(textOf(sent(SHOT, "", { redacted: true }))).not.toContain("스크린샷");
  expect(textOf(sent(SHOT, "", { edited: true }))).toContain("1600×1060 (edited)");
});

test("a name is cleaned, and a long one is cut in its middle, so that its ending shows", () => {
  const named = (name: string) => textOf(sent({ ...SHOT, name }), 40);
  expect(named("a\x1b]0;x\x07\u202egnp.exe")).toContain("a␛]0;x␇");
  expect(named("a\u202egnp.exe")).not.toContain("\u202e");
  const cut = named(`${"x".repeat(200)}.png.exe`);
  expect(cut).toMatch(/📎 x+…xx\.png\.exe/);
});

test("every row of a file is as wide as the timeline, at any width", () => {
  for (let width = 1; width <= 120; width++) {
    for (const name of ["스크린샷 2026-11-30 오후 10.12.png", "x".repeat(250), "👨‍👩‍👧.gif"]) {
      const message = sent({ ...FILM, name }, "caption");
      const item = { kind: "line", key: message.key, time: message.time, line: message } as const;
      const drawn = drawItem(
        {
          ...{ ...item, continued: false, newMinute: true, conversationKey: "#tea" as never },
          ...{ conversationName: "#tea", members: new Map(), hidden: null, replies: 0 },
          ...{ unreadBy: 0, repliedTo: null, showsQuote: false, highlighted: false },
          isOpened: false,
        },
        width,
        { nick: "하나", account: null },
        drawContextFor("en"),
      );
      for (const row of drawn.rows) {
        expect(row.reduce((cells, piece) => cells + cellsOf(piece.text), 0)).toBe(width);
      }
    }
  }
});

test("where a message is told in one row, a file without a caption is told by its name", () => {
  const message = sent(SHOT);
  const answer = line(SATURDAY + 1000, "bo", "nice", { replyTo: message.msgid });
  const tea = conversation("#tea", { lines: [message, answer], oldestReached: true });
  const typist = new Typist(stateOf(tea));
  expect(typist.screen).toContain("↳ jun: 📎 스크린샷.png");
  const event = { kind: "notify", key: tea.key, line: message, why: "mention" } as const;
  const bytes = formatNotification(event, stateOf(tea), wordsFor("en"), { TERM: "foot" }, false);
  expect(bytes).toContain(";📎 스크린샷.png\x1b");
  const app = { words: wordsFor("en"), calendar: CALENDAR };
  expect(formatLine(app, message, null)).toBe(
    "09:41 jun: 📎 스크린샷.png (1.2 MB · picture 1600×1060)",
  );
  expect(formatLine(app, answer, message)).toBe('09:41 bo (answering jun "📎 스크린샷.png"): nice');
});

test("a message is found by the name of its file", () => {
  const tea = conversation("#tea", { lines: [sent(SHOT, "look"), sent(FILM)] });
  expect(searchResultsOf(tea, "demo").map(({ file }) => file?.name)).toEqual(["demo.mp4"]);
  expect(searchResultsOf(tea, "look 스크린").length).toBe(1);
});

test("a file without a caption is pinned by its name, and its redaction takes the pin away", () => {
  const message = sent(SHOT);
  const pinned = pinnedTextOf(message);
  expect(pinned).toBe("jun: 📎 스크린샷.png");
  expect(isPinned(pinned, message)).toBe(true);
  expect(isPinned(pinned, { ...message, file: null })).toBe(false);
});

test("the details of a message have the whole name of its file and its type", () => {
  const tea = conversation("#tea", { lines: [sent(SHOT)], oldestReached: true });
  const typist = new Typist(stateOf(tea)).types("\x1b[1;5Ai");
  expect(typist.screen).toContain("File: 스크린샷.png (1.2 MB · picture 1600×1060, image/png)");
});
