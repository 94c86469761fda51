import { expect, test } from "bun:test";
import { signUp, startServer } from "./house.ts";
import { Folder } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** Where the server waits, and for how long. They wait side by side. */

test.concurrent("a TLS handshake that never goes on is cut off", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  await using slow = await Stranger.connect(server.port, { tls: false });
  slow.sends(new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]));
  await slow.closed;
  await server.program.sees("no TLS handshake in time");
}, 60_000);

test.concurrent("half a line and silence ends with a ping timeout", async () => {
  using folder = new Folder();
  const args = ["--ping-seconds", "5", "--ping-timeout-seconds", "5", "--sign-up", "open"];
  await using server = await startServer(folder, args);
  await using jun = await signUp(server, "jun");
  jun.sends("PRIVMSG jun :half a li");
  jun.stopsAnswering();
  await jun.hears(/^ERROR /);
  await jun.closed;
  expect(jun.lines.some((line) => line.includes("half a li"))).toBe(false);
}, 60_000);
