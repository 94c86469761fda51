import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { selfSigned } from "../../lib/file-manager/certificates/self-signed.ts";
import {
  guest,
  isGone,
  processesOf,
  socketOf,
  startWithGateways,
  until,
} from "./gateway-server.ts";
import { type Running, startServer } from "./house.ts";
import { Folder, run, SERVER } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** `bun server.ts --gateways N`: a supervisor, a leader, and gateways that hold the connections. */

const LIMIT_MS = 60_000;

/** Kills a process that may be gone. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
}

/** How many connections each gateway has, as the console says. */
async function connectionsByGateway(folder: Folder): Promise<number[]> {
  const { stdout } = await run([...SERVER, "admin", "status", "--json"], { cwd: folder.path });
  const { gatewayConnections } = JSON.parse(stdout) as { gatewayConnections: string };
  return gatewayConnections.split(", ").map(Number);
}

/** Connects people until each gateway has some, as the system spreads them. */
async function peopleOnAll(server: Running, folder: Folder, nick = "p"): Promise<Stranger[]> {
  const people: Stranger[] = [];
  for (;;) {
    people.push(await guest(server.port, `${nick}${people.length}`));
    const counts = await connectionsByGateway(folder);
    if (counts.length > 1 && counts.every((count) => count > 0)) return people;
  }
}

describe("people and gateways", () => {
  test(
    "people on two gateways talk, and the console says how many each has",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder);
      expect(server.program.stdout).toContain("2 gateways hold the connections.");
      const people = await peopleOnAll(server, folder);
      for (const person of people) {
        person.says("JOIN #tea");
        await person.hears(/ 366 /);
      }
      const [first, ...others] = people;
      first?.says("PRIVMSG #tea :hello from one of two");
      for (const other of others) await other.hears(/PRIVMSG #tea :hello from one of two/);
      const sum = (await connectionsByGateway(folder)).reduce((a, b) => a + b, 0);
      expect(sum).toBe(people.length);
    },
    LIMIT_MS,
  );

  test(
    "a gateway that is killed takes its people along, and no others; it is started again",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder);
      const people = await peopleOnAll(server, folder);
      const [before = 0] = (await connectionsByGateway(folder)).slice(0, 1);
      const { gateways } = processesOf(server.program.pid);
      process.kill(gateways[0] ?? 0, "SIGKILL");
      await server.program.sees("the gateway 1 ended (SIGKILL) and is started again");
      await until(() => people.filter(({ isOpen }) => !isOpen).length === before);
      for (const person of people.filter(({ isOpen }) => isOpen)) await person.isAnswered();
      await peopleOnAll(server, folder, "q");
    },
    LIMIT_MS,
  );

  test(
    "a leader that is killed is started again; nobody is disconnected, and each line is told once",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder, ["--no-flood-control"]);
      const mina = await guest(server.port, "mina");
      const jun = await guest(server.port, "jun");
      for (const person of [mina, jun]) {
        person.says("JOIN #tea");
        await person.hears(/ 366 /);
      }
      for (let n = 0; n < 3; n += 1) {
        mina.says(`PRIVMSG #tea :before ${n}`);
        process.kill(processesOf(server.program.pid).leader, "SIGKILL");
        mina.says(`PRIVMSG #tea :after ${n}`);
        await jun.hears(new RegExp(`:after ${n}$`));
      }
      const heard = jun.lines.filter((line) => line.includes(" PRIVMSG #tea "));
      expect(heard.map((line) => line.split(" :")[1])).toEqual(
        [0, 1, 2].flatMap((n) => [`before ${n}`, `after ${n}`]),
      );
    },
    LIMIT_MS,
  );
});

test(
  "the socket of gateways and leader is for the server's own user alone",
  async () => {
    using folder = new Folder();
    const server = await startWithGateways(folder);
    const socket = socketOf(processesOf(server.program.pid).leader);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(socket)).mode & 0o777).toBe(0o700);
    server.program.kill("SIGTERM");
    await server.program.exited;
    expect(existsSync(dirname(socket))).toBe(false);
  },
  LIMIT_MS,
);

