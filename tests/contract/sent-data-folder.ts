import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RoomEventOf, StoredFile } from "../../lib/chat-server/event.ts";
import { sentFileOf } from "../../lib/chat-server/files/file-index.ts";
import { formatStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { writeSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import { previewPath } from "../../lib/protocol/file-paths.ts";
import type { RoomName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { EventScript, TEA } from "./room-log-events.ts";

/** Data folders with files that people sent, for tests of what is done with such folders. */

const folders: string[] = [];

/** Removes the folders that were made. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

/** Makes an empty folder. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sent-files-"));
  folders.push(folder);
  return folder;
}

/** Writes a file, and the folders above it. */
export function writes(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** A text file of this name whose bytes are its name. */
export function fileOf(name: string, fields: Partial<StoredFile> = {}): StoredFile {
  const id = name.replace(/\W/g, "").padEnd(16, "0");
  const path = `${TEA}/2026-11-22/${id}-${name}`;
  return { id, name, size: name.length, sha256: sha256(name), type: "text/plain", path, ...fields };
}

export type FileEvent = RoomEventOf<"said"> & { readonly file: StoredFile };

/** A data folder of a server that was stopped: `a.txt`, `b.png` with a preview, and `c.jsonl` were sent in #tea. */
export async function sentDataFolder(authors: readonly string[] = ["민수", "민수", "지원"]) {
  const data = newFolder();
  const script = new EventScript();
  script.created();
  const files = [fileOf("a.txt"), fileOf("b.png", { preview: 3 }), fileOf("c.jsonl")];
  // The cast: they are what was just said.
  const sent = files.map((file, index) =>
    script.next({ kind: "said", verb: "PRIVMSG", text: "", tags: {}, file }, authors[index]),
  ) as FileEvent[];
  script.said('no "file":{ at all');
  const lines = script.events.map((event) => formatStoredEvent(event));
  writes(join(data, "history", TEA, "2026-11-22.jsonl"), lines.join(""));
  for (const { file } of sent) {
    // Without a newline at its end: it is no file of our lines.
    writes(join(data, "files", file.path), file.name);
    if (file.preview !== undefined) writes(join(data, "files", previewPath(file)), "pre");
  }
  const last = script.events.at(-1);
  const id = accountId("민수");
  const account = { id, name: "민수", hash: "h", createdAt: 1, owner: true, email: null };
  const accounts = [{ ...account, certificates: [] }];
  const users = { format: 2, folded: 0, accounts, invitations: [], resting: [] };
  writes(join(data, "users.json"), JSON.stringify(users));
  const member = { account: id, ranks: "q", joinedAt: 1, joinedTime: last?.time ?? 0 };
  const room = { name: "#tea" as RoomName, topic: null, modes: {}, lists: {}, metadata: {} };
  const entry = {
    id: TEA,
    at: script.events.length,
    time: last?.time ?? 0,
    saidAt: 1,
    createdAt: 1,
  };
  await writeSnapshot(
    join(data, "rooms.json"),
    {
      conversations: [
        { ...entry, days: {}, pair: null, room: { ...room, members: [member] } as never },
      ],
      ...{ people: [], bans: [], files: sent.flatMap((event) => sentFileOf(event) ?? []) },
    },
    0,
  );
  return { data, script, sent };
}
