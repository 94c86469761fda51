/** Sentences about settings that cannot be used, in the reader's language. */
export interface Sentences {
  /** @param nearest the flag that was most likely meant */
  unknownFlag(flag: string, nearest: string | null): string;
  unknownInFile(path: string, name: string, nearest: string | null): string;
  takesNoValue(flag: string): string;
  /** @param expected what a valid value looks like: one of the texts below */
  needsValue(flag: string, expected: string): string;
  mustBe(input: string, expected: string): string;
  tables(path: string, name: string): string;
  /** A `[name]` table of texts is something else. */
  section(path: string, name: string): string;
  flagOnly(path: string, name: string): string;
  readonly expected: {
    readonly text: string;
    readonly yesNo: string;
    number(min: number, max: number, keyword: string | undefined): string;
    choice(choices: readonly string[]): string;
  };
  twoServers(named: string, byFlag: string, flag?: string): string;
  noServer(input: string): string;
  cutLink(input: string): string;
  noFirstLine(path: string): string;
  /** `path`: client.toml. */
  setIn(path: string, name: string): string;
  noEncoding(name: string): string;
  noLink(path: string): string;
  linkFromInput(): string;
  /** `cause` is English in both languages: it is what to search for. */
  unreadableFile(path: string, cause: string): string;
  /** A package of this program is not installed. */
  missingPackage(name: string): string;
  unknownCommand(name: string, commands: readonly string[]): string;
  needsRoom(command: string): string;
  oneRoom(command: string, extra: string): string;
  oneFile(command: string, extra: string): string;
  belongsTo(flag: string, command: string): string;
  /** `on` without a command behind `--`. */
  needsCommand(): string;
  /** Two flags that exclude each other. */
  notTogether(flag: string, other: string): string;
  needsGroups(): string;
  needsFlag(flag: string, needed: string): string;
  /** `get` without the file. */
  needsFileLink(): string;
  onlyInRoom(flag: string): string;
  readonly time: string;
  debugNeedsFile(level: string): string;
  /** About a theme that a user wrote. */
  readonly theme: {
    noFile(name: string, path: string): string;
    unknownRole(path: string, name: string, nearest: string | null): string;
    badStyle(path: string, role: string, input: string): string;
    badBase(path: string, input: string): string;
    badNames(path: string, most: number): string;
  };
}

