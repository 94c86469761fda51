import { expect, test } from "bun:test";
import { CLIENT, Folder, Program } from "./program.ts";

/** `on` at a server without ids, tags of clients, multiline and history, behind a bouncer that plays back old lines. */

/** Just enough of a server, which says what the test says. */
function oldServer() {
  const heard: string[] = [];
  let say: (line: string) => void = () => {};
  let look: () => void = () => {};
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        say = (line) => void socket.write(`${line}\r\n`);
        for (const line of bytes.toString().split("\r\n")) {
          heard.push(line);
          for (const answer of answerTo(line)) say(answer);
        }
        look();
      },
    },
  });
  /** Resolves to the messages that it got, as soon as there are so many. */
  const messages = async (count: number): Promise<string[]> => {
    for (;;) {
      const got = heard.filter((line) => line.includes("PRIVMSG"));
      if (got.length >= count) return got;
      await new Promise<void>((resolve) => {
        look = resolve;
      });
    }
  };
  return {
    port: listener.port,
    messages,
    say: (line: string) => say(line),
    stop: () => listener.stop(true),
  };
}

function answerTo(line: string): string[] {
  const [verb = "", ...params] = line.split(" ");
  switch (verb) {
    case "CAP":
      if (params[0] === "LS") return [":old CAP * LS :sasl server-time"];
      if (params[0] === "REQ") return [`:old CAP * ACK ${params.slice(1).join(" ")}`];
      return [":old 001 bot :Welcome", ":old 376 bot :End of MOTD"];
    case "AUTHENTICATE":
      if (params[0] === "PLAIN") return ["AUTHENTICATE +"];
      return [":old 900 bot bot!b@h bot :Logged in", ":old 903 bot :Good"];
    case "PING":
      return [`:old PONG old ${params[0]}`];
    case "LIST":
      return [":old 322 bot #ops 2 :", ":old 323 bot :End"];
    case "JOIN":
      return [":bot!b@h JOIN #ops", ":old 353 bot = #ops :bot @jun", ":old 366 bot #ops :End"];
    default:
      return [];
  }
}

test("an answer is a quote with joined lines, and what a bouncer plays back starts nothing", async () => {
  using folder = new Folder();
  const server = oldServer();
  const words = ["on", "#ops", "--ops", "--match", "^!say (.+)", "--from", "jun"];
  await using bot = new Program(
    [
      ...[...CLIENT, `127.0.0.1:${server.port}`, "--plain", ...words, "--account", "bot"],
      ...["--", "sh", "-c", 'echo "$SODAM_MATCH_1"; echo "account: $SODAM_ACCOUNT"'],
    ],
    { cwd: folder.path, env: { SODAM_PASSWORD: "password of bot" } },
  );
  await bot.sees(/Listening to #ops as bot/);
  // A bouncer's buffer, which has its own time.
  server.say("@time=2026-01-01T00:00:00.000Z :jun!j@h PRIVMSG #ops :!say long ago");
  server.say(":jun!j@h PRIVMSG #ops :!say hello");
  server.say(":mina!m@h PRIVMSG #ops :!say never");
  expect(await server.messages(1)).toEqual(["PRIVMSG #ops :jun: “!say hello” hello | account:"]);
  await bot.sees(/jun: !say hello → done/);
  expect(bot.stderr).not.toContain("long ago");
  bot.kill("SIGTERM");
  expect(await bot.exited).toBe(0);
  server.stop();
});
