import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import { checkFolder } from "../../lib/file-manager/check-folder.ts";
import { runMaintenance } from "../../lib/file-manager/maintenance/maintenance.ts";
import type { LoggedChange } from "../../lib/file-manager/record-log/logged-changes.ts";
import { formatRecordedEvent } from "../../lib/file-manager/record-log/recorded-changes.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { logOnly, openPlain } from "./logged-folder.ts";
import { EventScript, NOON, who } from "./room-log-events.ts";

/** The owner's tasks on the folder of a server that was killed between its log and its files. */

const ROOM = "room.tea.1" as ConversationId;
const NOW = NOON + 86_400_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sodam-offline-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Task = Parameters<typeof runMaintenance>[0];

const data = (...names: readonly string[]): string => join(folder, "data", ...names);

async function run(name: Task["name"], words: readonly string[] = [], more: Partial<Task> = {}) {
  let ids = 0;
  const newId = (): string => {
    ids += 1;
    return `taskid${ids}`;
  };
  return runMaintenance(
    { name, words, mend: false, ...more },
    {
      ...{ data: data(), certs: join(folder, "certs"), makeStore: AccountStore.of, user: "root" },
      ...{ newRoomId: () => ROOM, newId, now: () => NOW },
    },
  );
}

const logged = (event: RoomEvent): LoggedChange => ({
  ...{ kind: "event", conversation: event.conversation },
  stored: formatRecordedEvent(event, true).trimEnd(),
});

/** A folder whose log alone has the last line of a room, the sign-up of who is in it, and a setting. */
async function killedFolder(): Promise<EventScript> {
  const tea = new EventScript(ROOM);
  const server = await openPlain(folder);
  for (const event of [tea.created(), tea.joined("민수"), tea.said("stored")]) server.append(event);
  await server.close();
  const { account, accountId: id } = who("민수");
  const signUp = { name: account, hash: "h", email: null, owner: true, time: 1 };
  await logOnly(folder, [
    tea.events.slice(1).map((event) => logged(event)),
    [
      logged(tea.said("in the log")),
      { kind: "accounts", number: 1, changes: [{ kind: "signed-up", id, ...signUp }] },
      { kind: "person", number: 1, change: { kind: "nick", account: id, nick: "minsu" } },
    ],
  ]);
  return tea;
}

const DAY = ["history", ROOM, "2026-11-22.jsonl"] as const;

/** Every text of the folder, but for what other processes need of the lock. */
function textsIn(path: string): string {
  const names = readdirSync(path, { recursive: true, encoding: "utf8", withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && !entry.parentPath.endsWith("lock"));
  return files
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"))
    .join("\n");
}

test("a backup has what the log alone has, in its files, and no log", async () => {
  await killedFolder();
  mkdirSync(join(folder, "certs"));
  writeFileSync(data("cluster.key"), "k".repeat(64), { mode: 0o600 });
  const before = readFileSync(data(...DAY), "utf8");
  const backup = join(folder, "backup");
  const result = await run("backup", [backup]);
  expect(result.lines.join("\n")).not.toContain("incomplete");
  expect(result.ok).toBe(true);
  expect(readFileSync(data(...DAY), "utf8")).toBe(before);
  expect(existsSync(join(backup, "data", "records.journal"))).toBe(false);
  rmSync(data(), { recursive: true });
  rmSync(join(folder, "certs"), { recursive: true });
  expect(await run("restore", [backup])).toMatchObject({ ok: true });
  expect(readFileSync(data("cluster.key"), "utf8")).toBe("k".repeat(64));
  const server = await openPlain(folder);
  expect(server.restored.later.at(-1)).toMatchObject({ text: "in the log", position: 4 });
  expect(server.numbers).toEqual({ people: 1, accounts: 1 });
  expect(server.accountRecords.accounts).toHaveLength(1);
  await server.close();
});

test("a backup isn't put where the log of another server lies", async () => {
  await killedFolder();
  const backup = join(folder, "backup");
  await run("backup", [backup]);
  for (const name of readdirSync(data())) {
    if (name !== "records.journal") rmSync(data(name), { recursive: true });
  }
  expect(await run("restore", [backup])).toMatchObject({ ok: false });
});

test("doctor, check and export say what the log alone has, change nothing, and are silent after a start", async () => {
  await killedFolder();
  const log = readFileSync(data("records.journal"));
  const inLog =
    "3 changes are in records.journal alone. The next start writes them into the other files.";
  const looks = async () => {
    const doctor = (await run("doctor")).lines.filter((line) =>
      /records\.journal|next start of/.test(line),
    );
    const checked = await checkFolder(data(), { makeStore: AccountStore.of, now: NOW });
    const exported = join(folder, `tea-${Math.trunc(performance.now() * 1000)}.jsonl`);
    const exporting = await run("export", ["#tea", exported]);
    expect(exporting).toMatchObject({ ok: true });
    return {
      doctor,
      checked: "refused" in checked ? [checked.refused] : checked.reports,
      exported: exporting.lines.slice(1),
    };
  };
  expect(await looks()).toEqual({
    doctor: [
      `${data("records.journal")}: it has 3 changes that aren't in the other files, as a crash or a full disk leaves it.`,
      "  Leave it there: the next start of the server writes them into the files.",
    ],
    checked: [inLog],
    exported: [inLog],
  });
  expect(readFileSync(data("records.journal"))).toEqual(log);
  await (await openPlain(folder)).close();
  expect(await looks()).toEqual({ doctor: [], checked: [], exported: [] });
});

test("what forget erases stays in no log", async () => {
  await killedFolder();
  expect(textsIn(folder)).toContain("in the log");
  const result = await run("forget", ["민수"]);
  expect(result.lines[0]).toBe("2 messages of 민수 were erased, in 1 conversation.");
  expect(existsSync(data("records.journal"))).toBe(false);
  expect(textsIn(folder)).not.toContain("in the log");
  expect(textsIn(folder)).not.toContain('"stored"');
  const server = await openPlain(folder);
  expect(server.restored.later.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
  await server.close();
});

test("an import goes on behind what the log alone has", async () => {
  const tea = await killedFolder();
  const file = join(folder, "tea.weechatlog");
  writeFileSync(file, "2026-11-22 13:00:00\ttom\timported\n");
  const importOptions = { encoding: "", timezone: "", channel: "", dryRun: false };
  const result = await run("import", ["weechat", file, "#tea"], { importOptions });
  expect(result).toMatchObject({ ok: true });
  expect(existsSync(data("records.journal"))).toBe(false);
  const server = await openPlain(folder);
  const positions = server.restored.later.map(({ position }) => position);
  expect(positions).toEqual(positions.map((_, index) => index + 1));
  expect(positions.length).toBeGreaterThan(tea.events.length);
  await server.close();
});

test("a task that changes the files is refused while the log doesn't belong to them", async () => {
  await killedFolder();
  await logOnly(folder, [[{ kind: "accounts", number: 9, changes: [] }]]);
  expect(await run("forget", ["민수"])).toMatchObject({
    ...{ ok: false, lines: [expect.stringContaining("don't belong together")] },
  });
  expect(existsSync(data("records.journal"))).toBe(true);
  expect(textsIn(folder)).toContain('"stored"');
});
