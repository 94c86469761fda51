import { expect, test } from "bun:test";
import { formatLink } from "../../lib/protocol/server-link.ts";
import { shellWord } from "../../lib/protocol/shell-command.ts";

test.each([
  ["chat.example.org", "chat.example.org"],
  ["sodam://chat.example:6697/fp-00/invite-aB_-", "sodam://chat.example:6697/fp-00/invite-aB_-"],
  ["#ops", '"#ops"'],
  ["#수다방", '"#수다방"'],
  ["#café-2.0", '"#café-2.0"'],
  ["#日本語", '"#日本語"'],
  ["my server", '"my server"'],
])("%s stands in a command line as %s", (text, word) => {
  expect(shellWord(text)).toBe(word);
});

test.each([
  "",
  "$(id)",
  "`id`",
  "#a;b",
  "#a&calc",
  "#a|b",
  "#a>b",
  "#a<b",
  "#a'b",
  '#a"b',
  "#a\\b",
  "#a%PATH%b",
  "#a!b",
  "#a^b",
  "#a*",
  "#a?",
  "#[a]",
  "#{a,b}",
  "#(a)",
  "#a~b",
  "a\nb",
  "a\rb",
  "a\tb",
  "a\u001bb",
  "-rf",
  "--config-dir",
  // Shells of Windows may read these as | ! " ' & ; `.
  "#ǀ",
  "#ǃ",
  "#ʺ",
  "#’",
  "#＆",
  "#；",
  "#｀",
  // Nobody sees these.
  "#a\u200bb",
  "#a\u3164b",
  "#a\uffa0b",
  "#a\u202eb",
  // A letter that a Mac or a terminal may take apart.
  "#e\u0301",
])("%j can't be a word", (text) => {
  expect(shellWord(text)).toBeNull();
});

test("no printable ASCII character outside of the list is in a word", () => {
  const allowed = /[A-Za-z0-9#_.+: /-]/;
  for (let code = 0; code < 128; code++) {
    const letter = String.fromCharCode(code);
    if (!allowed.test(letter)) expect(shellWord(`a${letter}b`)).toBeNull();
  }
});

test("a link with what no link may have is never formatted", () => {
  const link = { host: "chat.example", port: 6697, fingerprint: null, room: null };
  expect(() => formatLink({ ...link, invitation: "$(id)" })).toThrow("no link may have");
  expect(() => formatLink({ ...link, host: "a;id", invitation: null })).toThrow("no link may have");
});
