import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerLink } from "../../lib/protocol/server-link.ts";
import { certificateFile, PASSWORD } from "./client.ts";
import { Peer } from "./peer.ts";
import { ROOM, Stage } from "./stage.ts";
import { until } from "./until.ts";

/** ZNC 1.8 is no client, but stands before one, and is there while its person isn't. */
describe("a visit with ZNC in between", () => {
  const nick = "수아";
  const stage = new Stage("--sign-up", "open");
  let mina: Peer;
  let sua: Peer;
  let bouncer: ServerLink;

  beforeAll(async () => {
    mina = await stage.open();
    const { host, fingerprint } = stage.server.link;
    (await Peer.signUp({ ...stage.server.link, invitation: null }, nick, PASSWORD)).end();
    const certificate = await certificateFile(stage);
    const own = new X509Certificate(readFileSync(certificate)).fingerprint256;
    bouncer = {
      host,
      port: await freePort(host),
      fingerprint: own.replaceAll(":", "").toLowerCase(),
      ...{ invitation: null, room: null },
    };
    const folder = join(stage.folder, "znc");
    mkdirSync(join(folder, "configs"), { recursive: true });
    const pinned = (fingerprint ?? "").match(/../g)?.join(":") ?? "";
    writeFileSync(
      join(folder, "configs", "znc.conf"),
      settings({ nick, certificate, pinned, port: bouncer.port, server: stage.server.link }),
    );
    // It waits for half a minute before it runs as root.
    const asNobody = process.getuid?.() === 0 ? ["unshare", "--user"] : [];
    await stage.terminal.run("znc", [...asNobody, "znc", "--datadir", folder, "--foreground"]);
    sua = await attach(bouncer);
  });
  afterAll(() => stage.end());

  test("it connects over TLS with the fingerprint, and logs in by SASL", async () => {
    mina.says(`MONITOR + ${nick}`);
    sua.says(`PRIVMSG *sasl :set ${nick} ${PASSWORD}`, "PRIVMSG *sasl :mechanism PLAIN");
    await sua.hears("mechanisms set: PLAIN");
    sua.says("PRIVMSG *status :connect");
    await mina.hears(new RegExp(` 730 mina :?${nick}!`));
    mina.says(`WHOIS ${nick}`);
    expect(await mina.hears(" 330 ")).toContain(` ${nick} ${nick} `);
  });

  test("it relays the room's history, and Korean text both ways", async () => {
    mina.says(`PRIVMSG ${ROOM} :어제 고구마 맛있었어요`);
    sua.says(`JOIN ${ROOM}`);
    expect(await sua.hears(`PRIVMSG ${ROOM} `)).toEndWith(":어제 고구마 맛있었어요");
    sua.says(`PRIVMSG ${ROOM} :안녕하세요, 미나 님!`);
    expect(await mina.hears(" PRIVMSG ")).toEndWith(`PRIVMSG ${ROOM} :안녕하세요, 미나 님!`);
    mina.says(`PRIVMSG ${nick} :귓속말이에요`);
    expect(await sua.hears(":mina!")).toEndWith(`PRIVMSG ${nick} :귓속말이에요`);
  });

  test("messages while its user was disconnected are replayed when they reconnect", async () => {
    sua.end();
    mina.says(`PRIVMSG ${ROOM} :수아 님 어디 가셨어요?`, `WHOIS ${nick}`);
    await mina.hears(" 318 ");
    sua = await attach(bouncer);
    await sua.hears("수아 님 어디 가셨어요?");
  });

  test("after the server was killed and restarted, ZNC is in the room again", async () => {
    mina.end();
    mina = await stage.killAndStart();
    mina.says(`MONITOR + ${nick}`);
    await mina.hears(new RegExp(` 730 mina :?${nick}!`));
    sua.says(`PRIVMSG ${ROOM} :저는 그대로 있어요`);
    expect(await mina.hears("저는 그대로 있어요")).toStartWith(`:${nick}!`);
  });

  test("another certificate than the pinned one is not trusted", async () => {
    const pinned = stage.server.link.fingerprint?.match(/../g)?.join(":");
    sua.says(`PRIVMSG *status :DelTrustedServerFingerprint ${pinned}`, "PRIVMSG *status :jump");
    expect(await sua.hears("If you trust this certificate")).toContain("*status");
  });
});

/** A client that is attached to the bouncer, as soon as that is there. */
async function attach(bouncer: ServerLink): Promise<Peer> {
  await until(
    () => isListening(bouncer),
    () => "ZNC never listened",
  );
  const peer = await Peer.connect(bouncer);
  peer.says("PASS sua/sodam:bouncer", "NICK sua", "USER sua 0 * :sua");
  await peer.hears(" 001 ");
  return peer;
}

async function isListening({ host, port }: ServerLink): Promise<true | null> {
  try {
    const socket = await Bun.connect({ hostname: host, port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return null;
  }
}

async function freePort(host: string): Promise<number> {
  const listener = Bun.listen({ hostname: host, port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

interface Settings {
  readonly nick: string;
  /** Its own, with the key, for those who attach. */
  readonly certificate: string;
  /** The server's fingerprint. */
  readonly pinned: string;
  readonly port: number;
  readonly server: ServerLink;
}

/** As in docs/clients.md. To keep the test short: no pauses, and no connection before there is a password. */
function settings({ nick, certificate, pinned, port, server }: Settings): string {
  return `
Version = 1.8.2
SSLCertFile = ${certificate}
ConnectDelay = 1
ServerThrottle = 1
<Listener sodam>
  Host = 127.0.0.1
  Port = ${port}
  IPv6 = false
  SSL = true
</Listener>
<User sua>
  <Pass password>
    Method = plain
    Hash = bouncer
  </Pass>
  LoadModule = chansaver
  <Network sodam>
    Nick = ${nick}
    LoadModule = sasl
    TrustedServerFingerprint = ${pinned}
    Server = ${server.host} +${server.port}
    IRCConnectEnabled = false
    FloodRate = 100.00
    FloodBurst = 100
  </Network>
</User>
`;
}
