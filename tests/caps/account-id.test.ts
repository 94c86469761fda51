import { expect, test } from "bun:test";
import { accountId } from "../account-ids.ts";
import { passwordOf, Scene } from "../scene.ts";

/** sodam.chat/account-id: docs/protocol.md */

const CAP = "sodam.chat/account-id";
const MINA = accountId("mina");

test("lines of people with an account have its id, those of guests have none", () => {
  const scene = new Scene();
  const jun = scene.person("jun", CAP, "account-tag").says("JOIN #tea");
  jun.hears();
  const mina = scene.person("mina").says("JOIN #tea", "PRIVMSG #tea :hi");
  scene.guest("sora").says("JOIN #tea", "PRIVMSG jun :hello");
  const from = `mina!u@${MINA}.account`;
  expect(jun.hears()).toEqual([
    `@account=mina;${CAP}=${MINA} :${from} JOIN #tea`,
    `@account=mina;${CAP}=${MINA} :${from} PRIVMSG #tea :hi`,
    ":sora!~sora@guest.test JOIN #tea",
    ":sora!~sora@guest.test PRIVMSG jun :hello",
  ]);
  mina.says("NICK nina");
  expect(jun.hears()).toEqual([`@account=mina;${CAP}=${MINA} :${from} NICK nina`]);
});

test("a direct message that says whom it is for reaches nobody else", () => {
  const scene = new Scene();
  const jun = scene.person("jun", CAP, "message-tags", "standard-replies");
  const mina = scene.person("mina", "message-tags");
  const write = (text: string) => jun.says(`@${CAP}=${MINA} PRIVMSG mina :${text}`).hears();
  expect(write("for you")).toEqual([]);
  // The tag isn't relayed.
  expect(mina.hears()).toEqual([
    expect.stringMatching(/^@msgid=\w+ :jun!\S+ PRIVMSG mina :for you$/),
  ]);
  const refused = `:tea.test FAIL PRIVMSG ACCOUNT_CHANGED mina :That nick belongs to somebody else now. Your message wasn't sent`;
  mina.says("NICK nina");
  jun.hears();
  const guest = scene.connect().says("NICK mina");
  expect(guest.hears().join()).not.toContain("001");
  mina.says("NICK mina", `ACCOUNT CONFIRM :${passwordOf("mina")}`, "ACCOUNT DELETE");
  scene.signUp("mina");
  const next = scene.person("mina");
  jun.hears();
  expect(write("for the former one")).toEqual([refused]);
  jun.says(`@${CAP}=${MINA} NOTICE mina :note`, `@${CAP}=${MINA};+typing=active TAGMSG mina`);
  expect(jun.hears()).toEqual([
    refused.replace("PRIVMSG", "NOTICE"),
    refused.replace("PRIVMSG", "TAGMSG"),
  ]);
  expect(next.hears()).toEqual([]);
  expect(jun.says(`@${CAP}=${accountId("mina", 2)} PRIVMSG mina :hello`).hears()).toEqual([]);
  expect(next.hears()).toEqual([expect.stringContaining("PRIVMSG mina :hello")]);
});

test("so does a multiline message", () => {
  const scene = new Scene();
  const jun = scene.person(
    "jun",
    CAP,
    "message-tags",
    "standard-replies",
    "batch",
    "draft/multiline",
  );
  const mina = scene.person("mina");
  const batch = (id: string) => {
    jun.says(`@${CAP}=${id} BATCH +b draft/multiline mina`, "@batch=b PRIVMSG mina :one");
    return jun.says("@batch=b PRIVMSG mina :two", "BATCH -b").hears();
  };
  expect(batch(accountId("sora"))[0]).toContain("FAIL PRIVMSG ACCOUNT_CHANGED mina");
  expect(mina.hears()).toEqual([]);
  expect(batch(MINA)).toEqual([]);
  expect(mina.hears()).toHaveLength(2);
});

test("in a room, and without the capability, the tag means nothing", () => {
  const scene = new Scene();
  const jun = scene.person("jun", "message-tags").says("JOIN #tea");
  const mina = scene.person("mina").says("JOIN #tea");
  mina.hears();
  jun.says(`@${CAP}=${accountId("sora")} PRIVMSG mina :one`, "CAP REQ :sodam.chat/account-id");
  jun.says(`@${CAP}=${accountId("sora")} PRIVMSG #tea :two`);
  expect(mina.hearsVerbs()).toEqual(["PRIVMSG", "PRIVMSG"]);
});
