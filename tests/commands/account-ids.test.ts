import { describe, expect, test } from "bun:test";
import { runSteps } from "../../lib/chat-server/command.ts";
import { renameAccount } from "../../lib/chat-server/users/account-changes.ts";
import { accountId } from "../account-ids.ts";
import { type Actor, passwordOf, Scene } from "../scene.ts";

const DAY_MS = 86_400_000;

/** Mina deletes her account, and somebody else signs up under her name once it is free. */
function nextOwner(scene: Scene, mina: Actor): Actor {
  mina.says(`ACCOUNT CONFIRM :${passwordOf("mina")}`, "ACCOUNT DELETE");
  scene.signUp("mina");
  expect(scene.members.account("mina" as never)?.id).toBe(accountId("mina", 2));
  return scene.person("mina", "draft/message-redaction", "sodam.chat/edit", "message-tags");
}

/** Gives an account another name, and returns why it can't have it. */
function rename(scene: Scene, name: string, to: string): unknown {
  let refusal: unknown = "unanswered";
  const { state } = scene.server;
  const steps = function* () {
    refusal = yield* renameAccount(state, accountId(name), to);
  };
  state.runInBackground(runSteps(steps()));
  scene.settle();
  return refusal;
}

describe("the next owner of a deleted account's name", () => {
  test("can't edit or delete what the former one said, also after a restart", () => {
    const scene = new Scene();
    const jun = scene.person("jun", "message-tags").says("JOIN #tea");
    const mina = scene.person("mina").says("JOIN #tea", "PRIVMSG #tea :my words");
    const msgid = /msgid=([^ ;]+)/.exec(jun.hears().at(-1) ?? "")?.[1];
    const next = nextOwner(scene, mina).says("JOIN #tea");
    next.hears();
    const refused = [
      `:tea.test FAIL EDIT EDIT_FORBIDDEN #tea ${msgid} :You can't change that message`,
      `:tea.test FAIL REDACT REDACT_FORBIDDEN #tea ${msgid} :You can't change that message`,
    ];
    next.says(`EDIT #tea ${msgid} :other words`, `REDACT #tea ${msgid}`);
    expect(next.hears()).toEqual(refused);
    const later = scene.restart().person("mina", "draft/message-redaction", "sodam.chat/edit");
    later.says(`EDIT #tea ${msgid} :other words`, `REDACT #tea ${msgid}`);
    expect(later.hears()).toEqual(refused);
  });

  test("doesn't erase the former one's messages by ACCOUNT FORGET", () => {
    const scene = new Scene();
    const jun = scene.person("jun").says("JOIN #tea");
    const mina = scene.person("mina").says("JOIN #tea", "PRIVMSG #tea :my words");
    const next = nextOwner(scene, mina).says("JOIN #tea", "PRIVMSG #tea :hers");
    next.says(`ACCOUNT CONFIRM :${passwordOf("mina")}`, "ACCOUNT FORGET");
    jun.hears();
    jun.says("HISTORY #tea 10");
    expect(jun.hearsPlain().filter((line) => line.includes("PRIVMSG"))).toEqual([
      expect.stringContaining("my words"),
    ]);
  });

  test("isn't let in by +I, spared by +e, or kept out by +b of the former one", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const jun = scene.person("jun").says("JOIN #in,#out,#ban,#mute");
    jun.says("MODE #in +iI ~a:mina", "MODE #out +be *!*@* ~a:mina", "MODE #ban +b ~a:mina");
    jun.says("MODE #mute +b ~m:~a:mina");
    const next = nextOwner(scene, mina);
    expect(next.says("JOIN #in").hearsVerbs()).toEqual(["473"]);
    expect(next.says("JOIN #out").hearsVerbs()).toEqual(["474"]);
    expect(next.says("JOIN #ban").hearsVerbs()).toEqual(["JOIN", "353", "366"]);
    next.says("JOIN #mute", "PRIVMSG #mute :hello");
    expect(next.hearsVerbs()).toEqual(["JOIN", "353", "366"]);
    // The same mask, set again, means the account that has the name now.
    jun.says("MODE #in +I ~a:mina");
    expect(next.says("JOIN #in").hearsVerbs()).toEqual(["JOIN", "353", "366"]);
  });

  test("isn't hit by a ban of the former one's host, from a room or from the server", () => {
    const scene = new Scene({ operators: [{ name: "boss", passwordHash: "hash of tea" }] });
    const mina = scene.person("mina");
    const jun = scene.person("jun").says("JOIN #tea", "OPER boss tea");
    jun.says(`MODE #tea +b *!*@${accountId("mina")}.account`, "KLINE 7d ~a:nobody");
    expect(mina.says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
    jun.says("KLINE ~a:mina", "SILENCE ~a:mina");
    expect(mina.hears().at(-1)).toStartWith("ERROR :");
    scene.members.apply({ kind: "deleted", id: accountId("mina"), time: scene.now });
    scene.signUp("mina");
    const next = scene.person("mina").says("JOIN #tea", "PRIVMSG jun :hello");
    expect(next.hearsVerbs()).toEqual(["JOIN", "353", "366"]);
    expect(jun.hears().at(-1)).toContain("PRIVMSG jun :hello");
  });

  test("is on no ACCEPT list, and has no rank, settings, markers, invitations or messages of the former one", () => {
    const scene = new Scene();
    const mina = scene.person("mina", "draft/metadata-2", "draft/read-marker");
    const jun = scene.person("jun").says("MODE jun +g", "ACCEPT mina", "JOIN #tea,#closed");
    jun.says("CS AMODE #tea +o mina", "MODE #closed +i", "INVITE mina #closed");
    mina.says("METADATA * SET color :blue", "SILENCE +sora!*@*", "PRIVMSG jun :secret");
    jun.says("PRIVMSG mina :an answer");
    const next = nextOwner(scene, mina);
    jun.hears();
    next.says("PRIVMSG jun :hello");
    expect(next.hearsVerbs()).toEqual(["716", "717"]);
    expect(next.says("INVITE", "SILENCE").hearsVerbs()).toEqual(["337", "272"]);
    expect(next.says("JOIN #closed").hearsVerbs()).toEqual(["473"]);
    expect(next.says("JOIN #tea").hearsVerbs()).toEqual(["JOIN", "353", "366"]);
    next.says("METADATA * LIST", "ACCOUNT DATA", "HISTORY jun 10");
    const told = next.hears().join("\n");
    for (const trace of ["blue", "sora", "secret", "DIRECT", "INVITED", "RANK"]) {
      expect([trace, told.includes(trace)]).toEqual([trace, false]);
    }
    jun.hears();
    expect(jun.says("ACCEPT *").hearsVerbs()).toEqual(["282"]);
  });

  test("isn't the author whom SEARCH finds by the name", () => {
    const scene = new Scene();
    scene.person("jun").says("JOIN #tea");
    const mina = scene.person("mina").says("JOIN #tea", "PRIVMSG #tea :my words");
    const next = nextOwner(scene, mina).says("JOIN #tea", "PRIVMSG #tea :hers");
    next.says("CAP REQ :soju.im/search");
    next.hears();
    next.says("SEARCH from=mina;in=#tea");
    const texts = next.hearsPlain().filter((line) => line.includes("PRIVMSG"));
    expect(texts).toEqual([expect.stringContaining(":hers")]);
  });
});

