import { parseAdminArguments } from "../../lib/admin/admin-arguments.ts";
import { ENGLISH_ADMIN } from "../../lib/admin/admin-words-en.ts";
import { parseTimeRange } from "../../lib/app/history/history-range.ts";
import { parseSearchQuery } from "../../lib/app/history/search-query.ts";
import { parseFollowFrom } from "../../lib/app/pipe/tail-command.ts";
import { parseRecord, parseSavedState } from "../../lib/app/saved/saved-state.ts";
import { parseOptions } from "../../lib/app/slash/parse-options.ts";
import { parsePreferenceName } from "../../lib/chat-client/preferences/preferences.ts";
import { parseWords, WordList } from "../../lib/chat-client/preferences/word-list.ts";
import { splitLines } from "../../lib/chat-client/send/split-message.ts";
import { parseSuspensionTerms } from "../../lib/chat-server/users/account-moderation.ts";
import { parseBotLimits } from "../../lib/member-server/bot-accounts.ts";
import { parseAdminAnswer, parseAdminRequest } from "../../lib/protocol/admin/admin-answer.ts";
import { harmlessJson, harmlessText } from "../../lib/protocol/harmful-characters.ts";
import { utf8Bytes } from "../../lib/protocol/utf8.ts";
import { formatHistoryPoint } from "../../lib/protocol/wire/history-point.ts";
import { parseClientArguments } from "../../lib/settings/client-settings.ts";
import { parseListenHost, parsePublicHost } from "../../lib/settings/public-address.ts";
import { ENGLISH } from "../../lib/settings/sentences.ts";
import { parseServerArguments } from "../../lib/settings/server-settings.ts";
import { parseTask } from "../../lib/settings/server-task.ts";
import { decodeSharedSettings, differingSettings } from "../../lib/settings/shared-settings.ts";
import { parseBackground } from "../../lib/terminal/background.ts";
import { ANSWER_BYTES_MAX, type Key, KeyReader } from "../../lib/terminal/key-reader.ts";
import { decodeReply } from "../../lib/terminal/key-sequences.ts";
import {
  NO_PICTURE_ANSWERS,
  readCsiAnswer,
  readStringAnswer,
  withAnswer,
} from "../../lib/terminal/picture-answers.ts";
import { pictureLook } from "../../lib/terminal/pictures/picture-look.ts";
import { GRAPHEME_POINTS_MAX, sanitize, sanitizeLines } from "../../lib/terminal/sanitize.ts";
import { readTheme } from "../../lib/terminal/theme-file.ts";
import {
  cellsOf,
  graphemesOf,
  readWidths,
  STANDARD_WIDTHS,
  truncate,
} from "../../lib/terminal/width.ts";
import { claim, claimHarmless, type ParserTarget, same } from "./parser-target.ts";

const KEYS = [
  "hello",
  "한글",
  "\x1b[A",
  "\x1b[1;5C",
  "\x1bOP",
  "\x1b[200~pasted\r\ntext\x1b[201~",
  "\x1b[<0;10;5M",
  "\x1b[M !!",
  "\x1b[I",
  "\x1b[12;40R",
  "\x1b]11;rgb:0/0/0\x07",
  "\x1bP1$r0m\x1b\\",
  "\x1bP>|foot(1.16.2)\x1b\\",
  "\x1b_Gi=31;OK\x1b\\",
  "\x1b[6;20;10t",
  "\x1b[?62;4c",
  "\x1b[27;5;13~",
  "\x1b[97;5u",
  "\x1bx",
  "\x03",
  "\x1b",
];
const FLAGS = [
  ...[
    "--port 6697",
    "--guests no",
    "--no-guests",
    "--host=::",
    "--public-host tea.test:6697",
    "--sign-up open",
  ],
  ...[
    "--plain 127.0.0.1:6667",
    "--keep-days 30",
    "--motd x",
    "--help",
    "-- a",
    "--nonsense",
    "--exempt 10.0.0.0/8",
  ],
  ...[
    "send #tea hello",
    "tail --json #tea",
    "export --from 2026-11-22 --to 2026-11-23",
    "ban 192.0.2.7 2h spam --json",
  ],
  ...["backup /mnt --data data", "import a.log --room #tea", "--link-file x", "--log-level debug"],
];
const SETTINGS = [
  'port = 6697\nguests = true\nsign-up = "open"\n[[operator]]\nname = "root"\npassword-hash = "x"\n',
  'motd = "x"\nexempt = ["10.0.0.0/8"]\nkeep-days = 30\n',
  'public-host = ["tea.test"]\nunknown = 1\n',
];

