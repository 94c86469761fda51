import { describe, expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/*
 * Who is blocked by SILENCE can't tell: every line that they get is the one that they would get otherwise, live, from
 * history, on another device and after a restart. Who has blocked them never sees what they wrote.
 */

const CAPS = [
  ...["echo-message", "message-tags", "server-time", "batch", "labeled-response", "account-tag"],
  ...["draft/chathistory", "draft/event-playback", "draft/read-marker", "draft/multiline"],
  ...["draft/message-redaction", "sodam.chat/edit", "sodam.chat/unread", "soju.im/search"],
  ...["sodam.chat/read-receipts", "standard-replies", "sodam.chat/account"],
];
const EVERYTHING = [
  "@label=h CHATHISTORY LATEST mina * 50",
  "@label=t CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=2027-01-01T00:00:00.000Z 50",
  "@label=s SEARCH text=hello",
  "@label=m MARKREAD mina",
  "@label=w WHOIS mina",
  "ACCOUNT DATA",
];

/** Returns the msgid of the last line that has one. */
function lastMsgid(lines: readonly string[]): string {
  return /msgid=(\w+)/.exec(lines.findLast((line) => line.includes("msgid=")) ?? "")?.[1] ?? "";
}

/** What a blocked user hears of all that they do, on two devices and after a restart. */
function heardBy(setUp: (mina: Actor) => void): string[] {
  let scene = new Scene();
  const mina = scene.person("mina", ...CAPS);
  const jun = scene.person("jun", ...CAPS);
  // As many lines, whether jun is blocked or somebody else.
  setUp(mina);
  const phone = scene.person("jun", ...CAPS);
  const heard: string[] = [];
  const listen = (...actors: Actor[]): string[] => {
    const lines = actors.flatMap((actor) => actor.hears());
    heard.push(...lines);
    return lines;
  };
  const act = (actor: Actor, ...lines: string[]): void => {
    actor.says(...lines);
    scene.passes(5000);
  };
  act(jun, "MONITOR + mina", "@label=1 PRIVMSG mina :hello first");
  const first = lastMsgid(listen(jun, phone));
  act(jun, "@label=2 NOTICE mina :hello again", "@+typing=active TAGMSG mina");
  act(jun, `@+reply=${first};+draft/react=x TAGMSG mina`, `EDIT mina ${first} :hello edited`);
  listen(jun, phone);
  act(jun, "BATCH +b draft/multiline mina", "@batch=b PRIVMSG mina :hello a");
  act(jun, "@batch=b PRIVMSG mina :hello b", "BATCH -b");
  const multiline = lastMsgid(listen(jun, phone));
  act(jun, `@label=3 REDACT mina ${multiline}`, "@label=4 PRIVMSG mina :\x01ACTION waves\x01");
  listen(jun, phone);
  act(phone, ...EVERYTHING);
  scene.settle();
  listen(jun, phone);
  scene = scene.restart();
  const later = scene.person("jun", ...CAPS);
  scene.person("mina", ...CAPS);
  act(later, ...EVERYTHING, "PRIVMSG mina :hello later", ...EVERYTHING);
  listen(later);
  return heard;
}

describe("a user who is blocked", () => {
  test("hears, line by line, what others hear", () => {
    const blocked = heardBy((mina) => mina.says("SILENCE +jun").hears());
    const free = heardBy((mina) => mina.says("SILENCE +bob").hears());
    expect(blocked.length).toBeGreaterThan(40);
    expect(blocked).toEqual(free);
  });

  test("sees their own edits of what they said before the block, and the other sees the first text", () => {
    const heardBoth = (mask: string): { jun: string[]; mina: string[] } => {
      let scene = new Scene();
      const mina = scene.person("mina", ...CAPS);
      const jun = scene.person("jun", ...CAPS).says("PRIVMSG mina :hello before");
      const msgid = lastMsgid(jun.hears());
      mina.says(`SILENCE +${mask}`).hears();
      const heard: string[] = [];
      const asks = (target: string) => [
        `CHATHISTORY LATEST ${target} * 50`,
        `HISTORY ${target}`,
        "SEARCH text=hello",
        "SEARCH text=changed",
      ];
      jun.says(`EDIT mina ${msgid} :hello changed`, ...asks("mina"));
      jun.says(`EDIT mina ${msgid} :changed again`, ...asks("mina"));
      heard.push(...jun.hears());
      mina.says(...asks("jun"));
      const seen = mina.hears();
      for (const later of [scene.restart(), scene.crash()]) {
        scene = later;
        heard.push(
          ...scene
            .person("jun", ...CAPS)
            .says(...asks("mina"))
            .hears(),
        );
        seen.push(
          ...scene
            .person("mina", ...CAPS)
            .says(...asks("jun"))
            .hears(),
        );
      }
      return { jun: heard, mina: seen };
    };
    const [blocked, free] = [heardBoth("jun"), heardBoth("bob")];
    expect(blocked.jun).toEqual(free.jun);
    expect(free.mina.join()).toContain("changed again");
    expect(blocked.mina.join()).not.toMatch(/changed|edited=| EDIT /);
    expect(blocked.mina.filter((line) => line.endsWith(":hello before"))).toHaveLength(9);
  });

  test("hears of the other's reading as if the other didn't look at what came since", () => {
    /** What Jun hears while Mina reads, reacts, reads what came since, and answers. */
    const heard = (mask: string, looks: boolean, reacts = true): string[] => {
      const scene = new Scene();
      const mina = scene.person("mina", ...CAPS);
      const jun = scene.person("jun", ...CAPS).says("PRIVMSG mina :hello");
      const first = lastMsgid(jun.hears());
      mina.says(`SILENCE +${mask}`);
      const act = (actor: Actor, ...lines: string[]): void => {
        actor.says(...lines);
        scene.passes(5000);
      };
      const reads = () => act(mina, `MARKREAD jun timestamp=${new Date(scene.now).toISOString()}`);
      scene.passes(5000);
      reads();
      act(jun, "MARKREAD mina");
      if (reacts) act(mina, `@+draft/react=x;+reply=${first} TAGMSG jun`);
      act(jun, "PRIVMSG mina :hello again", "MARKREAD mina");
      if (looks) reads();
      else scene.passes(5000);
      act(jun, "MARKREAD mina", "PRIVMSG mina :are you there?", "MARKREAD mina");
      act(mina, "PRIVMSG jun :I am");
      act(jun, "MARKREAD mina");
      return jun.hears();
    };
    const ids = (lines: string[]): string[] => lines.map((line) => line.replace(/id0+\d+/, "id"));
    for (const reacts of [true, false])
      expect(ids(heard("jun", true, reacts))).toEqual(ids(heard("bob", false, reacts)));
    expect(heard("jun", false)).toEqual(heard("bob", false));
    expect(heard("bob", true)).not.toEqual(heard("bob", false));
  });

  test("is told of as many erased messages by ACCOUNT FORGET", () => {
    const heard = (mask: string): string[] => {
      const scene = new Scene();
      scene.person("mina").says(`SILENCE +${mask}`);
      const jun = scene.person("jun", "sodam.chat/account");
      jun.says("PRIVMSG mina :hello", "PRIVMSG mina :hello again");
      return jun.says("ACCOUNT CONFIRM :jun-password", "ACCOUNT FORGET").hears();
    };
    expect(heard("jun").at(-1)).toContain("FORGOTTEN jun 2 1");
    expect(heard("jun")).toEqual(heard("bob"));
  });

  test("is told the same by a user who accepts messages from few (+g)", () => {
    const heard = (mask: string): string[] => {
      const scene = new Scene();
      const mina = scene.person("mina");
      mina.says("MODE mina +g", `SILENCE +${mask}`);
      const jun = scene.person("jun");
      jun.says("PRIVMSG mina :hello", "PRIVMSG mina :hello");
      scene.passes(120_000);
      jun.says("PRIVMSG mina :hello");
      mina.hears();
      return jun.hears();
    };
    expect(heard("jun")).toEqual(heard("bob"));
  });
});

describe("an invitation by somebody who is blocked", () => {
  /** What Jun and another op of the room hear of inviting Mina, over a restart. */
  function heardBy(mask: string): string[] {
    let scene = new Scene();
    const mina = scene.person("mina").says(`SILENCE +${mask}`);
    const jun = scene.person("jun").says("JOIN #den", "MODE #den +i");
    const hana = scene.person("hana", "invite-notify").says("JOIN #pub");
    for (const actor of [jun, hana]) actor.hears();
    jun.says("INVITE mina #den", "UNINVITE mina #den", "UNINVITE mina #den", "INVITE mina #den");
    mina.hears();
    const heard = jun.hears();
    scene = scene.restart();
    const later = scene.person("jun");
    later.says("UNINVITE mina #den", "INVITE mina #den", "INVITE mina #den");
    return [...heard, ...later.hears()];
  }

  test("is answered and withdrawn like any other, also after a restart", () => {
    expect(heardBy("jun")).toEqual(heardBy("bob"));
  });

  test("is shown nowhere, opens nothing, not even after unblocking, and takes no other's away", () => {
    const scene = new Scene();
    const mina = scene.person("mina", ...CAPS).says("SILENCE +jun");
    const jun = scene.person("jun").says("JOIN #den", "MODE #den +is");
    const hana = scene.person("hana").says("JOIN #pub", "MODE #pub +i");
    hana.says("INVITE jun #pub");
    jun.says("JOIN #pub");
    hana.says("MODE #pub +o jun", "INVITE mina #pub");
    mina.hears();
    jun.says("INVITE mina #den", "INVITE mina #pub");
    expect(mina.hears()).toEqual([]);
    mina.says("SILENCE -jun").hears();
    mina.says("INVITE", "JOIN #den", "UNINVITE mina #den", "ACCOUNT DATA");
    const lines = mina.hearsPlain();
    expect(lines).toContain(":tea.test 336 mina #pub");
    expect(lines).toContain(":tea.test 473 mina #den :That room is invite-only (+i)");
    expect(lines).toContain(":tea.test 403 mina #den :There is no such room");
    expect(lines.filter((line) => line.includes("#den"))).toHaveLength(2);
    expect(mina.says("JOIN #pub").hearsVerbs()).toContain("JOIN");
  });
});

describe("who has blocked somebody", () => {
  test("never sees what they wrote, not even after unblocking them and a restart", () => {
    let scene = new Scene();
    let mina = scene.person("mina", ...CAPS);
    let jun = scene.person("jun", ...CAPS);
    mina.says("SILENCE +jun").hears();
    const seesNothing = (): void => {
      const asks = EVERYTHING.map((line) => line.replaceAll("mina", "jun"));
      mina.says(...asks, "@label=u CHATHISTORY LATEST jun * 50");
      const lines = mina.hears();
      expect(lines.join("\n")).not.toContain("hello");
      expect(lines.filter((line) => line.includes("TARGETS jun"))).toEqual([]);
      expect(lines.filter((line) => /DATA DIRECT jun/.test(line))).toEqual([]);
    };
    jun.says(
      "PRIVMSG mina :hello",
      "@+reply=x;+draft/react=y TAGMSG mina",
      "NICK june",
      "NICK jun",
    );
    expect(mina.hears()).toEqual([]);
    seesNothing();
    mina.says("SILENCE -jun").hears();
    seesNothing();
    scene = scene.restart();
    mina = scene.connect().logsIn("mina", CAPS);
    jun = scene.person("jun", ...CAPS);
    expect(mina.hears().filter((line) => line.includes("UNREAD"))).toEqual([]);
    seesNothing();
    jun.hears();
    jun.says("PRIVMSG mina :good morning");
    const counted = mina.hears();
    expect(counted.filter((line) => line.includes("good morning"))).toHaveLength(1);
    mina.says("CHATHISTORY LATEST jun * 50");
    expect(mina.hears().filter((line) => line.includes("PRIVMSG"))).toHaveLength(1);
  });

  test("can't report what they wrote, and finds no trace of it by any command", () => {
    const answers = (writes: boolean): string[] => {
      const scene = new Scene();
      const mina = scene.person("mina", ...CAPS).says("SILENCE +jun");
      const jun = scene.person("jun", ...CAPS);
      if (writes) jun.says("PRIVMSG mina :hello");
      const msgid = writes ? lastMsgid(jun.hears()) : "x";
      mina.hears();
      mina.says("CS REPORT jun jun rude", `REPORT jun ${msgid} :rude`, "MARKREAD jun");
      mina.says(
        `REDACT jun ${msgid}`,
        `EDIT jun ${msgid} :hello`,
        "MARKREAD jun timestamp=2026-11-22T00:29:00.000Z",
      );
      mina.says(
        "CHATHISTORY TARGETS timestamp=1960-01-01T00:00:00.000Z timestamp=2027-01-01T00:00:00.000Z 50",
      );
      return mina.hearsPlain().map((line) => line.replace(msgid, "<msgid>"));
    };
    const withMessage = answers(true);
    expect(withMessage).toEqual(answers(false));
    expect(withMessage.join()).not.toContain("SENT");
    expect(withMessage.join()).not.toContain("TARGETS");
  });

  test("hears nothing when the other erases it all, but what they could read before", () => {
    const scene = new Scene();
    const mina = scene.person("mina", ...CAPS);
    const jun = scene.person("jun", ...CAPS).says("PRIVMSG mina :hello before");
    const msgid = lastMsgid(jun.hears());
    mina.says("SILENCE +jun").hears();
    jun.says("PRIVMSG mina :hello", "PRIVMSG mina :hello again");
    jun.says("ACCOUNT CONFIRM :jun-password", "ACCOUNT FORGET");
    const redacted = (lines: readonly string[]): string[] =>
      lines.filter((line) => line.includes(" REDACT "));
    expect(redacted(jun.hears())).toHaveLength(3);
    expect(redacted(mina.hearsPlain())).toEqual([
      `:jun!u@jun000000001.account REDACT mina ${msgid}`,
    ]);
  });

  test("reads what came before the block, however much was written since", () => {
    const scene = new Scene();
    const mina = scene.person("mina", ...CAPS);
    const jun = scene.person("jun", ...CAPS).says("PRIVMSG mina :hello before");
    mina.says("SILENCE +jun").hears();
    for (let n = 0; n < 26 * 200; n += 1) {
      jun.says(`PRIVMSG mina :hello ${n}`);
      scene.passes(5000);
    }
    const phone = scene.person("mina", ...CAPS).says("CHATHISTORY LATEST jun * 1");
    scene.settle();
    expect(phone.hears().filter((line) => line.includes(":hello before"))).toHaveLength(1);
  });

  test("counts only what came after unblocking as unread", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const jun = scene.person("jun", ...CAPS);
    mina.says("SILENCE +jun");
    for (let count = 0; count < 5; count += 1) jun.says("PRIVMSG mina :hello");
    mina.says("SILENCE -jun");
    jun.says("PRIVMSG mina :one", "PRIVMSG mina :two");
    const lines = scene.connect().logsIn("mina", CAPS).hears();
    expect(lines.filter((line) => line.includes("UNREAD"))).toEqual([":tea.test UNREAD jun 2 2"]);
  });

  test("sees no guest's message either, and the guest's history has it", () => {
    const scene = new Scene();
    const mina = scene.person("mina", ...CAPS);
    const guest = scene.guest("bo", ...CAPS);
    mina.says("SILENCE +bo!*@*").hears();
    guest.says("PRIVMSG mina :hello", "CHATHISTORY LATEST mina * 10");
    expect(guest.hears().filter((line) => line.includes("hello"))).toHaveLength(2);
    mina.says("SILENCE -bo!*@*", "CHATHISTORY LATEST bo * 10");
    expect(mina.hears().join()).not.toContain("hello");
  });

  test.each(["member", "guest"])(
    "as a %s, isn't told the new nick of a guest who is blocked",
    (kind) => {
      const scene = new Scene();
      const mina = kind === "member" ? scene.person("mina") : scene.guest("mina");
      const guest = scene.guest("bo");
      mina.says("SILENCE +bo!*@*").hears();
      guest.says("PRIVMSG mina :hello", "NICK bob", "NICK bo");
      expect(mina.hears()).toEqual([]);
      mina.says("SILENCE -bo!*@*").hears();
      guest.says("PRIVMSG mina :good morning", "NICK bob");
      expect(mina.hearsVerbs()).toEqual(["PRIVMSG", "NICK"]);
    },
  );

  test("sees nothing of a guest either when both are guests, live and in history", () => {
    const scene = new Scene();
    const blocker = scene.guest("ann", ...CAPS);
    const blocked = scene.guest("bo", ...CAPS);
    blocker.says("PRIVMSG bo :hello there").hears();
    blocked.hears();
    blocker.says("SILENCE +bo!*@*").hears();
    const echo = blocked.says("PRIVMSG ann :hello", "NOTICE ann :hello again").hears();
    expect(echo.filter((line) => line.includes("hello"))).toHaveLength(2);
    blocked.says("@+typing=active TAGMSG ann", "@+draft/react=x;+reply=y TAGMSG ann");
    blocked.says("BATCH +b draft/multiline ann", "@batch=b PRIVMSG ann :hello b", "BATCH -b");
    blocked.hears();
    expect(blocker.hears()).toEqual([]);
    for (const lines of [["SILENCE"], ["SILENCE -bo!*@*"]]) {
      blocker.says(...lines).hears();
      blocker.says("CHATHISTORY LATEST bo * 10", "HISTORY bo 10");
      const seen = blocker.hears().filter((line) => line.includes("hello"));
      expect(seen).toHaveLength(2);
      expect(seen.every((line) => line.endsWith(":hello there"))).toBe(true);
    }
    blocked.says("CHATHISTORY LATEST ann * 10");
    expect(blocked.hears().filter((line) => line.includes("hello"))).toHaveLength(4);
  });
});
