/** What is said about settings that can't be, in the reader's language. */
export interface Sentences {
  /** `near`: what was most likely meant. */
  unknownFlag(flag: string, near: string | null): string;
  unknownInFile(path: string, name: string, near: string | null): string;
  takesNoValue(flag: string): string;
  /** `wants`: what a right value looks like, from below. */
  needsValue(flag: string, wants: string): string;
  mustBe(given: string, wants: string): string;
  tables(path: string, name: string): string;
  flagAlone(path: string, name: string): string;
  readonly wants: {
    readonly text: string;
    readonly yesNo: string;
    number(min: number, max: number, word: string | undefined): string;
    choice(of: readonly string[]): string;
  };
  twoServers(one: string, other: string): string;
  noServer(given: string): string;
  cutLink(given: string): string;
  noFirstLine(path: string): string;
  unknownCommand(name: string, commands: readonly string[]): string;
  needsRoom(command: string): string;
  oneRoom(command: string, extra: string): string;
  oneFile(command: string, extra: string): string;
  belongsTo(flag: string, command: string): string;
}

export const ENGLISH: Sentences = {
  unknownFlag: (flag, near) =>
    `unknown setting ${flag}; ${near === null ? "--help lists them all" : `did you mean ${near}?`}`,
  unknownInFile: (path, name, near) =>
    `${path}: unknown setting "${name}"; ${near === null ? "--help lists them all" : `did you mean "${near}"?`}`,
  takesNoValue: (flag) => `${flag} takes no value`,
  needsValue: (flag, wants) => `${flag} needs a value: ${wants}`,
  mustBe: (given, wants) => `${given}: must be ${wants}`,
  tables: (path, name) => `${path}: ${name} must be written as [[${name}]] tables`,
  flagAlone: (path, name) => `${path}: "${name}" is for the command line alone`,
  wants: {
    text: "text",
    yesNo: "yes or no",
    number: (min, max, word) =>
      `${word === undefined ? "" : `${word}, or `}a number from ${min} to ${max}`,
    choice: (of) => `${of.slice(0, -1).join(", ")} or ${of.at(-1)}`,
  },
  twoServers: (one, other) => `two servers: ${one} and --server ${other}`,
  cutLink: (given) =>
    `a part of the link "${given}" is missing: copy all of it, and put it in quotes, since a shell cuts it at its "&"`,
  noFirstLine: (path) =>
    `--server-password-file ${path}: can't be read, or its first line is empty`,
  noServer: (given) => `"${given}" is no server: write HOST, HOST:PORT or a sodam:// link`,
  unknownCommand: (name, of) =>
    `unknown command "${name}"; there are ${of.slice(0, -1).join(", ")} and ${of.at(-1)}`,
  needsRoom: (command) => `${command} needs a room or a person: ${command} '#room'`,
  oneRoom: (command, extra) => `${command} takes one room; "${extra}" is one too many`,
  oneFile: (command, extra) => `${command} takes one file; "${extra}" is one too many`,
  belongsTo: (flag, command) => `--${flag} belongs to ${command}`,
};

export const KOREAN: Sentences = {
  unknownFlag: (flag, near) =>
    `모르는 설정입니다: ${flag} (${near === null ? "모든 설정은 --help로 볼 수 있습니다" : `혹시 ${near}?`})`,
  unknownInFile: (path, name, near) =>
    `${path}: 모르는 설정입니다: "${name}" (${near === null ? "모든 설정은 --help로 볼 수 있습니다" : `혹시 "${near}"?`})`,
  takesNoValue: (flag) => `${flag}에는 값을 붙이지 않습니다`,
  needsValue: (flag, wants) => `${flag}에 값이 필요합니다: ${wants}`,
  mustBe: (given, wants) => `${given}: 쓸 수 있는 값은 ${wants}입니다`,
  tables: (path, name) => `${path}: ${name} 설정은 [[${name}]] 표로 씁니다`,
  flagAlone: (path, name) => `${path}: "${name}" 설정은 명령줄에서만 쓸 수 있습니다`,
  wants: {
    text: "글",
    yesNo: "yes 또는 no",
    number: (min, max, word) =>
      `${word === undefined ? "" : `${word} 또는 `}${min}에서 ${max}까지의 수`,
    choice: (of) => `${of.slice(0, -1).join(", ")} 또는 ${of.at(-1)}`,
  },
  twoServers: (one, other) => `서버가 둘입니다: ${one} 그리고 --server ${other}`,
  cutLink: (given) =>
    `링크가 잘린 것 같습니다: "${given}" (전체를 다시 복사하고, 셸이 "&"에서 자르지 않게 따옴표로 감싸세요)`,
  noFirstLine: (path) => `--server-password-file ${path}: 읽을 수 없거나 첫 줄이 비어 있습니다`,
  noServer: (given) =>
    `서버 주소가 아닙니다: "${given}" (HOST, HOST:PORT, 또는 sodam:// 링크로 쓰세요)`,
  unknownCommand: (name, of) => `모르는 명령입니다: "${name}" (쓸 수 있는 명령: ${of.join(", ")})`,
  needsRoom: (command) => `${command}에는 방이나 사람 이름이 필요합니다: ${command} '#방'`,
  oneRoom: (command, extra) => `${command}에는 방을 하나만 씁니다. 남는 것: "${extra}"`,
  oneFile: (command, extra) => `${command}에는 파일을 하나만 씁니다. 남는 것: "${extra}"`,
  belongsTo: (flag, command) => `--${flag} 설정은 ${command} 명령의 것입니다`,
};
