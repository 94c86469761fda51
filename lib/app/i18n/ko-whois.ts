import { particle } from "./particles.ts";
import type { Words } from "./words.ts";

export const whois: Words["whois"] = {
  nobody: (nick) => `${particle(nick, "이라/라")}는 사람은 없습니다.`,
  rooms: (rooms) => `들어간 방: ${rooms}`,
  operator: "이 서버를 돌봅니다",
  bot: "봇입니다",
  away: (why) => `자리 비움: ${why}`,
};
