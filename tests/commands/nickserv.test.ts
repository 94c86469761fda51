import { describe, expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

const NOTICE = ":NickServ!services@tea.test NOTICE";

/** NickServ's replies to a user. */
function answers(actor: Actor): string[] {
  return actor.hearsPlain().flatMap((line) => {
    const [source = "", verb = "", , ...words] = line.split(" ");
    const isNotice = source.startsWith(":NickServ!") && verb === "NOTICE";
    return isNotice ? [words.join(" ").replace(/^:/, "")] : [];
  });
}

describe("REGISTER and IDENTIFY", () => {
  test("a guest signs up with NickServ under their nick, and logs in again", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    mina.says("PRIVMSG NickServ :REGISTER barley-and-rice");
    expect(answers(mina)).toEqual(["Welcome. You are signed up and logged in"]);
    expect(mina.session.account as string).toBe("mina");
    const other = scene.guest("somebody");
    other.says("PRIVMSG nickserv :identify mina wrong-password");
    expect(answers(other)).toEqual(["Wrong name or password. Try again"]);
    other.says("PRIVMSG NickServ@services :IDENTIFY mina barley-and-rice");
    const lines = other.hears();
    expect(lines).toContain(`${NOTICE} somebody :You are logged in`);
    expect(lines.some((line) => line.includes(" 900 "))).toBe(true);
    other.says("NS IDENTIFY mina barley-and-rice");
    expect(answers(other)).toEqual(["You are already logged in as mina"]);
  });

  test("IDENTIFY without an account means the current nick, and a password may have spaces", () => {
    const scene = new Scene();
    scene.signUp("mina");
    const mina = scene.connect();
    mina.says("NICK mina", "NICKSERV IDENTIFY mina-password", "USER mina 0 * :mina");
    const verbs = mina.hearsVerbs();
    expect(verbs).toContain("900");
    expect(verbs).toContain("001");
  });

  test("unregistered sessions can sign up and log in on a server without guests", () => {
    const scene = new Scene({ guests: false });
    const mina = scene.connect().introduces("mina");
    mina.hears();
    mina.says("PRIVMSG NickServ :INFO", "PRIVMSG #tea :hello", "PRIVMSG jun :hello");
    expect(mina.hears()).toEqual([
      `${NOTICE} mina :Log in first: IDENTIFY [account] <password>`,
      ":tea.test 451 mina :Introduce yourself first: NICK and USER",
      ":tea.test 451 mina :Introduce yourself first: NICK and USER",
    ]);
    mina.says("PRIVMSG NickServ :REGISTER barley-and-rice mina@example.org");
    expect(mina.hearsVerbs().slice(0, 3)).toEqual(["NOTICE", "900", "001"]);
    const again = scene.connect().introduces("mina");
    again.hears();
    again.says("PRIVMSG NickServ :IDENTIFY barley-and-rice");
    expect(again.hearsVerbs().slice(0, 3)).toEqual(["900", "NOTICE", "001"]);
  });

  test("an invitation is the third word, on a server that requires one", () => {
    const scene = new Scene({ signUp: "invite" });
    const code = scene.ownerCode();
    const mina = scene.guest("mina");
    mina.says("NS REGISTER barley-and-rice", `NS REGISTER barley-and-rice * ${code}`);
    expect(answers(mina)).toEqual([
      "This server is by invitation: REGISTER <password> <e-mail or *> <invitation>",
      "Welcome. You are signed up and logged in",
    ]);
  });

  test("guessing is rate limited as elsewhere", () => {
    const scene = new Scene();
    scene.signUp("mina");
    const other = scene.guest("other");
    for (let i = 0; i < 7; i += 1) other.says(`NS IDENTIFY mina guess${i}`);
    const more = scene.guest("more");
    for (let i = 0; i < 5; i += 1) more.says(`NS IDENTIFY mina guess${i}`);
    expect(answers(more).at(-1)).toMatch(/^Too many tries\. Try again in \d+ seconds$/);
  });
});

