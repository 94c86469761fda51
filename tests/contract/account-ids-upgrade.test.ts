import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataFolder } from "../../lib/file-manager/data-folder.ts";
import { exportAccount } from "../../lib/file-manager/export/account-export.ts";
import { examine } from "../../lib/file-manager/maintenance/doctor.ts";
import { upgradeFolder } from "../../lib/file-manager/upgrade.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { fold } from "../../lib/protocol/names.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { Life, SeededWorld, Voice } from "../crash/stage.ts";

const FIXTURE = join(import.meta.dir, "../fixtures/format-1");
const STATE_FILES = ["people.journal", "rooms.json", "users.journal", "users.json"];
const CAPS =
  "message-tags draft/metadata-2 draft/read-marker sodam.chat/edit draft/message-redaction";
const PASSWORDS: Readonly<Record<string, string>> = { mina: "warm barley tea again" };
/** The fixture ends within a second after the world begins. */
const SECONDS_AFTER = 60;

let folder: string;
let data: string;
let world: SeededWorld;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "account-ids-"));
  data = join(folder, "data");
  cpSync(FIXTURE, data, { recursive: true });
  hideFromOthers(data);
  world = new SeededWorld(8);
  for (let ms = 0; ms < SECONDS_AFTER * 1000; ms += 1) world.now();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Git keeps no permissions but the right to execute. */
function hideFromOthers(path: string): void {
  const isFolder = statSync(path).isDirectory();
  chmodSync(path, isFolder ? 0o700 : 0o600);
  if (isFolder) for (const name of readdirSync(path)) hideFromOthers(join(path, name));
}

interface Person {
  /** Says lines, waits for slow answers, and returns what was heard, without tags and times. */
  says(...lines: string[]): Promise<string[]>;
}

async function enter(life: Life, name: string): Promise<Person> {
  let heard: string[] = [];
  const voice = new Voice(life.server, (line) => heard.push(line.replace(/^@\S+ /, "")));
  const person: Person = {
    async says(...lines) {
      for (const line of lines) {
        voice.says(line);
        await life.settled();
      }
      const answers = heard;
      heard = [];
      return answers;
    },
  };
  const password = PASSWORDS[name] ?? `${name}-password`;
  await person.says("CAP LS 302", `CAP REQ :sasl ${CAPS}`, `NICK ${name}`, `USER ${name} 0 * :x`);
  await person.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain(name, password)[0]}`);
  await person.says("CAP END");
  return person;
}

const verbs = (lines: readonly string[]): string[] =>
  lines.map((line) => line.split(" ")[line.startsWith(":") ? 1 : 0] ?? "");
const texts = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => / PRIVMSG \S+ :(?:\[[^\]]*\] )?(.*)$/.exec(line)?.[1] ?? []);

/** The line of the history that has a text. */
function storedLine(text: string): Record<string, unknown> {
  for (const id of readdirSync(join(data, "history"))) {
    for (const day of readdirSync(join(data, "history", id))) {
      for (const line of readFileSync(join(data, "history", id, day), "utf8").split("\n")) {
        if (line.includes(text)) return JSON.parse(line);
      }
    }
  }
  throw new Error(`"${text}" isn't stored`);
}

describe("the first start on a folder of the version before ids", () => {
  test("copies the files that change, and a second one changes nothing", async () => {
    const life = await Life.begin(folder, world);
    expect(life.data.reports).toContain(
      `${data} was brought to format 2. The files as they were are in ${join(data, "before-format-2")}.`,
    );
    await life.data.save(() => life.server.snapshot());
    await life.data.close();
    for (const name of STATE_FILES) {
      const before = readFileSync(join(FIXTURE, name), "utf8");
      expect(readFileSync(join(data, "before-format-2", name), "utf8")).toBe(before);
    }
    const users = readFileSync(join(data, "users.json"), "utf8");
    const again = await Life.begin(folder, world);
    expect(again.data.reports).toEqual([]);
    await again.data.close();
    expect(JSON.parse(readFileSync(join(data, "users.json"), "utf8"))).toEqual(JSON.parse(users));
    expect(examine(data, AccountStore.of, world.now())).toEqual([]);
  });

  test("can be undone, and a later one has a copy of its own", async () => {
    upgradeFolder(data);
    for (const name of STATE_FILES)
      renameSync(join(data, "before-format-2", name), join(data, name));
    rmSync(join(data, "format.json"));
    for (const name of STATE_FILES) {
      expect(readFileSync(join(data, name))).toEqual(readFileSync(join(FIXTURE, name)));
    }
    upgradeFolder(data);
    expect(readdirSync(join(data, "before-format-2-2")).sort()).toEqual(STATE_FILES);
  });

  test("gives each account an id of its own", async () => {
    const life = await Life.begin(folder, world);
    const accounts = [...life.server.state.accounts.accounts()];
    expect(accounts.map(({ name }) => `${name}`)).toEqual(["jun", "sora", "mina"]);
    expect(new Set(accounts.map(({ id }) => id)).size).toBe(3);
    for (const { id } of accounts) expect(id).toMatch(/^[a-z2-7]{12}$/);
    await life.data.close();
  });

  test("keeps a torn and a damaged line of a journal for its readers to judge", () => {
    const people = join(data, "people.journal");
    const whole = readFileSync(people, "utf8");
    Bun.write(people, `${whole}{"n":13,"chan`);
    expect(upgradeFolder(data)).toHaveProperty("reports");
    expect(readFileSync(people, "utf8")).toEndWith('\n{"n":13,"chan');
  });

  test("leaves a damaged users.json as it is", () => {
    const users = join(data, "users.json");
    Bun.write(users, '{"format": 1, oops');
    upgradeFolder(data);
    expect(readFileSync(users, "utf8")).toBe('{"format": 1, oops');
    expect(existsSync(join(data, "rooms.json"))).toBe(true);
  });
});

