import { utf8Bytes } from "./utf8.ts";
import { NICK_BYTES_MAX, ROOM_BYTES_MAX } from "./wire/wire-limits.ts";

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

/** A person's name in the conversation, as it is shown: NFC, its case kept. */
export type Nick = Brand<"Nick">;
/** A room's name with its '#', as it is shown. */
export type RoomName = Brand<"RoomName">;
/** The name that somebody signed up under, as it is shown. */
export type AccountName = Brand<"AccountName">;
/** A name as it is looked up: the only kind that is a map's key. */
export type Folded = Brand<"Folded">;
/** What a name looks like: two names of one skeleton can be mistaken for each other. */
export type Skeleton = Brand<"Skeleton">;

/**
 * Why a name can't be had. `letters`: one that may not be in a name. `invisible`: one that isn't
 * seen, or turns the writing. `mixed`: one word out of two of the Latin, Cyrillic and Greek
 * alphabets, which look alike. `reserved`: it is a service's, or looks like one.
 */
export type NameProblem = "empty" | "too-long" | "letters" | "invisible" | "mixed" | "reserved";

/**
 * A nick: letters, marks and digits of any script and ``- _ [ ] \ ` ^ { } |``, at most
 * NICK_BYTES_MAX bytes in NFC. `null` when `nickProblem` names a problem.
 *
 *     parseNick("민수") // "민수"
 *     parseNick("a b") // null
 */
export function parseNick(text: string): Nick | null {
  return nickProblem(text) === null ? (text.normalize("NFC") as Nick) : null;
}

/** An account's name: the same rules as a nick's, so that everybody can be called by theirs. */
export function parseAccount(text: string): AccountName | null {
  return accountProblem(text) === null ? (text.normalize("NFC") as AccountName) : null;
}

/**
 * A room's name: '#' and anything visible (emoji, too) but space and `, : * ? ! @`, at most
 * ROOM_BYTES_MAX bytes in NFC. `null` when `roomNameProblem` names a problem.
 */
export function parseRoomName(text: string): RoomName | null {
  return roomNameProblem(text) === null ? (text.normalize("NFC") as RoomName) : null;
}

/** Every account's name is a valid nick. */
export function nickFromAccount(account: AccountName): Nick {
  return account as string as Nick;
}

/** Whether a message's target means a room, well-formed or not: it begins with '#'. */
export function isRoomName(target: string): boolean {
  return target.charCodeAt(0) === 0x23;
}

/** Why this can't be a nick, or `null`: the rule behind {@link parseNick}, for who tells a person. */
export function nickProblem(text: string): NameProblem | null {
  const name = text.normalize("NFC");
  if (name === "") return "empty";
  if (utf8Bytes(name) > NICK_BYTES_MAX) return "too-long";
  if (INVISIBLE.test(name)) return "invisible";
  if (!NICK.test(name) || JAMO.test(name) || STACKED.test(name)) return "letters";
  if (mixesAlphabets(name)) return "mixed";
  return reservedLooks().has(skeleton(name)) ? "reserved" : null;
}

/** The same of an account's name: each can be worn as a nick. */
export function accountProblem(text: string): NameProblem | null {
  return nickProblem(text);
}

/** Why this can't be a room's name, its `#` included, or `null`. */
export function roomNameProblem(text: string): NameProblem | null {
  const name = text.normalize("NFC");
  if (name === "" || name === "#") return "empty";
  if (utf8Bytes(name) > ROOM_BYTES_MAX) return "too-long";
  // An emoji may be joined by letters that are invisible anywhere else. (Its pattern takes 14 ms to
  // load, so it waits until somebody uses one.)
  const bare = INVISIBLE.test(name) ? name.replace(EMOJI, "") : name;
  if (INVISIBLE.test(bare)) return "invisible";
  if (!isRoomName(name) || ROOM_REFUSED.test(bare)) return "letters";
  if (JAMO.test(bare) || STACKED.test(bare)) return "letters";
  return mixesAlphabets(bare) ? "mixed" : null;
}

/**
 * The name under which something is found: NFC, without case. Any text may be folded, also one that
 * is no valid name. Folding twice changes nothing. Emoji with and without their U+FE0F are one.
 *
 *     fold("Straße") === fold("STRASSE")
 */
