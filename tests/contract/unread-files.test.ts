import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import {
  formatStoredEvent,
  parseStoredEvent,
} from "../../lib/file-manager/history/stored-event.ts";
import { openPeopleFile } from "../../lib/file-manager/snapshot/people-file.ts";
import { readSnapshot, writeSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import { accountId } from "../account-ids.ts";
import { Scene } from "../scene.ts";
import { EventScript, TEA } from "./room-log-events.ts";

/** The data of unread counts is in each of the files that a start reads. */

async function inFolder(run: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "unread-"));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("unread counts are restored from rooms.json", () =>
  inFolder(async (folder) => {
    const scene = new Scene();
    const [mina, jun] = [scene.person("mina"), scene.person("jun")];
    for (const actor of [mina, jun]) actor.says("JOIN #tea");
    jun.says("PRIVMSG #tea :Mina?", "PRIVMSG #tea :oh", "PRIVMSG mina :hi");
    const room = scene.server.state.rooms.byName("#tea");
    jun.says(`REDACT #tea ${room?.recentEvents.at(-1)?.msgid}`);
    const snapshot = scene.server.snapshot();
    expect(snapshot.conversations[0]?.days).toEqual({ "2026-11-22": 1 });
    const members = snapshot.conversations[0]?.room?.members;
    expect(members?.find(({ account }) => account === accountId("mina"))?.tally).toEqual({
      ...{ time: expect.any(Number), read: 0, named: { "2026-11-22": 1 } },
    });
    await writeSnapshot(join(folder, "rooms.json"), snapshot, 7);
    const read = readSnapshot(join(folder, "rooms.json"));
    expect(read).toMatchObject({ snapshot, peopleFolded: 7 });
  }));

test("a marker's counts are restored from people.journal", () =>
  inFolder(async (folder) => {
    const path = join(folder, "people.journal");
    const account = accountId("민수");
    const marked = { kind: "marked", account, conversation: TEA, time: 5 } as const;
    const changes: PersonChange[] = [
      marked,
      { ...marked, at: 9 },
      { ...marked, at: 9, read: 12, named: 3 },
    ];
    const opened = openPeopleFile(path, 0);
    if ("refused" in opened) throw new Error(opened.refused);
    for (const change of changes) expect(opened.file.append(change)).toBe(true);
    await opened.file.close();
    const again = openPeopleFile(path, 0);
    if ("refused" in again) throw new Error(again.refused);
    expect(again.changes).toEqual(changes);
    await again.file.close();
  }));

test("a redaction's facts about its message are restored from the history", () => {
  const talk = new EventScript();
  const said = talk.said("Mina?");
  const of = { time: said.time, named: [accountId("mina")] };
  const event = { ...talk.redacted(said), of };
  const stored = parseStoredEvent(formatStoredEvent(event).trimEnd(), TEA);
  expect(stored).toEqual({ kind: "event", event, isErased: false });
});

test("an edit's added and removed mentions are restored from the history", () => {
  const talk = new EventScript();
  const said = talk.said("Mina?");
  const of = { time: said.time, named: [accountId("jun")], unnamed: [accountId("mina")] };
  const event = { ...talk.edited(said, "Jun?"), of };
  const stored = parseStoredEvent(formatStoredEvent(event).trimEnd(), TEA);
  expect(stored).toEqual({ kind: "event", event, isErased: false });
});

test("an erasure's changes of counts are restored from the history", () => {
  const people = [{ account: accountId("mina"), read: 2, named: { "2026-11-22": 1 } }];
  const of = { days: { "2026-11-22": 3 }, people };
  const own = { kind: "forgotten", account: accountId("jun"), since: 5, upTo: 9, of } as const;
  const event = new EventScript().next(own);
  const stored = parseStoredEvent(formatStoredEvent(event).trimEnd(), TEA);
  expect(stored).toEqual({ kind: "event", event, isErased: false });
});