/** The parsers of what people type: keys, command lines, settings, searches; and what makes text harmless. */
const SHARED_SETTINGS = {
  ...{ guests: true, signUp: "open", maxConnections: 500, motd: ["tea"], network: "Tea" },
  ...{
    serverPassword: { digest: "9f3c" },
    dnsbl: [{ zone: "dnsbl.example.org", action: "login" }],
  },
  operators: [{ name: "boss", passwordHash: "$argon2id$x", grade: "brewer", rights: ["kick"] }],
  ...{ grades: { brewer: ["kick"] }, exemptNetworks: ["192.0.2.0/24"] },
};

export const INPUT_PARSERS: readonly ParserTarget[] = [
  {
    kind: "text",
    parsers: [
      "lib/chat-server/users/account-moderation.ts parseSuspensionTerms",
      "lib/member-server/bot-accounts.ts parseBotLimits",
    ],
    examples: ["2h spam", "* for good", "2houres", "rooms=#ops,#ci rights=read,speak", "RIGHTS="],
    check(text) {
      const words = text.split(" ");
      const terms = parseSuspensionTerms(words);
      claim(terms === null || (terms.durationMs ?? 1) > 0, "a suspension has a duration or no end");
      const parsed = parseBotLimits(words);
      claim("limits" in parsed || text.includes(parsed.wrong), "the wrong word was typed", parsed);
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/terminal/sanitize.ts sanitize",
      "lib/terminal/sanitize.ts sanitizeLines",
      "lib/protocol/harmful-characters.ts harmlessText",
      "lib/protocol/harmful-characters.ts harmlessJson",
    ],
    examples: [
      "hello",
      "\x1b[31mred",
      "👨‍👩‍👧‍👦 ❤️ 1️⃣",
      "한글\u200bx",
      "नमस्‍ते",
      "مرحبا\u202e",
      "e\u0301\u0301",
      "ᄒ\u1160",
    ],
    check(text) {
      const shown = sanitize(text);
      claimHarmless(shown, "a sanitized text");
      claim(!/[\r\n]/.test(shown), "a sanitized text is one line", shown);
      same(sanitize(shown), shown, "sanitizing twice is sanitizing once");
      for (const grapheme of graphemesOf(shown)) {
        claim([...grapheme].length <= GRAPHEME_POINTS_MAX + 1, "a grapheme is bounded", grapheme);
      }
      for (const line of sanitizeLines(text)) claimHarmless(line, "a sanitized line");
      const harmless = harmlessText(text);
      claim(harmlessText(harmless) === harmless, "harmless text stays itself", harmless);
      const json = harmlessJson({ text });
      claimHarmless(json, "JSON for a terminal");
      same(JSON.parse(json), { text }, "JSON for a terminal has the value");
      claim(cellsOf(truncate(shown, 10)) <= 10, "a cut text fits", shown);
    },
  },
  {
    kind: "bytes",
    parsers: [
      "lib/terminal/key-reader.ts KeyReader",
      "lib/terminal/key-sequences.ts decodeSequence",
      "lib/terminal/key-sequences.ts readX10Mouse",
    ],
    examples: KEYS.map((keys) => Buffer.from(keys)),
    check(bytes, prng) {
      const reader = new KeyReader();
      const keys: Key[] = [];
      for (let start = 0; start < bytes.length; ) {
        const end = start + 1 + prng.below(20);
        keys.push(...reader.push(bytes.subarray(start, end)));
        if (prng.chance(10)) keys.push(...reader.timeout());
        start = end;
      }
      for (let times = 0; times < 4 && reader.waitMs > 0; times += 1)
        keys.push(...reader.timeout());
      claim(reader.waitMs === 0, "after silences nothing is waited for", reader.waitMs);
      for (const key of keys) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: typed text has no controls
        if (key.kind === "text") claim(!/[\x00-\x1f\x7f-\x9f]/.test(key.text), "typed text", key);
        if (key.kind === "mouse" || key.kind === "cursor") {
          const isPlace = [key.row, key.column].every(
            (place) => Number.isFinite(place) && place >= -1,
          );
          claim(isPlace, "a place on the screen", key);
        }
      }
      same(
        reader.push(Buffer.from("x")).at(-1),
        { kind: "text", text: "x" },
        "the next key is read",
      );
      claim(keys.length <= bytes.length + ANSWER_BYTES_MAX, "no more keys than bytes", keys.length);
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/settings/flags.ts readFlags",
      "lib/settings/server-settings.ts parseServerArguments",
      "lib/settings/client-settings.ts parseClientArguments",
      "lib/settings/server-task.ts parseTask",
      "lib/admin/admin-arguments.ts parseAdminArguments",
    ],
    examples: FLAGS,
    check(text) {
      const argv = text.split(" ");
      parseServerArguments(argv, () => null);
      parseClientArguments(argv);
      parseTask(argv);
      parseAdminArguments(argv, ENGLISH_ADMIN);
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/settings/settings-file.ts readSettingsFile",
      "lib/settings/setting.ts readValue",
      "lib/settings/public-address.ts parseListenHost",
      "lib/settings/public-address.ts parsePublicHost",
    ],
    examples: SETTINGS,
    check(text) {
      const read = parseServerArguments(["--config", "x.toml"], () => text);
      if ("refused" in read) claim(read.refused.length > 0, "a refusal says why", text);
      parseClientArguments([], () => ({ path: "client.toml", text }));
      for (const parse of [parseListenHost, parsePublicHost]) parse(text);
    },
  },
  {
    kind: "json",
    parsers: ["lib/settings/shared-settings.ts decodeSharedSettings"],
    examples: [SHARED_SETTINGS],
    check(value) {
      const shared = decodeSharedSettings(value);
      same(decodeSharedSettings(shared), shared, "what is read is read again");
      same(differingSettings(shared, shared), [], "nothing differs from itself");
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/chat-client/preferences/preferences.ts parsePreferenceName",
      "lib/chat-client/preferences/word-list.ts parseWords",
    ],
    examples: ["배포, green tea,,c++", "#tea level", "* highlight", "jun order"],
    check(text) {
      const list = new WordList(text);
      for (const word of list.words) {
        claim(list.occursIn(word), "a word of the list is found by itself", word);
      }
      const words = list.words.join(",");
      claim(parseWords(words).join(",") === words, "a list is read back unchanged", words);
      const name = parsePreferenceName(text);
      if (name !== null)
        claim(`${name.place} ${name.key}` === text, "a name is its two parts", name);
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/app/history/history-range.ts parseTimeRange",
      "lib/app/pipe/tail-command.ts parseFollowFrom",
      "lib/app/history/search-query.ts parseSearchQuery",
      "lib/app/slash/parse-options.ts parseOptions",
    ],
    examples: [
      '"green tea" --by jun --from 2026-11-22 --to 2026-11-23T09:30',
      "tea --everywhere",
      "--in #tea x",
      '"',
    ],
    check(text) {
      const options = parseOptions(text, ["--by", "--from"], ["--everywhere"]);
      if (options !== null)
        claim(
          options.words.every((word) => word !== ""),
          "words aren't empty",
          options,
        );
      const query = parseSearchQuery(text, "#tea");
      if (query !== null && query.since !== null && query.until !== null) {
        claim(query.since < query.until, "a search's time isn't empty", query);
      }
      const point = parseFollowFrom(text);
      if (point !== null) {
        const written = formatHistoryPoint(point);
        claim(/^\S+$/.test(written), "a point is one word on the wire", written);
      }
      const range = parseTimeRange(text.slice(0, 10), text.slice(10));
      if (range !== null) claim(range.since < range.until, "a range isn't empty", range);
      for (const line of splitLines(text, 40))
        claim(utf8Bytes(line) <= 40, "a part of a message fits", line);
    },
  },
  {
    kind: "json",
    parsers: [
      "lib/app/saved/saved-state.ts parseSavedState",
      "lib/app/saved/saved-state.ts parseRecord",
      "lib/protocol/admin/admin-answer.ts parseAdminRequest",
      "lib/protocol/admin/admin-answer.ts parseAdminAnswer",
    ],
    examples: [
      {
        server: "tea.test",
        language: "ko",
        bell: true,
        accounts: { a: "mina" },
        muted: { a: ["jun"] },
      },
      {
        sodam: 1,
        kind: "request",
        command: "people",
        words: ["a"],
        options: {},
        user: "root",
        skip: 0,
      },
      {
        sodam: 1,
        kind: "answer",
        answer: { kind: "done", sentence: ["banned", "x"], notes: ["y"] },
      },
      {
        sodam: 1,
        kind: "answer",
        answer: { kind: "rows", rows: [{ name: "mina", rooms: 2 }], next: null },
      },
    ],
    check(value) {
      const saved = parseSavedState(value);
      same(
        parseSavedState(JSON.parse(JSON.stringify(saved))),
        saved,
        "saved state is read as written",
      );
      const record = parseRecord(value, (part): part is string => typeof part === "string");
      claim(
        Object.values(record).every((part) => typeof part === "string"),
        "a record has texts",
        record,
      );
      const line = JSON.stringify(value);
      parseAdminRequest(line);
      parseAdminAnswer(line);
    },
  },
  {
    kind: "text",
    parsers: ["lib/terminal/width.ts readWidths"],
    examples: ["1 2 2 2 1 2", "0 0 0", "-1 999 NaN"],
    check(text) {
      const widths = readWidths(text.split(" ").map(Number));
      claim(cellsOf("한글 👍", widths) >= 3, "text has a width", widths);
    },
  },
  {
    kind: "text",
    parsers: ["lib/terminal/background.ts parseBackground"],
    examples: ["11;rgb:ffff/ffff/ffff", "11;rgba:0/80/ff/ff", "11;#1e1e2e"],
    check(answer) {
      const colour = parseBackground(answer) ?? [];
      const isInRange = colour.every((part) => part >= 0 && part <= 255);
      claim(isInRange, "each part of a colour is a byte", colour);
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/terminal/key-sequences.ts decodeReply",
      "lib/terminal/picture-answers.ts readCsiAnswer",
      "lib/terminal/picture-answers.ts readStringAnswer",
    ],
    examples: [
      "P>|kitty(0.35.2)",
      "_Gi=31;OK",
      "]11;#1e1e2e",
      "t6;20;10",
      "S?1;0;256",
      "c?62;4;22",
    ],
    check(reply) {
      const [first, rest] = [reply.slice(0, 1), reply.slice(1)];
      const key = decodeReply(first, rest);
      claim(key?.kind !== "text", "a reply is never typed", key);
      const answer = readCsiAnswer(rest, first);
      const known = [answer, readStringAnswer(first, rest)].filter((read) => read !== null);
      const answers = known.reduce(withAnswer, NO_PICTURE_ANSWERS);
      const environment = { TERM: "xterm-256color" };
      const facts = { environment, background: null, pictureAnswers: answers, tmux: null };
      const look = pictureLook("auto", facts, STANDARD_WIDTHS, true);
      const { width = 0, height = 0 } = look?.cell ?? {};
      claim(
        width >= 1 && width <= 500 && height >= 1 && height <= 500,
        "a cell has a size",
        answer,
      );
      const registers = look?.registers ?? 0;
      claim(registers >= 16 && registers <= 256, "a sixel picture has some colours", answer);
    },
  },
  {
    kind: "text",
    parsers: ["lib/terminal/theme-file.ts readTheme"],
    examples: ['base = "dark"\naccent = "bold #88c0d0 on black"\nnames = ["red", 208, "#ff0000"]'],
    check(text) {
      const theme = readTheme(text, "theme.toml", ENGLISH.theme);
      if ("refused" in theme) claim(theme.refused.length > 0, "a refused theme is told why", text);
    },
  },
  {
    kind: "text",
    parsers: ["lib/chat-client/preferences/word-list.ts parseWords"],
    examples: ["deploy, 배포 , Deploy", "a.*b,(,[", ",,, "],
    check(text) {
      const words = parseWords(text);
      same(parseWords(words.join(",")), words, "words are read as they were read");
      for (const word of words) {
        claim(new WordList(text).occursIn(word), "a word is in itself", word);
      }
    },
  },
  {
    kind: "text",
    parsers: ["lib/chat-client/preferences/preferences.ts parsePreferenceName"],
    examples: ["#tea level", "* spare", "mina draft"],
    check(name) {
      const parsed = parsePreferenceName(name);
      if (parsed !== null) same(`${parsed.place} ${parsed.key}`, name, "a name is written as read");
    },
  },
];
