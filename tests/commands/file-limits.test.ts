import { describe, expect, test } from "bun:test";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import {
  asksFor,
  FILE_CAPS,
  factsOf,
  fetches,
  fileScene,
  gets,
  offerLine,
  offers,
  puts,
  sends,
} from "../file-plays.ts";

/** Two people in a room. */
function room(...given: Parameters<typeof fileScene>) {
  const scene = fileScene(...given);
  const mina = scene.person("mina", ...FILE_CAPS).says("JOIN #tea");
  const jun = scene.person("jun", ...FILE_CAPS).says("JOIN #tea");
  for (const actor of [mina, jun]) actor.hears();
  return { scene, mina, jun };
}

function tokenOf(grant: ReturnType<typeof offers>): string {
  if (typeof grant === "string") throw new Error(grant);
  return grant.token;
}

describe("a token", () => {
  test("is good for one connection, of its kind", () => {
    const { scene, mina } = room();
    const token = tokenOf(offers(mina, "#tea", factsOf("one")));
    expect(gets(scene, token)[0]).toMatch(/^FAIL FILE INVALID_TOKEN GET :/);
    expect(puts(scene, token, "one")[1]).toMatch(/^FILE DONE /);
    expect(puts(scene, token, "one")[0]).toMatch(/^FAIL FILE INVALID_TOKEN PUT :/);
  });

  test("is good for a minute, and as long as its session", () => {
    const { scene, mina } = room();
    const late = tokenOf(offers(mina, "#tea", factsOf("one")));
    scene.now += 60_001;
    expect(puts(scene, late, "one")[0]).toMatch(/^FAIL FILE INVALID_TOKEN PUT :/);
    const early = tokenOf(offers(mina, "#tea", factsOf("one")));
    mina.vanishes();
    expect(puts(scene, early, "one")[0]).toMatch(/^FAIL FILE INVALID_TOKEN PUT :/);
  });

  test("that is wrong is slowed and logged like a wrong password, and hinders no right one", () => {
    const { scene, mina } = room();
    const token = tokenOf(offers(mina, "#tea", factsOf("one")));
    const answers = Array.from({ length: 31 }, () => gets(scene, "wrong")[0] ?? "");
    expect(answers[0]).toMatch(/^FAIL FILE INVALID_TOKEN GET :/);
    expect(answers[30]).toMatch(/^FAIL FILE RATE_LIMITED GET 10 :Too many tries/);
    expect(scene.logIns).toContain('log-in failed: from 192.0.2.1 by file as "": wrong token');
    expect(puts(scene, token, "one")[1]).toMatch(/^FILE DONE /);
  });

  test("opens nothing for a connection that has begun as something else", () => {
    const { scene, mina } = room();
    const token = tokenOf(offers(mina, "#tea", factsOf("one")));
    const other = scene.connect().says("NICK nosy", `FILE PUT ${token} 0`);
    expect(other.hears().at(-2)).toContain(" FAIL FILE INVALID_PARAMS PUT ");
    expect(mina.says(`FILE PUT ${token} 0`).hears()[0]).toContain(" FAIL FILE INVALID_PARAMS PUT ");
  });
});

describe("a token that was granted over TLS", () => {
  test("opens nothing over a connection without, and is used up", () => {
    const { scene, mina } = room();
    const token = tokenOf(offers(mina, "#tea", factsOf("one")));
    const plain = scene.connect({ secure: false }).says(`FILE PUT ${token} 0`);
    expect(plain.hears()[0]).toContain(" FAIL FILE INVALID_PARAMS PUT :Connect with TLS");
    expect(puts(scene, token, "one")[0]).toMatch(/^FAIL FILE INVALID_TOKEN PUT :/);
    expect(typeof offers(mina, "#tea", factsOf("one"))).toBe("object");
  });
});

