import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import {
  childrenOf,
  guest,
  isGone,
  processesOf,
  startWithGateways,
  until,
} from "./gateway-server.ts";
import type { Running } from "./house.ts";
import { startServer } from "./house.ts";
import { Folder, run, SERVER } from "./program.ts";
import type { Stranger } from "./stranger.ts";

/** `bun server.ts upgrade`, and SIGUSR2: processes are replaced while people talk. */

const LIMIT_MS = 120_000;
const PEOPLE = 20;
const UPGRADES = 10;
/** Between two lines of somebody, so that machines under load get to anything else. */
const PAUSE_MS = 20;
/** Where leaders are killed, an answer that was under way has to be asked for again. */
const ASK_AGAIN_MS = 5000;
const FLAGS = ["--no-flood-control", "--max-connections-per-address", "1000"];

function upgrade(folder: Folder, ...args: readonly string[]) {
  return run([...SERVER, "upgrade", ...args], { cwd: folder.path, env: { LANG: "C" } });
}

/** Kills a process that may have ended by itself: a leader has handed over, a candidate's leader has ended. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** People in a room who talk until they are told to stop, each with numbers from 0 on. */
class RoomTalk {
  readonly people: Stranger[] = [];
  readonly #said: number[] = [];
  #isOver = false;
  readonly #asksAgain: boolean;
  #talking: Promise<unknown> = Promise.resolve();

  constructor(asksAgain: boolean) {
    this.#asksAgain = asksAgain;
  }

  static async begin(server: Running, count = PEOPLE, asksAgain = false): Promise<RoomTalk> {
    const talk = new RoomTalk(asksAgain);
    for (let n = 0; n < count; n += 1) talk.people.push(await guest(server.port, `p${n}`));
    for (const person of talk.people) {
      person.says("JOIN #tea");
      await person.hears(/ 366 /);
    }
    talk.#talking = Promise.all(talk.people.map((person, n) => talk.#talk(person, n)));
    return talk;
  }

  /** Resolves when everybody has said something more and heard an answer to it. */
  async goesOn(): Promise<void> {
    const before = [...this.#said];
    await until(() => this.#said.every((said, n) => said > (before[n] ?? 0)));
  }

  /** Ends the talk. Everybody must be there still, and have heard each line of all others once and in order. */
  async isComplete(): Promise<void> {
    this.#isOver = true;
    await this.#talking;
    for (const person of this.people) await person.isAnswered();
    for (const [reader, person] of this.people.entries()) {
      expect(person.isOpen).toBe(true);
      expect(person.lines.filter((line) => / (?:QUIT|ERROR)/.test(line))).toEqual([]);
      for (const [author, said] of this.#said.entries()) {
        if (author === reader) continue;
        const heard = person.lines.filter((line) => line.startsWith(`:p${author}!`));
        const texts = heard.flatMap((line) => / PRIVMSG #tea :(\d+)$/.exec(line)?.[1] ?? []);
        expect(texts).toEqual(Array.from({ length: said }, (_, n) => String(n)));
      }
    }
  }

  async #talk(person: Stranger, n: number): Promise<void> {
    for (this.#said[n] = 0; !this.#isOver; this.#said[n] += 1) {
      person.says(`PRIVMSG #tea :${this.#said[n]}`);
      while (!(await this.#isAnswered(person)));
      await Bun.sleep(PAUSE_MS);
    }
  }

  async #isAnswered(person: Stranger): Promise<boolean> {
    const answer = person.isAnswered().then(() => true);
    if (!this.#asksAgain) return answer;
    answer.catch(() => {});
    return Promise.race([answer, Bun.sleep(ASK_AGAIN_MS).then(() => false)]);
  }
}

describe("while people on two gateways talk", () => {
  test(
    "ten upgrades disconnect nobody, and each line is heard once",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder, FLAGS);
      const talk = await RoomTalk.begin(server);
      for (let n = 1; n <= UPGRADES; n += 1) {
        const { leader } = processesOf(server.program.pid);
        server.program.kill("SIGUSR2");
        await isGone(leader);
        await until(() => server.program.stderr.split("leads now").length > n);
        await talk.goesOn();
      }
      await talk.isComplete();
      expect(server.program.stderr).not.toContain("started again");
    },
    LIMIT_MS,
  );

  test(
    "other gateways take new connections, and the old ones end when their people have left",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder, FLAGS);
      const talk = await RoomTalk.begin(server);
      const before = processesOf(server.program.pid);
      const upgraded = await upgrade(folder, "--gateways");
      expect(upgraded).toMatchObject({ code: 0, stderr: "" });
      const [replaced = "", gateways = ""] = upgraded.stdout.split("\n");
      expect(replaced).toMatch(
        /^The server was replaced in \d+\.\d s: \S+, process \d+\. Nobody was disconnected\.$/,
      );
      expect(gateways).toStartWith("New gateways take new connections.");
      const status = await run([...SERVER, "admin", "status", "--json"], { cwd: folder.path });
      const { gatewayConnections, leavingGateways } = JSON.parse(status.stdout);
      expect(gatewayConnections).toBe("0, 0");
      const leaving = [...String(leavingGateways).matchAll(/(\d): (\d+)/g)];
      expect(leaving.map(([, number]) => number)).toEqual(["1", "2"]);
      expect(leaving.reduce((sum, [, , links]) => sum + Number(links), 0)).toBe(PEOPLE);
      // Who comes now is on a new one, and is heard by all; a new leader knows the old gateways as well.
      const late = await guest(server.port, "late");
      const { leader } = processesOf(server.program.pid);
      server.program.kill("SIGUSR2");
      await isGone(leader);
      await talk.goesOn();
      late.says("JOIN #tea");
      late.says("PRIVMSG #tea :hello");
      for (const person of talk.people) await person.hears(/^:late!\S+ PRIVMSG #tea :hello$/);
      await talk.isComplete();
      for (const person of talk.people) person.leaves();
      for (const pid of before.gateways) await isGone(pid);
      await server.program.sees("the gateway 2 has left");
      await late.isAnswered();
      expect(processesOf(server.program.pid).gateways).toHaveLength(2);
    },
    LIMIT_MS,
  );

  test(
    "a new leader that can't start leaves the old one leading, and the owner hears so",
    async () => {
      using folder = new Folder();
      writeFileSync(folder.at("sodam.toml"), 'motd = "First."\n');
      await using server = await startWithGateways(folder, FLAGS);
      const talk = await RoomTalk.begin(server, 4);
      const { leader } = processesOf(server.program.pid);
      writeFileSync(folder.at("sodam.toml"), "max-connections = perhaps\n");
      writeFileSync(folder.at("console.toml"), "");
      const failed = await upgrade(folder, "--config", "console.toml");
      expect(failed).toEqual({
        code: 1,
        stdout: "",
        stderr:
          "The new process ended (code 2), and the old one goes on: the server's log says why.\n",
      });
      expect(server.program.stderr).toContain("Strings must be quoted");
      expect(server.program.stderr).toContain(
        "the new leader ended (code 2): the old one leads on",
      );
      await talk.goesOn();
      expect(processesOf(server.program.pid).leader).toBe(leader);
      writeFileSync(folder.at("sodam.toml"), 'motd = "Second."\n');
      expect(await upgrade(folder)).toMatchObject({ code: 0 });
      await talk.goesOn();
      await talk.isComplete();
      const jun = await guest(server.port, "jun");
      await jun.hears(/ 372 jun :- Second\./);
    },
    LIMIT_MS,
  );

  test(
    "a new leader that is killed, wherever it is, costs nobody anything",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder, FLAGS);
      const talk = await RoomTalk.begin(server, 6, true);
      const children = () => childrenOf(server.program.pid);
      const known = new Set(children());
      const candidates = () => children().filter((pid) => !known.has(pid));
      for (const afterMs of [0, 100, 200, 300, 400, 500, 700]) {
        // While a leader is started again that was killed before, nothing is replaced.
        await until(async () => {
          server.program.kill("SIGUSR2");
          await Bun.sleep(100);
          return candidates().length > 0;
        });
        const [candidate = 0] = candidates();
        known.add(candidate);
        await Bun.sleep(afterMs);
        killIfThere(candidate);
        await talk.goesOn();
        for (const pid of children()) known.add(pid);
      }
      await talk.isComplete();
    },
    LIMIT_MS,
  );
});

