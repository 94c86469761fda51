import { replaceConfusables } from "./confusables.ts";
import { scriptProblem } from "./name-scripts.ts";
import { utf8Bytes } from "./utf8.ts";
import { NICK_BYTES_MAX, ROOM_BYTES_MAX } from "./wire/wire-limits.ts";

/**
 * Nicks that no user can have: services, the server, and names that could be mistaken for its
 * owner's. Compared by skeleton. Kept short: `all` would also refuse Ali, and many clients take
 * their first nick from the local log-in, which in a container is `root`.
 */
export const RESERVED = [
  ..."NickServ ChanServ HistServ HostServ MemoServ OperServ BotServ SaslServ Global".split(" "),
  ..."server system admin administrator sodam everyone anonymous".split(" "),
  ..."서버 시스템 관리자 운영자 소담".split(" "),
] as const;
const NICK = /^[\p{L}\p{N}_[\]\\`^{}|-][\p{L}\p{M}\p{N}_[\]\\`^{}|-]*$/u;
/** Not allowed in a room's name; \p{C} covers controls, unassigned and private-use characters. */
const ROOM_REFUSED = /[\p{C}\p{Z},:*?!@]/u;
/**
 * Characters that draw nothing: format characters, fillers, separators other than the plain space,
 * Braille's empty pattern, a note without a head. Unassigned ones, which nobody can judge, are no letters.
 */
const INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cf}\p{Zl}\p{Zp}\u2800\ufffc\u{1d159}]|(?! )\p{Zs}/u;
/** Signs that join the letters around them, and are not seen by themselves. */
const JOINING_SIGN = /[\u1039\u17d2\u1a60\u2d7f\uaaf6\u{11133}\u{1107f}]/u;
const JOINED = /(?<=[\p{L}\p{M}])[\u1039\u17d2\u1a60\u2d7f\uaaf6\u{11133}](?=\p{L})/gu;
/**
 * Parts of Hangul syllables that NFC could not compose; ㅋ and ㅠ by themselves are other characters.
 */
