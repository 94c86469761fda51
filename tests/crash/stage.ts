import { cpSync } from "node:fs";
import { join } from "node:path";
import { answerWithoutFiles, isFileQuery } from "../../lib/chat-server/files/file-queries.ts";
import type { ProcessQuery } from "../../lib/chat-server/process-ports.ts";
import { Server } from "../../lib/chat-server/server.ts";
import type { Link, Query, QueryAnswers } from "../../lib/chat-server/server-ports.ts";
import { type DataFolder, openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { AccountName } from "../../lib/protocol/names.ts";
import { ID_TIME_LETTERS, writeTime } from "../../lib/protocol/timestamped-id.ts";
import { FROM_CLIENT, LineReader } from "../../lib/protocol/wire/lines.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import type { Ids } from "../../lib/transport/ids.ts";
import { accountId } from "../account-ids.ts";
import { elapsedMs } from "../elapsed.ts";
import { Prng } from "../prng.ts";
import { Scene } from "../scene.ts";

/** A disk that fails now and then: full, broken, or taking half of what it is given. */
export class FailingDisk implements Disk {
  /** How often a write fails, in per cent. */
  percent = 0;
  failures = 0;
  readonly #prng: Prng;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  write(fd: number, bytes: Uint8Array, start: number): number {
    if (!this.#prng.chance(this.percent)) return DISK.write(fd, bytes, start);
    this.failures += 1;
    const left = bytes.length - start;
    if (this.#prng.chance(50))
      DISK.write(fd, bytes.subarray(0, start + this.#prng.below(left)), start);
    throw Object.assign(new Error("failed"), { code: this.#prng.pick(["ENOSPC", "EIO"]) });
  }

  truncate(fd: number, bytes: number): void {
    if (this.#prng.chance(this.percent)) throw Object.assign(new Error("failed"), { code: "EIO" });
    DISK.truncate(fd, bytes);
  }

  async sync(fd: number): Promise<void> {
    if (this.#prng.chance(this.percent)) throw Object.assign(new Error("failed"), { code: "EIO" });
    await DISK.sync(fd);
  }

  syncNow(fd: number): void {
    DISK.syncNow(fd);
  }
}

const WORLD_STARTS_AT = Date.UTC(2026, 10, 22, 12);

/** Ids and time of all lives of one server, from a seed: ids are unique, and time continues from life to life. */
export class SeededWorld {
  readonly ids: Ids;
  #now = WORLD_STARTS_AT;

  constructor(seed: number) {
    this.ids = seededIds(new Prng(seed));
  }

  /** A millisecond later with each call. */
  now = (): number => {
    this.#now += 1;
    return this.#now;
  };
}

/** Ids as the server makes them, from a seed. */
export function seededIds(prng: Prng): Ids {
  return {
    id(time) {
      const letters = Buffer.from(prng.letters(26));
      if (time !== undefined) writeTime(letters.subarray(0, ID_TIME_LETTERS), time);
      return letters.toString("latin1");
    },
    digest: (text) => new Bun.CryptoHasher("sha256").update(text).digest("hex"),
  };
}

/** Signs a user up with the password `<name>-password`. */
export async function signUp(data: Pick<DataFolder, "answer">, name: string): Promise<void> {
  const answer = await data.answer({
    ...{ kind: "hash-password", password: `${name}-password`, place: { priority: "stranger" } },
  });
  const hash = "hash" in answer ? (answer.hash ?? "") : "";
  const rest = { hash, email: null, owner: false, time: 1 };
  const change = {
    kind: "signed-up",
    id: accountId(name),
    name: name as AccountName,
    ...rest,
  } as const;
  await data.answer({ kind: "save-accounts", changes: [change] });
}

/** Opens `folder`/data as a server does. Throws where it is refused. */
export async function openData(folder: string, disk?: Disk): Promise<DataFolder> {
  const data = await openDataFolder(join(folder, "data"), {
    makeStore: AccountStore.of,
    passwordCost: "test",
    history: true,
    onProblem: () => {},
    ...(disk && { disk }),
  });
  if ("refused" in data) throw new Error(data.refused);
  return data;
}

/** What a server needs of its data folder. */
export type StagedData = Pick<
  DataFolder,
  "append" | "appendPerson" | "answer" | "accountRecords" | "restored"
>;

/** A server in this process on a real data folder, whose life may end at any turn. */
export class Life {
  readonly server: Server;
  readonly data: DataFolder;
  readonly #pending = new Set<Promise<unknown>>();
  #isOver = false;

  private constructor(data: DataFolder, world: SeededWorld) {
    this.data = data;
    const { options } = new Scene({ guests: false }).server.state;
    const members = AccountStore.of(data.accountRecords);
    this.server = new Server(
      options,
      {
        clock: { now: world.now, elapsed: () => elapsedMs(world.now()) },
        random: world.ids,
        append: (event) => data.append(event),
        appendPerson: (change) => data.appendPerson(change),
        ask: (id, query) => {
          switch (query.kind) {
            case "settings":
            case "check":
            case "process":
            case "log-level":
            case "upgrade":
            case "dns-listing":
              throw new Error("nobody asks for that here");
          }
          const answer = answerOf(query, data);
          const answered = answer.then((value) => this.server.answer(id, value));
          this.#pending.add(answered);
          void answered.finally(() => this.#pending.delete(answered));
        },
        note: (level, text, cause) => {
          if (level === "error" && text.includes("a command failed")) throw cause;
        },
      },
      members,
      data.restored,
    );
  }

  /** Starts a server on `folder`/data. Lives of one server share a world. */
  static async begin(folder: string, world: SeededWorld, disk?: Disk): Promise<Life> {
    return new Life(await openData(folder, disk), world);
  }

  /** Starts a server on a folder that is open already. */
  static on(data: StagedData, world: SeededWorld): Life {
    // The cast: nobody closes or saves it by way of this life.
    return new Life(data as DataFolder, world);
  }

  /** Everything slow that was asked for has been answered. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Logs a user in; passes each received line to `take`. */
  async enter(name: string, caps: string, take: (line: string) => void): Promise<Voice> {
    const voice = new Voice(this.server, (line) => {
      if (!this.#isOver) take(line);
    });
    voice.says("CAP LS 302", `CAP REQ :sasl ${caps}`, `NICK ${name}`, `USER ${name} 0 * :${name}`);
    voice.says("AUTHENTICATE PLAIN");
    voice.says(...encodePlain(name, `${name}-password`).map((piece) => `AUTHENTICATE ${piece}`));
    await this.settled();
    voice.says("CAP END");
    await this.settled();
    return voice;
  }

  /** Copies the folder as a crash at this moment leaves it. Lines sent later don't count. */
  crash(folder: string, into: string): void {
    this.#isOver = true;
    cpSync(join(folder, "data"), join(into, "data"), {
      recursive: true,
      filter: (path) => !path.endsWith("/lock"),
    });
  }
}

function nextTurn(): Promise<QueryAnswers["pause"]> {
  return new Promise((resolve) => setImmediate(() => resolve({})));
}

/** One connection, without a socket. */
export class Voice implements Link {
  readonly address = "192.0.2.1";
  readonly host = "voice.test";
  readonly secure = true;
  readonly certificate = null;
  readonly #server: Server;
  readonly #session: ReturnType<Server["open"]>;
  readonly #reader = new LineReader(FROM_CLIENT);
  readonly #take: (line: string) => void;

  constructor(server: Server, take: (line: string) => void) {
    this.#server = server;
    this.#take = take;
    this.#session = server.open(this);
  }

  says(...lines: string[]): void {
    const bytes = Buffer.from(lines.map((line) => `${line}\r\n`).join(""));
    for (const line of this.#reader.push(bytes)) this.#server.receive(this.#session, line);
  }

  send(bytes: Uint8Array): void {
    for (const line of Buffer.from(bytes).toString("utf8").split("\r\n")) {
      if (line !== "") this.#take(line);
    }
  }

  close(): void {}
}

async function answerOf(
  query: Exclude<Query, ProcessQuery>,
  data: DataFolder,
): Promise<QueryAnswers[Query["kind"]]> {
  if (isFileQuery(query)) return answerWithoutFiles(query);
  return query.kind === "pause" ? nextTurn() : data.answer(query);
}
