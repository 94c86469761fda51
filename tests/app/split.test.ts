import { describe, expect, test } from "bun:test";
import { viewOf } from "../../lib/app/chat-screen/ui-state.ts";
import { rowCells } from "../../lib/terminal/layout.ts";
import { Prng, seeds } from "../prng.ts";
import { openServers } from "./open-servers.ts";

const HOME = "chat.example";
const AWAY = "irc.example";
const ALT_W = "\x1bw";
const PAGE_UP = "\x1b[5~";

/** Opens #tea and #cake, with #tea on screen; in each forty people have said something. */
async function open(columns = 120, addresses: readonly string[] = [HOME]) {
  const chat = await openServers(addresses, { columns, rows: 24 });
  chat.hears(HOME, ":mina!m@h JOIN #cake");
  for (let n = 1; n <= 40; n++) {
    chat.hears(HOME, `:jun!j@h PRIVMSG #tea :tea ${n}`, `:jun!j@h PRIVMSG #cake :cake ${n}`);
  }
  const typed = (): [string, string] => {
    const [left = "", right = ""] = (chat.screen().at(-1) ?? "")
      .split("│")
      .map((part) => part.trim());
    return [left, right];
  };
  /** The room on the left and the one on the right, with the mark of the one that has the cursor. */
  const headers = (): string[] =>
    (chat.screen()[0] ?? "")
      .split("│")
      .slice(1)
      .map((part) => /^(▸ | {2})\S+/.exec(part)?.[0] ?? "");
  return { ...chat, typed, headers };
}

describe("two conversations side by side", () => {
  test("stand there from 120 columns on, each with its own draft and prompt", async () => {
    const { types, headers, typed, screen } = await open();
    types("/split #cake\r");
    expect(headers()).toEqual(["▸ #tea", "  #cake"]);
    expect(screen().join("\n")).toContain("tea 40");
    expect(screen().join("\n")).toContain("cake 40");
    types("for tea");
    types(ALT_W);
    expect(headers()).toEqual(["  #tea", "▸ #cake"]);
    types("for cake");
    expect(typed()).toEqual(["[tea] for tea", "[cake] for cake"]);
    types(ALT_W);
    types("!");
    expect(typed()).toEqual(["[tea] for tea!", "[cake] for cake"]);
    expect(headers()).toEqual(["▸ #tea", "  #cake"]);
  });

  test("of two servers are told apart by the servers' names", async () => {
    const { types, screen } = await open(140, [HOME, AWAY]);
    types("/split #tea\r");
    expect(screen()[0]).toContain("▸ #tea · chat.example");
    expect(screen()[0]).toContain("│  #tea · irc.example");
  });

  test("Tab offers the rooms of every server, this one's first", async () => {
    const { hears, types, typed } = await open(140, [HOME, AWAY]);
    hears(AWAY, ":mina!m@h JOIN #dev");
    types("/split \t");
    expect(typed()[0]).toBe("[tea] /split #tea");
    types("\x15/split #d\t");
    expect(typed()[0]).toBe("[tea] /split #dev");
  });

  test("a room is found without its sign, as the list of rooms has it", async () => {
    const { types, headers } = await open();
    types("/split cake\r");
    expect(headers()).toEqual(["▸ #tea", "  #cake"]);
  });

  test("have the cursor where one types, and are drawn to the last cell", async () => {
    const { types, draw } = await open();
    types("/split #cake\r");
    types("ab");
    expect(draw().frame.cursor).toEqual({ row: 23, column: "[tea] ab".length });
    types(ALT_W);
    types("c");
    const { cursor, rows, width } = draw().frame;
    const before =
      rows[23]
        ?.map(({ text }) => text)
        .join("")
        .slice(0, cursor.column) ?? "";
    expect(before).toEndWith("│[cake] c");
    expect(rows.map((row) => rowCells(row))).toEqual(rows.map(() => width));
  });

  test("scroll each by itself, also while the other one has the cursor", async () => {
    const { types, screen, hears } = await open();
    types("/split #cake\r");
    types(PAGE_UP);
    types(ALT_W);
    expect(screen().join("\n")).not.toContain("tea 40");
    expect(screen().join("\n")).toContain("cake 40");
    hears(HOME, ":jun!j@h PRIVMSG #tea :news", ":jun!j@h PRIVMSG #cake :more");
    expect(screen().join("\n")).toContain("more");
    expect(screen().join("\n")).not.toContain("news");
    types(ALT_W);
    types("\x1b[F");
    expect(screen().join("\n")).toContain("news");
  });

  test("show what came without the cursor below the read marker", async () => {
    const { types, screen, hears, shown } = await open();
    const { session } = shown().server.connection;
    session.commands.markRead(session.state.fold("#tea"));
    types("/split #cake\r");
    types(ALT_W);
    hears(HOME, "@time=2030-01-01T00:00:00.000Z :jun!j@h PRIVMSG #tea :while beside");
    const { state } = session;
    expect(state.conversations.get(state.fold("#tea"))?.unread).toBe(1);
    const rows = screen();
    const marker = rows.findIndex((row) => row.includes("1 new"));
    const below = rows.slice(marker).join("\n");
    expect(marker).toBeGreaterThan(0);
    expect(below).toContain("while beside");
    expect(below).not.toContain("tea 40");
  });

  test("are one in a narrower window, and two again as soon as there is room", async () => {
    const { types, headers, size, screen } = await open(119);
    types("/split #cake\r");
    expect(headers()).toEqual([""]);
    expect(screen().join("\n")).toContain("120");
    size.columns = 120;
    expect(headers()).toEqual(["▸ #tea", "  #cake"]);
    size.columns = 60;
    types(ALT_W);
    expect(screen()[0]).toStartWith("#cake");
    size.columns = 200;
    expect(headers()).toEqual(["  #tea", "▸ #cake"]);
  });

  test("are one again by /split alone or off, and nothing goes over then", async () => {
    const { types, headers, screen, app } = await open();
    for (const end of ["/split\r", "/나란히 끄기\r", "/split off\r"]) {
      types("/split #cake\r");
      expect(headers()).toHaveLength(2);
      types(end);
      expect(headers()).toEqual([""]);
      expect(screen().join("\n")).toContain(app.words.split.off);
    }
    types("/split\r");
    expect(screen().join("\n")).toContain(app.words.split.none);
  });

  test("can't be the same, nor one that one isn't in", async () => {
    const { types, headers, screen, app } = await open();
    types("/split #tea\r");
    expect(screen().join("\n")).toContain(app.words.split.same);
    types("/split #soup\r");
    expect(screen().join(" ").replace(/\s+/g, " ")).toContain("You are not in #soup");
    expect(headers()).toEqual([""]);
  });

  test("stay where they are when one goes to the other by its number; a third takes the place of the one left", async () => {
    const { types, headers, hears } = await open();
    hears(HOME, ":mina!m@h JOIN #soup");
    types("/split #cake\r");
    types("\x1b2");
    expect(headers()).toEqual(["  #tea", "▸ #cake"]);
    types("\x1b3");
    expect(headers()).toEqual(["  #tea", "▸ #soup"]);
    types("\x1b1");
    expect(headers()).toEqual(["▸ #tea", "  #soup"]);
  });

  test("may be of two servers, where a room of one name isn't mixed up", async () => {
    const { types, headers, hears, place, screen } = await open(160, [HOME, AWAY]);
    hears(AWAY, ":bo!b@h PRIVMSG #tea :elsewhere");
    types("/split #tea\r");
    expect(headers()).toEqual(["▸ #tea", "  #tea"]);
    expect(screen().join("\n")).toContain("elsewhere");
    types("here");
    types(ALT_W);
    expect(place()).toBe("irc.example #tea");
    types("there");
    types(ALT_W);
    expect(place()).toBe("chat.example #tea");
    expect(screen().at(-1)).toMatch(/\[tea\] here +│\[tea\] there/);
  });

  test("are one when the other room is left, and follow a room to its new name", async () => {
    const { types, headers, hears } = await open();
    types("/split #cake\r");
    hears(HOME, ":s RENAME #cake #pie :");
    expect(headers()).toEqual(["▸ #tea", "  #pie"]);
    hears(HOME, ":mina!m@h PART #pie");
    expect(headers()).toEqual([""]);
  });

  test("are gone over by a click and by the wheel on the other one; a click on the own one selects", async () => {
    const { types, headers, shown, screen } = await open();
    types("/split #cake\r");
    const row = screen().findIndex((each) => each.includes("cake 40")) + 1;
    types(`\x1b[<0;100;${row}M`);
    expect(headers()).toEqual(["  #tea", "▸ #cake"]);
    types(`\x1b[<0;100;${row}M`);
    const { ui } = shown().controller;
    expect(viewOf(ui, ui.current).selection).not.toBeNull();
    types("\x1b");
    types(`\x1b[<64;40;${row}M`);
    expect(headers()).toEqual(["▸ #tea", "  #cake"]);
    types(ALT_W);
    types("\x1b[<0;10;24M");
    expect(headers()).toEqual(["▸ #tea", "  #cake"]);
  });
});

