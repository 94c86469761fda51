/** Chats at several servers on one screen: each server says what the test says, and the user types. */

import { type App, serverKey } from "../../lib/app/app-context.ts";
import type {
  AppPorts,
  ConnectOutcome,
  ExportLine,
  OpenConnectionHandlers,
  SavedState,
} from "../../lib/app/app-ports.ts";
import type { ChatEnd } from "../../lib/app/chat-screen/chat-end.ts";
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { handleKey } from "../../lib/app/chat-screen/keys/key-bindings.ts";
import { ScreenSplit } from "../../lib/app/chat-screen/screen-split.ts";
import { ServerChats } from "../../lib/app/chat-screen/server-chats.ts";
import { makeServersHost } from "../../lib/app/chat-screen/servers-host.ts";
import { ServerConnection } from "../../lib/app/connection/server-connection.ts";
import { makeDateFormat } from "../../lib/app/i18n/date-format.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { InputTable } from "../../lib/app/input-table.ts";
import { OpenServer } from "../../lib/app/servers/open-server.ts";
import { OpenServers } from "../../lib/app/servers/open-servers.ts";
import { argumentCandidates } from "../../lib/app/slash/slash-commands.ts";
import type { ClientEvent } from "../../lib/chat-client/client-event.ts";
import type { Language } from "../../lib/protocol/language.ts";
import { formatAddress, parseLink, type ServerLink } from "../../lib/protocol/server-link.ts";
import { KeyReader } from "../../lib/terminal/key-reader.ts";
import { elapsedMs } from "../elapsed.ts";
import { MemoryConfiguration } from "./memory-configuration.ts";
import { drawContextFor, SATURDAY } from "./team.ts";

/** The typing row, the status bar and the input line. */
const ROWS_BELOW = 3;

interface Options {
  readonly columns?: number;
  readonly rows?: number;
  readonly language?: Language;
  readonly saved?: SavedState;
  readonly caps?: string;
}

