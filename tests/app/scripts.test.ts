import { describe, expect, test } from "bun:test";
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { STORE_UNITS_MAX } from "../../lib/app/scripts/script-storage.ts";
import type {
  ScriptEvents,
  ScriptMessage,
  ScriptPlace,
  Sodam,
} from "../../lib/app/scripts/script-types.ts";
import { helpSections } from "../../lib/app/slash/help-entries.ts";
import { argumentCandidates, SLASH_COMMANDS } from "../../lib/app/slash/slash-commands.ts";
import { elapsedMs } from "../elapsed.ts";
import { openWithScripts, textsSent } from "./script-stage.ts";
import { drawContextFor } from "./team.ts";

const HI = "@msgid=m1 :jun!j@h PRIVMSG #tea :hi";

describe("a script", () => {
  test("has commands of its own, which /help explains and which are told where they were typed", async () => {
    const calls: string[] = [];
    const { types, notes, host, app, connection, ports } = await openWithScripts({
      poll: (sodam: Sodam) =>
        sodam.command({
          name: "Poll",
          aliases: ["투표"],
          usage: "QUESTION",
          help: "ask the room",
          complete: (word, before, place) => [`${place.name}:${before}:${word}!`],
          run: (rest, place) => void calls.push(`${place.server} ${place.name}: ${rest}`),
        }),
    });
    const { words, input } = app;
    const tab = {
      words,
      language: "en" as const,
      input,
      session: connection.session,
      listed: [],
      ports,
    };
    expect(argumentCandidates(tab, "/투표 one two")).toEqual(["#tea:one:two!"]);
    const own = helpSections(SLASH_COMMANDS, words, "", input).flatMap(({ entries }) => entries);
    expect(own.filter(({ text }) => text === "ask the room")).toEqual([
      { title: "/poll QUESTION", text: "ask the room", command: "/poll " },
    ]);
    types("/poll tea or coffee?");
    types("/투표  차 ");
    expect(calls).toEqual(["chat.example:6697 #tea: tea or coffee?", "chat.example:6697 #tea: 차"]);
    expect(host.list()).toEqual([{ name: "poll", state: "on", text: "/Poll" }]);
    types("/pull");
    expect(notes().at(-1)).toContain("/poll");
  });

  test("has keys of its own, each for one script, which the list of keys shows", async () => {
    const pressed: string[] = [];
    const source = (name: string, key: string) => (sodam: Sodam) =>
      void sodam.key(key, (place) => void pressed.push(`${name} in ${place.name}`));
    const { host, app, types, words, notes } = await openWithScripts({
      a: source("a", "Alt-P"),
      b: source("b", "M-p"),
      c: source("c", "hyper-x"),
    });
    expect(host.list().map(({ state }) => state)).toEqual(["on", "failed", "failed"]);
    expect(notes()[0]).toBe(words.failed("b", words.takenKey("M-p")));
    const bound = [...app.input.keyMap.keys.values()].filter(({ source }) => source === "script");
    expect(bound.map(({ key, rows }) => [key, rows[0]?.target])).toEqual([
      ["alt-p", "/script press a alt-p"],
    ] as never);
    types("/script press a alt-p");
    expect(pressed).toEqual(["a in #tea"]);
    host.switchOff("a");
    expect([...app.input.keyMap.keys.values()].some(({ source }) => source === "script")).toBe(
      false,
    );
  });

  test("can't take the name of another command, and is switched off for trying", async () => {
    const command = { help: "x", run: () => {} };
    const { notes, host, words } = await openWithScripts({
      a: (sodam: Sodam) => sodam.command({ name: "poll", ...command }),
      b: (sodam: Sodam) => sodam.command({ name: "poll", ...command }),
      c: (sodam: Sodam) => sodam.command({ name: "나가기", ...command }),
      d: (sodam: Sodam) => sodam.command({ name: "two words", ...command }),
    });
    expect(host.list().map(({ state }) => state)).toEqual(["on", "failed", "failed", "failed"]);
    expect(notes().slice(0, 2)).toEqual([
      words.failed("b", words.takenCommand("poll")),
      words.failed("c", words.takenCommand("나가기")),
    ]);
  });

  test("changes, expands or stops what is sent, but never what goes to a service", async () => {
    const { says, sent, notes, words, hears, controller, types } = await openWithScripts({
      shout: (sodam: Sodam) =>
        sodam.beforeSent((text) => {
          if (text === "secret") return false;
          if (text === "both") return ["one", "two"];
          return text.startsWith("!") ? text.slice(1).toUpperCase() : undefined;
        }),
    });
    for (const text of ["plain", "!hey", "both", "secret"]) says(text);
    expect(textsSent(sent)).toEqual(["#tea plain", "#tea HEY", "#tea one", "#tea two"]);
    expect(notes()).toEqual([words.notSent("shout")]);
    types("/msg jun !ho");
    expect(textsSent(sent).at(-1)).toBe("jun HO");
    hears(":NickServ!n@services PRIVMSG mina :who are you?");
    controller.goTo(controller.connection.session.state.fold("NickServ"));
    says("!identify hunter2");
    expect(textsSent(sent).at(-1)).toBe("NickServ !identify hunter2");
  });

  test("changes how messages are shown here, and nothing that is stored", async () => {
    const { hears, host, connection } = await openWithScripts({
      a: (sodam: Sodam) => sodam.beforeShown(({ text }) => ({ text: `${text}!` })),
      b: (sodam: Sodam) =>
        sodam.beforeShown(({ text }) => ({
          text: text.toUpperCase(),
          fold: text.includes("build"),
        })),
    });
    hears(HI, ":jun!j@h PRIVMSG #tea :build 7");
    const room = connection.session.state.conversations.get(connection.session.state.fold("#tea"));
    const lines = room?.lines.filter(({ kind }) => kind === "said") ?? [];
    const shown = lines.map((line) => room && host.hooks.shownAs(connection, room, line));
    expect(shown).toEqual([
      { text: "HI!", fold: null, highlight: false },
      { text: "BUILD 7!", fold: "", highlight: false },
    ]);
    expect(lines.map(({ text }) => text)).toEqual(["hi", "build 7"]);
    host.switchOff("a");
    expect(lines.map((line) => room && host.hooks.shownAs(connection, room, line)?.text)).toEqual([
      "HI",
      "BUILD 7",
    ]);
  });

  test("marks a message as a highlight: it counts as a mention and is reported", async () => {
    const reported: string[] = [];
    const { hears, connection } = await openWithScripts({
      rules: (sodam: Sodam) =>
        sodam.beforeShown(({ text }) => ({ highlight: text.includes("deploy") })),
    });
    connection.listen((event) => {
      if (event.kind === "notify") reported.push(event.line.text);
    });
    hears(":jun!j@h PRIVMSG #tea :lunch?", ":jun!j@h PRIVMSG #tea :deploy failed");
    expect(reported).toEqual(["deploy failed"]);
    const room = connection.session.state.conversations.get(connection.session.state.fold("#tea"));
    expect(room?.mentions).toBe(1);
  });

  test("hears of messages, mentions, joins and leaves, with their server and room", async () => {
    const heard: string[] = [];
    const { hears } = await openWithScripts(
      {
        ears: (sodam: Sodam) => {
          const where = ({ server, name }: ScriptPlace) => `${server} ${name}`;
          const hear = (kind: "message" | "mentioned") => (message: ScriptMessage) =>
            void heard.push(`${kind} ${where(message.place)} ${message.nick}: ${message.text}`);
          sodam.on("message", hear("message"));
          sodam.on("mentioned", hear("mentioned"));
          sodam.on("joined", ({ place, nick }) => void heard.push(`+${nick} ${place.name}`));
          sodam.on(
            "left",
            (event) => void heard.push(`-${event.nick} ${event.place.name} ${event.reason}`),
          );
          sodam.on("ready", ({ server }) => void heard.push(`ready ${server.name} ${server.nick}`));
        },
      },
      { caps: "message-tags echo-message labeled-response batch" },
    );
    expect(heard.splice(0)).toEqual(["ready chat.example:6697 mina"]);
    hears(
      ":jun!j@h JOIN #tea",
      HI,
      ":jun!j@h PRIVMSG #tea :mina: lunch?",
      ":jun!j@h PRIVMSG mina :psst",
      ":NickServ!n@services NOTICE mina :your password is hunter2",
      ":jun!j@h PART #tea :bye",
    );
    expect(heard.splice(0)).toEqual([
      "+jun #tea",
      "message chat.example:6697 #tea jun: hi",
      "message chat.example:6697 #tea jun: mina: lunch?",
      "mentioned chat.example:6697 #tea jun: mina: lunch?",
      "message chat.example:6697 jun jun: psst",
      "mentioned chat.example:6697 jun jun: psst",
      "-jun #tea bye",
    ]);
  });

  test("sees its own message once the server has accepted it", async () => {
    const heard: string[] = [];
    const { hears, says } = await openWithScripts({
      ears: (sodam: Sodam) =>
        sodam.on("message", ({ text, isOwn }) => void heard.push(`${text} ${isOwn}`)),
    });
    says("hello");
    hears();
    expect(heard).toEqual([]);
    hears("@msgid=m9 :mina!m@h PRIVMSG #tea :hello");
    expect(heard).toEqual(["hello true"]);
  });

  test("may speak in what it hears, and answers with a reply", async () => {
    const { hears, sent } = await openWithScripts({
      echo: (sodam: Sodam) =>
        sodam.on("mentioned", ({ place, nick, id }) => place.say(`${nick}: hi`, { replyTo: id })),
    });
    hears("@msgid=m1 :jun!j@h PRIVMSG #tea :mina?");
    expect(sent.at(-1)).toContain("reply=m1");
    expect(textsSent(sent)).toEqual(["#tea jun: hi"]);
  });

  test("that answers another script for ever is switched off", async () => {
    const { hears, sent, notes, host, passes } = await openWithScripts({
      loop: (sodam: Sodam) =>
        sodam.on("message", ({ place, isOwn }) => (isOwn ? undefined : place.say("again"))),
    });
    for (let n = 0; n < 30; n++) hears(`:jun!j@h PRIVMSG #tea :again ${n}`);
    expect(textsSent(sent)).toHaveLength(20);
    expect(host.list()[0]?.state).toBe("failed");
    expect(notes().at(-1)).toContain("20 texts");
    // Somebody who loads it again gets a new allowance.
    passes(10_000);
    await host.switchOn("loop");
    hears(":jun!j@h PRIVMSG #tea :once");
    expect(textsSent(sent)).toHaveLength(21);
  });

  test("has timers, which end with it", async () => {
    const ticks: string[] = [];
    const { passes, host, timers } = await openWithScripts({
      clock: (sodam: Sodam) => {
        sodam.every(1000, () => void ticks.push("tick"));
        sodam.after(2500, () => void ticks.push("once"));
        const stop = sodam.every(10, () => void ticks.push("often"));
        sodam.after(250, stop);
      },
    });
    passes(3000);
    expect(ticks).toEqual(["often", "often", "tick", "tick", "once", "tick"]);
    host.switchOff("clock");
    passes(5000);
    expect(ticks).toHaveLength(6);
    expect(timers.size).toBe(0);
  });

  test("remembers JSON values from run to run, up to a bound", async () => {
    const source = (sodam: Sodam) => {
      const runs = (sodam.store.get<number>("runs") ?? 0) + 1;
      sodam.store.set("runs", runs);
      sodam.store.set("list", [1, { a: "b" }]);
      sodam.store.set("gone", 1);
      sodam.store.delete("gone");
      sodam.command({
        name: "fill",
        help: "x",
        run: () => sodam.store.set("big", "x".repeat(STORE_UNITS_MAX)),
      });
    };
    const { host, stores, passes, types, notes } = await openWithScripts({ counter: source });
    expect(stores.size).toBe(0);
    passes(1000);
    expect(stores.get("counter")).toEqual({ values: { runs: 1, list: [1, { a: "b" }] } });
    await host.switchOn("counter");
    types("/fill");
    expect(notes().at(-1)).toContain("the store is full");
    host.end();
    expect(stores.get("counter")).toEqual({ values: { runs: 2, list: [1, { a: "b" }] } });
  });

  test("shows a short text in the bar, without anything that a terminal obeys", async () => {
    const { host } = await openWithScripts({
      a: (sodam: Sodam) => sodam.status("09:41"),
      b: (sodam: Sodam) => sodam.status(`\x1b[2J${"x".repeat(90)}`),
    });
    expect(host.statuses()[0]).toBe("09:41");
    expect(host.statuses()[1]).not.toContain("\x1b");
    expect(host.statuses()[1]?.length).toBeLessThanOrEqual(40);
    host.switchOff("a");
    expect(host.statuses()).toHaveLength(1);
  });

  test("sees the servers, their rooms and who is there, as they are now", async () => {
    let door: Sodam | null = null;
    const { hears } = await openWithScripts({
      spy: (sodam: Sodam) => {
        door = sodam;
      },
    });
    hears(":s 353 mina = #tea :mina jun", ":s 366 mina #tea :End", ":jun!j@h TOPIC #tea :cake");
    const [server] = (door as unknown as Sodam).servers;
    const tea = server?.place("#TEA");
    expect(server).toMatchObject({ name: "chat.example:6697", nick: "mina", isConnected: true });
    expect(tea).toMatchObject({
      name: "#tea",
      kind: "room",
      topic: "cake",
      members: ["mina", "jun"],
    });
    expect(server?.place("#cake")).toBeNull();
    expect((door as unknown as Sodam).current?.name).toBe("#tea");
  });

  test("prints into a note, under its name", async () => {
    const stage = await openWithScripts({
      talker: (sodam: Sodam) =>
        sodam.command({ name: "print", help: "x", run: () => stage.prints("hello") }),
    });
    stage.types("/print");
    stage.prints("from nowhere\x1b[2J");
    const [first, second] = stage.notes();
    expect(first).toBe("talker: hello");
    expect(second).toStartWith("from nowhere");
    expect(second).not.toContain("\x1b");
  });
});

