import { expect, test } from "bun:test";
import { JOIN_REQUESTS_MAX } from "../../lib/chat-server/limits.ts";
import { Scene } from "../scene.ts";
import { chanServAnswers, shortLines } from "./chanserv-answers.ts";

/** Mina's room, whose ops approve who joins. */
function tea() {
  const scene = new Scene({ pingAfterMs: Number.POSITIVE_INFINITY });
  const mina = scene.person("mina").says("JOIN #tea", "MODE #tea +A");
  const jun = scene.person("jun");
  mina.hears();
  return { scene, mina, jun };
}

test("JOIN asks the ops, who let somebody in by APPROVE, or by INVITE", () => {
  const { mina, jun } = tea();
  expect(jun.says("JOIN #tea").hears()).toEqual([
    ":tea.test 711 jun #tea :Your request was sent to the room's ops",
  ]);
  expect(mina.hears()).toEqual([
    `:tea.test 710 #tea #tea ${jun.session.user?.source} :asks to join: INVITE lets them in`,
  ]);
  expect(jun.says("KNOCK #tea").hears()).toEqual([
    ":tea.test 712 jun #tea :You have already asked. The room's ops will answer",
  ]);
  mina.says("CS REQUESTS #tea", "CS APPROVE #tea jun", "CS REQUESTS #tea");
  expect(chanServAnswers(mina)).toEqual([
    "jun asked at 2026-11-22T00:30:00.003Z",
    "Answer by APPROVE #tea <nick> or DECLINE #tea <nick>",
    "Nobody asks to join #tea",
  ]);
  expect(shortLines(jun)).toEqual([":mina INVITE jun #tea"]);
  expect(jun.says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
});

test.each(["restart", "crash"] as const)(
  "a request waits while nobody is there, and over a %s",
  (how) => {
    const { scene, mina, jun } = tea();
    mina.says("QUIT");
    expect(jun.says("JOIN #tea").hearsVerbs()).toEqual(["711"]);
    const later = scene[how]();
    const back = later.connect().logsIn("mina");
    const notice = ":tea.test NOTICE mina :1 person asks to join #tea: /msg ChanServ REQUESTS #tea";
    expect(back.hears()).toContain(notice);
    back.says("INVITE jun #tea", "CS LOG #tea 1");
    expect(chanServAnswers(back)).toEqual([expect.stringMatching(/ mina: approve jun$/)]);
    expect(later.person("jun").says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
  },
);

test("DECLINE turns a request down, which the room's log has; the account may ask again", () => {
  const { scene, mina, jun } = tea();
  jun.says("JOIN #tea");
  mina.hears();
  mina.says("CS DECLINE #tea jun", "CS DECLINE #tea jun", "CS LOG #tea 1");
  expect(chanServAnswers(mina)).toEqual([
    "The request of jun is declined",
    "jun hasn't asked to join",
    "2026-11-22T00:30:00.004Z mina: decline jun",
  ]);
  jun.hears();
  expect(jun.says("JOIN #tea").hearsVerbs()).toEqual(["712"]);
  scene.passes(60_000);
  expect(jun.says("JOIN #tea").hearsVerbs()).toEqual(["711"]);
});

test("a deleted account's request is gone, also for the next account of that name", () => {
  const { scene, mina, jun } = tea();
  jun.says("JOIN #tea", "ACCOUNT CONFIRM :jun-password", "ACCOUNT DATA");
  expect(jun.hears().join("\n")).toContain("DATA REQUEST #tea 2026-11-22T00:30:00.003Z");
  jun.says("ACCOUNT DELETE");
  scene.passes(1000);
  scene.signUp("jun");
  for (const later of [scene, scene.restart(), scene.crash()]) {
    const op = later === scene ? mina : later.person("mina");
    op.hears();
    op.says("CS REQUESTS #tea");
    expect(chanServAnswers(op)).toEqual(["Nobody asks to join #tea"]);
  }
});

test("a guest's request is told to the ops, and nobody's goes around a ban, a key or +i", () => {
  const { mina, jun, scene } = tea();
  const sora = scene.guest("sora").says("JOIN #tea");
  expect(sora.hearsVerbs()).toEqual(["711"]);
  expect(mina.hearsVerbs()).toEqual(["710"]);
  mina.says("MODE #tea +b jun");
  expect(jun.says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
  mina.says("MODE #tea -b+i jun");
  expect(jun.says("JOIN #tea").hearsVerbs()).toEqual(["473"]);
  const hana = scene.person("hana");
  mina.says("MODE #tea -i+I hana");
  expect(hana.says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
  hana.hears();
  expect(hana.says("INVITE jun #tea").hearsVerbs()).toEqual(["482"]);
});

test("a hundred requests wait at most", () => {
  const { scene, jun } = tea();
  for (let n = 0; n < JOIN_REQUESTS_MAX; n += 1) scene.person(`person${n}`).says("JOIN #tea");
  const sentence = "Too many people are waiting to join that room. Ask again later";
  expect(jun.says("JOIN #tea").hears()).toEqual([`:tea.test 712 jun #tea :${sentence}`]);
});

test("UNINVITE with one's own nick takes a request back, also for a hidden room", () => {
  const { mina, jun } = tea();
  jun.says("JOIN #tea");
  mina.says("MODE #tea +s");
  jun.hears();
  expect(jun.says("UNINVITE jun #tea", "UNINVITE jun #tea").hearsVerbs()).toEqual(["403"]);
  mina.hears();
  mina.says("CS REQUESTS #tea");
  expect(chanServAnswers(mina)).toEqual(["Nobody asks to join #tea"]);
});