describe("messages to a service", () => {
  test("are not echoed, stored or relayed", () => {
    const scene = new Scene();
    const mina = scene.person("mina", "echo-message", "labeled-response", "batch");
    const phone = scene.person("mina");
    const all = [mina, phone];
    mina.says("@label=x PRIVMSG NickServ :CONFIRM mina-password", "NS CONFIRM mina-password");
    mina.says("NOTICE NickServ :IDENTIFY mina-password", "PRIVMSG NickServ :\x01VERSION\x01");
    const jun = scene.person("jun");
    for (const list of ["NickServ,jun", "jun,nickserv", "#den,jun,NS,ChanServ@services"])
      mina.says(`PRIVMSG ${list} :IDENTIFY mina-password`, `NOTICE ${list} :mina-password`);
    expect(jun.hears()).toEqual([]);
    const lines = all.flatMap((actor) => actor.hears());
    expect(lines).toEqual([
      `@label=x ${NOTICE} mina :Your password is confirmed`,
      `${NOTICE} mina :Your password is confirmed`,
      ...["NickServ", "NickServ", "ChanServ"].map(
        (name) =>
          `:tea.test 531 mina ${name} :Send messages to a service alone, not with other recipients`,
      ),
    ]);
    expect(JSON.stringify([scene.people, scene.notes])).not.toContain("mina-password");
    expect(scene.log.conversations()).toEqual([]);
  });

  test("the names of services are reserved", () => {
    const mina = new Scene().guest("mina");
    mina.says("NICK NickServ", "NICK ChanServ");
    expect(mina.hearsVerbs()).toEqual(["432", "432"]);
  });

  test("HELP lists the commands, and shows how one is written", () => {
    const mina = new Scene().guest("mina");
    mina.says("NS", "NS HELP passwd", "NS HELP nothing", "NS SENDPASS mina", "NS PASSWD x");
    const heard = answers(mina);
    expect(heard[2]).toContain("REGISTER IDENTIFY INFO GHOST REGAIN");
    expect(heard.slice(3)).toEqual([
      "Usage: /msg NickServ PASSWD <old password> <new password> [KEEP]",
      "Changes your password, ends your other sessions, and makes other devices need the password; with KEEP they stay.",
      "Unknown command: HELP lists the commands",
      "Unknown command SENDPASS: try HELP",
      "Usage: /msg NickServ PASSWD <old password> <new password> [KEEP]",
    ]);
  });
});

describe("GHOST and REGAIN", () => {
  test("GHOST closes other connections of the user's account", () => {
    const scene = new Scene();
    const [old, mina] = [scene.person("mina"), scene.person("mina")];
    mina.says("NS GHOST mina", "NS GHOST mina", "NS GHOST jun");
    expect(old.hears()).toEqual(["ERROR :mina was taken back by its owner"]);
    expect(answers(mina)).toEqual([
      "Closed 1 connection of mina",
      "No other connection uses mina",
      "That is not your nick",
    ]);
  });

  test("REGAIN gives the account's nick back, also to a guest with the password", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    mina.says("NICK min", "NS REGAIN mina", "NS REGAIN mina");
    expect(mina.hearsPlain().map((line) => line.replace(/!\S+/, ""))).toEqual([
      ":mina NICK min",
      ":min NICK mina",
      ":NickServ NOTICE mina :Your nick is already mina",
    ]);
    const guest = scene.guest("mina_");
    guest.says("NS REGAIN mina", "NS REGAIN mina mina-password");
    expect(answers(guest)).toEqual([
      "Give your password, too, or log in: IDENTIFY",
      "You are logged in",
      "Your nick is already mina",
    ]);
    const stranger = scene.guest("stranger");
    stranger.says("NS GHOST mina wrong-password");
    expect(answers(stranger)).toEqual(["Wrong name or password. Try again"]);
    expect(mina.closed).toBe(false);
  });
});