export const ENGLISH: Sentences = {
  unknownFlag: (flag, nearest) =>
    `unknown setting ${flag}; ${nearest === null ? "--help lists them all" : `did you mean ${nearest}?`}`,
  unknownInFile: (path, name, nearest) =>
    `${path}: unknown setting "${name}"; ${nearest === null ? "--help lists them all" : `did you mean "${nearest}"?`}`,
  takesNoValue: (flag) => `${flag} takes no value`,
  needsValue: (flag, expected) => `${flag} needs a value: ${expected}`,
  mustBe: (input, expected) => `${input}: must be ${expected}`,
  tables: (path, name) => `${path}: ${name} must be written as [[${name}]] tables`,
  section: (path, name) =>
    `${path}: ${name} must be a [${name}] table, with a text in quotes behind each name`,
  flagOnly: (path, name) => `${path}: "${name}" can only be given on the command line`,
  expected: {
    text: "text",
    yesNo: "yes or no",
    number: (min, max, keyword) =>
      `${keyword === undefined ? "" : `${keyword}, or `}a number from ${min} to ${max}`,
    choice: (choices) => `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`,
  },
  twoServers: (named, byFlag, flag = "server") =>
    `two servers are given: ${named} and --${flag} ${byFlag}`,
  cutLink: (input) =>
    `a part of the link "${input}" is missing: copy all of it, from sodam:// to its end; in quotes if there is an "&" in it`,
  noEncoding: (name) =>
    `--encoding ${name}: there is no such encoding; try windows-949, latin1 or shift_jis`,
  noFirstLine: (path) =>
    `--server-password-file ${path}: can't be read, or its first line is empty`,
  setIn: (path, name) => `${name} stands in ${path}: change that line, or remove it`,
  noLink: (path) => `--link-file ${path}: can't be read, or is empty`,
  linkFromInput: () =>
    "--link-file - reads standard input, which is for something else here: paste the link when the menu asks for a server, or name a file",
  unreadableFile: (path, cause) => `${path} can't be read (${cause}): its settings don't count`,
  missingPackage: (name) =>
    `The package ${name} is missing, and could not be fetched: type "bun install" in the folder of client.ts where a package registry can be reached, and start again.`,
  noServer: (input) => `"${input}" is not a server: write HOST, HOST:PORT or a sodam:// link`,
  unknownCommand: (name, commands) =>
    `unknown command "${name}"; the commands are ${commands.slice(0, -1).join(", ")} and ${commands.at(-1)}`,
  needsRoom: (command) => `${command} needs a room or a person: ${command} '#room'`,
  oneRoom: (command, extra) => `${command} takes one room; "${extra}" is one too many`,
  oneFile: (command, extra) => `${command} takes one file; "${extra}" is one too many`,
  belongsTo: (flag, command) => `--${flag} belongs to ${command}`,
  needsCommand: () =>
    "on needs one room (or @nick, or @ for all direct messages), and the command behind --: on '#room' --match '^!hello' -- ./hello.sh",
  notTogether: (flag, other) => `--${flag} and --${other} don't go together`,
  needsGroups: () => "--arguments needs --match",
  needsFlag: (flag, needed) => `--${flag} needs --${needed}`,
  needsFileLink: () =>
    "get needs the link of a file, which its message has: get sodam://HOST/file-…",
  onlyInRoom: (flag) => `--${flag} is about ranks, which only rooms have: on '#room' --${flag}`,
  time: "a day like 2026-11-23 or a time like 2026-11-23T09:30:00Z",
  debugNeedsFile: (level) =>
    `--log-level ${level} needs --debug-log FILE: the lines are written there`,
  theme: {
    noFile: (name, path) =>
      `theme ${name}: there is no ${path}; without one, auto, dark and light can be chosen`,
    unknownRole: (path, name, nearest) =>
      `${path}: nothing is called "${name}"; ${nearest === null ? "docs/themes.md lists what has a look" : `did you mean "${nearest}"?`}`,
    badStyle: (path, role, input) =>
      `${path}: ${role} = ${input}: must be words such as "bold cyan", "#88c0d0 on black", "underline 33" or "plain"`,
    badBase: (path, input) => `${path}: base = ${input}: must be auto, dark or light`,
    badNames: (path, most) =>
      `${path}: names must be a list of 1 to ${most} colours, such as ["#88c0d0", "cyan", 208]`,
  },
};

