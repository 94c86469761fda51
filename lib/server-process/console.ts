import { languageFlag, parseAdminArguments } from "../admin/admin-arguments.ts";
import { adminWords } from "../admin/admin-words.ts";
import { adminHelp, answerToJson, formatAnswer, formatTable } from "../admin/format-answer.ts";
import { openAdminConnection } from "../file-manager/admin-socket.ts";
import { readSettings } from "../file-manager/disk/text-file.ts";
import { type AdminRow, isTooLong } from "../protocol/admin/admin-answer.ts";
import { chooseLanguage } from "../protocol/language.ts";
import { parseServerArguments } from "../settings/server-settings.ts";
import { connectToAdmin, systemUser } from "../transport/admin-connection.ts";
import { programName } from "../transport/program-name.ts";
import { exitWithError } from "../transport/shutdown.ts";
import { print } from "./process-output.ts";

const PROGRAM = programName("server.ts");

/** Asks a running server something, as its owner: `bun server.ts admin …`. */
export async function runConsole(argv: readonly string[]): Promise<void> {
  const words = adminWords(chooseLanguage(languageFlag(argv), null, process.env));
  const given = parseAdminArguments(argv, words);
  if ("refused" in given) return exitWithError([given.refused], 2);
  if (given.command === null) return print(adminHelp(PROGRAM, words).join("\n"));
  const parsed = parseServerArguments(given.flags, readSettings);
  if ("refused" in parsed) return exitWithError(parsed.refused, 2);
  if ("show" in parsed) return;
  const { data } = parsed.settings;
  const { command, options, json } = given;
  const request = { command, words: given.words, options, user: systemUser() };
  if (isTooLong(request)) return exitWithError([words.tooLong], 2);
  const opened = await openAdminConnection(data, connectToAdmin);
  if ("refused" in opened) {
    const isRunning = opened.refused === "not-permitted";
    return exitWithError([isRunning ? words.notPermitted(data) : words.notRunning(data)], 1);
  }
  const { connection } = opened;
  const rows: AdminRow[] = [];
  for (let skip: number | null = 0; skip !== null; ) {
    const answer = await connection.ask({ ...request, skip });
    if (answer === "no-answer") return exitWithError([words.noAnswer], 1);
    if (answer === "other-version") return exitWithError([words.otherVersion], 1);
    if (answer.kind === "rows") {
      rows.push(...answer.rows);
      skip = answer.next;
      continue;
    }
    const text = json ? answerToJson(answer, words) : formatAnswer(answer, words).join("\n");
    if (answer.kind !== "refused" || json) print(text);
    else exitWithError([text], 1);
    if (answer.kind === "refused") process.exitCode = 1;
    if (answer.kind !== "done" || answer.sentence[0] !== "logFollows") return connection.close();
    return connection.follow((line) => {
      if (line.kind !== "log") return;
      print(json ? answerToJson(line, words) : formatAnswer(line, words).join("\n"));
    });
  }
  connection.close();
  print(
    json
      ? answerToJson({ kind: "rows", rows, next: null }, words)
      : formatTable(rows, words).join("\n"),
  );
}
