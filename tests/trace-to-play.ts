/**
 * Turns a trace into a play, which sends the traced lines to a server on a stage, and expects the
 * same answers:
 *
 *     bun tests/trace-to-play.ts TRACE > tests/commands/bug.test.ts
 *
 * TRACE is what `bun server.ts --log-level trace` wrote to standard error; lines that are no trace are passed over.
 * In a trace of level debug each text is replaced by as many letters.
 */
import { existsSync, readFileSync } from "node:fs";
import { parseMessage } from "../lib/protocol/wire/message.ts";
import { MASK } from "../lib/protocol/wire/secret-params.ts";
import { serverOptions } from "../lib/settings/server-settings.ts";
import { VERSION } from "../lib/settings/settings-help.ts";
import { escapePlaceholders } from "./replay.ts";
import { passwordOf } from "./scene.ts";

/** Something that the trace tells of a session. */
interface TraceEvent {
  /** ms since 1970 */
  readonly time: number;
  readonly session: number;
  readonly direction: "in" | "out" | "open" | "end";
  readonly text: string;
}

interface Trace {
  readonly events: readonly TraceEvent[];
  /** The server's settings, as the trace begins with them. */
  readonly settings: Readonly<Record<string, unknown>> | null;
}

const TRACE_LINE = /^(\S+Z) debug session (\d+) (in|out|open|end): (.*)$/;
const SETTINGS_LINE = /^\S+Z debug: settings (\{.*\})$/;
const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;
/** Unix times in seconds, of this century's first half and some more. */
const UNIX_SECONDS = /(?<![\w.:-])1[6-9]\d{8}(?![\w.:-])/g;
const ADDRESS =
  /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w.:])/g;
/** Who owns the server is greeted as an operator. */
const OWNER_GREETING = /^(?:@\S+ )?:([^!\s]+)!\S+ MODE \1 \+o$/;
/** The ERROR of a server that stops, or cuts a connection. The play's server goes on. */
const STOP_WORDS = /^ERROR :(?:The server is going down|Closed here)$/;
/** The names of the stage's options; the other settings are about files and sockets. */
const OPTION_NAMES = [
  ...["name", "network", "description", "networkIcon", "stsSeconds", "version", "guests", "signUp"],
  ...["passwordCost", "registerBeforeConnect", "email", "motd", "floodControl", "replayLines"],
  ...["inviteHours", "registrationTimeoutMs", "pingAfterMs", "pingTimeoutMs", "redactWithinMs"],
  ...["keepDays", "files"],
];

/** Reads a trace out of a log. */
export function parseTrace(text: string): Trace {
  const events: TraceEvent[] = [];
  let settings: Trace["settings"] = null;
  for (const line of text.split(/\r?\n/)) {
    const [, json] = SETTINGS_LINE.exec(line) ?? [];
    if (json !== undefined) settings ??= JSON.parse(json) as Readonly<Record<string, unknown>>;
    const [, time = "", session, direction, escaped = ""] = TRACE_LINE.exec(line) ?? [];
    if (direction === undefined) continue;
    events.push({
      time: Date.parse(time),
      session: Number(session),
      direction: direction as TraceEvent["direction"],
      text: fillTexts(
        escaped.replace(/\\u\{([0-9a-f]+)\}/g, (_, code: string) =>
          String.fromCodePoint(Number.parseInt(code, 16)),
        ),
        settings,
      ),
    });
  }
  return { events, settings };
}

/** Puts as many letters in place of each text that level debug hides. */
function fillTexts(text: string, settings: Trace["settings"]): string {
  if (settings?.["logLevel"] !== "debug") return text;
  return text.replaceAll(/<(\d+) bytes>/g, (_, count: string) => "x".repeat(Number(count)));
}

/**
 * Returns the source of a test that plays a trace again.
 *
 * @param replayModule where the test finds tests/replay.ts
 */
export function playOf(trace: Trace, replayModule = "../replay.ts"): string {
  const { events } = trace;
  const first = events[0]?.time ?? 0;
  const writer = new PlayWriter(trace);
  for (const event of events) writer.take(event);
  writer.finish();
  return [
    'import { test } from "bun:test";',
    `import { Replay } from ${JSON.stringify(replayModule)};`,
    "",
    "/** Made by tests/trace-to-play.ts from a trace. Call it after what went wrong. */",
    'test("the traced lines are replayed", () => {',
    `  const replay = new Replay(${JSON.stringify(optionsOf(trace))}, ${first});`,
    ...writer.lines.map((line) => `  ${line}`),
    "});",
    "",
  ].join("\n");
}

function signsUp(lines: readonly string[]): boolean {
  return lines.some((line) => / REGISTER SUCCESS /.test(line));
}