const KEYS = [
  ...["a", "ㅏ", "한", "👍", " ", "/help\r", "\r", "\x1b", "\t", "\x7f", ALT_W, ALT_W, ALT_W],
  ...[
    "\x1b[A",
    "\x1b[B",
    "\x1b[1;5A",
    PAGE_UP,
    "\x1b[6~",
    "\x1bk",
    "\x1bf",
    "\x1b1",
    "\x1b2",
    "\x1b3",
  ],
  ...[
    "/split #cake\r",
    "/split #tea\r",
    "/split off\r",
    "\x1b[200~x\ny\x1b[201~",
    "r",
    "긴 글 ".repeat(40),
  ],
];

for (const seed of seeds(4)) {
  test(`whatever is typed and clicked, two conversations fill the window (seed ${seed})`, async () => {
    const prng = new Prng(seed);
    const chat = await open(120 + prng.below(90), [HOME, AWAY]);
    chat.types("/split #cake\r");
    const typed: string[] = [];
    for (let step = 0; step < 60; step++) {
      if (prng.unit() < 0.15) {
        chat.size.columns = prng.unit() < 0.8 ? 120 + prng.below(90) : 16 + prng.below(110);
        chat.size.rows = 5 + prng.below(45);
      }
      if (prng.unit() < 0.2) {
        const text = prng.pick(["hi", "긴 글 ".repeat(30), "❤️ 👨‍👩‍👧", "x".repeat(300)]);
        chat.hears(
          prng.pick([HOME, AWAY]),
          `:jun!j@h PRIVMSG #${prng.pick(["tea", "cake"])} :${text}`,
        );
      }
      const { columns, rows } = chat.size;
      const click = `\x1b[<0;${1 + prng.below(columns)};${1 + prng.below(rows)}M`;
      const key = prng.unit() < 0.2 ? click : prng.pick(KEYS);
      typed.push(key);
      chat.types(key);
      const { frame } = chat.draw();
      const wrong = frame.rows.filter((row) => rowCells(row) !== columns);
      expect({ typed, wrong, height: frame.rows.length }).toEqual({
        typed,
        wrong: [],
        height: rows,
      });
      const { row, column } = frame.cursor;
      expect(row >= 0 && row < rows && column >= 0 && column < columns).toBe(true);
    }
    chat.stop();
  });
}
