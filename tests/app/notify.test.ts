import { expect, test } from "bun:test";
import { formatNotification, NotificationLimit } from "../../lib/app/chat-screen/notify.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { elapsedMs } from "../elapsed.ts";
import { conversation, line, SATURDAY, stateOf } from "./team.ts";

const tea = conversation("#tea");
const state = stateOf(tea);
const event = {
  kind: "notify",
  key: tea.key,
  line: line(SATURDAY, "민수", "@하나 4;1 오세요\x1b]0;x\x07\n지금"),
  why: "mention",
} as const;

function bytesFor(term: string, bell = true): string {
  return formatNotification(event, state, wordsFor("ko"), { TERM: term }, bell);
}

test("a notification is a bell and the terminal's sequence, without control characters from the message", () => {
  expect(bytesFor("xterm-256color")).toBe(
    "\x07\x1b]9;#tea의 민수 님: @하나 4,1 오세요␛]0,x␇ 지금\x1b\\",
  );
  expect(bytesFor("foot")).toBe(
    "\x07\x1b]777;notify;#tea의 민수 님;@하나 4,1 오세요␛]0,x␇ 지금\x1b\\",
  );
  expect(bytesFor("xterm-kitty", false)).toStartWith("\x1b]99;i=1:d=0;#tea의 민수 님\x1b\\");
  expect(bytesFor("linux")).toBe("\x07");
});

test("no text is markup for the desktop that shows it", () => {
  const text = '<a href="http://evil.example">bank</a> <img src="http://evil.example/x.png">';
  const marked = { ...event, line: line(SATURDAY, "<b>jun", text) };
  const bytes = formatNotification(marked, state, wordsFor("en"), { TERM: "foot" }, false);
  expect(bytes).toContain('‹a href="http://evil.example">bank‹/a>');
  expect(bytes).not.toContain("<");
});

test("inside of tmux or screen a notification is wrapped for the terminal outside, the bell isn't", () => {
  const bytesIn = (environment: Record<string, string>) =>
    formatNotification(event, state, wordsFor("en"), environment, true);
  const plain = bytesIn({ TERM: "xterm-256color" }).slice(1, -2);
  expect(bytesIn({ TERM: "tmux-256color", TMUX: "/tmp/tmux-0/default,1,0" })).toBe(
    `\x07\x1bPtmux;\x1b${plain}\x1b\x1b\\\x1b\\`,
  );
  expect(bytesIn({ TERM: "screen", STY: "1.pts-0.here" })).toBe(`\x07\x1bP${plain}\x07\x1b\\`);
  // STY alone may be left over from the shell that started this terminal.
  expect(bytesIn({ TERM: "xterm-256color", STY: "1.pts-0.here" })).toBe(`\x07${plain}\x1b\\`);
});

test("a burst of messages is announced once, and one without end now and then", () => {
  const limit = new NotificationLimit();
  const announcedIn = (fromMs: number, toMs: number, everyMs: number): number => {
    let count = 0;
    for (let ms = fromMs; ms < toMs; ms += everyMs) if (limit.allows(elapsedMs(ms))) count += 1;
    return count;
  };
  expect(announcedIn(0, 1500, 1)).toBe(1);
  // After a pause the next message is a new one.
  expect(announcedIn(60_000, 60_001, 1)).toBe(1);
  expect(announcedIn(120_000, 180_000, 5)).toBe(6);
  expect(announcedIn(240_000, 300_000, 3000)).toBe(20);
});

test("a notification of what our server's ChanServ says is in the user's language", () => {
  const text = "You are now the founder of #tea";
  const said = { ...line(SATURDAY, "ChanServ", text), kind: "notice" } as const;
  const ours = { ...state, caps: new Set(["sodam.chat/unread"]) };
  const bytes = formatNotification({ ...event, line: said }, ours, wordsFor("ko"), {}, false);
  expect(bytes).toContain("이제 #tea의 방장입니다.");
});
