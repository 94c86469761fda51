import { languageFlag, parseAdminArguments } from "../admin/admin-arguments.ts";
import { type AdminWords, adminWords } from "../admin/admin-words.ts";
import { adminHelp, answerToJson, formatAnswer, formatTable } from "../admin/format-answer.ts";
import { gatewayConsoleFolder, openAdminConnection } from "../file-manager/admin-socket.ts";
import { lockHolder } from "../file-manager/disk/lock.ts";
import { readSettings } from "../file-manager/disk/text-file.ts";
import {
  type AdminAnswer,
  type AdminRequest,
  type AdminRow,
  isTooLong,
} from "../protocol/admin/admin-answer.ts";
import { chooseLanguage } from "../protocol/language.ts";
import { parseServerArguments, type ServerSettings } from "../settings/server-settings.ts";
import { type AdminConnection, connectToAdmin, systemUser } from "../transport/admin-connection.ts";
import { programName } from "../transport/program-name.ts";
import { exitWithError } from "../transport/shutdown.ts";
import { print } from "./process-output.ts";
import { replaceServer } from "./replace-server.ts";

type ShownAnswer = Exclude<AdminAnswer, { kind: "rows" }>;

const PROGRAM = programName("server.ts");

/** Asks a running server something, as its owner: `bun server.ts admin …`. */
export async function runConsole(argv: readonly string[]): Promise<void> {
  const words = adminWords(chooseLanguage(languageFlag(argv), null, process.env));
  const given = parseAdminArguments(upgradeWords(argv), words);
  if ("refused" in given) return exitWithError([given.refused], 2);
  if (given.command === null) return print(adminHelp(PROGRAM, words).join("\n"));
  const parsed = parseServerArguments(given.flags, readSettings);
  if ("refused" in parsed) return exitWithError(parsed.refused, 2);
  if ("show" in parsed) return;
  const { data } = parsed.settings;
  const { command, options, json } = given;
  const request = { command, words: given.words, options, user: systemUser() };
  if (isTooLong(request)) return exitWithError([words.tooLong], 2);
  const server = await findServer(parsed.settings, given.flags);
  if ("refused" in server) {
    const holder = server.refused === "not-running" ? await lockHolder(data) : null;
    const problem = problemIn(words, data)[server.refused];
    return exitWithError([holder === null ? problem : words.notAnswering(data, holder)], 1);
  }
  const { folder, connection } = server;
  if (command === "upgrade") {
    connection.close();
    return replace(folder, { ...request, skip: 0 }, json, words);
  }
  const rows: AdminRow[] = [];
  for (let skip: number | null = 0; skip !== null; ) {
    const answer = await connection.ask({ ...request, skip });
    if (typeof answer === "string") return exitWithError([problemIn(words, data)[answer]], 1);
    if (answer.kind === "rows") {
      rows.push(...answer.rows);
      skip = answer.next;
      continue;
    }
    show(answer, json, words);
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

/**
 * Connects to the server that runs on the data folder, or to the gateways of a machine that has nothing else: who names
 * their folder alone means them. `folder` has the console's socket.
 */
async function findServer(
  { data, certs }: Pick<ServerSettings, "data" | "certs">,
  flags: readonly string[],
): Promise<
  | { readonly folder: string; readonly connection: AdminConnection }
  | { readonly refused: "not-running" | "not-permitted" }
> {
  const folders = [data, gatewayConsoleFolder(certs)];
  if (flags.includes("--certs") && !flags.includes("--data")) folders.reverse();
  let refused: "not-running" | "not-permitted" = "not-running";
  for (const folder of folders) {
    const opened = await openAdminConnection(folder, connectToAdmin);
    if ("connection" in opened) return { folder, ...opened };
    if (opened.refused === "not-permitted") refused = opened.refused;
  }
  return { refused };
}

/** Prints an answer that is no list, and sets the exit code. */
function show(answer: ShownAnswer, json: boolean, words: AdminWords): void {
  const text = json ? answerToJson(answer, words) : formatAnswer(answer, words).join("\n");
  if (answer.kind !== "refused" || json) print(text);
  else exitWithError([text], 1);
  if (answer.kind === "refused") process.exitCode = 1;
}

/** Lets the running server be replaced, and prints how that went. */
async function replace(
  data: string,
  request: AdminRequest,
  json: boolean,
  words: AdminWords,
): Promise<void> {
  const replacement = await replaceServer(data, request);
  if ("absentSeconds" in replacement) {
    return exitWithError([words.notReplaced(replacement.absentSeconds)], 1);
  }
  if ("problem" in replacement) {
    return exitWithError([problemIn(words, data)[replacement.problem]], 1);
  }
  for (const answer of replacement.answers) {
    if (answer.kind !== "rows") show(answer, json, words);
  }
}

/** Why there is no answer, in words. */
function problemIn(words: AdminWords, data: string) {
  return {
    "not-running": words.notRunning(data),
    "not-permitted": words.notPermitted(data),
    "no-answer": words.noAnswer,
    "other-version": words.otherVersion,
  } as const;
}

/** The console has a word where the task of the same name has a flag. */
function upgradeWords(argv: readonly string[]): readonly string[] {
  if (argv[0] !== "upgrade") return argv;
  return argv.map((word) => (word === "--gateways" ? "gateways" : word));
}
