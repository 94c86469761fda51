import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** The audit: who did what when, for every command that only operators and owners have. */

const OPERATORS = [{ name: "boss", passwordHash: "hash of kettle on the stove" }];

function acts(scene: Scene): string[] {
  return scene.audit().map(({ by, act, target, reason }) => [by, act, target, reason].join("|"));
}

function stage() {
  const scene = new Scene({ operators: OPERATORS });
  scene.signUp("mina", true);
  const mina = scene.person("mina");
  return { scene, mina };
}

test("each act of an operator is audited, with the account, the target and the reason", () => {
  const { scene, mina } = stage();
  scene.guest("jun");
  mina.says(
    "KLINE 2h spam :advertising",
    "UNKLINE spam",
    "DLINE 203.0.113.0/24",
    "KILL jun :enough",
  );
  mina.says("UNDLINE 203.0.113.0/24", "WALLOPS :tea at five", "REHASH", "DEOPER");
  expect(acts(scene)).toEqual([
    "mina|kline|spam!*@*|advertising",
    "mina|unkline|spam!*@*|",
    "mina|dline|203.0.113.0/24|",
    "mina|kill|jun|enough",
    "mina|undline|203.0.113.0/24|",
    "mina|wallops||tea at five",
    "mina|rehash||",
    "mina|deoper||",
  ]);
  expect(scene.audit()[0]).toMatchObject({ kind: "audited", time: scene.now });
  expect(new Set(scene.audit().map(({ id }) => id)).size).toBe(8);
});

test("what an operator does with a room is audited, also where the room's own log goes with it", () => {
  const { scene, mina } = stage();
  scene.signUp("jun");
  const jun = scene.person("jun");
  jun.says("JOIN #tea", "JOIN #den", "JOIN #old");
  scene.signUp("bora");
  scene.person("bora").says("JOIN #old");
  mina.says(
    "CS CLOSE #tea spam",
    "CS CLOSE #tea",
    "CS REOPEN #tea",
    "CS DROP #den",
    "CS DROP #den YES",
  );
  jun.says("CS CLOSE #tea", "CS REOPEN #tea", "PART #old");
  mina.says("CS TAKEOVER #tea", "CS TAKEOVER #old");
  expect(acts(scene)).toEqual([
    "mina|close-room|#tea|spam",
    "mina|reopen-room|#tea|",
    "mina|drop-room|#den|The room was dropped",
    "mina|take-over-room|#old|",
  ]);
});

test("OPER is audited, right or wrong, and MODE -o like DEOPER", () => {
  const scene = new Scene({ operators: OPERATORS });
  const jun = scene.guest("jun");
  jun.says(
    "OPER made-up wrong",
    "OPER boss wrong",
    "OPER boss :kettle on the stove",
    "MODE jun -o",
    "MODE jun -o",
  );
  expect(acts(scene)).toEqual(["jun|oper-failed|boss|", "jun|oper|boss|", "jun|deoper||"]);
});

test("strangers who try OPER from many addresses don't fill the audit file", () => {
  const scene = new Scene({ operators: OPERATORS });
  for (let n = 0; n < 200; n += 1) {
    const stranger = scene.connect({ address: `10.0.${n}.1` }).introduces(`g${n}`);
    stranger.says(`OPER ${"x".repeat(400)} wrong`, "OPER boss wrong");
  }
  expect(scene.audit().map(({ target }) => target)).toEqual(Array(30).fill("boss"));
  const jun = scene.guest("jun");
  scene.passes(60_000);
  jun.says("OPER boss wrong", "OPER boss :kettle on the stove");
  expect(acts(scene).slice(30)).toEqual(["jun|oper-failed|boss|", "jun|oper|boss|"]);
});

test("a reload by a signal is audited as the signal's", () => {
  const { scene } = stage();
  scene.server.rehash();
  expect(acts(scene)).toEqual(["signal:SIGHUP|rehash||"]);
});

test("an owner's invitations are audited by their ids, and the codes are not in it", () => {
  const { scene, mina } = stage();
  mina.says("INVITATION CREATE");
  const [, , id = "", code = ""] = (mina.hears()[0] ?? "").split(" ").slice(1);
  mina.says(`INVITATION WITHDRAW ${id}`);
  expect(acts(scene)).toEqual([`mina|invite|${id}|`, `mina|withdraw|${id}|`]);
  expect(JSON.stringify(scene.people)).not.toContain(code);
});

test("erasing another account's messages is audited, and one's own is not", () => {
  const { scene, mina } = stage();
  scene.signUp("jun");
  mina.says("ACCOUNT FORGET jun", "ACCOUNT CONFIRM mina-password", "ACCOUNT FORGET");
  expect(acts(scene)).toEqual(["mina|forget|jun|"]);
});

test("what was refused is not audited", () => {
  const { scene, mina } = stage();
  scene.guest("jun").says("KILL mina", "KLINE mina", "REHASH", "WALLOPS :hi", "DEOPER");
  mina.says("KLINE *!*@*", "KILL nobody", "UNKLINE nobody", "INVITATION WITHDRAW nothing");
  expect(acts(scene)).toEqual([]);
});

test("an act that the disk refuses happens all the same, and is in the log", () => {
  const { scene, mina } = stage();
  const jun = scene.guest("jun");
  scene.diskFull = true;
  mina.says("KILL jun :enough");
  expect(jun.closed).toBe(true);
  expect(scene.notes).toContain("missing in the audit file: mina kill jun enough");
});

test("what an operator does with a room is audited, and what its founder does is not", () => {
  const { scene, mina } = stage();
  const jun = scene.person("jun").says("JOIN #tea", "JOIN #cafe");
  scene.person("sun").says("JOIN #cafe");
  jun.says("CS CLOSE #tea", "CS REOPEN #tea", "PART #cafe");
  mina.says("CS CLOSE #tea spam", "CS REOPEN #tea", "CS TAKEOVER #cafe", "CS DROP #tea YES gone");
  expect(acts(scene)).toEqual([
    "mina|close-room|#tea|spam",
    "mina|reopen-room|#tea|",
    "mina|take-over-room|#cafe|",
    "mina|drop-room|#tea|gone",
  ]);
});

test("the audit means accounts by their ids, whatever they are called before or after", () => {
  const { scene, mina } = stage();
  const jun = scene.person("jun");
  const [minaId, junId] = ["mina", "jun"].map((name) => scene.members.account(name as never)?.id);
  mina.says(
    "KLINE 2h ~a:jun :loud",
    "UNKLINE ~a:jun",
    "NS RENAME jun juno",
    "NS GRADE juno helper",
  );
  jun.says("QUIT");
  mina.says("NS SUSPEND juno 2h", "NS RESETLINK juno", "ACCOUNT FORGET juno", "NS DELETE juno YES");
  scene.server.rehash();
  expect(
    scene.audit().map(({ act, byAccount, targetAccount }) => [act, byAccount, targetAccount]),
  ).toEqual([
    ["kline", minaId, junId],
    ["unkline", minaId, undefined],
    ...["rename", "grade", "suspend", "reset", "forget", "remove"].map((act) => [
      ...[act, minaId, junId],
    ]),
    ["rehash", undefined, undefined],
  ]);
});
