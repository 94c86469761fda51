/**
 * NickServ and ChanServ of our server in Korean. They speak English to every client, in sentences without a code, so a
 * sentence is recognized by its text.
 */
import { KOREAN_CHANSERV_SENTENCES } from "./chanserv-sentences.ts";
import { koreanDuration } from "./date-format.ts";
import { KOREAN_NICKSERV_SENTENCES } from "./nickserv-sentences.ts";
import { type Particle, particle } from "./particles.ts";

/** What the server counts, by the English singular, around the number. */
const COUNTED: Readonly<Record<string, (count: string) => string>> = {
  account: (count) => `계정 ${count}개`,
  connection: (count) => `연결 ${count}개`,
  second: (count) => `${count}초`,
  session: (count) => `접속 ${count}개`,
};

/** The parameters of the usages. */
const PARAMETERS: Readonly<Record<string, string>> = {
  "#room": "#방",
  "#room or nick": "#방 또는 이름",
  "address or *": "주소 또는 *",
  "e-mail or *": "이메일 또는 *",
  "grade or none": "등급 또는 none",
  "new name": "새 이름",
  "new password": "새 비밀번호",
  "nick or mask": "이름 또는 마스크",
  "nick or msgid": "이름 또는 msgid",
  "old password": "지금 비밀번호",
  "seconds, 10m, or OFF": "초, 10m, OFF 가운데 하나",
  account: "계정",
  code: "코드",
  duration: "기간",
  fingerprint: "지문",
  id: "번호",
  invitation: "초대 코드",
  label: "이름표",
  name: "이름",
  nick: "이름",
  number: "개수",
  password: "비밀번호",
  ranks: "등급",
  reason: "이유",
  session: "접속",
  time: "기간",
  word: "말",
};

/** Who reported something and is gone. */
const DELETED = "Somebody whose account was deleted";

const SENTENCES: Readonly<Record<string, string>> = {
  ...KOREAN_NICKSERV_SENTENCES,
  ...KOREAN_CHANSERV_SENTENCES,
};

/** The sentences with placeholders, cut at these. The longest come first: a short one may match a longer sentence too. */
const PATTERNS: readonly (readonly [pieces: readonly string[], korean: string])[] = Object.entries(
  SENTENCES,
)
  .filter(([english]) => english.includes("{}"))
  .sort(([a], [b]) => b.replaceAll("{}", "").length - a.replaceAll("{}", "").length)
  .map(([english, korean]) => [english.split("{}"), korean]);

/** Returns a sentence of our services in Korean, or one that isn't known as it is. */
export function koreanServiceSentence(text: string): string {
  const translated = translate(text);
  if (translated !== null) return translated;
  // Before the sentence of a list's row stand its details: a fingerprint, a token.
  const [, details = "", sentence = ""] = /^(\S.* {2})(\S.*)$/.exec(text) ?? [];
  return details + (translate(sentence) ?? (sentence || text));
}

function translate(sentence: string): string | null {
  if (Object.hasOwn(SENTENCES, sentence)) return SENTENCES[sentence] ?? null;
  for (const [pieces, korean] of PATTERNS) {
    const parts = partsBetween(sentence, pieces);
    if (parts === null) continue;
    return korean.replaceAll(/\{(\d)(?::([^}]+))?\}/g, (_, index, form) =>
      inKorean(parts[Number(index) - 1] ?? "", form),
    );
  }
  return null;
}

/** Returns what stands between the pieces of a sentence, or null if it is another sentence. */
function partsBetween(text: string, [first = "", ...pieces]: readonly string[]): string[] | null {
  if (!text.startsWith(first)) return null;
  const parts: string[] = [];
  let from = first.length;
  for (const [index, piece] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    if (isLast && !text.endsWith(piece)) return null;
    const end = isLast ? text.length - piece.length : text.indexOf(piece, from + 1);
    if (end <= from) return null;
    parts.push(text.slice(from, end));
    from = end + piece.length;
  }
  return parts;
}

function inKorean(part: string, form: string | undefined): string {
  switch (form) {
    case undefined:
      return part === DELETED ? "탈퇴한 사용자" : part;
    case "time":
      return /^\S{19}\.\d+Z$/.test(part) ? `${part.slice(0, 16).replace("T", " ")} UTC` : part;
    case "duration":
      return koreanDuration(part);
    case "count": {
      const [count = "", noun = ""] = part.split(" ");
      return COUNTED[noun.replace(/s$/, "")]?.(count) ?? part;
    }
    case "usage":
      return koreanUsage(part);
    default:
      return particle(part, form as Particle);
  }
}

function koreanUsage(usage: string): string {
  const inBrackets = usage.replaceAll(/<([^<>]+)>/g, (whole, name) =>
    Object.hasOwn(PARAMETERS, name) ? `<${PARAMETERS[name]}>` : whole,
  );
  return inBrackets.replace(", with rooms=", ", 뒤에 rooms=");
}
