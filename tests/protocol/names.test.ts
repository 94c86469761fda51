import { describe, expect, test } from "bun:test";
import {
  fold,
  isRoomName,
  type NameProblem,
  nickFromAccount,
  nickProblem,
  parseAccount,
  parseExistingNick,
  parseExistingRoomName,
  parseNick,
  parseRoomName,
  RESERVED,
  roomNameProblem,
  skeleton,
} from "../../lib/protocol/names.ts";
import { letters } from "./letters.ts";

const NICKS: [string, NameProblem | null, string][] = [
  ["mina", null, "Latin"],
  ["민수", null, "Hangul"],
  ["민수kim2", null, "Hangul and Latin mix freely"],
  ["さくら子", null, "Kana and Han"],
  ["Мария", null, "Cyrillic alone"],
  ["Ελένη", null, "Greek alone"],
  ["ㅋㅋ", null, "compatibility jamo"],
  ["ㅠㅠ", null, "compatibility vowels"],
  ["नमस्ते", null, "letters with marks"],
  ["José", null, "an accent"],
  ["Jose\u0301", null, "a decomposed accent"],
  ["2pac", null, "a digit in front"],
  ["007", null, "digits alone"],
  ["-_[]\\`^{}|", null, "all signs that are allowed"],
  ["dev-команда", "mixed", "two words, one alphabet each"],
  ["미나tea茶", null, "Hangul, Latin and Han"],
  ["さくらsan花", null, "Kana, Latin and Han"],
  ["ㅋㅋ민수ㅠㅠ", null, "single jamo beside syllables"],
  ["น้ำ", null, "Thai, whose sara am is another form of two letters"],
  ["Սևակ", null, "Armenian, whose և is another form of two letters"],
  ["ᏣᎳᎩ", null, "Cherokee, which people write today"],
  ["ស្រី", null, "Khmer, whose coeng joins two letters"],
  ["فاطمه", null, "Arabic"],
  ["a".repeat(32), null, "32 bytes"],
  ["가".repeat(10), null, "30 bytes"],
  ["\u1100\u1161".repeat(10), null, "60 bytes decomposed are 30 in NFC"],
  ["", "empty", ""],
  ["a".repeat(33), "too-long", "33 bytes"],
  ["가".repeat(11), "too-long", "33 bytes"],
  ["mina kim", "letters", "a space"],
  ["mina.kim", "letters", "a point: that is a server's name"],
  ["mina!u@h", "letters", "a source"],
  ["#tea", "letters", "a room"],
  ["@mina", "letters", "a prefix"],
  ["~mina", "letters", "a prefix"],
  ["mi*a", "letters", "a wildcard"],
  ["mi?a", "letters", "a wildcard"],
  ["a,b", "letters", "two targets"],
  ["$all", "letters", "a server mask"],
  [":mina", "letters", "a colon"],
  ["mi\nna", "letters", "a newline"],
  ["mi\0na", "letters", "a NUL"],
  ["mi\u001bna", "letters", "an escape"],
  ["👍", "letters", "emoji are for rooms"],
  ["\u0301mina", "letters", "a mark without its letter"],
  [`a${"\u0335".repeat(5)}`, "letters", "a pile of marks"],
  ["\u1100", "letters", "a conjoining jamo alone"],
  ["가\u11a8\u11a8", "letters", "a conjoining jamo that NFC leaves"],
  ["\ud800", "letters", "half a surrogate pair"],
  ["\u3164", "invisible", "Hangul filler"],
  ["mina\u3164", "invisible", "Hangul filler behind"],
  ["\u115f", "invisible", "Hangul choseong filler"],
  ["\uffa0", "invisible", "halfwidth Hangul filler"],
  ["mi\u200bna", "invisible", "zero width space"],
  ["mi\u200dna", "invisible", "zero width joiner"],
  ["mina\ufe0f", "invisible", "variation selector"],
  ["mi\u00adna", "invisible", "soft hyphen"],
  ["\u202emina", "invisible", "right-to-left override"],
  ["\u2066mina", "invisible", "an isolate"],
  ["mi\u00a0na", "invisible", "no-break space"],
  ["mi\u3000na", "invisible", "ideographic space"],
  ["mi\u2800na", "invisible", "Braille without points"],
  ["\u{e0061}", "invisible", "a tag letter"],
  ["pau\uffdc", "letters", "a halfwidth vowel like an l"],
  ["\uff4d\uff49na", "letters", "fullwidth letters"],
  ["𝐦ina", "letters", "a mathematical letter"],
  ["ﬁna", "letters", "a ligature"],
  ["\u3165", "letters", "an old compatibility jamo"],
  ["\u{1107f}", "letters", "Brahmi's number joiner"],
  ["mina\u{1107f}", "invisible", "Brahmi's number joiner behind"],
  ["ស\u17d2", "invisible", "a coeng that joins nothing"],
  ["ⵜ\u2d7f", "invisible", "Tifinagh's joiner that joins nothing"],
  ["mina\u2d7f", "invisible", "a joiner behind another script"],
  ["𐤀𐤁", "letters", "Phoenician, which nobody writes today"],
  ["ЅУЅТЕМ", "reserved", "looks like system"],
  ["ʟᴏʙʙʏ", "letters", "small capitals"],
  ["Ŋɛlɔ", null, "Ewe"],
  ["straße", null, "German"],
  ["Ələ", null, "Azerbaijani"],
  ["თამარ", null, "Georgian"],
  ["mina\u0378", "letters", "an unassigned letter"],
  ["e\u0323\u0323", "letters", "twice the same mark"],
  ["민\u0300수", "letters", "an accent on Hangul"],
  ["민수\u302e", "letters", "an old tone mark"],
  ["茶\u0302", "letters", "an accent on Han"],
  ["paul\u20dd", "letters", "a circle around a letter"],
  ["paul\u1dff", "letters", "a mark of phonetics"],
  ["paul\u0363", "letters", "a small letter above"],
  ["paul\u0337", "letters", "a stroke through a letter"],
  ["mina_\u0301", "letters", "an accent on a sign"],
  ["7\u0301", "letters", "an accent on a digit"],
  ["pau𝍩", "letters", "a counting rod"],
  ["team❶", "letters", "a digit in a black circle"],
  ["pau〢", "letters", "a Suzhou numeral"],
  ["b〇b", null, "the zero of Han"],
  ["pauˈ", "letters", "a stress mark"],
  ["aˍb", "letters", "a low line of phonetics"],
  ["ƿaul", "letters", "an old letter for w"],
  ["pauꟾ", "letters", "a long i of inscriptions"],
  ["kaʻiulani", null, "Hawaiian"],
  ["ㄇㄚˊ", null, "Bopomofo with a tone"],
  ["ji̍t-pún", null, "Taiwanese"],
  ["ẹ̀kọ́", null, "Yoruba"],
  ["\u0645\u062d\u0640\u0645\u062f", "letters", "a stretched line of Arabic"],
  ["مُحَمَّد", null, "Arabic with its vowels"],
  ["минаさくら", "mixed", "Cyrillic with Kana"],
  ["민수さくら", "mixed", "Hangul with Kana"],
  ["minaชา", "mixed", "Latin with Thai"],
  ["раураl", "mixed", "Cyrillic with a Latin l"],
  ["аdam", "mixed", "a Cyrillic а"],
  ["minα", "mixed", "a Greek alpha"],
  ["Мαρία", "mixed", "Cyrillic with Greek"],
  ["민수аb", "mixed", "also beside Hangul"],
  ["NickServ", "reserved", "a service"],
  ["nickserv", "reserved", "a service"],
  ["N1ckServ", "reserved", "looks like a service"],
  ["NlckServ", "reserved", "looks like a service"],
  ["root", null, "a login that clients take for a nick, and nobody's office"],
  ["adrnin", "reserved", "looks like admin"],
  ["관리자", "reserved", "the administrator"],
  ["Ali", null, "near no reserved name"],
  ["roots", null, "whole names are compared"],
];

