/** Sentences about files that are sent through the chat, in both languages. */
import { agree } from "../../protocol/plural.ts";

/** English. */
export const ENGLISH_FILES = {
  /** What a file is, as its sender says. */
  kinds: { picture: "picture", video: "film", audio: "sound", text: "text" },
  /** Details of a message. */
  details: (name: string, facts: string) => `File: ${name} (${facts})`,

  needsPlace: "Files are sent in a room or to a person: open one first.",
  noFile: (path: string) => `There is no file ${path}.`,
  isFolder: (path: string) => `${path} is a folder. Put it into an archive (zip), and send that.`,
  notAFile: (path: string) => `${path} is no ordinary file.`,
  unreadable: (path: string) => `${path} can't be read: you have no right to.`,
  isEmpty: (path: string) => `${path} is empty.`,
  tooLarge: (name: string, size: string, max: string) =>
    `${name} is ${size}, and this server takes files of up to ${max}.`,

  /** Asked in place of the input line; the keys stand behind, or in a row of their own. `count` is 1 for one name. */
  dropped: (names: string, count: number) => `Send ${names} as ${agree(count, "a file", "files")}?`,
  droppedKeys: "Enter: yes · t: as text · Esc: no",
  shrink: "Always send pictures smaller, without place and camera data?",
  shrinkKeys: "Enter: yes · n: no · Esc: don't send",
  shrinkAppended:
    "Pictures are sent as they are, with place and camera data. To change that: /set shrink-pictures yes (or no, and this isn't said again).",
  openAsk: (name: string, what: string) => `Open ${name} (${what}) with another program?`,
  openKeys: "Enter: yes · Esc: no",
  whatOpens: { picture: "a picture", text: "a text" },
  /** Behind the names above the input line, while a caption is typed; the short ones in a narrow window. */
  attachedKeys: (count: number) =>
    `Enter sends ${agree(count, "it", "them")}, with a caption if you type one · Esc: no`,
  attachedKeysShort: "Enter sends · Esc: no",
  andMore: (name: string, count: number) => `${name} and ${count} more`,

  clipboard: {
    /** What a picture from there is called, before the day. */
    name: "Picture",
    none: "There is no picture in the clipboard.",
    "no-program":
      "The clipboard can't be read here. Install wl-clipboard (Wayland) or xclip (X11), or send the picture with /file.",
    failed: "The clipboard gave no picture. Copy it again, or send it with /file.",
    "too-large": "The picture in the clipboard is too large.",
  },

  states: {
    queued: "waits its turn",
    preparing: "being read",
    asking: "asks the server",
    waiting: "waits for the connection",
  },
  /** How much moves in a second. */
  rate: (size: string) => `${size}/s`,
  rest: (time: string) => `${time} left`,
  moreTransfers: (count: number) => `and ${count} more`,
  stopHint: (key: string) => `${key} stops`,
  saved: (name: string, path: string) => `${name} is saved: ${path}`,
  stopped: (name: string) => `${name}: stopped.`,
  captionUnsent: (caption: string) => `What you wrote with it wasn't sent: ${caption}`,
  nothingRuns: "No file is being sent or saved.",
  failed: (name: string, sentence: string) => `${name}: ${sentence}`,

  noFileThere: "There is no file here that can be saved.",
  noFileInMessage: "That message has no file.",
  alreadySaving: (name: string) => `${name} is being saved already.`,
  notOpenable: (name: string) =>
    `${name} isn't opened from here: only pictures and plain texts are, told by their content. s saves it.`,
  openedNot: (path: string) => `No program here opens it. It is saved: ${path}`,

  page: {
    title: (place: string) => `Files in ${place}`,
    prompt: "Find a file",
    hint: "↑↓ choose · Enter to its message · Tab saves · Esc closes",
    filters: "Words of its name, from:NAME, type:picture|film|sound|text",
    loading: "Asking the server …",
    none: "No files here yet.",
    noneFit: "No file fits.",
    more: "There are more: type to find them.",
  },
};

