import { FINGERPRINT_END_DIGITS, fingerprintEnd } from "../../protocol/fingerprint.ts";
import type { Language } from "../../protocol/language.ts";
import { formatCount } from "../../protocol/plural.ts";
import { particle } from "../i18n/particles.ts";

/** What pipe commands print to standard error. The English table gives the type of the Korean one. */
const en = {
  noServer: (program: string) => `Which server? Name it first: ${program} HOST send '#room'`,
  noAccount: (program: string) =>
    `Which account? Give --account NAME with --password-file FILE (or SODAM_PASSWORD), or log in once with ${program} and let it remember this device. Without an account: --guest NAME.`,
  noPassword: (account: string, program: string) =>
    `No password for ${account}: give --password-file FILE or SODAM_PASSWORD, or log in once with ${program} and let it remember this device.`,
  secondFactor: (program: string) =>
    `This account has, or needs, a second factor, whose codes are good only once. Log in once with ${program} and let it remember this device, or make a bot there (/bots) and use its name and token.`,
  badPasswordFile: (path: string) => `${path} can't be read, or its first line is empty.`,
  badTarget: (target: string) => `"${target}" is neither a room (#name) nor a person.`,
  badRange: "--from is later than --to.",
  unknownServer: (host: string, fingerprint: string, command: string) =>
    `${host} isn't known to this device. Its certificate has the fingerprint\n${fingerprint}\nCompare it with what the owner of the server told you. If it is right:\n\n  ${command}\n`,
  changed: {
    link: (host: string) => `${host} has another certificate than the link says`,
    memory: (host: string) => `${host} has another certificate than before`,
    authority: (host: string) => `An authority vouched for ${host} before, and nobody does now`,
    conflict: (host: string) =>
      `The link names another certificate for ${host} than this device remembers`,
  },
  /** `changed`: one of the above. */
  changedServer: (changed: string, fingerprint: string, command: string) =>
    `${changed}, with the fingerprint\n${fingerprint}\nNothing was sent. Ask the owner of the server for the last ${FINGERPRINT_END_DIGITS} characters of the new one. If they are ${fingerprintEnd(fingerprint)}, this trusts it from now on:\n\n  ${command}\n`,
  noRoom: (room: string) =>
    `There is no room ${room}, or you can't see it. Create it, or ask for an invitation.`,
  lost: "The connection broke.",
  lostWith: (lines: number) =>
    `The connection broke. The last ${lines === 1 ? "line" : formatCount(lines, "line")} may not have arrived.`,
  thrownOut: (room: string) => `You were removed from ${room}.`,
  back: "Reconnected.",
  noHistory: "This server offers no history.",
  noSearch: "This server has no search.",
  historyFailed: (why: string) => `The history couldn't be read. ${why}`.trimEnd(),
  noMessage: (msgid: string, target: string) => `There is no message ${msgid} in ${target}.`,
  badFollowFrom: (from: string) =>
    `--follow-from ${from}: write a day like 2026-11-23, a time like 2026-11-23T09:30:00Z, or the msgid of a message.`,
  nothingToEdit: "There is no text to replace it with. send --delete MSGID deletes a message.",
  editOneLine: "A message can only be replaced by one line.",
  standardOutput: "Standard output",
  endlessOutput:
    "The server sent 4 GB, and there was no end to it: what was printed isn't complete. Choose a shorter time (--from, --to).",
  badFile: (text: string) =>
    `"${text}" names no file: give the link of its message (sodam://…/file-…), or what is behind its last slash.`,
  fetched: (path: string, size: string) => `${path} (${size})`,
  taken: (path: string) => `${path} already exists. Choose another name, or add --force.`,
  reading: (count: number, day: string) => `${formatCount(count, "line")}, up to ${day}`,
  written: (count: number, path: string) => `${formatCount(count, "line")} in ${path}`,
};

/** The sentences of the pipe commands. */
export type PipeWords = typeof en;

