/** A ChatController on a real session, with a server that says what the test says. */
import type { App } from "../../lib/app/app-context.ts";
import type { AppPorts, ConnectOutcome, OpenConnectionHandlers } from "../../lib/app/app-ports.ts";
import { ChatController, reportWriteFailures } from "../../lib/app/chat-screen/chat-controller.ts";
import type { ChatEnd } from "../../lib/app/chat-screen/chat-end.ts";
import { EMPTY_UI, viewOf } from "../../lib/app/chat-screen/ui-state.ts";
import { ServerConnection } from "../../lib/app/connection/server-connection.ts";
import { makeDateFormat } from "../../lib/app/i18n/date-format.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { InputTable } from "../../lib/app/input-table.ts";
import { chooseLanguage, type Language } from "../../lib/protocol/language.ts";
import { parseLink } from "../../lib/protocol/server-link.ts";
import { elapsedMs } from "../elapsed.ts";
import { MemoryConfiguration } from "./memory-configuration.ts";
import { SATURDAY } from "./team.ts";

/** Opens the chat as mina in #tea, with these capabilities. `append`: without a screen. */
export async function openChat(
  caps = "",
  { append = false, language: first = "en" as Language, toml = "", argv = [] as string[] } = {},
) {
  let language = first;
  const memory = new MemoryConfiguration(toml, argv, append);
  const sent: string[] = [];
  const ends: ChatEnd[] = [];
  const saved: string[] = [];
  const soon: (() => void)[] = [];
  const outcomes: ConnectOutcome[] = [];
  let handlers: OpenConnectionHandlers | null = null;
  let ids = 0;
  let onWriteFailure: Parameters<NonNullable<AppPorts["onWriteFailure"]>>[0] = () => {};
  const ports = {
    ...{ saved: {}, unsaved: null, device: () => "shown", history: null, encoding: null },
    stdout: { columns: 80, rows: 24 },
    now: () => SATURDAY,
    elapsed: () => elapsedMs(0),
    random: () => 0,
    id: () => `id${++ids}`,
    after: (ms: number, action: () => void) => {
      if (ms === 0) soon.push(action);
      return () => {};
    },
    connect: (_: unknown, given: OpenConnectionHandlers): Promise<ConnectOutcome> => {
      handlers = given;
      const next = outcomes.shift();
      if (next !== undefined) return Promise.resolve(next);
      const connection = {
        ...{ fingerprint: null, isAuthorised: false },
        send: (line: string) => void sent.push(line),
        hold() {},
        close() {},
      };
      return Promise.resolve({ kind: "connected", connection });
    },
    saveExport: async (...[path, title, , lines]: Parameters<AppPorts["saveExport"]>) => {
      let count = 0;
      for await (const _ of lines) count += 1;
      saved.push(`${path} ${title} ${count}`);
      return { kind: "saved", path: "tea.txt", count };
    },
    onWriteFailure: (listener: typeof onWriteFailure) => {
      onWriteFailure = listener;
      return () => {};
    },
    // The controller uses no other ports.
    serverPassword: () => null,
    program: "bun client.ts",
    configuration: memory.configuration,
    remember: () => null,
  } as unknown as AppPorts;
  const link = parseLink("chat.example");
  if (link === null) throw new Error("no link");
  const connection = new ServerConnection(ports, link);
  const calendar = makeDateFormat(language, "UTC");
  const app = {
    ...{ ports, calendar, settings: memory.settings, input: new InputTable(memory.settings) },
    get language() {
      return language;
    },
    get words() {
      return wordsFor(language);
    },
    setLanguage: (lang: string | null) => {
      language = chooseLanguage(lang, null, {});
    },
  } as App;
  const controller = new ChatController(
    app,
    connection,
    EMPTY_UI,
    () => {},
    (end) => ends.push(end),
  );
  connection.listen((event) => controller.onSessionEvent(event));
  reportWriteFailures(app, () => controller);
  await connection.open();
  const hears = (...lines: string[]): void => {
    for (const text of lines) handlers?.line({ kind: "text", text });
    for (const action of soon.splice(0)) action();
  };
  const loses = (): void => handlers?.closed("gone");
  hears(`:s CAP * LS :sasl=PLAIN ${caps}`);
  hears(`:s CAP * ACK :sasl ${caps}`);
  connection.session.endNegotiation();
  hears(":s 001 mina :Welcome", ":s 376 mina :End", ":mina!m@h JOIN #tea");
  const notes = (): string[] =>
    viewOf(controller.ui, controller.ui.current).notes.map((note) => note.text);
  const types = (text: string): void => controller.perform({ kind: "slash", text });
  const failsToWrite: typeof onWriteFailure = (failure) => onWriteFailure(failure);
  return {
    ...{ ports, controller, connection, sent, saved, ends, hears, notes, outcomes, loses, types },
    ...{ failsToWrite, memory, app },
  };
}
