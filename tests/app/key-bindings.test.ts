import { describe, expect, test } from "bun:test";
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { matchScore } from "../../lib/app/chat-screen/fuzzy-match.ts";
import { viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { elapsedMs } from "../elapsed.ts";
import {
  conversation,
  drawContextFor,
  line,
  member,
  membersOf,
  SATURDAY,
  stateOf,
  team,
} from "./team.ts";
import { Typist } from "./typist.ts";

const ENTER = "\r";
const ALT = "\x1b";

describe("navigation", () => {
  test("the chat begins in the first room; Alt and a digit go to a room, Alt and arrows to the next", () => {
    const typist = new Typist(team().state);
    expect(typist.room).toBe("#lobby");
    expect(typist.types(`${ALT}3`).room).toBe("#random");
    expect(typist.types("\x1b[1;3B").room).toBe("#점심메뉴");
    expect(typist.types("\x1b[1;3A").room).toBe("#random");
    expect(typist.types(`${ALT}9`).room).toBe("#random");
  });

  test("Alt-a goes to a mention first, also with the Hangul layout on", () => {
    const typist = new Typist(team().state);
    expect(typist.types(`${ALT}ㅁ`).room).toBe("서연");
    expect(typist.types(`${ALT}a`).room).toBe("#random");
  });

  test("the switcher finds a room by its first consonants", () => {
    const typist = new Typist(team().state);
    typist.types(`${ALT}k`).types("ㅈㅅ");
    expect(typist.ui.switcher?.editor.text).toBe("ㅈㅅ");
    expect(typist.types(ENTER).presses("timeout").room).toBe("#점심메뉴");
    expect(typist.ui.switcher).toBeNull();
    expect(typist.types("\x0b").types("lob").types(`${ENTER}`).presses("timeout").room).toBe(
      "#lobby",
    );
    expect(typist.types("\x0b").types(ALT).ui.switcher).toBeNull();
  });

  test("each room keeps its own draft and its own history", () => {
    const typist = new Typist(team().state);
    typist.types("half a sent").types(`${ALT}2`);
    expect(typist.text).toBe("");
    typist.types("done").types(ENTER).types("\x1b[A");
    expect(typist.text).toBe("done");
    expect(typist.types(`${ALT}1`).text).toBe("half a sent");
    expect(typist.types("\x03").types("\x1b[A").text).toBe("");
  });

  test("a click on the list goes there, and the wheel scrolls", () => {
    const typist = new Typist(team().state);
    expect(typist.types("\x1b[<0;3;3M").room).toBe("#개발팀");
    typist.types("\x1b[<64;50;5M");
    expect(viewOf(typist.ui, typist.ui.current).anchor).not.toBeNull();
    typist.types("\x1b[F");
    expect(viewOf(typist.ui, typist.ui.current).anchor).toBeNull();
  });

  test("Escape goes to the menu, and Ctrl-C first clears the line", () => {
    const typist = new Typist(team().state);
    typist.types("abc").types("\x03");
    expect(typist.text).toBe("");
    expect(typist.done).toEqual([]);
    typist.types("\x03").types(ALT);
    expect(typist.done).toEqual([{ kind: "menu" }, { kind: "menu" }]);
  });
});

describe("sending", () => {
  test("Enter leaves the notes where they are", () => {
    const tea = conversation("#tea", { lines: [line(SATURDAY, "jun", "hi")] });
    for (const text of ["hello", "/who"]) {
      const typist = new Typist(stateOf(tea));
      const note = { key: "n", afterLine: tea.lines[0]?.key ?? null, time: SATURDAY } as const;
      typist.ui = withView({ ...typist.ui, keyboard: "latin" }, tea.key, {
        notes: [{ ...note, tone: "bad", text: "The script failed." }],
      });
      typist.types(text).types("\r");
      expect(typist.text).toBe("");
      expect(typist.screen).toContain("The script failed.");
    }
  });

  test("Enter sends at once, and after Hangul waits a moment for the last syllable", () => {
    const typist = new Typist(team().state);
    typist.types("hello").types(ENTER);
    typist.types("안녕하세").types(ENTER);
    expect(typist.text).toBe("안녕하세");
    typist.types("요");
    expect(typist.text).toBe("");
    expect(typist.done).toEqual([
      { kind: "say", key: typist.ui.current, text: "hello", replyTo: null },
      { kind: "hold-submit", ms: 40 },
      { kind: "say", key: typist.ui.current, text: "안녕하세요", replyTo: null },
    ]);
  });

  test.each([
    ["밥 먹자 ", "응", "밥 먹자 응"],
    ["3", "시", "3시"],
    ["ok ", "넵", "ok 넵"],
    ["진짜?", "어", "진짜?어"],
    ["안녕!", "ㅋ", "안녕!ㅋ"],
    ["", "응", "응"],
    ["/me goes ", "네", null],
  ])("Enter after %j waits for %j, also in the first message of a session", (typed, late, text) => {
    for (const keyboard of ["unknown", "cjk"] as const) {
      const typist = new Typist(team().state);
      typist.ui = { ...typist.ui, keyboard };
      typist.types(typed).types(`${ENTER}${late}`);
      expect(typist.text).toBe("");
      const key = typist.ui.current;
      expect(typist.done).toEqual([
        { kind: "hold-submit", ms: 40 },
        text === null
          ? { kind: "slash", text: typed + late }
          : { kind: "say", key, text, replyTo: null },
      ]);
    }
  });

  test("who writes no Korean waits for the first message at most, and never after it", () => {
    const typist = new Typist(team().state);
    typist.ui = { ...typist.ui, keyboard: "unknown" };
    typist.types("hello").types(ENTER).presses("timeout");
    typist.types("3").types(ENTER).types("밥").types(ENTER).presses("timeout");
    typist.types("4").types(`${ENTER}시`);
    const said = typist.done.map((effect) => (effect.kind === "say" ? effect.text : effect.kind));
    expect(said).toEqual(["hold-submit", "hello", "3", "hold-submit", "밥", "hold-submit", "4시"]);
  });

  test("a late syllable is inserted at the cursor, and a held line looks sent", () => {
    const typist = new Typist(team().state);
    typist.types("민수 왔어").types("\x1b[D\x1b[D").types(ENTER);
    const cache = new ScreenCache(drawContextFor("ko"));
    const view = drawChat(
      ...([
        typist.state,
        typist.ui,
        { columns: 100, rows: 14 },
        elapsedMs(0),
        cache,
        drawContextFor("ko"),
      ] as const),
    );
    expect(view.frame.rows.at(-1)?.some(({ text }) => text.includes("왔어"))).toBe(false);
    typist.types("도");
    expect(typist.done.at(-1)).toMatchObject({ kind: "say", text: "민수 도왔어" });
  });

  test("a late syllable completes what the switcher looks for", () => {
    const tea = conversation("#차", { lines: [line(SATURDAY, "mina", "hi")] });
    const team1 = conversation("#차팀", { lines: [line(SATURDAY, "mina", "hi")] });
    const typist = new Typist(stateOf(tea, team1));
    typist.types(`${ALT}k`).types("차").types(`${ENTER}팀`);
    expect([typist.room, typist.text, typist.ui.switcher]).toEqual(["#차팀", "", null]);
  });

  test("without a late syllable, the timeout sends it", () => {
    const typist = new Typist(team().state);
    typist.types("네").types(ENTER).presses("timeout").presses("timeout");
    expect(typist.done.at(-1)).toEqual({
      ...{ kind: "say", key: typist.ui.current, text: "네", replyTo: null },
    });
    expect(typist.done.length).toBe(2);
  });

  test("one slash begins a command, two send a slash, and a blank line sends nothing", () => {
    const typist = new Typist(team().state);
    typist.types("/join #tea").types(ENTER);
    typist.types("//etc").types(ENTER);
    typist.types("   ").types(ENTER);
    expect(typist.done).toEqual([
      { kind: "slash", text: "/join #tea" },
      { kind: "say", key: typist.ui.current, text: "/etc", replyTo: null },
    ]);
    const typing = typist.effects.filter((effect) => effect.kind === "typing");
    expect(typing.length).toBeGreaterThan(0);
  });

  test("a command behind spaces is one too, and is told to nobody", () => {
    const typist = new Typist(team().state);
    typist.types(" /msg NickServ IDENTIFY hunter2").types(ENTER);
    typist.types("  // a comment").types(ENTER);
    expect(typist.done).toEqual([
      { kind: "slash", text: " /msg NickServ IDENTIFY hunter2" },
      { kind: "say", key: typist.ui.current, text: "  // a comment", replyTo: null },
    ]);
  });

  test("typing a command sends no typing notification", () => {
    const typist = new Typist(team().state);
    typist.types("/").types("p");
    expect(typist.effects).toEqual([]);
  });

  test("a paste of many lines asks for confirmation, a short one doesn't", () => {
    const typist = new Typist(team().state);
    typist.types("\x1b[200~a\nb\nc\n\x1b[201~");
    expect(typist.text).toBe("a\nb\nc\n");
    typist.types("\x03").types("\x1b[200~1\n2\n3\n4\x1b[201~");
    expect([typist.text, typist.ui.paste]).toEqual(["", "1\n2\n3\n4"]);
    typist.types(ALT);
    expect([typist.text, typist.ui.paste]).toEqual(["", null]);
    typist.types("\x1b[200~1\n2\n3\n4\x1b[201~").types(ENTER);
    expect([typist.text, typist.ui.paste]).toEqual(["1\n2\n3\n4", null]);
    expect(typist.done).toEqual([]);
  });

  test("Tab completes people, commands, rooms and emoji", () => {
    const tea = conversation("#tea", {
      lines: [line(SATURDAY, "minho", "hi"), line(SATURDAY, "mina", "hi")],
      members: membersOf(member("하나"), member("minho"), member("mina"), member("민수")),
    });
    const typist = new Typist(stateOf(tea));
    expect(typist.types("mi\t").text).toBe("mina: ");
    expect(typist.types("\t").text).toBe("minho: ");
    expect(typist.types("\t").text).toBe("mi");
    expect(typist.types("\x15@ㅁ\t").text).toBe("@민수 ");
    expect(typist.types("\x15/he\t").text).toBe("/help ");
    expect(typist.types("\x15see #t\t").text).toBe("see #tea ");
    expect(typist.types("\x15:tad\t").text).toBe("🎉 ");
    expect(typist.types("\x15:+1:\t").text).toBe("👍 ");
  });
});

test("a key says that the window has the focus, even if the report of it was lost", () => {
  const typist = new Typist(team().state);
  expect(typist.types("\x1b[O").ui.focused).toBe(false);
  expect(typist.types("\x1b[<64;50;5M").ui.focused).toBe(false);
  expect(typist.types("a").ui.focused).toBe(true);
});

describe("scrolling", () => {
  const lines = Array.from({ length: 60 }, (_, at) =>
    line(SATURDAY + at * 600_000, `n${at}`, `${at}`),
  );

  test("PgUp at the top loads older lines, unless they are loading already", () => {
    const typist = new Typist(stateOf(conversation("#tea", { lines })));
    typist.types("\x1b[5~");
    expect(typist.done).toEqual([{ kind: "hold-lines", key: typist.ui.current, held: true }]);
    typist.types("\x1b[H");
    expect(typist.done.at(-1)).toEqual({ kind: "load-older", key: typist.ui.current });
    const loading = new Typist(stateOf(conversation("#tea", { lines, loadingOlder: true })));
    expect(loading.types("\x1b[H").done.some((effect) => effect.kind === "load-older")).toBe(false);
  });

  test("sending a message scrolls to the bottom", () => {
    const typist = new Typist(stateOf(conversation("#tea", { lines })));
    typist.types("\x1b[5~").types("x").types(ENTER);
    expect(viewOf(typist.ui, typist.ui.current).anchor).toBeNull();
    expect(typist.done.at(-1)).toEqual({ kind: "hold-lines", key: typist.ui.current, held: false });
  });

  test("lines that arrive while the window has no focus are below the read marker", () => {
    const typist = new Typist(stateOf(conversation("#tea", { lines })));
    typist.types("\x1b[O");
    expect(typist.ui.focused).toBe(false);
    expect(viewOf(typist.ui, typist.ui.current).readAt).toBe(lines.at(-1)?.time ?? 0);
    expect(typist.types("\x1b[I").ui.focused).toBe(true);
  });
});

test("names are found by letters in order, first consonants, half-typed syllables, wrong layout", () => {
  for (const [query, name] of [
    ["dvt", "#dev-team"],
    ["ㄱㅂㅌ", "#개발팀"],
    ["개바", "#개발팀"],
    ["갭", "#개발팀"],
    ["ㅣㅐㅠㅠㅛ", "lobby"],
  ] as const) {
    expect(matchScore(query, name)).not.toBeNull();
  }
  expect(matchScore("ㄱㅌㅂ", "#개발팀")).toBeNull();
  expect(matchScore("x", "lobby")).toBeNull();
});

test("in an open thread a message replies to its root, and Escape closes the thread", () => {
  const tea = conversation("#tea", { lines: [line(SATURDAY, "jun", "hi", { msgid: "first" })] });
  const typist = new Typist(stateOf(tea));
  typist.ui = withView(typist.ui, tea.key, { thread: "first" });
  typist.types("yes").types(ENTER);
  expect(typist.done).toEqual([{ kind: "say", key: tea.key, text: "yes", replyTo: "first" }]);
  typist.types(ALT);
  expect(viewOf(typist.ui, tea.key).thread).toBeNull();
  expect(typist.done).toHaveLength(1);
});
