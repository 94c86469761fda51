import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openAdminConnection, openAdminSocket } from "../../lib/file-manager/admin-socket.ts";
import type { AdminAnswer } from "../../lib/protocol/admin/admin-answer.ts";
import { connectToAdmin } from "../../lib/transport/admin-connection.ts";
import { listenForConsoles } from "../../lib/transport/admin-listener.ts";

/** Where the socket of the owner's console lies, also on disks and systems that have none. */

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "admin-socket-"));
  mkdirSync(join(data, "lock"));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const listen = (path: string) =>
  listenForConsoles(path, {
    administer: (request, respond) => respond({ kind: "facts", facts: { name: request.command } }),
    followLog: () => () => {},
  });

function refusal(code: string): never {
  throw Object.assign(new Error(code), { code });
}

/** A disk without sockets: only folders for temporary files have them. */
const listenElsewhere = (path: string) => (path.startsWith(data) ? refusal("EPERM") : listen(path));

async function ask(): Promise<AdminAnswer | string> {
  const opened = await openAdminConnection(data, connectToAdmin);
  if ("refused" in opened) return opened.refused;
  const request = { command: "status", words: [], options: {}, user: "root", skip: 0 };
  const answer = await opened.connection.ask(request);
  opened.connection.close();
  return answer;
}

function opened(place = listen) {
  const socket = openAdminSocket(data, place);
  if ("refused" in socket) throw new Error(socket.refused);
  return socket;
}

const ANSWER = { kind: "facts", facts: { name: "status" } };

test("the socket lies beside the lock, for its own user, and is gone after closing", async () => {
  const socket = opened();
  const path = join(data, "lock/admin.sock");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await ask()).toEqual(ANSWER as never);
  socket.close();
  expect(existsSync(path)).toBe(false);
  expect(await ask()).toBe("not-running");
});

test("what a killed server left is no obstacle", async () => {
  writeFileSync(join(data, "lock/admin.sock"), "");
  const socket = opened();
  expect(await ask()).toEqual(ANSWER as never);
  socket.close();
});

test("on a disk without sockets it lies in a private folder, which the next start removes", async () => {
  opened(listenElsewhere);
  const elsewhere = readFileSync(join(data, "lock/admin-socket"), "utf8");
  expect(statSync(dirname(elsewhere)).mode & 0o777).toBe(0o700);
  expect(await ask()).toEqual(ANSWER as never);
  // Killed: nothing is closed.
  const socket = opened(listenElsewhere);
  expect(existsSync(dirname(elsewhere))).toBe(false);
  expect(await ask()).toEqual(ANSWER as never);
  socket.close();
  expect(existsSync(join(data, "lock/admin-socket"))).toBe(false);
});

test("where the system permits no sockets, the server runs without a console, and says why", () => {
  const socket = openAdminSocket(data, () => refusal("EAFNOSUPPORT"));
  expect(socket).toEqual({
    refused:
      '"admin" can\'t reach this server, since no socket can be made: the system permits none',
  });
});

test("a file that names another folder removes nothing there", () => {
  const precious = mkdtempSync(join(tmpdir(), "precious-"));
  writeFileSync(join(data, "lock/admin-socket"), join(precious, "admin.sock"));
  opened().close();
  expect(existsSync(precious)).toBe(true);
  rmSync(precious, { recursive: true });
});

test("requests on one connection are answered in order, also when the answers take their time", async () => {
  const waiting: (() => void)[] = [];
  const order: string[] = [];
  const socket = opened((path) =>
    listenForConsoles(path, {
      administer: ({ command }, respond) => {
        order.push(command);
        waiting.push(() => respond({ kind: "facts", facts: { name: command } }));
        setImmediate(() => waiting.shift()?.());
      },
      followLog: () => () => {},
    }),
  );
  const connection = await openAdminConnection(data, connectToAdmin);
  if ("refused" in connection) throw new Error(connection.refused);
  const request = { words: [], options: {}, user: "root", skip: 0 };
  const first = connection.connection.ask({ ...request, command: "one" });
  expect(await first).toMatchObject({ facts: { name: "one" } });
  expect(await connection.connection.ask({ ...request, command: "two" })).toMatchObject({
    facts: { name: "two" },
  });
  expect(order).toEqual(["one", "two"]);
  socket.close();
  expect(await connection.connection.ask({ ...request, command: "three" })).toBe("no-answer");
});

test("consoles that were forgotten keep no other out: the oldest goes", async () => {
  const socket = opened();
  const forgotten = [];
  for (let n = 0; n < 16; n += 1) {
    const console = await openAdminConnection(data, connectToAdmin);
    if ("refused" in console) throw new Error(console.refused);
    forgotten.push(console.connection);
  }
  expect(await ask()).toEqual(ANSWER as never);
  const request = { command: "status", words: [], options: {}, user: "root", skip: 0 };
  expect(await forgotten[0]?.ask(request)).toBe("no-answer");
  expect(await forgotten[15]?.ask(request)).toEqual(ANSWER as never);
  socket.close();
});
