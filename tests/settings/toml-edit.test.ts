import { describe, expect, test } from "bun:test";
import { editToml, type TomlValue } from "../../lib/settings/toml-edit.ts";
import { Prng, seeds } from "../prng.ts";

/** One value changes; every other byte of what a person wrote stays. */

const WRITTEN = `# mine
server = "a"  # the server

# colours
mouse = true # I like it
motd = """x
[not a table]
"""
list = [ # why
 "a", "#b",
]
unknown = { a = 1 }

[bind]
# k
"ctrl-g" = "switcher" # hi

[other.x]
y = 1
`;

type Path = Parameters<typeof editToml>[1];

describe("a value", () => {
  const edits: readonly [Path, TomlValue | null, string, string][] = [
    [["mouse"], false, "mouse = true # I", "mouse = false # I"],
    [["server"], 'b"c', 'server = "a"  #', 'server = "b\\"c"  #'],
    [["mouse"], null, "mouse = true # I like it", "# I like it"],
    [["list"], ["q", "r"], '[ # why\n "a", "#b",\n]', '["q", "r"]'],
    [["motd"], "one", '"""x\n[not a table]\n"""', '"one"'],
    [["days"], 7, "unknown = { a = 1 }\n", "unknown = { a = 1 }\ndays = 7\n"],
    [["bind", "ctrl-g"], "search", '"switcher"', '"search"'],
    [["bind", "alt-/"], "/away x", "# hi\n", '# hi\n"alt-/" = "/away x"\n'],
    [["bind", "ctrl-g"], null, '"ctrl-g" = "switcher" # hi', "# hi"],
    [["alias", "별"], "/me $*", "y = 1\n", 'y = 1\n\n[alias]\n"별" = "/me $*"\n'],
    [["missing"], null, "", ""],
  ];
  test.each(edits)("%j becomes %j, and nothing else changes", (path, value, before, after) => {
    expect(editToml(WRITTEN, path, value)).toBe(WRITTEN.replace(before, () => after));
  });

  test.each([
    ["", "mouse = false\n"],
    ["# hi", "# hi\nmouse = false\n"],
    ["# top\n\n# about\n[bind]\nx = 'y'", "# top\nmouse = false\n\n# about\n[bind]\nx = 'y'"],
    ["[bind]\nx = 'y'", "mouse = false\n\n[bind]\nx = 'y'"],
    ["server = 'a'", "server = 'a'\nmouse = false\n"],
    ["a = 1\r\n[b]\r\n", "a = 1\r\nmouse = false\r\n[b]\r\n"],
    ["\ufeffa = 1\n", "\ufeffa = 1\nmouse = false\n"],
    ['"mouse" = true', '"mouse" = false'],
  ])("that is new in %j stands before the tables", (before, after) => {
    expect(editToml(before, ["mouse"], false)).toBe(after);
  });

  test("in a table that is written with dots goes beside the others", () => {
    expect(editToml("bind.a = 'b'\n[z]\n", ["bind", "c"], "d")).toBe(
      "bind.a = 'b'\nbind.c = \"d\"\n[z]\n",
    );
    expect(editToml("bind.a = 'b'\n", ["bind", "a"], "d")).toBe('bind.a = "d"\n');
  });

  test.each([["x = "], ["bind = { a = 'b' }"], ["bind = 'text'"], ["[[bind]]\na = 'b'"]])(
    "isn't written into %j, where that would change more",
    (text) => {
      expect(editToml(text, ["bind", "c"], "d")).toBeNull();
    },
  );
});

for (const seed of seeds(6)) {
  test(`what was written can be read again, and the rest stays as it was (seed ${seed})`, () => {
    const prng = new Prng(seed);
    let text = prng.pick([WRITTEN, "", "[bind]\n", "# only words"]);
    const known = new Map<string, TomlValue>();
    for (let step = 0; step < 60; step++) {
      const key = prng.pick(["mouse", "lang", "ctrl-x ctrl-e", "별", 'quo"te', "alt-\\"]);
      const isRow = prng.unit() < 0.6;
      const path: Path = isRow ? [prng.pick(["bind", "alias"]), key] : [key];
      const value = prng.pick<TomlValue | null>([
        true,
        5,
        "x # y",
        'a"b\\\u007f\n한',
        ["p", "q"],
        null,
      ]);
      const next = editToml(text, path, value);
      if (next === null) throw new Error(`${JSON.stringify(text)} ${path} ${value}`);
      const name = path.join("\n");
      if (value === null) known.delete(name);
      else known.set(name, value);
      text = next;
      const parsed = Bun.TOML.parse(text) as Record<string, Record<string, TomlValue>>;
      for (const [written, wanted] of known) {
        const [table = "", row] = written.split("\n");
        const read: unknown = row === undefined ? parsed[table] : parsed[table]?.[row];
        expect<unknown>(read).toEqual(wanted);
      }
    }
    const comments = ["# mine", "# the server", "# colours", "# I like it", "# k", "# hi"];
    if (text.includes("# mine")) for (const comment of comments) expect(text).toContain(comment);
  });
}
