import { join } from "node:path";
import type { AccountRecords } from "../../member-server/account.ts";
import type { AccountStore } from "../../member-server/account-store.ts";
import { readUserFile } from "../accounts/user-file.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";

/**
 * What is wrong with the accounts or the rooms of a folder that another server uses, in a sentence; `null` when
 * both can be read. Nothing is changed, and the history isn't looked at: both of that need a folder of one's own.
 *
 * @param book see `openUserFile`
 */
export function checkFolder(
  folder: string,
  book: (records: AccountRecords) => AccountStore,
): string | null {
  const look = (): string | null => {
    const rooms = readSnapshot(join(folder, "rooms.json"));
    if ("refused" in rooms) return rooms.refused;
    const users = readUserFile(folder, book);
    return "refused" in users ? users.refused : null;
  };
  // The server may have written one of two files that belong together between the looks at them.
  return look() === null ? null : look();
}