describe("the end", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(
      `${signal} says good-bye to everybody, and ends all processes with code 0`,
      async () => {
        using folder = new Folder();
        await using server = await startWithGateways(folder);
        const people = await peopleOnAll(server, folder);
        const { leader, gateways } = processesOf(server.program.pid);
        server.program.kill(signal);
        for (const person of people) await person.hears(/^ERROR :The server is going down/);
        expect(await server.program.exited).toBe(0);
        expect(server.program.stdout).toContain(
          `The server is going down; ${people.length} sessions were told so.`,
        );
        for (const pid of [leader, ...gateways]) await isGone(pid);
        expect(server.program.stderr).not.toContain("started again");
      },
      LIMIT_MS,
    );
  }

  test(
    "a signal to the whole group of processes, as of Ctrl-C and systemd, is a good-bye as well",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder);
      const people = await peopleOnAll(server, folder);
      const { leader, gateways } = processesOf(server.program.pid);
      for (const pid of [...gateways, leader, server.program.pid]) process.kill(pid, "SIGTERM");
      for (const person of people) await person.hears(/^ERROR :The server is going down/);
      expect(await server.program.exited).toBe(0);
      for (const pid of [leader, ...gateways]) await isGone(pid);
    },
    LIMIT_MS,
  );

  test(
    "the port and the data folder are free when the supervisor was killed",
    async () => {
      using folder = new Folder();
      const server = await startWithGateways(folder);
      const { leader, gateways } = processesOf(server.program.pid);
      await server[Symbol.asyncDispose]();
      for (const pid of [leader, ...gateways]) await isGone(pid);
      await using again = await startServer(folder, ["--port", `${server.port}`]);
      expect(again.port).toBe(server.port);
    },
    LIMIT_MS,
  );

  test(
    "no process outlives the others, in whatever order they are killed",
    async () => {
      using folder = new Folder();
      const orders = ["slg", "sgl", "lsg", "lgs", "gsl", "gls"];
      for (const order of orders) {
        const server = await startWithGateways(folder);
        const supervisor = server.program.pid;
        const all = new Set<number>();
        for (const who of order) {
          const { leader, gateways } = processesOf(supervisor);
          for (const pid of [leader, ...gateways]) all.add(pid);
          const pid = { s: supervisor, l: leader, g: gateways[0] ?? 0 }[who] ?? 0;
          // One that is just being started again has no number yet.
          if (pid > 0) kill(pid);
        }
        for (const pid of processesOf(supervisor).gateways) all.add(pid);
        kill(supervisor);
        await server.program.exited;
        for (const pid of all) if (pid > 0) await isGone(pid);
      }
    },
    LIMIT_MS,
  );
});

describe("a start is refused", () => {
  test(
    "on a port that is taken, also by another server with gateways, which share theirs",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder);
      const more = ["--data", "other", "--host", "127.0.0.1", "--port", `${server.port}`];
      for (const args of [more, [...more, "--gateways", "2"]]) {
        const second = await run([...SERVER, ...args], { cwd: folder.path });
        expect(second).toEqual({
          code: 1,
          stdout: "",
          stderr: `Another program listens on port ${server.port} already. Stop it, or choose another port with --port.\n`,
        });
      }
    },
    LIMIT_MS,
  );

  test(
    "on a data folder that is in use, with the sentence and code of one process",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder);
      const { leader } = processesOf(server.program.pid);
      const args = ["--host", "127.0.0.1", "--port", "0", "--gateways", "2"];
      const second = await run([...SERVER, ...args], { cwd: folder.path });
      expect(second).toMatchObject({ code: 1, stdout: "" });
      expect(second.stderr).toStartWith(`Another server (process ${leader}) uses the data folder`);
      expect(second.stderr.split("\n")).toHaveLength(2);
    },
    LIMIT_MS,
  );

  test(
    "on a certificate without its key",
    async () => {
      using folder = new Folder();
      mkdirSync(folder.at("certs"));
      writeFileSync(folder.at("certs/cert.pem"), certificate().cert);
      writeFileSync(folder.at("certs/key.pem"), "");
      const args = ["--host", "127.0.0.1", "--port", "0"];
      const one = await run([...SERVER, ...args], { cwd: folder.path });
      const many = await run([...SERVER, ...args, "--gateways", "2"], { cwd: folder.path });
      expect(many).toEqual(one);
      expect(many.code).toBe(1);
    },
    LIMIT_MS,
  );
});

function certificate() {
  const [from, until] = [Date.UTC(2020, 0, 1), Date.UTC(2090, 0, 1)];
  return selfSigned({ commonName: "renewed", names: ["127.0.0.1"], use: "server", from, until });
}

/** The fingerprints that new connections are shown, over some of them. */
async function shownFingerprints(port: number): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let n = 0; n < 24; n += 1) {
    // One that comes while the port is opened anew needs a second try.
    const tried = () => shownFingerprint(port).catch(() => null);
    seen.add((await tried()) ?? (await tried()) ?? "none");
  }
  return seen;
}

function shownFingerprint(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  void Bun.connect({
    ...{ hostname: "127.0.0.1", port, tls: { rejectUnauthorized: false } },
    socket: {
      handshake(socket) {
        const { fingerprint256 } = socket.getPeerCertificate() as { fingerprint256: string };
        resolve(fingerprint256);
        socket.terminate();
      },
      data() {},
      close: () => reject(new Error("closed")),
    },
  });
  return promise;
}

let proxied = 0;

