import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { signUp } from "../e2e/house.ts";
import { Stranger } from "../e2e/stranger.ts";
import { ClusterStage, joined } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** Files that people send to a cluster: through any node, on every node, and after any node. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

/** Sends a file to #tea. Returns its id. */
async function send(mina: Stranger, port: number, bytes: Buffer, name: string): Promise<string> {
  const from = mina.lines.length;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const facts = `size=${bytes.length},sha256=${sha256},type=text/plain,name=${name}`;
  mina.says(`@sodam.chat/file=${facts} FILE SEND #tea :look`);
  const grant = await mina.hears(/FILE GRANT /, from);
  const [, id = "", token = "", offset = ""] = /FILE GRANT (\S+) (\S+) (\d+)/.exec(grant) ?? [];
  await using put = await Stranger.connect(port);
  put.says(`FILE PUT ${token} ${offset}`);
  await put.hears(new RegExp(`FILE READY ${offset}$`));
  put.sends(bytes.subarray(Number(offset)));
  await put.hears(/FILE DONE /);
  return id;
}

/** Fetches a file. */
async function get(reader: Stranger, port: number, id: string): Promise<Buffer> {
  const all = await answerTo(reader, port, id);
  const end = all.indexOf("\n") + 1;
  const [head, content] = [all.subarray(0, end).toString(), all.subarray(end)];
  expect(head).toMatch(new RegExp(`^:\\S+ FILE DATA ${content.length}\r\n$`));
  return content;
}

/** Asks for a file that the leader lacks. */
async function refused(reader: Stranger, port: number, id: string): Promise<void> {
  const answer = await answerTo(reader, port, id);
  expect(answer.toString()).toContain("FAIL FILE TEMPORARILY_UNAVAILABLE GET :");
}

/** Returns everything that comes on the connection of a file. */
async function answerTo(reader: Stranger, port: number, id: string): Promise<Buffer> {
  const from = reader.lines.length;
  reader.says(`FILE FETCH ${id}`);
  const grant = await reader.hears(/FILE GRANT |FAIL FILE/, from);
  const [, token = ""] = /FILE GRANT \S+ (\S+) 0 /.exec(grant) ?? [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const parts: Buffer[] = [];
  await Bun.connect({
    ...{ hostname: "127.0.0.1", port, tls: { rejectUnauthorized: false } },
    socket: {
      handshake: (socket) => void socket.write(`FILE GET ${token} 0\r\n`),
      data: (_, bytes) => void parts.push(Buffer.from(bytes)),
      close: () => resolve(),
    },
  });
  await promise;
  return Buffer.concat(parts);
}

const PEOPLE = ["--sign-up", "open", "--password-cost", "test"];

test("a file is on each node when its message is there, and fetched from any, also after the leader's end", async () => {
  await using stage = new ClusterStage([nats.url]);
  const [a, b] = await stage.startTwo(PEOPLE);
  await b.listens();
  await using mina = await signUp({ port: b.port, invitation: null }, "mina");
  mina.says("CAP REQ :sodam.chat/files message-tags echo-message");
  mina.says("JOIN #tea");
  await mina.hears(/ 366 /);
  await using jun = await joined(a.port, "jun");
  const bytes = Buffer.alloc(3_000_000, "the quick brown fox\n");
  const id = await send(mina, b.port, bytes, "fox.txt");
  await jun.hears(/ PRIVMSG #tea :look /);
  await stage.until(() => fileOf("b", "fox.txt") !== null);
  expect(fileOf("a", "fox.txt")?.equals(bytes)).toBe(true);
  expect(fileOf("b", "fox.txt")?.equals(bytes)).toBe(true);
  expect((await get(mina, b.port, id)).equals(bytes)).toBe(true);
  expect((await get(jun, a.port, id)).equals(bytes)).toBe(true);
  // What was deleted by hand comes back when somebody asks for it.
  rmSync(`${stage.folder.at("a")}/files`, { recursive: true });
  await refused(jun, a.port, id);
  await stage.until(() => fileOf("a", "fox.txt")?.equals(bytes) === true);
  expect((await get(mina, b.port, id)).equals(bytes)).toBe(true);
  a.signal("SIGKILL");
  await b.leads();
  expect((await get(mina, b.port, id)).equals(bytes)).toBe(true);
  // A node that joins fetches it by the index.
  await stage.start("c", PEOPLE);
  await stage.until(() => fileOf("c", "fox.txt")?.equals(bytes) === true);
  // What is taken back leaves all nodes.
  const msgid = /msgid=([^; ]+)/.exec(
    mina.lines.find((line) => / PRIVMSG #tea :look/.test(line)) ?? "",
  );
  mina.says("CAP REQ :draft/message-redaction");
  mina.says(`REDACT #tea ${msgid?.[1]}`);
  await stage.until(() => fileOf("b", "fox.txt") === null && fileOf("c", "fox.txt") === null);

  /** Returns a file that a node has in its place; `null` for none. */
  function fileOf(node: string, name: string): Buffer | null {
    const folder = stage.folder.at(node);
    const [path] = [...new Bun.Glob(`files/*/*/*-${name}`).scanSync(folder)];
    return path === undefined || !existsSync(`${folder}/${path}`)
      ? null
      : readFileSync(`${folder}/${path}`);
  }
});