describe("the user's own account", () => {
  test("PASSWD needs the old password every time, and logs out other devices", () => {
    const scene = new Scene();
    const [phone, mina] = [scene.person("mina"), scene.person("mina")];
    mina.says("NS CONFIRM mina-password", "NS PASSWD wrong barley-and-rice");
    expect(answers(mina)).toEqual(["Your password is confirmed", "That is not your password"]);
    mina.says("NS PASSWD mina-password short", "NS PASSWD mina-password barley-and-rice");
    expect(answers(mina)).toEqual([
      "Your password is confirmed",
      "That password is too short. Try a whole sentence",
      "Your password is confirmed",
      "Your password was changed",
    ]);
    expect(phone.closed).toBe(true);
    const again = scene.connect().logsIn("mina", [], "barley-and-rice");
    expect(again.hearsVerbs()).toContain("001");
  });

  test("SET and CERT need CONFIRM first", () => {
    const scene = new Scene();
    scene.signUp("mina");
    const mina = scene.connect({ certificate: "ab".repeat(32) });
    mina.logsIn("mina");
    mina.hears();
    mina.says("NS SET PASSWORD barley-and-rice", "NS CERT ADD laptop", "NS SET GREETING hello");
    mina.says("NS CONFIRM mina-password", "NS CERT ADD old laptop", "NS CERT LIST");
    expect(answers(mina)).toEqual([
      "Say your password first: CONFIRM <password>",
      "Say your password first: CONFIRM <password>",
      "Only PASSWORD and EMAIL can be set here",
      "Your password is confirmed",
      "This device can now log in without a password",
      `${"ab".repeat(32)}  2026-11-22T00:30:00.000Z  old laptop`,
      "End of the list",
    ]);
    mina.says(`NS CERT DEL ${"ab".repeat(32)}`, "NS SET PASSWORD barley-and-rice");
    expect(answers(mina)).toEqual([
      "That device can no longer log in without a password",
      "Your password was changed",
    ]);
  });

  test("INFO shows of other users the same as WHOIS, and of the user themselves a little more", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    scene.signUp("jun", true);
    mina.says("NS INFO", "NS INFO jun", "NS INFO nobody");
    expect(answers(mina)).toEqual([
      "mina was registered at 2026-11-22T00:30:00.000Z",
      "Online as mina",
      "Your e-mail address: none",
      "Your connections: 1",
      "Devices that log in by certificate: 0",
      "jun was registered at 2026-11-22T00:30:00.000Z",
      "jun owns this server",
      "Offline",
      "There is no account nobody",
    ]);
  });

  test("INFO shows the user's own e-mail address as unverified", () => {
    const mina = new Scene().guest("mina");
    mina.says("NS REGISTER barley-and-rice mina@example.org").hears();
    mina.says("NS INFO");
    expect(answers(mina)).toContain("Your e-mail address: mina@example.org (unverified)");
  });

  test("LOGOUT closes this connection only", () => {
    const scene = new Scene();
    const [phone, mina] = [scene.person("mina"), scene.person("mina")];
    mina.says("NS LOGOUT");
    expect(mina.hearsVerbs()).toEqual(["901", "ERROR"]);
    expect([mina.closed, phone.closed]).toEqual([true, false]);
  });

  test("DROP deletes the account, with the right password and under its own name", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    mina.says("NS DROP jun mina-password", "NS DROP wrong-password");
    expect(answers(mina)).toEqual([
      "You can only delete your own account",
      "That is not your password",
    ]);
    mina.says("NS UNREGISTER mina mina-password");
    expect(answers(mina)).toEqual(["Your password is confirmed", "Your account was deleted"]);
    expect(mina.closed).toBe(true);
    expect([...scene.members.accounts()]).toEqual([]);
  });

  test("commands on the user's own account need a log-in", () => {
    const mina = new Scene().guest("mina");
    mina.says("NS CONFIRM x", "NS LOGOUT", "NS CERT LIST", "NS DROP x");
    const sentence = "Log in first: IDENTIFY [account] <password>";
    expect(answers(mina)).toEqual([sentence, "You are not logged in", sentence, sentence]);
  });
});
