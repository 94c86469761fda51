/** One command of the owner's console, as it is typed: `bun server.ts admin NAME ARGS`. */
export interface AdminCommandRow {
  /** The arguments as its usage shows them; "" for none. */
  readonly args: string;
  /** How many arguments it needs. */
  readonly words: number;
  /** Its options, which take a value, with what stands for that in its usage. */
  readonly options: Readonly<Record<string, string>>;
  /** A server that follows another one answers it, too. */
  readonly onStandby?: true;
}

const NO_OPTIONS = {} as const;

/**
 * Every command of the owner's console. To add one: a row here, its line of help in both languages (lib/admin/), and its
 * handler in a file of lib/chat-server/admin/. What it answers with is in admin-answer.ts.
 */
export const ADMIN_COMMANDS = {
  status: { args: "", words: 0, options: NO_OPTIONS, onStandby: true },
  people: { args: "[NAME]", words: 0, options: NO_OPTIONS },
  "free-name": { args: "NAME", words: 1, options: NO_OPTIONS },
  rooms: { args: "[ROOM]", words: 0, options: NO_OPTIONS },
  suspend: { args: "NAME [DURATION] [REASON]", words: 1, options: NO_OPTIONS },
  unsuspend: { args: "NAME", words: 1, options: NO_OPTIONS },
  rename: { args: "NAME NEW-NAME [free]", words: 2, options: NO_OPTIONS },
  remove: { args: "NAME [REASON]", words: 1, options: { messages: "erase" } },
  grade: { args: "NAME GRADE", words: 2, options: NO_OPTIONS },
  grades: { args: "", words: 0, options: NO_OPTIONS },
  reports: { args: "[ID]", words: 0, options: NO_OPTIONS },
  "close-report": { args: "ID", words: 1, options: NO_OPTIONS },
  sessions: { args: "[NAME]", words: 0, options: NO_OPTIONS },
  "end-session": { args: "ID", words: 1, options: NO_OPTIONS },
  reset: { args: "NAME", words: 1, options: NO_OPTIONS },
  "withdraw-reset": { args: "NAME", words: 1, options: NO_OPTIONS },
  bans: { args: "", words: 0, options: NO_OPTIONS },
  ban: { args: "TARGET [DURATION] [REASON]", words: 1, options: NO_OPTIONS },
  unban: { args: "TARGET", words: 1, options: NO_OPTIONS },
  invitations: { args: "", words: 0, options: NO_OPTIONS },
  invite: { args: "", words: 0, options: { uses: "N", days: "N" } },
  withdraw: { args: "ID", words: 1, options: NO_OPTIONS },
  quotas: { args: "", words: 0, options: NO_OPTIONS },
  audit: { args: "[NAME]", words: 0, options: { last: "N" } },
  log: { args: "", words: 0, options: NO_OPTIONS, onStandby: true },
  "log-level": { args: "LEVEL", words: 1, options: NO_OPTIONS },
  say: { args: "TEXT", words: 1, options: NO_OPTIONS },
  reload: { args: "", words: 0, options: NO_OPTIONS },
  check: { args: "", words: 0, options: NO_OPTIONS, onStandby: true },
  upgrade: { args: "[gateways]", words: 0, options: NO_OPTIONS },
} as const satisfies Readonly<Record<string, AdminCommandRow>>;

/** The name of a command of the owner's console. */
export type AdminCommandName = keyof typeof ADMIN_COMMANDS;

/** Returns the command of that name, or `null`. */
export function adminCommandName(name: string): AdminCommandName | null {
  return Object.hasOwn(ADMIN_COMMANDS, name) ? (name as AdminCommandName) : null;
}

/** Returns how many arguments a command takes: any number if the last one is a text. */
export function adminWordsMax(name: AdminCommandName): number {
  const { args } = ADMIN_COMMANDS[name];
  return /TEXT|REASON/.test(args) ? Number.POSITIVE_INFINITY : (args.match(/\S+/g)?.length ?? 0);
}

/** Returns how a command is typed: `invite [--uses N] [--days N]`. */
export function adminUsage(name: AdminCommandName): string {
  const { args, options }: AdminCommandRow = ADMIN_COMMANDS[name];
  const flags = Object.entries(options).map(([option, value]) => `[--${option} ${value}]`);
  return [name, args, ...flags].filter((part) => part !== "").join(" ");
}

/** Whether a command only asks, so that a server answers it while another one leads. */
export function onlyAsks(command: string): boolean {
  const name = adminCommandName(command);
  const row: AdminCommandRow | null = name === null ? null : ADMIN_COMMANDS[name];
  return row?.onStandby === true;
}
