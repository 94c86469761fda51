import { afterEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalHistoryFiles } from "../../lib/file-manager/client/local-history.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 10, 20, 9);
const SERVER = { host: "irc.example", port: 6697 };
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function open({ days = 90, now = START + 6 * DAY, minutesEast = 0, folder = makeFolder() } = {}) {
  const failures: string[] = [];
  const history = new LocalHistoryFiles(folder, {
    ...{ days, minutesEast: () => minutesEast, now: () => now },
    onFailure: (path) => failures.push(path),
  });
  return { history, folder, failures };
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sodam-history-"));
  folders.push(folder);
  return folder;
}

function message(number: number, time = START + number * 1000) {
  return {
    ...({ id: `id${number}`, time, kind: "said", nick: "jun", own: false } as const),
    ...{ text: `message ${number}`, account: null, msgid: null },
  };
}

function ids(page: readonly { readonly id: string }[]): string[] {
  return page.map(({ id }) => id);
}

describe("stored messages", () => {
  test("are read page by page, across days", () => {
    const { history } = open();
    for (let day = 0; day < 3; day += 1) {
      for (let at = 0; at < 4; at += 1) {
        history.append(SERVER, "#tea", message(day * 10 + at, START + day * DAY + at));
      }
    }
    const newest = history.page(SERVER, "#tea", null, 5);
    expect(ids(newest)).toEqual(["id13", "id20", "id21", "id22", "id23"]);
    const older = history.page(SERVER, "#tea", newest[0] ?? null, 5);
    expect(ids(older)).toEqual(["id2", "id3", "id10", "id11", "id12"]);
    expect(ids(history.page(SERVER, "#tea", older[0] ?? null, 5))).toEqual(["id0", "id1"]);
  });

  test("are in day files that only their owner can read, by the local day", () => {
    const { history, folder } = open({ minutesEast: 9 * 60 });
    history.append(SERVER, "#tea", message(1, Date.UTC(2026, 10, 20, 16)));
    const path = join(folder, "irc.example_6697", "#tea", "2026-11-21.jsonl");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "irc.example_6697")).mode & 0o777).toBe(0o700);
  });

  test("of two servers, rooms or people are never one", () => {
    const { history } = open();
    history.append(SERVER, "#tea", message(1));
    history.append({ ...SERVER, port: 7000 }, "#tea", message(2));
    history.append(SERVER, "é", message(3));
    history.append(SERVER, "É", message(4));
    expect(ids(history.page(SERVER, "#tea", null, 9))).toEqual(["id1"]);
    expect(ids(history.page(SERVER, "é", null, 9))).toEqual(["id3"]);
    expect(ids(history.page(SERVER, "É", null, 9))).toEqual(["id4"]);
  });

  test("that a bouncer told late are in their place", () => {
    const { history } = open();
    for (const number of [1, 5, 3]) history.append(SERVER, "#tea", message(number));
    expect(ids(history.page(SERVER, "#tea", null, 9))).toEqual(["id1", "id3", "id5"]);
  });

  test("before one that isn't there any more are found by its time", () => {
    const { history } = open();
    for (const number of [1, 2, 4]) history.append(SERVER, "#tea", message(number));
    const gone = { id: "gone", time: START + 3000 };
    expect(ids(history.page(SERVER, "#tea", gone, 9))).toEqual(["id1", "id2"]);
  });

  test("are removed when they are older than the user wants, at the first use", () => {
    const { history, folder } = open();
    history.append(SERVER, "#tea", message(1, START));
    history.append(SERVER, "#tea", message(2, START + 5 * DAY));
    const later = open({ folder, days: 7, now: START + 10 * DAY });
    expect(ids(later.history.page(SERVER, "#tea", null, 9))).toEqual(["id2"]);
    expect(readdirSync(join(folder, "irc.example_6697", "#tea"))).toEqual(["2026-11-25.jsonl"]);
  });

  test("are neither written nor read when the user wants none", () => {
    const { history, folder } = open({ days: 0 });
    history.append(SERVER, "#tea", message(1));
    expect(readdirSync(folder)).toEqual([]);
    expect(history.page(SERVER, "#tea", null, 9)).toEqual([]);
  });

  test("are gone with the server, and those of others stay", () => {
    const { history, folder } = open();
    history.append(SERVER, "#tea", message(1));
    history.append({ host: "other", port: 1 }, "#tea", message(2));
    history.forget(SERVER);
    expect(existsSync(join(folder, "irc.example_6697"))).toBe(false);
    expect(history.page({ host: "other", port: 1 }, "#tea", null, 9)).toHaveLength(1);
  });

  test("are searched in one conversation or everywhere", () => {
    const { history } = open();
    history.append(SERVER, "#tea", message(1));
    history.append(SERVER, "#cake", message(2, START + DAY));
    history.append(SERVER, "#cake", message(3));
    const matches = (room: string | null): string[] =>
      [...history.search(SERVER, room, ({ id }) => id !== "id3")].flatMap(({ lines, isIn }) =>
        lines.map(({ id }) => `${id} ${isIn("#tea") ? "#tea" : "#cake"}`),
      );
    expect(matches(null)).toEqual(["id2 #cake", "id1 #tea"]);
    expect(matches("#tea")).toEqual(["id1 #tea"]);
    expect(matches("#none")).toEqual([]);
  });

  test("survive a line that was cut, and anything that somebody wrote into the file", () => {
    const { history, folder } = open();
    history.append(SERVER, "#tea", message(1));
    const path = join(folder, "irc.example_6697", "#tea", "2026-11-20.jsonl");
    appendFileSync(path, '{"id":"x","ti\nnull\n[]\n{"id":1}\n{"id":"y","time":"now"}\n');
    history.append(SERVER, "#tea", message(2));
    expect(ids(history.page(SERVER, "#tea", null, 9))).toEqual(["id1", "id2"]);
  });

  test("older than the user wants are not stored, and those dated ahead belong to today", () => {
    const { history, folder } = open({ days: 7, now: START });
    history.append(SERVER, "#tea", message(1, START - 8 * DAY));
    history.append(SERVER, "#tea", message(2, Date.UTC(9999, 11, 31, 23)));
    history.append(SERVER, "#tea", message(3, 8.64e15));
    expect(readdirSync(join(folder, "irc.example_6697", "#tea"))).toEqual(["2026-11-20.jsonl"]);
    const [newest] = history.page(SERVER, "#tea", null, 1);
    expect(ids(history.page(SERVER, "#tea", newest ?? null, 9))).toEqual(["id2"]);
  });

  test("fill no day beyond what is read of it", () => {
    const { history, folder } = open();
    const text = "x".repeat(1 << 20);
    for (let number = 0; number < 17; number += 1) {
      history.append(SERVER, "#tea", { ...message(number), text });
    }
    const path = join(folder, "irc.example_6697", "#tea", "2026-11-20.jsonl");
    expect(statSync(path).size).toBeLessThanOrEqual(16 << 20);
    expect(history.page(SERVER, "#tea", null, 99)).toHaveLength(15);
  });

  test("of a server that writes without end take the place of its oldest ones", () => {
    const { history, folder } = open();
    const room = join(folder, "irc.example_6697", "#tea");
    history.append(SERVER, "#tea", message(1, START - DAY));
    history.append(SERVER, "#old", message(2, START - 2 * DAY));
    // Files without content, as large as a server's share of the disk.
    truncateSync(join(room, "2026-11-19.jsonl"), 600 << 20);
    const other = open({ folder }).history;
    other.append(SERVER, "#tea", message(3, START));
    truncateSync(join(room, "2026-11-20.jsonl"), 500 << 20);
    open({ folder }).history.append(SERVER, "#cake", message(4, START + DAY));
    expect(readdirSync(room)).toEqual(["2026-11-20.jsonl"]);
    expect(readdirSync(join(folder, "irc.example_6697")).sort()).toEqual(["#cake", "#tea"]);
  });

  test("that can't be written are reported", () => {
    const { history, folder, failures } = open();
    writeFileSync(join(folder, "irc.example_6697"), "a file in the way");
    history.append(SERVER, "#tea", message(1));
    expect(failures).toHaveLength(1);
  });
});
