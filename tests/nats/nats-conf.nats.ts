import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gatewaySubject, leaderSubject } from "../../lib/cluster/bus/bus-message.ts";
import { beatSubject } from "../../lib/cluster/bus/leader-beat.ts";
import type { AppendOutcome } from "../../lib/cluster/engine.ts";
import { connectNatsBus, type NatsBus } from "../../lib/cluster/nats/nats-bus.ts";
import { connectNats } from "../../lib/cluster/nats/nats-engine.ts";
import { logSubjectOf } from "../../lib/cluster/nats/nats-stream.ts";
import { TestAuthority } from "../transport/test-authority.ts";
import { NATS_PROGRAM, NatsServer, until } from "./nats-server.ts";

/* docs/nats.conf does what docs/cluster.md says of it. */

const CONF = readFileSync(join(import.meta.dir, "../../docs/nats.conf"), "utf8");
const NAME = "page";
const server = new NatsServer(/^authorization \{[\s\S]*?^\}/m.exec(CONF)?.[0]);
beforeAll(() => server.start());
afterAll(() => server.remove());

const optionsOf = (credentials: string) => ({
  ...{ urls: [server.url], name: NAME },
  credentials: new TextEncoder().encode(credentials),
});

async function gatewayBus(problems: string[]): Promise<NatsBus> {
  const connected = await connectNatsBus({
    ...optionsOf("gateway:GATEWAY-PASSWORD\n"),
    onProblem: (text) => problems.push(text),
  });
  if ("refused" in connected) throw new Error(connected.refused);
  return connected.bus;
}

test("nats-server reads the configuration", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sodam-nats-conf-"));
  try {
    const authority = await TestAuthority.create();
    const { cert, key } = await authority.sign(["localhost"]);
    writeFileSync(join(folder, "cert.pem"), cert);
    writeFileSync(join(folder, "key.pem"), key);
    writeFileSync(join(folder, "ca.pem"), authority.cert);
    const conf = CONF.replaceAll("/etc/nats", folder).replaceAll("/var/lib/nats", folder);
    writeFileSync(join(folder, "nats.conf"), conf);
    const check = Bun.spawnSync([NATS_PROGRAM, "-t", "-c", join(folder, "nats.conf")]);
    expect([check.exitCode, check.stderr.toString()]).toEqual([
      0,
      expect.stringContaining("is valid"),
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a gateway's user speaks with the leader, and can't touch the log", async () => {
  const connected = await connectNats(optionsOf("node:NODE-PASSWORD"));
  if ("refused" in connected) throw new Error(connected.refused);
  const { engine } = connected;
  const problems: string[] = [];
  const gateway = await gatewayBus(problems);
  try {
    const heard: string[] = [];
    const hear = (name: string) => (bytes: Uint8Array) =>
      void heard.push(`${name} ${new TextDecoder().decode(bytes)}`);
    const bytes = (text: string) => new TextEncoder().encode(text);
    gateway.subscribe(beatSubject(NAME), hear("gateway"));
    gateway.subscribe(gatewaySubject(NAME, 4711), hear("gateway"));
    engine.subscribe(leaderSubject(NAME, 1), hear("leader"));
    await until(() => {
      engine.publish(beatSubject(NAME), bytes("beat"));
      engine.publish(gatewaySubject(NAME, 4711), bytes("down"));
      gateway.publish(leaderSubject(NAME, 1), bytes("up"));
      return ["gateway beat", "gateway down", "leader up"].every((text) => heard.includes(text));
    });
    expect(problems).toEqual([]);
    const outcome = await new Promise<AppendOutcome>((resolve) =>
      engine.append({ id: "1", bytes: bytes("first"), after: 0 }, resolve),
    );
    expect(outcome).toEqual({ kind: "appended", sequence: 1 });
    gateway.subscribe(logSubjectOf(NAME), hear("forbidden: log"));
    gateway.subscribe(leaderSubject(NAME, 1), hear("forbidden: other gateways"));
    gateway.publish(logSubjectOf(NAME), bytes("second"));
    await until(() => problems.length === 2);
    expect(problems.join(" ")).toMatch(/permissions violation/i);
    expect(await engine.facts()).toMatchObject({ first: 1, last: 1 });
    const asNode = await connectNats(optionsOf("gateway:GATEWAY-PASSWORD"));
    expect(asNode).toHaveProperty("refused");
    // Beats that were said again before are still on their way.
    expect(heard.filter((text) => text.startsWith("forbidden"))).toEqual([]);
  } finally {
    await gateway.close();
    await engine.close();
  }
});

test("a wrong password is refused with a sentence", async () => {
  const connected = await connectNatsBus(optionsOf("gateway:NODE-PASSWORD"));
  expect("refused" in connected && connected.refused).toMatch(/authorization violation/i);
});
