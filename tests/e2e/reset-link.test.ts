import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { ko } from "../../lib/app/i18n/ko.ts";
import { passwordOf, type Running, signUp, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder, run, SERVER } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** A lost password: from the owner's console to the person who is in again, and whoever was in is out. */

const folder = new Folder();
let server: Running;

beforeAll(async () => {
  server = await startServer(folder, ["--sign-up", "open", "--guests"]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function admin(...args: string[]): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await run([...SERVER, "admin", ...args, "--json"], {
    cwd: folder.path,
  });
  if (code !== 0) throw new Error(stderr + stdout);
  return JSON.parse(stdout);
}

/** Whether these credentials log in. */
async function logsIn(name: string, password: string): Promise<boolean> {
  await using stranger = await Stranger.connect(server.port);
  stranger.says("CAP REQ :sasl");
  stranger.says("AUTHENTICATE PLAIN");
  await stranger.hears(/AUTHENTICATE \+/);
  stranger.says(`AUTHENTICATE ${Buffer.from(`\0${name}\0${password}`).toString("base64")}`);
  return (await stranger.hears(/ (903|904) /)).includes(" 903 ");
}

test("the link of admin reset leads to a new password in our client, and ends what was before", async () => {
  await using thief = await signUp(server, "민아");
  const { link = "" } = await admin("reset", "민아");
  expect(link).toMatch(/\/reset-[a-z0-9]{26}$/);
  await thief.hears(/NOTICE 민아 :\S+ \S+: The server's staff made a link/);
  const own = link.replace(/sodam:\/\/[^/]+/, `sodam://127.0.0.1:${server.port}`);
  using mina = new Person("민아", own, folder);
  await mina.answers(ko.profile.newPassword, "따뜻한 보리차 한 잔");
  await mina.answers(ko.signUp.again, "따뜻한 보리차 한 잔");
  await thief.hears(/ERROR :Your password was set by a reset link/);
  await mina.answers(ko.logIn.remember, "");
  await mina.answers(ko.receipts.ask, "");
  await mina.isTold(/방 · 민아/);
  expect(await logsIn("민아", passwordOf("민아"))).toBe(false);
  expect(await logsIn("민아", "따뜻한 보리차 한 잔")).toBe(true);

  // The link is used up.
  using late = new Person("늦은", own, folder);
  await late.answers(ko.profile.newPassword, "또 다른 보리차");
  await late.answers(ko.signUp.again, "또 다른 보리차");
  await late.isTold(/링크가 틀렸거나, 이미 사용되었거나/);
}, 60_000);

test("the code works over plain NickServ, and a withdrawn one doesn't", async () => {
  await using jun = await signUp(server, "jun");
  const withdrawn = await admin("reset", "jun");
  await admin("withdraw-reset", "jun");
  const { code } = await admin("reset", "jun");
  await using visitor = await Stranger.connect(server.port);
  visitor.says(`NICKSERV RESET jun ${withdrawn["code"]} cold barley tea`);
  await visitor.hears(/That code is wrong, used or expired/);
  visitor.says(`PRIVMSG NickServ :RESET jun ${code} cold barley tea`);
  await visitor.hears(/Your password is set/);
  await jun.hears(/ERROR :Your password was set by a reset link/);
  expect(await logsIn("jun", "cold barley tea")).toBe(true);
  expect(await Bun.file(join(folder.path, "data", "audit.jsonl")).text()).toContain(
    '"act":"reset"',
  );
}, 60_000);
