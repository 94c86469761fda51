import { describe, expect, test } from "bun:test";
import { fold } from "../../lib/protocol/names.ts";
import { type Actor, passwordOf, Scene } from "../scene.ts";
import { chanServAnswers, shortLines } from "./chanserv-answers.ts";

/** Suspending, renaming and removing accounts, by ACCOUNT and NickServ. */

/** Mina's room with Jun, on Owner's server; Mod may do what an admin may. */
function tea(options = {}) {
  const scene = new Scene({ pingAfterMs: Number.POSITIVE_INFINITY, ...options });
  scene.signUp("owner", true);
  scene.signUp("mod");
  grade(scene, "mod", "admin");
  const owner = scene.person("owner");
  const mod = scene.person("mod");
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.person("jun", "message-tags", "echo-message").says("JOIN #tea");
  for (const actor of [owner, mod, mina, jun]) actor.hears();
  return { scene, owner, mod, mina, jun };
}

function grade(scene: Scene, name: string, given: string): void {
  const id = scene.members.account(fold(name))?.id;
  if (id !== undefined) scene.members.apply({ kind: "graded", id, grade: given });
}

function notices(actor: Actor): string[] {
  return shortLines(actor).flatMap((line) => /^:NickServ NOTICE \S+ :?(.*)/.exec(line)?.[1] ?? []);
}

function tries(scene: Scene, name: string, password = passwordOf(name)): string[] {
  const actor = scene.connect();
  actor.logsIn(name, ["standard-replies"], password);
  return actor
    .hears()
    .filter((line) => / (?:90[0-9]|FAIL|ERROR|465|001) /.test(line))
    .map((line) => line.replace(/^:tea.test 90[04] \S+ /, ""));
}