describe("the name of a deleted account", () => {
  test("rests: nobody can sign it up, use it as a nick, or look like it", () => {
    const scene = new Scene();
    scene.person("paula").says(`ACCOUNT CONFIRM :${passwordOf("paula")}`, "ACCOUNT DELETE");
    const guest = scene.guest("sora");
    for (const name of ["Paula", "pau1a"]) {
      guest.says(`NICK ${name}`, `ACCOUNT CHECK ${name}`);
      expect(guest.hears()).toEqual([
        `:tea.test 433 sora ${name} :Somebody has that name. Try another`,
        `:tea.test FAIL ACCOUNT ACCOUNT_EXISTS ${name} :That name is taken. Try another`,
      ]);
    }
    scene.passes(90 * DAY_MS - 1);
    expect(scene.guest("yuna").says("NICK Paula").hearsVerbs()).toEqual(["433"]);
    scene.passes(1);
    expect(scene.guest("hana").says("NICK Paula").hearsVerbs()).toEqual(["NICK"]);
  });

  test("is free at once with name-rest-days 0", () => {
    const scene = new Scene({ nameRestDays: 0 });
    scene.person("mina").says(`ACCOUNT CONFIRM :${passwordOf("mina")}`, "ACCOUNT DELETE");
    expect(scene.guest("sora").says("NICK mina").hearsVerbs()).toEqual(["NICK"]);
  });

  test("isn't stored for longer than it rests", () => {
    const scene = new Scene();
    scene.person("mina").says(`ACCOUNT CONFIRM :${passwordOf("mina")}`, "ACCOUNT DELETE");
    scene.passes(90 * DAY_MS);
    scene.person("jun").says(`ACCOUNT CONFIRM :${passwordOf("jun")}`, "ACCOUNT DELETE");
    expect([...scene.members.resting()].map(({ name }) => `${name}`)).toEqual(["jun"]);
  });
});

