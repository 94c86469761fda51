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
 * Format characters, fillers, separators other than the plain space, and Braille's empty pattern.
 */
const INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cf}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}/u;
/**
 * Parts of Hangul syllables that NFC could not compose; ㅋ and ㅠ by themselves are other characters.
 */
const JAMO = /[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/;
/** Marks stacked on one letter until they cover the lines above. No script needs five. */
const STACKED_MARKS = /\p{M}{5}/u;
const EMOJI = /\p{RGI_Emoji}/gv;
const VARIATION = /[\ufe0e\ufe0f]/g;
const HANGUL = /(\p{Script=Hangul}+)/u;
const WORDS = /[\p{L}\p{M}\p{N}]+/gu;
const ALPHABETS = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

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
 * Why a name is invalid. "letters": it has a character that names can't have. "invisible": a
 * character that isn't displayed, or changes the direction of text. "mixed": one word mixes the
 * Latin, Cyrillic and Greek alphabets, which look alike. "reserved": it is the name of a service,
 * or looks like one.
 */
export type NameProblem = "empty" | "too-long" | "letters" | "invisible" | "mixed" | "reserved";

/**
 * Parses a nick: letters, marks and digits of any script and ``- _ [ ] \ ` ^ { } |``, at most
 * NICK_BYTES_MAX bytes in NFC. Returns `null` where {@link nickProblem} returns a problem.
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
 * Parses a room's name: "#" and any visible characters (emoji, too) except space and `, : * ? ! @`,
 * at most ROOM_BYTES_MAX bytes in NFC. Returns `null` where {@link roomNameProblem} returns a
 * problem.
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
  if (!NICK.test(name) || JAMO.test(name) || STACKED_MARKS.test(name)) return "letters";
  if (mixesAlphabets(name)) return "mixed";
  return reservedSkeletons().has(skeleton(name)) ? "reserved" : null;
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
  // compile, so it isn't used before a name needs it.)
  const bare = INVISIBLE.test(name) ? name.replace(EMOJI, "") : name;
  if (INVISIBLE.test(bare)) return "invisible";
  if (!isRoomName(name) || ROOM_REFUSED.test(bare)) return "letters";
  if (JAMO.test(bare) || STACKED_MARKS.test(bare)) return "letters";
  return mixesAlphabets(bare) ? "mixed" : null;
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
 * Returns a name's look, without case: confusable letters (UTS 39) are replaced by one of
 * them. `i` counts as `l`, since a capital I looks like one. Hangul is unchanged. Only for
 * comparing; never displayed.
 *
 * @example skeleton("bar1") === skeleton("barl") // true
 */
export function skeleton(name: string): Skeleton {
  return fold(name)
    .split(HANGUL)
    .map((script, index) => (index % 2 === 1 ? script : replaceConfusables(script)))
    .join("") as Skeleton;
}

/**
 * Loads the package's table only: its own function is one pattern of 6311 branches, which took 70
 * ms to load and 20 µs a letter. The table takes 19 ms, a seventh of what a client loads at its
 * start, so it is loaded for the first name that needs it.
 */
const confusableTable = once((): ReadonlyMap<string, string> => {
  const table: Readonly<Record<string, string>> = require("unhomoglyph/data.json");
  return new Map(Object.entries(table));
});

const reservedSkeletons = once((): ReadonlySet<Skeleton> => new Set(RESERVED.map(skeleton)));

/** Returns a function that calls `create` once, when it is first called, and returns its value. */
function once<Value>(create: () => Value): () => Value {
  let value: Value | null = null;
  return () => {
    value ??= create();
    return value;
  };
}

function mixesAlphabets(name: string): boolean {
  if (isPlain(name)) return false;
  for (const [word] of name.matchAll(WORDS)) {
    if (ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1) return true;
  }
  return false;
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

/**
 * Replaces confusable letters until nothing changes: the lower case of a replacement may be
 * confusable itself.
 */
function replaceConfusables(text: string): string {
  const confusables = confusableTable();
  let current = text;
  for (let round = 0; round < 4; round += 1) {
    let next = "";
    for (const letter of current.normalize("NFKD")) next += confusables.get(letter) ?? letter;
    next = fold(next).replaceAll("i", "l");
    if (next === current) break;
    current = next;
  }
  return current;
}
