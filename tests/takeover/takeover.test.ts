import { expect, test } from "bun:test";
import type { Room } from "../../lib/chat-server/rooms/room.ts";
import type { StoredChange } from "../../lib/chat-server/takeover/follow.ts";
import type { User } from "../../lib/chat-server/users/user.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { OPENING_TIME, passwordOf, Scene } from "../scene.ts";

/** What people notice when another server takes the place of theirs in the middle of something: see docs/takeover.md. */

function scene(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  return new Scene(options, undefined, null, "by hand");
}

test("nobody is told of a takeover, and a guest is in the room with the same rank", () => {
  const town = scene();
  const bob = town.guest("bob").says("JOIN #tea");
  const eve = town.guest("eve").says("JOIN #tea");
  for (const actor of [bob, eve]) actor.hears();
  town.takesOver();
  expect(eve.hears()).toEqual([]);
  bob.says("MODE #tea +v eve", "NICK rob");
  expect(eve.hears()).toEqual([
    ":bob!~bob@guest.test MODE #tea +v eve",
    ":bob!~bob@guest.test NICK rob",
  ]);
  town.takesOver();
  expect(eve.says("NAMES #tea").hears()[0]).toBe(":tea.test 353 eve = #tea :@rob +eve");
});

test("what somebody else's command changes of a user is handed over", () => {
  const town = scene();
  const mina = town.person("mina").says("MODE mina +g");
  const jun = town.person("jun").says("PRIVMSG mina :psst");
  mina.hears();
  jun.hears();
  town.takesOver();
  jun.says("PRIVMSG mina :psst");
  expect(mina.hears()).toEqual([]);
  mina.says("QUIT");
  jun.says("PRIVMSG mina :are you there?");
  town.takesOver();
  const again = town.connect().logsIn("mina");
  expect(again.hears().filter((line) => line.includes(" 718 "))).toHaveLength(1);
});

test("whom a call meant before it was edited is known to the next server", () => {
  const town = scene();
  const mina = town.person("mina", "sodam.chat/edit", "echo-message", "message-tags");
  mina.says("JOIN #tea");
  const caps = ["sodam.chat/unread", "draft/read-marker"];
  const jun = town.person("jun", ...caps).says("JOIN #tea");
  const sora = town.person("sora", ...caps).says("JOIN #tea", "AWAY :lunch");
  mina.hears();
  mina.says("PRIVMSG #tea :@here lunhc?");
  const [msgid = ""] = mina.hears().flatMap((line) => /msgid=(\w+)/.exec(line)?.[1] ?? []);
  mina.says(`EDIT #tea ${msgid} :@here lunch?`);
  town.takesOver();
  jun.says("AWAY :later");
  sora.says("AWAY");
  const counts = () =>
    [jun, sora].map((actor) => /UNREAD (.*)/.exec(actor.hears().join("\n"))?.[1] ?? null);
  counts();
  mina.says(`REDACT #tea ${msgid}`);
  expect(counts()).toEqual(["#tea 0 0", "#tea 0 0"]);
});

test("a command that waits and has had no effect runs again", () => {
  const town = scene();
  const mina = town.person("mina", "labeled-response", "batch");
  mina.says("JOIN #tea", "PRIVMSG #tea :hi").hears();
  town.holding = true;
  mina.says("@label=a CHATHISTORY LATEST #tea * 5", "@label=b PING :x");
  town.holding = false;
  town.takesOver();
  const lines = mina.hears();
  expect(lines[0]).toStartWith("@label=a ");
  expect(lines.at(-1)).toBe("@label=b :tea.test PONG tea.test x");
});

test("a long answer of which a part was sent is refused in words, with its batches ended", () => {
  const town = scene();
  const mina = town.person("mina", "batch", "standard-replies", "sodam.chat/read-receipts");
  // More than a slice of lines, without a label: they are sent as they are made.
  for (let n = 0; n < 190; n += 1) mina.says(`JOIN #room${n}`);
  const jun = town.person("jun", "batch", "standard-replies");
  for (let n = 0; n < 190; n += 1) jun.says(`JOIN #room${n}`);
  jun.hears();
  town.holding = true;
  jun.says("LIST");
  while (town.pendingCount > 0 && jun.session.hasEffect === false) town.settleOne();
  const begun = jun.hears();
  const isUnderWay = jun.session.isWaiting;
  town.holding = false;
  town.takesOver();
  const rest = jun.hears();
  expect(begun.length + rest.length).toBeGreaterThan(1);
  if (isUnderWay) expect(rest.at(-1)).toContain(" INTERRUPTED ");
  else expect(rest).toEqual([]);
});

