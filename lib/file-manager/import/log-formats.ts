import { looksLikeHalloy, readHalloyLog } from "./irc/halloy-log.ts";
import { looksLikeHexchat, readHexchatLog } from "./irc/hexchat-log.ts";
import { looksLikeIrssi, readIrssiLog } from "./irc/irssi-log.ts";
import { looksLikeJsonl, readJsonlLog } from "./irc/jsonl-log.ts";
import { looksLikeWeechat, readWeechatLog } from "./irc/weechat-log.ts";
import { looksLikeZnc, readZncLog } from "./irc/znc-log.ts";
import { looksLikeKakaoTalk, readKakaoTalk } from "./kakaotalk/kakaotalk-text.ts";
import type { LogFormat } from "./log-format.ts";
import { isSlackFile, looksLikeSlack, readSlackExport } from "./slack/slack-export.ts";

/**
 * The formats that can be imported. Of those that recognize a log the first one is named to the
 * owner.
 */
export const LOG_FORMATS: readonly LogFormat[] = [
  {
    name: "jsonl",
    program: "Sodam",
    accepts: endsIn(/\.jsonl$/i),
    recognizes: looksLikeJsonl,
    reads: { kind: "file", read: readJsonlLog },
  },
  {
    name: "halloy",
    program: "Halloy",
    accepts: endsIn(/\.json$/i),
    recognizes: looksLikeHalloy,
    reads: { kind: "file", read: readHalloyLog },
  },
  {
    name: "weechat",
    program: "WeeChat",
    accepts: endsIn(/\.(?:weechatlog|log)(?:\.\d+)?$/i),
    recognizes: looksLikeWeechat,
    reads: { kind: "file", read: readWeechatLog },
  },
  {
    name: "hexchat",
    program: "HexChat",
    accepts: endsIn(/\.(?:log|txt)$/i),
    recognizes: looksLikeHexchat,
    reads: { kind: "file", read: readHexchatLog },
  },
  {
    name: "irssi",
    program: "irssi",
    accepts: endsIn(/\.log$/i),
    recognizes: looksLikeIrssi,
    reads: { kind: "file", read: readIrssiLog },
  },
  {
    name: "znc",
    program: "ZNC or soju",
    accepts: endsIn(/\.log$/i),
    recognizes: looksLikeZnc,
    reads: { kind: "file", read: readZncLog },
  },
  {
    name: "kakaotalk",
    program: "KakaoTalk",
    accepts: endsIn(/\.(?:txt|csv)$/i),
    recognizes: looksLikeKakaoTalk,
    // The iPhone parts long chats.
    partNumber: /-\d{1,3}(?=\.txt$)/i,
    reads: { kind: "file", read: readKakaoTalk },
  },
  {
    name: "slack",
    program: "Slack",
    accepts: isSlackFile,
    recognizes: looksLikeSlack,
    reads: { kind: "folder", read: readSlackExport },
  },
];

/** Other names that people type for a format. */
const ALIASES: Readonly<Record<string, string>> = {
  ...{ xchat: "hexchat", soju: "znc", json: "jsonl", kakao: "kakaotalk", 카카오톡: "kakaotalk" },
};

/** Returns the format of a name, in any case; `null` for none. */
export function formatNamed(name: string): LogFormat | null {
  const lower = name.toLowerCase();
  const wanted = ALIASES[lower] ?? lower;
  return LOG_FORMATS.find((format) => format.name === wanted) ?? null;
}

function endsIn(ending: RegExp): (name: string) => boolean {
  return (name) => ending.test(name);
}
