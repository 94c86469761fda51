import { readBinding } from "../../lib/app/chat-screen/keys/key-map.ts";
import { expandLine, findAlias } from "../../lib/app/slash/alias.ts";
import { splitCommand } from "../../lib/protocol/split-command.ts";
import { editToml } from "../../lib/settings/toml-edit.ts";
import { parseKeys, showKeys } from "../../lib/terminal/key-names.ts";
import { claim, type ParserTarget, same } from "./parser-target.ts";

/** The parsers of what people bind, name and set: keys, aliases, client.toml and $VISUAL. */
export const SETTINGS_PARSERS: readonly ParserTarget[] = [
  {
    kind: "text",
    parsers: [
      "lib/terminal/key-names.ts parseKeys",
      "lib/app/chat-screen/keys/key-map.ts readBinding",
    ],
    examples: ["ctrl-x ctrl-e", "M-ㅁ", "alt--", "Shift-PgUp", "ctrl-m", "f12", "alt-↑", "C-x g"],
    check(text) {
      const keys = parseKeys(text);
      if (typeof keys === "object") return;
      same(parseKeys(keys), keys, "a name of keys is read as itself");
      same(parseKeys(showKeys(keys)), keys, "shown keys are read as the same");
      const binding = readBinding(text, text);
      claim("kind" in binding || binding.key === keys, "a binding has the same keys", binding);
    },
  },
  {
    kind: "text",
    parsers: ["lib/app/slash/alias.ts expandLine", "lib/app/slash/alias.ts findAlias"],
    examples: ["/away $1 ; /me $*", "/a", "/b $2- ; /a", "/c $$1", "¯\\_(ツ)_/¯ $1"],
    check(text) {
      const aliases = { a: text, b: "/a $* ; /c", c: `/b ; ${text}` };
      for (const typed of [`/a ${text}`, "/b one two", text]) {
        const lines = expandLine(aliases, typed, (name) => name === "away");
        claim("kind" in lines || lines.length <= 30, "an alias stands for few lines", lines);
      }
      const alias = findAlias(aliases, text);
      claim(
        alias === null || ["a", "b", "c"].includes(text.normalize("NFC").toLowerCase()),
        "is one",
      );
    },
  },
  {
    kind: "text",
    parsers: ["lib/settings/toml-edit.ts editToml"],
    examples: [
      "# mine\nmouse = true # yes\n\n[bind]\n'ctrl-g' = \"help\"\n[[list]]\na = 1\n",
      'a.b = """x\n[y]\n""" # z\r\narray = [ # c\n "1", "]",\n]\r\n[bind]',
      "x = { y = [1, 2] }\nwhen = 2026-11-22T09:00:00Z\n",
    ],
    check(text) {
      for (const path of [["mouse"], ["bind", "ctrl-g"], ["alias", "별"]] as const) {
        const edited = editToml(text, path, "new");
        if (edited === null) continue;
        const parsed = Bun.TOML.parse(edited.replace(/^\ufeff/, "")) as Record<string, never>;
        const [name, row] = path;
        same(row === undefined ? parsed[name] : parsed[name]?.[row], "new", "the value is there");
        same(editToml(edited, path, "new"), edited, "writing twice is writing once");
        const removed = editToml(edited, path, null);
        claim(removed !== null, "what was written can be removed", edited);
      }
    },
  },
  {
    kind: "text",
    parsers: ["lib/protocol/split-command.ts splitCommand"],
    examples: ["vim", 'code --wait "my profile"', "emacs -nw 'a b'\\ c", "x $(rm) `y` ; z"],
    check(text) {
      for (const isWindows of [false, true]) {
        const words = splitCommand(text, isWindows);
        claim(words.join("").length <= text.length * 2, "nothing is added", words);
      }
      if (/^[\w-]+( [\w-]+)*$/.test(text)) same(splitCommand(text), text.split(" "), "plain words");
    },
  },
];
