import type { AccountRecords } from "../../member-server/account.ts";
import { array } from "../../protocol/json-decoder.ts";
import { fold } from "../../protocol/names.ts";
import { fieldOf, numberIn, textIn } from "../disk/json-fields.ts";
import {
  damaged,
  type RefusedFile,
  readVersionedJson,
  wrongEntry,
} from "../disk/versioned-json.ts";
import { decodeAccount, decodeInvitation, decodeRestingName } from "./user-record.ts";

/** The format that is written; a newer one is refused. */
const FORMAT = 2;
/** 60 kB, which take about 1 ms: a piece holds the thread no longer. Figures are in docs/benchmarks.md. */
const ACCOUNTS_PER_PIECE = 200;

/** Reads users.json: accounts and invitations, and the number of the last journal line that it holds. Changes nothing. */
export function readUsersJson(
  path: string,
): { records: AccountRecords; folded: number } | RefusedFile {
  const read = readVersionedJson(path, FORMAT);
  if (read === null) return { records: { accounts: [], invitations: [] }, folded: 0 };
  if ("refused" in read) return read;
  const { content } = read;
  const accounts = array(decodeAccount)(fieldOf(content, "accounts"));
  if (accounts === undefined) return damaged(path, wrongEntry(content, "accounts", decodeAccount));
  const invitations = array(decodeInvitation)(fieldOf(content, "invitations"));
  if (invitations === undefined) {
    return damaged(path, wrongEntry(content, "invitations", decodeInvitation));
  }
  const resting = array(decodeRestingName)(fieldOf(content, "resting"));
  if (resting === undefined)
    return damaged(path, wrongEntry(content, "resting", decodeRestingName));
  const taken = new Set<string>();
  for (const { id, name } of accounts) {
    // No name is an id here: both are taken by their own letters.
    const [byId, byName] = [`id ${id}`, `name ${fold(name)}`];
    if (taken.has(byName)) return damaged(path, `it has two accounts named ${name}`);
    if (taken.has(byId)) return damaged(path, `it has two accounts with the id ${id}`);
    taken.add(byId).add(byName);
  }
  const addressKey = textIn(content, "addressKey");
  return {
    records: { accounts, invitations, resting, ...(addressKey !== null && { addressKey }) },
    folded: numberIn(content, "folded") ?? 0,
  };
}

/** Yields users.json in pieces, indented so that a person can read it. */
export function* usersJsonPieces(records: AccountRecords, folded: number): Generator<string> {
  yield `{\n  "format": ${FORMAT},\n  "folded": ${folded},\n  ${keyOf(records)}"accounts": [`;
  yield* entriesOf(records.accounts);
  yield '],\n  "invitations": [';
  yield* entriesOf(records.invitations);
  yield '],\n  "resting": [';
  yield* entriesOf(records.resting ?? []);
  yield "]\n}\n";
}

function keyOf({ addressKey }: AccountRecords): string {
  return addressKey === undefined ? "" : `"addressKey": ${JSON.stringify(addressKey)},\n  `;
}

function* entriesOf(entries: readonly unknown[]): Generator<string> {
  for (let start = 0; start < entries.length; start += ACCOUNTS_PER_PIECE) {
    const texts = entries
      .slice(start, start + ACCOUNTS_PER_PIECE)
      .map((entry) => JSON.stringify(entry, null, 2).replaceAll("\n", "\n    "));
    yield `${start === 0 ? "" : ","}\n    ${texts.join(",\n    ")}`;
  }
  if (entries.length > 0) yield "\n  ";
}
