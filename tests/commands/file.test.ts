import { describe, expect, test } from "bun:test";
import {
  asksFor,
  FILE_CAPS,
  factsOf,
  fetches,
  fileScene,
  gets,
  offers,
  puts,
  sends,
} from "../file-plays.ts";

/** A room with mina and jun, who know files, and hana, who doesn't. */
function teaRoom(...given: Parameters<typeof fileScene>) {
  const scene = fileScene(...given);
  const mina = scene.person("mina", ...FILE_CAPS).says("JOIN #tea");
  const jun = scene.person("jun", ...FILE_CAPS).says("JOIN #tea");
  const hana = scene.person("hana").says("JOIN #tea");
  for (const actor of [mina, jun, hana]) actor.hears();
  return { scene, mina, jun, hana };
}

/** Returns a grant's parts, or fails with what was heard in its place. */
function granted(grant: ReturnType<typeof offers>) {
  if (typeof grant === "string") throw new Error(grant);
  return grant;
}

describe("a file that is sent to a room", () => {
  test("is a message when it has arrived, with its tag for those who know files", () => {
    const { scene, mina, jun, hana } = teaRoom();
    const facts = factsOf("hello files", { name: "메모.txt", width: 3 });
    const { id, token } = granted(offers(mina, "#tea", facts, "my notes", ";+reply=abc"));
    expect(jun.hears()).toEqual([]);
    const [ready, done = ""] = puts(scene, token, "hello files");
    expect(ready).toBe("FILE READY 0");
    const [line = ""] = jun.hears();
    const msgid = /msgid=(\w+)/.exec(line)?.[1];
    expect(done).toBe(`FILE DONE ${msgid}`);
    expect(line).toContain(
      `;+reply=abc;sodam.chat/file=size=11,width=3,id=${id},sha256=${facts.sha256},`,
    );
    expect(line).toContain("name=%EB%A9%94%EB%AA%A8.txt :mina!");
    expect(line).toEndWith(" PRIVMSG #tea :my notes");
    expect(mina.hears().at(-1)).toContain(" PRIVMSG #tea :my notes");
    expect(hana.hears().at(-1)).toMatch(
      / PRIVMSG #tea :my notes — 메모.txt \(11 B\) sodam:\/\/tea.test:6697\/file-\w+$/,
    );
    const [path = ""] = [...scene.files.placed.keys()];
    expect(path).toMatch(new RegExp(`^room\\.tea\\.\\w+/2026-11-22/${id}-메모.txt$`));
    expect(scene.files.placed.get(path)?.toString()).toBe("hello files");
    expect(scene.files.unfinished).toEqual([]);
  });

  test("is fetched by who may read it, also from the middle, and its preview by itself", () => {
    const { scene, mina, jun } = teaRoom();
    const id = sends(scene, mina, "#tea", "a long picture", {}, "small");
    jun.hears();
    expect(jun.says(`FILE FETCH ${id}`).hears().join("")).toMatch(
      new RegExp(
        `^@sodam.chat/file=size=14,preview=5,id=${id},\\S+ :tea.test FILE GRANT ${id} \\w+ 0 60$`,
      ),
    );
    expect(fetches(scene, jun, id)).toBe("FILE DATA 14\na long picture");
    expect(fetches(scene, jun, id, "preview")).toBe("FILE DATA 5\nsmall");
    expect(gets(scene, granted(asksFor(jun, id)).token, 7)).toEqual(["FILE DATA 7", "picture"]);
    expect(gets(scene, granted(asksFor(jun, id)).token, 15)[0]).toMatch(
      /^FAIL FILE INVALID_PARAMS GET /,
    );
    scene.files.placed.clear();
    expect(fetches(scene, jun, id)).toMatch(/^FAIL FILE UNKNOWN_FILE GET /);
    // A node of a cluster that has yet to fetch it.
    scene.files.hasLater = true;
    expect(fetches(scene, jun, id)).toMatch(/^FAIL FILE TEMPORARILY_UNAVAILABLE GET /);
  });

  test("is there once when it is sent twice, until its last message goes", () => {
    const { scene, mina, jun } = teaRoom();
    sends(scene, mina, "#tea", "the same", {}, "first preview");
    const [, first = ""] = /msgid=(\w+)/.exec(jun.hears().join(" ")) ?? [];
    const again = sends(scene, jun, "#tea", "the same", { name: "other.txt" }, "second one");
    expect([...scene.files.placed.values()].map(String).sort()).toEqual([
      "first preview",
      "second one",
      "the same",
    ]);
    const [, second = ""] = /msgid=(\w+)/.exec(jun.hears().join(" ")) ?? [];
    mina.says(`REDACT #tea ${first}`);
    expect(fetches(scene, mina, again)).toEndWith("the same");
    expect(fetches(scene, mina, again, "preview")).toEndWith("second one");
    // The owner's disk has lost it.
    scene.files.placed.clear();
    const last = sends(scene, jun, "#tea", "the same");
    expect(fetches(scene, mina, last)).toEndWith("the same");
    const [, third = ""] = /msgid=(\w+)/.exec(jun.hears().join(" ")) ?? [];
    for (const msgid of [second, third]) jun.says(`REDACT #tea ${msgid}`);
    expect([...scene.files.placed.keys()]).toEqual([]);
  });

  describe("by two at the same moment", () => {
    /** Both files have arrived, and have no place yet. */
    function bothArrived() {
      const { scene, mina, jun, hana } = teaRoom();
      hana.says("JOIN #coffee").hears();
      jun.says("JOIN #coffee").hears();
      const facts = factsOf("the same", { preview: 1 });
      const first = granted(offers(mina, "#tea", facts));
      const second = granted(offers(jun, "#coffee", facts));
      jun.hears();
      scene.holding = true;
      for (const { token } of [first, second]) scene.connect().says(`FILE PUT ${token} 0`);
      for (const preview of [1, 2]) {
        scene.files.incoming = Buffer.from(`the same${preview}`);
        scene.settleOne();
      }
      return { scene, mina, jun, first, second };
    }

    test("is there once, each message with its own preview", () => {
      const { scene, mina, jun, first, second } = bothArrived();
      scene.settle();
      scene.holding = false;
      expect([...scene.files.placed.values()].map(String).sort()).toEqual(["1", "2", "the same"]);
      expect(scene.files.unfinished).toEqual([]);
      const heard = jun.hears().join(" ");
      expect(fetches(scene, mina, first.id, "preview")).toEndWith("\n1");
      expect(fetches(scene, jun, second.id, "preview")).toEndWith("\n2");
      const [, msgid] = /msgid=(\w+)\S* :mina!/.exec(heard) ?? [];
      mina.says(`REDACT #tea ${msgid}`);
      expect(fetches(scene, jun, second.id)).toEndWith("the same");
      const [, later] = /msgid=(\w+)\S* :jun!/.exec(heard) ?? [];
      jun.says(`REDACT #coffee ${later}`);
      expect([...scene.files.placed.keys()]).toEqual([]);
    });

    test("is sent again by the second if the first can't be sent", () => {
      const { scene, mina, jun, first } = bothArrived();
      mina.says(`FILE CANCEL ${first.id}`);
      scene.settle();
      scene.holding = false;
      expect(jun.hears().join()).not.toContain("sodam.chat/file=");
      expect([[...scene.files.placed.keys()], scene.files.unfinished]).toEqual([[], []]);
      const id = sends(scene, jun, "#coffee", "the same");
      expect(fetches(scene, jun, id)).toEndWith("the same");
    });
  });

  test("goes on where it stopped, and is cancelled with what has arrived", () => {
    const { scene, mina } = teaRoom();
    const facts = factsOf("0123456789");
    scene.files.ends = "slow";
    expect(puts(scene, granted(offers(mina, "#tea", facts)).token, "0123")).toEqual([
      "FILE READY 0",
      expect.stringMatching(/^FAIL FILE TOO_SLOW PUT /),
    ]);
    const { token, offset } = granted(offers(mina, "#tea", facts));
    expect(offset).toBe("4");
    expect(puts(scene, token, "456789", 4)[1]).toMatch(/^FILE DONE /);
    scene.files.ends = "slow";
    const other = factsOf("something else");
    puts(scene, granted(offers(mina, "#tea", other)).token, "some");
    const { id } = granted(offers(mina, "#tea", other));
    mina.hears();
    expect(mina.says(`FILE CANCEL ${id}`).hears()).toEqual([`:tea.test FILE CANCELLED ${id}`]);
    expect(scene.files.unfinished).toEqual([]);
    expect(mina.says(`FILE CANCEL ${id}`).hears()[0]).toContain(" FAIL FILE UNKNOWN_FILE CANCEL ");
  });

  test("that is cancelled while it gets its place is in no message and not on the disk", () => {
    const { scene, mina, jun } = teaRoom();
    const { id, token } = granted(offers(mina, "#tea", factsOf("abc")));
    scene.holding = true;
    scene.files.incoming = Buffer.from("abc");
    scene.connect().says(`FILE PUT ${token} 0`);
    // It has arrived.
    scene.settleOne();
    mina.says(`FILE CANCEL ${id}`);
    scene.settle();
    expect(jun.hears()).toEqual([]);
    expect([scene.files.unfinished, [...scene.files.placed.keys()]]).toEqual([[], []]);
  });

  test("that has arrived whole is sent though its connection is gone, and deleted if it is cancelled", () => {
    const { scene, mina, jun } = teaRoom();
    for (const isCancelled of [false, true]) {
      const { id, token } = granted(offers(mina, "#tea", factsOf(`abc ${isCancelled}`)));
      scene.holding = true;
      scene.files.incoming = Buffer.from(`abc ${isCancelled}`);
      const carrier = scene.connect().says(`FILE PUT ${token} 0`);
      carrier.vanishes();
      if (isCancelled) mina.says(`FILE CANCEL ${id}`);
      scene.settle();
      scene.holding = false;
      expect(jun.hears().length).toBe(isCancelled ? 0 : 1);
      expect(scene.files.unfinished).toEqual([]);
      expect(scene.files.placed.size).toBe(1);
    }
  });

  test("that has arrived whole when its sender's connections broke is sent without a byte more", () => {
    const { scene, mina, jun } = teaRoom();
    const { token } = granted(offers(mina, "#tea", factsOf("a film")));
    scene.holding = true;
    scene.files.incoming = Buffer.from("a film");
    scene.connect().says(`FILE PUT ${token} 0`);
    mina.vanishes();
    scene.settle();
    scene.holding = false;
    expect(jun.hears().join()).not.toContain(" PRIVMSG ");
    const again = scene.person("mina", ...FILE_CAPS).says("JOIN #tea");
    again.hears();
    const grant = granted(offers(again, "#tea", factsOf("a film")));
    expect(grant.offset).toBe("6");
    expect(puts(scene, grant.token, "", 6)[1]).toStartWith("FILE DONE ");
    expect(fetches(scene, jun, grant.id)).toEndWith("a film");
  });

  test("is refused when its bytes are others, and when no more can be stored", () => {
    const { scene, mina, jun } = teaRoom();
    const wrong = granted(offers(mina, "#tea", factsOf("abc")));
    expect(puts(scene, wrong.token, "abd")[1]).toMatch(/^FAIL FILE WRONG_HASH PUT /);
    for (const [ends, answer] of [
      ["full", "QUOTA PUT disk"],
      ["disk", "TEMPORARILY_UNAVAILABLE PUT"],
      ["off", "FILES_OFF PUT"],
    ] as const) {
      scene.files.ends = ends;
      const refused = granted(offers(mina, "#tea", factsOf("abc")));
      expect(puts(scene, refused.token, "ab")[1]).toStartWith(`FAIL FILE ${answer} :`);
    }
    scene.files.hasNoPlaces = true;
    const full = granted(offers(mina, "#tea", factsOf("abc", { preview: 1 })));
    expect(puts(scene, full.token, "abcp")[1]).toMatch(/^FAIL FILE TEMPORARILY_UNAVAILABLE PUT /);
    scene.files.hasNoPlaces = false;
    const late = granted(offers(mina, "#tea", factsOf("abc")));
    scene.diskFull = true;
    expect(puts(scene, late.token, "abc")[1]).toMatch(/^FAIL FILE TEMPORARILY_UNAVAILABLE PUT /);
    expect([...scene.files.placed.keys()]).toEqual([]);
    expect(jun.hears()).toEqual([]);
  });
});