const JAMO = /[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/;
/** Marks stacked on one letter until they cover the lines above (no script needs five), or twice the same. */
const STACKED_MARKS = /\p{M}{5}|(\p{Mn})\1/u;
/** A mark on no letter, one that draws a frame, and one on Hangul or Han, where fonts have no place for it. */
const MISPLACED_MARK = /(?<![\p{L}\p{M}])\p{M}|\p{Me}|(?<=[\p{scx=Hangul}\p{scx=Han}])\p{M}/u;
/**
 * Marks for letters of any script that no orthography of today has, many of which few fonts draw: of UTS 39's
 * "recommended" ones all are left but the strokes through a letter, and those of Taiwanese and Yoruba are added.
 */
const RARE_MARK =
  /(?![\u0300-\u0304\u0306-\u030d\u030f-\u0311\u0313\u0314\u031b\u0323-\u0329\u032d\u032e\u0330\u0331\u0339\u0342\u0345\u0358])(?=\p{M})[\p{scx=Inherited}\p{scx=Common}\p{scx=Latin}]/u;
/**
 * Numerals that count as no digits (counting rods 𝍩, ❶, Roman ↀ, Suzhou 〢; not 〇, the zero), and modifier letters
 * such as ˈ and ˍ, but for the apostrophes of Hawaiian and Ukrainian and the tones of Bopomofo.
 */
const RARE_SIGN =
  /(?!\u3007)\p{Nl}|(?=\p{No})[\p{scx=Common}\p{scx=Han}]|(?![\u02bb\u02bc])(?<!\p{Script=Bopomofo})(?=\p{Lm})[\p{scx=Common}\p{scx=Latin}]/u;
/** What stretches the line between two letters, and isn't seen by itself. */
const STRETCHING = /[\u0640\u07fa\u0883-\u0885\u180a]/u;
/**
 * Letters that are another form of one (half or full width, mathematical, circled) look like it, and are
 * no letters of names (UTS 39, "Not_NFKC"), except those of everyday Armenian, Thai, Lao and Tibetan, ㅋ
 * and ㅠ, and Korean's dot ㆍ.
 */
const EVERYDAY_FORMS = /[\u0587\u0e33\u0eb3\u0edc\u0edd\u0f0c\u0f77\u0f79\u3131-\u3163\u318d]/gu;
/**
 * Small letters without a capital: phonetic signs and small capitals (ʟᴏʙʙʏ), which UTS 39 calls technical
 * and has no looks for. Letters of living languages have both, and so have ɛ and ŋ.
 */
const PHONETIC = /(?!\p{Changes_When_Casemapped})\p{Ll}/u;
/** Letters of manuscripts and of transcriptions, as ƿ for w and ꟾ for i. */
const OLD_LETTER =
  /[\u01bf\u01f7\u1efa-\u1eff\ua722-\ua787\ua790-\ua7a9\ua7ba-\ua7ff\u{1df00}-\u{1dfff}]/u;
const NOT_LETTERS = /[^\p{L}\p{M}\p{N}]+/gu;
/** What can stand for a nick or a room on the wire, in names that earlier versions allowed. */
const WIRE_ROOM = /^#[^\p{Cc}\p{Z},:*?!@]+$/u;
const EMOJI = /\p{RGI_Emoji}/gv;
// biome-ignore lint/suspicious/noControlCharactersInRegex: any ASCII text is compared letter by letter
const ASCII = /^[\x00-\x7f]*$/;
const LOOK_ROUNDS_MAX = 6;
const VARIATION = /[\ufe0e\ufe0f]/g;
declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** A user's name in conversations, as it is displayed: NFC, with its case. */
export type Nick = Brand<"Nick">;
/** A room's name with its "#", as it is displayed. */
export type RoomName = Brand<"RoomName">;
/** An account's name, as it is displayed. */
export type AccountName = Brand<"AccountName">;
/**
 * A name under which something is looked up: folded by {@link fold}. The only name type used as a
 * map key.
 */
export type Folded = Brand<"Folded">;
/** The look of a name (UTS 39): two names with the same skeleton can be mistaken for each other. */
export type Skeleton = Brand<"Skeleton">;

/**
 * Why a name is invalid. "letters": it has a character that names can't have. "invisible": a character
 * that isn't displayed, or changes the direction of text. "mixed": it mixes scripts whose letters look
 * alike. "reserved": it is the name of a service, or looks like one.
 */
export type NameProblem = "empty" | "too-long" | "letters" | "invisible" | "mixed" | "reserved";

/**
 * Parses a nick: letters, marks and digits of one script (see name-scripts.ts) and ``- _ [ ] \ ` ^ { }
 * |``, at most NICK_BYTES_MAX bytes in NFC. Returns `null` where {@link nickProblem} returns a problem.
 *
 * @example
 * parseNick("민수") // "민수"
 * parseNick("a b") // null
 */
export function parseNick(text: string): Nick | null {
  return nickProblem(text) === null ? (text.normalize("NFC") as Nick) : null;
}

/**
 * Parses an account's name. The rules are a nick's, so that every account's name can be used as a
 * nick.
 */
export function parseAccount(text: string): AccountName | null {
  return accountProblem(text) === null ? (text.normalize("NFC") as AccountName) : null;
}

/**
 * Parses the nick of a user who may exist, by the rules of every version: an account that was made under
 * earlier ones keeps its name.
 */
export function parseExistingNick(text: string): Nick | null {
  const name = text.normalize("NFC");
  return NICK.test(name) && utf8Bytes(name) <= NICK_BYTES_MAX ? (name as Nick) : null;
}

/** Parses the name that an account may have or have had, as {@link parseExistingNick} does. */
export function parseExistingAccount(text: string): AccountName | null {
  return parseExistingNick(text) as string | null as AccountName | null;
}

/**
 * Parses the name of a room that may exist, by the rules of every version; a new one by {@link
 * parseRoomName}.
 */
export function parseExistingRoomName(text: string): RoomName | null {
  const name = text.normalize("NFC");
  return WIRE_ROOM.test(name) && utf8Bytes(name) <= ROOM_BYTES_MAX ? (name as RoomName) : null;
}

/**
 * Parses a room's name: "#" and any visible characters (emoji, too) except space and `, : * ? ! @`, at
 * most ROOM_BYTES_MAX bytes in NFC, with letters as in a nick. Returns `null` where {@link
 * roomNameProblem} returns a problem.
 */
export function parseRoomName(text: string): RoomName | null {
  return roomNameProblem(text) === null ? (text.normalize("NFC") as RoomName) : null;
}

/** Converts an account's name to a nick: every account's name is a valid one. */
export function nickFromAccount(account: AccountName): Nick {
  return account as string as Nick;
}

/** Returns whether a message's target is a room, valid or not: it begins with "#". */
export function isRoomName(target: string): boolean {
  return target.charCodeAt(0) === 0x23;
}

/**
 * Returns why a text is no valid nick, or `null` if it is one: the rule behind {@link parseNick},
 * for telling a user.
 */
export function nickProblem(text: string): NameProblem | null {
  const name = text.normalize("NFC");
  if (name === "") return "empty";
  if (utf8Bytes(name) > NICK_BYTES_MAX) return "too-long";
  if (INVISIBLE.test(name)) return "invisible";
  if (!NICK.test(name)) return "letters";
  return letterProblem(name) ?? (reservedSkeletons().has(skeleton(name)) ? "reserved" : null);
}

/** Returns why a text is no valid account name, or `null` if it is one. */
export function accountProblem(text: string): NameProblem | null {
  return nickProblem(text);
}

/** Returns why a text, with its "#", is no valid room name, or `null` if it is one. */
export function roomNameProblem(text: string): NameProblem | null {
  const name = text.normalize("NFC");
  if (name === "" || name === "#") return "empty";
  if (utf8Bytes(name) > ROOM_BYTES_MAX) return "too-long";
  // Emoji may contain characters that are invisible elsewhere. (Their pattern takes 14 ms to
  // compile, so it isn't used before a name needs it.) The # at the start belongs to none.
  const bare = INVISIBLE.test(name) ? name[0] + name.slice(1).replace(EMOJI, "") : name;
  if (INVISIBLE.test(bare)) return "invisible";
  if (!isRoomName(name) || ROOM_REFUSED.test(bare)) return "letters";
  return letterProblem(bare);
}

/** The rules of letters that all kinds of names share. */
function letterProblem(name: string): NameProblem | null {
  if (isPlain(name)) return null;
  if (JOINING_SIGN.test(name.replace(JOINED, ""))) return "invisible";
  if (JAMO.test(name) || STACKED_MARKS.test(name.normalize("NFD"))) return "letters";
  const rules = [MISPLACED_MARK, RARE_MARK, RARE_SIGN, STRETCHING, OLD_LETTER];
  if (rules.some((rule) => rule.test(name))) return "letters";
  const letters = name.replace(NOT_LETTERS, "").replace(EVERYDAY_FORMS, "");
  if (letters !== letters.normalize("NFKC") || PHONETIC.test(letters)) return "letters";
  return scriptProblem(name);
}

/**
 * Folds a name for lookup: NFC, without case; an emoji with and without U+FE0F is the same. Accepts
 * any text, also invalid names. Idempotent.
 *
 * @example fold("Straße") === fold("STRASSE") // true
 */
export function fold(name: string): Folded {
  if (isPlain(name)) return name.toLowerCase() as Folded;
  let folded = "";
  // Letter by letter, since the lower case of Σ depends on its neighbours. Lower, upper, lower,
  // since ẞ and ß are only equal as SS.
  for (const letter of name.normalize("NFD").replace(VARIATION, "")) {
    folded += letter.toLowerCase().toUpperCase().toLowerCase();
  }
  return folded.normalize("NFC") as Folded;
}

/**
 * Returns a name's look: confusable letters (UTS 39) are replaced by one of them, and case is ignored
 * afterwards, since ТЕА in Cyrillic capitals looks like tea, and теа doesn't. Composed Hangul syllables
 * are unchanged, single and halfwidth jamo are one letter. Only for comparing; never displayed.
 *
 * @example skeleton("bar1") === skeleton("barl") // true
 */
export function skeleton(name: string): Skeleton {
  if (!ASCII.test(name)) return lookOf(name);
  const folded = fold(name);
  // Most names are ASCII, and a new one may be compared with a hundred thousand.
  const looks = asciiLooks();
  let look = "";
  for (let i = 0; i < folded.length; i += 1) look += looks[folded.charCodeAt(i)];
  return look as Skeleton;
}

/** Replaces confusable letters until nothing changes. */
function lookOf(name: string): Skeleton {
  let current = name.normalize("NFC");
  for (let round = 0; round < LOOK_ROUNDS_MAX; round += 1) {
    const next = fold(replaceConfusables(current));
    if (next === current) break;
    current = next;
  }
  return current as Skeleton;
}

const asciiLooks = once(() =>
  Array.from({ length: 0x80 }, (_, code) => lookOf(String.fromCharCode(code))),
);

const reservedSkeletons = once((): ReadonlySet<Skeleton> => new Set(RESERVED.map(skeleton)));

/** Returns a function that calls `create` once, when it is first called, and returns its value. */
function once<Value>(create: () => Value): () => Value {
  let value: Value | null = null;
  return () => {
    value ??= create();
    return value;
  };
}

/**
 * Whether a text is ASCII and composed Hangul syllables, as most are: folding them only
 * lower-cases.
 */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80 && (unit < 0xac00 || unit > 0xd7a3)) return false;
  }
  return true;
}
