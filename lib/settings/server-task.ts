import { didYouMean } from "../protocol/did-you-mean.ts";

/** The tasks of `bun server.ts TASK …`, which run in place of the server: their arguments and their help. */
export const SERVER_TASKS = {
  backup: {
    args: ["DIR"],
    help: "Copies data and certificate; the server may run.",
  },
  restore: { args: ["DIR"], help: "Puts a backup where there is no data yet." },
  fingerprint: { args: [], help: "Shows the certificate's fingerprint, to read it out." },
  doctor: { args: [], help: "Checks every file; --mend repairs what it can." },
  forget: {
    args: ["ACCOUNT"],
    help: "Erases all its messages; stop the server first.",
  },
  import: {
    args: ["FORMAT", "FILE", "ROOM"],
    help: "Log (jsonl, weechat, irssi) into a room; stop first.",
  },
  export: {
    args: ["ROOM", "FILE"],
    help: "Writes a room's history to .html, .md, .txt or .jsonl.",
  },
  "export-account": {
    args: ["ACCOUNT", "FILE"],
    help: "Writes everything about an account, as JSON lines.",
  },
} as const;

export type TaskName = keyof typeof SERVER_TASKS;

/** A task with its arguments. `flags` are the remaining arguments: settings. */
export interface ServerTask {
  readonly name: TaskName;
  readonly words: readonly string[];
  /** `doctor --mend`: repair the findings as well as reporting them. */
  readonly mend: boolean;
  readonly flags: readonly string[];
}

/**
 * Parses a task at the front of the command line. Returns `null` when the first argument is a flag or missing: then
 * the server is to start. `refused` are sentences for the user.
 *
 * @example parseTask(["backup", "/mnt/usb/sodam", "--data", "data"])
 */
export function parseTask(
  argv: readonly string[],
  program = "bun server.ts",
): ServerTask | { readonly refused: readonly string[] } | null {
  const [name = ""] = argv;
  if (name === "" || name.startsWith("-")) return null;
  if (!isTask(name)) {
    const nearest = didYouMean(name, Object.keys(SERVER_TASKS));
    const hint = nearest === null ? "" : ` Did you mean "${nearest}"?`;
    return { refused: [`There is no task "${name}".${hint} --help lists them all.`] };
  }
  const { args } = SERVER_TASKS[name];
  const words = argv.slice(1, 1 + args.length);
  if (words.length < args.length || words.some((word) => word.startsWith("-"))) {
    return {
      refused: [`Usage: ${program} ${[name, ...args].join(" ")} [--SETTING VALUE] ...`],
    };
  }
  const rest = argv.slice(1 + args.length);
  const mend = name === "doctor" && rest.includes("--mend");
  return { name, words, mend, flags: mend ? rest.filter((flag) => flag !== "--mend") : rest };
}

/** Returns the part of `--help` about tasks. */
export function tasksHelp(): string {
  const rows = Object.entries(SERVER_TASKS).map(([name, { args, help }]) => {
    const usage = [name, ...args].join(" ");
    return usage.length > 20
      ? `  ${usage}\n${" ".repeat(24)}${help}`
      : `  ${usage.padEnd(22)}${help}`;
  });
  return ["Tasks, which run in place of the server:", ...rows].join("\n");
}

function isTask(word: string): word is TaskName {
  return Object.hasOwn(SERVER_TASKS, word);
}
