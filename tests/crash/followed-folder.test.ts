import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server } from "../../lib/chat-server/server.ts";
import { openFolderReader } from "../../lib/file-manager/folder-reader.ts";
import {
  LoggedChangesReader,
  readLoggedChanges,
} from "../../lib/file-manager/record-log/logged-changes.ts";
import { writeSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { LoggedFolder } from "../contract/logged-folder.ts";
import { Prng, seeds } from "../prng.ts";
import { Scene } from "../scene.ts";
import { Life, SeededWorld, signUp, type Voice } from "./stage.ts";

/**
 * A server talks while another process reads its folder and follows its log. In the end both know the same: rooms, ranks,
 * topics, read markers, unread counts, settings, bans and accounts.
 */

const NAMES = ["mina", "tom", "root"];
const ROOMS = ["#tea", "#lunch"];
const CAPS = "message-tags server-time draft/read-marker draft/message-redaction draft/metadata-2";
const STEPS = 40;

for (const seed of seeds(12)) {
  test(`who has read and followed a folder knows what its server knows (SEED=${seed})`, async () => {
    const prng = new Prng(seed);
    const folder = mkdtempSync(join(tmpdir(), "sodam-followed-"));
    try {
      const leader = await LoggedFolder.open(folder);
      for (const name of NAMES) await signUp(leader.asData(), name);
      await leader.close();
      const again = await LoggedFolder.open(folder);
      const life = Life.on(again.asData(), new SeededWorld(seed));
      const speakers = await Speakers.begin(life, prng);
      await speakers.goOn(STEPS);
      await again.stored;
      if (prng.chance(60)) await again.data.save(() => life.server.snapshotSource());
      await speakers.goOn(STEPS);
      await again.stored;
      const reader = openFolderReader(join(folder, "data"), options(), (path) =>
        whileTalking(path, () => speakers.say(8)),
      );
      if ("refused" in reader) throw new Error(reader.refused);
      await speakers.goOn(STEPS);
      await again.stored;
      const follower = serverOn(reader);
      const logged = readLoggedChanges(join(folder, "data"));
      if (logged === null || "refused" in logged) throw new Error("the log is gone");
      const changes = reader.follow(logged.changes);
      follower.takeover.follow({ changes, parts: [], upMs: 1 });
      expect(changes.length).toBeGreaterThan(0);
      expect(await textOf(follower, folder)).toBe(await textOf(life.server, folder));
      await again.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function options(): Parameters<typeof openFolderReader>[1] {
  const onProblem = (text: string): void => {
    throw new Error(text);
  };
  return { makeStore: AccountStore.of, passwordCost: "test", history: true, onProblem };
}

/** People who are logged in, and do things. */
class Speakers {
  readonly #life: Life;
  readonly #prng: Prng;
  readonly #voices: readonly Voice[];
  readonly #msgids: string[] = [];

  private constructor(life: Life, prng: Prng, voices: readonly Voice[], msgids: string[]) {
    this.#life = life;
    this.#prng = prng;
    this.#voices = voices;
    this.#msgids = msgids;
  }

  static async begin(life: Life, prng: Prng): Promise<Speakers> {
    const msgids: string[] = [];
    const take = (line: string): void => {
      const id = /^@[^ ]*msgid=([^; ]+)[^ ]* [^ ]+ PRIVMSG (#\S+)/.exec(line);
      if (id !== null) msgids.push(`${id[2]} ${id[1]}`);
    };
    const voices: Voice[] = [];
    for (const name of NAMES) voices.push(await life.enter(name, `${CAPS} echo-message`, take));
    return new Speakers(life, prng, voices, msgids);
  }

  /** Everything that was asked for is answered afterwards. */
  async goOn(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      this.say(1);
      await this.#life.settled();
    }
  }

  /** Lines that are answered at once. */
  say(count: number): void {
    for (let step = 0; step < count; step += 1) this.#prng.pick(this.#voices).says(this.#line());
  }

  #line(): string {
    const prng = this.#prng;
    const room = prng.pick(ROOMS);
    const name = prng.pick(NAMES);
    const message = this.#msgids.length > 0 ? prng.pick(this.#msgids) : "#tea none";
    const time = new Date(Date.UTC(2026, 10, 22, 12) + prng.below(2000)).toISOString();
    return prng.pick([
      ...[`JOIN ${room}`, `JOIN ${room}`, `PART ${room}`],
      ...[`PRIVMSG ${room} :hello ${name}`, `PRIVMSG ${room} :hello`, `PRIVMSG ${name} :psst`],
      ...[`PRIVMSG ${room} :${name}: look`, `REDACT ${message}`, `TOPIC ${room} :about ${name}`],
      ...[`MODE ${room} +o ${name}`, `MODE ${room} +b ${name}!*@*`, `KICK ${room} ${name}`],
      ...[`MARKREAD ${room} timestamp=${time}`, `INVITE ${name} ${room}`, `SILENCE +${name}`],
      ...[`METADATA * SET about :${time}`, `METADATA ${room} SET url :${time}`, `NICK ${name}_`],
    ]);
  }
}

/** A log during whose reading people talk. */
function whileTalking(path: string, say: () => void): LoggedChangesReader | null {
  const log = LoggedChangesReader.open(path);
  if (log === null) return null;
  const changes = log.changes.bind(log);
  log.changes = function* () {
    yield* changes();
    say();
    log.changes = function* () {
      say();
      yield* changes();
    };
  };
  return log;
}

/** A server that stores nothing, and follows. */
function serverOn(reader: Pick<Life["data"], "accountRecords" | "restored">): Server {
  const scene = new Scene({ guests: false });
  const ports = {
    clock: { now: () => scene.now, elapsed: () => scene.elapsedMs },
    random: { id: () => "x", digest: (text: string) => text },
    append: () => false,
    appendPerson: () => false,
    ask: () => {},
    note: () => {},
  };
  const accounts = AccountStore.of(reader.accountRecords);
  const { options: settings } = scene.server.state;
  return new Server(settings, ports, accounts, reader.restored, true);
}

/** What a server would save, each entry a line. The order of lines and of fields says nothing. */
async function textOf(server: Server, folder: string): Promise<string> {
  const path = join(folder, "compared.json");
  await writeSnapshot(path, server.snapshotSource(), 0);
  const saved: Record<string, unknown> = JSON.parse(readFileSync(path, "utf8"));
  const lines = Object.values(saved).flatMap((entries) =>
    Array.isArray(entries) ? entries.map((entry) => JSON.stringify(inOrder(entry))) : [],
  );
  return lines.sort().join("\n");
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, inOrder(field)]));
}
