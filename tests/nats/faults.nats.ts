import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { Program } from "../e2e/program.ts";
import { SmallDisk } from "../e2e/small-disk.ts";
import { type ClusterServer, ClusterStage, Conversation, joined } from "./cluster-nodes.ts";
import { NatsCluster, NatsServer } from "./nats-server.ts";

/** What can happen to a cluster, as docs/cluster.md has it, on real servers of NATS. */

/** A gateway says that the leader is away, and that it is back, when a pause is long: as on a busy machine. */
const PAUSE = /^NOTICE \* :The server (?:can't answer|answers again)/;

describe("with one server of NATS", () => {
  const nats = new NatsServer();
  beforeAll(() => nats.start());
  afterAll(() => nats.remove());

  test("a leader that slept is fenced and stands by, and people notice a pause only", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, b);
    await talk.say("first");
    a.signal("SIGSTOP");
    const pauseMs = await talk.say("while it sleeps");
    expect(pauseMs).toBeLessThan(9000);
    await b.leads();
    a.signal("SIGCONT");
    await a.program.sees(/leads no more: /);
    await talk.say("after it woke");
    // It has begun again, and takes its turn.
    await Bun.sleep(1500);
    b.signal("SIGKILL");
    await talk.say("when the other one is killed");
    expect(talk.heard).toEqual(talk.said);
    // On a busy machine the pause is long enough for gateways to tell of it.
    const isOfPause = /can't answer at the moment|The server answers again/;
    expect(talk.told.filter((line) => !isOfPause.test(line))).toEqual([]);
  });

  test.each([
    ["its supervisor is told to", (node: ClusterServer) => node.program.kill("SIGTERM")],
    ["its node is told to", (node: ClusterServer) => node.signal("SIGTERM")],
    ["all its processes are told to", (node: ClusterServer) => node.signalAll("SIGTERM")],
  ])("when the machine that leads stops, since %s, others go on at once", async (_, stop) => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(b, b);
    const ara = await joined(a.port, "ara");
    stop(a);
    const longestMs = await talk.sayUntil(a.program.exited);
    // Nobody waits for its gateway, and four seconds would pass until it is missed.
    expect(longestMs).toBeLessThan(3000);
    expect(await a.program.exited).toBe(0);
    expect(a.program.stderr).not.toContain("error");
    await ara.hears(/^ERROR :This gateway .* is going down/);
    await ara.closed;
    await b.leads();
    expect(talk.heard).toEqual(talk.said);
    await talk.left("ara");
  });

  test("when a machine that follows stops, its people are told, and others hear that they left", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, a);
    const ara = await joined(b.port, "ara");
    expect(await b.stop()).toBe(0);
    await ara.hears(/^ERROR :This gateway .* is going down/);
    await talk.say("after it");
    await talk.left("ara");
  });

  test("when the machine that leads loses its power, the others go on within six seconds", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(b, b);
    await joined(a.port, "ara");
    await talk.say("first");
    // Nodes have heard of each other.
    await Bun.sleep(1500);
    a.signalAll("SIGKILL");
    expect(await talk.say("without it")).toBeLessThan(6000);
    expect(talk.heard).toEqual(talk.said);
    await talk.left("ara");
  });

  test("a machine that sleeps costs the others less than six seconds", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(b, b);
    const ara = await joined(a.port, "ara");
    await Bun.sleep(1500);
    a.signalAll("SIGSTOP");
    expect(await talk.say("while it sleeps")).toBeLessThan(6000);
    a.signalAll("SIGCONT");
    await ara.closed;
    await (await joined(a.port, "bora")).isAnswered();
    await talk.say("after it woke");
    expect(talk.heard).toEqual(talk.said);
  });

  test("people of a gateway that dies come back, and members stay members", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(b, b);
    const ara = await joined(a.port, "ara");
    process.kill(a.gateway, "SIGKILL");
    await ara.closed;
    await talk.say("the others talk on");
    const again = await joined(a.port, "ara2");
    await again.isAnswered();
    expect(talk.heard).toEqual(talk.said);
  });

  test("without NATS for twelve seconds, people are told, and all that they send is answered later", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, b);
    await talk.say("first");
    await nats.kill();
    const waiting = talk.say("held");
    await Bun.sleep(12_000);
    expect(talk.told.filter((line) => line.includes("can't answer"))).toHaveLength(2);
    // More than a gateway reads ahead.
    const more = Array.from({ length: 40 }, (_, n) => talk.say(`${"long ".repeat(60)}${n}`));
    await nats.start();
    await Promise.all([waiting, ...more]);
    await talk.say("last");
    expect(talk.heard).toEqual(talk.said);
    const others = talk.told.filter((line) => !line.includes("can't answer"));
    expect(others).toEqual(Array(2).fill("NOTICE * :The server answers again."));
  });

  test("a leader whose disk refuses hands over", async () => {
    await using stage = new ClusterStage([nats.url]);
    mkdirSync(stage.folder.at("a"));
    using disk = new SmallDisk(stage.folder.at("a"));
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, b);
    await talk.say("first");
    disk.fill();
    // Until another node leads, it is refused in words.
    for (let tries = 0; !b.program.stderr.includes("this node leads"); tries += 1) {
      talk.tries(`try ${tries}`);
      await Bun.sleep(100);
    }
    await talk.say("last");
    expect(a.program.stderr).toContain("its disk refuses");
    expect(talk.told).toEqual([]);
  });

  test("when NATS loses its disk while all run, nothing is lost", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, b);
    await talk.say("first");
    await nats.kill();
    rmSync(nats.store, { recursive: true, force: true });
    const waiting = talk.say("held");
    await nats.start();
    await waiting;
    await talk.say("last");
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told.filter((line) => !PAUSE.test(line))).toEqual([]);
  });

  test("when NATS's disk is full nothing is lost, and it goes on when there is room", async () => {
    await using server = new NatsServer();
    mkdirSync(server.store);
    using disk = new SmallDisk(server.store);
    await server.start();
    await using stage = new ClusterStage([server.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, b);
    await talk.say("first");
    disk.fill();
    const mending = a.program.sees(/NATS is not reached any more/).then(async () => {
      disk.empty();
      // This server of NATS hangs on a full disk.
      await server.kill();
      await server.start();
    });
    await talk.sayUntil(mending);
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told.filter((line) => !PAUSE.test(line))).toEqual([]);
  });

  test("when NATS loses its disk while all are stopped, the node that has most goes on", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(b, b);
    await talk.say("first");
    // The second one leads then, and has more.
    await a.stop();
    await talk.say("with one node");
    b.program.kill("SIGKILL");
    await b.program.exited;
    await nats.kill();
    rmSync(nats.store, { recursive: true, force: true });
    await nats.start();
    await using behind = new Program(stage.command("a"), { cwd: stage.folder.path });
    await behind.sees("waits for the one that led last");
    const again = await stage.start("b");
    await again.leads();
    // It has less than the new log begins with.
    await behind.sees("is older than the beginning of the cluster's log: it is fetched anew");
    await stage.until(() => stage.historyOf("a").includes("with one node"));
    expect(stage.historyOf("b")).toContain("with one node");
    const mina = await joined(again.port, "mina");
    await mina.isAnswered();
  });
});

