import { describe, expect, test } from "bun:test";
import {
  actionNames,
  keyHint,
  makeKeyMap,
  readBinding,
  targetOfKey,
} from "../../lib/app/chat-screen/keys/key-map.ts";
import {
  ACTION_GROUPS,
  type KeyStyle,
  rowsOfStyle,
} from "../../lib/app/chat-screen/keys/key-table.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { inputProblems } from "../../lib/app/input-table.ts";
import { keySections } from "../../lib/app/slash/key-entries.ts";
import { type KeyName, parseKeys } from "../../lib/terminal/key-names.ts";

const STYLES: readonly KeyStyle[] = ["sodam", "slack", "weechat"];
const never = () => false;
const name = (written: string) => parseKeys(written) as KeyName;

describe("the table of keys", () => {
  for (const style of STYLES) {
    test(`writes each key as bindings are read, and ends each with what it does otherwise (${style})`, () => {
      for (const [key, rows] of Object.entries(rowsOfStyle(style))) {
        // The space bar types; it can't be bound, but it is in the table.
        if (key !== "space" && key !== "ctrl-h") expect<unknown>(parseKeys(key)).toBe(key);
        expect(rows.at(-1)?.when ?? null).toBeNull();
        expect(rows.slice(0, -1).every(({ when }) => when !== null)).toBe(true);
        for (const { target } of rows) expect(actionNames()).toContain(target);
      }
    });
  }

  test("has a key for every action, but for some that are there to be bound", () => {
    const bound = new Set(
      STYLES.flatMap((style) => Object.values(rowsOfStyle(style)).flat()).map(
        ({ target }) => target,
      ),
    );
    const unbound = actionNames().filter((action) => !bound.has(action as never));
    expect(unbound).toEqual(["keys", "menu", "quit"]);
  });

  test("says in both languages what each action does", () => {
    for (const language of ["en", "ko"] as const) {
      const { actions } = wordsFor(language).keys;
      const named = Object.keys(ACTION_GROUPS).filter((action) => !/^room-\d/.test(action));
      expect(Object.keys(actions).sort()).toEqual(named.sort());
    }
  });
});

describe("the keys in force", () => {
  test("are those of the style, then of scripts, then the user's own", () => {
    const keyMap = makeKeyMap("slack", { "Ctrl-K": "help" }, { "ctrl-k": "/one", "alt-j": "/two" });
    expect(targetOfKey(keyMap, name("ctrl-k"), never)).toBe("help");
    expect(targetOfKey(keyMap, name("alt-j"), never)).toBe("/two");
    expect(keyMap.keys.get(name("ctrl-t"))?.source).toBe("style");
    expect(keyMap.keys.get(name("alt-k"))?.source).toBe("usual");
    expect(keyMap.keys.get(name("alt-j"))?.source).toBe("script");
    expect(keyMap.keys.get(name("ctrl-k"))?.source).toBe("own");
  });

  test("with Shift are those without, where they have no row of their own", () => {
    const keyMap = makeKeyMap("sodam");
    expect(targetOfKey(keyMap, name("alt-shift-a"), never)).toBe("next-unread");
    expect(targetOfKey(keyMap, name("shift-tab"), never)).toBe("complete-back");
    expect(targetOfKey(keyMap, name("ctrl-alt-q"), never)).toBeNull();
  });

  test("are named in hints as they are, and not where there is none", () => {
    expect(keyHint(makeKeyMap("sodam"), "search")).toBe("Alt-f");
    expect(keyHint(makeKeyMap("sodam"), "switcher")).toBe("Alt-k");
    expect(keyHint(makeKeyMap("slack"), "search")).toBe("Ctrl-G");
    expect(keyHint(makeKeyMap("sodam", { "alt-f": "none" }), "search")).toBeNull();
    expect(keyHint(makeKeyMap("weechat"), "retry")).toBeNull();
  });

  test("an unbound chord waits for nothing", () => {
    expect(makeKeyMap("sodam").prefixes.has("ctrl-x")).toBe(true);
    expect(makeKeyMap("sodam", { "ctrl-x ctrl-e": "none" }).prefixes.has("ctrl-x")).toBe(false);
  });
});

describe("what can't be bound", () => {
  test("each mistake in client.toml is one sentence, with the closest name", () => {
    const bind = { "ctrl-g": "swithcer", "ctrl-m": "search", x: "help", "ctrl-enterr": "help" };
    const alias = { "a b": "/away", fine: "/away" };
    expect(inputProblems({ bind: { ...bind, "alt-x": "/away lunch" }, alias }, "en")).toEqual([
      'There is no action "swithcer". Did you mean "switcher"?',
      "A terminal sends ctrl-m as enter: bind enter, or take another key.",
      'x types a letter. Put ctrl- or alt- before it, or another key: "ctrl-x x".',
      '"ctrl-enterr" is no key. Write it like ctrl-g, alt-x, shift-up, f5, or "ctrl-x ctrl-g" for one after the other.',
      '"a b" can\'t be an alias: take letters, digits, - and _.',
    ]);
    expect(inputProblems({ bind, alias }, "ko")).toHaveLength(5);
  });

  test("words that aren't commands aren't said", () => {
    expect(readBinding("alt-g", "good morning")).toMatchObject({ kind: "target", nearest: null });
    expect(readBinding("alt-g", "//shrug")).toMatchObject({ kind: "target" });
    expect(readBinding("alt-g", "Help")).toEqual({ key: name("alt-g"), target: "help" });
  });
});

describe("the list of keys", () => {
  const titles = (query: string, keyMap = makeKeyMap("sodam")) =>
    keySections(keyMap, wordsFor("en"), query, true).flatMap(({ entries }) =>
      entries.map(({ title, text }) => `${title}: ${text}`),
    );

  test("is searched by keys, actions and what they do", () => {
    expect(titles("kill-line")).toEqual([
      "Ctrl-K: with text behind the cursor: cut to the end of the line (kill-line)",
    ]);
    expect(titles("next unread")).toEqual(["Alt-a: the next unread room (next-unread)"]);
    expect(titles("ctrl-x")).toEqual([
      "Ctrl-X Ctrl-E: write the message in your editor ($VISUAL, $EDITOR) (editor)",
    ]);
    expect(titles("room-1")).toEqual(["Alt-1…0: the room with that number (room-1 … room-10)"]);
  });

  test("says what was changed, and what a key runs or no longer does", () => {
    const keyMap = makeKeyMap(
      "slack",
      { "alt-x": "/away lunch", "ctrl-l": "none", f9: "next-unread" },
      { f3: "/poll" },
    );
    const all = titles("", keyMap);
    expect(all.slice(0, 3)).toEqual([
      "F3: /poll · by a script",
      "Alt-x: /away lunch",
      "Ctrl-L: does nothing",
    ]);
    expect(all).toContain("Alt-Shift-↓ Alt-a F9: the next unread room (next-unread) · your own");
    expect(all).toContain("Ctrl-K Alt-k Ctrl-T: find a room (switcher) · by the setting keys");
    expect(all.join("\n")).not.toContain("redraw");
  });
});