const ko: PipeWords = {
  noServer: (program) => `어느 서버인가요? 서버를 먼저 적어 주세요: ${program} HOST send '#방'`,
  noAccount: (program) =>
    `어느 계정인가요? --account 이름과 --password-file 파일(또는 SODAM_PASSWORD)을 지정하거나, ${particle(program, "으로/로")} 한 번 로그인해 이 기기를 기억하게 해 주세요. 계정 없이 하려면: --guest 이름`,
  noPassword: (account, program) =>
    `${account} 님의 비밀번호가 없습니다. --password-file 파일이나 SODAM_PASSWORD를 지정하거나, ${particle(program, "으로/로")} 한 번 로그인해 이 기기를 기억하게 해 주세요.`,
  secondFactor: (program) =>
    `한 번만 쓸 수 있는 2단계 인증 코드가 필요한 계정입니다. ${particle(program, "으로/로")} 한 번 로그인해 이 기기를 기억하게 하거나, 그 안에서 봇을 만들어(/bots) 봇의 이름과 토큰을 쓰세요.`,
  badPasswordFile: (path) => `${path} 파일을 읽을 수 없거나 첫 줄이 비어 있습니다.`,
  badTarget: (target) => `${particle(`"${target}"`, "은/는")} 방(#이름)도 사람도 아닙니다.`,
  badRange: "--from이 --to보다 늦습니다.",
  unknownServer: (host, fingerprint, command) =>
    `${host}에는 이 기기로 접속한 적이 없습니다. 인증서의 지문입니다.\n${fingerprint}\n서버 주인이 알려 준 지문과 비교해 보세요. 같다면:\n\n  ${command}\n`,
  changed: {
    link: (host) => `${host} 서버의 인증서가 링크에 있는 것과 다릅니다`,
    memory: (host) => `${host} 서버의 인증서가 전과 다릅니다`,
    authority: (host) =>
      `전에는 인증 기관이 ${host} 서버를 보증했지만 지금은 보증하는 곳이 없습니다`,
    conflict: (host) => `링크에 있는 ${host} 서버의 인증서가 이 기기에 기억된 것과 다릅니다`,
  },
  changedServer: (changed, fingerprint, command) =>
    `${changed}. 새 지문입니다.\n${fingerprint}\n아무것도 보내지 않았습니다. 서버 주인에게 새 지문의 마지막 ${FINGERPRINT_END_DIGITS}자를 확인하세요. ${particle(fingerprintEnd(fingerprint), "이/가")} 맞다면, 아래 명령을 실행해 새 인증서를 신뢰하세요.\n\n  ${command}\n`,
  noRoom: (room) => `${room} 방이 없거나 볼 수 없는 방입니다. 방을 만들거나 초대를 받으세요.`,
  lost: "연결이 끊어졌습니다.",
  lostWith: (lines) => `연결이 끊어졌습니다. 마지막 ${lines}줄이 도착했는지 알 수 없습니다.`,
  thrownOut: (room) => `${room}에서 내보내졌습니다.`,
  back: "다시 연결되었습니다.",
  noHistory: "이 서버는 대화 기록을 제공하지 않습니다.",
  noSearch: "이 서버는 검색을 지원하지 않습니다.",
  historyFailed: (why) => `대화 기록을 읽지 못했습니다. ${why}`.trimEnd(),
  noMessage: (msgid, target) => `${target}에 ${msgid} 메시지가 없습니다.`,
  badFollowFrom: (from) =>
    `--follow-from ${from}: 2026-11-23 같은 날짜, 2026-11-23T09:30:00Z 같은 시각, 또는 메시지의 msgid를 적어 주세요.`,
  nothingToEdit: "바꿀 글이 없습니다. 메시지를 삭제하려면 send --delete MSGID를 쓰세요.",
  editOneLine: "메시지는 한 줄로만 바꿀 수 있습니다.",
  standardOutput: "표준 출력",
  endlessOutput:
    "서버가 4GB를 보내고도 끝나지 않아 출력이 완전하지 않습니다. 기간을 줄여 주세요(--from, --to).",
  badFile: (text) =>
    `"${text}": 파일을 찾을 수 없는 이름입니다. 메시지에 있는 링크(sodam://…/file-…)나 마지막 빗금 뒤를 적어 주세요.`,
  fetched: (path, size) => `${path} (${size})`,
  taken: (path) => `${path} 파일이 이미 있습니다. 다른 이름을 고르거나 --force를 붙여 주세요.`,
  reading: (count, day) => `${count}줄, ${day}까지`,
  written: (count, path) => `${path}에 ${count}줄`,
};

/** Returns the sentences of a language. */
export function pipeWordsFor(language: Language): PipeWords {
  return language === "ko" ? ko : en;
}
