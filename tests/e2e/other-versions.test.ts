import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { en } from "../../lib/app/i18n/en.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { guest, isGone, processesOf, startWithGateways, until } from "./gateway-server.ts";
import { passwordOf, pipe, type Running, signUp } from "./house.ts";
import { Folder, ROOT, run, SERVER } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** Gateways and leaders of other versions, as programs/other-version.ts makes them, with each other. */

const LIMIT_MS = 90_000;
const PRELOAD = join(ROOT, "tests/e2e/programs/other-version.ts");

type Version = "older" | "current" | "newer" | "too new";

/** A server whose processes are of the versions that its file says when they start. */
class MixedServer {
  readonly folder = new Folder();
  readonly #file = this.folder.at("versions.json");
  running: Running | null = null;

  async start(versions: Readonly<Record<string, Version>>): Promise<Running> {
    this.become(versions);
    // The program's own variables are of the process that tests run in.
    const command = ["env", `OTHER_VERSIONS=${this.#file}`, SERVER[0], "--preload", PRELOAD];
    this.running = await startWithGateways(
      this.folder,
      ["--sign-up", "open"],
      [...command, SERVER[1]],
    );
    return this.running;
  }

  /** Processes that start from now on are of these versions. */
  become(versions: Readonly<Record<string, Version>>): void {
    writeFileSync(this.#file, JSON.stringify(versions));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running?.[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

/** Logs in by SASL, half of it before something happens and half of it after. */
async function logsInAround(
  { port }: Running,
  name: string,
  happens: () => Promise<void>,
): Promise<Stranger> {
  const phone = await Stranger.connect(port);
  phone.sends("CAP LS 302\r\nCAP REQ :sasl\r\nNICK phone\r\nUSER phone 0 * :phone\r\n");
  phone.says("AUTHENTICATE PLAIN");
  await phone.hears(/^AUTHENTICATE \+/);
  await happens();
  for (const piece of encodePlain(name, passwordOf(name))) phone.says(`AUTHENTICATE ${piece}`);
  await phone.hears(/ 903 /);
  phone.says("CAP END");
  await phone.hears(/ (376|422) /);
  return phone;
}

function upgrade(folder: Folder, ...words: readonly string[]): ReturnType<typeof run> {
  return run([...SERVER, "upgrade", ...words], { cwd: folder.path, env: { LANG: "C" } });
}

async function killLeader({ program }: Running): Promise<void> {
  const { leader } = processesOf(program.pid);
  process.kill(leader, "SIGKILL");
  await isGone(leader);
}

/** Two people, and what they have told each other. */
class Dialogue {
  readonly #people: readonly [Stranger, Stranger];
  #said: string[] = [];

  constructor(...people: readonly [Stranger, Stranger]) {
    this.#people = people;
  }

  /** Each says a line in two pieces, around something that happens, and hears the other's. */
  async goesOn(text: string, happens: () => Promise<unknown> = async () => {}): Promise<void> {
    const [mina, jun] = this.#people;
    mina.sends(`PRIVMSG #tea :${text} by `);
    await happens();
    mina.sends("mina\r\n");
    jun.says(`PRIVMSG #tea :${text} by jun`);
    await jun.hears(new RegExp(` :${text} by mina$`));
    await mina.hears(new RegExp(` :${text} by jun$`));
    this.#said.push(text);
  }

  /** Nobody was disconnected, and each line was heard once and in order. */
  isComplete(): void {
    for (const [person, other] of [
      [this.#people[0], "jun"],
      [this.#people[1], "mina"],
    ] as const) {
      const heard = person.lines.filter((line) => line.includes(`:${other}!`));
      const texts = heard.flatMap((line) => / PRIVMSG #tea :(.*)$/.exec(line)?.[1] ?? []);
      expect(texts).toEqual(this.#said.map((text) => `${text} by ${other}`));
      expect(person.isOpen).toBe(true);
    }
  }
}

describe("gateways and leaders of two versions", () => {
  for (const [gateway, leader, next] of [
    ["older", "current", "newer"],
    ["older", "newer", "current"],
    ["current", "older", "current"],
    ["newer", "current", "older"],
    ["newer", "older", "newer"],
  ] as const satisfies readonly (readonly Version[])[]) {
    test(
      `${gateway} gateways, and a leader that is ${leader} and then ${next}, serve people without a break`,
      async () => {
        await using mixed = new MixedServer();
        const server = await mixed.start({ gateway, leader });
        await using mina = await signUp(server, "mina");
        const jun = await guest(server.port, "jun");
        for (const person of [mina, jun]) {
          person.says("JOIN #tea");
          await person.hears(/ 366 /);
        }
        const talk = new Dialogue(mina, jun);
        await talk.goesOn("at first");
        const killing = () => killLeader(server);
        await talk.goesOn("after a kill", killing);
        mixed.become({ gateway, leader: next });
        const phone = await logsInAround(server, "mina", async () => {
          await talk.goesOn("after an upgrade", async () => {
            expect(await upgrade(mixed.folder)).toMatchObject({ code: 0, stderr: "" });
          });
        });
        await talk.goesOn("after another kill", killing);
        talk.isComplete();
        phone.says("PRIVMSG #tea :from the phone");
        await jun.hears(/:mina!\S+ PRIVMSG #tea :from the phone$/);
        mixed.become({ leader: next, gateway: "current" });
        const others = await upgrade(mixed.folder, "--gateways");
        expect(others.stdout).toContain("New gateways take new connections.");
        const late = await guest(server.port, "late");
        late.says("JOIN #tea");
        await late.hears(/ 366 /);
        late.says("PRIVMSG #tea :hello");
        for (const person of [mina, jun, phone])
          await person.hears(/:late!\S+ PRIVMSG #tea :hello$/);
        const { gateways } = processesOf(server.program.pid);
        expect(gateways.length).toBeGreaterThan(2);
        for (const person of [mina, jun, phone]) person.leaves();
        await until(() => processesOf(server.program.pid).gateways.length === 2);
        await late.isAnswered();
        const { stderr } = server.program;
        for (const started of [
          `gateway is ${gateway}`,
          `leader is ${leader}`,
          `leader is ${next}`,
        ]) {
          expect(stderr).toContain(`this ${started}\n`);
        }
        expect(stderr).not.toMatch(/can't be read|other-version/);
      },
      LIMIT_MS,
    );
  }

  test.each([
    { gateway: "older", leader: "current" },
    { gateway: "current", leader: "older" },
  ] as const)(
    "who sends or fetches a file with gateways and a leader of which one has none is told so at once: $gateway, $leader",
    async (versions) => {
      await using mixed = new MixedServer();
      const server = await mixed.start(versions);
      await using mina = await signUp(server, "mina");
      mina.says("JOIN #tea");
      await mina.hears(/ 366 /);
      writeFileSync(mixed.folder.at("list.txt"), "tea and cakes");
      for (const words of [
        ["send", "#tea", "our cakes", "--file", "list.txt"],
        ["get", "k3k3k3k3k3k3k3k3", "-o", "got.txt"],
      ]) {
        const { code, stderr } = await pipe(server, mixed.folder, "mina", words);
        expect(code).toBe(1);
        expect(stderr).toContain(
          words[0] === "get" && versions.leader === "current"
            ? en.failures.UNKNOWN_FILE("")
            : en.failures.FILES_OFF(""),
        );
      }
      expect(mina.lines.join("\n")).not.toContain("our cakes");
      await mina.isAnswered();
    },
    LIMIT_MS,
  );

  test(
    "who asks an older leader that has taken over for a file is answered, too",
    async () => {
      await using mixed = new MixedServer();
      const server = await mixed.start({});
      await using mina = await signUp(server, "mina");
      mina.says("CAP REQ :sodam.chat/files");
      await mina.hears(/ ACK /);
      mixed.become({ leader: "older" });
      expect((await upgrade(mixed.folder)).code).toBe(0);
      mina.says("FILE FETCH k3k3k3k3k3k3k3k3");
      await mina.hears(/ 421 mina FILE :/);
      await using put = await Stranger.connect(server.port);
      put.says("FILE PUT t0k3n 0");
      await put.hears(/ 451 /);
    },
    LIMIT_MS,
  );

  test(
    "a version that can't read the log doesn't take over, and says so; that which can goes on with all of it",
    async () => {
      await using mixed = new MixedServer();
      const server = await mixed.start({ leader: "too new" });
      const people = [await guest(server.port, "mina"), await guest(server.port, "jun")] as const;
      for (const person of people) {
        person.says("JOIN #tea");
        await person.hears(/ 366 /);
      }
      const talk = new Dialogue(...people);
      await talk.goesOn("at first");
      mixed.become({ leader: "current" });
      const failed = await upgrade(mixed.folder);
      expect(failed).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("the old one goes on"),
      });
      expect(server.program.stderr).toContain("A newer version wrote the log");
      await talk.goesOn("after that");
      await talk.goesOn("after a kill", async () => {
        await killLeader(server);
        await server.program.sees(/A newer version wrote the log .* Start that version on this/);
        mixed.become({ leader: "too new" });
      });
      talk.isComplete();
    },
    LIMIT_MS,
  );
});
