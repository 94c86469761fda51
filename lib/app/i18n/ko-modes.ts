import { particle } from "./particles.ts";
import type { Words } from "./words.ts";

/** 방의 설정이 바뀔 때의 문장들. */
export const modes: Words["modes"] = {
  "+o": (by, what) => `${particle(by, "이/가")} ${particle(what, "을/를")} 방 관리자로 정했습니다`,
  "-o": (by, what) =>
    `${particle(by, "이/가")} ${particle(what, "을/를")} 방 관리자에서 내렸습니다`,
  "+h": (by, what) => `${particle(by, "이/가")} ${particle(what, "을/를")} 부관리자로 정했습니다`,
  "-h": (by, what) => `${particle(by, "이/가")} ${particle(what, "을/를")} 부관리자에서 내렸습니다`,
  "+v": (by, what) => `${particle(by, "이/가")} ${what}에게 발언권을 주었습니다`,
  "-v": (by, what) => `${particle(by, "이/가")} ${what}의 발언권을 거두었습니다`,
  "+b": (by, what) => `${particle(by, "이/가")} ${particle(what, "을/를")} 못 들어오게 했습니다`,
  "-b": (by, what) =>
    `${particle(by, "이/가")} ${particle(what, "을/를")} 다시 들어올 수 있게 했습니다`,
  "+k": (by) => `${particle(by, "이/가")} 방에 비밀번호를 걸었습니다`,
  "-k": (by) => `${particle(by, "이/가")} 방 비밀번호를 없앴습니다`,
  "+i": (by) => `${particle(by, "이/가")} 초대받은 사람만 들어오게 했습니다`,
  "-i": (by) => `${particle(by, "이/가")} 누구나 들어올 수 있게 했습니다`,
  "+m": (by) => `${particle(by, "이/가")} 발언권이 있는 사람만 말하게 했습니다`,
  "-m": (by) => `${particle(by, "이/가")} 다시 모두 말할 수 있게 했습니다`,
  "+s": (by) => `${particle(by, "이/가")} 방을 공개 목록에서 숨겼습니다`,
  "-s": (by) => `${particle(by, "이/가")} 방을 공개 목록에 올렸습니다`,
  "+t": (by) => `${particle(by, "이/가")} 관리자만 주제를 정하게 했습니다`,
  "-t": (by) => `${particle(by, "이/가")} 누구나 주제를 정할 수 있게 했습니다`,
};
