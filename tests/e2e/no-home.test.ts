import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { passwordOf, type Running, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder, run } from "./program.ts";
import { Pty } from "./pty.ts";
import type { Stranger } from "./stranger.ts";

/**
 * The client where its own files can't be written: a read-only home, none at all, or one of somebody else.
 */

const folder = new Folder();
let server: Running;
let mina: Stranger;

beforeAll(async () => {
  server = await startServer(folder, ["--sign-up", "open"]);
  mina = await signUp(server, "mina");
  mina.says("JOIN #ops");
  await mina.hears(/ 366 /);
  writeFileSync(folder.at("password"), `${passwordOf("mina")}\n`);
});

afterAll(async () => {
  await mina[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** No user, not even root, can make a folder in these places. */
const PLACES: readonly (readonly [string, Record<string, string>])[] = [
  ["in a place where no folder can be made", { XDG_CONFIG_HOME: "/proc/nowhere" }],
  ["below a file", { XDG_CONFIG_HOME: "/dev/null" }],
  ["in a home that doesn't exist", { XDG_CONFIG_HOME: "", HOME: "/proc/nowhere" }],
];

for (const [place, env] of PLACES) {
  const client = (link: string, ...args: readonly string[]) =>
    run([...CLIENT, link, ...args, "--account", "mina", "--password-file", folder.at("password")], {
      cwd: folder.path,
      env,
    });

  test(`send, tail and export work with a password and a link where the files would be ${place}`, async () => {
    const link = serverLink(server);
    expect(await client(link, "send", "#ops", "deployed")).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    await mina.hears(/PRIVMSG #ops :?deployed/);
    const exported = await client(link, "export", "#ops", "--format", "jsonl");
    expect(exported).toMatchObject({ code: 0, stderr: "" });
    expect(exported.stdout).toContain("deployed");
  });

  test(`without a fingerprint, send says which link has one where the files would be ${place}`, async () => {
    const { code, stderr } = await client(`127.0.0.1:${server.port}`, "send", "#ops", "no");
    expect(code).toBe(3);
    expect(stderr).toContain(server.fingerprint);
    expect(stderr).toContain('send "#ops"');
  });
}

test("send with a password makes no file of its own", async () => {
  const config = folder.at("empty-config");
  const args = ["send", "#ops", "quietly", "--account", "mina"];
  const password = ["--password-file", folder.at("password")];
  const sent = await run([...CLIENT, serverLink(server), ...args, ...password], {
    cwd: folder.path,
    env: { XDG_CONFIG_HOME: config },
  });
  expect(sent.code).toBe(0);
  // The fingerprint of the link is remembered, as for everybody.
  expect(readdirSync(`${config}/sodam`)).toEqual(["known-servers.json"]);
});

test("without a password, send says that the device's certificate can't be made", async () => {
  const { code, stderr } = await run(
    [...CLIENT, serverLink(server), "send", "#ops", "no", "--account", "mina"],
    { cwd: folder.path, env: { XDG_CONFIG_HOME: "/proc/nowhere" } },
  );
  expect(code).toBe(2);
  expect(stderr).toContain("--password-file");
});

test("the chat works where nothing can be written, and says once that nothing is remembered", async () => {
  const env = { XDG_CONFIG_HOME: "/proc/nowhere", LC_ALL: "C.UTF-8" };
  const chat = new Pty([...CLIENT, `127.0.0.1:${server.port}`, "--account", "mina"], env);
  chat.resize(300, 50);
  const { unsaved, firstContact, menu, logIn, receipts, rooms } = wordsFor("en");
  try {
    await chat.sees(unsaved.notice("/proc/nowhere/sodam", unsaved["no-folder"]));
    await chat.sees(firstContact.ask);
    chat.type("\r");
    await chat.sees(menu.logIn);
    chat.type("\r");
    await chat.sees(logIn.account);
    chat.type("\r");
    await chat.sees(logIn.password);
    chat.type(`${passwordOf("mina")}\r`);
    // No question whether to remember the log-in: that can't be.
    await chat.sees(receipts.ask);
    chat.type("\r");
    await chat.sees(rooms.title("mina"));
    expect(chat.rows().join("\n")).not.toContain(logIn.remember);
  } finally {
    chat.end();
  }
});
