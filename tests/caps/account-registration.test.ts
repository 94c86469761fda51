import { expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/account-registration */

const PASSWORD = "warm barley tea";

/** An unregistered session that has sent NICK. */
function visitor(scene: Scene, nick = "mina"): Actor {
  const actor = scene.connect().says("CAP REQ :draft/account-registration", `NICK ${nick}`);
  actor.hears();
  return actor;
}

test("the capability's value lists what REGISTER requires", () => {
  const rows: [Partial<ConstructorParameters<typeof Scene>[0]>, string][] = [
    [{}, "before-connect,custom-account-name"],
    [{ email: "required" }, "before-connect,email-required,custom-account-name"],
    [{ registerBeforeConnect: false }, "custom-account-name"],
  ];
  for (const [options, value] of rows) {
    const heard = new Scene(options).connect().says("CAP LS 302").hears().join(" ");
    expect(heard).toMatch(new RegExp(`[ :]draft/account-registration=${value} `));
  }
});

test("a server that has no guests says so in its 005", () => {
  for (const guests of [true, false]) {
    const scene = new Scene({ guests });
    scene.signUp("mina");
    const mina = scene.connect().logsIn("mina").hears();
    const told = mina.filter((line) => line.includes(" draft/ACCOUNTREQUIRED "));
    expect(told).toHaveLength(guests ? 0 : 1);
  }
});

test("before registration is complete: sign up, log in, then be welcomed", () => {
  const scene = new Scene({ guests: false });
  const mina = visitor(scene).says("USER mina 0 * :Mina", "CAP END");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL * ACCOUNT_REQUIRED :Log in or sign up to talk here",
  ]);
  mina.says(`REGISTER * * :${PASSWORD}`);
  expect(mina.hears().slice(0, 3)).toEqual([
    ":tea.test REGISTER SUCCESS mina :Welcome. You are signed up and logged in",
    ":tea.test 900 mina mina!*@* mina :You are now logged in as mina",
    ":tea.test 001 mina :Welcome to Teahouse, mina",
  ]);
  expect(scene.members.account("mina" as never)?.email).toBeNull();
});

test("a guest in rooms becomes a user with an account by signing up", () => {
  const scene = new Scene();
  const jun = scene.guest("jun").says("JOIN #tea");
  const mina = scene.guest("mina", "account-notify", "extended-join").says("JOIN #tea");
  for (const one of [jun, mina]) one.hears();
  mina.says(`REGISTER * mina@example.org :${PASSWORD}`);
  expect(mina.hears()).toEqual([
    ":tea.test REGISTER SUCCESS mina :Welcome. You are signed up and logged in",
    ":tea.test 900 mina mina!~mina@guest.test mina :You are now logged in as mina",
    ":mina!~mina@guest.test PART #tea :Logged in",
    ":mina!u@000000000005.account ACCOUNT mina",
  ]);
  expect(jun.hears()).toEqual([":mina!~mina@guest.test QUIT :Logged in"]);
  mina.says("JOIN #tea");
  expect(mina.hears()[0]).toEqual(":mina!u@000000000005.account JOIN #tea mina :mina");
  expect(scene.members.account("mina" as never)?.email).toBe("mina@example.org");
});

test("the account's name may differ from the nick", () => {
  const scene = new Scene();
  const mina = scene.guest("mina").says(`REGISTER 민수 * :${PASSWORD}`);
  expect(mina.hears()).toEqual([
    ":tea.test REGISTER SUCCESS 민수 :Welcome. You are signed up and logged in",
    ":tea.test 900 mina mina!~mina@guest.test 민수 :You are now logged in as 민수",
  ]);
  expect(mina.session.account as string | null).toBe("민수");
});