describe("nicks and accounts", () => {
  test.each(NICKS)("%j: %p (%s)", (name, problem) => {
    expect(nickProblem(name)).toBe(problem);
    const nick = problem === null ? name.normalize("NFC") : null;
    expect(parseNick(name) as string | null).toBe(nick);
    expect(parseAccount(name) as string | null).toBe(nick);
  });

  test("every account's name is a valid nick", () => {
    const account = parseAccount("민수");
    expect(account === null ? null : (nickFromAccount(account) as string)).toBe("민수");
  });

  test("every reserved name is refused in every case", () => {
    for (const name of RESERVED) {
      expect(nickProblem(name)).toBe("reserved");
      expect(nickProblem(name.toUpperCase())).toBe("reserved");
    }
  });
});

test("a name that an earlier version allowed can still be said", () => {
  expect(parseExistingNick("dev-команда") as string | null).toBe("dev-команда");
  expect(parseExistingRoomName("#dev-команда") as string | null).toBe("#dev-команда");
  expect(parseExistingRoomName("#👨‍👩‍👧") as string | null).toBe("#👨‍👩‍👧");
  for (const text of ["", "a b", "a,b", "#tea", "@mina", "a".repeat(33), "mi\x1bna"]) {
    expect([text, parseExistingNick(text)]).toEqual([text, null]);
  }
  for (const text of ["", "#", "tea", "#a b", "#a,b", "#a\x07", `#${"a".repeat(64)}`]) {
    expect([text, parseExistingRoomName(text)]).toEqual([text, null]);
  }
});

