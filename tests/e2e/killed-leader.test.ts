import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { guest, processesOf, startWithGateways, until } from "./gateway-server.ts";
import { passwordOf, type Running, signUp, startServer } from "./house.ts";
import { Folder } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** Leaders that are killed with SIGKILL while people are in the middle of something. */

const LIMIT_MS = 60_000;

describe("a leader that is killed", () => {
  test(
    "in the middle of half a line, a pipeline, a message of lines and a log-in leaves all of them whole",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder, ["--sign-up", "open"]);
      await using mina = await signUp(server, "mina");
      const jun = await guest(server.port, "jun");
      jun.says("CAP REQ :batch draft/multiline message-tags");
      for (const person of [jun, mina]) {
        person.says("JOIN #tea");
        await person.hears(/ 366 /);
      }
      await jun.isAnswered();
      const sora = await Stranger.connect(server.port);
      sora.sends("CAP LS 302\r\nCAP REQ :sasl\r\nNICK phone\r\nUSER phone 0 * :phone\r\n");
      sora.says("AUTHENTICATE PLAIN");
      await sora.hears(/^AUTHENTICATE \+/);
      jun.sends("BATCH +m draft/multiline #tea\r\n@batch=m PRIVMSG #tea :first\r\n");
      mina.sends("PRIVMSG #tea :ha");
      await kill(server);
      mina.sends("lf\r\n");
      jun.sends("@batch=m PRIVMSG #tea :second\r\nBATCH -m\r\n");
      for (const piece of encodePlain("mina", passwordOf("mina")))
        sora.says(`AUTHENTICATE ${piece}`);
      await sora.hears(/ 903 /);
      await jun.hears(/PRIVMSG #tea :half$/);
      await mina.hears(/PRIVMSG #tea :second$/);
      const pipeline = Array.from({ length: 20 }, (_, n) => `line ${n}`);
      mina.sends(pipeline.map((text) => `PRIVMSG #tea :${text}\r\n`).join(""));
      await kill(server);
      await jun.hears(/line 19$/);
      const heard = jun.lines.filter((line) => line.includes("PRIVMSG #tea :line"));
      expect(heard.map((line) => line.split("#tea :")[1])).toEqual(pipeline);
      // The guest has kept room and rank.
      const from = jun.lines.length;
      jun.says("NAMES #tea");
      expect(await jun.hears(/ 353 /, from)).toContain("@jun");
      expect([mina, jun, sora].map(({ isOpen }) => isOpen)).toEqual([true, true, true]);
    },
    LIMIT_MS,
  );

  test(
    "and can't start again, because of its settings, costs nobody the connection or a line",
    async () => {
      using folder = new Folder();
      writeFileSync(folder.at("sodam.toml"), "guests = true\n");
      await using server = await startWithGateways(folder);
      const [mina, jun] = [await guest(server.port, "mina"), await guest(server.port, "jun")];
      for (const person of [mina, jun]) {
        person.says("CAP REQ :labeled-response batch echo-message message-tags");
        person.says("JOIN #tea");
        await person.hears(/ 366 /);
      }
      writeFileSync(folder.at("sodam.toml"), 'guests = "perhaps"\n');
      process.kill(processesOf(server.program.pid).leader, "SIGKILL");
      for (let n = 0; n < 40; n += 1) {
        mina.says(`@label=l${n} PRIVMSG #tea :${"long ".repeat(60)}${n}`);
      }
      const late = await Stranger.connect(server.port);
      for (const person of [mina, jun, late]) {
        await person.hears(/^NOTICE \* :The server can't answer at the moment/);
      }
      expect(server.program.stderr).toContain("is started again");
      // Somebody who doesn't wait has said it all the same.
      jun.sends("PRIVMSG #tea :I must go\r\nQUIT\r\n");
      late.sends("NICK late\r\nUSER late 0 * :late\r\n");
      writeFileSync(folder.at("sodam.toml"), "guests = true\n");
      for (let n = 0; n < 40; n += 1) await mina.hears(new RegExp(`^@.*label=l${n}[; ].* ${n}$`));
      await mina.hears(/^(@\S+ )?:jun!\S+ PRIVMSG #tea :I must go$/);
      await late.hears(/ 001 late /);
      for (const person of [mina, late]) {
        expect(person.lines).toContain("NOTICE * :The server answers again.");
      }
    },
    LIMIT_MS,
  );

  test(
    "leaves a folder in which a start without gateways finds everything, and removes the log",
    async () => {
      using folder = new Folder();
      const server = await startWithGateways(folder, ["--fsync", "always"]);
      const jun = await guest(server.port, "jun");
      jun.says("JOIN #tea");
      await jun.hears(/ 366 /);
      jun.says("PRIVMSG #tea :hello");
      await jun.isAnswered();
      const log = join(folder.path, "data", "records.journal");
      expect(existsSync(log)).toBe(true);
      const { leader, gateways } = processesOf(server.program.pid);
      for (const pid of [server.program.pid, leader, ...gateways]) process.kill(pid, "SIGKILL");
      const alone = await startServer(folder, ["--guests"]);
      process.kill(alone.program.pid, "SIGTERM");
      expect(await alone.program.exited).toBe(0);
      expect(existsSync(log)).toBe(false);
      const history = await Array.fromAsync(
        new Bun.Glob("data/history/*/*.jsonl").scan({ cwd: folder.path }),
      );
      const lines = history.flatMap((path) =>
        readFileSync(join(folder.path, path), "utf8").split("\n"),
      );
      expect(lines.filter((line) => line.includes('"hello"'))).toHaveLength(1);
    },
    LIMIT_MS,
  );
});

/** Kills the leader, and waits for the next one. */
async function kill(server: Running): Promise<void> {
  const { leader } = processesOf(server.program.pid);
  process.kill(leader, "SIGKILL");
  await until(() => ![0, leader].includes(processesOf(server.program.pid).leader));
}
