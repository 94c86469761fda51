import { describe, expect, test } from "bun:test";
import { INVITATION_MS_MAX } from "../../lib/chat-server/limits.ts";
import { type Actor, Scene } from "../scene.ts";

/** Mina founded #tea and #cake, both invite-only; yuna has an account and isn't connected. */
function teahouse(): { scene: Scene; mina: Actor } {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea,#cake", "MODE #tea +i", "MODE #cake +is");
  scene.signUp("yuna");
  mina.hears();
  return { scene, mina };
}

/** What yuna gets on logging in from a client with these capabilities. */
function comesBack(scene: Scene, ...caps: string[]): { yuna: Actor; lines: string[] } {
  const yuna = scene.connect().logsIn("yuna", caps);
  return { yuna, lines: yuna.hears() };
}

const invites = (lines: readonly string[]) => lines.filter((line) => / INVITE /.test(line));
const INVITE = (room: string, by = "mina!u@mina00000001.account") => `:${by} INVITE yuna ${room}`;

describe("an invitation to somebody who is away", () => {
  test("reaches a plain client on coming back, behind the welcome, in the order made", () => {
    const { scene, mina } = teahouse();
    mina.says("INVITE yuna #tea", "INVITE yuna #cake");
    const { yuna, lines } = comesBack(scene);
    expect(invites(lines)).toEqual([INVITE("#tea"), INVITE("#cake")]);
    expect(lines.slice(-2)).toEqual(invites(lines));
    expect(yuna.says("JOIN #cake,#tea").hearsVerbs()).not.toContain("473");
    expect(invites(comesBack(scene).lines)).toEqual([]);
  });

  test("reaches each session once, and one that was there already gets it when it is made", () => {
    const { scene, mina } = teahouse();
    const phone = scene.person("yuna");
    mina.says("INVITE yuna #tea");
    expect(invites(phone.hears())).toEqual([INVITE("#tea")]);
    const laptop = comesBack(scene);
    expect(invites(laptop.lines)).toEqual([INVITE("#tea")]);
    scene.passes(60_000);
    expect(invites([...phone.hears(), ...laptop.yuna.hears()])).toEqual([]);
  });

  test("has the time when it was made, and the inviter's account, for those who can read them", () => {
    const { scene, mina } = teahouse();
    mina.says("INVITE yuna #tea");
    scene.passes(3_600_000);
    const { lines } = comesBack(scene, "server-time", "account-tag");
    // The clock stands still, and what happens in a room is a millisecond apart all the same.
    expect(lines.at(-1)).toBe(`@time=2026-11-22T00:30:00.002Z;account=mina ${INVITE("#tea")}`);
  });

  test("by a member without rank to an open room reaches them as well", () => {
    const { scene, mina } = teahouse();
    mina.says("MODE #tea -i");
    scene.guest("jun").says("JOIN #tea", "INVITE yuna #tea");
    expect(invites(comesBack(scene).lines)).toEqual([INVITE("#tea", "jun!~jun@guest.test")]);
  });

  test("survives a restart and a crash, and so does that it was used, withdrawn or declined", () => {
    const { scene, mina } = teahouse();
    mina.says("INVITE yuna #tea", "INVITE yuna #cake");
    for (const later of [scene.restart(), scene.crash()]) {
      const { yuna, lines } = comesBack(later);
      expect(invites(lines)).toEqual([INVITE("#tea"), INVITE("#cake")]);
      expect(yuna.says("JOIN #tea").hearsVerbs()).toContain("JOIN");
      yuna.says("UNINVITE yuna #cake", "PART #tea");
      for (const last of [later.restart(), later.crash()]) {
        expect(invites(comesBack(last).lines)).toEqual([]);
      }
    }
  });

  test("that is made anew after it was used is there again after a crash", () => {
    const { scene, mina } = teahouse();
    mina.says("INVITE yuna #tea");
    const { yuna } = comesBack(scene);
    yuna.says("JOIN #tea", "PART #tea", "QUIT");
    mina.says("INVITE yuna #tea");
    for (const later of [scene, scene.restart(), scene.crash()]) {
      expect(invites(comesBack(later).lines)).toEqual([INVITE("#tea")]);
    }
  });

  test("isn't sent once it is withdrawn, its room is gone, or thirty days have passed", () => {
    const { scene, mina } = teahouse();
    mina.says("INVITE yuna #tea", "UNINVITE yuna #tea", "INVITE yuna #cake", "PART #cake");
    mina.says("JOIN #cake", "MODE #cake +i");
    expect(invites(comesBack(scene).lines)).toEqual([]);
    mina.says("INVITE yuna #tea");
    scene.now += INVITATION_MS_MAX;
    expect(invites(comesBack(scene).lines)).toEqual([INVITE("#tea")]);
    scene.now += 10;
    const { yuna, lines } = comesBack(scene);
    expect(invites(lines)).toEqual([]);
    expect(yuna.says("JOIN #tea").hearsVerbs()).toEqual(["473"]);
  });

  test("has the room's present name", () => {
    const { scene, mina } = teahouse();
    mina.says("INVITE yuna #tea", "RENAME #tea #oolong :greener");
    expect(invites(comesBack(scene).lines)).toEqual([INVITE("#oolong")]);
  });

  test("isn't sent from somebody who is blocked, before or after", () => {
    const { scene, mina } = teahouse();
    mina.says("INVITE yuna #tea");
    const { yuna } = comesBack(scene);
    yuna.says("SILENCE +mina");
    mina.says("INVITE yuna #cake");
    expect(invites(yuna.hears())).toEqual([]);
    expect(invites(comesBack(scene).lines)).toEqual([]);
    expect(yuna.says("INVITE").hearsVerbs()).toEqual(["337"]);
  });

  test("isn't sent from an account that was deleted", () => {
    const { scene, mina } = teahouse();
    scene.person("jun").says("JOIN #milk");
    const jun = scene.person("jun").says("INVITE yuna #milk");
    mina.says("JOIN #milk");
    jun.says("ACCOUNT CONFIRM jun-password", "ACCOUNT DELETE");
    expect(invites(comesBack(scene).lines)).toEqual([]);
  });

  test("that can't be stored is refused, and reaches nobody", () => {
    const { scene, mina } = teahouse();
    scene.diskFull = true;
    expect(mina.says("INVITE yuna #tea").hearsVerbs()).not.toContain("341");
    scene.diskFull = false;
    expect(invites(comesBack(scene).lines)).toEqual([]);
  });

  test("goes with the account", () => {
    const { scene, mina } = teahouse();
    mina.says("INVITE yuna #tea");
    const { yuna } = comesBack(scene);
    yuna.says("ACCOUNT CONFIRM yuna-password", "ACCOUNT DELETE");
    scene.signUp("yuna");
    for (const later of [scene, scene.restart(), scene.crash()]) {
      expect(invites(comesBack(later).lines)).toEqual([]);
    }
  });
});

