import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import type { ConversationSource } from "../../lib/chat-server/snapshot/snapshot.ts";
import type { TurnChange } from "../../lib/cluster/log/turn-recorder.ts";
import { openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";
import { openLocalLog } from "../../lib/file-manager/record-log/local-log.ts";
import type { LoggedChange } from "../../lib/file-manager/record-log/logged-changes.ts";
import { formatRecordedEvent } from "../../lib/file-manager/record-log/recorded-changes.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { AccountName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { LoggedFolder, logOnly, openPlain } from "./logged-folder.ts";
import { EventScript, TEA } from "./room-log-events.ts";

/** What a start makes of a log that has what the folder's files lack. */

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sodam-catch-up-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PAIR = [accountId("mina"), accountId("tom")] as const;
const pathOf = (...names: readonly string[]): string => join(folder, "data", ...names);
const linesOf = (...names: readonly string[]): string[] =>
  existsSync(pathOf(...names))
    ? readFileSync(pathOf(...names), "utf8")
        .split("\n")
        .slice(0, -1)
    : [];
const day = (): string[] => linesOf("history", TEA, "2026-11-22.jsonl");

const logged = (event: RoomEvent, hasHistory = true): LoggedChange => ({
  ...{ kind: "event", conversation: event.conversation },
  stored: formatRecordedEvent(event, hasHistory).trimEnd(),
});
const person = (number: number, value = `v${number}`): LoggedChange => ({
  ...{ kind: "person", number },
  change: { kind: "metadata", of: PAIR[0], key: "about", value },
});
const accounts = (number: number): LoggedChange => ({
  ...{ kind: "accounts", number },
  changes: [{ kind: "address-key", key: `k${number}` }],
});
const created = (script: EventScript): RoomEvent =>
  script.next({ kind: "created", room: null, pair: PAIR });

function sourceOf(...scripts: readonly EventScript[]) {
  const conversations = scripts.map(({ conversation, events }): ConversationSource => {
    const time = events.at(-1)?.time ?? 0;
    const rest = { time, saidAt: time, createdAt: 1, room: null };
    return { id: conversation, at: events.length, pair: PAIR, ...rest } as ConversationSource;
  });
  return { conversations, people: [], bans: [] };
}

/** Puts a folder there that was opened once. */
async function oldFolder(): Promise<void> {
  await (await openPlain(folder)).close();
}

async function refusal(): Promise<string> {
  const opened = await openDataFolder(pathOf(), {
    ...{ makeStore: AccountStore.of, passwordCost: "test", history: true, onProblem: () => {} },
  });
  if ("refused" in opened) return opened.refused;
  await opened.close();
  return "not refused";
}

describe("a start on a folder with a log", () => {
  test("writes what the files lack into them, tells the owner, and does so once", async () => {
    await oldFolder();
    const tea = new EventScript();
    const events = [created(tea), tea.said("one"), tea.said("two")];
    await logOnly(folder, [events.map((event) => logged(event)), [person(1), accounts(1)]]);
    for (let start = 0; start < 2; start += 1) {
      const data = await openPlain(folder);
      expect(data.reports.filter((report) => report.includes("records.journal"))).toEqual(
        start === 0
          ? ["5 changes were in records.journal alone, and are in the other files now."]
          : [],
      );
      expect(day()).toHaveLength(3);
      expect(data.restored.later).toEqual(events);
      expect(data.restored.recent.get(TEA)).toEqual(events);
      expect(data.restored.people).toHaveLength(1);
      expect(data.accountRecords.addressKey).toBe("k1");
      expect(data.numbers).toEqual({ people: 1, accounts: 1 });
      await data.close();
    }
  });

  test("removes the log of a server with gateways only when everything is saved", async () => {
    await oldFolder();
    const tea = new EventScript();
    await logOnly(folder, [[logged(created(tea))]]);
    const data = await openPlain(folder);
    expect(existsSync(pathOf("records.journal"))).toBe(true);
    await data.save(() => sourceOf(tea));
    expect(existsSync(pathOf("records.journal"))).toBe(false);
    await data.close();
    const leader = await LoggedFolder.open(folder);
    leader.turn({ kind: "event", event: tea.said("one") });
    await leader.data.save(() => sourceOf(tea));
    expect(existsSync(pathOf("records.journal"))).toBe(true);
    await leader.close();
  });

  test("reads a folder of before there were logs as ever", async () => {
    const tea = new EventScript();
    const data = await openPlain(folder);
    data.append(created(tea));
    await data.close();
    const leader = await LoggedFolder.open(folder);
    expect(leader.data.restored.later).toHaveLength(1);
    expect(leader.turn({ kind: "event", event: tea.said("one") })).toEqual([true]);
    expect(day()).toHaveLength(2);
    await leader.close();
  });

  test("tells of events that neither has, and goes on behind them", async () => {
    await oldFolder();
    const tea = new EventScript();
    const events = [created(tea), tea.said("lost"), tea.said("there")];
    await logOnly(folder, [[logged(events[0] as RoomEvent), logged(events[2] as RoomEvent)]]);
    const data = await openPlain(folder);
    expect(data.reports[0]).toBe(
      `${pathOf("history", TEA)} lacks 1 event before position 3, which records.journal doesn't have either.`,
    );
    expect(data.append(tea.said("next"))).toBe(true);
    await data.close();
  });

  test("tells of person changes that neither has, and numbers on as the log does", async () => {
    await oldFolder();
    await logOnly(folder, [[person(1), person(4)]]);
    for (let start = 0; start < 2; start += 1) {
      const data = await openPlain(folder);
      const lacks = `${pathOf("people.journal")} lacks 2 changes before number 4.`;
      expect(data.reports.includes(lacks)).toBe(start === 0);
      expect(data.numbers.people).toBe(4);
      expect(data.restored.people).toMatchObject([{ value: "v1" }, { value: "v4" }]);
      await data.close();
    }
  });

  test("is refused when accounts and log don't belong together, and nothing is lost", async () => {
    await oldFolder();
    await logOnly(folder, [[accounts(1), accounts(3)]]);
    expect(await refusal()).toBe(
      `records.journal goes on at change 3 of ${pathOf("users.journal")}, which ends at 1: they don't belong together. Put back both from one copy, or move records.journal away, then start again; no account was changed.`,
    );
    expect(linesOf("users.journal")).toEqual([]);
    expect(existsSync(pathOf("records.journal"))).toBe(true);
  });

  test("tells of what can't be decoded, and takes the rest", async () => {
    await oldFolder();
    const tea = new EventScript();
    const events = [created(tea), tea.said("one")].map((event) => logged(event));
    await logOnly(folder, [
      [{ kind: "event", conversation: TEA, stored: '{"at":1}' }, ...events],
      [{ kind: "event", conversation: "../out" as ConversationId, stored: "{}" }],
      [{ kind: "person", number: 1, change: { kind: "nick" } }, person(2)],
      [{ kind: "accounts", number: 1, changes: [{ kind: "email" }] }, accounts(2)],
    ]);
    const data = await openPlain(folder);
    expect(data.reports.filter((report) => report.includes("can't be read"))).toEqual([
      `records.journal has an event of ${TEA} that can't be read.`,
      `records.journal has a change of ${pathOf("people.journal")} that can't be read.`,
      `records.journal has a change of ${pathOf("users.journal")} that can't be read.`,
    ]);
    expect(data.numbers).toEqual({ people: 2, accounts: 2 });
    expect(data.restored.later).toHaveLength(2);
    expect(existsSync(join(folder, "out"))).toBe(false);
    await data.close();
    expect(await refusal()).toBe("not refused");
  });

  for (const change of [
    { kind: "person", number: 1, change: { kind: "dance" } },
    { kind: "accounts", number: 1, changes: [{ kind: "dance" }] },
  ] as const) {
    test(`is refused when a newer version wrote of ${change.kind}, and nothing is lost`, async () => {
      await oldFolder();
      await logOnly(folder, [[change]]);
      expect(await refusal()).toMatch(/doesn't know \(dance\): a newer one wrote it\. Start that/);
      expect(existsSync(pathOf("records.journal"))).toBe(true);
    });
  }

  test("is refused when a newer version wrote a record that this one must not read", async () => {
    await oldFolder();
    await logOnly(folder, [[person(1)]]);
    const opened = openLocalLog(pathOf(), { release() {} });
    if ("refused" in opened) throw new Error(opened.refused);
    const { log, last } = opened;
    const bytes = Buffer.from('{"v":2,"kind":"turn","term":1,"number":2}\n');
    log.append({ id: "newer", bytes, after: last }, ({ kind }) => expect(kind).toBe("appended"));
    await log.close();
    for (let tries = 0; tries < 2; tries += 1) {
      expect(await refusal()).toMatch(/A newer version wrote the log .* Start that version/);
    }
  });

  test("doesn't bring an archived conversation back", async () => {
    const tea = new EventScript();
    const leader = await LoggedFolder.open(folder);
    leader.turn({ kind: "event", event: created(tea) });
    await leader.close();
    await mkdir(pathOf("gone"));
    renameSync(pathOf("history", TEA), pathOf("gone", TEA));
    const data = await openPlain(folder);
    expect(existsSync(pathOf("history", TEA))).toBe(false);
    await data.close();
  });

  test("writes an act of an operator into the audit file, too", async () => {
    await oldFolder();
    const act = { id: "a1", time: 1, by: "root", act: "ban", target: "tom", reason: "" };
    await logOnly(folder, [[{ kind: "person", number: 1, change: { kind: "audited", ...act } }]]);
    const data = await openPlain(folder);
    expect(linesOf("audit.jsonl")).toHaveLength(1);
    await data.close();
  });

  test("is refused while the disk refuses, and has everything at the next one", async () => {
    await oldFolder();
    const tea = new EventScript();
    const events = [created(tea), tea.said("one")];
    await logOnly(folder, [[...events.map((event) => logged(event)), person(1), accounts(1)]]);
    let allowed = 0;
    const disk: Disk = {
      ...DISK,
      write: (fd, bytes, start, offset) => {
        allowed -= 1;
        if (allowed < 0) throw Object.assign(new Error("full"), { code: "ENOSPC" });
        return DISK.write(fd, bytes, start, offset);
      },
    };
    // Each write is refused once, in turn.
    for (let start = 0; start < 3; start += 1) {
      allowed = 1;
      await expect(openPlain(folder, { disk })).rejects.toThrow(/cannot be written.* start again/);
    }
    allowed = 1;
    const data = await openPlain(folder, { disk });
    expect(data.restored.later).toEqual(events);
    expect(data.numbers).toEqual({ people: 1, accounts: 1 });
    await data.close();
  });

  test("reads pieces of a long record, and passes over half a record at the end", async () => {
    await oldFolder();
    const tea = new EventScript();
    await logOnly(folder, [[logged(created(tea)), logged(tea.said("one"))]]);
    const bytes = readFileSync(pathOf("records.journal"));
    writeFileSync(pathOf("records.journal"), bytes.subarray(0, -30));
    const data = await openPlain(folder);
    expect(data.restored.later).toEqual([]);
    await data.close();
  });
});

describe("a server that writes no history", () => {
  test("has no text of a message in its log, and knows what happened", async () => {
    const leader = await LoggedFolder.open(folder, { history: false });
    const tea = new EventScript();
    const said = tea.next({
      kind: "said",
      verb: "PRIVMSG",
      text: "secret-1",
      tags: { "+x": "secret-2" },
    });
    const script = [said, tea.edited(said, "secret-3"), tea.joined("tom")];
    const room = new EventScript("room-9" as ConversationId);
    const topic = [room.created(), room.next({ kind: "topic", text: "tea at noon" })];
    for (const event of [...script, ...topic]) leader.turn({ kind: "event", event });
    await leader.close();
    const log = readFileSync(pathOf("records.journal"), "latin1");
    expect(log).not.toContain("secret");
    expect(log).toContain("tea at noon");
    expect(existsSync(pathOf("history", TEA))).toBe(false);
    const data = await openPlain(folder, { history: false });
    const later = data.restored.later.map(({ kind, position }) => [kind, position]);
    expect(later).toEqual([
      ["said", 1],
      ["edited", 2],
      ["joined", 3],
      ["created", 1],
      ["topic", 2],
    ]);
    expect(data.restored.recent.get(TEA)?.map(({ kind }) => kind)).toEqual(["joined"]);
    await data.save(() => sourceOf(tea));
    expect(existsSync(pathOf("records.journal"))).toBe(false);
    await data.close();
  });

  test("takes no event twice that rooms.json or an older history has", async () => {
    const tea = new EventScript();
    const before = await openPlain(folder);
    for (const event of [created(tea), tea.said("kept")]) before.append(event);
    await before.close();
    const [second, third] = [tea.events[1], tea.said("three")];
    await logOnly(folder, [[logged(second as RoomEvent, false), logged(third, false)]]);
    const data = await openPlain(folder, { history: false });
    expect(data.restored.later.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(data.restored.later[1]).toMatchObject({ text: "kept" });
    await data.close();
  });
});

describe("a leader whose disk fails", () => {
  const event = (happened: RoomEvent): TurnChange => ({ kind: "event", event: happened });
  const signUp = (name: string): TurnChange => {
    const rest = { hash: "h", email: null, owner: false, time: 1 };
    const account = { id: accountId(name), name: name as AccountName, ...rest };
    return { kind: "accounts", changes: [{ kind: "signed-up", ...account }] };
  };

  /** A disk that refuses writes or syncs while `fails` says so. */
  class Refusing implements Disk {
    fails: "never" | "write" | "sync" = "never";
    write: Disk["write"] = (...parts) => {
      if (this.fails === "write") throw Object.assign(new Error("full"), { code: "ENOSPC" });
      return DISK.write(...parts);
    };
    truncate: Disk["truncate"] = (...parts) => DISK.truncate(...parts);
    sync: Disk["sync"] = async (fd) => {
      if (this.fails === "sync") throw Object.assign(new Error("broken"), { code: "EIO" });
      await DISK.sync(fd);
    };
    syncNow: Disk["syncNow"] = (fd) => DISK.syncNow(fd);
  }

  test("accepts nothing more, saves nothing, and has it all in order when the disk is well again", async () => {
    const disk = new Refusing();
    const leader = await LoggedFolder.open(folder, { disk });
    const tea = new EventScript();
    leader.turn(event(created(tea)));
    disk.fails = "write";
    const last = [tea.said("one"), tea.said("two")];
    expect(leader.turn(...last.map(event), signUp("mina"))).toEqual([true, true, true]);
    expect([leader.data.isFailing, leader.data.hasPending]).toEqual([true, true]);
    expect(leader.turn(event(tea.said("refused")), signUp("tom"))).toEqual([false, false]);
    tea.events.pop();
    await leader.data.save(() => sourceOf(tea));
    expect(existsSync(pathOf("rooms.json"))).toBe(false);
    expect(await leader.data.sync()).toBe(false);
    expect(leader.data.isDirty).toBe(true);
    disk.fails = "never";
    expect(await leader.data.sync()).toBe(true);
    await leader.stored;
    expect([leader.data.isFailing, leader.data.hasPending]).toEqual([false, false]);
    expect(leader.turn(event(tea.said("three")))).toEqual([true]);
    expect(day()).toHaveLength(4);
    expect(linesOf("users.journal")).toHaveLength(1);
    await leader.close();
  });

  test("has accounts in the log alone while they can't be synced, and the next start has them", async () => {
    const disk = new Refusing();
    const leader = await LoggedFolder.open(folder, { disk });
    disk.fails = "sync";
    leader.turn(signUp("mina"));
    for (let turn = 0; !leader.data.isFailing && turn < 1000; turn += 1) await nextTurn();
    expect([leader.data.isFailing, leader.data.hasPending]).toEqual([true, true]);
    expect(leader.turn(signUp("tom"))).toEqual([false]);
    await leader.close();
    const next = await LoggedFolder.open(folder);
    expect(next.data.accountRecords.accounts.map(({ name }): string => name)).toEqual(["mina"]);
    expect(next.data.numbers.accounts).toBe(1);
    await next.close();
  });
});

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
