import { afterEach, expect, test } from "bun:test";
import { connect } from "../../lib/transport/connect.ts";
import { lineConnections } from "../../lib/transport/line-connections.ts";
import { type CertificatePair, type Listener, listen } from "../../lib/transport/listen.ts";
import { TurnQueue } from "../../lib/transport/turn-queue.ts";
import { FILE_CAPS, factsOf, fileScene, offers } from "../file-plays.ts";
import { Scene } from "../scene.ts";
import { HandlerRecorder } from "./handler-recorder.ts";
import { makeTestCertificate } from "./test-certificate.ts";

/** The chat server behind a real port, with the scene's clock. */

let listener: Listener | null = null;
afterEach(async () => {
  await listener?.stop();
});

function serve(scene: Scene, tls?: CertificatePair): Listener {
  const log = {
    refused() {},
    broken() {},
    failed: (error: unknown) => scene.notes.push(String(error)),
  };
  const address = { hostname: "127.0.0.1", port: 0, closeMs: 200, stopMs: 1000 };
  const handlers = lineConnections(scene.server, new TurnQueue(), log);
  listener = listen(
    { ...address, hostOf: (ip) => `${ip}.guest`, ...(tls !== undefined && { tls }) },
    handlers,
  );
  return listener;
}

async function join(
  { port }: Listener,
  client: HandlerRecorder,
  plain = true,
): Promise<(text: string) => void> {
  const options = { host: "127.0.0.1", port, plain, decide: () => true };
  const outcome = await connect(options, client);
  if (outcome.kind !== "connected") throw new Error(outcome.detail);
  return (text) => outcome.link.send(Buffer.from(text));
}

test("lines may arrive in pieces, and a guest's host is not their address", async () => {
  const client = new HandlerRecorder();
  const send = await join(serve(new Scene()), client);
  send("NICK mi");
  send("na\r\nUSER mina 0 * :Mina\r");
  await client.until(() => client.opened.length === 1);
  send("\nWHOIS mina\r\n");
  await client.until(() => client.text.includes(" 318 "));
  expect(client.text).toContain("127.0.0.1.guest");
});

test("an incomplete line and silence end with a ping timeout", async () => {
  const scene = new Scene();
  const client = new HandlerRecorder();
  const jun = new HandlerRecorder();
  const port = serve(scene);
  const send = await join(port, client);
  send("NICK mina\r\nUSER mina 0 * :Mina\r\n");
  await client.until(() => client.text.includes(" 422 ") || client.text.includes(" 376 "));
  const sendAsJun = await join(port, jun);
  sendAsJun("NICK jun\r\nUSER jun 0 * :Jun\r\n");
  await jun.until(() => jun.text.includes(" 376 "));
  sendAsJun("PRIVMSG mina :half a li");
  scene.passes(120_001);
  await jun.until(() => jun.text.includes("PING tea.test\r\n"));
  send("PONG tea.test\r\n");
  send("PING answered\r\n");
  await client.until(() => client.text.includes("answered"));
  scene.passes(60_001);
  await jun.until(() => jun.closed.length === 1);
  expect(jun.text).toContain("ERROR :Ping timeout: 180 seconds\r\n");
  expect(client.closed).toEqual([]);
  expect(client.text).not.toContain("half a li");
  expect(scene.notes).toEqual([]);
});

for (const plain of [true, false]) {
  test(`a client that sends a megabyte of lines at once gets all answers, ${plain ? "plain" : "TLS"}`, async () => {
    const scene = new Scene();
    const pongs = { count: 0, rest: "" };
    const client = new HandlerRecorder((_, bytes) => {
      const lines = (pongs.rest + Buffer.from(bytes).toString("utf8")).split("\r\n");
      pongs.rest = lines.pop() ?? "";
      pongs.count += lines.filter((line) => line.includes(" PONG ")).length;
    });
    const other = new HandlerRecorder();
    const server = serve(scene, plain ? undefined : makeTestCertificate("127.0.0.1"));
    const send = await join(server, client, plain);
    const sendAsOther = await join(server, other, plain);
    const line = `PING ${"x".repeat(43)}\r\n`;
    send(line.repeat(20_000));
    sendAsOther("PING other\r\n");
    await other.until(() => other.text.includes("PONG tea.test other"));
    await client.until(() => pongs.count === 20_000);
    expect(client.closed).toEqual([]);
    expect(scene.notes).toEqual([]);
  });
}

test("bytes right behind the line that begins a file end the connection: they wouldn't be in the file", async () => {
  const scene = fileScene();
  const mina = scene.person("mina", ...FILE_CAPS).says("JOIN #tea");
  mina.hears();
  // Its connection is no TLS connection either.
  Object.assign(mina, { secure: false });
  const grant = offers(mina, "#tea", factsOf("one"));
  scene.holding = true;
  const client = new HandlerRecorder();
  const send = await join(serve(scene), client);
  send(`FILE PUT ${typeof grant === "object" ? grant.token : grant} 0\r\non`);
  await client.until(() => client.closed.length === 1);
  expect(client.text).toBe("");
});
