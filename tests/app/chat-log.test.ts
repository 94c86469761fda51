import { expect, test } from "bun:test";
import type { ServerConnection } from "../../lib/app/connection/server-connection.ts";
import { logChat, toExportLine } from "../../lib/app/saved/chat-log.ts";
import type { ClientEvent } from "../../lib/chat-client/client-event.ts";
import { parseLink } from "../../lib/protocol/server-link.ts";
import { conversation, line, SATURDAY, stateOf } from "./team.ts";

test("what is said to a service or by one isn't written", () => {
  const own = line(SATURDAY, "하나", "IDENTIFY hunter2", { own: true });
  expect(toExportLine(own, "NickServ").text).toBe("***");
  expect(toExportLine(own, "Q@CServe.example.org").text).toBe("***");
  expect(toExportLine(line(SATURDAY, "AuthServ", "hunter2 is wrong"), "하나").text).toBe("***");
  expect(toExportLine(own, "#nickserv").text).toBe("IDENTIFY hunter2");
});

test("each message is written once: others' as they arrive, the user's own when acknowledged", () => {
  const tea = conversation("#tea");
  const server = conversation("*", { kind: "server", name: "jun" });
  let tell: (event: ClientEvent) => void = () => {};
  const connection = {
    link: parseLink("chat.example"),
    session: { state: stateOf(tea, server) },
    listen: (listener: (event: ClientEvent) => void) => {
      tell = listener;
      return () => {};
    },
    // The log uses nothing else of it.
  } as unknown as ServerConnection;
  const written: string[] = [];
  logChat(connection, ({ host, port }, room, { nick, text }) =>
    written.push(`${host}:${port} ${room} ${nick} ${text}`),
  );
  const { key } = tea;
  const own = line(SATURDAY, "하나", "mine", { own: true, status: "sending" });
  tell({ kind: "line-added", key, line: line(SATURDAY, "jun", "hi"), live: true });
  tell({ kind: "line-added", key, line: line(SATURDAY, "jun", "long ago"), live: false });
  tell({
    kind: "line-added",
    key,
    line: line(SATURDAY, "jun", "", { kind: "joined" }),
    live: true,
  });
  tell({ kind: "line-added", key, line: own, live: true });
  expect(written).toEqual(["chat.example:6697 #tea jun hi"]);
  tell({ kind: "line-changed", key, line: { ...own, status: "sent" } });
  tell({ kind: "line-changed", key, line: { ...own, status: "sent", edited: true } });
  expect(written).toEqual(["chat.example:6697 #tea jun hi", "chat.example:6697 #tea 하나 mine"]);
  // A server that calls itself as a person is called writes nothing into that person's log.
  const notice = line(SATURDAY, "s", "news", { kind: "notice" });
  tell({ kind: "line-added", key: server.key, line: notice, live: true });
  expect(written.at(-1)).toBe("chat.example:6697  s news");
});
