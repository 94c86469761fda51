import { isKakaoTalkCsv, readKakaoTalkCsv } from "./kakaotalk-csv.ts";
import { isHeading, readLine } from "./kakaotalk-lines.ts";
import { readKakaoTalkText } from "./kakaotalk-text.ts";
import type { LogFormat } from "./log-format.ts";

/** Chats that KakaoTalk exports: text on Windows, Android and the iPhone, a table on the Mac. */
export const KAKAOTALK: LogFormat = {
  name: "kakaotalk",
  program: "KakaoTalk",
  accepts: (name) => /\.(?:txt|csv)$/i.test(name),
  recognizes: (start) => isKakaoTalkCsv(start) || looksLikeChat(start),
  reads: {
    kind: "file",
    read: (file, { localTime }) => {
      const text = file.text();
      const read = isKakaoTalkCsv(text) ? readKakaoTalkCsv : readKakaoTalkText;
      return read(text, localTime);
    },
  },
};

function looksLikeChat(start: string): boolean {
  const lines = start.split(/\r?\n/).filter((line) => line.trim() !== "");
  return isHeading(lines[0] ?? "") || lines.some((line) => readLine(line).layout !== null);
}