describe("a damaged folder of the first format is refused, and stays as it was", () => {
  const edit = (name: string, change: (text: string) => string) => () =>
    writeFileSync(join(data, name), change(readFileSync(join(data, name), "utf8")));
  test.each([
    ["users.json is gone", "users.json is missing", () => rmSync(join(data, "users.json"))],
    ["users.json is half there", "users.json is", edit("users.json", (text) => text.slice(0, 99))],
    ["rooms.json is half there", "rooms.json is", edit("rooms.json", (text) => text.slice(0, 99))],
    [
      "an account has no time",
      "users.json is damaged",
      edit("users.json", (text) => text.replaceAll('"createdAt"', '"made"')),
    ],
    [
      "two accounts have a name",
      "users.json is damaged",
      edit("users.json", (text) => text.replace('"jun"', '"MINA"')),
    ],
    [
      "a line of users.journal is no line",
      "users.journal is damaged at",
      edit("users.journal", (text) => `oops\n${text}`),
    ],
    [
      "a line of people.journal is no line",
      "people.journal is damaged at",
      edit("people.journal", (text) => `${text}oops\n`),
    ],
  ])("when %s", async (_, sentence, damage) => {
    damage();
    const texts = () =>
      Object.fromEntries(
        STATE_FILES.filter((name) => existsSync(join(data, name))).map((name) => [
          ...[name, readFileSync(join(data, name), "utf8")],
        ]),
      );
    const before = texts();
    const opened = await openDataFolder(data, {
      ...{ makeStore: AccountStore.of, passwordCost: "test", history: true, onProblem: () => {} },
    });
    expect(opened).toEqual({ refused: expect.stringContaining(sentence) });
    expect(JSON.stringify(opened)).not.toContain(".upgrade");
    expect(texts()).toEqual(before);
    expect(readdirSync(data).filter((name) => /format|upgrade/.test(name))).toEqual([]);
  });
});

