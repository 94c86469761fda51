import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { Subject } from "../../lib/cluster/engine.ts";
import { connectNatsBus } from "../../lib/cluster/nats/nats-bus.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { passwordOf, signUp } from "../e2e/house.ts";
import { Stranger } from "../e2e/stranger.ts";
import { ClusterStage, joined } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** Where passwords are verified in a cluster: by the node that leads, which has the hashes, as every node does. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

test("a member is asked nothing after a takeover, any node verifies a password, and no hash is on the bus", async () => {
  await using stage = new ClusterStage([nats.url]);
  const connected = await connectNatsBus({ urls: [nats.url], name: "listener" });
  if ("refused" in connected) throw new Error(connected.refused);
  const heard: Uint8Array[] = [];
  const stop = connected.bus.subscribe(">" as Subject, (bytes) => heard.push(bytes.slice()));
  const [a, b] = await stage.startTwo(["--sign-up", "open", "--password-cost", "test"]);
  const jun = await joined(b.port, "jun");
  await using mina = await signUp({ port: a.port, invitation: null }, "mina");
  mina.says("JOIN #tea");
  await mina.hears(/ 366 /);
  await stage.until(() => hashesOf("b").length === 1);
  const accountOf = async (): Promise<string> => {
    const from = jun.lines.length;
    jun.says("WHOIS mina");
    await jun.hears(/ 318 /, from);
    return jun.lines.slice(from).find((line) => / 330 /.test(line)) ?? "";
  };
  expect(await accountOf()).toContain(" mina mina :");
  a.signal("SIGKILL");
  await b.leads();
  expect(await accountOf()).toContain(" mina mina :");
  mina.says("PRIVMSG #tea :still here");
  await jun.hears(/ PRIVMSG #tea :still here$/);
  await using phone = await Stranger.connect(a.port);
  phone.says("CAP REQ :sasl");
  phone.says("AUTHENTICATE PLAIN");
  for (const piece of encodePlain("mina", passwordOf("mina"))) phone.says(`AUTHENTICATE ${piece}`);
  await phone.hears(/ 903 /);
  const hashes = [...hashesOf("a"), ...hashesOf("b")];
  expect(new Set(hashes).size).toBe(1);
  stop();
  await connected.bus.close();
  const said = Buffer.concat(heard);
  // All subjects were listened to: frames, records and nodes' words.
  expect(said.length).toBeGreaterThan(10_000);
  for (const secret of [...hashes, "$argon2"]) expect(said.includes(secret)).toBe(false);

  /** Returns the hashes that a node's folder has. */
  function hashesOf(name: string): string[] {
    const paths = [...new Bun.Glob("users.*").scanSync(stage.folder.at(name))];
    const text = paths.map((path) => readFileSync(stage.folder.at(name, path), "utf8")).join("");
    return [...new Set(text.match(/\$argon2id\$[^"]+/g) ?? [])];
  }
}, 60_000);