test("the change of a password that is being stored is refused in words, since it may have been stored", () => {
  const town = scene();
  const mina = town.person("mina", "labeled-response", "batch", "standard-replies");
  mina.says(`ACCOUNT CONFIRM ${passwordOf("mina")}`).hears();
  town.holding = true;
  mina.says("@label=x ACCOUNT PASSWORD a-longer-password-2");
  // The hash, and then the accounts' file.
  town.settleOne();
  town.holding = false;
  town.takesOver();
  expect(mina.hears()).toEqual([
    "@label=x :tea.test FAIL ACCOUNT INTERRUPTED :The server was replaced while it did that. See whether it was done, and send it again if not",
  ]);
});

for (const open of [
  ["BATCH +a draft/multiline #tea", "@batch=a PRIVMSG #tea :one"],
  ["CHATHISTORY LATEST #tea * 5"],
]) {
  test(`what others change of a session is handed over while ${open[0]} is unfinished`, () => {
    const town = scene();
    const other = town.person("mina");
    const mina = town
      .connect()
      .logsIn("mina", [
        ...["draft/multiline", "batch", "draft/chathistory", "draft/metadata-2", "message-tags"],
      ]);
    mina.says("JOIN #tea", "METADATA * SUB mood", "METADATA * SET mood :warm").hears();
    const batches: string[] = [];
    const hear = (): void => {
      batches.push(...mina.hears().flatMap((line) => /BATCH \+(\w{1,2}) /.exec(line)?.[1] ?? []));
    };
    other.says("JOIN #a");
    town.holding = true;
    mina.says(...open);
    other.says("JOIN #b");
    hear();
    town.holding = false;
    town.takesOver();
    town.settle();
    other.says("JOIN #c");
    hear();
    expect(batches.length).toBeGreaterThan(2);
    expect(batches).toEqual([...new Set(batches)]);
  });
}

