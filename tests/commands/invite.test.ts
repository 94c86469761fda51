import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** INVITE. https://modern.ircdocs.horse/#invite-message */

/** Mina founded #tea, jun is a member of it, and sora a stranger. */
function teahouse() {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #tea");
  const sora = scene.guest("sora");
  for (const actor of [mina, jun, sora]) actor.hears();
  return { scene, mina, jun, sora };
}

test("INVITE is sent to the invitee, who can join past +i, +k, +l and a ban, once", () => {
  const { mina, sora } = teahouse();
  mina.says("MODE #tea +iklb oolong 1 sora!*@*");
  sora.hears();
  sora.says("JOIN #tea");
  expect(sora.hears()).toEqual([":tea.test 474 sora #tea :You are banned from that room (+b)"]);
  mina.hears();
  mina.says("INVITE sora #tea");
  expect(mina.hears()).toEqual([":tea.test 341 mina sora #tea"]);
  expect(sora.hears()).toEqual([":mina!u@mina00000001.account INVITE sora #tea"]);
  sora.says("INVITE", "JOIN #tea", "PART #tea", "JOIN #tea", "INVITE");
  expect(sora.hears()).toEqual([
    ":tea.test 336 sora #tea",
    ":tea.test 337 sora :End of your invitations",
    ":sora!~sora@guest.test JOIN #tea",
    ":tea.test 353 sora = #tea :~mina jun sora",
    ":tea.test 366 sora #tea :End of the list",
    ":sora!~sora@guest.test PART #tea",
    ":tea.test 474 sora #tea :You are banned from that room (+b)",
    ":tea.test 337 sora :End of your invitations",
  ]);
});

test("an invitation by a member without rank doesn't open a closed room", () => {
  const { mina, jun, sora } = teahouse();
  mina.says("MODE #tea +k oolong");
  jun.says("INVITE sora #tea");
  expect(sora.hears()).toEqual([":jun!~jun@guest.test INVITE sora #tea"]);
  expect(sora.says("JOIN #tea").hears()).toEqual([
    ":tea.test 475 sora #tea :That room needs the right key (+k)",
  ]);
  mina.says("MODE #tea +i");
  jun.hears();
  jun.says("INVITE sora #tea");
  expect(jun.hears()).toEqual([":tea.test 482 jun #tea :Only the room's ops may do that"]);
});

test("an invitation is for a user, not for a later user of their nick or account name", () => {
  const { scene, mina, sora } = teahouse();
  mina.says("MODE #tea +i", "INVITE sora #tea");
  sora.says("NICK sora2");
  const closed = "#tea :That room is invite-only (+i)";
  const other = scene.guest("sora");
  expect(other.says("JOIN #tea").hears()).toEqual([`:tea.test 473 sora ${closed}`]);
  mina.says("INVITE sora #tea");
  other.says("QUIT");
  const another = scene.guest("sora");
  expect(another.says("INVITE").hears()).toEqual([":tea.test 337 sora :End of your invitations"]);
  expect(another.says("JOIN #tea").hears()).toEqual([`:tea.test 473 sora ${closed}`]);
  const yuna = scene.person("yuna");
  mina.says("INVITE yuna #tea");
  yuna.says("ACCOUNT CONFIRM yuna-password", "ACCOUNT DELETE");
  const next = scene.person("yuna").says("JOIN #tea");
  expect(next.hears()).toEqual([`:tea.test 473 yuna ${closed}`]);
  sora.hears();
  sora.says("REGISTER sora2 * sora-password", "JOIN #tea");
  expect(sora.hears()).toContain(":sora2!u@000000000006.account JOIN #tea");
});

test("INVITE refuses unknown nicks and rooms, members, and senders who are not members", () => {
  const { mina, jun, sora } = teahouse();
  sora.says("INVITE jun #tea");
  mina.says("INVITE nobody #tea", "INVITE jun #tea", "INVITE sora #none", "INVITE sora");
  expect(sora.hears()).toEqual([":tea.test 442 sora #tea :You aren't in that room"]);
  expect(mina.hears()).toEqual([
    ":tea.test 401 mina nobody :Nobody here has that name",
    ":tea.test 443 mina jun #tea :They are already in that room",
    ":tea.test 403 mina #none :There is no such room",
    ":tea.test 461 mina INVITE :Not enough parameters",
  ]);
  expect(jun.hears()).toEqual([]);
});

test("an offline account can be invited, and join later", () => {
  const { scene, mina } = teahouse();
  scene.signUp("yuna");
  mina.says("MODE #tea +i", "INVITE yuna #tea");
  expect(mina.hears().slice(-2)).toEqual([
    ":tea.test 341 mina yuna #tea",
    ":tea.test 301 mina yuna disconnected",
  ]);
  expect(scene.person("yuna").says("JOIN #tea").hears()[0]).toEqual(
    ":yuna!u@yuna00000001.account JOIN #tea",
  );
});

test("a ban that is set after an invitation holds, and an invitation after the ban opens the room", () => {
  const { mina, sora } = teahouse();
  mina.says("INVITE sora #tea", "MODE #tea +b sora!*@*");
  sora.hears();
  expect(sora.says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
  mina.says("INVITE sora #tea");
  expect(sora.says("JOIN #tea").hearsVerbs()).toContain("JOIN");
});

test("who is hidden in an auditorium (+u) isn't told by an INVITE", () => {
  const { scene, mina, jun, sora } = teahouse();
  mina.says("MODE #tea +u");
  sora.says("JOIN #tea");
  scene.guest("hana");
  jun.hears();
  jun.says("INVITE sora #tea", "INVITE hana #tea");
  expect(jun.hears()).toEqual([":tea.test 341 jun sora #tea", ":tea.test 341 jun hana #tea"]);
  expect(sora.says("INVITE").hearsVerbs()).not.toContain("INVITE");
  mina.hears();
  expect(mina.says("INVITE sora #tea").hearsVerbs()).toEqual(["443"]);
});

test("a guest's invitation that an account takes along is no newer than a ban of the account", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea", "MODE #tea +i");
  scene.signUp("jun");
  const guest = scene.guest("gil");
  mina.says("INVITE gil #tea", "MODE #tea +b ~a:jun");
  guest.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${btoa("jun\0jun\0jun-password")}`);
  guest.hears();
  expect(guest.says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
});