test("every refusal has its code", () => {
  const scene = new Scene();
  scene.signUp("barley");
  scene.guest("jun");
  const mina = visitor(scene);
  mina.says(
    "REGISTER",
    "REGISTER mina *",
    `REGISTER Barley * :${PASSWORD}`,
    `REGISTER bar1ey * :${PASSWORD}`,
    `REGISTER jun * :${PASSWORD}`,
    `REGISTER NickServ * :${PASSWORD}`,
    `REGISTER a.b * :${PASSWORD}`,
    `REGISTER ${"x".repeat(33)} * :${PASSWORD}`,
    `REGISTER mіna * :${PASSWORD}`,
    "REGISTER * * :short",
    "REGISTER * * :mina2026",
    "REGISTER * * :password1",
    `REGISTER * * :${"x".repeat(301)}`,
    "REGISTER * * :warm\x07barley\x07tea",
    `REGISTER * nowhere :${PASSWORD}`,
    "VERIFY mina 1234",
  );
  expect(mina.hears()).toEqual([
    ":tea.test FAIL REGISTER NEED_MORE_PARAMS :Give a name, an e-mail address or *, and a password",
    ":tea.test FAIL REGISTER NEED_MORE_PARAMS :Give a name, an e-mail address or *, and a password",
    ":tea.test FAIL REGISTER ACCOUNT_EXISTS Barley :That name is taken. Try another",
    ":tea.test FAIL REGISTER ACCOUNT_NAME_LOOKALIKE bar1ey :That name looks like one that is taken. Try another",
    ":tea.test FAIL REGISTER ACCOUNT_EXISTS jun :That name is taken. Try another",
    ":tea.test FAIL REGISTER BAD_ACCOUNT_NAME NickServ :That name is reserved",
    ":tea.test FAIL REGISTER BAD_ACCOUNT_NAME a.b :A name can have letters and digits of any language, and - _ [ ] \\ ` ^ { } |",
    ":tea.test FAIL REGISTER BAD_ACCOUNT_NAME xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx :That name is too long",
    ":tea.test FAIL REGISTER BAD_ACCOUNT_NAME mіna :That name mixes alphabets that look alike",
    ":tea.test FAIL REGISTER WEAK_PASSWORD mina :That password is too short. Try a whole sentence",
    ":tea.test FAIL REGISTER WEAK_PASSWORD mina :Your password can't be your name",
    ":tea.test FAIL REGISTER WEAK_PASSWORD mina :That password is one of those that are guessed first. Try a whole sentence",
    ":tea.test FAIL REGISTER UNACCEPTABLE_PASSWORD mina :A password can have at most 300 bytes",
    ":tea.test FAIL REGISTER UNACCEPTABLE_PASSWORD mina :That password contains a control character",
    ":tea.test FAIL REGISTER INVALID_EMAIL mina :That is not a valid e-mail address",
    ":tea.test FAIL VERIFY INVALID_CODE mina :There is nothing to verify",
  ]);
  expect([...scene.members.accounts()]).toHaveLength(1);
});

test("before NICK, REGISTER reveals nothing about accounts", () => {
  const scene = new Scene();
  scene.signUp("barley");
  const stranger = scene.connect().says(`REGISTER barley * :${PASSWORD}`);
  expect(stranger.hears()).toEqual([":tea.test FAIL REGISTER NEED_NICK * :Choose a nick first"]);
});

test("the nick of an online guest can't be signed up by another user", () => {
  const scene = new Scene();
  const guest = scene.guest("mina");
  const other = scene.connect().says("NICK Mina", `REGISTER * * :${PASSWORD}`);
  other.says(`REGISTER bora * :${PASSWORD}`);
  expect(other.hears()).toEqual([
    ":tea.test 433 * Mina :Somebody has that name. Try another",
    ":tea.test FAIL REGISTER ACCOUNT_EXISTS Mina :That name is taken. Try another",
    ":tea.test FAIL REGISTER NEED_NICK * :Choose a nick first",
  ]);
  guest.says("QUIT");
  expect(other.says(`REGISTER * * :${PASSWORD}`).hears()[0]).toContain(" REGISTER SUCCESS Mina ");
});

test("neither can a nick that was taken before registration was complete", () => {
  const scene = new Scene();
  const other = scene.connect().says("NICK mina");
  scene.guest("mina");
  other.says("USER mina 0 * :Mina", `REGISTER * * :${PASSWORD}`);
  expect(other.hears()).toEqual([
    ":tea.test 433 * mina :Somebody has that name. Try another",
    ":tea.test FAIL REGISTER ACCOUNT_EXISTS mina :That name is taken. Try another",
  ]);
});

