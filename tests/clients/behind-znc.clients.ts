/** The real client behind ZNC, on a server without a history: the bouncer has the room and what was missed. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { en } from "../../lib/app/i18n/en.ts";
import { CLIENT, Folder } from "../e2e/program.ts";
import { Pty } from "../e2e/pty.ts";
import { ForeignServer, freePort, isListening } from "./foreign-server.ts";
import { PlainPeer } from "./plain-peer.ts";
import { until } from "./until.ts";

const ROOM = "#tea";
const { menu, elsewhere, connection } = en;
const folder = new Folder();
const port = freePort();
let server: ForeignServer;
let bouncer: Bun.Subprocess;
let jun: PlainPeer;
let screen: Pty;

beforeAll(async () => {
  server = await ForeignServer.start("inspircd");
  jun = await PlainPeer.enter(server.port, "jun", ROOM);
  mkdirSync(folder.at("znc", "configs"), { recursive: true });
  writeFileSync(folder.at("znc", "configs", "znc.conf"), settings());
  // It waits for half a minute before it runs as root.
  const asNobody = process.getuid?.() === 0 ? ["unshare", "--user"] : [];
  bouncer = Bun.spawn([...asNobody, "znc", "--datadir", folder.at("znc"), "--foreground"], {
    ...{ stdin: "ignore", stdout: "ignore", stderr: "ignore" },
  });
  await until(
    () => isListening(port),
    () => "ZNC never listened",
  );
  await jun.hears(/mina!\S+ JOIN/);
  screen = openClient();
});
afterAll(async () => {
  screen.end();
  bouncer.kill("SIGKILL");
  jun.end();
  await server.end();
  folder[Symbol.dispose]();
});

function openClient(): Pty {
  const pty = new Pty([...CLIENT, `127.0.0.1:${port}`, "--plain"], {
    ...{ XDG_CONFIG_HOME: folder.path, LC_ALL: "C.UTF-8", LANG: "en_US.UTF-8" },
  });
  pty.resize(100, 40);
  return pty;
}

const address = `127.0.0.1:${port}`;

async function enters(nick: string): Promise<void> {
  await answer(menu.title(address), "");
  await answer(elsewhere.nick, nick);
}

async function answer(question: string, typed: string): Promise<void> {
  const isAsked = () => screen.rows().some((row) => row.startsWith("◆") && row.includes(question));
  await screen.until(isAsked, `to be asked "${question}"`);
  screen.type(`${typed}\r`);
  await screen.until(() => !isAsked(), `the answer to "${question}"`);
}

test("its password is asked for where it wants one, and its room is there", async () => {
  await answer(connection.serverPassword(address, false).slice(0, 30), "mina/example:bouncer");
  await enters("mina");
  // To the left is the yes.
  await answer(connection.storePassword(address, "").slice(0, 30), "\x1b[D");
  await answer("Rooms · mina", "");
  await screen.sees(ROOM);
  screen.type("저 왔어요\r");
  await jun.hears("저 왔어요");
  jun.says(`PRIVMSG ${ROOM} :어서 오세요`);
  await screen.sees("어서 오세요");
});

test("what was missed is shown once after a start by the stored password, and nothing twice", async () => {
  screen.type("/quit\r");
  await screen.exited;
  screen.end();
  expect(statSync(folder.at("sodam", "passwords.json")).mode & 0o777).toBe(0o600);
  jun.says(`PRIVMSG ${ROOM} :벌써 가셨네요`, "PING there");
  await jun.hears("PONG");
  screen = openClient();
  await enters("");
  await answer("Rooms · mina", "");
  await screen.sees("벌써 가셨네요");
  screen.type("다시 왔어요\r");
  await jun.hears("다시 왔어요");
  await screen.sees("다시 왔어요");
  for (const text of ["어서 오세요", "저 왔어요", "벌써 가셨네요"]) {
    expect(screen.rows().filter((row) => row.includes(text))).toHaveLength(1);
  }
  expect(screen.rows().join("\n")).not.toContain("Playback");
});

function settings(): string {
  return `
Version = 1.8.2
ConnectDelay = 1
ServerThrottle = 1
<Listener plain>
  Host = 127.0.0.1
  Port = ${port}
  IPv6 = false
  SSL = false
</Listener>
<User mina>
  <Pass password>
    Method = plain
    Hash = bouncer
  </Pass>
  AutoClearChanBuffer = false
  <Network example>
    Nick = mina
    Server = 127.0.0.1 ${server.port}
    FloodRate = 100.00
    FloodBurst = 100
    <Chan ${ROOM}>
    </Chan>
  </Network>
</User>
`;
}
