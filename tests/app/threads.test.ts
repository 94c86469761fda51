import { expect, test } from "bun:test";
import { drawChat, ScreenCache } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { repliesByThread, threadRootOf } from "../../lib/app/chat-screen/threads.ts";
import { timelineItems } from "../../lib/app/chat-screen/timeline-items.ts";
import { EMPTY_UI, EMPTY_VIEW, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { conversation, drawContextFor, line, SATURDAY, stateOf } from "./team.ts";

const MINUTE = 60_000;
const first = line(SATURDAY, "민수", "배포할까요?");
const other = line(SATURDAY + MINUTE, "bob", "점심은요?");
const answer = line(SATURDAY + 2 * MINUTE, "jane", "네", { replyTo: first.msgid });
const further = line(SATURDAY + 3 * MINUTE, "민수", "지금요", { replyTo: answer.msgid });
const lost = line(SATURDAY + 4 * MINUTE, "bob", "옛말에", { replyTo: "gone" });
const lines = [first, other, answer, further, lost];
const tea = conversation("#차", { lines });

test("an answer to an answer belongs to what was said first, however far up that is", () => {
  const found = [...repliesByThread(lines)].map(([root, answers]) =>
    [root, ...answers.map(({ text }) => text)].join(" "),
  );
  expect(found).toEqual([`${first.msgid} 네 지금요`, "gone 옛말에"]);
  expect(threadRootOf(further, lines)).toBe(first.msgid);
  expect(threadRootOf(other, lines)).toBe(other.msgid);
});

test("lines that answer one another in a circle end nowhere, and break nothing", () => {
  const one = line(SATURDAY, "a", "1", { msgid: "x", replyTo: "y" });
  const two = line(SATURDAY, "b", "2", { msgid: "y", replyTo: "x" });
  expect([...repliesByThread([one, two]).keys()]).toEqual(["y"]);
});

test("a message says how many answers it has, and by which number they are opened", () => {
  const context = drawContextFor("ko");
  const items = timelineItems(tea, EMPTY_VIEW, context.calendar);
  const threads = items.flatMap((item) => (item.kind === "line" ? [item.thread] : []));
  expect(threads).toEqual([{ replies: 2, number: 5 }, null, null, null, null]);
  expect(draw(null)).toContain("⤷ 답장 2 (/t 5)");
});

test("opened, only the message and its answers stand there, under a title of their own", () => {
  const screen = draw(first.msgid);
  expect(screen).toContain("#차 ⤷ 민수의 말에 달린 답장");
  expect(screen).toContain("배포할까요?");
  expect(screen).toContain("지금요");
  expect(screen).not.toContain("점심은요?");
  expect(screen).toContain("[차 ⤷]");
});

function draw(thread: string | null): string {
  const context = drawContextFor("ko");
  const ui = withView({ ...EMPTY_UI, current: tea.key }, tea.key, { thread });
  const size = { columns: 90, rows: 20 };
  const view = drawChat(stateOf(tea), ui, size, 0, new ScreenCache(context), context);
  return view.frame.rows.map((row) => row.map(({ text }) => text).join("")).join("\n");
}