test("where before-connect isn't offered, REGISTER is refused before registration", () => {
  const scene = new Scene({ registerBeforeConnect: false });
  const mina = visitor(scene).says(`REGISTER * * :${PASSWORD}`, "VERIFY mina 1234");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL REGISTER COMPLETE_CONNECTION_REQUIRED mina :Finish connecting first",
    ":tea.test FAIL VERIFY COMPLETE_CONNECTION_REQUIRED mina :Finish connecting first",
  ]);
  expect(scene.guest("jun").says(`REGISTER * * :${PASSWORD}`).hears()[0]).toEqual(
    ":tea.test REGISTER SUCCESS jun :Welcome. You are signed up and logged in",
  );
});

test("a session that is logged in can't sign up again", () => {
  const mina = new Scene().person("mina").says(`REGISTER jun * :${PASSWORD}`, "VERIFY jun 1234");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL REGISTER ALREADY_AUTHENTICATED mina :You are already logged in",
    ":tea.test FAIL VERIFY ALREADY_AUTHENTICATED mina :You are already logged in",
  ]);
});

test("an e-mail address may be required", () => {
  const mina = visitor(new Scene({ email: "required" }));
  mina.says(`REGISTER * * :${PASSWORD}`, `REGISTER * mina@example.org :${PASSWORD}`);
  expect(mina.hears().slice(0, 2)).toEqual([
    ":tea.test FAIL REGISTER INVALID_EMAIL mina :This server requires an e-mail address",
    ":tea.test REGISTER SUCCESS mina :Welcome. You are signed up and logged in",
  ]);
});

test("sign-up by invitation: without a code, with a wrong one, and with a valid one", () => {
  const scene = new Scene({ signUp: "invite", guests: false });
  const code = scene.ownerCode();
  expect(visitor(scene).says(`REGISTER * * :${PASSWORD}`).hears()).toEqual([
    ":tea.test FAIL REGISTER INVITATION_REQUIRED mina :You need an invitation to sign up: send its code with PASS",
  ]);
  const guesser = scene.connect().says("PASS :guess", "NICK mina", `REGISTER * * :${PASSWORD}`);
  expect(guesser.hears()).toEqual([
    ":tea.test FAIL REGISTER INVITATION_WRONG mina :That invitation is not valid, or no longer",
  ]);
  const owner = scene
    .connect()
    .says(`PASS :${code.toUpperCase()}`, "NICK mina", `REGISTER * * :${PASSWORD}`);
  expect(owner.hears()[0]).toEqual(
    ":tea.test REGISTER SUCCESS mina :Welcome. You are signed up and logged in",
  );
  expect(scene.members.account("mina" as never)?.owner).toBe(true);
  const late = scene.connect().says(`PASS :${code}`, "NICK jun", `REGISTER * * :${PASSWORD}`);
  expect(late.hears()).toEqual([
    ":tea.test FAIL REGISTER INVITATION_WRONG jun :That invitation is not valid, or no longer",
  ]);
});

test("without an invitation, REGISTER doesn't reveal which names are taken", () => {
  const scene = new Scene({ signUp: "invite", guests: false });
  scene.person("barley").says("NICK oolong");
  for (const name of ["barley", "oolong", "chai"]) {
    expect(visitor(scene, "mina").says(`REGISTER ${name} * :${PASSWORD}`).hears()).toEqual([
      `:tea.test FAIL REGISTER INVITATION_REQUIRED ${name} :You need an invitation to sign up: send its code with PASS`,
    ]);
  }
});

test("REGISTER requires the server's password", () => {
  const passwordDigest = new Bun.CryptoHasher("sha256").update("oolong").digest("hex");
  const scene = new Scene({ passwordDigest });
  const mina = visitor(scene);
  expect(mina.says(`REGISTER * * :${PASSWORD}`).hears()).toEqual([
    ":tea.test 464 mina :This server requires a password: send it with PASS",
  ]);
  expect([...scene.members.accounts()]).toEqual([]);
  mina.says("PASS :oolong", `REGISTER * * :${PASSWORD}`);
  expect(mina.hears()[0]).toBe(
    ":tea.test REGISTER SUCCESS mina :Welcome. You are signed up and logged in",
  );
});