describe("a suspension", () => {
  test("ends the sessions with the reason, and refuses each right proof with it", () => {
    const { scene, mod, jun } = tea();
    const certificate = "a".repeat(64);
    scene.members.apply({
      kind: "certificate-added",
      id: scene.members.account(fold("jun"))?.id as never,
      certificate: { fingerprint: certificate, label: "phone", addedAt: scene.now },
    });
    mod.says("NS SUSPEND jun 2h keeps shouting");
    expect(notices(mod)).toEqual(["jun is suspended until 2026-11-22T02:30:00.000Z"]);
    const sentence = "Your account is suspended until 2026-11-22T02:30:00.000Z: keeps shouting";
    expect(jun.hears().at(-1)).toBe(`ERROR :${sentence}`);
    expect(jun.closed).toBe(true);
    expect(tries(scene, "jun").slice(0, 2)).toEqual([
      `:tea.test FAIL AUTHENTICATE ACCOUNT_SUSPENDED 2026-11-22T02:30:00.000Z :${sentence}`,
      `:${sentence}`,
    ]);
    expect(tries(scene, "jun", "wrong")).toContain(":Wrong name or password. Try again");
    const device = scene.connect({ certificate });
    device.says("CAP REQ sasl", "NICK j", "USER j 0 * j", "AUTHENTICATE EXTERNAL");
    device.says("AUTHENTICATE +");
    expect(device.hears().at(-1)).toBe(`:tea.test 904 j :${sentence}`);
    const guest = scene.guest("guest").says(`NS IDENTIFY jun ${passwordOf("jun")}`);
    expect(notices(guest)).toEqual([sentence]);
    expect(scene.logIns.filter((line) => line.includes("suspended")).length).toBe(3);
  });

  test("leaves the rooms as they are, with ranks, and direct messages wait", () => {
    const { scene, mod, mina, jun } = tea();
    mina.says("MODE #tea +o jun");
    mod.says("ACCOUNT SUSPEND jun 1h");
    mina.hears();
    mina.says("NAMES #tea", "PRIVMSG jun :read this later");
    expect(mina.hears().join("\n")).toContain("@jun");
    scene.passes(3_600_001);
    const again = scene.person("jun", "draft/chathistory");
    again.says("NAMES #tea", "CHATHISTORY LATEST mina * 5");
    const heard = again.hears().join("\n");
    expect(heard).toContain("@jun");
    expect(heard).toContain("read this later");
    expect(jun.closed).toBe(true);
  });

  test("ends by itself, also while the server was down, or when it is lifted", () => {
    const { scene, owner, mod } = tea();
    mod.says("ACCOUNT SUSPEND jun 1h :tea");
    scene.now += 3_600_000;
    expect(tries(scene.restart(), "jun").join()).toContain("You are now logged in as jun");
    owner.says("ACCOUNT SUSPEND jun * :for good");
    scene.passes(400 * 86_400_000);
    expect(tries(scene, "jun").join()).toContain("Your account is suspended: for good");
    owner.hears();
    owner.says("NS UNSUSPEND jun", "NS UNSUSPEND jun");
    expect(notices(owner)).toEqual(["jun is no longer suspended", "That account isn't suspended"]);
    expect(tries(scene, "jun").join()).toContain("You are now logged in as jun");
    expect(scene.audit().map(({ by, act, target, reason }) => [by, act, target, reason])).toEqual([
      ["mod", "suspend", "jun", "tea"],
      ["owner", "suspend", "jun", "for good"],
      ["owner", "unsuspend", "jun", ""],
    ]);
  });

  test("withdraws the invitations that the account made, to the server and to rooms", () => {
    const { scene, owner, mod, jun } = tea({ signUp: "invite" });
    grade(scene, "jun", "admin");
    const sun = scene.person("sun");
    jun.vanishes();
    const inviter = scene.person("jun");
    inviter.says("INVITATION CREATE", "JOIN #own", "INVITE sun #own");
    const code = /CREATED \S+ (\S+)/.exec(inviter.hears().join("\n"))?.[1] ?? "";
    expect(code).not.toBe("");
    mod.says("ACCOUNT SUSPEND jun");
    expect(mod.hears()).toEqual([
      ":tea.test FAIL ACCOUNT PROTECTED_ACCOUNT jun :Only the server's owner may do that with this account",
    ]);
    owner.says("ACCOUNT SUSPEND jun");
    const stranger = scene.connect().says(`PASS ${code}`, "CAP LS 302", "NICK new", "USER n 0 * n");
    stranger.says("REGISTER new * longenough-password");
    expect(stranger.hears().join("\n")).toContain("FAIL REGISTER INVITATION_WRONG");
    sun.hears();
    sun.says("INVITE");
    expect(sun.hears().join("\n")).not.toContain("#own");
  });

  test("catches a log-in that was under way", () => {
    const { scene, mod } = tea();
    const late = scene.connect().says("CAP LS 302", "CAP REQ sasl", "AUTHENTICATE PLAIN");
    const plain = Buffer.from(`\0jun\0${passwordOf("jun")}`).toString("base64");
    late.says(`AUTHENTICATE ${plain}`);
    late.hears();
    mod.says("ACCOUNT SUSPEND jun");
    expect(late.hears()).toEqual(["ERROR :Your account is suspended"]);
  });

  test("is refused for nobody, oneself, owners, wrong durations, and on a full disk", () => {
    const { scene, owner, mod } = tea();
    mod.says("ACCOUNT SUSPEND nobody", "ACCOUNT SUSPEND mod", "ACCOUNT SUSPEND owner");
    mod.says("ACCOUNT SUSPEND jun 2houres", "ACCOUNT SUSPEND");
    scene.diskFull = true;
    mod.says("ACCOUNT SUSPEND jun");
    expect(mod.hears().map((line) => line.split(" ")[3])).toEqual([
      ...["NO_SUCH_ACCOUNT", "OWN_ACCOUNT", "PROTECTED_ACCOUNT", "INVALID_PARAMS"],
      ...["INVALID_PARAMS", "TEMPORARILY_UNAVAILABLE"],
    ]);
    scene.diskFull = false;
    owner.says("ACCOUNT SUSPEND mod");
    expect(mod.closed).toBe(true);
  });

  test("is seen by operators in NickServ's INFO, and by nobody else", () => {
    const { mod, mina } = tea();
    mod.says("NS SUSPEND jun 2h rude");
    mod.hears();
    mod.says("NS INFO jun");
    expect(notices(mod)).toContain(
      "Suspended by mod at 2026-11-22T00:30:00.000Z, until 2026-11-22T02:30:00.000Z: rude",
    );
    mina.says("NS INFO jun");
    expect(notices(mina).join()).not.toContain("uspended");
  });
});