describe("to a person", () => {
  test("a file is the first message of the two, and nobody else may have it", () => {
    const { scene, mina, jun, hana } = teaRoom();
    const id = sends(scene, mina, "jun", "for you", {}, "p");
    expect(jun.hears().at(-1)).toMatch(/sodam.chat\/file=\S+ :mina!\S+ PRIVMSG jun :$/);
    expect([...scene.files.placed.keys()][0]).toMatch(/^dm\.mina\+jun/);
    expect(fetches(scene, jun, id)).toEndWith("for you");
    for (const what of ["", "preview"]) {
      expect(fetches(scene, hana, id, what)).toBe(
        `:tea.test FAIL FILE UNKNOWN_FILE FETCH ${id} :There is no such file`,
      );
    }
  });

  test("a first file that gets no place, or is refused then, begins no conversation", () => {
    const { scene, mina, jun } = teaRoom();
    const before = scene.log.conversations().length;
    scene.files.hasNoPlaces = true;
    const full = granted(offers(mina, "jun", factsOf("for you")));
    expect(puts(scene, full.token, "for you")[1]).toContain(" TEMPORARILY_UNAVAILABLE PUT ");
    scene.files.hasNoPlaces = false;
    const { token } = granted(offers(mina, "jun", factsOf("for you")));
    scene.holding = true;
    scene.files.incoming = Buffer.from("for you");
    const carrier = scene.connect().says(`FILE PUT ${token} 0`);
    scene.settleOne();
    jun.says("MODE jun +g");
    scene.settle();
    expect(carrier.hears().at(-1)).toContain(" FAIL FILE CANNOT_SEND PUT ");
    expect(scene.log.conversations().length).toBe(before);
    expect([...scene.files.placed.keys(), ...scene.files.unfinished]).toEqual([]);
  });

  test("who has blocked the sender doesn't get it, and the sender can't tell", () => {
    const { scene, mina, jun } = teaRoom();
    jun.says("SILENCE +mina").hears();
    const id = sends(scene, mina, "jun", "for you");
    expect(jun.hears()).toEqual([]);
    expect(fetches(scene, jun, id)).toContain("UNKNOWN_FILE");
    expect(fetches(scene, mina, id)).toEndWith("for you");
  });

  test("a nick that changes hands while the file is on its way gets nothing", () => {
    const { scene, mina, jun, hana } = teaRoom();
    jun.says("NICK june");
    mina.hears();
    const { token } = granted(offers(mina, "june", factsOf("for you")));
    jun.says("NICK jun");
    hana.says("NICK june");
    hana.hears();
    expect(puts(scene, token, "for you")[1]).toMatch(
      /^FAIL FILE CANNOT_SEND PUT :That nick belongs/,
    );
    expect(hana.hears()).toEqual([]);
    expect([...scene.files.placed.keys(), ...scene.files.unfinished]).toEqual([]);
  });

  test.each(["sora", "NickServ", "nobody"])("none is sent to %s", (target) => {
    const { scene, mina } = teaRoom({}, { guests: true });
    scene.guest("sora");
    expect(offers(mina, target, factsOf("x"))).toContain(` FAIL FILE CANNOT_SEND SEND ${target} :`);
  });
});

