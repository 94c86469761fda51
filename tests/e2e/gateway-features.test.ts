import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { clientCertificate } from "../../lib/file-manager/certificates/certificates.ts";
import { guest, processesOf, startWithGateways, until } from "./gateway-server.ts";
import { type Running, startServer } from "./house.ts";
import { Folder, Program, run, SERVER } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** What lives at the transport, over gateways as in one process. */

const LIMIT_MS = 60_000;

function onBoth(
  name: string,
  play: (server: Running, folder: Folder) => Promise<unknown>,
  args: string[],
) {
  test(
    `${name}, with gateways as without`,
    async () => {
      using folder = new Folder();
      await using one = await startServer(folder, [...args, "--guests"]);
      using otherFolder = new Folder();
      await using many = await startWithGateways(otherFolder, args);
      expect(await play(many, otherFolder)).toEqual(await play(one, folder));
    },
    LIMIT_MS,
  );
}

describe("limits and certificates", () => {
  onBoth(
    "an address has so many connections in all",
    async ({ plainPort }) => {
      const people: Stranger[] = [];
      const refused: Stranger[] = [];
      for (let n = 0; n < 12; n += 1) {
        const stranger = await Stranger.connect(plainPort ?? 0, { tls: false });
        stranger.says(`NICK g${n}`);
        stranger.says(`USER g${n} 0 * :g`);
        const line = await stranger.hears(/ (376|422) |^ERROR /);
        (line.startsWith("ERROR") ? refused : people).push(stranger);
      }
      const sentences = await Promise.all(refused.map((stranger) => stranger.hears(/^ERROR/)));
      for (const person of people) await person.isAnswered();
      return { count: people.length, sentences: new Set(sentences) };
    },
    ["--plain", "127.0.0.1:0", "--max-connections-per-address", "8"],
  );

  onBoth(
    "the server has so many connections in all",
    async ({ plainPort }) => {
      const people: Stranger[] = [];
      for (let n = 0; n < 6; n += 1) people.push(await guest(plainPort ?? 0, `g${n}`, false));
      const sentences: string[] = [];
      for (let n = 0; n < 6; n += 1) {
        const stranger = await Stranger.connect(plainPort ?? 0, { tls: false });
        sentences.push(await stranger.hears(/^ERROR/));
        await stranger.closed;
      }
      for (const person of people) await person.isAnswered();
      return sentences;
    },
    // A quarter of the places is for members alone.
    ["--plain", "127.0.0.1:0", "--max-connections", "8"],
  );

  onBoth(
    "a proxy that asks for itself, as for a health check, has no limit of its address",
    async ({ program }) => {
      const [, port] = await program.sees(/Proxies connect to \S+ port (\d+)/);
      const checks = Array.from({ length: 12 }, async () => {
        const check = await Stranger.connect(Number(port), { tls: false });
        check.sends("PROXY UNKNOWN\r\nNICK check\r\n");
        check.says("PING a");
        check.says("CAP LS 302");
        await check.hears(/ CAP \S+ LS /);
        return check;
      });
      const all = await Promise.all(checks);
      return all.filter(({ isOpen }) => isOpen).length;
    },
    ["--proxy", "127.0.0.1:0", "--max-connections-per-address", "4"],
  );

  onBoth(
    "a client's certificate is known",
    async ({ port }, folder) => {
      const certificate = clientCertificate(folder.at("laptop"), "laptop");
      if ("refused" in certificate) throw new Error(certificate.refused);
      const mina = await Stranger.connect(port, { certificate });
      mina.says("NICK mina");
      mina.says("USER mina 0 * :mina");
      mina.says("WHOIS mina");
      const line = await mina.hears(/ 276 /);
      return line.endsWith(certificate.fingerprint);
    },
    [],
  );

  onBoth(
    "a refused handshake is one line of the log",
    async ({ port, program }) => {
      const stranger = await Stranger.connect(port, { tls: false });
      stranger.says("NICK mina");
      await stranger.closed;
      await program.sees(/could not connect: .*\n/);
      await (await guest(port, "mina")).isAnswered();
      return program.stderr.split("\n").map((line) => line.replace(/^\S+ /, ""));
    },
    ["--max-connections", "100"],
  );

  onBoth(
    "the number of a room's members has no bound but the server's",
    async ({ plainPort }) => {
      const people = await Promise.all(
        Array.from({ length: 100 }, (_, n) => guest(plainPort ?? 0, `nick-${n}`, false)),
      );
      for (const person of people) person.says("JOIN #tea");
      for (const person of people) await person.hears(/ 366 /);
      const [first] = people;
      const from = first?.lines.length ?? 0;
      for (let n = 0; n < 100; n += 1) first?.says("NAMES #tea");
      first?.says("PING end");
      await first?.hears(/PONG .*end/, from);
      return first?.lines.slice(from).filter((line) => / 366 /.test(line)).length;
    },
    ["--plain", "127.0.0.1:0", "--no-flood-control"],
  );
});

