import { join } from "node:path";
import type { ConversationId } from "../../chat-server/event.ts";
import type { ConversationSnapshot, Snapshot } from "../../chat-server/snapshot/snapshot.ts";
import type { Account, AccountRecords, Bot } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";
import { authorOf } from "../../protocol/account-id.ts";
import { fold } from "../../protocol/names.ts";
import { formatCount } from "../../protocol/plural.ts";
import { formatTime } from "../../protocol/time.ts";
import { readUserFile } from "../accounts/user-file.ts";
import { authorBytes } from "../history/authored-lines.ts";
import { conversationIdsIn } from "../history/conversation-folders.ts";
import { HistoryFolder } from "../history/history-folder.ts";
import { isAuthoredBy } from "../history/pending-rewrites.ts";
import { openRoomLog } from "../history/room-log.ts";
import { parseStoredEvent } from "../history/stored-event.ts";
import { storedRooms } from "../history/stored-rooms.ts";
import { failed, type MaintenanceResult, succeeded } from "../maintenance/maintenance-result.ts";
import { grepLines } from "../search/grep-lines.ts";
import { type ReadSnapshot, readSnapshot } from "../snapshot/snapshot-file.ts";
import { linesToFile } from "./export-file.ts";
import { jsonText } from "./export-format.ts";

/**
 * Writes everything that the data folder holds about an account to a new file, as JSON lines: the account, its
 * invitations, settings and rooms, and every message, reaction and edit, also in conversations that it can't
 * reach any more. The owner's task `export-account`. The server may be running; rooms and settings that changed in
 * the last minute may be missing. Returns sentences for the owner.
 *
 * @param makeStore makes the store that the user file is read into: `AccountStore.of`
 */
export async function exportAccount(
  name: string,
  file: string,
  data: string,
  makeStore: (records: AccountRecords) => AccountStore,
): Promise<MaintenanceResult> {
  const users = readUserFile(data, makeStore);
  if ("refused" in users) return failed(users.refused);
  const loaded = readSnapshot(join(data, "rooms.json"));
  if ("refused" in loaded) return failed(loaded.refused);
  const account = users.records.accountForLogIn(fold(name));
  if (account === null) return failed(`There is no account ${name}.`);
  const lines = accountLines(account, users.records, loaded, data);
  const written = await linesToFile(file, lines, { force: false });
  if ("refused" in written) return failed(written.refused);
  return succeeded(`${file} has ${formatCount(written.records, "line")} of ${account.name}.`);
}

async function* accountLines(
  account: Account,
  accounts: AccountStore,
  stored: ReadSnapshot,
  data: string,
): AsyncGenerator<string> {
  const { id: accountId, createdAt, owner, email, certificates, grade, suspension } = account;
  const { reset, secondFactor, addresses = [], notices = [] } = account;
  const fields = { id: accountId, name: account.name, owner, email, certificates };
  const notes = { ...(grade && { grade }), ...(suspension && { suspension }) };
  yield jsonText({ kind: "account", ...fields, ...notes, since: formatTime(createdAt) });
  // Nothing by which somebody could log in: the file is passed on.
  if (reset !== undefined) {
    const { madeAt, expiresAt } = reset;
    yield jsonText({ kind: "reset", made: formatTime(madeAt), until: formatTime(expiresAt) });
  }
  if (secondFactor !== undefined) {
    const { since, recovery } = secondFactor;
    yield jsonText({
      ...{ kind: "second-factor", since: formatTime(since), recoveryCodes: recovery.length },
    });
  }
  if (account.bot !== undefined) yield botLine(account, account.bot, accounts);
  for (const bot of accounts.botsOf(accountId)) {
    if (bot.bot !== undefined) yield botLine(bot, bot.bot, accounts);
  }
  for (const { time } of addresses) yield jsonText({ kind: "address", noted: formatTime(time) });
  for (const notice of notices) {
    yield jsonText({ kind: "notice", of: notice.kind, time: formatTime(notice.time) });
  }
  for (const { id, name, since } of accounts.resting()) {
    if (id === account.id) yield jsonText({ kind: "former-name", name, since: formatTime(since) });
  }
  for (const { hash: _code, ...invitation } of accounts.invitations()) {
    if (invitation.by === account.id) yield jsonText({ kind: "invitation", ...invitation });
  }
  yield* membershipLines(stored.snapshot, account, accounts);
  yield* messageLines(data, stored, account, accounts);
}

