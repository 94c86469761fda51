import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { type Running, signUp, startServer } from "./house.ts";
import { Folder } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** The limits of what strangers can make grow. */

test("sign-ups are rate limited per address on an open server", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, ["--sign-up", "open"]);
  const answers: string[] = [];
  for (let index = 0; index < 40; index += 1) answers.push(await register(server, `robot${index}`));
  expect(answers.filter((line) => line.includes("REGISTER SUCCESS")).length).toBe(20);
  expect(answers.at(-1)).toMatch(/FAIL REGISTER RATE_LIMITED robot39 :/);
}, 60_000);

test("creating and leaving rooms can't fill the disk", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, ["--sign-up", "open"]);
  await using jun = await signUp(server, "jun");
  for (let line = 0; line < 5; line += 1) {
    jun.says(`JOIN ${Array.from({ length: 50 }, (_, index) => `#${line}x${index}`).join(",")}`);
    jun.says("JOIN 0");
  }
  await jun.isAnswered();
  expect(readdirSync(folder.at("data", "history")).length).toBeLessThanOrEqual(100);
  expect(jun.lines.filter((line) => / 437 jun #/.test(line)).length).toBeGreaterThan(100);
  // They can still join existing rooms.
  await using mina = await signUp(server, "mina");
  mina.says("JOIN #tea");
  await mina.hears(/ 366 /);
  jun.says("JOIN #tea");
  await mina.hears(/jun\S* JOIN #tea/);
});

test("a slow reader gets large pages one by one, and isn't disconnected", async () => {
  using folder = new Folder();
  const args = ["--sign-up", "open", "--no-flood-control"];
  await using server = await startServer(folder, args);
  await using loud = await signUp(server, "loud");
  loud.says("JOIN #loud");
  await loud.hears(/ 366 /);
  const tag = "y".repeat(3900);
  for (let index = 0; index < 300; index += 1) loud.says(`@+x=${tag} PRIVMSG #loud :${index}`);
  await loud.hears(/PRIVMSG #loud :299$/);
  await using slow = await signUp(server, "slow");
  slow.says("JOIN #loud");
  await slow.hears(/ 366 /);
  slow.stopsReading();
  // Some 20 MB of answers: more than the kernels of both ends and the server's own limit take.
  const requests = 24;
  for (let index = 0; index < requests; index += 1) slow.says("CHATHISTORY LATEST #loud * 200");
  // Another user's whole conversation passes meanwhile.
  for (let index = 0; index < 20; index += 1) await loud.isAnswered();
  slow.readsOn();
  await slow.isAnswered();
  expect(slow.lines.filter((line) => /BATCH -/.test(line)).length).toBeGreaterThanOrEqual(requests);
}, 60_000);

test("an unregistered session's waiting lines are bounded", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  await using stranger = await Stranger.connect(server.port);
  // The first are within the rate limit, and the others are held.
  stranger.sends("PING a\r\n".repeat(250));
  for (let index = 0; index < 10; index += 1) stranger.says(`@a=${"x".repeat(4000)} PING held`);
  expect(await stranger.hears(/^ERROR /)).toBe("ERROR :Excess Flood");
});

/** Sends REGISTER on a new connection; resolves to the reply. */
async function register(server: Running, name: string): Promise<string> {
  await using robot = await Stranger.connect(server.port);
  robot.says("CAP REQ draft/account-registration");
  robot.says(`NICK ${name}`);
  robot.says(`REGISTER * * :${name}-password`);
  return await robot.hears(/ REGISTER /);
}
