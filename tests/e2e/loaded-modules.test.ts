import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { en } from "../../lib/app/i18n/en.ts";
import { processesOf, startWithGateways } from "./gateway-server.ts";
import { startServer } from "./house.ts";
import { CLIENT, Folder, ROOT, SERVER } from "./program.ts";
import { Pty } from "./pty.ts";

/** What the processes of a server load, and the client, as they say when they end. */

/** Modules of ours that the client may load before its first question: each takes about half a millisecond. */
const FIRST_MENU_MODULES_MAX = 112;

/** A program's command that writes the files that it loaded, one for each process. */
function telling(folder: Folder, [bun, script]: readonly [string, string]): string[] {
  writeFileSync(
    folder.at("preload.ts"),
    `import { writeFileSync } from "node:fs";
     process.on("exit", () =>
       writeFileSync(${JSON.stringify(folder.at("loaded-"))} + process.pid,
         Object.keys(require.cache).join("\\n")));`,
  );
  return [bun, "--preload", folder.at("preload.ts"), script];
}

/** The files of lib that a process loaded, by their paths within it. */
function loadedFiles(folder: Folder, pid: number): string[] {
  const paths = readFileSync(folder.at(`loaded-${pid}`), "utf8").split("\n");
  const own = paths.filter((path) => path.startsWith(`${ROOT}/lib/`));
  return own.map((path) => path.slice(ROOT.length + 5));
}

/** The folders of lib from which a process loaded something. */
function loadedFolders(folder: Folder, pid: number): Set<string> {
  return new Set(loadedFiles(folder, pid).map((path) => path.split("/")[0] ?? ""));
}

test("one process loads nothing of lib/cluster, nor the owner's tasks and console", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, [], telling(folder, SERVER));
  server.program.kill("SIGTERM");
  await server.program.exited;
  const loaded = loadedFolders(folder, server.program.pid);
  expect(loaded).toContain("chat-server");
  expect(loaded).not.toContain("cluster");
  expect(loaded).not.toContain("admin");
  const text = readFileSync(folder.at(`loaded-${server.program.pid}`), "utf8");
  expect(text).not.toContain("maintenance");
}, 60_000);

test("a gateway loads nothing of the conversation and its files, a supervisor neither", async () => {
  using folder = new Folder();
  await using server = await startWithGateways(folder, [], telling(folder, SERVER));
  const { gateways } = processesOf(server.program.pid);
  server.program.kill("SIGTERM");
  await server.program.exited;
  for (const pid of [server.program.pid, ...gateways]) {
    const loaded = loadedFolders(folder, pid);
    expect(loaded).toContain("cluster");
    expect(loaded).not.toContain("chat-server");
    expect(loaded).not.toContain("member-server");
  }
}, 60_000);

test("before its first question the client loads its settings, files and menu, and nothing of the chat", async () => {
  using folder = new Folder();
  const client = new Pty([...telling(folder, CLIENT), "--lang", "en"], {
    ...{ XDG_CONFIG_HOME: folder.path, HOME: folder.path },
  });
  client.resize(100, 30);
  await client.sees(en.menu.askServer);
  client.kill("SIGTERM");
  await client.exited;
  client.end();
  const loaded = loadedFiles(folder, client.pid);
  expect(loaded.length).toBeLessThanOrEqual(FIRST_MENU_MODULES_MAX);
  const folders = new Set(loaded.map((path) => dirname(path)));
  expect([...folders].sort()).toEqual([
    ...["app", "app/chat-screen/keys", "app/connection", "app/i18n", "app/menu", "app/saved"],
    ...["app/servers", "app/slash", "chat-client"],
    ...["file-manager/certificates", "file-manager/client", "file-manager/disk", "member-client"],
    ...["protocol", "protocol/wire", "settings", "terminal", "transport"],
  ]);
  const few = loaded.filter((path) => /^(?:chat-client|app\/slash|app\/servers)\//.test(path));
  expect(few.sort()).toEqual([
    ...["app/servers/open-servers.ts", "app/slash/alias.ts", "app/slash/slash-command.ts"],
    "chat-client/server-names.ts",
  ]);
}, 60_000);
