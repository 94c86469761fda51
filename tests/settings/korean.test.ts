import { expect, test } from "bun:test";
import { clientHelp, parseClientArguments } from "../../lib/settings/client-settings.ts";
import { CLIENT_TABLE } from "../../lib/settings/client-table.ts";
import { KOREAN_CLIENT_TABLE } from "../../lib/settings/client-table-ko.ts";
import { ENGLISH, KOREAN } from "../../lib/settings/sentences.ts";

const korean = () => "ko" as const;

test("every setting is explained in Korean, under the same name and with the same default", () => {
  expect(Object.keys(KOREAN_CLIENT_TABLE)).toEqual(Object.keys(CLIENT_TABLE));
  for (const [name, row] of Object.entries(KOREAN_CLIENT_TABLE)) {
    expect(row.help).toMatch(/\p{Script=Hangul}/u);
    expect(row.default).toBe(CLIENT_TABLE[name as keyof typeof CLIENT_TABLE].default);
  }
});

test("the Korean help is in 80 columns", () => {
  const widths = clientHelp("ko")
    .split("\n")
    .map((line) => Bun.stringWidth(line));
  expect(Math.max(...widths)).toBeLessThanOrEqual(80);
});

test.each([
  [["--colur"], ["모르는 설정입니다: --colur (혹시 --colour?)"]],
  [
    ["--log-level", "debug"],
    ["--log-level debug에는 --debug-log FILE이 필요합니다. 주고받은 줄을 그 파일에 씁니다"],
  ],
  [["--lang", "fr"], ["--lang fr: 쓸 수 있는 값은 en 또는 ko입니다"]],
  [["--no-mouse=1"], ["--no-mouse에는 값을 붙이지 않습니다"]],
  [["send"], ["send에는 방이나 사람 이름이 필요합니다: send '#방'"]],
  [["export", "#a", "--from", "soon"], [`--from soon: 쓸 수 있는 값은 ${TIME()}입니다`]],
  [["my-data", "a", "b"], ['my-data에는 파일을 하나만 쓸 수 있습니다. "b" 부분을 지우세요']],
  [["tail", "#a", "--force"], ["--force 설정은 export 명령에만 쓸 수 있습니다"]],
])("%j is refused in Korean", (argv, refused) => {
  expect(parseClientArguments(argv, () => null, korean)).toEqual({ refused });
});

function TIME(): string {
  return "2026-11-23 같은 날짜 또는 2026-11-23T09:30:00Z 같은 시각";
}

test("the language is chosen from --lang or the file, and from --config-dir", () => {
  const calls: unknown[] = [];
  const choose = (...args: unknown[]) => {
    calls.push(args);
    return "ko" as const;
  };
  const file = () => ({ path: "client.toml", text: 'lang = "ko"\nmuose = false' });
  expect(parseClientArguments(["--config-dir", "c"], file, choose)).toEqual({
    refused: ['client.toml: 모르는 설정입니다: "muose" (혹시 "mouse"?)'],
  });
  parseClientArguments(["--lang", "en", "--help"], file, choose);
  expect(calls).toEqual([
    ["ko", "c"],
    ["en", null],
  ]);
});

test("both languages have the same sentences", () => {
  expect(Object.keys(KOREAN)).toEqual(Object.keys(ENGLISH));
});