describe("a script that fails", () => {
  const throwing: Record<string, (sodam: Sodam) => void> = {
    "when it starts": () => {
      throw new Error("oops");
    },
    "in a command": (sodam) =>
      void sodam.command({
        name: "go",
        help: "x",
        run: () => {
          throw new Error("oops");
        },
      }),
    "in a command, later": (sodam) =>
      void sodam.command({ name: "go", help: "x", run: () => Promise.reject(new Error("oops")) }),
    "in an event": (sodam) =>
      void sodam.on("message", () => {
        throw new Error("oops");
      }),
    "before a message is shown": (sodam) =>
      void sodam.beforeShown(() => {
        throw new Error("oops");
      }),
    "before a message is sent": (sodam) =>
      void sodam.beforeSent(() => {
        throw new Error("oops");
      }),
    "in a timer": (sodam) =>
      void sodam.after(50, () => {
        throw new Error("oops");
      }),
    "in a timer, later": (sodam) => void sodam.after(50, () => Promise.reject(new Error("oops"))),
  };
  for (const [when, source] of Object.entries(throwing)) {
    test(`${when} is named in one sentence and switched off, and the chat goes on`, async () => {
      const chat = await openWithScripts({
        bad: source,
        good: (sodam: Sodam) => sodam.status("ok"),
      });
      chat.types("/go");
      chat.hears(HI);
      chat.says("still here");
      chat.passes(100);
      await Promise.resolve();
      await Promise.resolve();
      expect(chat.host.list().map(({ state }) => state)).toEqual(["failed", "on"]);
      const sentences = chat.notes().filter((note) => note.includes("bad"));
      expect(sentences).toHaveLength(1);
      expect(sentences[0]).toStartWith(chat.words.failed("bad", "oops"));
      expect(sentences[0]).not.toContain("\n");
      chat.says("and on");
      expect(textsSent(chat.sent)).toContain("#tea and on");
      expect(chat.host.statuses()).toEqual(["ok"]);
    });
  }

  test("takes all that it registered along", async () => {
    let calls = 0;
    const count = (): void => {
      calls += 1;
    };
    const chat = await openWithScripts({
      bad: (sodam: Sodam) => {
        sodam.command({ name: "go", help: "x", run: count });
        sodam.beforeShown(() => void count() as undefined);
        sodam.beforeSent(() => void count() as undefined);
        for (const kind of ["message", "joined", "ready"] as const) {
          sodam.on<keyof ScriptEvents>(kind, count);
        }
        sodam.every(100, count);
        sodam.status("here");
        sodam.command({
          name: "fail",
          help: "x",
          run: () => {
            throw new Error("oops");
          },
        });
      },
    });
    chat.types("/fail");
    calls = 0;
    chat.types("/go");
    chat.hears(HI, ":bo!b@h JOIN #tea");
    chat.says("hi");
    chat.passes(5000);
    expect(calls).toBe(0);
    expect(chat.host.statuses()).toEqual([]);
    expect(chat.app.input.commands).toEqual([]);
    expect(chat.timers.size).toBe(0);
  });

  test("does nothing any more, also in what it began before", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const chat = await openWithScripts({
      slow: (sodam: Sodam) =>
        sodam.command({
          name: "go",
          help: "x",
          async run(_, place) {
            await promise;
            place.say("too late");
            place.note("too late");
            sodam.note("too late");
            sodam.status("too late");
            sodam.after(0, () => sodam.note("too late"));
            sodam.on("message", () => sodam.note("too late"));
          },
        }),
    });
    chat.types("/go");
    chat.host.switchOff("slow");
    resolve();
    await promise;
    chat.hears(HI);
    expect(textsSent(chat.sent)).toEqual([]);
    expect(chat.notes()).toEqual([]);
    expect(chat.host.statuses()).toEqual([]);
  });

  test("is named with the error's line, and the first line of its text alone", async () => {
    const error = new Error("a long story\nof many lines");
    error.stack = "Error: a long story\n    at run (/home/mina/scripts/bad.ts?3:12:7)";
    const { notes, words } = await openWithScripts({ bad: error });
    expect(notes()).toEqual([words.failed("bad", "a long story (bad.ts:12)")]);
  });

  test("is named when it is no TypeScript, exports nothing, or throws what is no error", async () => {
    const syntax = new AggregateError(
      [Object.assign(new Error("Expected identifier"), { position: { line: 3 } })],
      "2 errors",
    );
    const { notes, words } = await openWithScripts({
      a: syntax,
      b: "no function",
      c: () => {
        throw "just words";
      },
    });
    expect(notes().toSorted()).toEqual([
      words.failed("a", "Expected identifier (a.ts:3)"),
      words.failed("b", words.noFunction),
      words.failed("c", "just words"),
    ]);
  });

  test("is found by the trace of an error that nobody caught; any other crashes the client as before", async () => {
    const { fault, notes, host, words } = await openWithScripts({
      a: (sodam: Sodam) => sodam.status("a"),
      b: (sodam: Sodam) => sodam.status("b"),
    });
    const ours = new Error("ours");
    ours.stack = "Error: ours\n    at paint (/opt/sodam/lib/app/app.ts:3:1)";
    expect(fault(ours)).toBe(false);
    const theirs = new Error("theirs");
    theirs.stack = "Error: theirs\n    at <anonymous> (/home/mina/scripts/b.ts?2:5:9)";
    expect(fault(theirs)).toBe(true);
    expect(notes()).toEqual([words.failed("b", "theirs (b.ts:5)")]);
    expect(host.statuses()).toEqual(["a"]);
    // A thrown text, and an error of the system, have no trace: nothing of the client's own is without one.
    expect(fault("just words")).toBe(true);
    expect(host.statuses()).toEqual([]);
    expect(fault("again")).toBe(false);
  });

  test("that let go of an error without a trace is the one that ran last, most likely", async () => {
    const command = (name: string) => (sodam: Sodam) =>
      void sodam.command({ name, help: "x", run: () => {} });
    const { fault, types, notes, host, words } = await openWithScripts({
      a: command("a"),
      b: command("b"),
      c: command("c"),
    });
    types("/b");
    expect(fault("just words")).toBe(true);
    expect(notes()).toEqual([words.likely("b", "just words")]);
    expect(host.list().map(({ state }) => state)).toEqual(["on", "failed", "on"]);
  });

  test("is named when it holds up the chat, and switched off when it does so again and again", async () => {
    const stage = await openWithScripts({
      slow: (sodam: Sodam) => sodam.beforeSent(() => void stage.works(101) as undefined),
      quick: (sodam: Sodam) => sodam.beforeSent(() => void stage.works(99) as undefined),
    });
    stage.says("one");
    expect(stage.notes()).toEqual([stage.words.slow("slow", 101)]);
    for (let n = 2; n <= 10; n++) stage.says(`${n}`);
    expect(stage.notes().at(-1)).toBe(stage.words.failed("slow", stage.words.tooSlow));
    expect(stage.host.list().map(({ state }) => state)).toEqual(["on", "failed"]);
    expect(textsSent(stage.sent)).toHaveLength(10);
  });

  test("is told what it did wrong where nobody has checked its types", async () => {
    const wrong: Record<string, (sodam: Sodam) => unknown> = {
      a: (sodam) => sodam.note(7 as unknown as string),
      b: (sodam) => sodam.on("left-handed" as "left", () => {}),
      c: (sodam) => sodam.after(1, "later" as unknown as () => void),
      d: (sodam) => sodam.command({ name: "x" } as never),
      e: (sodam) => sodam.store.set("f", () => {}),
      f: (sodam) => sodam.current?.say(null as unknown as string),
    };
    const { host } = await openWithScripts(wrong);
    expect(host.list().map(({ state }) => state)).toEqual(Object.keys(wrong).map(() => "failed"));
  });
});