/** The options of the traced server that affect its lines. */
function optionsOf({ settings, events }: Trace): Readonly<Record<string, unknown>> {
  if (settings === null) return {};
  // The cast: the server wrote them itself. Operators and password are not in it.
  const known = { ...settings, serverPassword: null, operators: [] } as unknown as Parameters<
    typeof serverOptions
  >[0];
  const options: Readonly<Record<string, unknown>> = serverOptions(known, VERSION, () => "");
  const chosen = Object.fromEntries(OPTION_NAMES.map((name) => [name, options[name]]));
  // Invitations are masked, so sign-ups in the play would fail.
  const isOpened = signsUp(events.map(({ text }) => text));
  return { ...chosen, ...(isOpened && chosen["signUp"] === "invite" && { signUp: "open" }) };
}

/** Writes the lines of the play, event by event. */
class PlayWriter {
  readonly lines: string[] = [];
  readonly #trace: Trace;
  readonly #placeholders: Placeholders;
  readonly #names: ReadonlyMap<number, string>;
  /** The received lines of each session that aren't expected in the play yet. */
  readonly #heard = new Map<number, string[]>();
  readonly #opened = new Set<number>();
  readonly #signedUp = new Set<string>();
  /** Sessions to which the server sent ERROR: it has closed them itself. */
  readonly #closed = new Set<number>();
  #time: number;

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#placeholders = new Placeholders(trace.events);
    this.#names = namesOf(trace.events);
    this.#time = trace.events[0]?.time ?? 0;
  }

  take(event: TraceEvent): void {
    const { session, direction, text } = event;
    switch (direction) {
      case "open":
        this.#pass(event);
        return this.#open(session, text);
      case "in":
        this.#pass(event);
        this.#open(session, "TLS");
        this.#expect(session);
        return this.#say(event);
      case "out":
        this.#open(session, "TLS");
        if (STOP_WORDS.test(text)) return void this.#closed.add(session);
        if (/^ERROR /.test(text)) this.#closed.add(session);
        this.#heard.set(session, [...(this.#heard.get(session) ?? []), text]);
        return;
      case "end":
        this.#pass(event);
        if (!this.#closed.has(session)) {
          this.#expect(session);
          this.lines.push(`${this.#name(session)}.ends(${JSON.stringify(text)});`);
        }
    }
  }

  /** Expects all received lines that aren't expected yet. */
  finish(): void {
    for (const session of [...this.#heard.keys()].toSorted((a, b) => a - b)) this.#expect(session);
  }

  #name(session: number): string {
    return this.#names.get(session) ?? `session${session}`;
  }

  /** Lets as much time pass as in the trace. */
  #pass({ time }: TraceEvent): void {
    const ms = time - this.#time;
    if (ms <= 0) return;
    this.#time = time;
    this.lines.push(`replay.waits(${ms});`);
  }

  #open(session: number, how: string): void {
    if (this.#opened.has(session)) return;
    this.#opened.add(session);
    const own = this.#trace.events.filter((event) => event.session === session);
    const name = this.#name(session);
    const began = own.some(({ direction, text }) => direction === "out" && / 001 /.test(text));
    const nick = began ? null : nickIn(own);
    if (nick !== null && !own.some(({ text }) => /^(NICK|CAP|USER|AUTHENTICATE)\b/i.test(text))) {
      this.lines.push(
        "// It was connected before the trace began: put it into its rooms here.",
        `const ${name} = replay.wasHere(${JSON.stringify(nick)}, ${this.#trace.settings?.["guests"] !== true});`,
      );
    } else
      this.lines.push(`const ${name} = replay.connect(${how === "plain text" ? "false" : ""});`);
  }

  #say(event: TraceEvent): void {
    const name = this.#name(event.session);
    if (!event.text.includes(MASK)) {
      const line = this.#placeholders.filled(event.text);
      this.lines.push(`${name}.says(${JSON.stringify(line)});`);
      return;
    }
    this.#sayMasked(event, name);
  }

  /** Says what was masked as well as can be: the log-ins and sign-ups that succeeded, by passwords of the stage. */
  #sayMasked(event: TraceEvent, name: string): void {
    const { session, text } = event;
    const message = parseMessage(text);
    const [target = ""] = message?.params ?? [];
    const own = this.#trace.events.filter((other) => other.session === session);
    const answers =
      message?.verb === "PASS" ? own.map((other) => other.text) : this.#answersTo(event);
    const loggedIn = findIn(answers, / 900 \S+ \S+ (\S+) /);
    const registered = findIn(answers, / REGISTER SUCCESS (\S+) /);
    const account = registered ?? loggedIn ?? this.#accountOf(session, event);
    const label = /^@\S+ /.exec(text)?.[0] ?? "";
    if (message?.verb === "AUTHENTICATE" && loggedIn !== null) {
      this.#needAccount(loggedIn);
      this.lines.push(`${name}.authenticates(${JSON.stringify(loggedIn)});`);
    } else if (message?.verb === "REGISTER" && registered !== null) {
      this.#signedUp.add(registered);
      this.#push(name, `${label}REGISTER ${registered} * :${passwordOf(registered)}`);
    } else if (message?.verb === "ACCOUNT" && account !== null) {
      this.#push(name, `${label}ACCOUNT ${target} :${passwordOf(account)}`);
    } else if (message?.verb === "PRIVMSG" && registered !== null) {
      this.#signedUp.add(registered);
      this.#push(name, `${label}PRIVMSG ${target} :REGISTER ${passwordOf(registered)}`);
    } else if (message?.verb === "PRIVMSG" && loggedIn !== null) {
      this.#needAccount(loggedIn);
      this.#push(name, `${label}PRIVMSG ${target} :IDENTIFY ${loggedIn} ${passwordOf(loggedIn)}`);
    } else if (message?.verb === "PASS") {
      const isOwner = findIn(answers, OWNER_GREETING) !== null && signsUp(answers);
      this.lines.push(
        isOwner
          ? `${name}.says(\`PASS :\${replay.scene.ownerCode()}\`);`
          : `// ${name} said PASS, which is masked: the play needs none.`,
      );
    } else {
      this.lines.push("// Masked in the trace: put here what was said.");
      // A key that the room refused was another than the right one.
      const isWrongKey = message?.verb === "JOIN" && answers.some((line) => / 475 /.test(line));
      const word = isWrongKey ? "wrong" : "masked";
      this.#push(name, this.#placeholders.filled(text).replaceAll(MASK, word));
    }
  }

  #push(name: string, line: string): void {
    this.lines.push(`${name}.says(${JSON.stringify(line)});`);
  }

  /** The lines that a session received between two lines that it sent. */
  #answersTo(event: TraceEvent): string[] {
    const own = this.#trace.events.filter(({ session }) => session === event.session);
    const after = own.slice(own.indexOf(event) + 1);
    const next = after.findIndex(
      ({ direction }, index) => direction === "in" && after[index - 1]?.direction === "out",
    );
    return (next === -1 ? after : after.slice(0, next))
      .filter(({ direction }) => direction === "out")
      .map(({ text }) => text);
  }

  /** The account of a session, as far as it was logged in before an event; at any time for `null`. */
  #accountOf(session: number, until: TraceEvent | null): string | null {
    const { events } = this.#trace;
    const heard = events
      .slice(0, until === null ? events.length : events.indexOf(until))
      .filter((event) => event.session === session && event.direction === "out")
      .map(({ text }) => text);
    return findIn(heard, / 900 \S+ \S+ (\S+) /);
  }

  /** An account that was there before the trace began. */
  #needAccount(account: string): void {
    if (this.#signedUp.has(account)) return;
    this.#signedUp.add(account);
    const isOwner = this.#trace.events.some(
      ({ session: other, text }) =>
        OWNER_GREETING.test(text) && this.#accountOf(other, null) === account,
    );
    this.lines.push(`replay.scene.signUp(${JSON.stringify(account)}${isOwner ? ", true" : ""});`);
  }

  #expect(session: number): void {
    const heard = this.#heard.get(session) ?? [];
    this.#heard.delete(session);
    if (heard.length === 0) return;
    this.lines.push(`${this.#name(session)}.hears(`);
    for (const line of heard) {
      this.lines.push(`  ${JSON.stringify(this.#placeholders.replaced(line))},`);
    }
    this.lines.push(");");
  }
}