describe("the connection of a file", () => {
  test.each(["PUT", "GET"])("is cut when lines come behind its %s, and they aren't run", (kind) => {
    const { scene, mina } = room();
    const id = sends(scene, mina, "#tea", "one");
    const grant = kind === "PUT" ? offers(mina, "#tea", factsOf("two")) : asksFor(mina, id);
    scene.holding = true;
    const carrier = scene.connect().says(`FILE ${kind} ${tokenOf(grant)} 0`, "NICK nosy");
    expect([carrier.hears(), carrier.closed]).toEqual([[], true]);
  });

  test("ends with the session that was granted it, and without a word among the bytes", () => {
    const { scene, mina, jun } = room();
    const token = tokenOf(offers(mina, "#tea", factsOf("one")));
    scene.holding = true;
    const carrier = scene.connect().says(`FILE PUT ${token} 0`);
    mina.vanishes();
    expect([carrier.hears(), carrier.closed]).toEqual([[], true]);
    scene.holding = false;
    scene.settle();
    expect(jun.hears().filter((line) => line.includes("PRIVMSG"))).toEqual([]);
  });

  test("is cut by a cancel, and by the server's end, without a word", () => {
    const { scene, mina } = room();
    const grants = [factsOf("one"), factsOf("two")].map((facts) => offers(mina, "#tea", facts));
    scene.holding = true;
    const carriers = grants.map((grant) => scene.connect().says(`FILE PUT ${tokenOf(grant)} 0`));
    const [first] = grants;
    mina.says(`FILE CANCEL ${typeof first === "object" ? first.id : ""}`);
    expect(carriers[0]?.closed).toBe(true);
    scene.server.stop("The server is going down");
    expect(carriers.map((carrier) => [carrier.hears(), carrier.closed])).toEqual([
      [[], true],
      [[], true],
    ]);
    expect(mina.hears().at(-1)).toBe("ERROR :The server is going down");
  });

  test("isn't closed because it doesn't register", () => {
    const { scene, mina } = room({}, { registrationTimeoutMs: 10_000 });
    const token = tokenOf(offers(mina, "#tea", factsOf("one")));
    scene.holding = true;
    const carrier = scene.connect().says(`FILE PUT ${token} 0`);
    scene.now += 11_000;
    scene.server.tick();
    expect(carrier.closed).toBe(false);
    scene.files.incoming = Buffer.from("one");
    scene.holding = false;
    scene.settle();
    expect(carrier.hears().at(-1)).toMatch(/ FILE DONE /);
  });

  test("counts among its account's places, and is no stranger's", () => {
    const { scene, mina } = room();
    const token = tokenOf(offers(mina, "#tea", factsOf("one")));
    const { memberPlaces } = scene.server.state;
    const [[account, before] = ["", 0]] = [...memberPlaces].filter(
      ([id]) => id === mina.session.accountId,
    );
    scene.holding = true;
    const carrier = scene.connect().says(`FILE PUT ${token} 0`);
    expect(memberPlaces.get(account as never)).toBe(before + 1);
    carrier.vanishes();
    expect(memberPlaces.get(account as never)).toBe(before);
  });
});

