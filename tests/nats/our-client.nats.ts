import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { ko } from "../../lib/app/i18n/ko.ts";
import { Person } from "../e2e/person.ts";
import { run, SERVER } from "../e2e/program.ts";
import { type ClusterServer, ClusterStage } from "./cluster-nodes.ts";
import { freePorts, NatsServer } from "./nats-server.ts";

/** Our client and a cluster that is reached by one name with several addresses. */

const { rooms } = ko;
const NAME = "chat.test";
const ADDRESSES = ["127.0.0.2", "127.0.0.3"];
const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

/** Returns the beginning of a command line whose program finds the machines by their common name. */
function withNames(stage: ClusterStage): string[] {
  const hosts = stage.folder.at("hosts");
  writeFileSync(hosts, ADDRESSES.map((address) => `${address} ${NAME}\n`).join(""));
  const script = 'mount --bind "$0" /etc/hosts && exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, hosts];
}

describe("our client", () => {
  test("comes back on another machine, and notices nothing of an upgrade", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [port = 0] = freePorts(1);
    const start = (name: string, address = ""): Promise<ClusterServer> =>
      stage.start(name, [
        ...["--host", address, "--port", `${port}`, "--public-host", NAME],
        ...["--password-cost", "test"],
      ]);
    const a = await start("a", ADDRESSES[0]);
    const [link = ""] = await a.program.sees(/sodam:\/\/\S+(?=\n)/);
    const b = await start("b", ADDRESSES[1]);
    using minsu = new Person("민수", link, stage.folder, {}, withNames(stage));
    await minsu.signsUp(NAME);
    await minsu.answers(rooms.title("민수"), "");
    await minsu.answers(rooms.newName, "수다방");
    await minsu.answers(rooms.topicOf, "");
    await minsu.answers(rooms.publicly, "");
    const texts: string[] = [];
    const says = async (text: string): Promise<void> => {
      texts.push(text);
      minsu.types(text);
      await minsu.reads(new RegExp(`✓ .* ${text}$`));
    };
    await says("first");

    const connects = (): number => minsu.screen.written.split(ko.screen.connecting).length;
    const connected = connects();
    const upgrading = run([...SERVER, "upgrade", "--data", stage.folder.at("a")], {
      cwd: stage.folder.path,
    });
    await says("while it is upgraded");
    await says("still");
    expect((await upgrading).stdout).toContain("was replaced");
    await says("after it");
    expect(connects()).toBe(connected);

    // Each machine in turn: one of them has the connection.
    await b.program.sees(/this node follows a/);
    a.program.kill("SIGKILL");
    await says("without a");
    const again = await start("a", ADDRESSES[0]);
    await again.program.sees(/this node follows b/);
    b.program.kill("SIGKILL");
    await says("without b");
    expect(connects()).toBeGreaterThan(connected);
    const shown = minsu.screen.rows().flatMap((row) => / ✓ +(?:나 +)?(\S.*)/.exec(row)?.[1] ?? []);
    expect(shown).toEqual(texts);
    const saved = stage.historyOf("a");
    expect(texts.map((text) => saved.split(`"${text}"`).length - 1)).toEqual(texts.map(() => 1));
  });
});
