/**
 * Measures what the chat screen costs in a busy room: `bun tests/bench/chat-screen.ts [SECONDS]`. The session reads
 * 500 messages a second, and 30 frames a second are drawn of them and encoded. Prints the CPU time as a share of one
 * core: the client must leave the rest to others.
 */
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { diffFrames, type Frame } from "../../lib/terminal/screen-frame.ts";
import { themeFor } from "../../lib/terminal/theme.ts";
import { openChat } from "../app/open-chat.ts";
import { drawContextFor } from "../app/team.ts";
import { elapsedMs } from "../elapsed.ts";

const MESSAGES_PER_SECOND = 500;
const FRAMES_PER_SECOND = 30;
const SECONDS_DEFAULT = 20;
const SIZE = { columns: 100, rows: 30 };
const NICKS = ["민수", "jane", "서연", "alice", "bob", "tom"];
/** What people write, with and without markup; all of it is drawn. */
const TEXTS = [
  "배포 스크립트 고쳤어요. 로그는 여기 https://ci.example/412 있으니 금요일 전에 봐 주세요",
  "ok",
  "*금요일*까지 `deploy.sh --all` 을 돌려야 합니다",
  "the quick brown fox jumps over the lazy dog, and then it comes back and does it all over again",
  "ㅋㅋㅋㅋ 👍🏽 👨‍👩‍👧",
];

/** Runs `seconds` of a busy room as fast as it goes. Returns the CPU time of one of them, in ms. */
async function measure(seconds: number): Promise<number> {
  const { controller, connection, hears } = await openChat("message-tags server-time");
  const context = drawContextFor("ko");
  const theme = themeFor({ TERM: "xterm-256color" });
  const cache = new ScreenCache(context);
  connection.listen((event) => {
    if ("key" in event && event.key !== null) cache.invalidate(event.key);
  });
  const { state } = connection.session;
  controller.goTo(state.fold("#tea"));
  let shown: Frame | null = null;
  let sent = 0;
  const run = (count: number): void => {
    const start = sent;
    for (let frame = 1; frame <= count * FRAMES_PER_SECOND; frame++) {
      const due = start + Math.floor((frame * MESSAGES_PER_SECOND) / FRAMES_PER_SECOND);
      for (; sent < due; sent++) {
        const nick = NICKS[sent % NICKS.length];
        hears(`@msgid=b${sent} :${nick}!u@h PRIVMSG #tea :${TEXTS[sent % TEXTS.length]}`);
      }
      const view = drawChat(state, controller.ui, SIZE, elapsedMs(0), cache, context);
      diffFrames(shown, view.frame, theme);
      shown = view.frame;
    }
  };
  run(2);
  const before = process.cpuUsage();
  run(seconds);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / seconds;
}

const cpuMs = await measure(Number(process.argv[2] ?? SECONDS_DEFAULT));
const share = (cpuMs / 10).toFixed(1);
process.stdout.write(`${MESSAGES_PER_SECOND} messages a second: ${share} % of a core\n`);
