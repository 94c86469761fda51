import type { Language } from "../../protocol/language.ts";
import { agree, formatCount } from "../../protocol/plural.ts";

/** What the doctor says, in one language. Problems and repairs are sentences without their full stop. */
export interface DoctorWords {
  noFolder: string;
  unreadable(reason: string): string;
  unknownMember(room: string, account: string): string;
  changesMissingAtStart(first: number, folded: number): string;
  changesMissing(number: number, previous: number): string;
  futureDates(count: number, latest: string): string;
  /** A whole sentence. */
  futureAdvice(now: string): string;
  loggedAlone(count: number): string;
  /** A whole sentence. */
  loggedAloneAdvice: string;
  halfLine(bytes: number): string;
  halfLineAfterCrash(bytes: number): string;
  cutOff: string;
  unfinished: string;
  removeUnfinished: string;
  readableByOthers: string;
  makePrivate: string;
  folderMissing(events: number): string;
  damagedLine(line: number): string;
  positionGoesBack(line: number, position: number, previous: number): string;
  positionsMissing(line: number, first: number, last: number): string;
  notText(line: number): string;
  notLater(line: number): string;
  otherDay(line: number, day: string): string;
  endsTooEarly(position: number, expected: number): string;
  sharedMsgid(line: number, firstUse: string): string;
  newMsgid(line: number, firstUse: string): string;
  lineOfDay(line: number, day: string): string;
  deletedTexts(count: number): string;
  removeTexts: string;
  moveLine: string;
  fileMissing: string;
  fileSize(bytes: number, expected: number): string;
  fileHash: string;
  fileUnnamed: string;
  moveFile: string;
  /** Whole sentences, from here on. */
  allGood(data: string): string;
  mended(repair: string): string;
  notMended(reason: string): string;
  cannotMend: string;
  wouldMend(repair: string): string;
  totals(problems: number, mended: number): string;
}

export const ENGLISH_DOCTOR: DoctorWords = {
  noFolder: "there is no such folder",
  unreadable: (reason) => `it cannot be read: ${reason}`,
  unknownMember: (room, account) =>
    `${room} has a member ${account}, and there is no such account; a start leaves them out`,
  changesMissingAtStart: (first, folded) =>
    `it begins with change ${first}, and rooms.json ends at ${folded}: the changes between are missing`,
  changesMissing: (number, previous) =>
    `change ${number} follows ${previous}: the changes between are missing`,
  futureDates: (count, latest) =>
    `${formatCount(count, "date")} ${agree(count, "is", "are")} in the future, up to ${latest}`,
  futureAdvice: (now) =>
    `If this machine's clock is right (${now}), stop the server and run "bun server.ts mend-dates".`,
  loggedAlone: (count) =>
    `it has ${formatCount(count, "change")} that ${agree(count, "isn't", "aren't")} in the other files, as a crash or a full disk leaves it`,
  loggedAloneAdvice: "Leave it there: the next start of the server writes them into the files.",
  halfLine: (bytes) => `it ends in half a line of ${formatCount(bytes, "byte")}`,
  halfLineAfterCrash: (bytes) =>
    `it ends in half a line of ${formatCount(bytes, "byte")}, as a crash or a full disk leaves it`,
  cutOff: "the half line is cut off, as the next start would do",
  unfinished: "it was being written when the server ended",
  removeUnfinished: "it is removed: what it was to replace is whole",
  readableByOthers: "other users of this machine may read it",
  makePrivate: "it becomes readable for its owner alone",
  folderMissing: (events) =>
    `the folder is missing, and there ${agree(events, "was", "were")} ${formatCount(events, "event")} in it`,
  damagedLine: (line) => `line ${line} is damaged`,
  positionGoesBack: (line, position, previous) =>
    `line ${line} has position ${position}, and ${previous} came before it`,
  positionsMissing: (line, first, last) =>
    `before line ${line} position ${first === last ? `${first} is` : `${first} to ${last} are`} missing`,
  notText: (line) => `line ${line} has bytes that are no text (UTF-8)`,
  notLater: (line) => `line ${line} is no later than the one before it`,
  otherDay: (line, day) => `line ${line} belongs to ${day}`,
  endsTooEarly: (position, expected) =>
    `it ends at position ${position}, and there ${agree(expected, "was", "were")} ${expected}`,
  sharedMsgid: (line, firstUse) =>
    `line ${line} has the msgid of ${firstUse}, and a msgid names one line alone`,
  newMsgid: (line, firstUse) =>
    `line ${line} gets a msgid of its own; what names the old one is about ${firstUse}`,
  lineOfDay: (line, day) => `line ${line} of ${day}`,
  deletedTexts: (count) =>
    count === 1
      ? "1 of its messages was deleted, and its text is still there"
      : `${count} of its messages were deleted, and their text is still there`,
  removeTexts: "their text is removed",
  moveLine: "the line is moved to the folder mended",
  fileMissing: "a message has this file, and it isn't there",
  fileSize: (bytes, expected) =>
    `it has ${formatCount(bytes, "byte")}, and ${formatCount(expected, "byte")} were sent`,
  fileHash: "its bytes aren't those that were sent",
  fileUnnamed: "no message has this file",
  moveFile: "the file is moved to the folder mended",
  allGood: (data) => `Everything in ${data} is as it should be.`,
  mended: (repair) => `Mended: ${repair}.`,
  notMended: (reason) => `It could not be mended: ${reason}.`,
  cannotMend: "It can't be mended: restore a backup if you need the lost data.",
  wouldMend: (repair) => `--mend would do this: ${repair}.`,
  totals: (problems, mended) => `${formatCount(problems, "problem")} found, ${mended} mended.`,
};

