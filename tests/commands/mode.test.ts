import { describe, expect, test } from "bun:test";
import { LIST_ENTRIES_MAX } from "../../lib/chat-server/limits.ts";
import { accountId } from "../account-ids.ts";
import { type Actor, Scene } from "../scene.ts";

/** Mina founded #tea, and Jun is in it. */
function teahouse(): { scene: Scene; mina: Actor; jun: Actor; mode: string } {
  const scene = new Scene();
  const mina = scene.person("mina");
  const jun = scene.guest("jun");
  mina.says("JOIN #tea");
  jun.says("JOIN #tea");
  mina.hears();
  jun.hears();
  return { scene, mina, jun, mode: `:mina!${userhost(scene, "mina")} MODE #tea` };
}

function userhost(scene: Scene, account: string): string {
  const user = scene.server.state.users.byAccount(accountId(account));
  return `${user?.identity.user}@${user?.identity.host}`;
}

describe("showing modes", () => {
  test("a new room has +nt", () => {
    const { mina } = teahouse();
    mina.says("MODE #tea");
    expect(mina.hears()).toEqual([
      ":tea.test 324 mina #tea +nt",
      ":tea.test 329 mina #tea 1795307400",
    ]);
  });

  test("values follow their letters, and only members see the key", () => {
    const { scene, mina } = teahouse();
    mina.says("MODE #tea +kl sesame 007", "MODE #tea");
    expect(mina.hears().slice(1)).toEqual([
      ":tea.test 324 mina #tea +klnt sesame 7",
      ":tea.test 329 mina #tea 1795307400",
    ]);
    const sun = scene.guest("sun");
    sun.says("MODE #tea");
    expect(sun.hears()[0]).toBe(":tea.test 324 sun #tea +klnt * 7");
  });

  test("non-members can't see a secret room", () => {
    const { scene, mina } = teahouse();
    const sun = scene.guest("sun");
    mina.says("MODE #tea +s");
    sun.says("MODE #tea", "MODE #coffee");
    expect(sun.hears()).toEqual([
      ":tea.test 403 sun #tea :There is no such room",
      ":tea.test 403 sun #coffee :There is no such room",
    ]);
  });
});

describe("changing modes", () => {
  test("members are sent one line with the effective changes only", () => {
    const { mina, jun, mode } = teahouse();
    mina.says("MODE #tea +o-t+nk jun sesame");
    expect(mina.hears()).toEqual([`${mode} +o-t+k jun sesame`]);
    expect(jun.hears()).toEqual([`${mode} +o-t+k jun sesame`]);
  });

  test("setting a mode that is set already changes nothing", () => {
    const { mina } = teahouse();
    mina.says("MODE #tea +nt-k sesame", "MODE #tea +b-b jun jun", "MODE #tea");
    expect(mina.hears()).toEqual([
      expect.stringContaining(" MODE #tea +b-b jun!*@* jun!*@*"),
      ":tea.test 324 mina #tea +nt",
      ":tea.test 329 mina #tea 1795307400",
    ]);
  });

  test("a removed key is not repeated", () => {
    const { mina, mode } = teahouse();
    mina.says("MODE #tea +k sesame", "MODE #tea -k");
    expect(mina.hears()).toEqual([`${mode} +k sesame`, `${mode} -k *`]);
  });

  test("members without a rank can't change modes, and get one 482", () => {
    const { jun } = teahouse();
    jun.says("MODE #tea +imb joe!*@*");
    expect(jun.hears()).toEqual([":tea.test 482 jun #tea :Only the room's ops may do that"]);
  });

  test("non-members can't change modes", () => {
    const { scene } = teahouse();
    const sun = scene.guest("sun");
    sun.says("MODE #tea +i");
    expect(sun.hears()).toEqual([":tea.test 482 sun #tea :Only the room's ops may do that"]);
  });

  test("an unknown letter is refused, and the rest is applied", () => {
    const { mina, mode } = teahouse();
    mina.says("MODE #tea +Xi");
    expect(mina.hears()).toEqual([":tea.test 472 mina X :Unknown room mode", `${mode} +i`]);
  });

  test.each([
    ["+k", "k *"],
    ["+k a,b", "k *"],
    [`+k ${"k".repeat(24)}`, "k *"],
    ["+l 0", "l 0"],
    ["+l many", "l many"],
    ["+f #nowhere", "f #nowhere"],
    ["+f #tea", "f #tea"],
    ["+b ~z:joe", "b ~z:joe"],
    ["+v", "v *"],
  ])("MODE #tea %s is refused with its reason", (asked, named) => {
    const { mina } = teahouse();
    mina.says(`MODE #tea ${asked}`);
    const [line, ...more] = mina.hears();
    expect(line).toStartWith(`:tea.test 696 mina #tea ${named} :`);
    expect(more).toEqual([]);
  });

  test("nothing changes when the disk is full", () => {
    const { scene, mina, jun } = teahouse();
    scene.diskFull = true;
    mina.says("MODE #tea +i", "MODE #tea");
    expect(mina.hearsVerbs()).toEqual(["400", "324", "329"]);
    expect(jun.hears()).toEqual([]);
  });

  test("modes and lists are kept over a restart", () => {
    const { scene, mina } = teahouse();
    mina.says("MODE #tea +kb sesame joe");
    const again = scene.restart().person("mina");
    again.says("MODE #tea", "MODE #tea b");
    expect(again.hears()).toEqual([
      ":tea.test 324 mina #tea +knt sesame",
      ":tea.test 329 mina #tea 1795307400",
      ":tea.test 367 mina #tea joe!*@* mina 1795307400",
      ":tea.test 368 mina #tea :End of the list",
    ]);
  });
});