describe("after it, the next owner of a deleted account's name", () => {
  let life: Life;
  let [jun, mina, sora]: Person[] = [];
  beforeEach(async () => {
    life = await Life.begin(folder, world);
    [jun, mina, sora] = [
      await enter(life, "jun"),
      await enter(life, "mina"),
      await enter(life, "sora"),
    ];
  });
  beforeEach(async () => {
    // What they heard of each other's coming.
    for (const person of [jun, mina, sora]) await person?.says();
  });
  afterEach(async () => {
    await life.settled();
    await life.data.close();
  });

  test("can change what she said herself, and nothing of the former one", async () => {
    const former = storedLine("words of the former Mina")["msgid"];
    const present = storedLine("words of the present Mina")["msgid"];
    expect(await mina?.says(`EDIT #tea ${former} :x`, `REDACT #tea ${former}`)).toEqual([
      `:tea.test FAIL EDIT EDIT_FORBIDDEN #tea ${former} :You can't change that message`,
      `:tea.test FAIL REDACT REDACT_FORBIDDEN #tea ${former} :You can't change that message`,
    ]);
    expect(verbs((await mina?.says(`EDIT #tea ${present} :other words`)) ?? [])).toEqual(["EDIT"]);
    expect(storedLine("other words")).not.toHaveProperty("by.id");
  });

  test("isn't let in, kept out or given a rank as the former one; whoever is meant still is", async () => {
    expect(verbs((await mina?.says("JOIN #in")) ?? [])).toEqual(["473"]);
    expect(verbs((await mina?.says("JOIN #closed")) ?? [])).toEqual(["473"]);
    expect(verbs((await mina?.says("JOIN #ban")) ?? [])).toContain("JOIN");
    expect(verbs((await mina?.says("JOIN #host")) ?? [])).toContain("JOIN");
    expect(verbs((await sora?.says("JOIN #host")) ?? [])).toEqual(["474"]);
    expect(verbs((await sora?.says("JOIN #in")) ?? [])).toContain("JOIN");
    const later = (await mina?.says("JOIN #later"))?.join("\n");
    expect(later).toMatch(/MODE #later \+o mina/);
    const tea = (await mina?.says("PART #tea", "JOIN #tea"))?.join("\n");
    expect(tea).not.toContain("MODE #tea");
    expect((await sora?.says("PART #tea", "JOIN #tea"))?.join("\n")).toMatch(/MODE #tea \+v sora/);
  });

  test("has her own settings, messages and invitations only", async () => {
    const told = (
      await mina?.says("ACCOUNT DATA", "SILENCE", "INVITE", "MODE mina", "HISTORY jun 9")
    )?.join("\n");
    expect(told).toContain("SETTING color red");
    for (const trace of ["former", "sora", "#closed", "+R", "secret"]) {
      expect([trace, told?.includes(trace)]).toEqual([trace, false]);
    }
    expect(told).toContain("hello from the present Mina");
    expect(told).toContain("an answer to the present Mina");
    const ofJun = texts((await jun?.says("HISTORY mina 9", "HISTORY sora 9")) ?? []);
    expect(ofJun).toEqual(["hello from the present Mina", "an answer to the present Mina", "hi"]);
    expect((await jun?.says("SILENCE"))?.[0]).toContain("~a:sora");
    expect((await sora?.says("METADATA * LIST"))?.join("\n")).toContain("green");
  });

  test("is the author of her own messages, in SEARCH, in an export and in ACCOUNT FORGET", async () => {
    await mina?.says("CAP REQ :soju.im/search", "PRIVMSG #tea :words with an id");
    const own = [
      "words of the present Mina, for jun",
      "hello from the present Mina",
      "words with an id",
    ];
    expect(texts((await mina?.says("SEARCH from=mina")) ?? [])).toEqual(own);
    await life.data.sync();
    const file = join(folder, "mina.jsonl");
    expect(await exportAccount("mina", file, data, AccountStore.of)).toHaveProperty("ok", true);
    const exported = readFileSync(file, "utf8").trim().split("\n");
    const messages = exported
      .map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === "message");
    expect(messages.map(({ text }) => text).sort()).toEqual([...own].sort());
    await mina?.says(`ACCOUNT CONFIRM :${PASSWORDS["mina"]}`, "ACCOUNT FORGET");
    await life.settled();
    for (const text of own) expect(() => storedLine(text)).toThrow();
    for (const text of ["words of the former Mina", "secret of the former Mina", "Sora again"]) {
      expect(storedLine(text)["gone"]).toBeUndefined();
    }
  });

  test("lets an owner erase what the former one left, by name", async () => {
    await jun?.says("ACCOUNT CONFIRM :jun-password", "ACCOUNT FORGET mina");
    await life.settled();
    expect(() => storedLine("words of the present Mina")).toThrow();
    expect(storedLine("words of the former Mina")["gone"]).toBeUndefined();
    await mina?.says(`ACCOUNT CONFIRM :${PASSWORDS["mina"]}`, "ACCOUNT DELETE");
    await life.settled();
    life.server.state.accounts.apply({ kind: "name-freed", name: fold("mina") as never });
    await jun?.says("ACCOUNT FORGET mina");
    await life.settled();
    expect(() => storedLine("words of the former Mina")).toThrow();
  });
});

test("masks that only the history has mean who had the name, or the host, when they were set", async () => {
  // As after a crash: the journals and histories are all that is left of the rooms.
  rmSync(join(data, "rooms.json"));
  const life = await Life.begin(folder, world);
  const listOf = (room: string, letter: string) =>
    life.server.state.rooms.byName(room)?.lists.get(letter) ?? [];
  const idOf = (name: string) => life.server.state.accounts.account(fold(name))?.id;
  expect(listOf("#in", "I").map(({ account }) => account)).toEqual([
    "@mina" as never,
    idOf("sora"),
  ]);
  expect(listOf("#later", "I").map(({ account }) => account)).toEqual([idOf("mina")]);
  expect(listOf("#host", "b").map(({ mask }) => mask)).toEqual([
    expect.stringMatching(/^\*!\*@\w{7}\.account$/),
    `*!*@${idOf("sora")}.account`,
  ]);
  await life.data.close();
});
