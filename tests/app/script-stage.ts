/** A chat with scripts in it: their files are functions of the test, and time passes when the test says so. */
import type { App } from "../../lib/app/app-context.ts";
import type { ScriptFilesPort } from "../../lib/app/app-ports.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { ScriptHost } from "../../lib/app/scripts/script-host.ts";
import type { Sodam } from "../../lib/app/scripts/script-types.ts";
import type { Language } from "../../lib/protocol/language.ts";
import { elapsedMs } from "../elapsed.ts";
import { openChat } from "./open-chat.ts";
import { SATURDAY } from "./team.ts";

/** What a script's file exports; an Error is thrown by loading it. */
export type ScriptSource = ((sodam: Sodam) => unknown) | Error | string | Promise<unknown>;

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** Opens the chat as mina in #tea with these scripts, and waits until they are loaded. */
export async function openWithScripts(
  sources: Record<string, ScriptSource>,
  {
    caps = "message-tags echo-message",
    language = "en" as Language,
    loads = true,
    /** Real files in place of those of the test. */
    real = null as Omit<ScriptFilesPort, "listen"> | null,
  } = {},
) {
  const chat = await openChat(caps, { language });
  let ms = 0;
  const timers = new Set<Timer>();
  const problems = new Map<string, "writable" | "foreign">();
  const stores = new Map<string, object>();
  const written: string[] = [];
  let strays: Parameters<ScriptFilesPort["listen"]>[0] | null = null;
  let isDrawnAnew = 0;
  const files: ScriptFilesPort = {
    ...fromSources(sources, problems, stores, written),
    ...(real && {
      folder: real.folder,
      list: () => real.list(),
      load: (name: string) => real.load(name),
      readStore: (name: string) => real.readStore(name),
      writeStore: (name: string, content: object) => real.writeStore(name, content),
      writeTypes: (text: string) => real.writeTypes(text),
    }),
    listen(listeners) {
      strays = listeners;
      return () => {
        strays = null;
      };
    },
  };
  Object.assign(chat.ports, {
    scripts: files,
    save: (fields: object) => Object.assign(chat.ports.saved, fields),
    now: () => SATURDAY + ms,
    elapsed: () => elapsedMs(ms),
    after(delayMs: number, action: () => void) {
      const timer = { at: ms + delayMs, action };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  const app: App = chat.app;
  const host = new ScriptHost(app, files);
  app.scripts = host;
  host.addServer(chat.connection);
  host.attach({
    current: () => {
      const { conversation } = chat.controller;
      return conversation && { connection: chat.connection, conversation };
    },
    note: (_, conversation, text, tone) => chat.controller.note(text, tone, conversation?.key),
    redraw: () => {},
    changed: () => {
      isDrawnAnew += 1;
    },
  });
  if (loads) await host.start();
  /** Lets time pass, and everything happen that is due by then. */
  const passes = (duration: number): void => {
    const end = ms + duration;
    for (;;) {
      const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      timers.delete(due);
      ms = Math.max(ms, due.at);
      due.action();
    }
    ms = end;
  };
  const hears = (...lines: string[]): void => {
    chat.hears(...lines);
    passes(0);
  };
  hears();
  return {
    ...chat,
    ...{ app, host, files, sources, problems, stores, written, timers, passes, hears },
    words: wordsFor(language).scripts,
    /** Time passes without anything happening in it, as when a script works. */
    works: (duration: number) => {
      ms += duration;
    },
    fault: (error: unknown): boolean => strays?.fault(error) === true,
    prints: (text: string): void => strays?.printed(text),
    says: (text: string) => {
      const key = chat.controller.ui.current;
      chat.controller.perform({ kind: "say", key, text, replyTo: null });
    },
    drawnAnew: () => isDrawnAnew,
  };
}

function fromSources(
  sources: Record<string, ScriptSource>,
  problems: ReadonlyMap<string, "writable" | "foreign">,
  stores: Map<string, object>,
  written: string[],
): Omit<ScriptFilesPort, "listen"> {
  return {
    folder: "/home/mina/scripts",
    list: () =>
      Object.keys(sources)
        .sort()
        .map((name) => ({
          name,
          path: `/home/mina/scripts/${name}.ts`,
          problem: problems.get(name) ?? null,
        })),
    async load(name) {
      const source = sources[name];
      if (source instanceof Error) throw source;
      return source;
    },
    readStore: (name) => stores.get(name) ?? null,
    writeStore: (name, content) => void stores.set(name, content),
    writeTypes(text) {
      written.push(text);
      return { path: "/home/mina/scripts/sodam.d.ts", why: null };
    },
  };
}

/** Returns what was sent to a room or a person, without the tags. */
export function textsSent(sent: readonly string[]): string[] {
  return sent.flatMap((line) => /PRIVMSG (.*)$/.exec(line)?.[1]?.replace(" :", " ") ?? []);
}
