import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { drawSearchResults } from "../../lib/app/chat-screen/draw/search-view.ts";
import { timelineItems } from "../../lib/app/chat-screen/messages/timeline-items.ts";
import { EMPTY_UI, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import type { ChatLine } from "../../lib/chat-client/client-state.ts";
import { EMPTY_EDITOR, replaceText } from "../../lib/terminal/editor.ts";
import { elapsedMs } from "../elapsed.ts";
import { countSteps } from "../step-counter.ts";
import { conversation, drawContextFor, line, SATURDAY, stateOf } from "./team.ts";

/*
 * What others send without end is drawn again and again: no line may cost more because of the lines around it.
 */

const SIZE = { columns: 80, rows: 24 };
/** As long as a message can be in memory. */
const LONG = "가나다 ".repeat(16_384);

/** Draws a room whose user has scrolled up to the first line, so that all lines below are measured. */
function drawScrolledUp(lines: readonly ChatLine[], opened: readonly ChatLine[] = []): ScreenCache {
  const room = conversation("#tea", { lines });
  const context = drawContextFor("en");
  const cache = new ScreenCache(context);
  const [first] = lines;
  const anchor = { itemKey: first?.key ?? "", rowsBelow: null, time: SATURDAY };
  const ui = withView({ ...EMPTY_UI, current: room.key }, room.key, {
    anchor,
    opened: new Set(opened.map(({ key }) => key)),
  });
  drawChat(stateOf(room), ui, SIZE, elapsedMs(0), cache, context);
  return cache;
}

function repliesTo(text: string, count: number): ChatLine[] {
  const root = line(SATURDAY, "jun", text);
  return [
    root,
    ...Array.from({ length: count }, () => line(SATURDAY, "mina", "ok", { replyTo: root.msgid })),
  ];
}

test("twice as many joins cost twice as much", () => {
  const stepsOf = (count: number): number => {
    const lines = Array.from({ length: count }, (_, index) =>
      line(SATURDAY, `n${index}`, "", { kind: "joined" }),
    );
    const room = conversation("#tea", { lines });
    const { calendar } = drawContextFor("en");
    return countSteps(() => timelineItems(room, viewOf(EMPTY_UI, room.key), calendar, 0));
  };
  expect(stepsOf(2000) / stepsOf(1000)).toBeLessThan(2.5);
});

test("scrolled up, not all of many long messages are drawn to count their rows", () => {
  const lines = Array.from({ length: 12 }, () => line(SATURDAY, "mina", LONG));
  const stepsOf = (count: number): number =>
    countSteps(() => drawScrolledUp(lines.slice(0, count), lines));
  expect(stepsOf(12) / stepsOf(6)).toBeLessThan(1.1);
});

test("a folded message costs no more, however long it is", () => {
  const stepsOf = (text: string): number => {
    const lines = Array.from({ length: 12 }, () => line(SATURDAY, "mina", text));
    return countSteps(() => drawScrolledUp(lines));
  };
  expect(stepsOf(LONG) / stepsOf(LONG.slice(0, 9000))).toBeLessThan(1.5);
});

test("a match in a long message costs what copying it costs, and its row", () => {
  const stepsOf = (text: string): number => {
    const lines = Array.from({ length: 20 }, () => line(SATURDAY, "mina", text));
    const room = conversation("#tea", { lines });
    const context = drawContextFor("en");
    const editor = replaceText(EMPTY_EDITOR, "나다");
    const search = { editor, index: 0, results: null };
    return countSteps(() => drawSearchResults(room, search, "server", 80, 24, context));
  };
  const added = stepsOf(LONG) - stepsOf(LONG.slice(0, 2000));
  // Comparing copies the text a few times, at 64 units a step; splitting it into graphemes takes a step for each.
  expect(added / (20 * LONG.length)).toBeLessThan(0.1);
});

describe("a busy room at its end", () => {
  const room = (count: number, kind: ChatLine["kind"] = "said") =>
    conversation("#tea", {
      lines: Array.from({ length: count }, (_, index) =>
        line(SATURDAY + index * 90_000, `n${index % 7}`, `line ${index}`, { kind }),
      ),
    });
  const drawn = (tea: ReturnType<typeof conversation>, isWholeKnown: boolean) => {
    const context = drawContextFor("en");
    const cache = new ScreenCache(context);
    const ui = withView({ ...EMPTY_UI, current: tea.key }, tea.key, { readAt: SATURDAY + 1 });
    if (isWholeKnown) cache.itemsOf(tea, viewOf(ui, tea.key));
    return drawChat(stateOf(tea), ui, SIZE, elapsedMs(0), cache, context).frame;
  };

  test("is drawn from its newest lines, and looks as if it were from all", () => {
    for (const kind of ["said", "joined", "topic"] as const) {
      for (const count of [150, 170, 200, 2000]) {
        const tea = room(count, kind);
        expect(drawn(tea, false)).toEqual(drawn(tea, true));
      }
    }
  });

  test("with twenty times as many lines costs less than six times as much", () => {
    const [few, many] = [room(100), room(2000)];
    const stepsOf = (tea: typeof few): number => countSteps(() => drawn(tea, false));
    expect(stepsOf(many) / stepsOf(few)).toBeLessThan(6);
  });
});

test("a note is drawn once, however long the answer that it shows", () => {
  const room = conversation("#tea", { lines: [line(SATURDAY, "mina", "hi")] });
  const context = drawContextFor("en");
  const cache = new ScreenCache(context);
  const text = LONG.slice(0, 20_000);
  const note = { key: "note:1", afterLine: null, time: SATURDAY, tone: "info", text } as const;
  const ui = withView({ ...EMPTY_UI, current: room.key }, room.key, { notes: [note] });
  const draw = (): number =>
    countSteps(() => drawChat(stateOf(room), ui, SIZE, elapsedMs(0), cache, context));
  const first = draw();
  expect(draw()).toBeLessThan(first / 5);
});

test("the room's name stays in front of a text with a sign that is made visible", () => {
  const room = conversation("#tea");
  const context = drawContextFor("en");
  const editor = replaceText(EMPTY_EDITOR, "pay\u3164pal");
  const ui = withView({ ...EMPTY_UI, current: room.key }, room.key, { editor });
  const cache = new ScreenCache(context);
  const { frame } = drawChat(stateOf(room), ui, SIZE, elapsedMs(0), cache, context);
  const row = frame.rows
    .at(-1)
    ?.map(({ text }) => text)
    .join("");
  expect(row).toStartWith("[tea] pay\ufffdpal");
});

test("the rows of tall messages aren't all kept", () => {
  const context = drawContextFor("en");
  const cache = new ScreenCache(context);
  const lines = Array.from({ length: 100 }, () => line(SATURDAY, "mina", "x\n".repeat(2000)));
  const size = () => heapStats().heapSize + heapStats().extraMemorySize;
  Bun.gc(true);
  const before = size();
  for (const shown of lines) {
    const room = conversation("#tea", { lines: [shown] });
    const ui = { ...EMPTY_UI, current: room.key };
    cache.invalidate(room.key);
    drawChat(stateOf(room), ui, SIZE, elapsedMs(0), cache, context);
  }
  Bun.gc(true);
  expect([cache, lines.length]).toBeDefined();
  // All 200,000 rows would be some 60 MB.
  expect(size() - before).toBeLessThan(30_000_000);
});

describe("many replies to a long message", () => {
  test("cost no more steps than to one that fills a row or two", () => {
    const toLong = countSteps(() => drawScrolledUp(repliesTo(LONG, 300)));
    const alone = countSteps(() => drawScrolledUp(repliesTo(LONG, 0)));
    const toMedium = countSteps(() => drawScrolledUp(repliesTo(LONG.slice(0, 2000), 300)));
    expect(toLong - alone).toBeLessThan(2 * toMedium);
  });

  test("keep no copies of it", () => {
    const lines = repliesTo(LONG, 400);
    Bun.gc(true);
    const before = heapStats();
    const cache = drawScrolledUp(lines);
    Bun.gc(true);
    const after = heapStats();
    expect(cache).toBeDefined();
    const grownBytes =
      after.heapSize + after.extraMemorySize - before.heapSize - before.extraMemorySize;
    // A copy for each would be 50 MB.
    expect(grownBytes).toBeLessThan(25_000_000);
  });
});