export function fold(name: string): Folded {
  if (isPlain(name)) return name.toLowerCase() as Folded;
  let folded = "";
  // Letter by letter, for the lower case of Σ hangs on its neighbours. Both ways, since ẞ and ß
  // meet only as SS.
  for (const letter of name.normalize("NFD").replace(VARIATION, "")) {
    folded += letter.toLowerCase().toUpperCase().toLowerCase();
  }
  return folded.normalize("NFC") as Folded;
}

/**
 * What a name looks like, without case: the confusable letters of Unicode's table (UTS 39) are
 * replaced by one of them. `i` counts as `l`, since a capital I looks like one. Hangul stays as it
 * is. For comparing only; it is never shown.
 *
 *     skeleton("bar1") === skeleton("barl")
 */
export function skeleton(name: string): Skeleton {
  return fold(name)
    .split(HANGUL)
    .map((part, i) => (i % 2 === 1 ? part : look(part)))
    .join("") as Skeleton;
}

/**
 * Nobody's nick: services that people write to, the server, and who could be taken for its owner.
 * Compared by what they look like. Kept short: `all` would also refuse Ali, and many a client takes its first
 * nick from the login on its machine, which in a container is `root`.
 */
export const RESERVED = [
  ..."NickServ ChanServ HistServ HostServ MemoServ OperServ BotServ SaslServ Global".split(" "),
  ..."server system admin administrator sodam everyone anonymous".split(" "),
  ..."서버 시스템 관리자 운영자 소담".split(" "),
] as const;

const NICK = /^[\p{L}\p{N}_[\]\\`^{}|-][\p{L}\p{M}\p{N}_[\]\\`^{}|-]*$/u;
/** What a room's name may not have; controls, unassigned and private letters come with \p{C}. */
const ROOM_REFUSED = /[\p{C}\p{Z},:*?!@]/u;
/** Format letters, fillers, separators that aren't the plain space, and Braille's empty pattern. */
const INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cf}\p{Zl}\p{Zp}\u2800]|(?! )\p{Zs}/u;
/** Parts of Hangul syllables that NFC could not join; ㅋ and ㅠ by themselves are other letters. */
const JAMO = /[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/;
/** Marks piled upon one letter until they cover the lines above. No writing needs five. */
const STACKED = /\p{M}{5}/u;
const EMOJI = /\p{RGI_Emoji}/gv;
const VARIATION = /[\ufe0e\ufe0f]/g;
const HANGUL = /(\p{Script=Hangul}+)/u;
const WORDS = /[\p{L}\p{M}\p{N}]+/gu;
const ALPHABETS = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];

/**
 * The table alone: the package's own function is one pattern of 6311 branches, which took 70 ms to
 * load and 20 µs a letter. It takes 19 ms itself, a seventh of what a client loads, so it waits for the
 * first name that is looked at.
 */
const looks = once((): ReadonlyMap<string, string> => {
  const table: Readonly<Record<string, string>> = require("unhomoglyph/data.json");
  return new Map(Object.entries(table));
});

const reservedLooks = once((): ReadonlySet<Skeleton> => new Set(RESERVED.map(skeleton)));

/** What `make` makes, made when it is first asked for. */
function once<Value>(make: () => Value): () => Value {
  let made: Value | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

function mixesAlphabets(name: string): boolean {
  if (isPlain(name)) return false;
  for (const [word] of name.matchAll(WORDS)) {
    if (ALPHABETS.filter((alphabet) => alphabet.test(word)).length > 1) return true;
  }
  return false;
}

/** ASCII and whole Hangul syllables: their lower case is all that folding does, and they are most. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80 && (unit < 0xac00 || unit > 0xd7a3)) return false;
  }
  return true;
}

/** One letter may lead to another by way of its lower case, so until nothing changes. */
function look(text: string): string {
  const table = looks();
  let seen = text;
  for (let round = 0; round < 4; round += 1) {
    let next = "";
    for (const letter of seen.normalize("NFKD")) next += table.get(letter) ?? letter;
    next = fold(next).replaceAll("i", "l");
    if (next === seen) break;
    seen = next;
  }
  return seen;
}