describe("ranks", () => {
  test("only members get ranks", () => {
    const { scene, mina } = teahouse();
    scene.guest("sun");
    mina.says("MODE #tea +v sun", "MODE #tea +v nobody");
    expect(mina.hears()).toEqual([
      ":tea.test 441 mina sun #tea :They aren't in that room",
      ":tea.test 401 mina nobody :Nobody here has that name",
    ]);
  });

  test.each([
    ["o", "ohv"],
    ["a", "ohv"],
    ["h", "v"],
    ["v", ""],
    ["q", "qaohv"],
  ])("a user with %s can give [%s]", (own, gives) => {
    for (const letter of "qaohv") {
      const { scene, mina, jun } = teahouse();
      const sun = scene.guest("sun");
      sun.says("JOIN #tea");
      mina.says(`MODE #tea +${own} jun`);
      jun.hears();
      jun.says(`MODE #tea +${letter} sun`);
      const [answer = ""] = jun.hears();
      expect(answer.includes(` MODE #tea +${letter} sun`)).toBe(gives.includes(letter));
      expect(answer.includes(" 482 jun #tea ")).toBe(!gives.includes(letter));
    }
  });

  test("lower members can't remove a rank, and users may remove their own", () => {
    const { mina, jun, mode } = teahouse();
    mina.says("MODE #tea +o jun", "MODE #tea +o mina");
    jun.hears();
    jun.says("MODE #tea -o mina", "MODE #tea -q mina");
    expect(jun.hearsVerbs()).toEqual(["482", "482"]);
    mina.says("MODE #tea -q mina");
    expect(jun.hears()).toEqual([`${mode} -q mina`]);
    jun.says("MODE #tea -o jun");
    expect(jun.hears()).toEqual([":jun!~jun@guest.test MODE #tea -o jun"]);
  });
});

describe("lists", () => {
  test.each([
    ["joe", "joe!*@*"],
    ["joe!j", "joe!j@*"],
    ["*@spam.test", "*!*@spam.test"],
    ["~a:joe", "~a:joe"],
    ["$a:joe", "~a:joe"],
    ["~account:joe", "~a:joe"],
    ["~a", "~a"],
    ["m:joe", "~m:joe!*@*"],
    ["~q:~a:joe", "~m:~a:joe"],
  ])("a ban of %s is stored as %s", (asked, kept) => {
    const { mina, mode } = teahouse();
    mina.says(`MODE #tea +b ${asked}`, `MODE #tea -b ${asked}`);
    expect(mina.hears()).toEqual([`${mode} +b ${kept}`, `${mode} -b ${kept}`]);
  });

  test("without an argument a list is shown; exceptions and invitations only to ops", () => {
    const { mina, jun } = teahouse();
    mina.says("MODE #tea +beI joe sun moon");
    mina.hears();
    jun.hears();
    mina.says("MODE #tea +bbeI");
    expect(mina.hears()).toEqual([
      ":tea.test 367 mina #tea joe!*@* mina 1795307400",
      ":tea.test 368 mina #tea :End of the list",
      ":tea.test 348 mina #tea sun!*@* mina 1795307400",
      ":tea.test 349 mina #tea :End of the list",
      ":tea.test 346 mina #tea moon!*@* mina 1795307400",
      ":tea.test 347 mina #tea :End of the list",
    ]);
    jun.says("MODE #tea b", "MODE #tea e");
    expect(jun.hearsVerbs()).toEqual(["367", "368", "482"]);
  });

  test("masks are compared without case", () => {
    const { mina, mode } = teahouse();
    mina.says("MODE #tea +b Joe", "MODE #tea +b jOE!*@*", "MODE #tea -b sun", "MODE #tea -b JOE");
    expect(mina.hears()).toEqual([`${mode} +b Joe!*@*`, `${mode} -b JOE!*@*`]);
  });

  test("a full list is refused", () => {
    const { mina } = teahouse();
    for (let i = 0; i < LIST_ENTRIES_MAX; i += 1) mina.says(`MODE #tea +b joe${i}`);
    mina.hears();
    mina.says("MODE #tea +b one-more", "MODE #tea -b joe0", "MODE #tea +b one-more");
    expect(mina.hears()).toEqual([
      ":tea.test 478 mina #tea one-more!*@* :That list is full (+b)",
      expect.stringContaining("MODE #tea -b joe0!*@*"),
      expect.stringContaining("MODE #tea +b one-more!*@*"),
    ]);
  });

  test("masks that don't fit in a line are sent in another line", () => {
    const { mina } = teahouse();
    const masks = Array.from({ length: 20 }, (_, i) => `n${i}-${"x".repeat(18)}`);
    mina.says(`MODE #tea +${"b".repeat(20)} ${masks.join(" ")}`);
    const lines = mina.hears();
    expect(lines.length).toBe(2);
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
    mina.says("MODE #tea b");
    expect(mina.hears().length).toBe(21);
  });
});
