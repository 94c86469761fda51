import type { Language } from "../protocol/language.ts";
import { CLIENT_TABLE } from "./client-table.ts";
import type { SettingRow, SettingsTable } from "./setting.ts";

/** Korean help by setting; a setting that is missing here is explained in English. */
const HELP: Readonly<Record<string, string>> = {
  server: "서버. --server 없이 적어도 됩니다.",
  "link-file": "링크가 있는 파일, 또는 표준 입력(-). 명령줄은 다른 사용자도 볼 수 있습니다.",
  trust: "전에 신뢰한 인증서와 달라도 지문이 이렇게 끝나는 인증서를 신뢰합니다.",
  account: "로그인할 아이디.",
  "password-file": "첫 줄에 비밀번호가 있는 파일.",
  guest: "스크립트용 명령이 계정 없이 들어갈 때 쓸 이름.",
  "server-password-file": "이 서버에 접속할 때 필요한 비밀번호가 첫 줄에 있는 파일.",
  plain: "TLS 없이 연결합니다. 중간에서 다른 사람이 모든 것을 읽을 수 있습니다.",
  encoding: "UTF-8을 쓰지 않는 서버의 인코딩(예: windows-949). 적지 않으면 추측합니다.",
  lang: "영어(en) 또는 한국어(ko). 없으면 LC_ALL, LC_MESSAGES, LANG을 따릅니다.",
  append: "화면을 다시 그리지 않고 줄만 덧붙입니다. 화면 낭독기나 단순한 터미널에 맞습니다.",
  mouse: "마우스 휠과 클릭을 터미널 대신 이 프로그램이 처리합니다.",
  colour: "색을 씁니다. NO_COLOR로도 끌 수 있습니다.",
  theme: "대화 화면의 모습: 터미널 배경에 맞춤(auto), dark, light, 또는 themes/NAME.toml 파일.",
  pictures:
    "사진을 보여 주는 방법: 터미널에 맞춤(auto), 정한 방식(kitty, iterm, sixel), 색 블록(blocks), 안 보임(none).",
  keys: "어느 프로그램의 습관을 따를지. 키 하나하나는 client.toml의 [bind]에서 바꿉니다.",
  "share-drafts": "쓰다 만 글을 내 다른 기기에서도 볼 수 있게 합니다. 서버가 보관합니다.",
  "enter-wait": "Enter를 누르면 입력기가 늦게 넘겨주는 마지막 글자를 잠깐 기다립니다.",
  log: "대화를 이 폴더에 서버, 방, 날짜별 텍스트 파일로 저장합니다.",
  "history-days": "대화 기록이 없는 서버의 메시지를 이 기기에 며칠 동안 둘지. 0이면 두지 않습니다.",
  downloads: "대화에서 받은 파일을 저장할 폴더. 없으면 시스템의 다운로드 폴더.",
  "shrink-pictures": "사진을 작게 줄이고 위치와 카메라 정보를 빼고 보냅니다. ask면 한 번 묻습니다.",
  "debug-log": "주고받은 줄을 비밀번호와 사람들이 쓴 글만 빼고 모두 이 파일에 씁니다.",
  "log-level":
    "--debug-log에 쓸 내용: 연결만(info), 글을 뺀 모든 줄(debug, 기본값), 글까지(trace).",
  "config-dir": "아는 서버 목록과 client.toml이 있는 폴더.",
  "reply-to": "이 메시지에 답장으로 보냅니다.",
  edit: "내가 쓴 이 메시지의 글을 바꿉니다.",
  delete: "이 메시지를 삭제합니다. 글을 적으면 이유가 됩니다.",
  file: "이 파일을 보냅니다. 글을 적으면 설명이 됩니다. -는 표준 입력입니다.",
  name: "파일의 다른 이름.",
  json: "한 줄에 JSON 하나씩 씁니다. send에서는 보낸 메시지마다 씁니다.",
  lines: "먼저 보여 줄 지난 메시지 수.",
  "follow-from": "이 시각(UTC)부터, 또는 이 메시지 다음부터 모두 보여 주고 이어 갑니다.",
  match: "이 정규 표현식(RE2)에 맞는 메시지만.",
  ops: "방의 방장, 부방장, 관리자가 쓴 메시지만.",
  arguments: "--match의 괄호에 맞은 글을 명령의 마지막 인수로 넘깁니다.",
  timeout: "명령에 줄 시간(초).",
  "max-output": "명령의 출력에서 말할 바이트 수.",
  search: "이 낱말이 든 메시지만. 방을 적지 않으면 모든 곳에서 찾습니다.",
  by: "이 사람의 메시지만. 방을 적지 않으면 모든 곳에서 찾습니다.",
  format: "파일 형식.",
  from: "첫 날짜나 시각(UTC). on에서는 이 사람의 메시지만.",
  to: "마지막 날짜나 시각(UTC).",
  output:
    "저장할 파일. 없으면 표준 출력에 씁니다. get에서는 -가 표준 출력이고, 없으면 여기에 원래 이름으로 저장합니다.",
  force: "이미 있는 파일도 덮어씁니다.",
  help: "이 도움말을 보여 줍니다.",
  version: "버전을 보여 줍니다.",
};

const GROUPS: Readonly<Record<string, string>> = {
  "Server and account": "서버와 계정",
  Screen: "화면",
  Files: "파일",
  Help: "도움말",
};

const EXPECTED: Readonly<Record<string, string>> = {
  trust: "지문의 마지막 16자 이상",
  theme: "auto, dark, light, 또는 themes/에 있는 파일 이름",
  to: "2026-11-23 같은 날짜 또는 2026-11-23T09:30:00Z 같은 시각",
};

/** The client's settings with Korean explanations; names, values and defaults are those of `CLIENT_TABLE`. */
export const KOREAN_CLIENT_TABLE: SettingsTable = Object.fromEntries(
  Object.entries(CLIENT_TABLE).map(([name, row]): [string, SettingRow] => {
    const expected = EXPECTED[name];
    const korean = { help: HELP[name] ?? row.help, group: GROUPS[row.group] ?? row.group };
    return [
      name,
      { ...row, ...korean, ...(expected === undefined ? {} : { expected }) } as SettingRow,
    ];
  }),
);

/** Returns the client's settings with explanations in a language. */
export function clientTableIn(language: Language): SettingsTable {
  return language === "ko" ? KOREAN_CLIENT_TABLE : CLIENT_TABLE;
}
