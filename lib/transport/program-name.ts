import { shellWord } from "../protocol/shell-command.ts";

/** The scripts that people start; a compiled binary is one of them. */
type Script = "client.ts" | "server.ts";

/** How a process was started, as Bun tells it. */
interface StartedProcess {
  /** Path of the script; inside of a binary it is virtual. */
  readonly main: string;
  /** How the program was called: `./sodam-server`, or a name that was found in PATH. */
  readonly argv0: string;
  readonly isWindows: boolean;
}

const THIS_PROCESS: StartedProcess = {
  main: Bun.main,
  argv0: process.argv0,
  isWindows: process.platform === "win32",
};
const IN_BINARY = /^(?:\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/i;

/**
 * Returns how a person starts a script: "bun client.ts", or in a binary its name, as in "./sodam-client". A
 * server's binary takes the client's beside it to have the same name with "client" in it.
 *
 * @param own the script of this process
 * @param wanted the script to start
 */
export function programName(
  own: Script,
  wanted: Script = own,
  { main, argv0, isWindows }: StartedProcess = THIS_PROCESS,
): string {
  if (!IN_BINARY.test(main)) return `bun ${wanted}`;
  const separator = isWindows ? /[\\/]/ : /\//;
  const path = argv0.split(separator);
  const name = path.at(-1) ?? "";
  const file = own === wanted ? name : otherBinary(name, own, wanted);
  const word = shellWord(file) ?? `sodam-${wanted.slice(0, -3)}`;
  // A name without a folder was found in PATH.
  return path.length === 1 ? word : `${isWindows ? ".\\" : "./"}${word}`;
}

/** Returns the command that starts this program again, with these arguments of a process. */
export function ownCommand(
  argv: readonly string[],
  { main }: Pick<StartedProcess, "main"> = THIS_PROCESS,
): string[] {
  const rest = argv.slice(2);
  if (IN_BINARY.test(main)) return [process.execPath, ...rest];
  return [process.execPath, ...process.execArgv, main, ...rest];
}

function otherBinary(name: string, own: Script, wanted: Script): string {
  const [role, other] = [own.slice(0, -3), wanted.slice(0, -3)];
  return name.includes(role) ? name.replace(role, other) : `sodam-${other}`;
}