describe("messages", () => {
  onBoth(
    "with --fsync always people hear what is on disk, in order",
    async ({ plainPort }) => {
      const mina = await guest(plainPort ?? 0, "mina", false);
      const jun = await guest(plainPort ?? 0, "jun", false);
      for (const person of [mina, jun]) {
        person.says("JOIN #tea");
        await person.hears(/ 366 /);
      }
      for (let n = 0; n < 20; n += 1) mina.says(`PRIVMSG #tea :line ${n}`);
      await jun.hears(/:line 19$/);
      return jun.lines.filter((line) => / PRIVMSG /.test(line)).map((line) => line.split(" :")[1]);
    },
    ["--plain", "127.0.0.1:0", "--fsync", "always", "--no-flood-control"],
  );
});

describe("a process that hangs", () => {
  test(
    "holds up nobody else when it is a gateway, and nobody is lost when it is the leader",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder);
      const { gateways, leader } = processesOf(server.program.pid);
      process.kill(gateways[0] ?? 0, "SIGSTOP");
      // Connections that the system gives to the hanging one wait.
      const tries = Array.from({ length: 16 }, (_, n) => guest(server.port, `g${n}`));
      const mina = await Promise.any(tries);
      await mina.isAnswered();
      process.kill(gateways[0] ?? 0, "SIGCONT");
      const people = await Promise.all(tries);
      process.kill(leader, "SIGSTOP");
      for (const person of people) person.says("JOIN #tea");
      process.kill(leader, "SIGCONT");
      for (const person of people) await person.hears(/ 366 /);
    },
    LIMIT_MS,
  );
});

describe("what the owner has", () => {
  test(
    "metrics count what the gateways read and write, and have each of them",
    async () => {
      using folder = new Folder();
      const file = folder.at("sodam.prom");
      await using server = await startWithGateways(folder, [
        ...["--metrics-file", file, "--metrics-seconds", "1"],
      ]);
      const mina = await guest(server.port, "mina");
      await mina.isAnswered();
      const value = (name: string): number => {
        const text = existsSync(file) ? readFileSync(file, "utf8") : "";
        const line = text.split("\n").find((each) => each.startsWith(`${name} `));
        return Number(line?.slice(name.length + 1) ?? 0);
      };
      await until(() => value("sodam_received_bytes_total") > 20);
      await until(() => value("sodam_sent_bytes_total") > 1000);
      await until(() => value("sodam_lines_sent_total") > 10);
      await until(
        () =>
          value('sodam_gateway_connections{gateway="1"}') +
            value('sodam_gateway_connections{gateway="2"}') ===
          1,
      );
      await until(() => value('sodam_gateway_memory_bytes{gateway="2"}') > 1 << 20);
      await until(() => value("sodam_log_records") > 0 && value("sodam_log_bytes") > 0);
      expect(readFileSync(file, "utf8")).toContain(
        'sodam_gateway_loop_delay_seconds{gateway="1",value="max"}',
      );
    },
    LIMIT_MS,
  );

  test(
    "a start with standard input closed, or nothing in it, runs on",
    async () => {
      using folder = new Folder();
      for (const redirect of ["<&-", "</dev/null"]) {
        const flags = "--host 127.0.0.1 --port 0 --plain 127.0.0.1:0 --proxy 127.0.0.1:0";
        const line = `exec ${SERVER.join(" ")} ${flags} --gateways 2 --guests ${redirect}`;
        await using program = new Program(["sh", "-c", line], { cwd: folder.path });
        const [, port] = await program.sees(/Plain text on \S+ port (\d+)/);
        await program.sees(/Proxies connect to/);
        await program.sees(/\n {2}bun client/);
        const mina = await guest(Number(port), "mina", false);
        await mina.isAnswered();
        program.kill("SIGTERM");
        expect(await program.exited).toBe(0);
      }
    },
    LIMIT_MS,
  );

  test(
    "doctor, backup and --check see a server with gateways as any other",
    async () => {
      using folder = new Folder();
      await using server = await startWithGateways(folder);
      const { leader } = processesOf(server.program.pid);
      const check = await run([...SERVER, "--check", "--gateways", "2"], { cwd: folder.path });
      expect(check.stdout).toContain(`A server (process ${leader}) uses`);
      const backup = await run([...SERVER, "backup", folder.at("b")], { cwd: folder.path });
      expect(backup).toMatchObject({ code: 0, stderr: "" });
      const doctor = await run([...SERVER, "doctor"], { cwd: folder.path });
      expect(doctor.code).toBe(0);
    },
    LIMIT_MS,
  );
});
