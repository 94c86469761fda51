import {
  ADMIN_COMMANDS,
  type AdminCommandRow,
  adminCommandName,
} from "../protocol/admin/admin-commands.ts";
import type { AdminWords } from "./admin-words.ts";

/** A command of the console as it was typed. */
export interface AdminArguments {
  /** `null` for none: then the help is shown. */
  readonly command: string | null;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly json: boolean;
  /** The remaining flags: settings, by which the data folder is found. */
  readonly flags: readonly string[];
}

/** The settings that count here; all others are those of the running server. Gateways alone have a certs folder only. */
const SETTINGS: ReadonlySet<string> = new Set(["data", "certs", "config", "lang"]);

/** Reads `--lang` alone, for the language in which mistakes are told. */
export function languageFlag(argv: readonly string[]): string | null {
  const index = argv.findLastIndex((word) => word === "--lang" || word.startsWith("--lang="));
  const flag = argv[index];
  return flag === undefined ? null : flag.includes("=") ? flag.slice(7) : (argv[index + 1] ?? null);
}

/**
 * Parses what follows `admin` on the command line. `refused` is a sentence.
 *
 * @example parseAdminArguments(["ban", "192.0.2.7", "2h", "spam", "--data", "d"], words)
 */
export function parseAdminArguments(
  argv: readonly string[],
  words: AdminWords,
): AdminArguments | { readonly refused: string } {
  const given: string[] = [];
  const options: Record<string, string> = {};
  const flags: string[] = [];
  let json = false;
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? "";
    if (argument === "--") {
      given.push(...argv.slice(index + 1));
      break;
    }
    if (!argument.startsWith("--") && argument !== "-h") {
      given.push(argument);
      continue;
    }
    if (argument === "--json") {
      json = true;
      continue;
    }
    if (argument === "--help" || argument === "-h")
      return { command: null, words: [], options, json, flags };
    const equals = argument.indexOf("=");
    const name = argument.slice(2, equals < 0 ? undefined : equals);
    const isSetting = SETTINGS.has(name);
    if (!isSetting && !hasOption(given[0] ?? "", name)) {
      return { refused: words.unknownOption(`--${name}`) };
    }
    const value = equals < 0 ? argv[index + 1] : argument.slice(equals + 1);
    if (equals < 0) index += 1;
    const isFlag = equals < 0 && value?.startsWith("--") === true;
    if (value === undefined || isFlag) return { refused: words.needsValue(`--${name}`) };
    if (isSetting) flags.push(`--${name}`, value);
    else options[name] = value;
  }
  const [command = null, ...rest] = given;
  return { command, words: rest, options, json, flags };
}

function hasOption(command: string, option: string): boolean {
  const name = adminCommandName(command);
  if (name === null) return false;
  const { options }: AdminCommandRow = ADMIN_COMMANDS[name];
  return Object.hasOwn(options, option);
}