describe("renaming", () => {
  test("is told to the person and the rooms; the former name logs in while it rests", () => {
    const { scene, mod, mina, jun } = tea();
    mod.says("NS RENAME jun june");
    expect(notices(mod)).toEqual(["jun is called june now; the former name rests"]);
    expect(shortLines(jun)).toEqual([
      ":jun NICK june",
      ":tea.test NOTICE june :Your account is called june now: log in with that name; jun works for you, too, while it rests",
      ":ChanServ NOTICE #tea :The account jun is called june now",
    ]);
    expect(shortLines(mina)).toEqual([
      ":jun NICK june",
      ":ChanServ NOTICE #tea :The account jun is called june now",
    ]);
    jun.vanishes();
    expect(tries(scene, "jun").join()).toContain("You are now logged in as june");
    const stranger = scene.connect().says("NICK jun", "USER j 0 * j");
    expect(stranger.hears().join("\n")).not.toContain(" 001 jun ");
    expect(scene.audit()).toMatchObject([
      { by: "mod", act: "rename", target: "jun", reason: "june" },
    ]);
  });

  test("frees the former name if it is said, and then it is nobody's log-in", () => {
    const { scene, mod, jun } = tea();
    mod.says("ACCOUNT RENAME jun june FREE");
    jun.vanishes();
    expect(tries(scene, "jun").join()).toContain("Wrong name or password");
    expect(scene.server.state.signUps.nameRefusal("jun", scene.now)).toBeNull();
  });

  test("keeps to the rules for names", () => {
    const { mod } = tea();
    mod.says("ACCOUNT RENAME jun mina", "ACCOUNT RENAME jun #x", "ACCOUNT RENAME jun");
    expect(mod.hears().map((line) => line.split(" ")[3])).toEqual([
      ...["ACCOUNT_EXISTS", "BAD_ACCOUNT_NAME", "INVALID_PARAMS"],
    ]);
  });
});

