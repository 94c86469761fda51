/** Why a file wasn't sent or fetched, in both languages. */
import { formatCount } from "../../protocol/plural.ts";

/** Errors of `FILE`, by the code of its FAIL, in English. */
export const ENGLISH_FILE_FAILURES = {
  FILES_OFF: (_: string) => "Files can't be sent or fetched on this server.",
  TOO_LARGE: (_: string) => "It is larger than this server takes.",
  CANNOT_SEND: (_: string) =>
    "Nothing can be sent there now: you may not be in the room, or not be allowed to write, or a word of the name or caption isn't allowed.",
  QUOTA: (_: string) => "The server has no more space for files. Tell its owner.",
  TOO_MANY_TRANSFERS: (_: string) =>
    "Too many files are being sent or fetched at the moment. Try again soon.",
  UNKNOWN_FILE: (_: string) => "There is no such file any more, or you may not see it.",
  TOO_SLOW: (_: string) => "The connection is too slow. Try again when it is better.",
  INVALID_TOKEN: (_: string) => "The server can't do that right now. Try again soon.",
  WRONG_HASH: (_: string) => "It was changed while it was being sent. Send it again.",
};

/** The same in Korean. */
export const KOREAN_FILE_FAILURES: typeof ENGLISH_FILE_FAILURES = {
  FILES_OFF: () => "이 서버에서는 파일을 주고받을 수 없습니다.",
  TOO_LARGE: () => "이 서버가 받는 크기보다 큰 파일입니다.",
  CANNOT_SEND: () =>
    "지금은 거기에 보낼 수 없습니다. 방에 들어가 있지 않거나, 글을 쓸 수 없는 상태이거나, 파일 이름이나 설명에 쓸 수 없는 말이 있을 수 있습니다.",
  QUOTA: () => "서버에 파일을 둘 공간이 없습니다. 서버 주인에게 알려 주세요.",
  TOO_MANY_TRANSFERS: () => "지금 주고받는 파일이 너무 많습니다. 잠시 뒤에 다시 시도해 주세요.",
  UNKNOWN_FILE: () => "파일이 이제 없거나, 볼 수 없는 파일입니다.",
  TOO_SLOW: () => "연결이 너무 느립니다. 나아지면 다시 시도해 주세요.",
  INVALID_TOKEN: () => "지금은 서버가 처리할 수 없습니다. 잠시 뒤에 다시 시도해 주세요.",
  WRONG_HASH: () => "보내는 동안 파일이 바뀌었습니다. 다시 보내 주세요.",
};

/** English. */
export const ENGLISH_TRANSFERS = {
  tooLarge: (max: string) => `It is too large: this server takes files of up to ${max}.`,
  captionTooLong: "The caption is too long for one message. Make it shorter.",
  tooMany: "Too many files wait already. Send it when some of them are done.",
  guest: "Guests can't send files here. Log in with an account.",
  quota: {
    account: "Your files on this server take all the space that you may have. Delete some of them.",
    room: "The files of this room take all the space that a room may have. Some of them have to be deleted first.",
    disk: "The disk of the server is full. Tell its owner.",
  },
  tooFast: (seconds: number) =>
    seconds > 0
      ? `Too many files at once. Try again in ${formatCount(seconds, "second")}.`
      : "Too many files at once. Try again in a while.",
  lost: "The connection broke again and again. Try again later.",
  wrongFetched: "What came isn't the file that was sent. Try again.",
  reading: {
    "no-file": "There is no such file.",
    "no-plain-file": "It is no ordinary file.",
    empty: "It is empty.",
    "is-folder": "It is a folder. Put it into an archive (zip), and send that.",
    forbidden: "You have no right to read it.",
    "disk-error": "It can't be read: the disk reported an error.",
    full: "The disk here is full.",
    "not-shrunk":
      "It can't be made smaller here, and its place and camera data would go with it. To send pictures as they are: /set shrink-pictures no",
    other: "It can't be read.",
  },
  exists: (name: string) => `There is a file ${name} already. Choose another name.`,
  outputClosed: "Nobody reads the output any more.",
};

/** Korean. */
export const KOREAN_TRANSFERS: typeof ENGLISH_TRANSFERS = {
  tooLarge: (max) => `파일이 너무 큽니다. 이 서버는 ${max}까지 받습니다.`,
  captionTooLong: "설명이 메시지 하나에 담기에는 너무 깁니다. 줄여 주세요.",
  tooMany: "기다리는 파일이 이미 너무 많습니다. 몇 개가 끝난 뒤에 보내 주세요.",
  guest: "손님은 여기에서 파일을 보낼 수 없습니다. 계정으로 로그인해 주세요.",
  quota: {
    account:
      "이 서버에서 쓸 수 있는 파일 공간을 다 썼습니다. 보낸 파일 가운데 몇 개를 지워 주세요.",
    room: "이 방이 쓸 수 있는 파일 공간을 다 썼습니다. 먼저 파일 몇 개를 지워야 합니다.",
    disk: "서버의 디스크가 가득 찼습니다. 서버 주인에게 알려 주세요.",
  },
  tooFast: (seconds) =>
    seconds > 0
      ? `한꺼번에 보낸 파일이 너무 많습니다. ${seconds}초 뒤에 다시 시도해 주세요.`
      : "한꺼번에 보낸 파일이 너무 많습니다. 잠시 뒤에 다시 시도해 주세요.",
  lost: "연결이 계속 끊깁니다. 나중에 다시 시도해 주세요.",
  wrongFetched: "받은 내용이 보낸 파일과 다릅니다. 다시 받아 주세요.",
  reading: {
    "no-file": "그런 파일이 없습니다.",
    "no-plain-file": "보통 파일이 아닙니다.",
    empty: "빈 파일입니다.",
    "is-folder": "폴더입니다. 압축 파일(zip)로 묶어서 보내 주세요.",
    forbidden: "파일을 읽을 권한이 없습니다.",
    "disk-error": "디스크 오류로 파일을 읽을 수 없습니다.",
    full: "이 컴퓨터의 디스크가 가득 찼습니다.",
    "not-shrunk":
      "여기서는 이 사진을 줄일 수 없어, 위치와 카메라 정보가 그대로 남습니다. 사진을 그대로 보내려면 /설정 shrink-pictures no",
    other: "파일을 읽을 수 없습니다.",
  },
  exists: (name) => `${name} 파일이 이미 있습니다. 다른 이름을 골라 주세요.`,
  outputClosed: "출력을 읽는 프로그램이 끝났습니다.",
};