test(
  "an old leader that is killed while another one is to take its place costs nobody anything",
  async () => {
    using folder = new Folder();
    await using server = await startWithGateways(folder, FLAGS);
    const talk = await RoomTalk.begin(server, 6, true);
    for (const afterMs of [0, 150, 300, 450]) {
      // One that has just been started can't be told apart yet.
      await until(() => processesOf(server.program.pid).leader > 0);
      const { leader } = processesOf(server.program.pid);
      server.program.kill("SIGUSR2");
      await Bun.sleep(afterMs);
      killIfThere(leader);
      await isGone(leader);
      await talk.goesOn();
      // Nothing is left of the one that was to take over.
      await until(() => childrenOf(server.program.pid).length === 3);
    }
    await talk.isComplete();
  },
  LIMIT_MS,
);

describe("an upgrade", () => {
  test(
    "is ended by SIGTERM with everything else, and people are told",
    async () => {
      using folder = new Folder();
      for (const afterMs of [0, 150, 300, 450]) {
        await using server = await startWithGateways(folder, FLAGS);
        const mina = await guest(server.port, "mina");
        server.program.kill("SIGUSR2");
        await Bun.sleep(afterMs);
        server.program.kill("SIGTERM");
        await mina.hears(/^ERROR :/);
        expect(await server.program.exited).toBe(0);
      }
    },
    LIMIT_MS,
  );

  test(
    "needs gateways: a single process says so",
    async () => {
      using folder = new Folder();
      await using server = await startServer(folder);
      const refused = await upgrade(folder);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toStartWith("The server is one process, which holds the connections");
      expect(server.program.stderr).not.toContain("ended");
      const unknown = await upgrade(folder, "everything");
      expect(unknown).toMatchObject({
        code: 1,
        stderr: "What may stand behind upgrade: gateways.\n",
      });
    },
    LIMIT_MS,
  );

  test(
    "needs a server that runs",
    async () => {
      using folder = new Folder();
      expect(await upgrade(folder)).toMatchObject({ code: 1 });
      expect((await upgrade(folder)).stderr).toStartWith("No server is running on the data folder");
    },
    LIMIT_MS,
  );
});

describe("a process that hangs", () => {
  test(
    "is killed and started again, be it a gateway or the leader",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder, FLAGS);
      const { gateways, leader } = processesOf(server.program.pid);
      process.kill(gateways[1] ?? 0, "SIGSTOP");
      await server.program.sees("the gateway 2 has answered nothing for 15 seconds and is killed");
      await server.program.sees("the gateway 2 ended (SIGKILL) and is started again");
      const mina = await guest(server.port, "mina");
      process.kill(leader, "SIGSTOP");
      mina.says("JOIN #tea");
      await server.program.sees("the leader has answered nothing for 15 seconds and is killed");
      await mina.hears(/ 366 /);
    },
    LIMIT_MS,
  );
});