describe("with three servers of NATS", () => {
  const nats = new NatsCluster();
  beforeAll(() => nats.start());
  afterAll(() => nats.remove());

  test("one of them can be killed, and people notice a pause only", async () => {
    await using stage = new ClusterStage(nats.urls);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, b);
    await talk.say("first");
    for (const server of nats.servers) {
      await server.kill();
      await talk.say(`without ${server.port}`);
      await server.start();
      await talk.say(`with ${server.port}`);
      await Bun.sleep(1000);
    }
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told).toEqual([]);
  });

  test("one of them can lose its disk, and then another one be killed", async () => {
    await using stage = new ClusterStage(nats.urls);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, b);
    await talk.say("first");
    const [one, two] = nats.servers;
    await one?.kill();
    rmSync(one?.store ?? "", { recursive: true, force: true });
    await talk.say("without one");
    await one?.start();
    await talk.say("with an empty one");
    await nats.hasCopies(stage.cluster);
    await two?.kill();
    // NATS has to agree on another server, and a node on another leader.
    expect(await talk.say("without another one")).toBeLessThan(30_000);
    await two?.start();
    await talk.say("last");
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told.filter((line) => !PAUSE.test(line))).toEqual([]);
  });

  test("when two of them are gone nothing is said, and it goes on with them", async () => {
    await using stage = new ClusterStage(nats.urls);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, b);
    await talk.say("first");
    const [one, two] = nats.servers;
    await Promise.all([one?.kill(), two?.kill()]);
    const waiting = talk.say("held");
    await Bun.sleep(8000);
    expect(talk.heard).not.toContain("held");
    await Promise.all([one?.start(), two?.start()]);
    await waiting;
    await talk.say("last");
    expect(talk.heard).toEqual(talk.said);
  });
});
