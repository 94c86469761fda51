import { expect, test } from "bun:test";
import { LOG_FORMATS } from "../../lib/file-manager/import/log-formats.ts";
import { parseTask, SERVER_TASKS, tasksHelp } from "../../lib/settings/server-task.ts";

test("arguments that begin with a flag start the server", () => {
  expect(parseTask([])).toBeNull();
  expect(parseTask(["--port", "7000", "backup"])).toBeNull();
});

test("a task takes its arguments, and leaves the flags", () => {
  expect(parseTask(["backup", "copy", "--data", "d"])).toEqual({
    name: "backup",
    words: ["copy"],
    mend: false,
    flags: ["--data", "d"],
  });
  expect(parseTask(["doctor", "--data", "d", "--mend"])).toEqual({
    name: "doctor",
    words: [],
    mend: true,
    flags: ["--data", "d"],
  });
});

test("an unknown task, and a task without its arguments, are refused with a suggestion", () => {
  expect(parseTask(["docter"])).toEqual({
    refused: ['There is no task "docter". Did you mean "doctor"? --help lists them all.'],
  });
  expect(parseTask(["import", "irssi", "--data"])).toEqual({
    refused: [
      "Usage: bun server.ts import FORMAT FILE ROOM [--SETTING VALUE] ...",
      "Reads another program's log into a room; stop first.",
      "FORMAT: jsonl, weechat, irssi, hexchat, znc, halloy,",
      "kakaotalk or slack. --dry-run only shows what comes in.",
      "--timezone ZONE, --encoding NAME, --channel NAME.",
    ],
  });
});

test("the options of import may stand anywhere, and need their values", () => {
  const words = ["slack", "export.zip", "#tea"];
  expect(parseTask(["import", "--channel", "random", ...words, "--data", "d"])).toEqual({
    ...{ name: "import", words, mend: false, flags: ["--data", "d"] },
    importOptions: { encoding: "", timezone: "", channel: "random", dryRun: false },
  });
  expect(parseTask(["import", ...words, "--channel=random"])).toMatchObject({
    importOptions: { channel: "random" },
  });
  expect(parseTask(["import", ...words, "--channel"])).toEqual({
    refused: ["--channel needs a value, such as general."],
  });
});

test("the help names every format of a log", () => {
  for (const { name } of LOG_FORMATS) expect(tasksHelp()).toMatch(new RegExp(`\\b${name}\\b`));
});

test("every task is in the help, each on its own line", () => {
  for (const name of Object.keys(SERVER_TASKS)) expect(tasksHelp()).toContain(`  ${name}`);
});

test("import takes its options wherever they stand, and refuses one without a value", () => {
  const task = {
    name: "import",
    words: ["irssi", "tea.log", "#tea"],
    mend: false,
    flags: ["--data", "d"],
    importOptions: { encoding: "cp949", timezone: "Asia/Seoul", channel: "", dryRun: true },
  } as const;
  const before = ["--encoding", "cp949", "--dry-run", "--timezone=Asia/Seoul", ...task.words];
  expect(parseTask(["import", ...before, "--data", "d"])).toEqual(task);
  const after = [...task.words, "--data", "d", "--timezone", "Asia/Seoul", "--encoding=cp949"];
  expect(parseTask(["import", ...after, "--dry-run"])).toEqual(task);
  expect(parseTask(["import", ...task.words, "--timezone", "--dry-run"])).toEqual({
    refused: ["--timezone needs a value, such as Asia/Seoul."],
  });
  expect(parseTask(["import", ...task.words, "--dry-run=no"])).toEqual({
    refused: ["--dry-run takes no value."],
  });
});
