import { didYouMean } from "../protocol/did-you-mean.ts";
import { type ImportOptions, takeImportOptions } from "./import-options.ts";

const HELP_INDENT = " ".repeat(24);

/** The tasks of `bun server.ts TASK …`, which run in place of the server: their arguments and their help. */
export const SERVER_TASKS = {
  backup: {
    args: ["DIR"],
    help: "Copies data and certificate; the server may run.",
  },
  restore: {
    args: ["DIR"],
    help: "Puts a backup where there is no data yet.",
    more: [
      "--from-leader in place of DIR: fetches a node's folder",
      "anew from the leader of its cluster (--nats).",
    ],
  },
  fingerprint: { args: [], help: "Shows the certificate's fingerprint, to read it out." },
  doctor: { args: [], help: "Checks every file; --mend repairs what it can." },
  forget: {
    args: ["ACCOUNT"],
    help: "Erases all its messages; stop the server first.",
  },
  import: {
    args: ["FORMAT", "FILE", "ROOM"],
    help: "Reads another program's log into a room; stop first.",
    more: [
      "FORMAT: jsonl, weechat, irssi, hexchat, znc, halloy,",
      "kakaotalk or slack. --dry-run only shows what comes in.",
      "--timezone ZONE, --encoding NAME, --channel NAME.",
    ],
  },
  export: {
    args: ["ROOM", "FILE"],
    help: "Writes a room's history to .html, .md, .txt or .jsonl.",
  },
  "export-account": {
    args: ["ACCOUNT", "FILE"],
    help: "Writes everything about an account, as JSON lines.",
  },
  "mend-dates": {
    args: [],
    help: "Finds future dates; --mend moves them; stop first.",
  },
} as const;

/** Not a task in place of the server: lib/admin/ parses its arguments. */
const ADMIN = { args: [], help: "Asks a running server; alone it lists its commands." } as const;

/** Nor is this one, which is the console's command of the same name. */
const UPGRADE = {
  args: ["[--gateways]"],
  help: "Runs the program that is on disk now in place",
  more: ["of the running server; nobody is disconnected."],
} as const;

/** And this one. */
const STATUS = {
  args: [],
  help: "Shows who leads, who follows, and how all are.",
} as const;

const FROM_LEADER = "--from-leader";

/** Nor is this one, which serves. */
const GATEWAY = {
  args: [],
  help: "Holds connections for a cluster on a machine",
  more: ["without a node: --nats, --certs, --port, --gateways."],
} as const;

/** The tasks that change nothing without `--mend`. */
const TASKS_THAT_MEND: ReadonlySet<string> = new Set<TaskName>(["doctor", "mend-dates"]);

export type TaskName = keyof typeof SERVER_TASKS;

/** A task with its arguments. `flags` are the remaining arguments: settings. */
export interface ServerTask {
  readonly name: TaskName;
  readonly words: readonly string[];
  /** `restore --from-leader`: from the leader of a cluster, and not from a backup. */
  readonly fromLeader?: true;
  /** `--mend`: repair the findings as well as reporting them. */
  readonly mend: boolean;
  readonly flags: readonly string[];
  /** The options of `import`; other tasks have none. */
  readonly importOptions?: ImportOptions;
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
    const nearest = didYouMean(name, [
      ...Object.keys(SERVER_TASKS),
      "admin",
      "status",
      "upgrade",
      "gateway",
    ]);
    const hint = nearest === null ? "" : ` Did you mean "${nearest}"?`;
    return { refused: [`There is no task "${name}".${hint} --help lists them all.`] };
  }
  const { args } = SERVER_TASKS[name];
  if (name === "restore" && argv.includes(FROM_LEADER)) {
    const settings = argv.slice(1).filter((word) => word !== FROM_LEADER);
    return { name, words: [], mend: false, fromLeader: true, flags: settings };
  }
  const taken = name === "import" ? takeImportOptions(argv.slice(1)) : null;
  if (taken !== null && "refused" in taken) return taken;
  const given = taken?.rest ?? argv.slice(1);
  const words = given.slice(0, args.length);
  if (words.length < args.length || words.some((word) => word.startsWith("-"))) {
    const usage = `Usage: ${program} ${[name, ...args].join(" ")} [--SETTING VALUE] ...`;
    return { refused: [usage, ...helpLines(SERVER_TASKS[name])] };
  }
  const rest = given.slice(args.length);
  const mend = TASKS_THAT_MEND.has(name) && rest.includes("--mend");
  const flags = mend ? rest.filter((flag) => flag !== "--mend") : rest;
  return { name, words, mend, flags, ...(taken !== null && { importOptions: taken.options }) };
}

/** Returns the part of `--help` about tasks. */
export function tasksHelp(): string {
  const rows = Object.entries({
    gateway: GATEWAY,
    admin: ADMIN,
    status: STATUS,
    upgrade: UPGRADE,
    ...SERVER_TASKS,
  }).map(([name, task]) => {
    const usage = [name, ...task.args].join(" ");
    const text = helpLines(task).join(`\n${HELP_INDENT}`);
    return usage.length > 20 ? `  ${usage}\n${HELP_INDENT}${text}` : `  ${usage.padEnd(22)}${text}`;
  });
  return ["Tasks, which run in place of the server:", ...rows].join("\n");
}

function helpLines(task: {
  readonly help: string;
  readonly more?: readonly string[];
}): readonly string[] {
  return [task.help, ...(task.more ?? [])];
}

function isTask(word: string): word is TaskName {
  return Object.hasOwn(SERVER_TASKS, word);
}
