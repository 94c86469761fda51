/** What is typed to find files: words of their names, `from:NAME` and `type:KIND`, in either language. */
import type { MediaKind } from "../../protocol/media-type.ts";

/** Kinds as they are typed, and as the server knows them. */
const KINDS: Readonly<Record<string, MediaKind>> = {
  ...{
    picture: "picture",
    pictures: "picture",
    image: "picture",
    photo: "picture",
    사진: "picture",
  },
  ...{ film: "video", video: "video", movie: "video", 동영상: "video", 영상: "video" },
  ...{ sound: "audio", audio: "audio", music: "audio", 소리: "audio", 음악: "audio" },
  ...{ text: "text", 글: "text", 텍스트: "text" },
};

/** Returns the filter of `FILE LIST` for a typed text; what isn't known is a word of the name. */
export function filesFilterOf(typed: string): string {
  return typed
    .normalize("NFC")
    .split(/\s+/)
    .filter((word) => word !== "")
    .map(filterWord)
    .join(" ");
}

function filterWord(word: string): string {
  const [, key = "", value = ""] = /^([^:]+):(.+)$/.exec(word) ?? [];
  if (/^(?:from|by|보낸이|누가)$/i.test(key)) return `from:${value}`;
  const kind = /^(?:type|kind|종류)$/i.test(key) ? KINDS[value.toLowerCase()] : undefined;
  return kind === undefined ? word : `type:${kind}`;
}
