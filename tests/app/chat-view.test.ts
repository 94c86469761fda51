import { describe, expect, test } from "bun:test";
import { type ChatView, drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { drawItem } from "../../lib/app/chat-screen/draw/item-rows.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { systemSentence } from "../../lib/app/chat-screen/draw/system-line.ts";
import { scrollAnchor, visibleWindow } from "../../lib/app/chat-screen/draw/timeline.ts";
import type { TimelineItem } from "../../lib/app/chat-screen/messages/timeline-items.ts";
import { timelineItems } from "../../lib/app/chat-screen/messages/timeline-items.ts";
import { EMPTY_UI, type UiState, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import type {
  ChatLine,
  ClientConversation,
  ClientState,
} from "../../lib/chat-client/client-state.ts";
import { fold } from "../../lib/protocol/names.ts";
import { EMPTY_EDITOR, replaceText } from "../../lib/terminal/editor.ts";
import { rowCells } from "../../lib/terminal/layout.ts";
import { hueOf } from "../../lib/terminal/theme.ts";
import { STANDARD_WIDTHS } from "../../lib/terminal/width.ts";
import { elapsedMs } from "../elapsed.ts";
import { Prng, seed, seeds } from "../prng.ts";
import {
  CALENDAR,
  conversation,
  drawContextFor,
  line,
  member,
  membersOf,
  SATURDAY,
  stateOf,
  team,
} from "./team.ts";

function textOf(view: ChatView): string[] {
  return view.frame.rows.map((row) =>
    row
      .map((piece) => piece.text)
      .join("")
      .trimEnd(),
  );
}

function draw(state: ClientState, ui: UiState, columns: number, rows: number): ChatView {
  const context = drawContextFor("en");
  return drawChat(state, ui, { columns, rows }, elapsedMs(0), new ScreenCache(context), context);
}

describe("the chat screen", () => {
  for (const language of ["ko", "en"] as const) {
    for (const [columns, rows] of [
      [100, 30],
      [69, 20],
      [49, 14],
      [40, 12],
    ] as const) {
      test(`at ${columns}×${rows} (${language}) is the one in screens/`, async () => {
        const { state, dev, readAt } = team();
        const context = drawContextFor(language);
        const editor = replaceText(EMPTY_EDITOR, "안녕하세요 한글");
        const ui = withView({ ...EMPTY_UI, current: dev.key }, dev.key, { readAt, editor });
        const now = SATURDAY + (24 * 60 + 26) * 60_000;
        const view = drawChat(
          state,
          ui,
          { columns, rows },
          elapsedMs(now),
          new ScreenCache(context),
          context,
        );
        const file = new URL(`screens/${language}-${columns}x${rows}.txt`, import.meta.url);
        const known = await Bun.file(file).text();
        expect(textOf(view)).toEqual(known.trimEnd().split("\n"));
        expect(view.frame.cursor).toEqual({ row: rows - 1, column: 24 });
      });
    }
  }

  test("shows others' text without control characters", () => {
    const hostile = conversation("#hostile", {
      topic: "\x1b]0;owned\x07",
      lines: [line(SATURDAY, "mal\x1b[2J", "a\x1b[31mred\u202egnp.exe\x07")],
      members: membersOf(member("x\x9b2J")),
    });
    const view = draw(stateOf(hostile), { ...EMPTY_UI, current: hostile.key }, 100, 20);
    const shown = view.frame.rows
      .flat()
      .map((piece) => piece.text)
      .join("");
    expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    expect(shown).toContain("red");
  });

  test("a message that was deleted is no news, as it isn't in the unread count", () => {
    const deleted = { ...line(SATURDAY + 1000, "jun", ""), redacted: true };
    const lines = [line(SATURDAY, "mina", "tea?"), deleted, line(SATURDAY + 2000, "jun", "cake")];
    const ui = withView({ ...EMPTY_UI, current: fold("#tea") }, fold("#tea"), {
      readAt: SATURDAY,
    });
    const shown = textOf(draw(stateOf(conversation("#tea", { lines })), ui, 60, 14));
    expect(shown.filter((row) => row.includes("read up to here")).join("")).toContain("· 1 new");
  });

  test("stays scrolled while lines arrive, counts them, and follows again at the bottom", () => {
    const lines = Array.from({ length: 40 }, (_, at) =>
      line(SATURDAY + at * 600_000, at % 2 === 0 ? "mina" : "jun", `line ${at}`),
    );
    const room = conversation("#tea", { lines });
    const readView = { ...viewOf(EMPTY_UI, room.key), readAt: lines.at(-1)?.time ?? 0 };
    const context = drawContextFor("en");
    const cache = new ScreenCache(context);
    const rowsOf = (item: TimelineItem) =>
      cache.rows.rowsOf(item, 60, { nick: "hana", account: null });
    const up = scrollAnchor(
      timelineItems(room, readView, context.calendar, 0),
      rowsOf,
      10,
      null,
      7,
    );
    expect(up.atTop).toBe(false);
    const ui = withView({ ...EMPTY_UI, current: room.key }, room.key, {
      ...readView,
      anchor: up.anchor,
    });
    const before = textOf(draw(stateOf(room), ui, 60, 14));
    const more = { ...room, lines: [...lines, line(SATURDAY + 30_000_000, "jun", "news")] };
    const after = textOf(draw(stateOf(more), ui, 60, 14));
    expect(after.slice(0, 11)).toEqual(before.slice(0, 11));
    expect(before.at(-2)).toContain("↑7");
    expect(after.at(-2)).toContain("1 new");
    const end = scrollAnchor(
      timelineItems(more, readView, context.calendar, 0),
      rowsOf,
      10,
      up.anchor,
      -100,
    );
    expect(end).toEqual({ anchor: null, atTop: false });
  });

  test("scrolling up ends at the first row, returns atTop, and inserted older lines don't move it", () => {
    const lines = Array.from({ length: 30 }, (_, at) =>
      line(SATURDAY + at * 600_000, `n${at}`, `line ${at}`),
    );
    const context = drawContextFor("en");
    const cache = new ScreenCache(context);
    const rowsOf = (item: TimelineItem) =>
      cache.rows.rowsOf(item, 60, { nick: "hana", account: null });
    const items = timelineItems(
      conversation("#tea", { lines }),
      viewOf(EMPTY_UI, fold("#tea")),
      context.calendar,
      0,
    );
    const top = scrollAnchor(items, rowsOf, 10, null, 500);
    expect(top.atTop).toBe(true);
    const shown = visibleWindow(items, rowsOf, 10, top.anchor);
    expect(shown.atTop).toBe(true);
    const older = [line(SATURDAY - 600_000, "old", "older"), ...lines];
    const longer = timelineItems(
      conversation("#tea", { lines: older }),
      viewOf(EMPTY_UI, fold("#tea")),
      context.calendar,
      0,
    );
    const still = visibleWindow(longer, rowsOf, 10, top.anchor);
    const text = (window: typeof shown) =>
      window.rows.map((row) => row.map((one) => one.text).join(""));
    expect(text(still).slice(2)).toEqual(text(shown).slice(2));
  });

  test("a failed line shows the reason, in the user's language", () => {
    const failed = { own: true, status: "failed", problem: "No such nick", code: "401" } as const;
    const gone = conversation("bo", { lines: [line(SATURDAY, "하나", "hi", failed)] });
    const context = drawContextFor("ko");
    const size = { columns: 80, rows: 10 };
    const ui = { ...EMPTY_UI, current: gone.key };
    const view = drawChat(stateOf(gone), ui, size, elapsedMs(0), new ScreenCache(context), context);
    expect(textOf(view).join("\n")).toContain("bo 님을 찾을 수 없습니다. · Alt-r");
  });

  test("a click on the list goes to that room, and nowhere else", () => {
    const { state, dev } = team();
    const view = draw(state, { ...EMPTY_UI, current: dev.key }, 100, 30);
    const target = view.clickTarget(3, 5);
    const room = target?.kind === "conversation" ? target.place.conversation : null;
    expect(room?.key).toBe(fold("#random"));
    expect(view.clickTarget(3, 40)).toBeNull();
    expect(view.clickTarget(20, 5)).toBeNull();
  });
});

const PIECES = [
  ..."abc XYZ 0129 ,.-_@#",
  ...["가", "나다", "한글", "ㅋㅋ", "가각", "漢字", "かな", "ﾊﾝ", "é", "e\u0301\u0302"],
  ...[
    "👍",
    "👍🏽",
    "👨‍👩‍👧",
    "❤️",
    "1️⃣",
    "🇰🇷",
    "☺",
    "✓",
    "…",
    "─",
    "→",
    "\u200b",
    "\u202e",
    "\x1b[2J",
    "\t",
  ],
  ...["ع", "שלום", "ก็", "देव", "\u0300\u0301", "https://example.org/x?y=가", "\n", "  "],
  ...["*", "_", "`", "||", "**", "\n> ", "\n```\n", "*굵게*", "`코드`", "||가린 글||", "> "],
];

describe("every row is exactly as wide as the screen", () => {
  for (const seed of seeds(4)) {
    test(`for random text at widths from 16 to 120 (seed ${seed})`, () => {
      const prng = new Prng(seed);
      const text = (most: number): string =>
        Array.from({ length: prng.below(most) }, () => prng.pick(PIECES)).join("");
      for (let round = 0; round < 40; round++) {
        const lines = Array.from({ length: 25 }, (_, at) =>
          line(SATURDAY + at * 400_000, text(6), text(prng.pick([40, 40, 400])), {
            own: prng.unit() < 0.3,
            mention: prng.unit() < 0.2,
            status: prng.unit() < 0.2 ? "failed" : "sent",
            problem: text(5),
            kind: prng.unit() < 0.7 ? "said" : prng.unit() < 0.5 ? "action" : "topic",
            replyTo: prng.unit() < 0.2 ? "nothing" : null,
            reactions: new Map(prng.unit() < 0.3 ? [[text(2), [text(2)]]] : []),
          }),
        );
        const rooms: ClientConversation[] = Array.from({ length: 4 }, (_, at) =>
          conversation(`#${at}${text(5)}`, {
            unread: prng.below(2000),
            mentions: prng.below(3),
            muted: prng.unit() < 0.3,
            topic: text(30),
            pinned: prng.unit() < 0.4 ? text(30) : null,
            modes: prng.pick(["", "i", "k"]),
            typing: new Map([[text(4), 0]]),
            members: membersOf(
              ...Array.from({ length: 9 }, (_, one) => member(`${one}${text(4)}`)),
            ),
            lines,
          }),
        );
        const widths = {
          ...STANDARD_WIDTHS,
          ambiguous: prng.unit() < 0.3 ? (2 as const) : (1 as const),
          variation: prng.unit() < 0.3 ? (1 as const) : (2 as const),
          tonesJoin: prng.unit() < 0.5,
        };
        const language = prng.unit() < 0.5 ? "ko" : "en";
        const context = drawContextFor(language, widths, SATURDAY + prng.below(3) * 86_400_000);
        const columns = 16 + prng.below(105);
        const rows = 5 + prng.below(30);
        const key = rooms[1]?.key ?? null;
        const state = stateOf(...rooms);
        if (key === null) throw new Error("no room");
        const typed = replaceText(EMPTY_EDITOR, text(40));
        const options = Array.from({ length: prng.below(6) }, () => text(5));
        const completion = { start: 0, options, index: prng.below(options.length) };
        let ui = withView({ ...EMPTY_UI, current: key }, key, {
          readAt: SATURDAY,
          editor: prng.unit() < 0.5 ? typed : { ...typed, completion },
          opened: new Set(lines.filter(() => prng.unit() < 0.3).map((shown) => shown.key)),
        });
        if (prng.unit() < 0.2) ui = { ...ui, switcher: { editor: EMPTY_EDITOR, index: 0 } };
        const view = drawChat(
          state,
          ui,
          { columns, rows },
          elapsedMs(0),
          new ScreenCache(context),
          context,
        );
        expect(view.frame.rows.length).toBe(rows);
        for (const row of view.frame.rows) {
          const shown = row.map((piece) => piece.text).join("");
          expect({ cells: rowCells(row, widths), shown }).toEqual({ cells: columns, shown });
        }
        const { cursor } = view.frame;
        expect(cursor.row >= 0 && cursor.row < rows).toBe(true);
        expect(cursor.column >= 0 && cursor.column < columns).toBe(true);
      }
    });
  }
});

test("every row of a message is as wide as its place, at each width from 1 to 120", () => {
  const prng = new Prng(seed());
  const text = (most: number): string =>
    Array.from({ length: prng.below(most) }, () => prng.pick(PIECES)).join("");
  const viewer = { nick: "하나", account: null };
  for (let width = 1; width <= 120; width++) {
    for (const ambiguous of [1, 2] as const) {
      const widths = { ...STANDARD_WIDTHS, ambiguous };
      const context = drawContextFor("ko", widths, SATURDAY + 86_400_000);
      const shown = line(SATURDAY, text(6), text(prng.pick([5, 60, 300])), {
        edited: prng.unit() < 0.5,
        replyTo: prng.unit() < 0.3 ? "nothing" : null,
        kind: prng.pick(["said", "action", "notice"]),
        reactions: new Map(prng.unit() < 0.3 ? [[text(2), ["bo"]]] : []),
      });
      const tea = conversation("#tea", { lines: [shown] });
      const opened = new Set(prng.unit() < 0.5 ? [shown.key] : []);
      const view = { ...viewOf(EMPTY_UI, tea.key), opened };
      const items = timelineItems(tea, view, context.calendar, context.now());
      for (const item of items) {
        const { rows, foldRow } = drawItem(item, width, viewer, context);
        expect(rows.length).toBeGreaterThan(0);
        for (const row of rows) expect(rowCells(row, widths)).toBe(width);
        if (foldRow !== null) expect(rows[foldRow]).toBeDefined();
      }
    }
  }
});

test("known mode changes are shown as sentences, unknown ones as letters", () => {
  const sentenceOf = (text: string) =>
    systemSentence(
      line(SATURDAY, "민수", text, { kind: "mode" }),
      drawContextFor("ko").words,
      CALENDAR,
    )?.text;
  expect(sentenceOf("+o jane")).toBe("민수 님이 jane 님을 관리자로 지정했습니다");
  expect(sentenceOf("+i-v jun")).toBe(
    "민수 님이 방을 초대 전용으로 바꿨습니다 · 민수 님이 jun 님을 발언자에서 해제했습니다",
  );
  expect(sentenceOf("+oZ jun")).toBe("민수 님이 방 설정을 바꿨습니다: +oZ jun");
});

test("with enough width, the status bar names /help; scrolled up, it names the key for the bottom", () => {
  const lines = Array.from({ length: 30 }, (_, at) => line(SATURDAY + at, "jun", `${at}`));
  const tea = conversation("#tea", { lines });
  const ui = { ...EMPTY_UI, current: tea.key };
  const [first] = lines;
  const anchor = { itemKey: first?.key ?? "", rowsBelow: 0, time: SATURDAY };
  const bar = (at: UiState, columns: number) => textOf(draw(stateOf(tea), at, columns, 12)).at(-2);
  expect(bar(ui, 80)).toEndWith("/help · Esc menu");
  expect(bar(ui, 40)).not.toContain("/help");
  expect(bar(withView(ui, tea.key, { anchor }), 80)).toEndWith("End: newest");
});

test("what a script says in the bar comes before who is logged in, which never changes", () => {
  const { state, dev } = team();
  const context = { ...drawContextFor("en"), statuses: () => ["2 to do"] };
  const ui = { ...EMPTY_UI, current: dev.key };
  const bar = (columns: number): string =>
    textOf(
      drawChat(state, ui, { columns, rows: 20 }, elapsedMs(0), new ScreenCache(context), context),
    ).at(-2) ?? "";
  expect(bar(100)).toContain("2 to do");
  expect(bar(100)).toContain("logged in as");
  const narrow = Array.from({ length: 60 }, (_, index) => bar(100 - index));
  const first = narrow.find((row) => !row.includes("logged in as"));
  expect(first).toContain("2 to do");
});

test("a note longer than the window is shown from its top; a shorter one below the lines", () => {
  const lines = Array.from({ length: 30 }, (_, at) => line(SATURDAY + at, "jun", `said ${at}`));
  const tea = conversation("#tea", { lines });
  const text = Array.from({ length: 30 }, (_, at) => `row ${at}.`).join("\n");
  const note = { key: "note:1", afterLine: null, time: SATURDAY + 99, tone: "info", text } as const;
  const anchor = { itemKey: note.key, rowsBelow: null, time: note.time };
  const ui = withView({ ...EMPTY_UI, current: tea.key }, tea.key, { notes: [note], anchor });
  const rows = textOf(draw(stateOf(tea), ui, 80, 16));
  expect(rows[1]).toContain("row 0.");
  expect(rows.join("\n")).not.toContain("said 29");
  const short = withView(ui, tea.key, { notes: [{ ...note, text: "row 0.\nrow 1." }] });
  expect(textOf(draw(stateOf(tea), short, 80, 16)).join("\n")).toContain("said 29");
});

test("the status bar keeps saying that another certificate prevents the connection, and what to do", () => {
  const { state } = team();
  const phase = { kind: "waiting", retryElapsedMs: 60_000, attempt: 3 } as const;
  const bar = (now: ClientState["phase"], columns: number): string =>
    textOf(draw({ ...state, phase: now }, EMPTY_UI, columns, 20)).join("\n");
  expect(bar({ ...phase, trouble: "changed" }, 40)).toContain("certificate changed · /trust");
  expect(bar({ ...phase, trouble: null }, 40)).toContain("reconnecting in 60 s");
  const out = { kind: "offline", why: "refused", text: "" } as const;
  expect(bar(out, 40)).toContain("offline · /reconnect");
});

test("the status bar says for how long a line has had no answer, and no more than it knows", () => {
  const { state } = team();
  const bar = (unansweredElapsedMs: number): string =>
    textOf(
      draw({ ...state, unansweredElapsedMs: elapsedMs(unansweredElapsedMs) }, EMPTY_UI, 60, 20),
    ).join("\n");
  expect(bar(-7999)).toContain("connected");
  expect(bar(-8000)).toContain("no answer for 8 s");
  expect(bar(-12_400)).toContain("no answer for 12 s");
  expect(bar(-12_400)).not.toContain("connected");
  const awake = textOf(draw({ ...state, isChecking: true }, EMPTY_UI, 60, 20)).join("\n");
  expect(awake).toContain("checking the connection");
  expect(awake).not.toContain("connected");
});

test("an invitation is shown in the user's language", () => {
  const info = (code: string, params: string[]) =>
    line(SATURDAY, "", params.join(" "), { kind: "info", code, params });
  const words = drawContextFor("ko").words;
  expect(systemSentence(info("341", ["jun", "#차"]), words, CALENDAR)?.text).toBe(
    "jun 님을 #차에 초대했습니다",
  );
  expect(systemSentence(info("INVITE", ["jun", "#차"]), words, CALENDAR)?.text).toBe(
    "jun 님이 초대받았습니다",
  );
  expect(systemSentence(info("INVITED", ["jun", "#차"]), words, CALENDAR)?.text).toBe(
    "jun 님이 #차에 초대했습니다 (/입장 #차)",
  );
});

test("a line shows how many haven't read it; its author and the user don't count", () => {
  const lines = [
    line(SATURDAY, "jun", "old news"),
    line(SATURDAY + 60_000, "하나", "mine", { own: true }),
    line(SATURDAY + 120_000, "jun", "newest"),
  ];
  const readers = new Map([
    [fold("jun"), SATURDAY + 60_000],
    [fold("mina"), SATURDAY],
    [fold("bob"), SATURDAY + 60_000],
  ]);
  const tea = conversation("#tea", { lines, readers });
  const counts = timelineItems(
    tea,
    viewOf(EMPTY_UI, tea.key),
    drawContextFor("en").calendar,
    0,
  ).flatMap((item) => (item.kind === "line" ? [item.unreadBy] : []));
  expect(counts).toEqual([0, 1, 2]);
  const state = stateOf(tea);
  const ui = { ...EMPTY_UI, current: tea.key };
  const cache = new ScreenCache(drawContextFor("en"));
  const rows = textOf(
    drawChat(state, ui, { columns: 80, rows: 12 }, elapsedMs(0), cache, drawContextFor("en")),
  );
  expect(rows.some((row) => /\d\d:\d\d {2}1 you +mine/.test(row))).toBe(true);
});

test("a pinned message has a row of its own, and the topic isn't shown a second time", () => {
  const top = (topic: string, pinned: string | null, rows = 12) => {
    const lines = [line(SATURDAY, "jun", "hi")];
    const tea = conversation("#tea", { topic, pinned, lines, members: membersOf(member("jun")) });
    return textOf(draw(stateOf(tea), { ...EMPTY_UI, current: tea.key }, 60, rows)).slice(0, 2);
  };
  expect(top("leaves", "jun: ship on *friday*")).toEqual([
    "#tea · 1 member · leaves",
    "📌 jun: ship on friday",
  ]);
  expect(top("leaves", null)[1]).toBe("");
  expect(top("leaves", "leaves")).toEqual(["#tea · 1 member", "📌 leaves"]);
  expect(top("leaves", "jun: friday", 9)[1]).not.toContain("jun: friday");
});

test("a click finds messages also below a pinned one", () => {
  const shown = line(SATURDAY, "jun", "hi there");
  const tea = conversation("#tea", { pinned: "friday", lines: [shown] });
  const view = draw(stateOf(tea), { ...EMPTY_UI, current: tea.key }, 60, 12);
  const row = textOf(view).findIndex((text) => text.includes("hi there"));
  expect(view.clickTarget(row, 30)).toMatchObject({ kind: "message", lineKey: shown.key });
});

describe("the sidebar", () => {
  const styleOf = (view: ChatView, text: string) =>
    view.frame.rows.flat().find((piece) => piece.text === text)?.style;

  test("shows rooms with unread messages bold, but not those that are muted", () => {
    const { state, dev } = team();
    const muted = conversation("#muted", { unread: 3, muted: true });
    const conversations = new Map(state.conversations).set(muted.key, muted);
    const view = draw({ ...state, conversations }, { ...EMPTY_UI, current: dev.key }, 100, 30);
    expect(styleOf(view, "random")).toEqual({ role: "strong" });
    expect(styleOf(view, "lobby")).toBeUndefined();
    expect(styleOf(view, "muted")).toEqual({ role: "faint" });
  });

  test("gives each person the hue that their messages have, also while they are away", () => {
    const { state, dev } = team();
    const view = draw(state, { ...EMPTY_UI, current: dev.key }, 100, 30);
    for (const nick of ["민수", "jane", "서연"]) {
      const styles = view.frame.rows.flat().filter(({ text }) => text.trim() === nick);
      expect(styles.length).toBeGreaterThan(1);
      for (const { style } of styles) {
        expect(style).toMatchObject({ hue: hueOf(fold(nick)) });
        expect(style?.role).toBeUndefined();
      }
    }
    expect(styleOf(view, "하나")).toEqual({ role: "strong" });
  });
});

describe("a room in which nothing was said", () => {
  const shown = (more: Partial<ClientConversation>, language: "en" | "ko" = "en") => {
    const tea = conversation("#tea", { oldestReached: true, ...more });
    const context = drawContextFor(language);
    const ui = { ...EMPTY_UI, current: tea.key };
    const size = { columns: 60, rows: 14 };
    return textOf(
      drawChat(stateOf(tea), ui, size, elapsedMs(0), new ScreenCache(context), context),
    ).join("\n");
  };

  test("says who can come in and how to invite somebody", () => {
    expect(shown({})).toContain("Anybody on this server can come in: /join #tea");
    expect(shown({})).toContain("/invite NAME invites somebody.");
    expect(shown({ modes: "ni" })).toContain("Only people who are invited can come in.");
    expect(shown({ modes: "k" }).replace(/\s+/g, " ")).toContain("/join #tea PASSWORD");
    expect(shown({}, "ko")).toContain("이 서버의 누구나 들어올 수 있습니다: /입장 #tea");
  });

  test("says so below joins, too, and not once something was said, or while nothing is loaded", () => {
    const joined = line(SATURDAY, "jun", "", { kind: "joined" });
    expect(shown({ lines: [joined] })).toMatch(/jun joined\n.*Anybody/);
    expect(shown({ lines: [joined, line(SATURDAY, "jun", "hi")] })).not.toContain("Anybody");
    expect(shown({ joined: false })).not.toContain("Anybody");
    expect(shown({ historyGap: "lost" })).not.toContain("Anybody");
    expect(shown({ catchingUp: true })).not.toContain("Anybody");
  });

  test("says who can come in only once the room's modes are known", () => {
    expect(shown({ areModesKnown: false })).not.toContain("Anybody");
    expect(shown({ areModesKnown: false })).toContain("/invite NAME invites somebody.");
  });
});

describe("a new day", () => {
  const DAY = 86_400_000;
  const hi = [line(SATURDAY, "jun", "hi")];
  const screenAt = (
    now: number,
    more: Partial<ClientConversation> = {},
    notes = 0,
    lines: readonly ChatLine[] = hi,
  ) => {
    const tea = conversation("#tea", { lines, ...more });
    const context = drawContextFor("en", STANDARD_WIDTHS, now);
    const note = { key: "n1", afterLine: null, time: notes, tone: "info", text: "a note" } as const;
    const view = notes === 0 ? {} : { notes: [{ ...note, afterLine: lines.at(-1)?.key ?? null }] };
    const ui = withView({ ...EMPTY_UI, current: tea.key }, tea.key, view);
    const size = { columns: 60, rows: 14 };
    return textOf(
      drawChat(stateOf(tea), ui, size, elapsedMs(0), new ScreenCache(context), context),
    ).join("\n");
  };

  test("has a line below the last message of another day", () => {
    expect(screenAt(SATURDAY + DAY)).toMatch(/hi\n─+ Sunday 22 November/);
    expect(screenAt(SATURDAY + 60_000)).not.toContain("Sunday");
    // A server whose clock is ahead.
    expect(screenAt(SATURDAY - DAY)).not.toContain("Friday");
  });

  test("has it once when somebody says something", () => {
    const lines = [line(SATURDAY, "jun", "hi"), line(SATURDAY + DAY, "jun", "good morning")];
    expect(screenAt(SATURDAY + DAY + 1, { lines }).match(/Sunday/g)).toHaveLength(1);
  });

  test("has it above what the screen itself says today, and below what it said before", () => {
    expect(screenAt(SATURDAY + DAY, {}, SATURDAY + DAY)).toMatch(/Sunday.*\n.*a note/);
    expect(screenAt(SATURDAY + DAY, {}, SATURDAY + 1)).toMatch(/a note\n.*Sunday/);
  });

  test("has it and the notes below messages that are folded away", () => {
    const hidden = ["one", "two"].map((text, index) =>
      line(SATURDAY + 1000 * index, "jun", text, { folded: "blocked" }),
    );
    const screen = screenAt(SATURDAY + DAY, { lines: hidden }, SATURDAY + DAY, hidden);
    expect(screen).toMatch(/2 messages of blocked people.*\n─+ Sunday.*\n.*a note/);
  });

  test("begins while the screen is open: what was drawn of yesterday isn't kept", () => {
    let now = SATURDAY;
    const context = { ...drawContextFor("en"), now: () => now };
    const cache = new ScreenCache(context);
    const tea = conversation("#tea", { lines: [line(SATURDAY, "jun", "hi")] });
    const ui = { ...EMPTY_UI, current: tea.key };
    const shown = () =>
      textOf(drawChat(stateOf(tea), ui, { columns: 60, rows: 14 }, elapsedMs(0), cache, context));
    expect(shown().join("\n")).not.toContain("Sunday");
    now += DAY;
    expect(shown().join("\n")).toContain("Sunday");
  });
});

test("beside the sidebar names stand in front of their messages in every width", () => {
  const tea = conversation("#tea", { lines: [line(SATURDAY, "jun", "hello there")] });
  const context = drawContextFor("en");
  for (let columns = 70; columns <= 130; columns++) {
    const ui = { ...EMPTY_UI, current: tea.key };
    const size = { columns, rows: 16 };
    const view = drawChat(stateOf(tea), ui, size, elapsedMs(0), new ScreenCache(context), context);
    expect(textOf(view).join("\n")).toMatch(/│09:41 +jun +hello there/);
  }
});
