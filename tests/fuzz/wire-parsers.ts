import { readMask } from "../../lib/chat-client/mask-lists.ts";
import { BatchReader } from "../../lib/chat-client/receive/batch-reader.ts";
import {
  normalizeMessage,
  stripFormatting,
} from "../../lib/chat-client/receive/normalize-message.ts";
import type { ConversationId } from "../../lib/chat-server/event.ts";
import { parseFileFilter } from "../../lib/chat-server/files/file-filter.ts";
import type { SentFile } from "../../lib/chat-server/files/file-index.ts";
import { parseKeepDays } from "../../lib/chat-server/history/retention.ts";
import { parseFilter } from "../../lib/chat-server/rooms/word-filter.ts";
import { parseMask, parseTimedMask } from "../../lib/chat-server/users/ban-masks.ts";
import { parseBanDuration, parseBanTarget } from "../../lib/chat-server/users/set-server-ban.ts";
import { parseAccountId } from "../../lib/protocol/account-id.ts";
import { asciiHost, canonicalHost, isWithin, parseNetwork } from "../../lib/protocol/address.ts";
import {
  formatFileFacts,
  isFileName,
  parseFileFacts,
  parseSharedFile,
} from "../../lib/protocol/file-facts.ts";
import { parseFingerprintDigits } from "../../lib/protocol/fingerprint.ts";
import { hasFormatting } from "../../lib/protocol/formatting-codes.ts";
import { maskMatcher, matchesMask } from "../../lib/protocol/glob-mask.ts";
import { mentionRanges } from "../../lib/protocol/mention.ts";
import {
  fold,
  type Nick,
  parseAccount,
  parseExistingAccount,
  parseExistingNick,
  parseExistingRoomName,
  parseNick,
  parseRoomName,
  skeleton,
} from "../../lib/protocol/names.ts";
import { mapPassword, opaqueString } from "../../lib/protocol/opaque-string.ts";
import { safeFileName } from "../../lib/protocol/safe-file-name.ts";
import { parseSearchTerms } from "../../lib/protocol/search-terms.ts";
import { formatLink, parseAddress, parseLink } from "../../lib/protocol/server-link.ts";
import { shellWord } from "../../lib/protocol/shell-command.ts";
import {
  decodeText,
  decodeUtf16,
  guessEncoding,
  parseEncoding,
} from "../../lib/protocol/text-encoding.ts";
import { formatDuration, formatTime, parseDuration, parseTime } from "../../lib/protocol/time.ts";
import { splitUtf8, utf8Bytes } from "../../lib/protocol/utf8.ts";
import { findLinks } from "../../lib/protocol/web-links.ts";
import { formatHistoryPoint, parseHistoryPoint } from "../../lib/protocol/wire/history-point.ts";
import { FROM_CLIENT, LineReader, type WireLine } from "../../lib/protocol/wire/lines.ts";
import { formatMessage, parseMessage } from "../../lib/protocol/wire/message.ts";
import { parseModeChanges, parseRankTarget } from "../../lib/protocol/wire/modes.ts";
import { decodePlain, encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { formatTags, parseTags } from "../../lib/protocol/wire/tags.ts";
import {
  LINE_BYTES_MAX,
  NICK_BYTES_MAX,
  ROOM_BYTES_MAX,
} from "../../lib/protocol/wire/wire-limits.ts";
import { readProxyHeader } from "../../lib/transport/proxy-header.ts";
import { Scene } from "../scene.ts";
import { claim, claimHarmless, type ParserTarget, same } from "./parser-target.ts";

const FILES_SCENE = new Scene();
const SENT: SentFile = {
  ...{ conversation: "room.tea" as ConversationId, position: 3, time: 5, msgid: "id3" },
  by: { nick: "mina" as Nick, user: "u", host: "h", account: null, accountId: null },
  file: {
    ...{ id: "file000000000001", name: "Green tea report 회의록.png", type: "image/png", size: 5 },
    ...{ sha256: "a".repeat(64), path: "room.tea/2026-11-22/file000000000001-x.png" },
  },
};
const NAMES = "lib/protocol/names.ts";
const NAME_EXAMPLES = [
  ...[
    "mina",
    "민수",
    "zoë",
    "Straße",
    "#tea",
    "#수다방",
    "#👨‍👩‍👧",
    "_x-[]\\`^{}|",
    "Иван",
    "ナナ",
    "ไทย",
    "हिन्दी",
  ],
  ...["mina_1", "ㅋㅋ", "x".repeat(33), "가".repeat(10), "NickServ", "pauￜ", "#Iobby"],
];
const LINES = [
  "@id=7;+a/b.c=d\\:e\\s :mina!u@h PRIVMSG #tea :hi there",
  "@label=1 CHATHISTORY LATEST #tea * 50",
  "MODE #tea +o-l+b mina mina!*@*",
  "JOIN #a,#b key",
  ":tea.test 005 mina CHANTYPES=# PREFIX=(qaohv)~&@%+ :are supported by this server",
  "BATCH +b draft/multiline #tea",
  "@batch=b;draft/multiline-concat PRIVMSG #tea :two",
  "BATCH -b",
  "AUTHENTICATE PLAIN",
  "PRIVMSG NickServ :IDENTIFY mina secret",
  ":s CAP * LS * :sasl=PLAIN,EXTERNAL echo-message",
  ":mina!u@h EDIT #tea id7 :\x02bold\x0f \x0304,02red",
  ":s NOTE ACCOUNT X :y",
];
const ADDRESSES = [
  ...[
    "192.0.2.7",
    "192.0.2.0/24",
    "2001:db8::7",
    "2001:db8::/48",
    "::ffff:192.0.2.7",
    "fe80::1%eth0",
  ],
  ...[
    "chat.example.org",
    "소담.한국",
    "xn--jk1bt0z.xn--3e0b707e",
    "010.1.2.3",
    "0x7f.1",
    "[::1]:6697",
  ],
];

/** The parsers of lines, names, masks, links and whatever else comes over the wire or is typed. */
export const WIRE_PARSERS: readonly ParserTarget[] = [
  {
    kind: "text",
    parsers: ["lib/protocol/wire/message.ts parseMessage", "lib/protocol/wire/tags.ts parseTags"],
    examples: LINES,
    check(text) {
      const line = text.replace(/[\r\n\0]/g, "");
      const message = parseMessage(line);
      if (message === null) return;
      claim(message.verb !== "" && !message.verb.includes(" "), "a line has a verb", message);
      same(parseTags(formatTags(message.tags)), new Map(message.tags), "tags are read as written");
      // A first parameter may only be the last one to be empty or have spaces, and a verb may be anything.
      const again = parseMessage(
        formatMessage(message.verb, message.params, message.source, message.tags),
      );
      const isPlain = message.source !== "" && !/^[@:]/.test(message.verb);
      if (isPlain)
        same(again, { ...message, tags: new Map(message.tags) }, "a line is read as written");
    },
  },
  {
    kind: "bytes",
    parsers: ["lib/protocol/wire/lines.ts LineReader"],
    examples: [LINES.join("\r\n"), `${"x".repeat(510)}\r\n`, `@a=${"y".repeat(4090)} Z\n`].map(
      (text) => Buffer.from(text),
    ),
    check(bytes, prng) {
      const whole = new LineReader(FROM_CLIENT).push(bytes);
      const pieces: WireLine[] = [];
      const reader = new LineReader(FROM_CLIENT);
      for (let start = 0; start < bytes.length; ) {
        const end = start + 1 + prng.below(40);
        pieces.push(...reader.push(bytes.subarray(start, end)));
        claim(reader.bufferedBytes <= 16_384, "little of a line is held", reader.bufferedBytes);
        start = end;
      }
      same(pieces, whole, "lines are the same however the bytes come");
      for (const line of whole) {
        if (line.kind === "text")
          claim(!/[\r\n\0]/.test(line.text) || /\r./.test(line.text), "no ends", line);
      }
    },
  },
  {
    kind: "text",
    parsers: [
      ...["parseNick", "parseAccount", "parseExistingNick", "parseExistingAccount"],
      ...["parseRoomName", "parseExistingRoomName"],
    ].map((name) => `${NAMES} ${name}`),
    examples: NAME_EXAMPLES,
    check(text) {
      const nick = parseNick(text);
      same(nick, parseAccount(text), "an account's name is a nick");
      same(parseExistingNick(text), parseExistingAccount(text), "an account's name was a nick");
      if (nick !== null) {
        claim(utf8Bytes(nick) <= NICK_BYTES_MAX, "a nick fits", nick);
        claimHarmless(nick, "a nick");
        claim(!/[\s,:*?!@#]/u.test(nick), "a nick is one word that no mask matches", nick);
        same(parseNick(nick), nick, "a nick is a nick");
        same(parseExistingNick(nick), nick, "a nick exists by every version's rules");
        same(fold(fold(nick)), fold(nick), "folding twice is folding once");
      }
      const room = parseRoomName(text);
      if (room !== null) {
        claim(
          utf8Bytes(room) <= ROOM_BYTES_MAX && room.startsWith("#"),
          "a room's name fits",
          room,
        );
        claimHarmless(room, "a room's name");
        same(parseRoomName(room), room, "a room's name is one");
        same(parseExistingRoomName(room), room, "a room exists by every version's rules");
      }
      const wire = parseExistingRoomName(text);
      if (wire !== null)
        same(parseMessage(`JOIN ${wire}`)?.params, [wire], "a room is one parameter");
      same(fold(fold(text)), fold(text), "folding any text twice is folding it once");
      claim(skeleton(text).length <= 20 * text.length + 20, "a look isn't much longer", text);
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/protocol/wire/modes.ts parseModeChanges",
      "lib/protocol/wire/modes.ts parseRankTarget",
    ],
    examples: ["+o-l mina", "+b-b+b a b c", "@+#tea", "~#x", "+kkk-k key", "-", "+ntimsA"],
    check(text) {
      const [letters = "", ...args] = text.split(" ");
      const changes = parseModeChanges(letters, args);
      claim(changes.length <= [...letters].length, "each letter is one change", changes);
      const given = changes.flatMap(({ argument }) => argument ?? []);
      same(given, args.slice(0, given.length), "arguments are taken in their order");
      const target = parseRankTarget(text);
      if (target !== null) claim(target.room.startsWith("#"), "part of a room has a room", target);
    },
  },
  {
    kind: "text",
    parsers: [
      ...["parseMask", "parseTimedMask"].map(
        (name) => `lib/chat-server/users/ban-masks.ts ${name}`,
      ),
      ...["parseBanTarget", "parseBanDuration"].map(
        (name) => `lib/chat-server/users/set-server-ban.ts ${name}`,
      ),
      "lib/chat-server/rooms/word-filter.ts parseFilter",
      "lib/chat-server/history/retention.ts parseKeepDays",
      "lib/chat-client/mask-lists.ts readMask",
    ],
    examples: [
      ...[
        "mina!*@*",
        "~a:mina",
        "~m:~a:mina",
        "~t:2h:mina!*@*",
        "$a:x",
        "m:x",
        "*!*@host",
        "1h",
        "7d",
        "30",
      ],
      ...[
        "~h:tea*cup",
        "~r:안녕",
        "word?",
        "****",
        "192.0.2.0/24",
        "2001:db8::/48",
        "m:~q:~mute:x",
      ],
    ],
    check(text) {
      const mask = parseMask(text);
      if (mask !== null) {
        same(parseMask(mask), mask, "a stored mask is read as written");
        same(parseMessage(`MODE #t +b ${mask}`)?.params[2], mask, "a mask is one parameter");
        claim(!/[,\s]/.test(mask), "a mask is one word", mask);
      }
      const { who } = readMask(text);
      claim(
        text.includes(who) && (who !== "" || text === ""),
        "a mask is about somebody in it",
        who,
      );
      const timed = parseTimedMask(text);
      if (timed !== null) same(parseMask(timed.mask), timed.mask, "a timed mask is a mask");
      const filter = parseFilter(text);
      if (filter !== null) same(parseFilter(filter), filter, "a stored filter is read as written");
      const duration = parseBanDuration(text);
      claim(duration === undefined || duration === null || duration > 0, "a ban lasts", duration);
      for (const of of ["mask", "address"] as const) {
        const target = parseBanTarget(of, text);
        if (target !== null)
          same(parseBanTarget(of, target), target, "a ban's target is read as written");
      }
      const days = parseKeepDays(text);
      claim(days === null || days >= 1, "a history is kept a day at least", days);
    },
  },
  {
    kind: "text",
    parsers: ["lib/protocol/address.ts parseNetwork"],
    examples: ADDRESSES,
    check(text) {
      const network = parseNetwork(text);
      if (network !== null) claim(isWithin(network, network), "a network is within itself", text);
      const host = canonicalHost(text);
      if (host === null) return;
      same(canonicalHost(host), host, "a host's form is its own");
      claim(/^[\x21-\x7e]+$/.test(host), "a host is printable ASCII", host);
      if (!host.includes(":")) same(asciiHost(host), host, "a name is ASCII");
    },
  },
  {
    kind: "text",
    parsers: ["lib/chat-server/files/file-filter.ts parseFileFilter"],
    examples: ['report "green tea" from:mina', "type:picture from:nobody", "TYPE:text 회의록", ""],
    check(text) {
      const filter = parseFileFilter(FILES_SCENE.server.state, text);
      if (filter === null) return;
      const isListed = filter(SENT);
      if (!isListed) return;
      const { name, type } = SENT.file;
      // Less is found with more words, and never more.
      const narrower = parseFileFilter(FILES_SCENE.server.state, `${text} from:nobody`);
      claim(narrower === null || !narrower(SENT), "another's file isn't listed", {
        text,
        name,
        type,
      });
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/protocol/file-facts.ts parseFileFacts",
      "lib/protocol/file-facts.ts parseSharedFile",
    ],
    examples: [
      `size=48211,sha256=${"0".repeat(64)},type=image/png,name=%EC%8A%A4%2F%ED%81%AC.png,width=16,preview=3121`,
      `id=file000000000001,size=0,sha256=${"a".repeat(64)},type=video/mp4,name=a%20b,seconds=7,later=x`,
    ],
    check(text) {
      const facts = parseFileFacts(text);
      if (facts === null) return;
      claim(isFileName(facts.name), "a file's name", facts);
      claim(isFileName(safeFileName(facts.name)), "a name on disk", facts);
      const written = formatFileFacts(facts);
      claimHarmless(written, "what is said of a file");
      same(parseFileFacts(written), facts, "a file is read as written");
      const shared = parseSharedFile(text);
      if (shared !== null) same(parseSharedFile(formatFileFacts(shared)), shared, "with its id");
    },
  },
  {
    kind: "text",
    parsers: ["lib/protocol/server-link.ts parseLink", "lib/protocol/server-link.ts parseAddress"],
    examples: [
      `sodam://chat.example.org:6697/fp-${"a1".repeat(32)}/invite-${"b".repeat(26)}/room-tea`,
      "sodam://2001-db8--7.ipv6-literal.net/room64-7IiY64uk67Cp",
      "[2001:db8::7]:6697",
      "chat.example.org:7000",
      "소담.한국",
      "ircs://chat.example.org/#tea",
      "오세요: sodam://tea.test/room-x 입니다.",
      "sodam%3A%2F%2Ftea.test%2Froom-x",
    ],
    check(text) {
      const address = parseAddress(text);
      if (address !== null)
        claim(canonicalHost(address.host.split("%")[0] ?? "") !== null, "a host", address);
      const link = parseLink(text);
      if (link === null) return;
      const written = formatLink(link);
      claimHarmless(written, "a link");
      claim(shellWord(written) !== null, "a link can be pasted into a shell", written);
      same(parseLink(written), link, "a link is read as written");
    },
  },
  {
    kind: "text",
    parsers: ["lib/protocol/time.ts parseTime", "lib/protocol/time.ts parseDuration"],
    examples: ["2026-11-22T01:02:03.456Z", "0001-02-29T23:59:60Z", "1d12h", "90s", "30", "2w"],
    check(text) {
      const time = parseTime(text);
      if (time !== null) same(parseTime(formatTime(time)), time, "a time is read as written");
      const ms = parseDuration(text, 60_000);
      if (ms === null) return;
      claim(Number.isSafeInteger(ms) && ms >= 0, "a duration is a number", ms);
      const again = parseDuration(formatDuration(ms), 60_000) ?? -1;
      claim(again >= Math.min(ms, again) && again >= 0, "a duration is read as written", [
        ms,
        again,
      ]);
    },
  },
  {
    kind: "text",
    parsers: ["lib/protocol/wire/history-point.ts parseHistoryPoint"],
    examples: ["msgid=abc7", "timestamp=2026-11-22T01:02:03.456Z", "*"],
    check(text) {
      const point = parseHistoryPoint(text);
      if (point !== null) same(parseHistoryPoint(formatHistoryPoint(point)), point, "a point");
    },
  },
  {
    kind: "text",
    parsers: ["lib/protocol/wire/sasl.ts decodePlain"],
    examples: [...encodePlain("mina", "mina-password"), "AAA=", "=", "+", btoa("a\0b\0c")],
    check(text) {
      const read = decodePlain(text);
      if (read === null || read.authzid !== "") return;
      const written = encodePlain(read.account, read.password).filter((piece) => piece !== "+");
      same(decodePlain(written.join("")), read, "credentials are read as written");
    },
  },
  {
    kind: "text",
    parsers: ["lib/protocol/text-encoding.ts parseEncoding"],
    examples: ["windows-949", "CP949", "latin1", "utf-8", "shift_jis", "replacement", "__proto__"],
    check(text) {
      const encoding = parseEncoding(text);
      if (encoding !== null) same(parseEncoding(encoding), encoding, "a name is read as written");
    },
  },
  {
    kind: "bytes",
    parsers: [
      "lib/protocol/text-encoding.ts decodeText",
      "lib/protocol/text-encoding.ts decodeUtf16",
    ],
    examples: [
      Buffer.from("\ufeff안녕", "utf16le"),
      Buffer.from(":jun!j@h PRIVMSG #tea :caf\xe9", "latin1"),
      Buffer.from(":jun!j@h PRIVMSG #tea :\xbe\xc8\xb3\xe7", "latin1"),
      Buffer.from("안녕하세요").subarray(0, 5),
    ],
    check(bytes) {
      const text = decodeText(bytes, guessEncoding(bytes));
      const utf16 = decodeUtf16(bytes, true);
      claim((utf16?.length ?? 0) * 2 < bytes.length + 2, "no letter is made up", utf16);
      // ASCII is the same in all of them, so that a line stays a line of the same words.
      const isAscii = bytes.every((byte) => byte < 0x80);
      if (isAscii) same(text, Buffer.from(bytes).toString("latin1"), "ASCII stays");
      claim(
        text.split("\n").length <= Buffer.from(bytes).toString("latin1").split("\n").length,
        "no line more",
        text,
      );
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/protocol/account-id.ts parseAccountId",
      "lib/protocol/fingerprint.ts parseFingerprintDigits",
      "lib/protocol/search-terms.ts parseSearchTerms",
    ],
    examples: ["a1b2c3d4e5f6g7h2", "~mina", "ab:cd 01 23", '점심 "green tea" --', '"'],
    check(text) {
      const id = parseAccountId(text);
      if (id !== null) same(parseAccountId(id), id, "an id is read as written");
      claim(
        !/[\s:]/.test(parseFingerprintDigits(text)),
        "digits of a fingerprint have no separators",
        text,
      );
      const terms = parseSearchTerms(text);
      claim(
        terms === null || terms.every((term) => term.trim() === term && term !== ""),
        "terms",
        terms,
      );
    },
  },
  {
    kind: "text",
    parsers: ["lib/protocol/opaque-string.ts opaqueString"],
    examples: ["mina-password", "보리차\u3000한 잔", "tea \u200dcup", "नमस्‍ते", "\u00a0x"],
    check(text) {
      const password = opaqueString(text);
      if (password === null) return;
      same(opaqueString(password), password, "a prepared password is itself");
      same(mapPassword(password), password, "a prepared password is mapped already");
    },
  },
  {
    kind: "text",
    parsers: [],
    examples: ["a*b?c", "*!*@*", "http://example.org/(a)?b=c.", "@mina: hi 민수야", "안녕 mina,"],
    check(text) {
      // No mask is longer than a line.
      const [mask = "", subject = ""] = text.slice(0, LINE_BYTES_MAX).split(" ");
      same(maskMatcher(mask)(fold(subject)), matchesMask(mask, subject), "both matchers agree");
      claim(matchesMask(mask, mask), "a mask matches itself", mask);
      for (const { start, end, target } of findLinks(text)) {
        claim(start >= 0 && end > start && end <= text.length, "a link lies in its text", text);
        claim(
          /^[a-z]+:\/\//i.test(target) && !/\s/.test(target),
          "a link has a scheme and no spaces",
          target,
        );
      }
      for (const [start, end] of mentionRanges(text, "mina")) {
        claim(start < end && end <= text.length, "a mention lies in its text", text);
      }
      if (text.isWellFormed()) same(splitUtf8(text, 20).join(""), text, "pieces are the whole");
      for (const piece of splitUtf8(text, 20)) claim(utf8Bytes(piece) <= 20, "a piece fits", piece);
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/chat-client/receive/normalize-message.ts normalizeMessage",
      "lib/chat-client/receive/batch-reader.ts BatchReader",
    ],
    examples: LINES,
    check(text, prng) {
      const reader = new BatchReader();
      for (const line of [text, prng.pick(LINES), text]) {
        const message = parseMessage(line);
        if (message === null) continue;
        const normal = normalizeMessage(message);
        same(normalizeMessage(normal), normal, "a normal message stays itself");
        claim(!hasFormatting(textOf(stripFormatting(normal))), "formatting is removed", normal);
        reader.push(normal);
      }
      for (let second = 0; second < 3; second += 1) reader.tick();
    },
  },
  {
    kind: "bytes",
    parsers: ["lib/transport/proxy-header.ts readProxyHeader"],
    examples: [
      Buffer.from("PROXY TCP4 192.0.2.7 198.51.100.1 56324 6697\r\nNICK mina\r\n"),
      Buffer.from("PROXY TCP6 2001:db8::7 2001:db8::1 56324 6697\r\n"),
      Buffer.from("PROXY UNKNOWN\r\n"),
      Buffer.from("0d0a0d0a000d0a515549540a2111000cc0000207c6336401dc041a29", "hex"),
      Buffer.from(`0d0a0d0a000d0a515549540a21210024${"20010db8".padEnd(64, "0")}dc041a29`, "hex"),
    ],
    check(bytes) {
      const header = readProxyHeader(Buffer.from(bytes));
      if (header.kind === "malformed") claimHarmless(header.why, "the reason");
      if (header.kind === "more") claim(bytes.length < 4096, "a header ends", bytes.length);
      if (header.kind !== "header") return;
      claim(header.bytes > 0 && header.bytes <= bytes.length, "a header has a length", header);
      const { address } = header;
      claim(
        address === null || parseNetwork(address) !== null,
        "a header's address is one",
        header,
      );
      same(
        readProxyHeader(Buffer.from(bytes.subarray(0, header.bytes))),
        header,
        "the rest doesn't matter",
      );
    },
  },
];

function textOf({
  verb,
  params,
}: {
  readonly verb: string;
  readonly params: readonly string[];
}): string {
  const hasText = ["PRIVMSG", "NOTICE", "EDIT", "TOPIC"].includes(verb);
  return hasText ? (params.at(-1) ?? "") : "";
}