export const KOREAN: Sentences = {
  unknownFlag: (flag, nearest) =>
    `모르는 설정입니다: ${flag} (${nearest === null ? "모든 설정은 --help로 볼 수 있습니다" : `혹시 ${nearest}?`})`,
  unknownInFile: (path, name, nearest) =>
    `${path}: 모르는 설정입니다: "${name}" (${nearest === null ? "모든 설정은 --help로 볼 수 있습니다" : `혹시 "${nearest}"?`})`,
  takesNoValue: (flag) => `${flag}에는 값을 붙이지 않습니다`,
  needsValue: (flag, expected) => `${flag}에 값이 필요합니다: ${expected}`,
  mustBe: (input, expected) => `${input}: 쓸 수 있는 값은 ${expected}입니다`,
  tables: (path, name) => `${path}: ${name} 설정은 [[${name}]] 표로 씁니다`,
  section: (path, name) =>
    `${path}: ${name} 설정은 [${name}] 표로 쓰고, 이름마다 따옴표로 묶은 글을 적습니다`,
  flagOnly: (path, name) => `${path}: "${name}" 설정은 명령줄에서만 쓸 수 있습니다`,
  expected: {
    text: "글자",
    yesNo: "yes 또는 no",
    number: (min, max, keyword) =>
      `${keyword === undefined ? "" : `${keyword} 또는 `}${min}에서 ${max}까지의 수`,
    choice: (choices) => `${choices.slice(0, -1).join(", ")} 또는 ${choices.at(-1)}`,
  },
  twoServers: (named, byFlag, flag = "server") =>
    `서버를 두 번 적었습니다: ${named}, --${flag} ${byFlag}`,
  cutLink: (input) =>
    `링크가 잘린 것 같습니다: "${input}" (sodam://부터 끝까지 다시 복사하세요. "&"가 들어 있으면 따옴표로 감싸세요)`,
  noEncoding: (name) =>
    `--encoding ${name}: 그런 인코딩이 없습니다. windows-949, latin1, shift_jis 등을 써 보세요`,
  noFirstLine: (path) => `--server-password-file ${path}: 읽을 수 없거나 첫 줄이 비어 있습니다`,
  setIn: (path, name) => `이 설정(${name})은 ${path} 파일에 있습니다. 그 줄을 고치거나 지우세요`,
  noLink: (path) => `--link-file ${path}: 읽을 수 없거나 비어 있습니다`,
  linkFromInput: () =>
    "--link-file -는 표준 입력을 읽는데, 여기서는 표준 입력을 다른 데 씁니다. 메뉴에서 서버를 물을 때 링크를 붙여 넣거나 파일을 지정하세요",
  unreadableFile: (path, cause) => `${path}: 읽을 수 없어 그 안의 설정은 쓰지 않습니다 (${cause})`,
  missingPackage: (name) =>
    `이 프로그램에 필요한 패키지 ${name}이(가) 없고, 내려받을 수도 없었습니다. 패키지 저장소에 접속할 수 있는 곳에서 client.ts가 있는 폴더로 가 "bun install"을 실행한 뒤 다시 시작해 주세요.`,
  noServer: (input) =>
    `서버 주소가 아닙니다: "${input}" (HOST, HOST:PORT, 또는 sodam:// 링크로 쓰세요)`,
  unknownCommand: (name, commands) =>
    `모르는 명령입니다: "${name}" (쓸 수 있는 명령: ${commands.join(", ")})`,
  needsRoom: (command) => `${command}에는 방이나 사람 이름이 필요합니다: ${command} '#방'`,
  oneRoom: (command, extra) =>
    `${command}에는 방을 하나만 쓸 수 있습니다. "${extra}" 부분을 지우세요`,
  oneFile: (command, extra) =>
    `${command}에는 파일을 하나만 쓸 수 있습니다. "${extra}" 부분을 지우세요`,
  belongsTo: (flag, command) => `--${flag} 설정은 ${command} 명령에만 쓸 수 있습니다`,
  needsCommand: () =>
    "on에는 방 하나(또는 @이름, 모든 1:1 메시지는 @)와 -- 뒤의 명령이 필요합니다: on '#방' --match '^!안녕' -- ./hello.sh",
  notTogether: (flag, other) => `--${flag}, --${other} 설정은 함께 쓸 수 없습니다`,
  needsGroups: () => "--arguments를 쓰려면 --match가 필요합니다",
  needsFlag: (flag, needed) => `--${flag} 설정에는 --${needed} 설정이 필요합니다`,
  needsFileLink: () => "get에는 메시지에 있는 파일 링크가 필요합니다: get sodam://HOST/file-…",
  onlyInRoom: (flag) => `--${flag} 설정은 등급이 있는 방에서만 쓸 수 있습니다: on '#방' --${flag}`,
  time: "2026-11-23 같은 날짜 또는 2026-11-23T09:30:00Z 같은 시각",
  debugNeedsFile: (level) =>
    `--log-level ${level}에는 --debug-log FILE이 필요합니다. 주고받은 줄을 그 파일에 씁니다`,
  theme: {
    noFile: (name, path) =>
      `theme ${name}: ${path} 파일이 없습니다. 파일 없이는 auto, dark, light를 고를 수 있습니다`,
    unknownRole: (path, name, nearest) =>
      `${path}: 모르는 항목입니다: "${name}" (${nearest === null ? "모든 항목은 docs/themes.md에 있습니다" : `혹시 "${nearest}"?`})`,
    badStyle: (path, role, input) =>
      `${path}: ${role} = ${input}: "bold cyan", "#88c0d0 on black", "underline 33", "plain"처럼 써야 합니다`,
    badBase: (path, input) => `${path}: base = ${input}: auto, dark 또는 light여야 합니다`,
    badNames: (path, most) =>
      `${path}: names에는 1개에서 ${most}개까지의 색을 ["#88c0d0", "cyan", 208]처럼 씁니다`,
  },
};