const KOREAN_DOCTOR: DoctorWords = {
  noFolder: "그런 폴더가 없습니다",
  unreadable: (reason) => `읽을 수 없습니다 (${reason})`,
  unknownMember: (room, account) =>
    `${room} 멤버 중에 없는 계정이 있습니다: ${account}. 서버를 시작하면 빠집니다`,
  changesMissingAtStart: (first, folded) =>
    `변경 ${first}번부터 시작하는데 rooms.json은 ${folded}번에서 끝납니다. 그 사이의 변경이 없습니다`,
  changesMissing: (number, previous) =>
    `변경 ${previous}번 다음이 ${number}번입니다. 그 사이의 변경이 없습니다`,
  futureDates: (count, latest) =>
    `미래의 날짜가 ${count}개 있습니다. 가장 늦은 것은 ${latest}입니다`,
  futureAdvice: (now) =>
    `이 컴퓨터의 시계(${now})가 맞다면 서버를 멈추고 "bun server.ts mend-dates"를 실행하세요.`,
  loggedAlone: (count) =>
    `다른 파일에 없는 변경이 ${count}개 있습니다. 비정상 종료나 가득 찬 디스크 때문입니다`,
  loggedAloneAdvice: "그대로 두세요. 다음에 서버를 시작하면 다른 파일에 기록됩니다.",
  halfLine: (bytes) => `마지막 줄이 중간에 끊겼습니다(${bytes}바이트)`,
  halfLineAfterCrash: (bytes) =>
    `마지막 줄이 중간에 끊겼습니다(${bytes}바이트). 비정상 종료나 가득 찬 디스크 때문입니다`,
  cutOff: "끊긴 줄을 잘라 냅니다. 다음에 서버를 시작할 때도 그렇게 합니다",
  unfinished: "쓰는 도중에 서버가 끝났습니다",
  removeUnfinished: "이 파일을 지웁니다. 바꾸려던 원래 파일은 온전합니다",
  readableByOthers: "이 컴퓨터의 다른 사용자도 읽을 수 있습니다",
  makePrivate: "소유자만 읽을 수 있게 바꿉니다",
  folderMissing: (events) => `폴더가 없습니다. 그 안에 이벤트가 ${events}개 있었습니다`,
  damagedLine: (line) => `${line}번째 줄이 손상되었습니다`,
  positionGoesBack: (line, position, previous) =>
    `${line}번째 줄의 위치는 ${position}인데 바로 앞은 ${previous}입니다`,
  positionsMissing: (line, first, last) =>
    `${line}번째 줄 앞에 위치 ${first === last ? first : `${first}~${last}`}번이 없습니다`,
  notText: (line) => `${line}번째 줄에 글자(UTF-8)가 아닌 바이트가 있습니다`,
  notLater: (line) => `${line}번째 줄의 시각이 앞 줄보다 늦지 않습니다`,
  otherDay: (line, day) => `${line}번째 줄은 ${day} 파일에 있어야 합니다`,
  endsTooEarly: (position, expected) =>
    `위치 ${position}에서 끝나는데 원래는 ${expected}까지 있었습니다`,
  sharedMsgid: (line, firstUse) =>
    `${line}번째 줄의 msgid가 이미 쓰였습니다(${firstUse}). msgid는 한 줄에만 쓸 수 있습니다`,
  newMsgid: (line, firstUse) =>
    `${line}번째 줄에 새 msgid를 줍니다. 옛 msgid를 가리키는 것은 처음 줄(${firstUse})에 대한 것입니다`,
  lineOfDay: (line, day) => `${day}의 ${line}번째 줄`,
  deletedTexts: (count) => `지운 메시지 ${count}개의 내용이 아직 남아 있습니다`,
  removeTexts: "그 내용을 지웁니다",
  moveLine: "그 줄을 mended 폴더로 옮깁니다",
  fileMissing: "메시지에 있는 파일인데 여기에 없습니다",
  fileSize: (bytes, expected) => `${bytes}바이트인데 보낸 것은 ${expected}바이트입니다`,
  fileHash: "내용이 보낸 것과 다릅니다",
  fileUnnamed: "이 파일이 있는 메시지가 없습니다",
  moveFile: "그 파일을 mended 폴더로 옮깁니다",
  allGood: (data) => `모두 정상입니다: ${data}`,
  mended: (repair) => `고쳤습니다: ${repair}.`,
  notMended: (reason) => `고치지 못했습니다: ${reason}.`,
  cannotMend: "고칠 수 없습니다. 잃은 데이터가 필요하면 백업을 되돌리세요.",
  wouldMend: (repair) => `--mend를 붙이면 이렇게 합니다: ${repair}.`,
  totals: (problems, mended) => `문제 ${problems}개 중 ${mended}개를 고쳤습니다.`,
};

/** Returns what the doctor says in a language. */
export function doctorWords(language: Language): DoctorWords {
  return language === "ko" ? KOREAN_DOCTOR : ENGLISH_DOCTOR;
}
