import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { runClient } from "../../lib/app/app.ts";
import type { App } from "../../lib/app/app-context.ts";
import type { AppPorts, OpenConnectionHandlers, SavedState } from "../../lib/app/app-ports.ts";
import { makeDateFormat } from "../../lib/app/i18n/date-format.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import type { Choice, Prompts, TextOptions } from "../../lib/app/menu/prompts.ts";
import { sanitizedPrompts } from "../../lib/app/menu/sanitized-prompts.ts";
import { Scene } from "../scene.ts";
import { MemoryConfiguration } from "./memory-configuration.ts";

/** Escape, and then Enter, at every question of the client, against a server in memory: nobody is led out by it. */

/** One question, with what Enter would answer; undefined where Enter alone answers nothing. */
interface Question {
  readonly kind: "select" | "text" | "password" | "confirm" | "leave";
  readonly message: string;
  readonly enter: unknown;
  /** What else can be answered. */
  readonly answers: readonly unknown[];
  /** Of a menu: what is selected at first, and each choice but to quit, by their labels. */
  readonly selected?: string;
  readonly labels?: readonly string[];
  /** Choices that end the program or the session. */
  readonly leaving?: readonly string[];
}

/** How a question is answered: by Escape, by Enter, or by one of its answers. */
type Step = "escape" | "enter" | number;

/** What a run came to after its last step. */
type Outcome =
  | { readonly kind: "asked"; readonly question: Question }
  | { readonly kind: "chat" | "over" | "waiting" };