describe("/script", () => {
  test("lists, loads anew, and switches off and on, which outlasts the run", async () => {
    const runs: string[] = [];
    const run = (name: string) => () => void runs.push(name);
    const chat = await openWithScripts({ a: run("a"), b: run("b") });
    const settle = async (): Promise<void> => {
      for (let round = 0; round < 10; round++) await Promise.resolve();
    };
    chat.types("/script off a.ts");
    expect(chat.notes()).toEqual([chat.words.stopped("a")]);
    expect(chat.ports.saved.scriptsOff).toEqual(["a"]);
    Object.assign(chat.sources, { c: run("c") });
    chat.types("/스크립트");
    expect(chat.notes().at(-1)).toBe(
      [
        chat.words.title("/home/mina/scripts"),
        `a: ${chat.words.states.off}`,
        `b: ${chat.words.states.on}`,
        `c: ${chat.words.states.new}`,
      ].join("\n"),
    );
    chat.types("/script reload");
    await settle();
    expect(runs).toEqual(["a", "b", "b", "c"]);
    chat.types("/스크립트 켜기 a");
    await settle();
    expect(chat.notes().at(-1)).toBe(chat.words.running("a"));
    expect(chat.ports.saved.scriptsOff).toEqual([]);
    chat.types("/script off nothing");
    expect(chat.notes().at(-1)).toBe(chat.words.none("nothing", "/home/mina/scripts"));
    chat.types("/script types");
    expect(chat.written[0]).toContain("export interface Sodam");
    chat.types("/script dance");
    expect(chat.notes().at(-1)).toContain("/script");
  });

  test("leaves those out that were switched off, and refuses those that others can change", async () => {
    const runs: string[] = [];
    const run = (name: string) => () => void runs.push(name);
    const chat = await openWithScripts({ a: run("a"), b: run("b") }, { loads: false });
    chat.host.switchOff("a");
    chat.problems.set("b", "writable");
    await chat.host.start();
    expect(runs).toEqual([]);
    expect(chat.notes()).toEqual([chat.words.refused.writable("b", "/home/mina/scripts")]);
    expect(await chat.host.switchOn("b")).toEqual({
      problem: chat.words.refused.writable("b", "/home/mina/scripts"),
    });
    expect(chat.host.list().map(({ state }) => state)).toEqual(["off", "writable"]);
  });

  test("ends a script whose file has gone", async () => {
    const chat = await openWithScripts({ a: (sodam: Sodam) => sodam.status("here") });
    delete chat.sources["a"];
    expect(chat.host.list()).toEqual([]);
    expect(chat.host.statuses()).toEqual([]);
  });
});

