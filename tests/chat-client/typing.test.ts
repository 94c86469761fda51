import { describe, expect, test } from "bun:test";
import { fold } from "../../lib/protocol/names.ts";
import { labelOf, Stage } from "./stage.ts";

/** https://ircv3.net/specs/client-tags/typing, as it asks of a client */

const TEA = fold("#tea");

function joinedStage(): Stage {
  const made = new Stage().ready("message-tags echo-message");
  made.server(":민수!u@h JOIN #tea", ":s 353 민수 = #tea :@mina 민수 jun", ":s 366 민수 #tea :end");
  made.sent();
  return made;
}

describe("another user is typing", () => {
  const typing = (stage: Stage) => [
    ...(stage.session.state.conversations.get(TEA)?.typing.keys() ?? []),
  ];

  /** Lines that end it before its timeout. */
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
      const stage = joinedStage().server("@+typing=active :mina!u@h TAGMSG #tea");
      expect(typing(stage)).toEqual(["mina"]);
      expect(typing(stage.server(line))).toEqual([]);
    });
  }

  test("until the end of a batch that is their message", () => {
    const stage = joinedStage().server("@+typing=active :mina!u@h TAGMSG #tea");
    stage.server(":mina!u@h BATCH +1 draft/multiline #tea", "@batch=1 :mina!u@h PRIVMSG #tea :a");
    expect(typing(stage)).toEqual(["mina"]);
    expect(typing(stage.server(":s BATCH -1"))).toEqual([]);
  });

  test("not until their message elsewhere, or another user's message", () => {
    const stage = joinedStage().server("@+typing=active :mina!u@h TAGMSG #tea");
    stage.server(":mina!u@h PRIVMSG 민수 :psst", ":jun!u@h PRIVMSG #tea :hi");
    expect(typing(stage)).toEqual(["mina"]);
  });

  for (const [state, seconds] of [
    ["active", 6],
    ["paused", 30],
  ] as const) {
    test(`for ${seconds} seconds when they are ${state}, and again with each notification`, () => {
      const stage = joinedStage();
      const notice = `@+typing=${state} :mina!u@h TAGMSG #tea`;
      const after = (ms: number) => {
        stage.now += ms;
        stage.session.tick();
        return typing(stage);
      };
      stage.server(notice);
      expect(after(seconds * 1000 - 1)).toEqual(["mina"]);
      stage.server(notice);
      expect(after(seconds * 1000 - 1)).toEqual(["mina"]);
      expect(after(1)).toEqual([]);
    });
  }
});

describe("the user's own typing", () => {
  for (const first of ["active", "paused"] as const) {
    for (const second of ["active", "paused", "done"] as const) {
      test(`${first}, then ${second}: never within three seconds for one target, and only active again`, () => {
        const stage = joinedStage();
        stage.session.commands.sendTyping(TEA, first);
        stage.now += 2999;
        stage.session.commands.sendTyping(TEA, second);
        expect(stage.sent()).toEqual([`@+typing=${first} TAGMSG #tea`]);
        stage.now += 1;
        stage.session.commands.sendTyping(TEA, second);
        const isTold = first !== second || second === "active";
        expect(stage.sent()).toEqual(isTold ? [`@+typing=${second} TAGMSG #tea`] : []);
      });
    }
  }

  test("never ends before it began", () => {
    const stage = joinedStage();
    stage.session.commands.sendTyping(TEA, "done");
    expect(stage.sent()).toEqual([]);
  });

  test("is sent to another target at once", () => {
    const stage = joinedStage();
    stage.session.commands.openDirect("jun");
    stage.sent();
    stage.session.commands.sendTyping(TEA, "active");
    stage.session.commands.sendTyping(fold("jun"), "active");
    expect(stage.sent()).toEqual(["@+typing=active TAGMSG #tea", "@+typing=active TAGMSG jun"]);
  });

  test("adds no line where it could not be delivered", () => {
    const stage = new Stage().ready();
    stage.session.commands.openDirect("jun");
    stage.sent();
    stage.session.commands.sendTyping(fold("jun"), "active");
    stage.server(`@label=${labelOf(stage.sent()[0])} :s 401 민수 jun :No such nick`);
    expect(stage.at("jun").lines).toEqual([]);
  });

  test("isn't sent without message-tags", () => {
    const stage = new Stage().ready("").server(":민수!u@h JOIN #tea");
    stage.sent();
    stage.session.commands.sendTyping(TEA, "active");
    expect(stage.sent()).toEqual([]);
  });
});