test("a guest who logs in gets the account's invitations, and not once more their own", () => {
  const { scene, mina } = teahouse();
  const guest = scene.guest("sora");
  mina.says("INVITE yuna #tea", "INVITE sora #cake");
  expect(invites(guest.hears())).toEqual([":mina!u@mina00000001.account INVITE sora #cake"]);
  guest.says("PRIVMSG NickServ :IDENTIFY yuna yuna-password");
  expect(invites(guest.hears())).toEqual([":mina!u@mina00000001.account INVITE sora #tea"]);
  expect(guest.says("INVITE").hears()).toEqual([
    ":tea.test 336 sora #tea",
    ":tea.test 336 sora #cake",
    ":tea.test 337 sora :End of your invitations",
  ]);
  expect(guest.says("JOIN #cake").hearsVerbs()).toContain("JOIN");
});

test("an invitation to a hidden room can be declined", () => {
  const { scene, mina } = teahouse();
  mina.says("INVITE yuna #cake");
  const { yuna } = comesBack(scene);
  expect(yuna.says("UNINVITE yuna #cake").hears()).toEqual([
    ":yuna!u@yuna00000001.account UNINVITE yuna #cake",
  ]);
  expect(yuna.says("UNINVITE yuna #cake").hearsVerbs()).toEqual(["403"]);
  expect(yuna.says("JOIN #cake").hearsVerbs()).toEqual(["473"]);
});

test("a member's invitation doesn't close a room that an op's has opened", () => {
  const { scene, mina } = teahouse();
  mina.says("INVITE yuna #tea", "MODE #tea -i+k oolong");
  scene.guest("jun").says("JOIN #tea oolong", "INVITE yuna #tea");
  expect(comesBack(scene).yuna.says("JOIN #tea").hearsVerbs()).toContain("JOIN");
});
