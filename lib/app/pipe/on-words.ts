import type { Language } from "../../protocol/language.ts";
import { particle } from "../i18n/particles.ts";

/** The sentences of `on`. Those in `said` are said in the room, the others go to standard error. */
const en = {
  badMatch: (expression: string, problem: string) =>
    `--match '${expression}' can't be read: ${problem}. It is RE2's syntax: no lookaround, no back references.`,
  noProgram: (name: string) =>
    `${name} isn't there, or may not be run. A script needs its path (./deploy.sh) and chmod +x.`,
  noAccountOf: (name: string) => `--from ${name}: that is neither a nick nor an account.`,
  listening: (where: string, nick: string) => `Listening to ${where} as ${nick}.`,
  everybody: "direct messages",
  ran: (nick: string, text: string, outcome: string) => `${nick}: ${text} → ${outcome}`,
  ended: (seconds: string) => `done in ${seconds} s`,
  exit: (code: number | null, seconds: string) =>
    `${code === null ? "ended by a signal" : `exit code ${code}`} after ${seconds} s`,
  tooLong: (bytes: number) => `stopped: more output than ${bytes} bytes`,
  tooSlow: (seconds: number) => `stopped: longer than ${seconds} s`,
  notStarted: "couldn't be started",
  option: "not run: an argument would begin with -",
  full: "not run: too many are waiting",
  tooMany: (nick: string) =>
    `${nick} was answered twenty times in a minute. If that is another bot, this ends the loop: nothing is said for a while.`,
  notSaid: (problem: string) => `The answer wasn't said: ${problem}`,
  said: {
    failed: (code: number | null) =>
      code === null ? "That failed." : `That failed (exit code ${code}).`,
    tooSlow: (seconds: number) => `Stopped: it took longer than ${seconds} s.`,
    tooLong: "… (there was more)",
    full: "Too much is waiting already. Try again in a while.",
  },
};

/** The sentences of `on`. */
export type OnWords = typeof en;

const ko: OnWords = {
  badMatch: (expression, problem) =>
    `--match '${expression}' 식을 읽을 수 없습니다: ${problem} (RE2 문법이라 앞뒤 탐색과 역참조는 쓸 수 없습니다.)`,
  noProgram: (name) =>
    `${particle(name, "이/가")} 없거나 실행할 수 없습니다. 스크립트는 경로를 적고(./deploy.sh) chmod +x를 해 두세요.`,
  noAccountOf: (name) => `--from ${name}: 닉네임도 아이디도 아닙니다.`,
  listening: (where, nick) => `${where} 듣는 중 (${nick})`,
  everybody: "1:1 메시지",
  ran: (nick, text, outcome) => `${nick}: ${text} → ${outcome}`,
  ended: (seconds) => `${seconds}초 만에 끝남`,
  exit: (code, seconds) => `${seconds}초 뒤 ${code === null ? "신호로 끝남" : `종료 코드 ${code}`}`,
  tooLong: (bytes) => `출력이 ${bytes}바이트를 넘어 멈춤`,
  tooSlow: (seconds) => `${seconds}초를 넘어 멈춤`,
  notStarted: "시작하지 못함",
  option: "-로 시작하는 인수가 되어 실행하지 않음",
  full: "기다리는 것이 많아 실행하지 않음",
  tooMany: (nick) =>
    `${nick} 님에게 1분 동안 스무 번 답했습니다. 상대가 봇이라면 끝없이 이어지지 않게 한동안 답하지 않습니다.`,
  notSaid: (problem) => `답을 말하지 못했습니다: ${problem}`,
  said: {
    failed: (code) => (code === null ? "실패했습니다." : `실패했습니다 (종료 코드 ${code}).`),
    tooSlow: (seconds) => `${seconds}초를 넘어 멈췄습니다.`,
    tooLong: "… (더 있었습니다)",
    full: "이미 기다리는 것이 많습니다. 잠시 뒤 다시 해 주세요.",
  },
};

/** Returns the sentences of a language. */
export function onWordsFor(language: Language): OnWords {
  return language === "ko" ? ko : en;
}