describe("what can't be said can't be sent", () => {
  test.each([
    ["muted", "MODE #tea +b ~m:jun!*@*", "You may not talk in that room (+b)"],
    ["moderated", "MODE #tea +m", "That room is moderated (+m)"],
    [
      "to the ops alone",
      "MODE #tea +U",
      "No file can be sent there, since what is said there isn't kept",
    ],
    [
      "with a filtered caption",
      "MODE #tea +g notes",
      "Your message has a word that is filtered in that room (+g)",
    ],
    [
      "with a filtered name",
      "MODE #tea +g *secret*",
      "Your message has a word that is filtered in that room (+g)",
    ],
  ])("%s", (_, line, sentence) => {
    const { scene, mina, jun } = teaRoom();
    const facts = factsOf("x", { name: "secret plan.txt" });
    const early = granted(offers(jun, "#tea", facts, "my notes"));
    mina.says(line);
    jun.hears();
    expect(offers(jun, "#tea", facts, "my notes")).toBe(
      `:tea.test FAIL FILE CANNOT_SEND SEND #tea :${sentence}`,
    );
    // Asked again when it has arrived.
    expect(puts(scene, early.token, "x")[1]).toBe(`FAIL FILE CANNOT_SEND PUT :${sentence}`);
    expect([...scene.files.placed.keys(), ...scene.files.unfinished]).toEqual([]);
  });

  test("with a filtered name that has a line end within the word", () => {
    const { mina, jun } = teaRoom();
    mina.says("MODE #tea +g secret");
    jun.hears();
    for (const name of ["sec\nret.txt", "sec\r\nret.txt", "sec\u2028ret.txt"]) {
      expect(offers(jun, "#tea", factsOf("x", { name }))).toContain(" CANNOT_SEND SEND #tea :");
    }
  });

  test("in slow mode it counts as a message", () => {
    const { scene, mina, jun } = teaRoom();
    mina.says("MODE #tea +W 60");
    jun.hears();
    sends(scene, jun, "#tea", "one");
    expect(offers(jun, "#tea", factsOf("two"))).toContain("CANNOT_SEND");
    expect(jun.says("PRIVMSG #tea :and?").hears().at(-1)).toContain(" 404 ");
  });

  test("from outside of the room, and to some of its members", () => {
    const { scene, mina } = teaRoom();
    const nosy = scene.person("nosy", ...FILE_CAPS);
    expect(offers(nosy, "#tea", factsOf("x"))).toContain("CANNOT_SEND");
    expect(offers(mina, "@#tea", factsOf("x"))).toContain("CANNOT_SEND");
  });
});