describe("limits", () => {
  test("four files of an account are under way at once, over all its connections", () => {
    const { scene, mina, jun } = room();
    const ids = Array.from({ length: 4 }, (_, n) => sends(scene, jun, "#tea", `file ${n}`));
    mina.hears();
    for (const id of ids) expect(typeof asksFor(mina, id)).toBe("object");
    const phone = scene.connect().logsIn("mina", FILE_CAPS);
    phone.hears();
    expect(asksFor(phone, ids[0] ?? "")).toContain(" FAIL FILE TOO_MANY_TRANSFERS FETCH ");
    expect(offers(phone, "#tea", factsOf("x"))).toContain(
      " FAIL FILE TOO_MANY_TRANSFERS SEND #tea ",
    );
    // What nobody begins counts for a minute.
    scene.now += 60_001;
    expect(fetches(scene, phone, ids[0] ?? "")).toEndWith("file 0");
  });

  test("all together have 200, and from 150 on each has one", () => {
    const { scene, jun } = room();
    const id = sends(scene, jun, "#tea", "a file");
    const joins = (nick: string) => scene.person(nick, ...FILE_CAPS).says("JOIN #tea");
    const isGranted = (actor: ReturnType<typeof joins>): boolean => {
      actor.hears();
      return typeof asksFor(actor, id) === "object";
    };
    for (let n = 0; n < 37; n += 1) {
      const actor = joins(`many${n}`);
      for (let file = 0; file < 4; file += 1) expect(isGranted(actor)).toBe(true);
    }
    const two = joins("two");
    expect([isGranted(two), isGranted(two), isGranted(two)]).toEqual([true, true, false]);
    for (let n = 0; n < 50; n += 1) expect(isGranted(joins(`one${n}`))).toBe(true);
    const late = joins("late");
    expect(isGranted(late)).toBe(false);
    scene.now += 60_001;
    expect(isGranted(late)).toBe(true);
  });

  test("guests from many addresses leave 50 of them to accounts", () => {
    const { scene, jun } = room();
    const id = sends(scene, jun, "#tea", "a file");
    const grantsAt = (n: number): number => {
      const guest = scene.connect({ address: `198.51.${n}.7` });
      guest.introduces(`guest${n}`, FILE_CAPS);
      guest.says("JOIN #tea").hears();
      return [1, 2, 3, 4].filter(() => typeof asksFor(guest, id) === "object").length;
    };
    const grants = Array.from({ length: 39 }, (_, n) => grantsAt(n));
    expect(grants).toEqual([...Array(37).fill(4), 2, 0]);
    jun.hears();
    expect(fetches(scene, jun, id)).toEndWith("a file");
    scene.now += 60_001;
    expect(grantsAt(99)).toBe(4);
  });

  test("previews don't count among them", () => {
    const { scene, mina, jun } = room();
    const id = sends(scene, jun, "#tea", "a file", {}, "small");
    mina.hears();
    for (let n = 0; n < 8; n += 1) expect(typeof asksFor(mina, id, "preview")).toBe("object");
    expect(asksFor(mina, id, "preview")).toContain("TOO_MANY_TRANSFERS");
    expect(fetches(scene, mina, id)).toEndWith("a file");
  });

  test.each([
    ["too large", { bytesMax: 10 }, "TOO_LARGE SEND #tea :"],
    ["an account", { accountBytesMax: 10 }, "QUOTA SEND #tea account :"],
    ["a room", { roomBytesMax: 10 }, "QUOTA SEND #tea room :"],
    ["the server", { serverBytesMax: 10 }, "QUOTA SEND #tea server :"],
  ])("of %s", (_, files, answer) => {
    const { scene, mina } = room(files);
    expect(offers(mina, "#tea", factsOf("more than ten"))).toContain(` FAIL FILE ${answer}`);
    sends(scene, mina, "#tea", "ten bytes!");
    mina.hears();
    if (answer.startsWith("QUOTA")) expect(offers(mina, "#tea", factsOf("x"))).toContain(answer);
  });

  test("count what is under way", () => {
    const { mina } = room({ accountBytesMax: 10 });
    expect(typeof offers(mina, "#tea", factsOf("sixsix"))).toBe("object");
    expect(offers(mina, "#tea", factsOf("fivef"))).toContain("QUOTA SEND #tea account");
    expect(typeof offers(mina, "#tea", factsOf("four"))).toBe("object");
  });

  test("leave free space on the disk", () => {
    const { scene, mina } = room({ diskReserveBytes: 1000 });
    scene.files.freeBytes = 1005;
    expect(offers(mina, "#tea", factsOf("sixsix"))).toContain(" FAIL FILE QUOTA SEND #tea disk :");
    expect(typeof offers(mina, "#tea", factsOf("fivef"))).toBe("object");
    expect(offers(mina, "#tea", factsOf("x"))).toContain("QUOTA SEND #tea disk");
  });

  test("that only the owner can move are told to the owner, once an hour", () => {
    const { scene, mina } = room({ diskReserveBytes: 1000, serverBytesMax: 5 });
    scene.files.freeBytes = 1003;
    const notes = [
      "a file was refused: with it, the disk would have less free space than file-disk-reserve keeps",
      "a file was refused: with it, files would take more space than files-on-server gives them",
    ];
    const refused = (): string[] => {
      for (const [bytes, place] of [
        ["four", "disk"],
        ["sixsix", "server"],
      ] as const) {
        expect(offers(mina, "#tea", factsOf(bytes))).toContain(` QUOTA SEND #tea ${place} `);
      }
      return scene.notes.filter((note) => note.includes("a file was refused"));
    };
    expect([refused(), refused()]).toEqual([notes, notes]);
    scene.now += 3_600_000;
    expect(refused()).toEqual([...notes, ...notes]);
  });

  test("so many files in a short time", () => {
    const { scene, mina } = room();
    for (let n = 0; n < 200; n += 1) sends(scene, mina, "#tea", "again");
    mina.hears();
    expect(offers(mina, "#tea", factsOf("again"))).toBe(
      ":tea.test FAIL FILE RATE_LIMITED SEND #tea 5 :That were many files. Try again in 5 seconds",
    );
    scene.now += 5000;
    expect(typeof offers(mina, "#tea", factsOf("again"))).toBe("object");
  });
});