/** Opens the chat as mina at these servers, in #tea of each, with the first one on screen. */
export async function openServers(addresses: readonly string[], options: Options = {}) {
  const size = { columns: options.columns ?? 100, rows: options.rows ?? 24 };
  const { columns, rows } = size;
  const { language = "en", caps = "message-tags server-time" } = options;
  let saved: SavedState = options.saved ?? {};
  let drafts: unknown = null;
  const soon: (() => void)[] = [];
  const timers: { readonly ms: number; readonly action: () => void }[] = [];
  const handlers = new Map<string, OpenConnectionHandlers>();
  const sent = new Map<string, string[]>();
  const outcomes = new Map<string, ConnectOutcome>();
  const logged: [server: string, conversation: string, text: string][] = [];
  const ends: ChatEnd[] = [];
  const notified: [server: string, text: string][] = [];
  let ids = 0;
  const time = { ms: 0 };
  const ports = {
    ...{ unsaved: null, device: () => "shown", history: null, encoding: null },
    stdout: { columns, rows },
    environment: {},
    now: () => SATURDAY,
    elapsed: () => elapsedMs(time.ms),
    random: () => 0,
    id: () => `id${++ids}`,
    after: (ms: number, action: () => void) => {
      if (ms === 0) soon.push(action);
      else timers.push({ ms, action });
      return () => {};
    },
    connect: (link: ServerLink, given: OpenConnectionHandlers): Promise<ConnectOutcome> => {
      const address = formatAddress(link);
      const outcome = outcomes.get(address);
      if (outcome !== undefined) return Promise.resolve(outcome);
      handlers.set(address, given);
      const lines = sent.get(address) ?? [];
      sent.set(address, lines);
      const connection = {
        ...{ fingerprint: null, isAuthorised: false },
        send: (line: string) => void lines.push(line),
        hold() {},
        close() {},
      };
      return Promise.resolve({ kind: "connected", connection });
    },
    get saved() {
      return saved;
    },
    save: (fields: SavedState) => {
      saved = { ...saved, ...fields };
    },
    readDrafts: () => drafts,
    writeDrafts: (content: unknown) => {
      drafts = content;
    },
    readPasswords: () => null,
    log: (link: ServerLink, conversation: string, { text }: ExportLine) =>
      logged.push([formatAddress(link), conversation, text]),
    serverPassword: () => null,
    remember: () => null,
    printError: (text: string) => {
      throw new Error(text);
    },
  } as unknown as AppPorts;
  const { configuration, settings } = new MemoryConfiguration("", [], false);
  Object.assign(ports, { configuration });
  const input = new InputTable(settings);
  const app = {
    ...{ ports, language, words: wordsFor(language), calendar: makeDateFormat(language, "UTC") },
    ...{ settings, input },
  } as unknown as App;
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 40; round++) {
      for (const action of soon.splice(0)) action();
      await Promise.resolve();
    }
  };
  const hears = (address: string, ...lines: string[]): void => {
    for (const text of lines) handlers.get(address)?.line({ kind: "text", text });
    for (const action of soon.splice(0)) action();
  };
  const welcomes = (address: string, network = ""): void =>
    hears(
      address,
      ":s 001 mina :Welcome",
      ...(network === "" ? [] : [`:s 005 mina NETWORK=${network} :are supported`]),
      ":s 376 mina :End",
      ":mina!m@h JOIN #tea",
    );
  const negotiates = (address: string): void => {
    hears(address, `:s CAP * LS :${caps}`);
    hears(address, `:s CAP * ACK :${caps}`);
  };
  const servers = new OpenServers();
  const context = { ...drawContextFor(language), input };
  let chats: ServerChats | null = null;
  let isOver = false;
  let keysPressed = 0;
  const shown = () => {
    if (chats === null) throw new Error("no chat");
    return chats.shown;
  };
  for (const address of addresses) {
    const link = linkOf(address);
    const connection = new ServerConnection(ports, link);
    await connection.open();
    negotiates(address);
    connection.session.continueAsGuest("mina");
    welcomes(address);
    servers.add(new OpenServer(app, connection, null));
  }
  const host = makeServersHost(app, servers, {
    get controller() {
      return shown().controller;
    },
    get keysPressed() {
      return keysPressed;
    },
    get isOver() {
      return isOver;
    },
    showServer: (id) => chats?.show(id, null),
    get split() {
      return split();
    },
    get columns() {
      return size.columns;
    },
  });
  chats = new ServerChats(app, servers, {
    host,
    context: () => context,
    redraw: () => {},
    onEvent: ({ server, controller, cache }, event: ClientEvent) => {
      if ("key" in event && event.key !== null) cache.invalidate(event.key);
      if (event.kind === "conversation-moved") split().onMoved(server.id, event.was, event.key);
      if (event.kind === "notify") notified.push([server.listed.host, event.line.text]);
      controller.onSessionEvent(event);
    },
    onEnd: (end) => {
      isOver = true;
      ends.push(end);
    },
  });
  const screenSplit = new ScreenSplit(servers, chats);
  const split = (): ScreenSplit => screenSplit;
  const reader = new KeyReader();
  const draw = () => {
    const { server, controller, cache } = shown();
    const { state } = server.connection.session;
    screenSplit.follow();
    const other = screenSplit.pane;
    return drawChat(
      state,
      controller.ui,
      size,
      elapsedMs(time.ms),
      cache,
      context,
      servers.listed,
      other,
    );
  };
  const types = (bytes: string): void => {
    const keys = reader.push(new TextEncoder().encode(bytes));
    if (reader.pending) keys.push(...reader.timeout());
    for (const key of keys) {
      if (key.kind === "key" || key.kind === "text") keysPressed += 1;
      const { server, controller, cache } = shown();
      const { session } = server.connection;
      const { state } = session;
      const { listed } = servers;
      const { words, language, ports } = app;
      const keyContext = {
        ...{ state, servers: listed, ui: controller.ui, chatView: draw(), cache },
        ...{ words, holdSubmit: false, input },
        argumentCandidates: (line: string) =>
          argumentCandidates({ words, language, input, session, listed, ports }, line),
      };
      const result = handleKey(keyContext, key);
      controller.ui = result.ui;
      server.memory.drafts.changed(result.ui);
      for (const effect of result.effects) {
        if (effect.kind === "go-to") chats.show(effect.place.server, effect.place.key);
        else if (effect.kind === "go-over") screenSplit.goOver();
        else shown().controller.perform(effect);
      }
    }
    for (const action of soon.splice(0)) action();
  };
  const screen = (): string[] =>
    draw().frame.rows.map((row) =>
      row
        .map(({ text }) => text)
        .join("")
        .trimEnd(),
    );
  /** The sidebar's rows with something in them. */
  const sidebar = (): string[] =>
    screen()
      .slice(0, -ROWS_BELOW)
      .map((row) => row.slice(0, row.indexOf("│")).trimEnd())
      .filter((row) => row !== "");
  const fires = (ms: number): void => {
    for (const timer of timers.filter((each) => each.ms === ms)) timer.action();
  };
  return {
    ...{ app, ports, servers, chats, host, ends, logged, notified, outcomes, sent, context },
    ...{ hears, negotiates, welcomes, types, screen, sidebar, settle, fires, draw, size, time },
    loses: (address: string) => handlers.get(address)?.closed("gone"),
    shown,
    drafts: () => drafts,
    text: () => shown().controller.ui.views.get(shown().controller.ui.current)?.editor.text ?? "",
    place: () => `${shown().server.listed.host} ${shown().controller.ui.current}`,
    server(address: string): OpenServer {
      const server = servers.find(serverKey(linkOf(address)));
      if (server === null) throw new Error(`${address} isn't open`);
      return server;
    },
    stop(): void {
      for (const server of servers.all) server.connection.end();
    },
  };
}

export function linkOf(address: string): ServerLink {
  const link = parseLink(address);
  if (link === null) throw new Error(`${address} is no server`);
  return link;
}
