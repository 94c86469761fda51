import { expect, test } from "bun:test";
import { drawChat, ScreenCache } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { repliesByThread, threadRootOf } from "../../lib/app/chat-screen/threads.ts";
import { timelineItems } from "../../lib/app/chat-screen/timeline-items.ts";
import { EMPTY_UI, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { elapsedMs } from "../elapsed.ts";
import { conversation, drawContextFor, line, SATURDAY, stateOf } from "./team.ts";

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
  const items = timelineItems(tea, viewOf(EMPTY_UI, tea.key), context.calendar);
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