describe("what is asked wrongly", () => {
  test.each([
    ["without a tag", "FILE SEND #tea :hi"],
    ["with a damaged tag", "@sodam.chat/file=size=1 FILE SEND #tea"],
    ["without a target", offerLine("", factsOf("x")).replace("SEND  :", "SEND")],
    ["with a preview that is no thumbnail", offerLine("#tea", factsOf("x", { preview: 65_537 }))],
    ["for programs", offerLine("#tea", factsOf("x"), "\u0001VERSION\u0001")],
    ["another subcommand", "FILE STEAL #tea"],
    ["an id that can't be one", "FILE FETCH ../../x"],
    ["another part", "FILE FETCH aaaaaaaaaaaaaaaa everything"],
  ])("%s", (_, line) => {
    const { mina } = room();
    expect(mina.says(line).hears()[0]).toContain(" FAIL FILE INVALID_PARAMS ");
  });

  test("whatever, where files are switched off", () => {
    const { scene, mina } = room();
    const id = sends(scene, mina, "#tea", "one");
    mina.hears();
    const { state } = scene.server;
    state.applyOptions({ ...state.options, files: { ...state.options.files, isOn: false } });
    expect(mina.hears()).toEqual([":tea.test CAP mina DEL :sodam.chat/files"]);
    for (const line of [`FILE FETCH ${id}`, "FILE LIST #tea 5", offerLine("#tea", factsOf("x"))]) {
      expect(mina.says(line).hears()[0]).toContain(" FAIL FILE FILES_OFF ");
    }
  });

  test("is refused with the tokens and uploads of before, when files are switched off", () => {
    const { scene, mina, jun } = room();
    const id = sends(scene, mina, "#tea", "one");
    const [get, put, underWay] = [
      asksFor(jun, id),
      offers(mina, "#tea", factsOf("two")),
      offers(mina, "#tea", factsOf("three")),
    ].map(tokenOf);
    scene.holding = true;
    scene.files.incoming = Buffer.from("three");
    const carrier = scene.connect().says(`FILE PUT ${underWay} 0`);
    const { state } = scene.server;
    state.applyOptions({ ...state.options, files: { ...state.options.files, isOn: false } });
    scene.holding = false;
    scene.settle();
    expect(carrier.hears().at(-1)).toContain(" FAIL FILE FILES_OFF PUT :");
    expect(gets(scene, get ?? "")).toEqual([expect.stringContaining("FAIL FILE FILES_OFF GET :")]);
    expect(puts(scene, put ?? "", "two")).toEqual([
      expect.stringContaining("FAIL FILE FILES_OFF PUT :"),
    ]);
    expect([scene.files.placed.size, scene.files.unfinished]).toEqual([1, []]);
  });
});

test("a bot sends files where it may speak, and gets them where it may read", () => {
  const { scene, mina } = room();
  mina.says("ACCOUNT CONFIRM mina-password", "ACCOUNT BOT ADD reader rooms=#tea rights=read");
  const [, , , token = ""] = parseMessage(mina.hears().at(-1) ?? "")?.params ?? [];
  const id = sends(scene, mina, "#tea", "one");
  const bot = scene.connect().logsIn("reader", FILE_CAPS, token);
  bot.says("JOIN #tea").hears();
  expect(offers(bot, "#tea", factsOf("x"))).toContain("BOT_NOT_ALLOWED");
  expect(fetches(scene, bot, id)).toEndWith("one");
});
