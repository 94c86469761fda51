import { expect, test } from "bun:test";
import { startServer } from "./house.ts";
import { ModuleWatch } from "./loaded-modules.ts";
import { Folder, SERVER } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** The cost of a server's start, counted in loaded files, and its limit of open files. */

const LIMITED = ["sh", "-c", 'ulimit -n 80; exec "$@"', "sh", ...SERVER] as const;

test("a start, also the first one, loads no package except the table of lookalikes and TOTP, no http, and no maintenance task", async () => {
  using folder = new Folder();
  const watch = new ModuleWatch(folder);
  await using server = await startServer(folder, [], watch.watched(SERVER));
  server.program.kill("SIGTERM");
  expect(await server.program.exited).toBe(0);
  const loaded = watch.read().flatMap((each) => each.files);
  expect(watch.read().flatMap(({ builtins }) => builtins)).toEqual([]);
  const packages = loaded.flatMap((path) => path.split("/node_modules/")[1] ?? []);
  expect(packages).toEqual(["unhomoglyph/data.json", "otpauth/dist/otpauth.esm.js"]);
  const files = loaded.flatMap((path) => path.split("/lib/file-manager/")[1] ?? []);
  expect(files).toContain("certificates/self-signed.ts");
  const tasks = /^(maintenance\/|export\/|search\/search-scan)/;
  expect(files.filter((file) => tasks.test(file))).toEqual([]);
}, 60_000);

test("a server that may open few files accepts only as many connections, and warns", async () => {
  using folder = new Folder();
  const plain = ["--plain", "127.0.0.1:0"];
  await using server = await startServer(folder, plain, LIMITED);
  await server.program.sees(/warn: there is room for 40 connections, not for 10000/);
  const connections = [];
  for (let n = 0; n < 40; n += 1)
    connections.push(await Stranger.connect(server.plainPort ?? 0, { tls: false }));
  // Ten places are for members. A stranger too many gets the place of another.
  await connections[0]?.hears(/ERROR :The server is full/);
  await using late = await Stranger.connect(server.plainPort ?? 0, { tls: false });
  late.says("PING here");
  await late.hears(/PONG/);
  for (const connection of connections) await connection[Symbol.asyncDispose]();
}, 60_000);