/** Korean, with the same keys. */
export const KOREAN_FILES: typeof ENGLISH_FILES = {
  kinds: { picture: "사진", video: "동영상", audio: "소리", text: "글" },
  details: (name, facts) => `파일: ${name} (${facts})`,

  needsPlace: "파일은 방이나 사람에게 보냅니다. 먼저 대화를 열어 주세요.",
  noFile: (path) => `파일이 없습니다: ${path}`,
  isFolder: (path) => `폴더입니다: ${path}. 압축 파일(zip)로 만들어 보내 주세요.`,
  notAFile: (path) => `보통 파일이 아닙니다: ${path}`,
  unreadable: (path) => `읽을 권한이 없습니다: ${path}`,
  isEmpty: (path) => `빈 파일입니다: ${path}`,
  tooLarge: (name, size, max) => `${name}: ${size}입니다. 이 서버는 ${max}까지 받습니다.`,

  dropped: (names, count) => `${count === 1 ? "파일로" : "파일들로"} 보낼까요? ${names}`,
  droppedKeys: "Enter 예 · t 글로 · Esc 아니요",
  shrink: "앞으로 사진은 늘 작게, 위치와 카메라 정보 없이 보낼까요?",
  shrinkKeys: "Enter 예 · n 아니요 · Esc 안 보냄",
  shrinkAppended:
    "사진은 위치와 카메라 정보가 든 그대로 보냅니다. 바꾸려면 /설정 shrink-pictures yes (no로 하면 이 안내가 더 나오지 않습니다).",
  openAsk: (name, what) => `다른 프로그램으로 열까요? ${name} (${what})`,
  openKeys: "Enter 예 · Esc 아니요",
  whatOpens: { picture: "사진", text: "글" },
  attachedKeys: () => "설명을 쓰거나 바로 Enter로 보냅니다 · Esc 취소",
  attachedKeysShort: "Enter 보냄 · Esc 취소",
  andMore: (name, count) => `${name} 외 ${count}개`,

  clipboard: {
    name: "사진",
    none: "클립보드에 사진이 없습니다.",
    "no-program":
      "여기서는 클립보드를 읽을 수 없습니다. wl-clipboard(Wayland)나 xclip(X11)을 설치하거나 /파일 로 보내 주세요.",
    failed: "클립보드에서 사진을 가져오지 못했습니다. 다시 복사하거나 /파일 로 보내 주세요.",
    "too-large": "클립보드의 사진이 너무 큽니다.",
  },

  states: {
    queued: "차례를 기다림",
    preparing: "읽는 중",
    asking: "서버에 묻는 중",
    waiting: "연결을 기다림",
  },
  rate: (size) => `초당 ${size}`,
  rest: (time) => `${time} 남음`,
  moreTransfers: (count) => `외 ${count}개`,
  stopHint: (key) => `${key} 멈춤`,
  saved: (name, path) => `저장했습니다: ${name} → ${path}`,
  stopped: (name) => `멈췄습니다: ${name}`,
  captionUnsent: (caption) => `함께 쓴 글은 보내지 않았습니다: ${caption}`,
  nothingRuns: "보내거나 저장하는 파일이 없습니다.",
  failed: (name, sentence) => `${name}: ${sentence}`,

  noFileThere: "여기에는 저장할 파일이 없습니다.",
  noFileInMessage: "그 메시지에는 파일이 없습니다.",
  alreadySaving: (name) => `이미 저장하고 있습니다: ${name}`,
  notOpenable: (name) =>
    `여기서 열 수 없습니다: ${name}. 내용이 사진이나 글인 파일만 엽니다. s로 저장할 수 있습니다.`,
  openedNot: (path) => `열 프로그램이 없습니다. 저장한 곳: ${path}`,

  page: {
    title: (place) => `${place}의 파일`,
    prompt: "파일 찾기",
    hint: "↑↓ 고르기 · Enter 메시지로 · Tab 저장 · Esc 닫기",
    filters: "이름의 낱말, from:이름, type:사진|동영상|소리|글",
    loading: "서버에 묻는 중 …",
    none: "아직 파일이 없습니다.",
    noneFit: "맞는 파일이 없습니다.",
    more: "더 있습니다. 낱말을 쓰면 찾습니다.",
  },
};