describe("removing", () => {
  test("asks for a YES, then ends the account and leaves what it wrote", () => {
    const { scene, mod, mina, jun } = tea();
    jun.says("PRIVMSG #tea :hello");
    mod.says("NS DELETE jun");
    expect(notices(mod)[1]).toBe("To confirm: /msg NickServ DELETE jun YES");
    mod.says("NS DELETE jun YES spam");
    expect(notices(mod)).toEqual(["The account jun is removed"]);
    expect(jun.hears().at(-1)).toBe("ERROR :Your account was removed: spam");
    expect(shortLines(mina).at(-1)).toBe(":jun QUIT :Account deleted");
    expect(tries(scene, "jun").join()).toContain("Wrong name or password");
    expect(scene.members.restingName(fold("jun"))).not.toBeNull();
    expect(scene.log.conversations().flatMap((id) => [...scene.log.all(id)])).toContainEqual(
      expect.objectContaining({ kind: "said", text: "hello" }),
    );
    expect(scene.audit()).toMatchObject([
      { by: "mod", act: "remove", target: "jun", reason: "spam" },
    ]);
  });

  test("with its messages redacts them everywhere first, while the account is suspended", () => {
    const { scene, mod, mina, jun } = tea();
    jun.says("PRIVMSG #tea :hello", "PRIVMSG mina :psst");
    mina.hears();
    scene.holding = true;
    mod.says("ACCOUNT REMOVE jun MESSAGES :spam");
    for (let step = 0; step < 3; step += 1) scene.settleOne();
    expect(jun.closed).toBe(true);
    scene.holding = false;
    scene.settle();
    expect(mod.hears()).toEqual([
      ":tea.test NOTE ACCOUNT REMOVING jun :jun is suspended, and removed as soon as its messages are deleted",
      ":tea.test NOTE ACCOUNT REMOVED jun :The account jun is removed",
    ]);
    expect(scene.members.account(fold("jun"))).toBeNull();
    const forgotten = scene.log
      .conversations()
      .flatMap((id) => [...scene.log.all(id)])
      .filter(({ kind }) => kind === "forgotten");
    expect(forgotten.length).toBe(2);
    expect(scene.audit().map(({ act, reason }) => [act, reason])).toEqual([
      ["suspend", "spam"],
      ["remove", "with all messages: spam"],
    ]);
  });

  test("makes the highest op the founder of its rooms, and closes one without", () => {
    const { scene, mod, mina, jun } = tea();
    const sun = scene.person("sun").says("JOIN #tea");
    mina.says("MODE #tea +oh sun jun", "JOIN #lonely");
    jun.says("JOIN #lonely");
    for (const actor of [jun, sun]) actor.hears();
    mod.says("ACCOUNT REMOVE mina");
    expect(shortLines(sun)).toEqual([
      ":ChanServ MODE #tea +q sun",
      ":ChanServ NOTICE #tea :sun is the founder now, since the account of the last one is gone",
      ":mina QUIT :Account deleted",
    ]);
    expect(chanServAnswers(jun).at(-1)).toContain("This room is closed: its founder's account");
    mod.hears();
    mod.says("CS TAKEOVER #lonely", "CS REOPEN #lonely");
    expect(chanServAnswers(mod).slice(-1)).toEqual(["#lonely is open again"]);
  });

  test("leaves rooms alone that have another founder, also one who is away", () => {
    const { scene, owner, mod, mina, jun } = tea();
    mina.says("CS AMODE #tea +q owner");
    jun.hears();
    mod.says("ACCOUNT REMOVE mina");
    expect(shortLines(jun)).toEqual([":mina QUIT :Account deleted"]);
    owner.says("JOIN #tea");
    expect(owner.hears().join("\n")).toContain("MODE #tea +q owner");
    expect(scene.server.state.rooms.byName("#tea")?.closure).toBeNull();
  });

  test("stays undone when not all messages can be erased, and can be repeated", () => {
    const { scene, mod, jun } = tea();
    jun.says("PRIVMSG #tea :hello");
    scene.holding = true;
    mod.says("ACCOUNT REMOVE jun MESSAGES");
    scene.settleOne();
    scene.diskFull = true;
    scene.settle();
    expect(mod.hears().at(-1)).toContain("FAIL ACCOUNT FORGET_INCOMPLETE jun");
    expect(scene.members.account(fold("jun"))).not.toBeNull();
    scene.diskFull = false;
    scene.holding = false;
    mod.says("ACCOUNT REMOVE jun MESSAGES");
    expect(scene.members.account(fold("jun"))).toBeNull();
  });
});

test("one's own data has the suspension's grade, and an operator's acts can't be done by others", () => {
  const { scene, mina, owner } = tea();
  grade(scene, "mina", "helper");
  mina.says("ACCOUNT DATA");
  expect(mina.hears()).toContain(":tea.test NOTE ACCOUNT DATA GRADE helper :");
  const jun = scene.person("sun");
  for (const line of ["SUSPEND", "UNSUSPEND", "RENAME", "REMOVE", "GRADE"]) {
    jun.says(`ACCOUNT ${line} mina x`);
    expect(jun.hears()).toEqual([
      ":tea.test 481 sun :Only the operators of this server may do that",
    ]);
  }
  expect(owner.hears()).toEqual([]);
});

test("a suspension with a mistyped time is refused, and none without an end", () => {
  const { mod, jun } = tea();
  mod.hears();
  for (const time of ["-5", "2houres"]) {
    expect(mod.says(`ACCOUNT SUSPEND jun ${time}`).hears()[0]).toContain("INVALID_PARAMS");
  }
  expect(jun.closed).toBe(false);
});