/** Whether somebody who comes by a proxy is greeted with a message of the day. */
function isProxied(port: number, motd: string): Promise<boolean> {
  proxied += 1;
  const lines = ["PROXY TCP4 192.0.2.7 192.0.2.1 1 2", `NICK n${proxied}`, "USER n 0 * :n", ""];
  return new Promise((resolve) => {
    let text = "";
    const end = () => resolve(text.includes(motd));
    const socket = {
      open: (socket: Bun.Socket) => void socket.write(lines.join("\r\n")),
      data(socket: Bun.Socket, bytes: Buffer) {
        text += bytes.toString();
        if (text.includes(" 376 ")) socket.terminate();
      },
      ...{ close: end, connectError: end },
    };
    void Bun.connect({ hostname: "127.0.0.1", port, socket }).catch(end);
  });
}

/** Resolves when a connection that just begins is ended. */
function isCutOff(port: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => resolve();
    const socket = { data() {}, close: end, connectError: end };
    void Bun.connect({ hostname: "127.0.0.1", port, socket }).catch(end);
  });
}

describe("settings and certificate", () => {
  test(
    "a renewed certificate is shown by all gateways, and one that can't be used by none",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder);
      const mina = await guest(server.port, "mina");
      const before = await shownFingerprints(server.port);
      const renewed = certificate();
      writeFileSync(folder.at("certs/cert.pem"), renewed.cert);
      server.program.kill("SIGHUP");
      await server.program.sees(/warn: .*key.*\n/);
      await server.program.sees(/info: The settings are in force/);
      expect(await shownFingerprints(server.port)).toEqual(before);

      writeFileSync(folder.at("certs/key.pem"), renewed.key);
      server.program.kill("SIGHUP");
      await server.program.sees(/in force\n(?:.*\n)*.*in force\n/);
      await mina.isAnswered();
      let after = before;
      while (after.size > 1 || after.has([...before][0] ?? "")) {
        after = await shownFingerprints(server.port);
      }
      // A gateway that is started later shows it as well.
      const killed = processesOf(server.program.pid).gateways[1] ?? 0;
      process.kill(killed, "SIGKILL");
      await isGone(killed);
      await until(() => processesOf(server.program.pid).gateways.length === 2);
      await until(async () => (await connectionsByGateway(folder)).length === 2);
      expect(await shownFingerprints(server.port)).toEqual(after);
    },
    LIMIT_MS,
  );

  test(
    "SIGHUP brings new settings to the leader and all gateways, and wrong ones change nothing",
    async () => {
      using folder = new Folder();
      writeFileSync(folder.at("sodam.toml"), 'motd = "First."\n');
      await using server = await startWithGateways(folder, [
        ...["--proxy", "127.0.0.1:0"],
        ...["--max-connections-per-address", "100"],
      ]);
      const proxyPort = Number((await server.program.sees(/Proxies connect to \S+ port (\d+)/))[1]);
      const greeting = "PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\nNICK mina\r\nUSER mina 0 * :mina\r\n";
      const viaProxy = async (): Promise<Stranger> => {
        const stranger = await Stranger.connect(proxyPort, { tls: false });
        stranger.sends(greeting);
        return stranger;
      };
      const mina = await viaProxy();
      await mina.hears(/ 372 mina :- First\./);
      mina.leaves();
      const settings = 'motd = "Second."\ntrusted-proxies = ["192.0.2.99"]\n';
      writeFileSync(folder.at("sodam.toml"), settings);
      server.program.kill("SIGHUP");
      await server.program.sees(/info: The settings are in force/);
      for (let n = 0; n < 12; n += 1) await isCutOff(proxyPort);
      await server.program.sees(/info: 127\.0\.0\.1 could not connect: not one of/);
      const jun = await guest(server.port, "jun");
      await jun.hears(/ 372 jun :- Second\./);
      // So does the owner's console, and an operator's REHASH.
      writeFileSync(folder.at("sodam.toml"), 'motd = "Third."\n');
      const reloaded = await run([...SERVER, "admin", "reload"], { cwd: folder.path });
      expect(reloaded.code).toBe(0);
      const isHeard = () => isProxied(proxyPort, "Third.");
      const tries = async () => Array.fromAsync({ length: 12 }, isHeard);
      await until(async () => (await tries()).every((isIn) => isIn));
      writeFileSync(folder.at("sodam.toml"), settings);
      server.program.kill("SIGHUP");
      await until(async () => !(await tries()).some((isIn) => isIn));

      writeFileSync(folder.at("sodam.toml"), "max-connections = perhaps\n");
      server.program.kill("SIGHUP");
      await server.program.sees(/Everything stays as it was/);
      // A gateway that dies now is started with what holds.
      process.kill(processesOf(server.program.pid).gateways[0] ?? 0, "SIGKILL");
      await server.program.sees("the gateway 1 ended (SIGKILL) and is started again");
      await until(() => processesOf(server.program.pid).gateways.length === 2);
      writeFileSync(folder.at("sodam.toml"), settings);
      await peopleOnAll(server, folder, "q");
      for (let n = 0; n < 12; n += 1) await isCutOff(proxyPort);
    },
    LIMIT_MS,
  );
});
