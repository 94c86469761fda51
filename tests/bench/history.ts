import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId, UserIdentity } from "../../lib/chat-server/event.ts";
import { openRoomLog } from "../../lib/file-manager/history/room-log.ts";
import { fold } from "../../lib/protocol/names.ts";
import { Prng } from "../prng.ts";

/** How long searching and paging take in one room with a million messages: `bun tests/bench/history.ts [COUNT]`. */

const COUNT = Number(process.argv[2] ?? 1_000_000);
const ROOM = "room.bench.1" as ConversationId;
const WORDS =
  "tea coffee milk 안녕 점심 먹을까 회의 deploy server build 오늘 the is of and to".split(" ");

const folder = mkdtempSync(join(tmpdir(), "bench-history-"));
try {
  await measure();
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(): Promise<void> {
  const log = openRoomLog(folder);
  if ("refused" in log) throw new Error(log.refused);
  const prng = new Prng(48);
  const begun = performance.now();
  for (let at = 1; at <= COUNT; at += 1) {
    const name = `user${prng.below(50)}`;
    const by = {
      nick: name,
      account: name,
      user: "u",
      host: "k3x9.account",
      realname: "",
      bot: false,
    };
    const text = Array.from({ length: 8 + prng.below(10) }, () => prng.pick(WORDS)).join(" ");
    const place = { conversation: ROOM, at, time: Date.UTC(2026, 10, 22) + at * 80 };
    const event = {
      ...place,
      msgid: `k3x${at.toString(36).padStart(20, "0")}`,
      by: by as UserIdentity & object,
    };
    log.append({ ...event, kind: "said", verb: "PRIVMSG", text, tags: {} } as never);
  }
  tell("append, each", (performance.now() - begun) / COUNT);
  const search = async (what: string, words: string[], from: string | null): Promise<void> => {
    const request = { in: [ROOM], words, after: null, before: null, limit: 100 };
    const times: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const start = performance.now();
      await log.search(
        { ...request, from: from === null ? null : { kind: "name", name: fold(from) } },
        () => true,
      );
      times.push(performance.now() - start);
    }
    tell(`search: ${what}`, Math.min(...times));
  };
  await search("a Korean word that is nowhere", ["없는말"], null);
  await search("a Latin word that is nowhere", ["zebra"], null);
  await search("the same, from somebody", ["zebra"], "user7");
  await search("from nobody", [], "nobody");
  await search("a word in every line's names", ["user"], null);
  await search("a common word", ["TEA"], null);
  const pages: number[] = [];
  for (let n = 0; n < 200; n += 1) {
    const start = performance.now();
    await log.page(ROOM, {
      direction: "before",
      from: { kind: "time", time: Date.UTC(2026, 10, 22) + prng.below(COUNT) * 80 },
      to: null,
      limit: 100,
      since: 0,
      kinds: "messages",
    });
    pages.push(performance.now() - start);
  }
  pages.sort((a, b) => a - b);
  tell("a page of 100 from any time, median", pages[100] ?? 0);
  tell("the same, 99 of 100", pages[198] ?? 0);
  await log.close();
}

function tell(what: string, ms: number): void {
  process.stdout.write(
    `${what.padEnd(50)} ${ms < 0.1 ? `${(ms * 1000).toFixed(1)} µs` : `${ms.toFixed(1)} ms`}\n`,
  );
}