describe("who may have a file", () => {
  test("loses it by a kick, and by a redaction, also with a token", () => {
    const { scene, mina, jun } = teaRoom();
    const id = sends(scene, mina, "#tea", "secret");
    const [, msgid] = /msgid=(\w+)/.exec(jun.hears().join(" ")) ?? [];
    const early = granted(asksFor(jun, id));
    mina.says("KICK #tea jun");
    expect(gets(scene, early.token)).toEqual(["FAIL FILE UNKNOWN_FILE GET :There is no such file"]);
    jun.hears();
    expect(asksFor(jun, id)).toContain("UNKNOWN_FILE");
    jun.says("JOIN #tea").hears();
    expect(fetches(scene, jun, id)).toEndWith("secret");
    mina.says(`REDACT #tea ${msgid}`);
    jun.hears();
    expect(asksFor(jun, id)).toContain("UNKNOWN_FILE");
  });

  test("a guest in the room may get it, and can't send any", () => {
    const { scene, mina } = teaRoom();
    const id = sends(scene, mina, "#tea", "for all");
    const guest = scene.guest("sora", ...FILE_CAPS).says("JOIN #tea");
    guest.hears();
    expect(fetches(scene, guest, id)).toEndWith("for all");
    expect(offers(guest, "#tea", factsOf("x"))).toContain(
      " FAIL FILE ACCOUNT_REQUIRED SEND #tea :",
    );
  });

  test("a tag that a client sends with a message is dropped", () => {
    const { mina, jun } = teaRoom();
    mina.says("@sodam.chat/file=id=aaaaaaaaaaaaaaaa,size=1 PRIVMSG #tea :look");
    expect(jun.hears().at(-1)).not.toContain("sodam.chat/file");
  });
});
