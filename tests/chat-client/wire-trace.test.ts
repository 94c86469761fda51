import { expect, test } from "bun:test";
import { ClientSession } from "../../lib/chat-client/session.ts";
import { elapsedMs } from "../elapsed.ts";

/** A session with its traced and its sent lines. */
function tracedSession() {
  const lines: string[] = [];
  const sent: string[] = [];
  let ids = 0;
  const session = new ClientSession(
    { nick: "mina", logIn: { kind: "password", account: "mina", password: "hunter2" } },
    {
      send: (line) => sent.push(line),
      now: () => 0,
      elapsed: () => elapsedMs(0),
      id: () => {
        ids += 1;
        return `id${ids}`;
      },
      emit: () => {},
      trace: (direction, line) => lines.push(`${direction}: ${line}`),
    },
  );
  const hears = (...texts: string[]): void => {
    for (const text of texts) session.receive({ kind: "text", text });
  };
  return { session, lines, sent, hears };
}

test("every line is traced as it is sent and received, between a connection's two ends", () => {
  const { session, lines, sent, hears } = tracedSession();
  session.opened();
  hears("PING :tea");
  session.receive({ kind: "too-long", part: "body" });
  session.closed("Connection lost");
  expect(lines).toEqual([
    "open: ",
    ...sent.slice(0, -1).map((line) => `out: ${line}`),
    "in: PING :tea",
    "out: PONG tea",
    "in: *** (too-long)",
    "end: Connection lost",
  ]);
  expect(sent.length).toBeGreaterThan(1);
});

test("a password is sent, and not traced", () => {
  const { session, lines, sent, hears } = tracedSession();
  session.opened();
  hears(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  const piece = Buffer.from("\0mina\0hunter2").toString("base64");
  expect(sent).toContain(`AUTHENTICATE ${piece}`);
  session.commands.raw("PRIVMSG NickServ :IDENTIFY hunter2");
  session.commands.raw("OPRE boss hunter2");
  expect(sent).toContain("PRIVMSG NickServ :IDENTIFY hunter2");
  expect(lines).toContain("out: AUTHENTICATE ***");
  expect(lines.slice(-2)).toEqual(["out: PRIVMSG NickServ ***", "out: ***"]);
  expect(lines.join()).not.toMatch(/hunter2|OPRE/);
  expect(lines.join()).not.toContain(piece);
});
