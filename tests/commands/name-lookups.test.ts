import { afterEach, describe, expect, spyOn, test } from "bun:test";
import { Room } from "../../lib/chat-server/rooms/room.ts";
import { Rooms } from "../../lib/chat-server/rooms/rooms.ts";
import { Users } from "../../lib/chat-server/users/users.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { inviteOwner } from "../../lib/member-server/invitation-codes.ts";
import { type Actor, Scene } from "../scene.ts";

/** What strangers can find out about the names of accounts. */

const HOUR_MS = 3_600_000;
const NAMES_MAX = 30;
/** A name that an account has, one that looks like it, and one that nobody has. */
const NAMES = ["barley", "bar1ey", "oolong"] as const;

function teahouse(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  const scene = new Scene({ floodControl: true, ...options });
  scene.signUp("barley");
  return scene;
}

/** Asks about as many names that nobody has as a stranger may. */
function useUp(actor: Actor): void {
  for (let n = 0; n < NAMES_MAX; n += 1) actor.says(`ACCOUNT CHECK nobody${n}`);
  expect(actor.hears().filter((line) => line.includes("NAME_FREE"))).toHaveLength(NAMES_MAX);
}

/** The answers to a line for each of the names, with the name left out. */
function answers(line: string, ask: (line: string) => string[]): string[] {
  return NAMES.map((name) =>
    ask(line.replaceAll("NAME", name))
      .join("\n")
      .replaceAll(name, "NAME")
      .replaceAll(/id0+\d+/g, "ID"),
  );
}

function code(scene: Scene): string {
  const made = inviteOwner(
    scene.members,
    "strangerscode000",
    (text) => new Bun.CryptoHasher("sha256").update(text).digest("hex"),
    scene.now,
  );
  for (const change of made?.changes ?? []) scene.members.apply(change);
  return made?.code ?? "";
}

describe("a nick before the log-in", () => {
  test("counts as a question, whether a guest has it or nobody", () => {
    const scene = teahouse();
    scene.guest("mina");
    const stranger = scene.connect({ address: "192.0.2.9" }).says("CAP LS 302");
    for (let n = 0; n < NAMES_MAX; n += 1) stranger.says(`NICK free${n}`);
    stranger.hears();
    expect(stranger.says("NICK mina").hears()).toEqual([]);
    expect(stranger.says("ACCOUNT CHECK oolong").hears()[0]).toContain("RATE_LIMITED");
  });

  test("is none when it is asked whether one may sign up at all", () => {
    const stranger = teahouse().connect({ address: "192.0.2.9" }).says("CAP LS 302");
    for (let n = 0; n < 2 * NAMES_MAX; n += 1) stranger.says("ACCOUNT CHECK *");
    stranger.hears();
    expect(stranger.says("ACCOUNT CHECK oolong").hears()[0]).toContain("NAME_FREE");
  });

  test("is given back to whoever logs in with it", () => {
    const scene = teahouse();
    const names = Array.from({ length: NAMES_MAX + 5 }, (_, n) => `member${n}`);
    for (const name of names) scene.signUp(name);
    const members = names.map((name) =>
      scene.connect({ address: "192.0.2.9" }).says("CAP LS 302", `NICK ${name}`).logsIn(name),
    );
    expect(members.map((member) => member.session.user?.nick as string)).toEqual(names);
    const guest = scene.connect({ address: "192.0.2.9" }).introduces("oolong");
    expect(guest.hears()[0]).toContain(" 001 oolong ");
  });
});

