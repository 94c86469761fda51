import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { processesOf, startWithGateways } from "./gateway-server.ts";
import { startServer } from "./house.ts";
import { Folder, ROOT, SERVER } from "./program.ts";

/** What the processes of a server load, as they say when they end. */

/** A command of the server that writes the files that it loaded, one for each process. */
function tellingServer(folder: Folder): string[] {
  const [bun, script] = SERVER;
  writeFileSync(
    folder.at("preload.ts"),
    `import { writeFileSync } from "node:fs";
     process.on("exit", () =>
       writeFileSync(${JSON.stringify(folder.at("loaded-"))} + process.pid,
         Object.keys(require.cache).join("\\n")));`,
  );
  return [bun, "--preload", folder.at("preload.ts"), script];
}

/** The folders of lib from which a process loaded something. */
function loadedFolders(folder: Folder, pid: number): Set<string> {
  const paths = readFileSync(folder.at(`loaded-${pid}`), "utf8").split("\n");
  const own = paths.filter((path) => path.startsWith(`${ROOT}/lib/`));
  return new Set(own.map((path) => path.slice(ROOT.length + 5).split("/")[0] ?? ""));
}

test("one process loads nothing of lib/cluster, nor the owner's tasks and console", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, [], tellingServer(folder));
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
  await using server = await startWithGateways(folder, [], tellingServer(folder));
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