test("no letter of a name draws nothing, in all of Unicode", () => {
  const invisible = /[\p{Default_Ignorable_Code_Point}\p{C}\p{Z}]/u;
  const passed: string[] = [];
  for (let code = 0x80; code < 0x110000; code += 1) {
    const letter = String.fromCodePoint(code);
    if (invisible.test(letter) && parseNick(`mina${letter}`) !== null) {
      passed.push(code.toString(16));
    }
  }
  expect(passed).toEqual([]);
});

const ROOMS: [string, NameProblem | null, string][] = [
  ["#tea", null, "Latin"],
  ["#수다방", null, "Hangul"],
  ["#ㅋㅋㅋ", null, "compatibility jamo"],
  ["#c++.net/(x)=1", null, "anything visible"],
  ["##", null, "a second #"],
  ["#❤️", null, "an emoji with its variation selector"],
  ["#👨‍👩‍👧", null, "an emoji of three, joined"],
  ["#🇰🇷", null, "a flag"],
  [`#${"a".repeat(63)}`, null, "64 bytes"],
  ["#", "empty", "nothing behind #"],
  ["", "empty", "nothing"],
  [`#${"a".repeat(64)}`, "too-long", "65 bytes"],
  ["tea", "letters", "no #"],
  ["#a b", "letters", "a space"],
  ["#a,b", "letters", "two rooms"],
  ["#a:b", "letters", "a colon"],
  ["#a*", "letters", "a wildcard"],
  ["#a?", "letters", "a wildcard"],
  ["#a!b", "letters", "a source"],
  ["#a@b", "letters", "a source"],
  ["#a\u0007", "letters", "a bell"],
  ["#a\u001b[2J", "letters", "an escape sequence"],
  ["#a\u0085", "letters", "a control of the second row"],
  ["#\ue000", "letters", "a private letter"],
  ["#\u1100", "letters", "a conjoining jamo"],
  ["#a\u200b", "invisible", "zero width space"],
  ["#a\u3164", "invisible", "Hangul filler"],
  ["#a\u202e", "invisible", "right-to-left override"],
  ["#a\u200db", "invisible", "a joiner that joins no emoji"],
  ["#a\u3000b", "invisible", "ideographic space"],
  ["#a\u2028b", "invisible", "line separator"],
  ["#teа", "mixed", "a Cyrillic а"],
  ["#dev-команда", "mixed", "two words, one alphabet each"],
  ["#tea\u{1d159}", "invisible", "a note without a head"],
  ["#tea\u2d7f", "invisible", "a joiner that joins nothing"],
  ["#pau\uffdc", "letters", "a halfwidth vowel like an l"],
  ["#ʟᴏʙʙʏ", "letters", "small capitals"],
  ["#\u0301a", "letters", "a mark without its letter"],
  ["#\ufe0f\u20e3tea", "invisible", "a # in a keycap, which looks like the one at the start"],
  ["#tea\u20e3", "letters", "a frame around a letter"],
  ["#1\ufe0f\u20e3", null, "a digit in a keycap"],
  ["#👍\u0301", "letters", "a mark on an emoji"],
  ["#한국ㆍ일본", null, "Korean's dot"],
  ["#차茶tea🍵", null, "Hangul, Han, Latin and an emoji"],
];
describe("room names", () => {
  test.each(ROOMS)("%j: %p (%s)", (name, problem) => {
    expect(roomNameProblem(name)).toBe(problem);
    const room = problem === null ? name.normalize("NFC") : null;
    expect(parseRoomName(name) as string | null).toBe(room);
  });

  test("a target that begins with # means a room", () => {
    expect(isRoomName("#tea")).toBe(true);
    expect(isRoomName("#")).toBe(true);
    expect(isRoomName("tea")).toBe(false);
    expect(isRoomName("")).toBe(false);
  });
});