test("what others change of a session is handed over while a log-in in pieces is unfinished", () => {
  const town = scene();
  town.signUp("mina");
  const mina = town.connect().logsIn("mina", ["sodam.chat/account"]);
  // The piece has no end: its line is run again.
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${"x".repeat(400)}`).hears();
  const { session } = mina;
  expect(session.unfinishedLines).toBe(1);
  session.noticesCaused.add("n1");
  town.server.state.softChanges.noteSession(session);
  town.takesOver();
  expect([...mina.session.noticesCaused]).toEqual(["n1"]);
  expect(mina.session.sasl?.input.isUnfinished).toBe(true);
});

test("an open multiline message goes on, also when something else was done in between", () => {
  for (const between of [[], ["PING :x"]]) {
    const town = scene();
    const mina = town.person("mina", "draft/multiline", "batch");
    const jun = town.person("jun", "draft/multiline", "batch");
    for (const actor of [mina, jun]) actor.says("JOIN #tea");
    mina.says("BATCH +a draft/multiline #tea", "@batch=a PRIVMSG #tea :one", ...between);
    jun.hears();
    town.takesOver();
    mina.says("@batch=a PRIVMSG #tea :two", "BATCH -a");
    const heard = jun.hearsPlain().filter((line) => line.includes(" PRIVMSG "));
    expect(heard.map((line) => line.split(" :").at(-1))).toEqual(["one", "two"]);
  }
});

test("a log-in in pieces goes on, or is refused in words if something else was done in between", () => {
  const long = `${"p".repeat(300)}-password`;
  for (const between of [[], ["PING :x"]]) {
    const town = scene();
    town.signUp("mina");
    const mina = town.connect().says("CAP REQ :sasl standard-replies", "AUTHENTICATE PLAIN");
    mina.hears();
    const [first = "", ...rest] = encodePlain("mina", long);
    mina.says(`AUTHENTICATE ${first}`, ...between);
    mina.hears();
    town.takesOver();
    mina.says(...rest.map((piece) => `AUTHENTICATE ${piece}`));
    const sentence = between.length === 0 ? "Wrong name or password" : "The server was replaced";
    expect(mina.hears().at(-1)).toContain(` 904 * :${sentence}`);
  }
});

test("the key of a second factor that isn't on yet is lost, and its owner is told", () => {
  const town = scene();
  const mina = town.person("mina", "standard-replies");
  mina.says(`ACCOUNT CONFIRM ${passwordOf("mina")}`, "ACCOUNT 2FA SETUP").hears();
  town.takesOver();
  mina.says("ACCOUNT 2FA ON 123456");
  expect(mina.hears()[0]).toStartWith(
    ":tea.test FAIL ACCOUNT SECOND_FACTOR_SETUP_REQUIRED :The server was replaced meanwhile",
  );
});

test("no password, code or key is handed over, by any command that takes one", () => {
  const town = scene({ passwordDigest: "d".repeat(64) });
  const secrets = ["hunter2-server", "hunter2-sasl", "hunter2-register", "hunter2-oper"];
  const visitor = town.connect().says("CAP LS 302", "CAP REQ :sasl", `PASS ${secrets[0]}`);
  visitor.says("NICK eve", "USER eve 0 * :eve", "AUTHENTICATE PLAIN");
  const [piece = ""] = encodePlain("eve", secrets[1] ?? "");
  town.holding = true;
  visitor.says(`AUTHENTICATE ${piece}`);
  town.takesOver();
  town.holding = false;
  town.settle();
  const open = scene();
  const mina = open.person("mina", "standard-replies");
  mina.says(`ACCOUNT CONFIRM ${passwordOf("mina")}`, "ACCOUNT 2FA SETUP");
  const key =
    mina
      .hears()
      .join(" ")
      .match(/SECOND_FACTOR_KEY (\S+)/)?.[1] ?? "none";
  mina.says(
    `OPER root ${secrets[3]}`,
    `ACCOUNT PASSWORD ${secrets[2]}`,
    `NS IDENTIFY ${secrets[1]}`,
  );
  const guest = open.guest("bob").says(`REGISTER * * ${secrets[2]}`, `NS REGISTER ${secrets[2]}`);
  guest.says(`PRIVMSG NickServ :IDENTIFY mina ${secrets[1]}`);
  open.takesOver();
  const all = [...town.handedOver(), ...open.handedOver()].join("\n");
  expect(all.length).toBeGreaterThan(2000);
  for (const secret of [...secrets, piece, key, passwordOf("mina")]) {
    expect([secret, all.includes(secret)]).toEqual([secret, false]);
  }
});

test("limits on guessing hold on", () => {
  const town = scene({ floodControl: true });
  town.signUp("mina");
  const guess = () => {
    const actor = town.connect({ address: "198.51.100.7" });
    actor.logsIn("mina", ["standard-replies"], "wrong-password-1");
    return actor.hears().some((line) => line.includes("RATE_LIMITED"));
  };
  let tries = 0;
  while (!guess() && tries < 100) tries += 1;
  expect(tries).toBeLessThan(100);
  town.takesOver();
  expect(guess()).toBe(true);
});

test("limits that were handed over aren't handed over again, but those that have ended go", () => {
  const town = scene({ floodControl: true });
  const { takeover, state } = town.server;
  const limits = () =>
    new Map(takeover.takeChanges().parts.filter(([key]) => /^(rooms|names)-/.test(key)));
  state.isFollowing = true;
  const parts = [
    ["rooms-created:192.0.2.1", 500_000],
    ["rooms-created:192.0.2.2", 5000],
    ["names-asked:192.0.2.1", [2000, 3000]],
  ] as const;
  takeover.follow({ changes: [], parts, upMs: 4000 });
  town.now += 10_000;
  takeover.lead();
  state.roomCreationLimiter.take("192.0.2.3", state.elapsedMs);
  expect([...limits()]).toEqual([
    ["rooms-created:192.0.2.2", null],
    ["rooms-created:192.0.2.3", expect.any(Number)],
  ]);
  town.now += 10_000;
  expect([...limits()]).toEqual([]);
});

test("a session without a connection is closed after the takeover, and its guest quits", () => {
  const town = scene();
  const bob = town.guest("bob").says("JOIN #tea");
  const eve = town.guest("eve").says("JOIN #tea");
  eve.hears();
  town.takesOver();
  bob.vanishes();
  expect(eve.hears()).toEqual([":bob!~bob@guest.test QUIT :Connection lost"]);
});

test("a record is told again to those who missed it, in the same bytes and order", () => {
  const town = scene();
  const mina = town.person("mina", "message-tags", "server-time");
  const jun = town.person("jun", "message-tags", "server-time");
  for (const actor of [mina, jun]) actor.says("JOIN #tea");
  town.takesOver();
  const { takeover } = town.server;
  takeover.takeChanges();
  jun.hears();
  mina.says("PRIVMSG #tea :one", "NICK minerva", "PRIVMSG #tea :two", "PART #tea :bye");
  const first = jun.hears();
  const { changes, told } = town.lastTurns();
  takeover.retell([{ changes, told }], [jun.session]);
  expect(jun.hears()).toEqual(first);
  expect(mina.hears().filter((line) => line.includes("PRIVMSG"))).toEqual([]);
});

test("what can't be noted of one conversation is lost alone: not others' receipts, nor the counts", () => {
  const town = scene();
  const mina = town.person("mina").says("JOIN #tea");
  const { takeover, state } = town.server;
  const notes: string[] = [];
  Object.assign(state.ports, { note: (_: string, text: string) => notes.push(text) });
  takeover.takeChanges();
  const broken = Object.defineProperty({}, "id", {
    get() {
      throw new Error("broken");
    },
  });
  const [tea] = [...state.rooms.all()] as [Room];
  const { user } = mina.session as { user: User };
  // The cast: it stands for a conversation that is in no order.
  state.softChanges.noteReceipts(broken as Room);
  state.readReceipts.note(tea, user);
  const keys = takeover.takeChanges(true).parts.map(([key]) => key);
  expect(keys).toContain(`receipts:${tea.id}`);
  expect(keys).toContain("counts:");
  expect(notes).toEqual(["soft state can't be noted"]);
});

test("of a turn in which nothing happened nothing is handed over", () => {
  const town = scene();
  town.guest("bob").says("JOIN #tea");
  const { takeover } = town.server;
  takeover.takeChanges();
  expect(takeover.takeChanges()).toMatchObject({ sessions: [], parts: [], told: [] });
});

test("a follower stores nothing and tells nobody", () => {
  const town = scene();
  town.guest("bob").says("JOIN #tea", "PRIVMSG #tea :hi");
  const before = town.log.all(town.log.conversations()[0] as never).length;
  town.takesOver();
  expect(town.log.all(town.log.conversations()[0] as never)).toHaveLength(before);
  expect(town.now).toBe(OPENING_TIME);
  const changes: StoredChange[] = [];
  town.server.takeover.follow({ changes, parts: [["unknown-kind:x", 1]], upMs: 0 });
});

test("a server that follows ends no ban and runs no command of its owner before it leads", () => {
  const town = scene();
  const mina = town.person("mina").says("JOIN #tea", "CS BAN #tea jun 2h");
  const { server } = town;
  server.state.isFollowing = true;
  const position = (): number[] => Array.from(server.state.rooms.all(), (room) => room.position);
  const [before] = position();
  town.now += 3 * 3_600_000;
  server.tick();
  const answers: string[] = [];
  const request = { command: "say", words: ["hello"], options: {}, user: "root", skip: 0 };
  server.administer(request, ({ kind }) => answers.push(kind));
  expect([position(), answers]).toEqual([[before ?? 0], []]);
  mina.hears();
  server.takeover.lead();
  expect(answers).toEqual(["done"]);
  expect(mina.hearsVerbs()).toEqual(["MODE", "NOTICE"]);
});