/** Numbers the msgids of a trace, with their times, and its batches. */
class Placeholders {
  readonly #ids = new Map<string, string>();
  readonly #times = new Map<string, string>();
  readonly #batches = new Map<string, string>();
  readonly #hosts = new Set<string>();

  constructor(events: readonly TraceEvent[]) {
    for (const { direction, text } of events) {
      if (direction !== "out") continue;
      const { tags, source, verb, params } = parseMessage(text) ?? {
        tags: new Map<string, string>(),
      };
      const msgid = tags.get("msgid");
      if (msgid !== undefined && !this.#ids.has(msgid)) {
        const number = this.#ids.size + 1;
        this.#ids.set(msgid, `<id ${number}>`);
        const time = tags.get("time");
        if (time !== undefined && !this.#times.has(time)) this.#times.set(time, `<time ${number}>`);
      }
      const reference = verb === "BATCH" ? (params?.[0] ?? "") : "";
      if (reference.startsWith("+") && !this.#batches.has(reference.slice(1))) {
        this.#batches.set(reference.slice(1), `<batch ${this.#batches.size + 1}>`);
      }
      const host = /!\S+@(\S+)$/.exec(source ?? "")?.[1];
      if (host !== undefined) this.#hosts.add(host);
    }
  }

  /** Returns a sent line, with placeholders for the msgids and times that the server gave. */
  filled(line: string): string {
    let text = escapePlaceholders(line);
    text = text.replaceAll(ISO_TIME, (time) => this.#times.get(time) ?? time);
    for (const [msgid, placeholder] of this.#ids) text = replaceWord(text, msgid, placeholder);
    return text;
  }

  /** Returns a received line, with placeholders for everything that differs from run to run. */
  replaced(line: string): string {
    let text = escapePlaceholders(line);
    text = text.replaceAll(ISO_TIME, (time) => this.#times.get(time) ?? "<time>");
    for (const [msgid, placeholder] of this.#ids) text = replaceWord(text, msgid, placeholder);
    text = text.replace(
      /^((?:@\S+ )?(?::\S+ )?BATCH [+-])(\S+)/,
      (whole, start: string, reference: string) => {
        const placeholder = this.#batches.get(reference);
        return placeholder === undefined ? whole : start + placeholder;
      },
    );
    text = text.replace(/^@(?:[^\s]*;)?batch=[^\s;]+/, (tags) =>
      tags.replace(/batch=([^\s;]+)$/, (whole, reference: string) => {
        const placeholder = this.#batches.get(reference);
        return placeholder === undefined ? whole : `batch=${placeholder}`;
      }),
    );
    for (const host of this.#hosts) text = replaceWord(text, host, "<host>");
    return text.replaceAll(UNIX_SECONDS, "<seconds>").replaceAll(ADDRESS, "<address>");
  }
}

/** Replaces a value where it is a whole word. */
function replaceWord(text: string, value: string, replacement: string): string {
  if (!text.includes(value)) return text;
  const pattern = new RegExp(`(?<![\\w.-])${RegExp.escape(value)}(?![\\w-]|\\.\\w)`, "g");
  return text.replaceAll(pattern, () => replacement);
}

/** Names sessions by their nicks, where these make good variables and are the only ones. */
function namesOf(events: readonly TraceEvent[]): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const session of new Set(events.map((event) => event.session))) {
    const nick = nickIn(events.filter((event) => event.session === session))?.toLowerCase() ?? "";
    const isGood = /^[a-z][a-z0-9]*$/.test(nick) && !RESERVED.has(nick);
    const isNew = ![...names.values()].includes(nick);
    names.set(session, isGood && isNew ? nick : `session${session}`);
  }
  return names;
}

/** Words that are no names of variables, or are in use. */
const RESERVED: ReadonlySet<string> = new Set(
  "replay test import export const let var new class function return if else for while do switch case break continue default delete in of void with yield await async this super null true false typeof instanceof try catch finally throw enum extends static package private protected public interface implements arguments eval undefined debugger".split(
    " ",
  ),
);

/** The nick by which the server greeted a session, or first called it. */
function nickIn(events: readonly TraceEvent[]): string | null {
  const heard = events.filter(({ direction }) => direction === "out").map(({ text }) => text);
  return (
    findIn(heard, /^(?:@\S+ )?:\S+ 001 (\S+) /) ??
    findIn(heard, /^(?:@\S+ )?:\S+ \d{3} ([^\s*]\S*) /)
  );
}

function findIn(lines: readonly string[], pattern: RegExp): string | null {
  for (const line of lines) {
    const [, value] = pattern.exec(line) ?? [];
    if (value !== undefined) return value;
  }
  return null;
}

if (import.meta.main) {
  const [path] = process.argv.slice(2);
  if (path === undefined) {
    process.stderr.write("Usage: bun tests/trace-to-play.ts TRACE > tests/commands/bug.test.ts\n");
    process.exit(2);
  }
  if (!existsSync(path)) {
    process.stderr.write(`There is no file ${path}\n`);
    process.exit(1);
  }
  const trace = parseTrace(readFileSync(path, "utf8"));
  if (trace.events.length === 0) {
    process.stderr.write(
      `${path} has no line of a trace: the server writes them with --log-level trace\n`,
    );
    process.exit(1);
  }
  // A server's trace tells how a connection came, a client's where it went.
  const isClients = trace.events.some(
    ({ direction, text }) => direction === "open" && text !== "TLS" && text !== "plain text",
  );
  if (isClients) {
    process.stderr.write(
      `${path} is a client's trace. It has what one person heard and not what the others said, so a play needs the server's: --log-level trace there\n`,
    );
    process.exit(1);
  }
  if (trace.settings?.["logLevel"] === "debug") {
    process.stderr.write(
      "The texts are hidden in a trace of --log-level debug: the play has letters in their place\n",
    );
  }
  process.stdout.write(playOf(trace));
}
