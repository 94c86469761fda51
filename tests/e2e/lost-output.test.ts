import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { passwordOf, type Running, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder, Program, run, SERVER } from "./program.ts";

/**
 * What a server or a client prints may be lost in every way that a shell knows: the server serves on, and a
 * command ends as Unix tools do.
 */

const hasBash = Bun.which("bash") !== null;
const hasFullDevice = existsSync("/dev/full");
const TRACED = ["--sign-up", "open", "--log-level", "debug", "--no-flood-control"];

/** The server with its log (or more) directed elsewhere, as bash writes it. */
function directed(redirection: string): readonly string[] {
  return ["bash", "-c", `exec "$@" ${redirection}`, "bash", ...SERVER];
}

/** Two people talk, once both are there: each line of theirs is a line of the trace. */
async function talk(server: Running, lines = 20, onceThere = () => {}): Promise<void> {
  await using mina = await signUp(server, "mina");
  await using jun = await signUp(server, "jun");
  for (const person of [mina, jun]) {
    person.says("JOIN #tea");
    await person.hears(/ 366 /);
  }
  onceThere();
  for (let line = 0; line < lines; line += 1) mina.says(`PRIVMSG #tea :${"x".repeat(300)} ${line}`);
  mina.says("PRIVMSG #tea :the last");
  await jun.hears(/the last$/);
}

async function endsWell(server: Running): Promise<void> {
  server.program.kill("SIGHUP");
  server.program.kill("SIGTERM");
  expect(await server.program.exited).toBe(0);
}

test.if(hasBash && hasFullDevice)("a log on a full disk costs nobody a message", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, TRACED, directed("2>/dev/full"));
  await talk(server);
  await endsWell(server);
});

test.if(hasBash)("a log whose reader is gone costs nobody a message", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, TRACED, directed("2> >(exec true)"));
  await talk(server);
  await endsWell(server);
});

test.if(hasBash)("a log that nobody may write costs nobody a message", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, TRACED, directed("2>&-"));
  await talk(server);
  await endsWell(server);
});

test.if(hasBash && Bun.which("tail") !== null)(
  "a log whose reader takes nothing holds nobody up",
  async () => {
    using folder = new Folder();
    // It ends with the server, whose number is the shell's.
    const reader = "2> >(exec tail -f /dev/null --pid=$$)";
    await using server = await startServer(folder, TRACED, directed(reader));
    // More than a pipe holds.
    await talk(server, 600);
    await endsWell(server);
  },
);

/** A server on a terminal. */
async function onTerminal(folder: Folder) {
  let shown = "";
  let look = (): void => {};
  const child = Bun.spawn(
    [...[...SERVER, "--host", "127.0.0.1", "--port", "0", "--password-cost", "test", ...TRACED]],
    {
      cwd: folder.path,
      terminal: {
        cols: 200,
        rows: 24,
        data(_terminal, bytes) {
          shown += Buffer.from(bytes).toString("utf8");
          look();
        },
      },
    },
  );
  const port = await new Promise<number>((resolve) => {
    look = () => {
      const match = /listening on \S+ port (\d+)/.exec(shown);
      if (match !== null) resolve(Number(match[1]));
    };
    look();
  });
  const { terminal } = child;
  if (terminal === undefined) throw new Error("there is no terminal");
  const server = { port, invitation: null } as Running;
  return {
    ...{ server, child, terminal },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

test("a server whose terminal is gone serves on", async () => {
  using folder = new Folder();
  await using running = await onTerminal(folder);
  const { server, child, terminal } = running;
  await talk(server, 20, () => terminal.close());
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
});

test.if(process.platform === "linux")("a stopped terminal (Ctrl-S) holds nobody up", async () => {
  using folder = new Folder();
  await using running = await onTerminal(folder);
  const { server, child, terminal } = running;
  terminal.write("\x13");
  await talk(server, 600);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  terminal.close();
});

async function isListening(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}

test.if(hasFullDevice)("a start whose own lines are lost goes on", async () => {
  using folder = new Folder();
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = probe;
  probe.stop(true);
  const args = ["--host", "127.0.0.1", "--port", `${port}`, ...TRACED];
  const command = ["bash", "-c", 'exec "$@" >/dev/full', "bash", ...SERVER, ...args];
  await using program = new Program(command, { cwd: folder.path });
  // Its last step before it listens.
  await program.sees(/debug: settings/);
  while (!(await isListening(port)));
  await talk({ port, invitation: null } as Running);
  program.kill("SIGTERM");
  expect(await program.exited).toBe(0);
});

test.if(hasBash)("a command whose reader has enough ends quietly", async () => {
  using folder = new Folder();
  for (const command of [SERVER, CLIENT]) {
    const piped = ["bash", "-c", 'set -o pipefail; "$@" --help | true', "bash", ...command];
    const { code, stderr } = await run(piped, { cwd: folder.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  }
});

test.if(hasBash && hasFullDevice)("a command whose output is lost says why", async () => {
  using folder = new Folder();
  for (const command of [SERVER, CLIENT]) {
    const lost = ["bash", "-c", '"$@" --help >/dev/full', "bash", ...command];
    const { code, stderr } = await run(lost, { cwd: folder.path });
    expect(stderr).toBe("Standard output cannot be written: the disk is full.\n");
    expect(code).toBe(1);
  }
});

test.if(hasBash && hasFullDevice)("a tail onto a full disk fails with the reason", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, TRACED);
  await using mina = await signUp(server, "mina");
  mina.says("JOIN #tea");
  await mina.hears(/ 366 /);
  mina.says("PRIVMSG #tea :hello");
  await mina.isAnswered();
  const words = [serverLink(server), "tail", "#tea", "--account", "mina", "--lang", "en"];
  const options = { cwd: folder.path, env: { SODAM_PASSWORD: passwordOf("mina") } };
  const command = ["bash", "-c", 'exec "$@" >/dev/full', "bash", ...CLIENT, ...words];
  const { code, stderr } = await run(command, options);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: "Standard output couldn't be written: the disk is full.\n",
  });
});