test("notes that come while the menu is shown wait for the chat", async () => {
  const stage = await openWithScripts({}, { loads: false });
  stage.host.attach({
    current: () => null,
    note: () => {},
    redraw() {},
    changed() {},
  })();
  Object.assign(stage.sources, { a: (sodam: Sodam) => sodam.note("hello from a") });
  await stage.host.switchOn("a");
  const shown: string[] = [];
  stage.host.attach({
    current: () => null,
    note: (_, __, text) => void shown.push(text),
    redraw() {},
    changed() {},
  });
  expect(shown).toEqual(["hello from a"]);
});

test("the screen shows what scripts make of messages and of those that they quote", async () => {
  const { hears, connection, controller, host } = await openWithScripts({
    rules: (sodam: Sodam) =>
      sodam.beforeShown(({ text }) => ({
        text: text.replace("hi", "HELLO"),
        fold: text.startsWith("Build") ? "A build" : false,
        highlight: text.includes("deploy"),
      })),
  });
  hears(
    HI,
    "@+reply=m1;msgid=m2 :bo!b@h PRIVMSG #tea :Build 7\\nline",
    "@+reply=m1 :bo!b@h PRIVMSG #tea :deploy",
  );
  const context = drawContextFor("en");
  const cache = new ScreenCache(context, (key, line) => {
    const room = connection.session.state.conversations.get(key);
    return room === undefined ? null : host.hooks.shownAs(connection, room, line);
  });
  const { state } = connection.session;
  const view = drawChat(
    state,
    controller.ui,
    { columns: 90, rows: 20 },
    elapsedMs(0),
    cache,
    context,
  );
  const rows = view.frame.rows.map((row) => row.map(({ text }) => text).join(""));
  const screen = rows.join("\n");
  expect(screen).toContain("HELLO");
  expect(screen).toContain("jun: HELLO");
  expect(screen).toContain("A build · Enter shows it");
  expect(screen).not.toContain("Build 7");
  expect(rows.find((row) => row.includes("deploy"))).toContain("┃");
});