function botLine(
  { name, createdAt }: Account,
  { by, rights, rooms }: Bot,
  accounts: AccountStore,
): string {
  const owner = accounts.byId(by)?.name ?? by;
  return jsonText({ kind: "bot", name, by: owner, rights, rooms, since: formatTime(createdAt) });
}

/** Yields the account's settings, its rooms with rank and read marker, and its direct conversations. */
function* membershipLines(
  snapshot: Snapshot,
  { id: accountId }: Account,
  accounts: AccountStore,
): Generator<string> {
  const person = snapshot.people.find(({ account }) => account === accountId);
  if (person !== undefined) {
    const { markers: _markers, tallies: _tallies, ...settings } = person;
    yield jsonText({ kind: "person", ...settings });
  }
  for (const conversation of snapshot.conversations) {
    const marker = person?.markers[conversation.id];
    const where = nameOf(conversation, accountId, accounts);
    const read = marker === undefined ? null : formatTime(marker);
    if (conversation.pair?.includes(accountId) && !isWithheldFrom(conversation, accountId))
      yield jsonText({ kind: "direct", with: where, read });
    const member = conversation.room?.members.find(({ account }) => account === accountId);
    if (member !== undefined) {
      const joined = formatTime(member.joinedTime);
      yield jsonText({ kind: "room", room: where, rank: member.ranks || null, joined, read });
    }
    const autoRank = conversation.room?.ranks?.[accountId];
    if (autoRank !== undefined) yield jsonText({ kind: "rank", room: where, rank: autoRank });
  }
}

/** Yields the account's messages, reactions and edits, one conversation after the other, each in order. */
function* messageLines(
  data: string,
  stored: ReadSnapshot,
  account: Account,
  accounts: AccountStore,
): Generator<string> {
  const names = new Map<string, string>(
    stored.snapshot.conversations.map((each) => [each.id, nameOf(each, account.id, accounts)]),
  );
  const log = openRoomLog(join(data, "history"), { isReadOnly: true });
  if (!("refused" in log)) for (const [id, name] of storedRooms(log, stored)) names.set(id, name);
  const author = { ...authorOf(account), upTo: Number.MAX_SAFE_INTEGER };
  const marks = authorBytes(author);
  for (const root of [join(data, "history"), join(data, "gone")]) {
    for (const id of conversationIdsIn(root)) {
      const folder = HistoryFolder.open(id, join(root, id), true);
      // A removed conversation has lost its name; its folder's name is like it.
      const where = names.get(folder.id) ?? id;
      for (const day of folder.days) {
        const file = folder.openDay(day);
        if (file === null) continue;
        try {
          for (const line of grepLines(file, marks)) {
            const text = line === null ? null : messageLine(line.bytes.toString("utf8"), folder.id);
            if (text !== null) yield jsonText({ kind: text.kind, where, ...text.fields });
          }
        } finally {
          file.close();
        }
      }
    }
  }

  function messageLine(line: string, id: ConversationId) {
    const stored = parseStoredEvent(line, id);
    if (stored.kind !== "event" || stored.isErased || !isAuthoredBy(stored.event, author))
      return null;
    const { event } = stored;
    const fields = { time: formatTime(event.time), msgid: event.msgid, nick: event.by.nick };
    if (event.kind === "edited") {
      return { kind: "edit", fields: { ...fields, of: event.target, text: event.text } };
    }
    if (event.kind !== "said") return null;
    const { verb, text, tags, file } = event;
    if (verb === "TAGMSG") return { kind: "reaction", fields: { ...fields, tags } };
    // With the path, by which whoever passes the export on finds the bytes in the folder of files.
    return { kind: "message", fields: { ...fields, verb, text, tags, file } };
  }
}

/** Whether a direct conversation has nothing but what is withheld from an account: it has blocked the author. */
function isWithheldFrom(
  { saidAt, withheldAt = {} }: ConversationSnapshot,
  account: string,
): boolean {
  return saidAt === 0 && Object.keys(withheldAt).length > 0 && withheldAt[account] === undefined;
}

/** Returns the room's name, or the name of the peer's account in a direct conversation; its id if that is gone. */
function nameOf(
  { id, room, pair }: ConversationSnapshot,
  account: string,
  accounts: AccountStore,
): string {
  const peer = pair?.find((each) => each !== account) ?? pair?.[0];
  return room?.name ?? (peer && (accounts.byId(peer)?.name ?? peer)) ?? id;
}
