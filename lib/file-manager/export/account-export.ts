import { join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type { ConversationSnapshot, Snapshot } from "../../chat-server/snapshot/snapshot.ts";
import type { Account } from "../../member-server/account.ts";
import type { MemberRecords, Records } from "../../member-server/member-ports.ts";
import { fold } from "../../protocol/names.ts";
import { formatTime } from "../../protocol/time.ts";
import { readUserFile } from "../accounts/user-file.ts";
import { authorBytes } from "../history/authored-lines.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { HistoryFolder } from "../history/history-folder.ts";
import { isAuthoredBy } from "../history/pending-rewrites.ts";
import { parseStoredEvent } from "../history/stored-event.ts";
import { grepLines } from "../search/grep-lines.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";
import { jsonText, linesToFile } from "./export-format.ts";

/**
 * Writes everything that the data folder has of an account to a new file, as JSON lines: what it is, its rooms,
 * and every message, reaction and edit, also in conversations that it can't reach any more. The server may run:
 * what is younger than a minute may be missing, of rooms and settings.
 */
export async function exportAccount(
  name: string,
  file: string,
  data: string,
  book: (records: MemberRecords) => Records,
): Promise<{ readonly said: readonly string[]; readonly ok: boolean }> {
  const users = readUserFile(data, book);
  if ("refused" in users) return no(users.refused);
  const read = readSnapshot(join(data, "rooms.json"));
  if ("refused" in read) return no(read.refused);
  const { snapshot } = read;
  const { accounts, invitations } = users.records.snapshot();
  const account = [...accounts].find((one) => fold(one.name) === fold(name));
  if (account === undefined) return no(`There is no account ${name}.`);
  const made = [...invitations].filter(({ by }) => by === account.name);
  async function* lines(of: Account): AsyncGenerator<string> {
    const { hash: _hash, createdAt, ...own } = of;
    yield jsonText({ kind: "account", ...own, since: formatTime(createdAt) });
    for (const { hash: _code, ...invitation } of made) {
      yield jsonText({ kind: "invitation", ...invitation });
    }
    yield* placeLines(snapshot, of);
    yield* saidLines(data, snapshot, of);
  }
  const written = await linesToFile(file, lines(account), false);
  if ("refused" in written) return no(written.refused);
  return { said: [`${file} has ${written.records} lines of ${account.name}.`], ok: true };
}

/** Settings and read markers, rooms with rank, and direct messages. */
function* placeLines(snapshot: Snapshot, { name }: Account): Generator<string> {
  const person = snapshot.people.find((one) => one.account === name);
  if (person !== undefined) {
    const { markers: _markers, tallies: _tallies, ...own } = person;
    yield jsonText({ kind: "person", ...own });
  }
  for (const one of snapshot.conversations) {
    const marker = person?.markers[one.id];
    const where = nameOf(one, name);
    const read = marker === undefined ? null : formatTime(marker);
    if (one.pair?.includes(name)) yield jsonText({ kind: "direct", with: where, read });
    const member = one.room?.members.find(({ account }) => account === name);
    if (member !== undefined) {
      const joined = formatTime(member.joinedTime);
      yield jsonText({ kind: "room", room: where, rank: member.ranks || null, joined, read });
    }
    const kept = one.room?.ranks?.[name];
    if (kept !== undefined) yield jsonText({ kind: "rank", room: where, rank: kept });
  }
}

/** A conversation after the other, each in order. */
function* saidLines(
  data: string,
  { conversations }: Snapshot,
  account: Account,
): Generator<string> {
  const known = new Map(conversations.map((one) => [one.id, nameOf(one, account.name)]));
  const who = { account: account.name, since: account.createdAt, upTo: Number.MAX_SAFE_INTEGER };
  const mark = authorBytes(who);
  for (const root of [join(data, "history"), join(data, "gone")]) {
    for (const id of conversationIdsIn(root)) {
      const folder = HistoryFolder.open(id, join(root, id), true);
      // Nobody knows any more what it was called: its folder does.
      const where = known.get(folder.id) ?? id;
      for (const day of folder.days) {
        const file = folder.openDay(day);
        if (file === null) continue;
        try {
          for (const line of grepLines(file, mark)) {
            const text = line === null ? null : saidLine(line.bytes.toString("utf8"), folder.id);
            if (text !== null) yield jsonText({ kind: text.kind, where, ...text.own });
          }
        } finally {
          file.close();
        }
      }
    }
  }

  function saidLine(line: string, id: ConversationId) {
    const stored = parseStoredEvent(line, id);
    if (stored.kind !== "event" || stored.isErased || !isAuthoredBy(stored.event, who)) return null;
    const { event } = stored;
    const own = { time: formatTime(event.time), msgid: event.msgid, nick: event.by.nick };
    if (event.kind === "edited") {
      return { kind: "edit", own: { ...own, of: event.target, text: event.text } };
    }
    if (event.kind !== "said") return null;
    const { verb, text, tags } = event;
    if (verb === "TAGMSG") return { kind: "reaction", own: { ...own, tags } };
    return { kind: "message", own: { ...own, verb, text, tags } };
  }
}

/** The room, or the other one of the two. */
function nameOf({ id, room, pair }: ConversationSnapshot, account: string): string {
  return room?.name ?? pair?.find((one) => one !== account) ?? pair?.[0] ?? id;
}

function no(sentence: string): { readonly said: readonly string[]; readonly ok: boolean } {
  return { said: [sentence], ok: false };
}