describe("who may not sign up", () => {
  test.each([
    ["closed", "SIGN_UP_CLOSED"],
    ["invite", "INVITATION_REQUIRED"],
  ] as const)("learns nothing of a name on a server whose sign-up is %s", (signUp, refusal) => {
    const scene = teahouse({ signUp, guests: false });
    for (const line of ["ACCOUNT CHECK NAME", "REGISTER NAME * :a long password"]) {
      const asked = answers(line, (text) => {
        const visitor = scene.connect().says("NICK stranger", "USER u 0 * :u");
        visitor.hears();
        return visitor.says(text).hears();
      });
      expect(asked[0]).toContain(refusal);
      expect(new Set(asked).size).toBe(1);
    }
    const nicks = answers("NICK NAME", (text) =>
      scene.connect().says(text, "USER u 0 * :u", "NICK other").hears(),
    );
    expect(new Set(nicks).size).toBe(1);
  });

  test("learns nothing from NickServ as a guest", () => {
    const scene = teahouse({ signUp: "invite" });
    const asked = answers("NICKSERV INFO NAME", (text) => scene.guest("jun1").says(text).hears());
    expect(asked[0]).toContain("Log in first");
  });

  test("is refused before anything is looked up", () => {
    const scene = teahouse({ signUp: "closed", guests: false });
    const visitor = scene.connect();
    const lookups = [
      spyOn(scene.members, "account"),
      spyOn(scene.members, "lookalike"),
      spyOn(scene.server.state.users, "byNick"),
    ];
    visitor.says("ACCOUNT CHECK barley", "REGISTER barley * :a long password");
    expect(lookups.map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
  });
});

describe("a stranger who may sign up", () => {
  test("asks about 30 names an hour, over all connections of an address and all commands", () => {
    const scene = teahouse();
    const [first, second] = [scene.connect(), scene.connect()];
    for (let n = 0; n < 20; n += 1) first.says(`ACCOUNT CHECK nobody${n}`);
    const guest = scene.guest("jun");
    guest.says("NICK barley", "WHOIS barley", "INVITE mina #tea", "MONITOR + a1,a2", "WHOWAS a3");
    guest.says("NICKSERV INFO a4", "PRIVMSG a5 :hi", "ISON a6 a7");
    guest.hears();
    guest.says("USERHOST a8").hears();
    guest.says("USERHOST a9");
    expect(guest.hears()).toEqual([
      ":tea.test 263 jun USERHOST :You asked about too many names. Try again later",
    ]);
    expect(first.hears().filter((line) => line.includes("NAME_FREE"))).toHaveLength(20);
    for (const name of NAMES) {
      second.says(`ACCOUNT CHECK ${name}`, "NICK x", `REGISTER ${name} * :a long password`);
    }
    for (const line of second.hears()) expect(line).toContain("RATE_LIMITED");
    scene.passes(HOUR_MS / 2);
    expect(scene.connect().says("ACCOUNT CHECK tea").hears()[0]).toContain("RATE_LIMITED");
    scene.passes(HOUR_MS / 2);
    expect(scene.connect().says("ACCOUNT CHECK tea").hears()[0]).toContain("NAME_FREE");
  });

  test("shares the count with a network of IPv6, and not with another address", () => {
    const scene = teahouse();
    useUp(scene.connect({ address: "2001:db8::1" }));
    const neighbour = scene.connect({ address: "2001:db8::2" }).says("ACCOUNT CHECK barley");
    expect(neighbour.hears()[0]).toContain("RATE_LIMITED");
    const other = scene.connect({ address: "2001:db8:1::1" }).says("ACCOUNT CHECK barley");
    expect(other.hears()[0]).toContain("ACCOUNT_EXISTS");
  });

  test("has no more by the same invitation from many addresses", () => {
    const scene = teahouse({ signUp: "invite", guests: false });
    const invitation = code(scene);
    const heard: string[] = [];
    for (let n = 0; n <= NAMES_MAX; n += 1) {
      const visitor = scene.connect({ address: `198.51.100.${n}` });
      heard.push(...visitor.says(`PASS ${invitation}`, `ACCOUNT CHECK nobody${n}`).hears());
    }
    expect(heard.filter((line) => line.includes("NAME_FREE"))).toHaveLength(NAMES_MAX);
    expect(heard.at(-1)).toContain("RATE_LIMITED");
  });

  test("may ask about the same name again, and the name of a sign-up isn't counted", () => {
    const scene = teahouse();
    const visitor = scene.connect().says("NICK mina");
    for (let n = 0; n < 40; n += 1) visitor.says("ACCOUNT CHECK mina");
    expect(visitor.hears().join()).not.toContain("RATE_LIMITED");
    visitor.says("REGISTER mina * :a long password");
    expect(visitor.hears().join()).toContain("SUCCESS");
    useUp(scene.connect());
  });
});

/** A line for every command that could tell a guest about a name. */
const LINES = [
  ...["NICK NAME", "WHOIS NAME", "WHOWAS NAME", "WHO NAME", "ISON NAME", "USERHOST NAME"],
  ...["MONITOR + NAME", "INVITE NAME #den", "UNINVITE NAME #den", "KICK #den NAME"],
  ...["MODE #den +o NAME", "MODE #den -v+q NAME NAME", "MODE NAME +i", "METADATA NAME LIST"],
  ...["PRIVMSG NAME :hi", "NOTICE NAME :hi", "@+typing=active TAGMSG NAME", "ACCEPT NAME"],
  ...["ACCEPT -NAME", "SILENCE +NAME", "SILENCE -NAME", "MARKREAD NAME", "HISTORY NAME"],
  ...["CHATHISTORY LATEST NAME * 5", "REDACT NAME x", "EDIT NAME x :y", "VERSION NAME"],
  ...["TIME NAME", "ADMIN NAME", "INFO NAME", "MOTD NAME", "LUSERS NAME", "STATS u NAME"],
  ...["BATCH +1 draft/multiline NAME", "NICKSERV INFO NAME", "PRIVMSG NickServ :INFO NAME"],
  ...["CHANSERV OP #den NAME", "CHANSERV AMODE #den +o NAME", "CHANSERV TRANSFER #den NAME"],
  ...["ACCOUNT CHECK NAME", "REGISTER NAME * :a long password"],
  ...["SILENCE + NAME", "SILENCE jun -NAME", "CHANSERV REPORT NAME x", "REPORT NAME x"],
  ...["NICKSERV REGISTER password NAME", "PRIVMSG #den,NAME :hi", "WHOIS nobody1,NAME"],
];

describe("a guest whose count is used up", () => {
  test.each(LINES)("is answered alike for every name: %s", (line) => {
    const scene = teahouse();
    scene.person("barley");
    const guest = scene.guest(
      "jun",
      "message-tags",
      "batch",
      "draft/multiline",
      "draft/metadata-2",
    );
    guest.says("JOIN #den");
    useUp(scene.connect());
    guest.hears();
    expect(new Set(answers(line, (text) => guest.says(text).hears())).size).toBe(1);
  });

  test("can talk with the people in the room, and with whom they talked before", () => {
    const scene = teahouse();
    const barley = scene.person("barley").says("JOIN #den");
    const guest = scene.guest("jun").says("PRIVMSG mina :hi", "JOIN #den");
    useUp(scene.connect({ address: "192.0.2.2" }));
    for (let n = 0; n < 40; n += 1) guest.says(`ISON nobody${n}`);
    barley.hears();
    guest.hears();
    guest.says("PRIVMSG barley :hello", "WHOIS barley", "PRIVMSG mina :hello");
    expect(barley.hears()).toHaveLength(1);
    expect(guest.hears().join("\n")).not.toMatch(/ 263 | 407 /);
  });

  test("comes in under a nick that the server gives", () => {
    const scene = teahouse();
    useUp(scene.connect());
    for (const name of NAMES) {
      const guest = scene.connect().introduces(name);
      const lines = guest.hears();
      expect(lines[0]).toMatch(/^:tea\.test 001 guest-\w+ /);
      expect(lines.at(-1)).toMatch(/too many names/);
    }
  });
});

test("taking one nick after the other to see which are taken counts, and staying doesn't", () => {
  const scene = teahouse();
  const guests = Array.from({ length: 40 }, (_, n) => scene.connect().introduces(`guest${n}`));
  expect(guests.map((guest) => guest.hears()[0]?.split(" ")[2])).toEqual(
    guests.map((_, n) => `guest${n}`),
  );
  scene.passes(HOUR_MS / 60);
  for (const guest of guests) guest.vanishes();
  const again = Array.from({ length: 40 }, (_, n) => scene.connect().introduces(`guest${n}`));
  expect(again.map((guest) => guest.session.user?.nick as string)).toEqual(
    guests.map((_, n) => `guest${n}`),
  );
  for (const guest of again) guest.vanishes();
  const late = scene.connect().introduces("oolong");
  expect(late.hears()[0]).toMatch(/ 001 guest-\w+ /);
});

test("a member looks up as many names as they like, but those of a sign-up", () => {
  const scene = teahouse();
  const member = scene.person("mina");
  const nicks = Array.from({ length: 100 }, (_, n) => `friend${n}`).join();
  member.says(`MONITOR + ${nicks}`, "WHOIS barley", "PRIVMSG oolong :hi").hears();
  member.says("INVITE oolong #tea", "ISON barley oolong");
  expect(member.hears().join("\n")).not.toContain("too many names");
  for (let n = 0; n <= NAMES_MAX; n += 1) member.says(`ACCOUNT CHECK nobody${n}`);
  expect(member.hears().at(-1)).toContain("RATE_LIMITED");
});

describe("the time tells nothing", () => {
  const spies: { mockRestore(): void }[] = [];
  afterEach(() => {
    for (const spy of spies.splice(0)) spy.mockRestore();
  });

  /** Records which lookups are made, in order. */
  function recordLookups(): string[] {
    const calls: string[] = [];
    const record = <Owner extends object>(
      owner: Owner,
      methods: readonly (keyof Owner)[],
    ): void => {
      for (const method of methods) {
        const original = owner[method] as (...values: unknown[]) => unknown;
        const spy = spyOn(owner as never, method as never) as never as {
          mockImplementation(run: (...values: unknown[]) => unknown): void;
          mockRestore(): void;
        };
        spy.mockImplementation(function (this: unknown, ...values: unknown[]) {
          calls.push(String(method));
          return original.apply(this, values);
        });
        spies.push(spy);
      }
    };
    record(AccountStore.prototype, ["account", "lookalike", "nickOwner"]);
    record(Users.prototype, ["byNick", "hasLookalike"]);
    record(Rooms.prototype, ["byName", "hasLookalike"]);
    return calls;
  }

  test.each(["ACCOUNT CHECK NAME", "REGISTER NAME * :x", "NICK NAME"])(
    "the same is looked up whether a name is taken, like one, or free: %s",
    (line) => {
      const scene = teahouse();
      const visitors = NAMES.map(() => scene.connect().says("NICK jun"));
      const calls = recordLookups();
      const counts = NAMES.map((name, index) => {
        calls.length = 0;
        visitors[index]?.says(line.replace("NAME", name));
        return calls.join(" ");
      });
      expect(counts[0]).not.toBe("");
      expect(new Set(counts).size).toBe(1);
    },
  );

  test("a name behind the count is looked for in as many rooms, whether somebody has it or not", () => {
    const scene = teahouse({ floodControl: false });
    const guest = scene.guest("jun");
    const mina = scene.person("mina");
    const host = scene.person("host");
    for (let n = 0; n < 20; n += 1) {
      host.says(`JOIN #r${n}`);
      guest.says(`JOIN #r${n}`);
      mina.says(`JOIN #m${n}`);
    }
    scene.server.state.applyOptions({ ...scene.server.state.options, floodControl: true });
    for (let n = 0; n < NAMES_MAX; n += 1) guest.says(`WHOIS nobody${n}`);
    guest.hears();
    const looks = spyOn(Room.prototype, "has");
    spies.push(looks);
    const counts = ["mina", "barley", "oolong"].map((name) => {
      looks.mockClear();
      expect(guest.says(`WHOIS ${name}`).hears().join()).toContain(" 263 ");
      return looks.mock.calls.length;
    });
    expect(counts).toEqual([20, 20, 20]);
  });
});
