import { expect, test } from "bun:test";
import { splitCommand } from "../../lib/protocol/split-command.ts";

test.each([
  ["vim", ["vim"]],
  ["  code   --wait ", ["code", "--wait"]],
  ['code --wait "my profile"', ["code", "--wait", "my profile"]],
  ["'/opt/my editor/bin' -a='b c'd", ["/opt/my editor/bin", "-a=b cd"]],
  ["emacs -nw a\\ b", ["emacs", "-nw", "a b"]],
  ['x "say \\"hi\\" \\n"', ["x", 'say "hi" \\n']],
  ['x ""', ["x", ""]],
  ["vim; rm -rf ~ && $(id) `id` | *", ["vim;", "rm", "-rf", "~", "&&", "$(id)", "`id`", "|", "*"]],
  ["", []],
])("%j is split as a shell would, and nothing in it is run or filled in", (command, words) => {
  expect(splitCommand(command)).toEqual(words);
});

test("on Windows a backslash is a part of a path", () => {
  expect(splitCommand('"C:\\Program Files\\vim.exe" C:\\a', true)).toEqual([
    "C:\\Program Files\\vim.exe",
    "C:\\a",
  ]);
});
