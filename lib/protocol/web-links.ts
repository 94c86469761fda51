import { asciiHost } from "./address.ts";
import { endOfParticles, endsInConsonant, isLoneJamo, isSyllable } from "./particle-chain.ts";

/** A web address in a text. */
interface WebLink {
  /** [start, end) in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  /** The address in printable ASCII: its host in Punycode, everything else percent-encoded. */
  readonly target: string;
}

const SCHEME = /https?:\/\//gi;
/**
 * Never in an address: spaces, controls and invisible characters, and the signs that stand for them on the
 * screen; emoji, quotation marks, brackets and full stops; what URLs exclude.
 */
const OUTSIDE =
  /[\s\p{C}\p{Extended_Pictographic}\u2400-\u2421\ufffd<>"`\\“”„‟‘’‚‛«»‹›、。，．！？：；…「」『』【】《》〈〉〔〕（）［］｛｝｢｣]/u;
const OPENING = "([{";
/** Brackets open at once. Where more are never closed, looking for their ends would take the square of the length. */
const OPENED_MAX = 8;
const CLOSING = ")]}";
/** Punctuation and signs of any script, and the ASCII ones that no address ends in. */
const TRAILING = /^(?:[.,:;!?'*~^|]|(?![!-~])[\p{P}\p{S}])$/u;
/** Begins another address, unless the first has a query, which may hold one. */
const NEXT_LINK = /[,;|]https?:\/\//iy;
/** Behind a run of Hangul these carry on the address: then the run is no particle. */
const CARRIES_ON = /[/%=&#+]|[.?:~_-][A-Za-z0-9]/y;
const CJK = /^[\p{sc=Hangul}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/u;
const HOST_END = /[/?#]/;
/** The top-level domains in Hangul. A particle may follow them directly. */
const HANGUL_TOP_LEVEL = /\.(?:한국|삼성|닷컴|닷넷)(?=[^.]*$)/u;
/** Particles that are no word, nor the end of one. */
const PARTICLES =
  "(?:에서|에게서?|한테서?|께서|까지|부터|입니다|이에요|예요|인데)(?:는|도|만|요|의)?";
const PARTICLE_AFTER_HANGUL = new RegExp(`(?<=[가-힣]{2})${PARTICLES}$`, "u");
const PARTICLE_AFTER_SEPARATOR = new RegExp(
  `^(?:${PARTICLES}|[을를는에]|에[는도만]|으로[는도]?)$`,
  "u",
);
/** Those that fit the syllable before them, as the end of a word doesn't: 마을 and 고양이 stay whole. */
const AFTER_VOWEL = /(?<=[가-힣]{2})[는를]$/u;
const AFTER_CONSONANT = /(?<=[가-힣]{2})[은을]$/u;
/** Begins a part of a path or of a name: a word, seldom a particle. */
const SEPARATOR = /[/._:-]/;
/** Begins a value, which may be any text. */
const VALUE_START = /[?#&=]/;

/**
 * Finds the web addresses of a text, in order. Korean particles that follow one without a space are left out:
 * Hangul after an ASCII letter or digit, or after the first slash, counts as such if it is made of particles
 * alone. Hangul after another separator (wiki/서울) belongs to the address, except for a particle at its end
 * that no word ends in. Brackets and quotes balance, and no address ends in punctuation.
 *
 * @example findLinks("https://ci.example/412에서 봐요") // [{ start: 0, end: 22, target: "https://ci.example/412" }]
 */
export function findLinks(text: string): WebLink[] {
  const links: WebLink[] = [];
  if (!text.includes("://")) return links;
  SCHEME.lastIndex = 0;
  for (let match = SCHEME.exec(text); match !== null; match = SCHEME.exec(text)) {
    const start = match.index;
    const hostStart = start + match[0].length;
    const end = endOfLink(text, start, hostStart);
    if (end <= hostStart) continue;
    const target = linkTarget(text.slice(start, end));
    if (target !== null) links.push({ start, end, target });
    SCHEME.lastIndex = end;
  }
  return links;
}

/** Returns the text with spaces in place of its links; as long as before. */
export function maskLinks(text: string): string {
  let masked = "";
  let end = 0;
  for (const link of findLinks(text)) {
    masked += text.slice(end, link.start) + " ".repeat(link.end - link.start);
    end = link.end;
  }
  return end === 0 ? text : masked + text.slice(end);
}

function endOfLink(text: string, start: number, hostStart: number): number {
  const isQuoted = text[start - 1] === "'";
  const opened: number[] = [];
  let isHost = true;
  let hasQuery = false;
  let index = hostStart;
  while (index < text.length) {
    if (isAlphanumeric(text.charCodeAt(index))) {
      index += 1;
      continue;
    }
    const letter = String.fromCodePoint(text.codePointAt(index) ?? 0);
    if (OUTSIDE.test(letter) || (isQuoted && letter === "'")) break;
    if (letter === "?") hasQuery = true;
    NEXT_LINK.lastIndex = index;
    if (!hasQuery && NEXT_LINK.test(text)) break;
    if (HOST_END.test(letter)) isHost = false;
    if (OPENING.includes(letter)) {
      if (isAside(text, index) || opened.length >= OPENED_MAX) break;
      opened.push(index);
    } else if (CLOSING.includes(letter)) {
      const opening = text[opened.pop() ?? -1];
      if (opening === undefined || OPENING.indexOf(opening) !== CLOSING.indexOf(letter)) break;
    } else if (letter > "\x7f") {
      const wordEnd = endOfWord(text, index);
      if (isJoined(text, hostStart, index, wordEnd, isHost)) break;
      index = wordEnd - particleLength(text, hostStart, index, wordEnd, isHost);
      if (index < wordEnd) break;
      continue;
    }
    index += letter.length;
  }
  return withoutTrailing(
    text,
    hostStart,
    opened[0] === undefined ? index : Math.min(index, opened[0]),
  );
}

/** Whether a bracket begins a remark in Hangul: `https://ci.example/412(어제)`. */
function isAside(text: string, index: number): boolean {
  return isAlphanumeric(text.charCodeAt(index - 1)) && isSyllable(text.charCodeAt(index + 1));
}

/** Returns the end of the run of letters of the same kind: Hangul syllables, or others that aren't ASCII. */
function endOfWord(text: string, index: number): number {
  const isHangul = isSyllable(text.charCodeAt(index));
  let end = index;
  while (end < text.length && text.charCodeAt(end) > 0x7f) {
    const letter = String.fromCodePoint(text.codePointAt(end) ?? 0);
    if (isSyllable(text.charCodeAt(end)) !== isHangul || OUTSIDE.test(letter)) break;
    end += letter.length;
  }
  return end;
}

/** Whether letters that aren't ASCII follow the address, and are no part of it. */
function isJoined(
  text: string,
  hostStart: number,
  index: number,
  wordEnd: number,
  isHost: boolean,
): boolean {
  const before = text[index - 1] ?? " ";
  if (index === hostStart || before > "\x7f" || VALUE_START.test(before)) return false;
  CARRIES_ON.lastIndex = wordEnd;
  if (CARRIES_ON.test(text)) return false;
  if (SEPARATOR.test(before) && !isRoot(text, hostStart, index)) {
    return PARTICLE_AFTER_SEPARATOR.test(text.slice(index, wordEnd));
  }
  // No label of a host mixes ASCII with these letters.
  if (isLoneJamo(text.charCodeAt(index)) || (isHost && CJK.test(text.slice(index)))) return true;
  return endOfParticles(text, index, index) !== null;
}

/** Whether an index stands behind the first "/" of a path: what follows is a page or a particle. */
function isRoot(text: string, hostStart: number, index: number): boolean {
  return text[index - 1] === "/" && text.indexOf("/", hostStart) === index - 1;
}

/** Returns the length of the particles at the end of a run of Hangul that belongs to the address. */
function particleLength(
  text: string,
  hostStart: number,
  index: number,
  wordEnd: number,
  isHost: boolean,
): number {
  CARRIES_ON.lastIndex = wordEnd;
  if (CARRIES_ON.test(text)) return 0;
  const domain = isHost ? HANGUL_TOP_LEVEL.exec(text.slice(hostStart, wordEnd)) : null;
  if (domain !== null) {
    const domainEnd = hostStart + domain.index + domain[0].length;
    if (endOfParticles(text, domainEnd, domainEnd) === wordEnd) return wordEnd - domainEnd;
  }
  const word = text.slice(index, wordEnd);
  const isAfterConsonant = endsInConsonant(word.charCodeAt(word.length - 2));
  if ((isAfterConsonant ? AFTER_CONSONANT : AFTER_VOWEL).test(word)) return 1;
  return PARTICLE_AFTER_HANGUL.exec(word)?.[0].length ?? 0;
}

/** Goes back letter by letter: an expression with `$` would try at each letter of a run that it doesn't end in. */
function withoutTrailing(text: string, hostStart: number, end: number): number {
  let last = end;
  while (last > hostStart) {
    const isPair = /[\udc00-\udfff]/.test(text.charAt(last - 1));
    const letter = text.slice(Math.max(hostStart, last - (isPair ? 2 : 1)), last);
    if (!TRAILING.test(letter)) break;
    last -= letter.length;
  }
  return last;
}

/** Returns an address in printable ASCII; null if its host is invalid. */
function linkTarget(address: string): string | null {
  const [, scheme = "", userinfo = "", host = "", port = "", rest = ""] =
    /^(https?:\/\/)([^/?#]*@)?([^/?#]*?)(:\d*)?([/?#].*)?$/isu.exec(address) ?? [];
  const hostname = isAscii(host) ? host : asciiHost(host);
  return hostname === ""
    ? null
    : `${scheme.toLowerCase()}${encode(userinfo)}${hostname}${port}${encode(rest)}`;
}

function encode(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[^!-~]+/gu, (letters) => encodeURIComponent(letters.toWellFormed()));
}

function isAlphanumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

function isAscii(text: string): boolean {
  return /^[!-~]*$/.test(text);
}
