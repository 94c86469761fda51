import {
  type CalendarDay,
  type TimeOfDay,
  takeDate,
  takeDateTime,
  takeTime,
} from "./kakaotalk-dates.ts";

/**
 * How the lines of an export are laid out. No file mixes them, so a line in another layout is part of a
 * message's text.
 *
 * - `framed`: `[민수] [오전 10:02] 안녕`, below `--------------- 2026년 11월 22일 일요일 ---------------` (Windows)
 * - `dated`: `2026년 11월 22일 오전 10:02, 민수 : 안녕` (Android), `2026. 11. 22. 오전 10:02, 민수 : 안녕` (iPhone)
 * - `timed`: `오전 10:02, 민수 : 안녕`, below `2026년 11월 22일 일요일` (iPhone, some versions)
 */
export type Layout = "framed" | "dated" | "timed";

/** What a line is, as far as it alone tells. */
export type KakaoTalkLine =
  /** `speech` is "nick : text" where a line has no other mark between them. */
  | {
      readonly kind: "message";
      readonly day: CalendarDay | null;
      readonly time: TimeOfDay;
      readonly speech: string | { readonly nick: string; readonly text: string };
    }
  /** A message of KakaoTalk itself. `isKnown` is false where it may be something else. */
  | { readonly kind: "notice"; readonly isKnown: boolean }
  /** `day` is null when the frame of a day line holds no date that we can read. */
  | { readonly kind: "day"; readonly day: CalendarDay | null }
  | { readonly kind: "text" };

const TEXT = { kind: "text" } as const;
/** A day line takes some 60 letters with its frame. */
const DAY_LINE_LENGTH_MAX = 200;
const TITLE = /카카오톡 대화(?:-\d+\.txt)?$|talk chats(?:$| with )|^talk_\d{4}\..*\.txt$/iu;
const DATE_SAVED = /^(?:저장한 날짜|Date Saved|Saved Date)\s*:/iu;

/** Sentences of KakaoTalk itself about the people in a chat; see {@link isNotice}. */
const NOTICES: readonly RegExp[] = [
  /님이 (?:들어왔습니다|들어오셨습니다|나갔습니다|나가셨습니다|입장했습니다|퇴장했습니다)\.?$/u,
  /님을 (?:초대했습니다|초대하였습니다|내보냈습니다|강제퇴장했습니다)\.?$/u,
  /님이 (?:방장|부방장)이 되(?:었|셨)습니다\.?/u,
  /^(?:운영정책을 위반한 메시지로|채팅방 관리자가 메시지를 가렸습니다|대화 상대가 모두 나갔습니다)/u,
  / (?:has )?(?:joined|left|entered) (?:this|the) (?:chatroom|chat room|chat)\.?$/u,
  / (?:was|has been) (?:removed|kicked)(?: out)? from (?:this|the) (?:chatroom|chat room|chat)\.?$/u,
];
/** English notices that could as well be somebody's sentence. The first group is a name. */
const SHORT_NOTICES: readonly RegExp[] = [
  /^(.{1,80}?) invited .+\.$/u,
  /^(.{1,80}?) (?:left|joined)\.$/u,
];
const DELETED = /^[(<]?(?:삭제된 메시지입니다|This message (?:was|has been) deleted)\.?[)>]?$/u;

/** Returns whether a line stands above the first message: the chat's title, or when it was saved. */
export function isHeading(line: string): boolean {
  return TITLE.test(line) || DATE_SAVED.test(line);
}

/** Returns whether KakaoTalk wrote this text in the place of a message that was deleted. */
export function isDeletedMessage(text: string): boolean {
  return DELETED.test(text);
}

/** Returns whether KakaoTalk itself says this: that people came, left, or were invited. */
export function isNotice(text: string, isSpeaker: (name: string) => boolean): boolean {
  if (NOTICES.some((notice) => notice.test(text))) return true;
  return SHORT_NOTICES.some((notice) => {
    const name = notice.exec(text)?.[1];
    return name !== undefined && isSpeaker(name);
  });
}

/** Reads a line that begins a message, a day, or is a notice. */
export function readLine(line: string): {
  readonly layout: Layout | null;
  readonly entry: KakaoTalkLine;
} {
  const framed = framedDay(line) ?? framedMessage(line);
  if (framed !== null) return { layout: "framed", entry: framed };
  const taken = takeDateTime(line);
  if (taken === null) return { layout: null, entry: TEXT };
  const { day, time } = taken.value;
  const rest = taken.rest.trimEnd();
  if (day !== null && rest === "") return { layout: null, entry: { kind: "day", day } };
  if (time === null) return { layout: null, entry: TEXT };
  const layout = day === null ? "timed" : "dated";
  // The iPhone puts a colon after the time of a notice.
  if (rest.startsWith(": ")) return { layout, entry: { kind: "notice", isKnown: true } };
  if (!rest.startsWith(", ")) return { layout: null, entry: TEXT };
  const speech = taken.rest.slice(2);
  if (/^\s*: /u.test(speech)) return { layout, entry: { kind: "notice", isKnown: true } };
  if (/ :(?: |$)/u.test(speech)) return { layout, entry: { kind: "message", day, time, speech } };
  const isKnown = isNotice(speech, () => true);
  return { layout, entry: { kind: "notice", isKnown } };
}

/**
 * Reads `--------------- 2026년 11월 22일 일요일 ---------------`. A frame of that length around something with a
 * number is a day in a language that we don't know; any other is somebody's ornament.
 */
function framedDay(line: string): KakaoTalkLine | null {
  if (line.length > DAY_LINE_LENGTH_MAX) return null;
  const framed = /^(-{3,})\s*([^-\s].*?)\s*-{3,}\s*$/u.exec(line);
  if (framed === null) return null;
  const [, dashes = "", inner = ""] = framed;
  const date = takeDate(inner);
  if (date !== null && date.rest === "") return { kind: "day", day: date.value };
  return dashes.length >= 10 && /\p{N}/u.test(inner) ? { kind: "day", day: null } : null;
}

/**
 * Reads `[민수] [오전 10:02] 안녕`. A name may have brackets, so it ends where a time follows. KakaoTalk itself has
 * an empty name.
 */
function framedMessage(line: string): KakaoTalkLine | null {
  if (!line.startsWith("[")) return null;
  for (let end = line.indexOf("] [", 0); end >= 0; end = line.indexOf("] [", end + 1)) {
    const time = takeTime(line.slice(end + 3));
    if (time === null || !/^\](?: |$)/u.test(time.rest)) continue;
    const nick = line.slice(1, end);
    if (nick.trim() === "") return { kind: "notice", isKnown: true };
    const speech = { nick, text: time.rest.slice(2) };
    return { kind: "message", day: null, time: time.value, speech };
  }
  return null;
}
