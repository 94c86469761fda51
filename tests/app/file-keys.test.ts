import { describe, expect, test } from "bun:test";
import type { FileQuestion } from "../../lib/app/chat-screen/ui-state.ts";
import { filesFilterOf } from "../../lib/app/files/files-query.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import type { Transfer } from "../../lib/chat-client/files/transfer.ts";
import { cellsOf } from "../../lib/terminal/width.ts";
import { conversation, line, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

const UP = "\x1b[1;5A";
const ESCAPE = "\x1b";
const ENTER = "\r";
const SHOT = {
  ...{ id: "k3vq5m2xwz7ak3vq", name: "shot.png", size: 1_240_000, sha256: "0".repeat(64) },
  type: "image/png",
};
const LINK = "https://a.example";
const FILES = { "/home/mina/our plan.pdf": 1_200_000, "/a/shot.png": 48_211 };
const PLAN = { name: "our plan.pdf", size: 1_200_000, content: "/home/mina/our plan.pdf" };
const PICTURE = { name: "shot.png", size: 48_211, content: "/a/shot.png" };

function inTea(
  options = {},
  caps: readonly string[] = ["sodam.chat/files"],
  file = SHOT,
  text = "look",
): Typist {
  const lines = [line(SATURDAY, "jun", "hi"), line(SATURDAY + 60_000, "jun", text, { file })];
  const tea = conversation("#tea", { lines, oldestReached: true });
  const state = { ...stateOf(tea), caps: new Set(["message-tags", ...caps]) };
  return new Typist(state, { files: FILES, ...options });
}

function pastes(text: string): string {
  return `\x1b[200~${text}\x1b[201~`;
}

describe("a file that is dropped onto the window", () => {
  test("is offered as a file, and Enter sends it with a caption", () => {
    const typist = inTea().types(pastes("'/home/mina/our plan.pdf' "));
    expect(typist.rows.at(-1)).toBe(
      "Send our plan.pdf (1.2 MB) as a file? Enter: yes · t: as text · Esc: no",
    );
    typist.types(ENTER);
    expect(typist.view.attachments).toEqual([PLAN]);
    expect(typist.screen).toContain("📎 our plan.pdf (1.2 MB) · Enter sends it");
    typist.types(`read it${ENTER}`).presses("timeout");
    const { room: key } = typist;
    expect(typist.acts).toEqual([
      {
        kind: "send-files",
        key,
        files: [PLAN],
        caption: "read it",
        replyTo: null,
        shrink: null,
      } as never,
    ]);
    expect([typist.view.attachments, typist.text]).toEqual([[], ""]);
  });

  test("needs no caption, and several are sent together", () => {
    const typist = inTea().types(pastes("/home/mina/our\\ plan.pdf /a/shot.png"));
    expect(typist.rows.at(-1)).toStartWith("Send our plan.pdf and 1 more as files?");
    typist.types(ENTER).types(ENTER).presses("timeout");
    expect(typist.acts).toMatchObject([{ files: [PLAN, PICTURE], caption: "" }]);
  });

  test("is a text by t, and nothing by Escape", () => {
    const typist = inTea().types(`see ${pastes("/a/shot.png ")}`);
    expect(typist.types("t").text).toBe("see /a/shot.png");
    expect(inTea().types(pastes("/a/shot.png")).types("ㅅ").text).toBe("/a/shot.png");
    const closed = inTea().types(pastes("/a/shot.png")).types(ESCAPE);
    expect([closed.text, closed.ui.fileQuestion, closed.view.attachments]).toEqual(["", null, []]);
  });

  test("is given up by Escape while the caption is typed", () => {
    const typist = inTea().types(pastes("/a/shot.png")).types(`${ENTER}look`).types(ESCAPE);
    expect([typist.view.attachments, typist.text]).toEqual([[], ""]);
    expect(typist.acts).toEqual([]);
  });

  test("is a text where no such file is, behind a command, and on a server without files", () => {
    expect(inTea().types(pastes("/no/such.png")).text).toBe("/no/such.png");
    expect(inTea().types("/file ").types(pastes("/a/shot.png")).text).toBe("/file /a/shot.png");
    expect(inTea({}, []).types(pastes("/a/shot.png")).text).toBe("/a/shot.png");
  });

  test("is asked about by its name in a narrow window, with every key in sight", () => {
    for (const [language, keys] of [
      ["en", ["Enter: yes · t: as text · Esc: no", "Enter sends · Esc: no"]],
      ["ko", ["Enter 예 · t 글로 · Esc 아니요", "Enter 보냄 · Esc 취소"]],
    ] as const) {
      const typist = inTea({ columns: 40, rows: 12, language }).types(pastes("/a/shot.png"));
      expect(typist.rows.at(-2)).toContain("shot.png");
      expect(typist.rows.at(-1)).toBe(keys[0]);
      const isExact = (): boolean =>
        typist.frame.rows.every((row) => row.reduce((n, { text }) => n + cellsOf(text), 0) === 40);
      expect(isExact()).toBe(true);
      typist.types(ENTER);
      expect(typist.rows.at(-2)).toBe(`📎 shot.png · ${keys[1]}`);
      expect(isExact()).toBe(true);
    }
  });
});

describe("the file of a selected message", () => {
  test("is saved by s", () => {
    const typist = inTea().types(UP);
    expect(typist.screen).toContain("s save  o open");
    typist.types("s");
    expect(typist.acts).toMatchObject([{ kind: "save-file", isOpened: false }]);
  });

  test("is opened by o after a yes, if it is called like a picture or a text", () => {
    const typist = inTea().types(`${UP}o`);
    expect(typist.rows.at(-1)).toContain("shot.png (a picture)");
    expect(typist.acts).toEqual([]);
    expect(typist.types(ENTER).acts).toMatchObject([{ kind: "save-file", isOpened: true }]);
    const refused = inTea().types(`${UP}o`).types(ESCAPE);
    expect([refused.acts, refused.ui.fileQuestion]).toEqual([[], null]);
  });

  test("isn't opened otherwise: o is for the link then", () => {
    const program = { ...SHOT, name: "shot.png.exe" };
    const typist = inTea({}, ["sodam.chat/files"], program, LINK).types(`${UP}o`);
    expect(typist.acts).toEqual([{ kind: "open-link", link: LINK }]);
  });

  test("doesn't hide the links in its caption: o asks which of them, or the file", () => {
    const ask = (key = "o") => inTea({}, ["sodam.chat/files"], SHOT, `see ${LINK}`).types(UP + key);
    expect(ask().screen).toContain(`1 📎 shot.png  2 ${LINK}  Esc back`);
    expect(ask().types("2").acts).toEqual([{ kind: "open-link", link: LINK }]);
    expect(ask("ㅐ").types("3").acts).toEqual([]);
    const file = ask().types(ENTER);
    expect(file.rows.at(-1)).toContain("shot.png (a picture)");
    expect(file.types(ENTER).acts).toMatchObject([{ kind: "save-file", isOpened: true }]);
    const refused = ask().types("1").types(ESCAPE);
    expect([refused.ui.fileQuestion, refused.view.selection?.question]).toEqual([null, null]);
  });
});

test("o on a file that isn't opened says so, in both languages", () => {
  for (const [language, key] of [
    ["en", "o"],
    ["ko", "ㅐ"],
  ] as const) {
    const lines = [line(SATURDAY, "jun", "", { file: { ...SHOT, name: "shot.png.exe" } })];
    const tea = conversation("#tea", { lines, oldestReached: true });
    const typist = new Typist(stateOf(tea), { language }).types(`${UP}${key}`);
    const text = wordsFor(language).files.notOpenable("shot.png.exe");
    expect(typist.acts).toEqual([{ kind: "note", text }]);
    expect([typist.ui.fileQuestion, typist.view.selection]).toEqual([null, null]);
  }
});

describe("pictures", () => {
  test("the question about them shows all of its keys in one row, at any width from 40 on", () => {
    for (const language of ["en", "ko"] as const) {
      for (let columns = 40; columns <= 110; columns++) {
        const typist = inTea({ columns, rows: 12, language });
        const { current: key } = typist.ui;
        const fileQuestion: FileQuestion = {
          ...{ kind: "shrink", key, files: [PICTURE], caption: "", replyTo: null },
        };
        typist.ui = { ...typist.ui, fileQuestion };
        const { shrink, shrinkKeys } = wordsFor(language).files;
        expect(typist.rows.at(-1)).toEndWith(shrinkKeys);
        if (columns >= 100) expect(typist.rows.at(-1)).toBe(`${shrink} ${shrinkKeys}`);
      }
    }
  });

  test("the question about them is answered once, and then they are sent", () => {
    const asked = (answer: string) => {
      const typist = inTea();
      const { current: key } = typist.ui;
      const question: FileQuestion = {
        ...{ kind: "shrink", key, files: [PICTURE], caption: "look", replyTo: null },
      };
      typist.ui = { ...typist.ui, fileQuestion: question };
      expect(typist.screen).toContain("place and camera data");
      return typist.types(answer);
    };
    const effects = (value: string) => [
      { kind: "shrink-pictures", value },
      { kind: "send-files", files: [PICTURE], caption: "look", shrink: value === "yes" },
    ];
    expect(asked(ENTER).acts).toMatchObject(effects("yes"));
    expect(asked("n").acts).toMatchObject(effects("no"));
    const unsent = asked(ESCAPE);
    expect([unsent.acts, unsent.view.attachments, unsent.text]).toEqual([[], [PICTURE], "look"]);
  });

  test("Ctrl-V asks for the one in the clipboard", () => {
    const typist = inTea().types("\x16");
    expect(typist.acts).toEqual([{ kind: "attach-picture", key: typist.ui.current }]);
  });
});

describe("files on their way", () => {
  const transfer: Transfer = {
    ...{ key: "t1", direction: "send", target: "#tea", name: "build.tar.zst", size: 48_200_000 },
    ...{ state: "running", bytes: 24_100_000, bytesPerSecond: 3_100_000, problem: null },
    ...{ path: null, fileId: null, msgid: null },
  };

  function showing(transfers: readonly Transfer[], options = {}): Typist {
    const typist = inTea(options);
    typist.ui = { ...typist.ui, transfers };
    return typist;
  }

  test("have a row with a bar, the rate and the rest, and the key that stops them", () => {
    const typist = showing([transfer]);
    expect(typist.screen).toContain(
      " ↑ build.tar.zst ━━━━━━┄┄┄┄┄┄  50 % · 48 MB · 3.1 MB/s · 0:08 left · Alt-s stops",
    );
    expect(typist.types("\x1bs").acts).toEqual([{ kind: "stop-transfer" }]);
  });

  test("leave the rate out in a narrow window before the key that stops them", () => {
    for (const [language, stops] of [
      ["en", "Alt-s stops"],
      ["ko", "Alt-s 멈춤"],
    ] as const) {
      const options = { columns: 40, rows: 12, language };
      const row = showing([transfer, transfer], options).rows.find((text) => text.includes("↑"));
      expect(row).toStartWith(" ↑ build");
      expect(row).toContain(" 50 % · ");
      expect(row).toEndWith(` · ${stops}`);
      expect(row).not.toContain("MB/s");
    }
  });

  test("say why they don't move, and how many others there are", () => {
    const others = ["queued", "asking", "waiting", "preparing"] as const;
    const all = others.map((state, n): Transfer => ({ ...transfer, state, key: `t${n + 2}` }));
    const typist = showing([transfer, ...all], { rows: 20 });
    expect(typist.screen).toContain("↑ build.tar.zst waits its turn");
    expect(typist.screen).toContain("and 2 more");
    const low = showing([transfer, ...all], { columns: 40, rows: 12 });
    expect(low.rows.filter((row) => row.includes("build")).length).toBe(1);
  });

  test("every row of the screen is as wide as the window", () => {
    const saving: Transfer = { ...transfer, direction: "get", name: "스크린샷 1.png", key: "t9" };
    for (let columns = 16; columns <= 120; columns++) {
      const typist = showing([transfer, saving], { columns, rows: 18, language: "ko" });
      const widths = typist.frame.rows.map((row) =>
        row.reduce((n, { text }) => n + cellsOf(text), 0),
      );
      expect(new Set(widths)).toEqual(new Set([columns]));
      expect(typist.frame.rows.length).toBe(18);
    }
  });
});

describe("the page of files", () => {
  const items = [
    { file: SHOT, msgid: "m9", time: SATURDAY, nick: "jun" },
    {
      file: { ...SHOT, id: "z".repeat(16), name: "b.log", type: "text/plain" },
      msgid: "m8",
      time: SATURDAY,
      nick: "bo",
    },
  ];

  function opened(options = {}): Typist {
    const typist = inTea(options);
    const editor = typist.view.editor;
    const listing = { kind: "listed", items, hasMore: true } as const;
    const page = { kind: "files", key: typist.ui.current, editor, index: 0, listing } as const;
    typist.ui = { ...typist.ui, page };
    return typist;
  }

  test("lists them newest first, with who sent them", () => {
    const { screen } = opened({ rows: 20 });
    expect(screen).toContain("Files in #tea");
    expect(screen).toContain("▸ 11-21 09:41 jun        shot.png · 1.2 MB · picture");
    expect(screen).toContain("bo         b.log · 1.2 MB · text");
    expect(screen).toContain(wordsFor("en").files.page.more);
    const narrow = opened({ columns: 40, rows: 12, language: "ko" });
    expect(narrow.screen).toContain("Tab 저장");
    expect(narrow.screen).toContain("shot.png");
  });

  test("Enter goes to the message, Tab saves, and what is typed asks the server", () => {
    const went = opened().types("\x1b[B").types(ENTER);
    expect([went.ui.page, went.acts]).toMatchObject([
      null,
      [{ kind: "jump-to-message", msgid: "m8" }],
    ]);
    expect(opened().types("\t").acts).toMatchObject([{ kind: "save-listed", file: SHOT }]);
    const typed = opened().types("log");
    expect(typed.acts.at(-1)).toMatchObject({ kind: "list-files", query: "log" });
    expect(typed.types(ESCAPE).ui.page).toBeNull();
  });
});

test("what is typed to find files is the server's filter, in both languages", () => {
  const rows: readonly [typed: string, filter: string][] = [
    ["", ""],
    ["  plan  pdf ", "plan pdf"],
    ["from:jun type:picture", "from:jun type:picture"],
    ["보낸이:준 종류:사진 회의", "from:준 type:picture 회의"],
    ["type:film", "type:video"],
    ["type:sound type:zip", "type:audio type:zip"],
    ["a:b", "a:b"],
  ];
  for (const [typed, filter] of rows) expect(filesFilterOf(typed)).toBe(filter);
});

test("below a picture stand its keys, as many as there is room for", () => {
  const keysAt = (columns: number, language: "en" | "ko"): string | undefined =>
    inTea({ columns, rows: 12, language }).types(`${UP}${ENTER}`).rows.at(-1);
  for (const key of Object.values(wordsFor("en").pictures.keys)) {
    expect(keysAt(100, "en")).toContain(key);
  }
  expect(keysAt(40, "en")).toEndWith("Esc: back");
  expect(keysAt(60, "ko")).toEndWith("Esc 뒤로 · s 저장 · o 열기");
});

test("over a picture's page, s saves what is shown, and o asks whether to open it", () => {
  for (const letter of ["s", "ㄴ"]) {
    const typist = inTea().types(`${UP}${ENTER}${letter}`);
    expect(typist.ui.page).toBeNull();
    expect(typist.acts).toMatchObject([{ kind: "save-file", isOpened: false }]);
  }
  const typist = inTea().types(`${UP}${ENTER}o`);
  expect(typist.ui.page).toBeNull();
  expect(typist.rows.at(-1)).toContain("Open shot.png");
});
