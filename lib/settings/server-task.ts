import { didYouMean } from "../protocol/did-you-mean.ts";

/** What `bun server.ts WORD …` does in place of serving, by its word: the words that it takes, and what for. */
export const SERVER_TASKS = {
  backup: {
    takes: ["DIR"],
    help: "Copies data and certificate; the server may run.",
  },
  restore: { takes: ["DIR"], help: "Puts a backup where there is no data yet." },
  doctor: { takes: [], help: "Checks every file; --mend mends what can be." },
  forget: {
    takes: ["ACCOUNT"],
    help: "Takes out all it said; stop the server first.",
  },
  import: {
    takes: ["FORMAT", "FILE", "ROOM"],
    help: "Log (jsonl, weechat, irssi) to room; stop first.",
  },
  export: {
    takes: ["ROOM", "FILE"],
    help: "Writes a room's history to .html, .md, .txt or .jsonl.",
  },
  "export-account": {
    takes: ["ACCOUNT", "FILE"],
    help: "Writes all that there is of an account, as JSON lines.",
  },
} as const;

export type TaskName = keyof typeof SERVER_TASKS;

/** A task with its words; the rest of the arguments are settings. */
export interface ServerTask {
  readonly name: TaskName;
  readonly words: readonly string[];
  /** For the doctor. */
  readonly mend: boolean;
  readonly flags: readonly string[];
}

/**
 * Reads a task off the front of the arguments; `null` when they begin with no word, and so mean to serve.
 *
 * @example parseTask(["backup", "/mnt/usb/sodam", "--data", "data"])
 */
export function parseTask(
  argv: readonly string[],
): ServerTask | { readonly refused: readonly string[] } | null {
  const [name = ""] = argv;
  if (name === "" || name.startsWith("-")) return null;
  if (!isTask(name)) {
    const close = didYouMean(name, Object.keys(SERVER_TASKS));
    const hint = close === null ? "" : ` Did you mean "${close}"?`;
    return { refused: [`There is no task "${name}".${hint} --help lists them all.`] };
  }
  const { takes } = SERVER_TASKS[name];
  const words = argv.slice(1, 1 + takes.length);
  if (words.length < takes.length || words.some((word) => word.startsWith("-"))) {
    return {
      refused: [`Usage: bun server.ts ${[name, ...takes].join(" ")} [--SETTING VALUE] ...`],
    };
  }
  const rest = argv.slice(1 + takes.length);
  const mend = name === "doctor" && rest.includes("--mend");
  return { name, words, mend, flags: mend ? rest.filter((flag) => flag !== "--mend") : rest };
}

/** The part of `--help` about tasks. */
export function tasksHelp(): string {
  const rows = Object.entries(SERVER_TASKS).map(([name, { takes, help }]) => {
    const usage = [name, ...takes].join(" ");
    return usage.length > 20
      ? `  ${usage}\n${" ".repeat(24)}${help}`
      : `  ${usage.padEnd(22)}${help}`;
  });
  return ["Tasks, in place of serving:", ...rows].join("\n");
}

function isTask(word: string): word is TaskName {
  return Object.hasOwn(SERVER_TASKS, word);
}
