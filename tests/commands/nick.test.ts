import { expect, test } from "bun:test";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import { applyPersonChange } from "../../lib/chat-server/snapshot/apply-person-change.ts";
import { Scene } from "../scene.ts";

/** Nicks of accounts, with and without a session, over restarts. */

function namesAfter(scene: Scene): string {
  const lines = scene.person("jun").says("NAMES #tea").hears();
  return lines.find((line) => line.includes(" 353 ")) ?? "";
}

function teahouse(): Scene {
  const scene = new Scene();
  const [mina, jun] = [scene.person("mina"), scene.person("jun")];
  for (const actor of [mina, jun]) actor.says("JOIN #tea");
  mina.says("NICK Teapot");
  mina.vanishes();
  return scene;
}

test("an account without sessions keeps its nick, after a restart as well", () => {
  const scene = teahouse();
  expect(namesAfter(scene)).toEndWith(" #tea :~Teapot jun");
  expect(namesAfter(scene.restart())).toEndWith(" #tea :~Teapot jun");
});

test("a nick changed after the last snapshot is in the journal", () => {
  const scene = new Scene();
  const [mina, jun] = [scene.person("mina"), scene.person("jun")];
  for (const actor of [mina, jun]) actor.says("JOIN #tea");
  const after = scene.restart();
  mina.says("NICK Teapot", "NICK kettle");
  for (const change of scene.people) applyPersonChange(after.server.state, change as PersonChange);
  expect(namesAfter(after)).toEndWith(" #tea :~kettle jun");
});

test("signing up under a nick reserves it, after a restart, too", () => {
  const scene = teahouse();
  scene.signUp("teapot");
  const after = scene.restart();
  expect(namesAfter(after)).toEndWith(" #tea :~mina jun");
  expect(after.connect().logsIn("teapot").session.user?.nick as string).toBe("teapot");
});

test("nobody takes the nick of an account that is being stored: signed up, renamed, or made as a bot", () => {
  const scene = new Scene();
  scene.signUp("owner", true);
  const [owner, mina] = [scene.person("owner"), scene.person("mina")];
  mina.says("ACCOUNT CONFIRM mina-password");
  scene.signUp("jun");
  const guest = scene.guest("visitor");
  const sora = scene.connect().says("NICK x", "USER x 0 * :x");
  scene.holding = true;
  sora.says("REGISTER sora * :barley tea and rice");
  scene.settleOne();
  owner.says("NS RENAME jun juno");
  mina.says("ACCOUNT BOT ADD ci-bot");
  guest.hears();
  guest.says("NICK sora", "NICK Juno", "NICK ci-bot", "NICK jun0");
  expect(guest.hearsVerbs()).toEqual(["433", "433", "433", "433"]);
  scene.holding = false;
  scene.settle();
  const names = [...scene.members.accounts()].map(({ name }) => name as string);
  expect(names.sort()).toEqual(["ci-bot", "juno", "mina", "owner", "sora"]);
});

test("NICK reaches those with direct messages, in no shared room, and nobody else", () => {
  const scene = new Scene({ guests: true });
  const mina = scene.person("mina");
  const seoyeon = scene.person("seoyeon");
  const blocked = scene.person("bo");
  const stranger = scene.guest("kim");
  const guest = scene.guest("jun");
  mina.says("PRIVMSG jun :hello");
  guest.says("PRIVMSG kim :hello", "PRIVMSG bo :hello", "SILENCE +bo");
  mina.says("PRIVMSG seoyeon :hello");
  for (const actor of [mina, seoyeon, blocked, stranger, guest]) actor.hears();
  guest.says("NICK june").hears();
  expect(mina.hears()).toEqual([expect.stringMatching(/^:jun!\S+ NICK june$/)]);
  expect(stranger.hearsVerbs()).toEqual(["NICK"]);
  expect([...blocked.hears(), ...seoyeon.hears()]).toEqual([]);
  mina.says("NICK minji");
  expect(guest.hears()).toEqual([expect.stringMatching(/^:mina!\S+ NICK minji$/)]);
  expect(seoyeon.hearsVerbs()).toEqual(["NICK"]);
  expect([...blocked.hears(), ...stranger.hears()]).toEqual([]);
});