describe("an account that gets another name", () => {
  test("keeps its rooms, ranks, messages and lists, and everybody hears of it", () => {
    const scene = new Scene();
    const mina = scene.person("mina").says("JOIN #tea", "PRIVMSG #tea :my words");
    const jun = scene.person("jun", "account-notify", "extended-join").says("JOIN #tea");
    jun.says("MODE jun +g", "ACCEPT mina", "PRIVMSG mina :hello");
    mina.says("MODE #tea +I ~a:mina");
    for (const actor of [mina, jun]) actor.hears();
    expect(rename(scene, "mina", "nina")).toBeNull();
    expect(jun.hears()).toEqual([
      `:mina!u@${accountId("mina")}.account ACCOUNT nina`,
      `:mina!u@${accountId("mina")}.account NICK nina`,
    ]);
    mina.says("WHOIS nina", "NAMES #tea", "PRIVMSG jun :hi", "NS INFO");
    const told = mina.hears().join("\n");
    expect(told).toContain("330 nina nina nina :is logged in as");
    expect(told).toContain("~nina");
    expect(told).not.toContain("716");
    const after = scene.restart();
    const again = after.connect().logsIn("nina", [], passwordOf("mina"));
    expect(again.hears().join("\n")).toContain(`:nina!u@${accountId("mina")}.account JOIN #tea`);
    expect(again.says("ACCOUNT DATA").hears().join("\n")).toContain("DATA FORMER_NAME mina ");
    again.says("MODE #tea -I ~a:nina", "MODE #tea I");
    expect(again.hearsVerbs()).toEqual(["MODE", "347"]);
  });

  test("stays on lists when the next owner of its name is put on them, also after a restart", () => {
    const before = new Scene();
    const jun = before.person("jun").says("JOIN #tea");
    before.person("mina");
    before.signUp("owner", true);
    const owner = before.person("owner");
    jun.says("MODE #tea +b ~t:2h:~a:mina", "MODE #tea +e ~a:mina", "SILENCE +mina");
    owner.says("KLINE 2h ~a:mina :loud", "NS RENAME mina minji FREE");
    before.signUp("mina2");
    expect(rename(before, "mina2", "mina")).toBe(null);
    jun.says("MODE #tea +be ~a:mina ~a:mina", "SILENCE +mina");
    owner.says("KLINE ~a:mina :loud as well");
    const lists = (scene: Scene) => {
      const { state } = scene.server;
      const room = state.rooms.byName("#tea");
      const nameOf = (id: unknown) => state.accounts.byId(id as never)?.name as string | undefined;
      const blocked = state.users.byAccount(accountId("jun"))?.blocked ?? [];
      return [
        ...["b", "e"].map((letter) => room?.lists.get(letter) ?? []),
        [...blocked],
        state.bans.all(scene.now).map(({ target: mask, ...ban }) => ({ mask, ...ban })),
      ].map((list) => list.map(({ mask, account }) => `${mask} ${nameOf(account)}`).sort());
    };
    const both = ["~a:mina mina", "~a:minji minji"];
    expect(lists(before)).toEqual([both, both, both, both]);
    const [renamed, present] = before.server.state.rooms.byName("#tea")?.lists.get("b") ?? [];
    expect([renamed?.until, present?.until]).toEqual([before.now + 7_200_000, undefined]);
    expect(lists(before.restart())).toEqual([both, both, both, both]);
    // Each is taken off by its own name.
    jun.says("MODE #tea -b+b ~a:mina ~a:minji", "SILENCE -minji");
    owner.says("UNKLINE ~a:mina");
    expect(lists(before)).toEqual([["~a:minji minji"], both, ["~a:mina mina"], ["~a:minji minji"]]);
  });

  test("can't have a nick in use, nor one that looks like it", () => {
    const scene = new Scene();
    scene.signUp("mina");
    scene.guest("lobby");
    expect(rename(scene, "mina", "Lobby")).toEqual({ kind: "taken" });
    expect(rename(scene, "mina", "Iobby")).toEqual({ kind: "lookalike" });
  });

  test("has one entry on a list, whatever it is called when that changes", () => {
    const scene = new Scene();
    const jun = scene.person("jun").says("JOIN #tea", "MODE #tea +b ~t:2h:~a:mina");
    scene.signUp("mina");
    jun.says("MODE #tea +b ~t:2h:~a:mina");
    rename(scene, "mina", "minji");
    jun.says("MODE #tea +b ~a:minji");
    const list = () => scene.server.state.rooms.byName("#tea")?.lists.get("b");
    expect(list()).toMatchObject([{ mask: "~a:minji" }]);
    expect(list()?.[0]?.until).toBeUndefined();
    jun.says("MODE #tea -b ~a:mina");
    expect(list()).toEqual([]);
  });

  test("is meant by a mask of its former name while that rests", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const jun = scene.person("jun").says("JOIN #tea", "MODE #tea +i");
    scene.signUp("owner", true);
    scene.person("owner").says("NS RENAME mina minji");
    jun.says("MODE #tea +I ~a:mina", "MODE #tea +b ~a:mina").hears();
    mina.hears();
    expect(mina.says("JOIN #tea").hears()[0]).toContain(" 474 ");
    jun.says("MODE #tea -b ~a:mina");
    expect(mina.says("JOIN #tea").hears()[0]).toContain(" JOIN #tea");
  });

  test("leaves a name that rests for others, and that it may take back", () => {
    const scene = new Scene();
    scene.person("mina");
    scene.guest("sora");
    expect(rename(scene, "mina", "sora")).toEqual({ kind: "taken" });
    expect(rename(scene, "mina", "a b")).toMatchObject({ kind: "bad-name" });
    expect(rename(scene, "mina", "nina")).toBeNull();
    expect(scene.guest("yuna").says("NICK mina").hearsVerbs()).toEqual(["433"]);
    expect(rename(scene, "mina", "Mina")).toBeNull();
    expect(scene.members.account("mina" as never)?.id).toBe(accountId("mina"));
    expect(scene.guest("hana").says("NICK nina").hearsVerbs()).toEqual(["433"]);
    scene.diskFull = true;
    expect(rename(scene, "mina", "nina")).toEqual({ kind: "not-saved" });
    expect(scene.members.account("mina" as never)?.name).toBe("Mina" as never);
  });
});

test("a ban of whoever has a name now leaves the one of who had it before, under the present name", () => {
  const scene = new Scene();
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  const mina = scene.person("mina").says("JOIN #tea");
  scene.signUp("jun");
  mina.says("CS BAN #tea jun 2h spam", "CS MUTE #tea jun");
  owner.says("NS RENAME jun hana FREE");
  const other = scene
    .connect()
    .says("NICK new", "USER new 0 * :New", "REGISTER jun * :a word or two 7");
  other.hears();
  for (const line of ["CS BAN #tea jun 1m", "MODE #tea +b ~m:~a:jun"]) mina.says(line);
  mina.hears();
  mina.says("MODE #tea b");
  const listed = mina.hears().slice(0, -1);
  expect(listed.map((line) => line.split(" ")[4])).toEqual([
    "~a:hana",
    "~a:jun",
    "~m:~a:hana",
    "~m:~a:jun",
  ]);
  const hana = scene.connect().logsIn("hana", [], "jun-password");
  hana.hears();
  expect(hana.says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
});
