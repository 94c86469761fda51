import { expect, test } from "bun:test";
import { cpSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { guest, processesOf, startWithGateways } from "./gateway-server.ts";
import { passwordOf, serverLink, signUp, startServer } from "./house.ts";
import { Folder, ROOT, run } from "./program.ts";
import { usesScripts } from "./script-folder.ts";
import type { Stranger } from "./stranger.ts";

/** Binaries that stand alone, in a folder with nothing of theirs in it. */

test("the server's binary starts in somebody's folder, and the client's binary connects to it", async () => {
  using built = new Folder();
  const [server, client] = await Promise.all([build(built, "server"), build(built, "client")]);
  using folder = new Folder();
  // What somebody left there must not run in it.
  writeFileSync(folder.at("bunfig.toml"), 'preload = ["./left-there.ts"]\n');
  writeFileSync(folder.at("left-there.ts"), "process.exit(99);\n");
  writeFileSync(folder.at(".env"), "SODAM_LINK=sodam://left-there.example\n");
  await using running = await startServer(folder, ["--sign-up", "open"], [server]);
  // It names the client's binary beside it, and not a script that isn't there.
  expect(running.program.stdout).toContain(`\n  ./sodam-client ${running.link}\n`);
  await using mina = await signUp(running, "mina");
  mina.says("JOIN #ops");
  await mina.hears(/ 366 /);

  const options = {
    cwd: folder.path,
    env: { SODAM_PASSWORD: passwordOf("mina") },
    stdin: "배포 완료\n",
  };
  const help = await run([client, "--help"], options);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  expect(help.stdout).toContain("send ROOM [TEXT]");
  expect(help.stdout).toStartWith("Usage: ./sodam-client [HOST");
  const unknown = await run(
    [client, `127.0.0.1:${running.port}`, "send", "#ops", "x", "--account", "mina"],
    options,
  );
  expect(unknown.stderr).toContain(
    `\n  ./sodam-client --account mina ${serverLink(running)} send "#ops"\n`,
  );
  const serverTexts = await run([server, "--help"], options);
  expect(serverTexts.stdout).toStartWith("Usage: ./sodam-server [--SETTING");
  const args = [serverLink(running), "send", "#ops", "--account", "mina"];
  const sent = await run([client, ...args], options);
  expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
  await mina.hears(/PRIVMSG #ops :배포 완료/);
  // Searches have a thread, which is a file of its own.
  mina.says("CAP REQ :soju.im/search batch message-tags sodam.chat/files");
  mina.says("SEARCH text=완료");
  await mina.hears(/BATCH \+\S+ soju\.im\/search/);
  await mina.hears(/PRIVMSG #ops :배포 완료/);
  // So does the thread of files.
  await sendsFile(running.port, mina, Buffer.from("완료"));
  // Scripts are files outside of the binary, which runs them as they are.
  await usesScripts(running, folder, [client], Buffer.from("ops").toString("base64url"));
  running.program.kill("SIGTERM");
  expect(await running.program.exited).toBe(0);

  // A supervisor starts its own program again.
  await using spread = await startWithGateways(folder, [], [server]);
  await (await guest(spread.port, "jun")).isAnswered();
  expect(processesOf(spread.program.pid).gateways).toHaveLength(2);
  // A binary that is put in its place is the one that runs after an upgrade; people stay connected.
  const mun = await guest(spread.port, "mun");
  const { leader } = processesOf(spread.program.pid);
  cpSync(server, built.at("newer"));
  renameSync(built.at("newer"), server);
  const upgraded = await run([server, "upgrade"], { cwd: folder.path, env: { LANG: "C" } });
  expect(upgraded).toMatchObject({ code: 0, stdout: expect.stringContaining("was replaced in") });
  await mun.isAnswered();
  const newer = processesOf(spread.program.pid).leader;
  expect(newer).not.toBe(leader);
  expect(statSync(`/proc/${newer}/exe`).ino).toBe(statSync(server).ino);
  spread.program.kill("SIGTERM");
  expect(await spread.program.exited).toBe(0);
}, 60_000);

test("the build of a clone installs the packages first", async () => {
  using clone = new Folder();
  for (const part of ["package.json", "bun.lock", "bunfig.toml", ".ci"]) {
    cpSync(join(ROOT, part), clone.at(part), { recursive: true });
  }
  // A system that isn't built for: what comes before is what this is about.
  const build = await run([process.execPath, "run", "build", "amiga"], { cwd: clone.path });
  expect(build).toMatchObject({ code: 2, stderr: expect.stringContaining("Unknown: amiga") });
  expect(existsSync(clone.at("node_modules", "unhomoglyph", "data.json"))).toBe(true);
}, 60_000);

/** Sends a file over a connection of its own. */
async function sendsFile(port: number, sender: Stranger, bytes: Buffer): Promise<void> {
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  const tag = `size=${bytes.length},sha256=${sha256},type=text/plain,name=done.txt`;
  sender.says(`@sodam.chat/file=${tag} FILE SEND #ops`);
  const [, token] = / FILE GRANT \S+ (\S+) /.exec(await sender.hears(/ FILE GRANT /)) ?? [];
  const ended = Promise.withResolvers<string>();
  let received = "";
  const socket = await Bun.connect({
    ...{ hostname: "127.0.0.1", port, tls: { rejectUnauthorized: false } },
    socket: {
      handshake: (socket) => void socket.write(`FILE PUT ${token} 0\r\n`),
      data(socket, chunk) {
        received += chunk.toString();
        if (received.endsWith(" FILE READY 0\r\n")) socket.write(bytes);
      },
      close: () => ended.resolve(received),
    },
  });
  expect(await ended.promise).toMatch(/ FILE DONE \S+\r\n$/);
  socket.terminate();
}

/** As .ci/build.ts does, for the system that this runs on. */
async function build(folder: Folder, script: string): Promise<string> {
  const out = folder.at(`sodam-${script}`);
  const builder = readFileSync(join(ROOT, ".ci/build.ts"), "utf8");
  const flags = builder.match(/--(?:compile|minify|no-compile-autoload-[a-z-]+)(?= )/g) ?? [];
  const command = [
    process.execPath,
    "build",
    ...flags,
    join(ROOT, `${script}.ts`),
    // Threads are files of their own.
    ...(script === "server" ? (builder.match(/(?<=")\.\/lib\/[^"]+(?=")/g) ?? []) : []),
    "--outfile",
    out,
  ];
  const { code, stderr } = await run(command, { cwd: ROOT });
  expect(code, stderr).toBe(0);
  return out;
}
