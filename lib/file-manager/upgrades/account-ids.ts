import type { AccountId } from "../../protocol/account-id.ts";
import { isJsonObject, type JsonObject } from "../../protocol/json-decoder.ts";
import { fold } from "../../protocol/names.ts";
import { listOf } from "../disk/json-fields.ts";
import { formatRecords } from "../disk/versioned-json.ts";
import type { ReadInFolder, Upgrade } from "../upgrade.ts";
import { LegacyAccounts, newAccountId, type UpgradedAccount } from "./accounts-by-name.ts";
import { upgradePersonChange, upgradeRooms } from "./rooms-with-ids.ts";

/*
 * Format 2: accounts have ids, and whatever means an account holds its id. Histories stay as they are: their
 * lines name accounts by legacy ids (see `AccountStore.resolve`).
 *
 * Works on the JSON as it is, so that unknown fields stay, and leaves an entry that it can't read for the readers to
 * refuse: see `upgradeFolder`.
 */

const FORMAT = 2;

/** Gives the accounts ids, and puts the ids in the place of names in the files of state and in both journals. */
export const ACCOUNT_IDS: Upgrade = { fromFormat: FORMAT - 1, run: addAccountIds };

function* addAccountIds(read: ReadInFolder): Generator<readonly [string, string]> {
  const users = parseObject(read("users.json"));
  if (users === null) throw new Error("users.json is missing, or no JSON");
  const userJournal = read("users.journal");
  const upgradedUsers = upgradeUsers(users, journalLines(userJournal));
  yield ["users.json", formatRecords(upgradedUsers.content)];
  if (userJournal !== null) yield ["users.journal", upgradedUsers.journal];
  const roomsText = read("rooms.json");
  const rooms = parseObject(roomsText);
  if (rooms === null && roomsText !== null) throw new Error("rooms.json is no JSON");
  const peopleJournal = read("people.journal");
  const folded = Number(rooms?.["peopleFolded"] ?? 0);
  const changes = journalLines(peopleJournal).filter(({ number }) => number > folded);
  const accounts = new LegacyAccounts(
    upgradedUsers.accounts,
    changes.map(({ raw }) => raw?.["change"]),
  );
  if (rooms !== null) yield ["rooms.json", formatRecords(upgradeRooms(rooms, accounts, FORMAT))];
  if (peopleJournal === null) return;
  const lines = changes.map(({ raw, text }, index) =>
    raw === null
      ? text
      : `${JSON.stringify({ ...raw, change: upgradePersonChange(raw["change"], index, accounts) })}\n`,
  );
  yield ["people.journal", lines.join("")];
}

/** Upgrades users.json and its journal. `accounts`: those that exist when the journal is applied. */
function upgradeUsers(
  content: JsonObject,
  lines: readonly JournalText[],
): {
  readonly content: JsonObject;
  readonly journal: string;
  readonly accounts: readonly UpgradedAccount[];
} {
  const byName = new Map<string, UpgradedAccount>();
  const add = (name: unknown, createdAt: unknown): AccountId => {
    const account = { id: newAccountId(), name: String(name), createdAt: Number(createdAt) };
    if (!byName.has(fold(account.name))) byName.set(fold(account.name), account);
    return account.id;
  };
  const idOf = (name: unknown): AccountId | undefined => byName.get(fold(String(name)))?.id;
  const accounts = listOf(content["accounts"]).map(({ name, ...rest }) => {
    return { id: add(name, rest["createdAt"]), name, legacyName: name, ...rest };
  });
  const withInviter = (invitation: JsonObject): JsonObject => {
    const { by } = invitation;
    const account = typeof by === "string" ? byName.get(fold(by)) : undefined;
    // The invitation of a deleted account is the server's own: nobody has it in a list of theirs.
    const isOwn = account !== undefined && account.createdAt <= Number(invitation["createdAt"]);
    return { ...invitation, by: isOwn ? account.id : null };
  };
  const invitations = listOf(content["invitations"]).map(withInviter);
  const upgradeChange = (change: JsonObject): JsonObject => {
    const { kind, name, ...rest } = change;
    switch (kind) {
      case "signed-up":
        return { kind, id: add(name, rest["time"]), name, legacyName: name, ...rest };
      case "invited":
        return isJsonObject(rest["invitation"])
          ? { kind, invitation: withInviter(rest["invitation"]) }
          : change;
      case "deleted": {
        const id = idOf(name) ?? newAccountId();
        byName.delete(fold(String(name)));
        // When it was is not known: the name is free.
        return { kind, id, time: 0 };
      }
      default:
        return name === undefined ? change : { kind, id: idOf(name) ?? newAccountId(), ...rest };
    }
  };
  const folded = Number(content["folded"] ?? 0);
  const journal = lines
    .filter(({ number }) => number > folded)
    .map(({ raw, text }) => {
      if (raw === null) return text;
      return `${JSON.stringify({ ...raw, changes: listOf(raw["changes"]).map(upgradeChange) })}\n`;
    });
  const upgraded = { ...content, format: FORMAT, accounts, invitations, resting: [] };
  return { content: upgraded, journal: journal.join(""), accounts: [...byName.values()] };
}

interface JournalText {
  /** Infinity for a line that can't be read: it is kept, and whoever reads it refuses it. */
  readonly number: number;
  readonly raw: JsonObject | null;
  /** The line, with its "\n" if it has one. */
  readonly text: string;
}

function journalLines(journal: string | null): JournalText[] {
  return (journal?.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((text) => {
    const raw = text.endsWith("\n") ? parseObject(text) : null;
    return { number: raw === null ? Number.POSITIVE_INFINITY : Number(raw["n"]), raw, text };
  });
}

function parseObject(text: string | null): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
