import { describe, expect, test } from "bun:test";
import { fold } from "../../lib/protocol/names.ts";
import { Stage } from "./stage.ts";

/** https://ircv3.net/specs/client-tags/typing, as it asks of a client */

const TEA = fold("#tea");

function stage(): Stage {
  const made = new Stage().ready("message-tags echo-message");
  made.server(":민수!u@h JOIN #tea", ":s 353 민수 = #tea :@mina 민수 jun", ":s 366 민수 #tea :end");
  made.sent();
  return made;
}

describe("somebody is typing", () => {
  const typing = (one: Stage) => [
    ...(one.session.state.conversations.get(TEA)?.typing.keys() ?? []),
  ];

  /** What ends it, before its time is over. */
  const ENDS: readonly (readonly [string, string])[] = [
    ["a message of theirs", ":mina!u@h PRIVMSG #tea :hi"],
    ["a notice of theirs", ":mina!u@h NOTICE #tea :hi"],
    ["a reaction of theirs", "@+reply=x;+draft/react=👍 :mina!u@h TAGMSG #tea"],
    ["a TAGMSG of theirs that says nothing known", "@+x=1 :mina!u@h TAGMSG #tea"],
    ["their leaving", ":mina!u@h PART #tea"],
    ["their being put out", ":jun!u@h KICK #tea mina :out"],
    ["their going", ":mina!u@h QUIT :bye"],
    ["their saying that they are done", "@+typing=done :mina!u@h TAGMSG #tea"],
  ];

  for (const [what, line] of ENDS) {
    test(`until ${what}`, () => {
      const one = stage().server("@+typing=active :mina!u@h TAGMSG #tea");
      expect(typing(one)).toEqual(["mina"]);
      expect(typing(one.server(line))).toEqual([]);
    });
  }

  test("until the end of a batch that is their message", () => {
    const one = stage().server("@+typing=active :mina!u@h TAGMSG #tea");
    one.server(":mina!u@h BATCH +1 draft/multiline #tea", "@batch=1 :mina!u@h PRIVMSG #tea :a");
    expect(typing(one)).toEqual(["mina"]);
    expect(typing(one.server(":s BATCH -1"))).toEqual([]);
  });

  test("not until a message of theirs elsewhere, or one of somebody else", () => {
    const one = stage().server("@+typing=active :mina!u@h TAGMSG #tea");
    one.server(":mina!u@h PRIVMSG 민수 :psst", ":jun!u@h PRIVMSG #tea :hi");
    expect(typing(one)).toEqual(["mina"]);
  });

  for (const [state, seconds] of [
    ["active", 6],
    ["paused", 30],
  ] as const) {
    test(`for ${seconds} seconds when they are ${state}, and anew with each time`, () => {
      const one = stage();
      const notice = `@+typing=${state} :mina!u@h TAGMSG #tea`;
      const after = (ms: number) => {
        one.now += ms;
        one.session.tick(one.now);
        return typing(one);
      };
      one.server(notice);
      expect(after(seconds * 1000 - 1)).toEqual(["mina"]);
      one.server(notice);
      expect(after(seconds * 1000 - 1)).toEqual(["mina"]);
      expect(after(1)).toEqual([]);
    });
  }
});

describe("that one is typing", () => {
  for (const first of ["active", "paused"] as const) {
    for (const second of ["active", "paused", "done"] as const) {
      test(`${first}, then ${second}: never within three seconds for one target, and only active again`, () => {
        const one = stage();
        one.session.sendTyping(TEA, first);
        one.now += 2999;
        one.session.sendTyping(TEA, second);
        expect(one.sent()).toEqual([`@+typing=${first} TAGMSG #tea`]);
        one.now += 1;
        one.session.sendTyping(TEA, second);
        const isTold = first !== second || second === "active";
        expect(one.sent()).toEqual(isTold ? [`@+typing=${second} TAGMSG #tea`] : []);
      });
    }
  }

  test("is not said to be over before it began", () => {
    const one = stage();
    one.session.sendTyping(TEA, "done");
    expect(one.sent()).toEqual([]);
  });

  test("is told to another target at once", () => {
    const one = stage();
    one.session.openDirect("jun");
    one.sent();
    one.session.sendTyping(TEA, "active");
    one.session.sendTyping(fold("jun"), "active");
    expect(one.sent()).toEqual(["@+typing=active TAGMSG #tea", "@+typing=active TAGMSG jun"]);
  });

  test("is told to nobody without message-tags", () => {
    const one = new Stage().ready("").server(":민수!u@h JOIN #tea");
    one.sent();
    one.session.sendTyping(TEA, "active");
    expect(one.sent()).toEqual([]);
  });
});
