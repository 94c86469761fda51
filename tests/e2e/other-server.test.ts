import { expect, test } from "bun:test";
import { CLIENT, Folder, run } from "./program.ts";

/** A pipe command on a server of another kind, which has a fault. */

const MESSAGES = ["one", "two", "three"].map((text, index) => ({ text, msgid: `m${index}` }));
const CAPS = "sasl batch message-tags server-time draft/chathistory";
const LOGGED_IN = [":old 900 mina mina!m@h mina :Logged in", ":old 903 mina :Good"];
const WELCOME = [
  ":old 001 mina :Welcome",
  ":old 005 mina CHATHISTORY=2 MSGREFTYPES=msgid,timestamp :are supported",
  ":old 376 mina :End of MOTD",
];

test("an export ends even when each page of the server begins with the last line of the one before", async () => {
  using folder = new Folder();
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket, bytes) {
        for (const line of bytes.toString().split("\r\n")) {
          const answer = answerTo(line);
          if (answer.length > 0) socket.write(`${answer.join("\r\n")}\r\n`);
        }
      },
    },
  });
  const command = [...CLIENT, `127.0.0.1:${listener.port}`, "--plain", "export", "jun"];
  const exported = await run([...command, "--format", "jsonl", "--account", "mina"], {
    cwd: folder.path,
    env: { SODAM_PASSWORD: "password of mina" },
  });
  listener.stop(true);
  expect(exported).toMatchObject({ code: 0, stderr: "" });
  const texts = exported.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).text);
  expect(texts).toEqual(["one", "two", "three"]);
});

/** Just enough of a server. Its AFTER begins with the line that was named, and gives two at most. */
function answerTo(line: string): string[] {
  const [verb = "", ...params] = line.split(" ");
  switch (verb) {
    case "CAP":
      if (params[0] === "LS") return [`:old CAP * LS :${CAPS}`];
      return params[0] === "REQ" ? [`:old CAP * ACK ${params.slice(1).join(" ")}`] : WELCOME;
    case "AUTHENTICATE":
      return params[0] === "PLAIN" ? ["AUTHENTICATE +"] : LOGGED_IN;
    case "PING":
      return [`:old PONG old ${params[0]}`];
    case "CHATHISTORY": {
      const from = MESSAGES.findIndex(({ msgid }) => params[2] === `msgid=${msgid}`);
      const page = MESSAGES.slice(Math.max(0, from), Math.max(0, from) + 2);
      const lines = page.map(
        ({ text, msgid }, index) =>
          `@batch=h;msgid=${msgid};time=2026-01-01T00:00:0${index}.000Z :jun!j@h PRIVMSG mina :${text}`,
      );
      return [":old BATCH +h chathistory jun", ...lines, ":old BATCH -h"];
    }
    default:
      return [];
  }
}
