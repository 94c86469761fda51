import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Glob } from "bun";
import { ko } from "../../lib/app/i18n/ko.ts";
import { parseTime } from "../../lib/protocol/time.ts";
import { pipe, type Running, signUp, startServer } from "../e2e/house.ts";
import { Person } from "../e2e/person.ts";
import { Folder, run, SERVER } from "../e2e/program.ts";
import type { Stranger } from "../e2e/stranger.ts";

/**
 * Server and client while somebody sets the clock of their machine. libfaketime gives them a time of day that
 * a file says, and leaves the monotonic clock alone.
 */

const HOUR_MS = 3_600_000;
const { rooms, screen } = ko;

/** A time of day that is set by a file, for the programs that are started with `env`. */
class MachineClock {
  readonly env: Readonly<Record<string, string>>;
  readonly #path: string;

  constructor(folder: Folder) {
    this.#path = folder.at("clock");
    const [library = "libfaketime.so.1"] = new Glob(
      "/usr/lib/*/faketime/libfaketime.so.1",
    ).scanSync({ absolute: true, followSymlinks: true });
    this.env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#path,
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      // Read anew at each look at the clock.
      FAKETIME_NO_CACHE: "1",
    };
  }

  /** Sets it ahead of the real time, or behind: "-1h". */
  async set(offset: string): Promise<void> {
    await Bun.write(this.#path, `${offset}\n`);
  }

  /** Runs a command under this clock. */
  under(command: readonly string[]): string[] {
    const settings = Object.entries(this.env).map(([name, value]) => `${name}=${value}`);
    return ["env", ...settings, ...command];
  }
}

async function timeOf(speaker: Stranger, room: string, text: string): Promise<number> {
  speaker.says(`PRIVMSG ${room} :${text}`);
  const line = await speaker.hears(new RegExp(`time=[^; ]+.* PRIVMSG \\S+ :?${text}$`));
  return parseTime(/time=([^; ]+)/.exec(line)?.[1] ?? "") ?? 0;
}

describe("while the clock is set back by an hour", () => {
  const folder = new Folder();
  const clock = new MachineClock(folder);
  let server: Running;
  let minsu: Person;
  let jun: Stranger;

  beforeAll(async () => {
    await clock.set("+0");
    const flags = ["--sign-up", "open", "--ping-seconds", "5", "--log-level", "debug"];
    server = await startServer(folder, flags, clock.under(SERVER));
    minsu = new Person("민수", server.link, folder, clock.env);
    await minsu.signsUp();
    await minsu.answers(rooms.title("민수"), "");
    await minsu.answers(rooms.newName, "수다방");
    await minsu.answers(rooms.topicOf, "");
    await minsu.answers(rooms.publicly, "");
    await minsu.says("아직 제시간");
    jun = await signUp({ ...server, invitation: null }, "jun");
    await clock.set("-1h");
  });
  afterAll(async () => {
    minsu[Symbol.dispose]();
    await jun[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test("more lines than the flood control lets through at once are all answered", async () => {
    for (let n = 1; n <= 320; n += 1) {
      jun.says(`PING line-${n}`);
      if (n % 40 === 0) await jun.hears(new RegExp(` PONG \\S+ :?line-${n - 30}$`));
    }
    await jun.hears(/ PONG \S+ :?line-320$/);
  });

  test("the time of a message doesn't go back in its room, and is the machine's in a new one", async () => {
    for (const room of ["#수다방", "#새방"]) {
      jun.says(`JOIN ${room}`);
      await jun.hears(new RegExp(` 366 jun ${room} `));
    }
    expect(Math.abs((await timeOf(jun, "#수다방", "one")) - Date.now())).toBeLessThan(HOUR_MS / 2);
    const ahead = (await timeOf(jun, "#새방", "two")) + HOUR_MS - Date.now();
    expect(Math.abs(ahead)).toBeLessThan(HOUR_MS / 2);
    await minsu.reads(/jun +one/);
  });

  test("the server asks a silent connection whether it is there", async () => {
    await jun.hears(/^PING /);
  });

  test("the client asks the server, and notices soon after the machine wakes up that it is gone", async () => {
    // Its second PING: the first comes with the log-in.
    await server.program.sees(/PING \d+[\s\S]*PONG[\s\S]*PING \d+/);
    await minsu.reads(new RegExp(`${screen.connected} +\\d+ms`));
    server.program.kill("SIGSTOP");
    await clock.set("+0");
    await minsu.reads(new RegExp(screen.waiting(1).replace("1", "\\d+")));
    server.program.kill("SIGCONT");
    await minsu.reads(new RegExp(`${screen.connected} +\\d+ms`));
  });
});

test("what was said two days ahead is moved by mend-dates, and found by its time again", async () => {
  using folder = new Folder();
  const clock = new MachineClock(folder);
  await clock.set("+2d");
  const ownSettings = ["--sign-up", "open"];
  {
    await using server = await startServer(folder, ownSettings, clock.under(SERVER));
    await using mina = await signUp({ ...server, invitation: null }, "mina");
    mina.says("JOIN #tea");
    await mina.hears(/ 366 /);
    const ahead = (await timeOf(mina, "#tea", "early")) - Date.now();
    expect(ahead).toBeGreaterThan(40 * HOUR_MS);
    server.program.kill("SIGTERM");
    await server.program.exited;
  }
  const mend = (...flags: string[]) =>
    run([...SERVER, "mend-dates", ...flags], { cwd: folder.path });
  expect((await mend()).stdout).toContain("Nothing was changed.");
  const { stdout, code } = await mend("--mend");
  expect([code, stdout]).toEqual([0, expect.stringContaining("All of it was moved")]);
  await using server = await startServer(folder, ownSettings);
  const said = await pipe(server, folder, "mina", ["export", "#tea", "--format", "jsonl"]);
  const lines = said.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([expect.objectContaining({ text: "early" })]);
  expect(Date.parse(lines[0].time)).toBeLessThanOrEqual(Date.now());
  expect(server.program.stderr).not.toContain("in the future");
});
