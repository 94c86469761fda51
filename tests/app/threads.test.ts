import { describe, expect, test } from "bun:test";
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { beginEdit, openThreadPlace } from "../../lib/app/chat-screen/input-places.ts";
import { repliesByThread, threadRootOf } from "../../lib/app/chat-screen/messages/threads.ts";
import { timelineItems } from "../../lib/app/chat-screen/messages/timeline-items.ts";
import { EMPTY_UI, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { DraftAutosave, withDrafts } from "../../lib/app/saved/drafts.ts";
import { elapsedMs } from "../elapsed.ts";
import { conversation, drawContextFor, line, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

const MINUTE = 60_000;
const first = line(SATURDAY, "민수", "배포할까요?");
const unrelated = line(SATURDAY + MINUTE, "bob", "점심은요?");
const reply = line(SATURDAY + 2 * MINUTE, "jane", "네", { replyTo: first.msgid });
const nested = line(SATURDAY + 3 * MINUTE, "민수", "지금요", { replyTo: reply.msgid });
const orphan = line(SATURDAY + 4 * MINUTE, "bob", "옛말에", { replyTo: "gone" });
const lines = [first, unrelated, reply, nested, orphan];
const tea = conversation("#차", { lines });

test("a reply to a reply belongs to the thread of the first message", () => {
  const threads = [...repliesByThread(lines)].map(([root, replies]) =>
    [root, ...replies.map(({ text }) => text)].join(" "),
  );
  expect(threads).toEqual([`${first.msgid} 네 지금요`, "gone 옛말에"]);
  expect(threadRootOf(nested, lines)).toBe(first.msgid);
  expect(threadRootOf(unrelated, lines)).toBe(unrelated.msgid);
});

test("lines that reply to each other in a circle do no harm", () => {
  const one = line(SATURDAY, "a", "1", { msgid: "x", replyTo: "y" });
  const two = line(SATURDAY, "b", "2", { msgid: "y", replyTo: "x" });
  expect([...repliesByThread([one, two]).keys()]).toEqual(["y"]);
});

test("a message shows how many replies it has", () => {
  const context = drawContextFor("ko");
  const items = timelineItems(tea, viewOf(EMPTY_UI, tea.key), context.calendar, 0);
  const replies = items.flatMap((item) => (item.kind === "line" ? [item.replies] : []));
  expect(replies).toEqual([2, 0, 0, 0, 0]);
  expect(draw(null)).toContain("⤷ 답글 2개");
});

test("an open thread shows only the message and its replies, under its own title", () => {
  const screen = draw(first.msgid);
  expect(screen).toContain("#차 ⤷ 민수: 배포할까요? · 답글 2개");
  expect(screen).toContain("Esc #차");
  expect(screen).toContain("배포할까요?");
  expect(screen).toContain("지금요");
  expect(screen).not.toContain("점심은요?");
  expect(screen).toContain("[차 ⤷ 배포할까요?]");
  expect(screen).toContain("#차 ⤷ 배포할까요? │");
});

function draw(thread: string | null): string {
  const context = drawContextFor("ko");
  const ui = withView({ ...EMPTY_UI, current: tea.key }, tea.key, { thread });
  const size = { columns: 90, rows: 20 };
  const view = drawChat(stateOf(tea), ui, size, elapsedMs(0), new ScreenCache(context), context);
  return view.frame.rows.map((row) => row.map(({ text }) => text).join("")).join("\n");
}

describe("a thread is a place of its own", () => {
  const open = (typist: Typist): Typist => {
    typist.ui = withView(typist.ui, tea.key, openThreadPlace(typist.view, first.msgid ?? ""));
    return typist;
  };
  const inTea = (): Typist => {
    const typist = new Typist(stateOf(tea), { columns: 80, rows: 24, language: "ko" });
    typist.ui = { ...typist.ui, keyboard: "latin" };
    return typist;
  };

  test("what is typed in one isn't sent to the room, and is there again later", () => {
    const typist = open(inTea().types("for the room"));
    expect(typist.text).toBe("");
    typist.types("for the thread").types("\x1b");
    expect([typist.view.thread, typist.text]).toEqual([null, "for the room"]);
    typist.types("\r").presses("timeout");
    expect(typist.done.at(-1)).toMatchObject({ text: "for the room", replyTo: null });
    expect(open(typist).text).toBe("for the thread");
    typist.types("\r").presses("timeout");
    expect(typist.done.at(-1)).toMatchObject({ text: "for the thread", replyTo: first.msgid });
  });

  test("leaving it leads to where one was in the room, also by way of another room", () => {
    const lines = Array.from({ length: 40 }, (_, n) =>
      line(SATURDAY + n * MINUTE, "bo", `line ${n}.`),
    );
    const long = conversation("#long", { lines: [first, ...lines] });
    const typist = new Typist(stateOf(long, tea), { columns: 80, rows: 24 });
    typist.types("\x1b[5~");
    const before = typist.rows;
    typist.ui = withView(typist.ui, long.key, openThreadPlace(typist.view, first.msgid ?? ""));
    expect(typist.rows).not.toEqual(before);
    expect(typist.types("\x1b").rows).toEqual(before);
    typist.ui = withView(typist.ui, long.key, openThreadPlace(typist.view, first.msgid ?? ""));
    typist.types("draft").types("\x1b2").types("\x1b1");
    expect([typist.view.thread, typist.text]).toEqual([null, ""]);
    expect(typist.view.threadDrafts.size).toBe(1);
  });

  test("its name is in the header, the prompt and the status bar, and Escape says where it leads", () => {
    for (const columns of [120, 80, 60, 40]) {
      const typist = open(new Typist(stateOf(tea), { columns, rows: 20, language: "ko" }));
      expect(typist.rows[0]).toContain("배포할까요?");
      expect(typist.rows[0]).toEndWith("Esc #차");
      expect(typist.rows.at(-1)).toContain("⤷ 배포");
      expect(typist.rows.at(-2)).toContain("#차 ⤷ 배포할까요?");
    }
  });

  test("notes stay where they came: below a message of the thread, or outside of it", () => {
    const note = { time: SATURDAY, tone: "info" as const };
    const early = line(SATURDAY - MINUTE, "bob", "안녕");
    const room = conversation("#차", { lines: [early, ...lines] });
    const typist = new Typist(stateOf(room), { columns: 80, rows: 24 });
    typist.ui = withView(typist.ui, tea.key, {
      notes: [
        { ...note, key: "a", afterLine: early.key, text: "at the beginning" },
        { ...note, key: "b", afterLine: unrelated.key, text: "below lunch" },
        { ...note, key: "c", afterLine: orphan.key, text: "below all" },
      ],
    });
    expect(typist.screen).toMatch(
      /beginning[\s\S]*배포할까요[\s\S]*점심[\s\S]*below lunch[\s\S]*jane[\s\S]*옛말에[\s\S]*below all/,
    );
    expect(open(typist).screen).toMatch(
      /배포할까요[\s\S]*below lunch[\s\S]*jane[\s\S]*지금요[\s\S]*below all/,
    );
    expect(typist.screen).not.toContain("beginning");
  });

  test("messages elsewhere in the room count as unread while it is open", () => {
    const unread = conversation("#차", { lines, unread: 3 });
    const typist = new Typist(stateOf(unread), { columns: 80, rows: 24 });
    expect(typist.rows.at(-2)).not.toMatch(/│ 3\b/);
    typist.ui = withView(typist.ui, unread.key, openThreadPlace(typist.view, first.msgid ?? ""));
    expect(typist.rows.at(-2)).toMatch(/│ 3\b/);
    expect(typist.rows[1]).toMatch(/^▸1 차 +3 │/);
  });

  test("an edit given up by opening it is given up for good, and the draft is the room's", () => {
    const typist = inTea().types("half");
    typist.ui = withView(typist.ui, tea.key, beginEdit(typist.view, "m", "sent"));
    open(typist);
    expect([typist.text, typist.view.editTarget]).toEqual(["", null]);
    expect(typist.types("\x1b").text).toBe("half");
  });

  test("its draft is saved, and is in the thread again in the next run", () => {
    let file: object = {};
    const ports = {
      readDrafts: () => file,
      writeDrafts: (content: object) => {
        file = content;
      },
      after: () => () => {},
    };
    const typist = open(inTea().types("room text")).types("thread text");
    new DraftAutosave(ports, "mina@tea:6697").write(typist.ui);
    const restored = new DraftAutosave(ports, "mina@tea:6697");
    const next = inTea();
    next.ui = withDrafts(next.ui, restored.saved);
    expect(next.text).toBe("room text");
    expect(open(next).text).toBe("thread text");
  });
});