test("who doesn't know the server's password learns of no name by ACCOUNT CHECK", () => {
  const passwordDigest = new Bun.CryptoHasher("sha256").update("oolong").digest("hex");
  const scene = new Scene({ passwordDigest });
  scene.signUp("barley");
  const mina = visitor(scene);
  mina.says("ACCOUNT CHECK barley", "PASS :wrong", "ACCOUNT CHECK barley", "ACCOUNT CHECK chai");
  expect(mina.hears().map((line) => line.split(" ")[1])).toEqual(["464", "464", "464"]);
  mina.says("PASS :oolong", "ACCOUNT CHECK barley");
  expect(mina.hears()[0]).toContain("FAIL ACCOUNT ACCOUNT_EXISTS barley ");
});

test("a closed server refuses every sign-up", () => {
  const scene = new Scene({ signUp: "closed" });
  expect(visitor(scene).says(`REGISTER * * :${PASSWORD}`).hears()).toEqual([
    ":tea.test FAIL REGISTER SIGN_UP_CLOSED mina :This server accepts no new accounts",
  ]);
});

test("wrong invitation codes from an address don't hinder a good one", () => {
  const scene = new Scene({ signUp: "invite", guests: false });
  for (let i = 0; i < 30; i += 1) {
    scene.connect().says(`PASS :guess${i}`, "NICK mina", `REGISTER * * :${PASSWORD}`);
  }
  const invited = scene.connect().says(`PASS ${scene.ownerCode()}`, "NICK mina");
  invited.says(`REGISTER * * :${PASSWORD}`);
  expect(invited.hearsVerbs()).toEqual(["REGISTER", "900"]);
});

test("of two concurrent sign-ups for one name, one succeeds", () => {
  const scene = new Scene();
  scene.holding = true;
  const [mina, other] = [scene.guest("one"), scene.guest("two")];
  for (const one of [mina, other]) one.says(`REGISTER 민수 * :${PASSWORD}`);
  scene.settle();
  expect(mina.hears()[0]).toEqual(
    ":tea.test REGISTER SUCCESS 민수 :Welcome. You are signed up and logged in",
  );
  expect(other.hears()).toEqual([
    ":tea.test FAIL REGISTER ACCOUNT_EXISTS 민수 :That name is taken. Try another",
  ]);
});

test("a sign-up that can't be stored fails, and the name is free again", () => {
  const scene = new Scene();
  scene.diskFull = true;
  const mina = visitor(scene).says(`REGISTER * * :${PASSWORD}`);
  expect(mina.hears()).toEqual([
    ":tea.test FAIL REGISTER TEMPORARILY_UNAVAILABLE mina :The server can't sign you up right now. Try again in a few seconds",
  ]);
  scene.diskFull = false;
  mina.says(`REGISTER * * :${PASSWORD}`);
  expect(mina.hears()[0]).toEqual(
    ":tea.test REGISTER SUCCESS mina :Welcome. You are signed up and logged in",
  );
});

test("a session that closes before its password is hashed has not signed up", () => {
  const scene = new Scene();
  scene.holding = true;
  visitor(scene).says(`REGISTER * * :${PASSWORD}`).vanishes();
  scene.settle();
  expect([...scene.members.accounts()]).toEqual([]);
  const jun = visitor(scene, "jun").says(`REGISTER * * :${PASSWORD}`);
  jun.hears();
  scene.settle();
  expect(jun.hears()[0]).toEqual(
    ":tea.test REGISTER SUCCESS jun :Welcome. You are signed up and logged in",
  );
});

test("a nick in use by a user with another account can't be signed up", () => {
  const scene = new Scene();
  scene.person("jun").says("NICK barley");
  expect(visitor(scene).says(`REGISTER barley * :${PASSWORD}`).hears()).toEqual([
    ":tea.test FAIL REGISTER ACCOUNT_EXISTS barley :That name is taken. Try another",
  ]);
});
