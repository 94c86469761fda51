import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { Stranger } from "../e2e/stranger.ts";
import { ClusterStage } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** Somebody with NATS's own account, who listens to everything and says what they like; a cluster's owner has given it away. */

const PASSWORD = "correct-horse-battery-staple";
const LINES = Array.from({ length: 20 }, (_, n) => `lunch-at-noon-${n}`);

const nats = new NatsServer();
let bus: NatsConnection;
/** All that was said on the bus: subjects, headers and bodies. */
const heard: { readonly subject: string; readonly bytes: Uint8Array }[] = [];

beforeAll(async () => {
  await nats.start();
  bus = await connect({ servers: [nats.url] });
  bus.subscribe(">", {
    callback: (_, { subject, data }) => void heard.push({ subject, bytes: new Uint8Array(data) }),
  });
  await bus.flush();
});
afterAll(async () => {
  await bus.close();
  await nats.remove();
});

/** Connects as soon as the gateway takes connections, to log in. */
async function comes(port: number, nick: string): Promise<Stranger> {
  const person = await Stranger.connect(port).catch(() => null);
  if (person === null) {
    await Bun.sleep(20);
    return comes(port, nick);
  }
  person.says("CAP LS 302");
  person.says(`NICK ${nick}`);
  person.says(`USER ${nick} 0 * :${nick}`);
  person.says("CAP REQ :sasl draft/account-registration");
  await person.hears(/CAP \S+ ACK/);
  return person;
}

async function enters(person: Stranger): Promise<void> {
  person.says("CAP END");
  await person.hears(/ (376|422) /);
  person.says("JOIN #tea");
  await person.hears(/ 366 /);
}

test("a listener on NATS reads no password and no text, and what they say there changes nothing", async () => {
  await using stage = new ClusterStage([nats.url]);
  const node = await stage.start("a", ["--sign-up", "open"]);
  await node.leads();
  const mina = await comes(node.port, "mina");
  mina.says(`REGISTER * * :${PASSWORD}`);
  await mina.hears(/REGISTER SUCCESS/);
  await enters(mina);
  const jun = await comes(node.port, "jun");
  jun.says("AUTHENTICATE PLAIN");
  await jun.hears(/^AUTHENTICATE \+/);
  const plain = Buffer.from(`\0mina\0${PASSWORD}`).toString("base64");
  jun.says(`AUTHENTICATE ${plain}`);
  await jun.hears(/ 903 /);
  await enters(jun);
  for (const line of LINES) {
    mina.says(`PRIVMSG #tea :${line}`);
    await jun.hears(new RegExp(` :${line}$`));
  }
  await bus.flush();
  const all = Buffer.concat(heard.map(({ bytes }) => bytes)).toString("latin1");
  // It isn't by chance that nothing is read: this much was said.
  expect(heard.length).toBeGreaterThan(100);
  for (const secret of [PASSWORD, plain, "lunch-at", "PRIVMSG", "AUTHENTICATE", "JOIN #tea"]) {
    expect(all).not.toContain(secret);
  }

  const prefix = `sodam.${stage.cluster}.`;
  const said = heard.filter(({ subject }) => subject.startsWith(prefix));
  const frames = said.filter(({ subject }) => /\.(up|down|leader)\b/.test(subject));
  expect(frames.length).toBeGreaterThan(40);
  const subjects = [...new Set(frames.map(({ subject }) => subject))];
  for (const { bytes } of frames) {
    for (const subject of subjects) {
      bus.publish(subject, bytes);
      // One byte of the head, and one behind it.
      for (const position of [1, 2, 8, 12, 18, 24, 31, bytes.length - 1]) {
        const changed = new Uint8Array(bytes);
        changed[position] = (changed[position] ?? 0) + 1;
        bus.publish(subject, changed);
      }
    }
  }
  const beat = { node: "evil", term: 2 ** 50, sequence: 2 ** 50, certificate: "", proof: "AAAA" };
  bus.publish(`${prefix}leader`, JSON.stringify(beat));
  await bus.flush();
  for (const line of LINES) {
    mina.says(`PRIVMSG #tea :again ${line}`);
    await jun.hears(new RegExp(` :again ${line}$`));
  }
  // Each line once, and nobody was told of anything else.
  const lines = jun.lines.filter((line) => / PRIVMSG #tea /.test(line)).length;
  const told = [...mina.lines, ...jun.lines].filter((line) => /^NOTICE| QUIT |^ERROR/.test(line));
  expect([lines, told]).toEqual([2 * LINES.length, []]);
});
