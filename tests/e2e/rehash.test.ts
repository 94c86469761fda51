import { expect, test } from "bun:test";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { startServer } from "./house.ts";
import { Folder, run, SERVER } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** Operators of the settings file, and settings that are read again. */

const PASSWORD = "kettle on the stove";

async function hashOf(folder: Folder, input: string): Promise<string> {
  const done = await run([...SERVER, "--hash-password"], { cwd: folder.path, stdin: input });
  return done.stdout.trim();
}

function settings(folder: Folder, motd: string, hash: string, more = ""): void {
  const operator = `[[operator]]\nname = "boss"\npassword-hash = "${hash}"\n`;
  writeFileSync(folder.at("sodam.toml"), `guests = true\nmotd = "${motd}"\n${more}\n${operator}`);
}

async function guest(port: number, nick: string): Promise<Stranger> {
  const stranger = await Stranger.connect(port);
  stranger.says(`NICK ${nick}`);
  stranger.says(`USER ${nick} 0 * :${nick}`);
  await stranger.hears(/ (376|422) /);
  return stranger;
}

test("--hash-password prints the hash of one line, which works with OPER", async () => {
  using folder = new Folder();
  const hash = await hashOf(folder, `${PASSWORD}\nnothing more\n`);
  expect(hash).toStartWith("$argon2id$");
  settings(folder, "First.", hash);
  await using server = await startServer(folder, ["--name", "My.Little.Server"]);
  const mina = await guest(server.port, "mina");
  mina.says("OPER boss :something else");
  await mina.hears(/^:My\.Little\.Server 464 /);
  mina.says(`OPER boss :${PASSWORD}`);
  await mina.hears(/^:My\.Little\.Server 381 /);

  settings(folder, "Second.", hash, "port = 1\nmax-connections = 5");
  mina.says("REHASH");
  await mina.hears(/NOTICE mina :max-connections changes when the server is started again/);
  await mina.hears(/NOTICE mina :The settings are in force/);
  mina.says("MOTD");
  await mina.hears(/ 372 mina :- Second\./);

  writeFileSync(folder.at("sodam.toml"), 'guests = "perhaps"');
  mina.says("REHASH");
  await mina.hears(/NOTICE mina :sodam\.toml: guests = "perhaps": must be yes or no/);
  await mina.hears(/NOTICE mina :Everything stays as it was/);

  settings(folder, "Third.", hash);
  server.program.kill("SIGHUP");
  await server.program.sees(/info: The settings are in force/);
  mina.says("MOTD");
  await mina.hears(/ 372 mina :- Third\./);
}, 60_000);

test("no certificate is made while a renewal has the files away", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  renameSync(folder.at("certs"), folder.at("old-certs"));
  server.program.kill("SIGHUP");
  await server.program.sees(
    /warn: There is no certificate in .*certs any more; the one in use stays\./,
  );
  expect(existsSync(folder.at("certs"))).toBe(false);
  renameSync(folder.at("old-certs"), folder.at("certs"));
}, 60_000);

test("an empty line is refused as a password", async () => {
  using folder = new Folder();
  const done = await run([...SERVER, "--hash-password"], { cwd: folder.path, stdin: "\n" });
  expect(done).toEqual({
    code: 2,
    stdout: "",
    stderr: "A password has 1 to 300 bytes, and no control or invisible characters.\n",
  });
});

test("a ban survives a killed server", async () => {
  using folder = new Folder();
  settings(folder, "Hello.", await hashOf(folder, PASSWORD));
  const first = await startServer(folder);
  const mina = await guest(first.port, "mina");
  mina.says(`OPER boss :${PASSWORD}`);
  mina.says("KLINE 1h jun :not today");
  await mina.hears(/NOTICE mina :jun!\*@\* is banned until /);
  first.program.kill("SIGKILL");
  await first.program.exited;
  await using second = await startServer(folder);
  const jun = await Stranger.connect(second.port);
  jun.says("NICK jun");
  jun.says("USER jun 0 * :jun");
  await jun.hears(/ 465 jun :You are banned from this server: not today/);
  await jun.closed;
}, 60_000);