/** [one, other, why they are one name] */
const SAME: [string, string, string][] = [
  ["Mina", "mINA", "case"],
  ["Straße", "STRASSE", "ß is ss in capitals"],
  ["STRAẞE", "straße", "the capital ß"],
  ["ΟΔΟΣ", "οδος", "the final sigma"],
  ["οδος", "οδοσ", "the final sigma"],
  ["Jos\u00e9", "JOSE\u0301", "composed and decomposed"],
  ["\u1112\u1161\u11ab", "한", "composed and decomposed Hangul"],
  ["ﬁn", "FIN", "a ligature"],
  ["\u212a", "k", "the Kelvin sign"],
  ["МАРИЯ", "мария", "Cyrillic"],
  ["#❤️", "#❤", "an emoji with and without its variation selector"],
];
const DIFFERENT: [string, string][] = [
  ["mina", "minna"],
  ["민수", "민서"],
  ["e", "é"],
  ["[]", "{}"],
  ["bar1", "barl"],
];
describe("fold", () => {
  test.each(SAME)("%s and %s are one name: %s", (one, other) => {
    expect(fold(one)).toBe(fold(other));
  });
  test.each(DIFFERENT)("%s and %s are two", (one, other) => {
    expect(fold(one)).not.toBe(fold(other));
  });

  test("folding is idempotent and independent of case, for every letter", () => {
    // Behind the second plane there are no letters with case, nor composed ones.
    for (let code = 0; code < 0x3_0000; code += 1) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const letter = String.fromCodePoint(code);
      const folded = fold(letter);
      if (fold(folded) !== folded || fold(letter.toUpperCase()) !== folded) {
        throw new Error(`U+${code.toString(16)}`);
      }
    }
  });

  test("folding is idempotent for any text", () => {
    const random = letters(48);
    for (let i = 0; i < 20_000; i += 1) {
      const text = random(1 + (i % 8));
      const folded = fold(text);
      if (fold(folded) !== folded) throw new Error(JSON.stringify(text));
    }
  });
});

const LOOK_ALIKE: [string, string, string][] = [
  ["bar1", "barl", "1 and l"],
  ["BAR1", "barl", "whatever the case"],
  ["раураӏ", "paypal", "all Cyrillic"],
  ["PayPaI", "paypal", "a capital I"],
  ["ТЕА", "tea", "Cyrillic capitals"],
  ["ΝΙΝΑ", "nina", "Greek capitals"],
  ["ЅУЅТЕМ", "system", "Cyrillic capitals"],
  ["r00t", "root", "0 and o"],
  ["rnina", "mina", "rn and m"],
  ["ｍｉｎａ", "mina", "fullwidth"],
  ["𝐦𝐢𝐧𝐚", "mina", "mathematical bold"],
  ["аdmin", "admin", "a Cyrillic а"],
  ["pau\uffdc", "paul", "a halfwidth vowel"],
  ["pau\u3163", "paul", "a compatibility vowel"],
  ["pau丨", "paul", "a stroke of Han"],
  ["#\uffe8obby", "#lobby", "a halfwidth line"],
  ["ㅇㅇ", "oo", "the consonant that is a circle"],
  ["\uffbb\uffbb", "ㅋㅋ", "halfwidth jamo"],
  ["i\u0307da", "ida", "a second dot on an i"],
  ["m\u0131\u0307na", "mina", "a dotless i with a dot"],
  ["ml\u0307na", "mina", "an l with a dot"],
  ["m\u1ecb\u0307na", "m\u1ecbna", "a second dot above an i with one below"],
  ["adm\u0131\u0307n", "admin", "a dotless i with a dot"],
  ["vvave", "wave", "vv and w"],
  ["ㄴ", "L", "a consonant like a capital"],
  ["ㅜ", "T", "a vowel like a capital"],
  ["ㅏ", "ト", "a vowel and a kana"],
  ["きよう", "きょう", "a small kana"],
  ["オ人", "才人", "a kana like an ideograph"],
  ["peteʀ", "peteR", "a small capital with a capital of its own"],
  ["aㅡb", "a-b", "a vowel like a dash"],
  ["コーヒ", "コ-ヒ", "a long vowel"],
  ["#pau▏", "#paul", "a block like a bar"],
  ["#b○b", "#bob", "a ring"],
  ["ві́нс", "ві́нс".normalize("NFD"), "composed and decomposed"],
];
describe("skeleton", () => {
  test.each(LOOK_ALIKE)("%s looks like %s: %s", (one, other) => {
    expect(skeleton(one)).toBe(skeleton(other));
  });
  test.each(DIFFERENT.slice(0, 3))("%s does not look like %s", (one, other) => {
    expect(skeleton(one)).not.toBe(skeleton(other));
  });
  test.each(["민수", "수다방", "이응", "김치"])("%s is unchanged", (name) => {
    expect(skeleton(name) as string).toBe(name);
  });
  test("is idempotent", () => {
    const random = letters(7);
    for (let i = 0; i < 3000; i += 1) {
      const text = random(1 + (i % 6));
      const seen = skeleton(text);
      if (skeleton(seen) !== seen) {
        throw new Error(JSON.stringify(text));
      }
    }
  });
});