/** Turns of the event loop in which nothing new happens, after which a run waits for something else than a question. */
const IDLE_TURNS = 60;
const DEPTH_MAX = 9;
/** What is typed, by a part of the question. */
const TYPED: readonly (readonly [RegExp, string])[] = [
  [/^Which server/, "tea.example"],
  [/^ID \(/, "zoe"],
  [/^ID$/, "mina"],
  [/Password \(at least|same password|New password/, "a green pot of tea"],
  [/^Password|Current password/, "mina-password"],
  [/name here/, "visitor"],
  [/room's name/, "cake"],
  [/To whom/, "jun"],
];

function typedFor(message: string): string {
  return TYPED.find(([pattern]) => pattern.test(message))?.[1] ?? "";
}

/** How the server is: it lets us in, its certificate isn't known or has changed, or it can't be reached. */
const SERVERS = ["up", "unknown", "changed", "refused", "no-such-host"] as const;

/** Runs the client from its start, answers its questions by these steps, and returns what comes then. */
async function play(server: (typeof SERVERS)[number], steps: readonly Step[]): Promise<Outcome> {
  const scene = new Scene({ guests: true, signUp: "open" });
  scene.signUp("mina", true);
  scene.signUp("jun");
  scene.person("jun").says("JOIN #tea", "INVITE mina #tea");
  let progress = 0;
  let isTrusted = server === "up";
  let asked: Question | null = null;
  let isChat = false;
  const isDone = () => asked !== null || isChat;
  const waiting = [...steps];
  const ask = (question: Question): Promise<never> => {
    progress += 1;
    const step = waiting.shift();
    if (step === undefined) {
      asked = question;
      return new Promise(() => {});
    }
    if (step === "escape")
      return Promise.resolve((question.kind === "leave" ? false : null) as never);
    return Promise.resolve((step === "enter" ? question.enter : question.answers[step]) as never);
  };
  const typed = (kind: "text" | "password", message: string, { initial, problem }: TextOptions) => {
    const enter = initial ?? "";
    const isRefused = kind === "password" || (problem?.(enter) ?? null) !== null;
    return ask({
      kind,
      message,
      enter: isRefused ? undefined : enter,
      answers: [typedFor(message)],
    });
  };
  const prompts: Prompts = sanitizedPrompts({
    select: <Value>(message: string, choices: readonly Choice<Value>[], initial?: Value) => {
      const selected = choices.find(({ value }) => value === initial) ?? choices[0];
      const others = choices.filter(({ value }) => value !== "quit");
      return ask({
        ...{ kind: "select", message, enter: selected?.value, selected: selected?.label ?? "" },
        answers: others.map(({ value }) => value),
        labels: others.map(({ label }) => label),
        leaving: choices.filter(({ leaves }) => leaves === true).map(({ label }) => label),
      });
    },
    text: (message, options = {}) => typed("text", message, options),
    password: (message) => typed("password", message, {}),
    confirm: (message, _yes, _no, initial = true) =>
      ask({ kind: "confirm", message, enter: initial, answers: [true, false] }),
    askLeave: (message) => ask({ kind: "leave", message, enter: false, answers: [false] }),
    ...{ intro() {}, info() {}, success() {}, warn() {}, note() {}, forCopying() {}, outro() {} },
  });
  let saved: SavedState = {};
  const stdout = {
    isTTY: true,
    ...{ columns: 80, rows: 24 },
    write(text: string) {
      if (text.startsWith("== ")) isChat = true;
      return true;
    },
  };
  const ports = {
    ...{ stdin: new PassThrough(), stdout, environment: {}, program: "bun client.ts" },
    ...{
      history: null,
      encoding: null,
      unsaved: null,
      device: () => "none",
      log: null,
      passwordsPath: "p",
    },
    ...{ deviceName: "here", printError() {}, serverPassword: () => null },
    configuration: new MemoryConfiguration().configuration,
    remember() {
      isTrusted = true;
      return null;
    },
    get saved() {
      return saved;
    },
    save(fields: SavedState) {
      saved = { ...saved, ...fields };
    },
    ...{ readDrafts: () => null, writeDrafts() {}, readPasswords: () => null, writePasswords() {} },
    ...{ forgetServer() {}, forgetHistory() {} },
    now: () => scene.now,
    elapsed: () => scene.elapsedMs,
    random: () => 0,
    id: () => `id${++progress}`,
    after: (ms: number, action: () => void) => {
      if (ms === 0) queueMicrotask(action);
      return () => {};
    },
    connect(_: unknown, handlers: OpenConnectionHandlers) {
      const fingerprint = "ab".repeat(32);
      if (server === "refused" || server === "no-such-host") {
        return Promise.resolve({ kind: "failed", problem: server });
      }
      if (!isTrusted) {
        const known = "cd".repeat(32);
        return Promise.resolve({ kind: server, fingerprint, known, source: "memory" });
      }
      const actor = scene.connect();
      let isOpen = true;
      const carry = (): void => {
        if (!isOpen) return;
        for (const text of actor.hears()) handlers.line({ kind: "text", text });
        if (!actor.closed || !isOpen) return;
        isOpen = false;
        handlers.closed("");
      };
      const send = (line: string): void => {
        progress += 1;
        if (isOpen) actor.says(line);
        queueMicrotask(carry);
      };
      const close = (): void => {
        isOpen = false;
      };
      const connection = { fingerprint, isAuthorised: true, send, hold() {}, close };
      return Promise.resolve({ kind: "connected", connection });
    },
  } as unknown as AppPorts;
  const settings = {
    ...{ server: null, account: null, lang: "en", append: true, mouse: false, colour: false },
    holdSubmit: false,
  };
  const calendar = makeDateFormat("en", "UTC");
  const app = {
    ports,
    settings,
    prompts,
    words: wordsFor("en"),
    calendar,
    language: "en",
    setLanguage() {},
  } as unknown as App;
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  runClient(app).then(end, end);
  let idle = 0;
  for (let before = progress; idle < IDLE_TURNS && !isDone() && !isOver; before = progress) {
    await new Promise((resolve) => setImmediate(resolve));
    idle = progress === before ? idle + 1 : 0;
  }
  if (isOver) return { kind: "over" };
  if (asked !== null) return { kind: "asked", question: asked };
  return { kind: isChat ? "chat" : "waiting" };
}

test.each([
  ["up", 30],
  ["unknown", 25],
  ["changed", 3],
  ["refused", 3],
  ["no-such-host", 2],
] as const)(
  "Escape and then Enter lead nobody out, at any question at a server that is %s",
  async (server, questionsMin) => {
    const seen = new Map<string, readonly Step[]>();
    const leadOut: string[] = [];
    const queue: (readonly Step[])[] = [[]];
    for (let steps = queue.shift(); steps !== undefined; steps = queue.shift()) {
      const outcome = await play(server, steps);
      if (outcome.kind !== "asked") continue;
      const { question } = outcome;
      // The same menu may have more choices for another user.
      const name = `${question.kind}: ${question.message} (${question.answers.length})`;
      if (seen.has(name)) continue;
      seen.set(name, steps);
      const left = await play(server, [...steps, "escape"]);
      if (left.kind === "over") leadOut.push(`Escape at ${name}`);
      if (left.kind === "asked" && left.question.enter !== undefined) {
        const entered = await play(server, [...steps, "escape", "enter"]);
        if (entered.kind === "over")
          leadOut.push(`Escape at ${name}, Enter at ${left.question.message}`);
      }
      if (steps.length >= DEPTH_MAX) continue;
      for (let index = 0; index < question.answers.length; index += 1)
        queue.push([...steps, index]);
    }
    expect(leadOut).toEqual([]);

    expect(seen.size).toBeGreaterThanOrEqual(questionsMin);
  },
  60_000,
);

/** A menu on the way to a question, and the label of what was chosen there. */
interface Passed {
  readonly menu: Question;
  readonly chosen: string;
}

test("Escape leads from every question to the menu before it, at the entry that led there", async () => {
  const lost: string[] = [];
  const seen = new Set<string>();
  const queue: { steps: readonly Step[]; passed: readonly Passed[] }[] = [
    { steps: [], passed: [] },
  ];
  let checked = 0;
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { steps, passed } = next;
    const outcome = await play("up", steps);
    if (outcome.kind !== "asked") continue;
    const { question } = outcome;
    const name = `${question.kind}: ${question.message} (${question.answers.length})`;
    if (seen.has(name)) continue;
    seen.add(name);
    const left = await play("up", [...steps, "escape"]);
    const back = left.kind === "asked" ? left.question : null;
    const way = passed.findLast(({ menu }) => menu.message === back?.message);
    // What comes after a log-in, which can't be taken back, goes on from there.
    const goesOn = question.kind === "leave" || (way === undefined && question.kind === "confirm");
    if (back?.kind === "leave") {
      checked += 1;
      const stayed = await play("up", [...steps, "escape", "escape"]);
      const isBack = stayed.kind === "asked" && stayed.question.message === question.message;
      if (!isBack) lost.push(`No at ${back.message}, which came from ${name}`);
    } else if (passed.length > 0 && !goesOn) {
      checked += 1;
      const leaves = way?.menu.leaving?.includes(way.chosen) === true;
      if (way === undefined || (back?.selected !== way.chosen && !leaves)) {
        lost.push(
          `${name} → ${back?.message ?? left.kind} at ${back?.selected}, not ${way?.chosen}`,
        );
      }
    }
    if (steps.length >= DEPTH_MAX) continue;
    for (const [index] of question.answers.entries()) {
      const chosen = question.labels?.[index];
      const more = chosen === undefined ? [] : [{ menu: question, chosen }];
      queue.push({ steps: [...steps, index], passed: [...passed, ...more] });
    }
  }
  expect(lost).toEqual([]);
  expect(checked).toBeGreaterThanOrEqual(15);
}, 60_000);
