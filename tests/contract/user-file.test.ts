import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import {
  CHANGES_WAITING_MAX,
  openUserFile,
  readUserFile,
  type UserFileOptions,
} from "../../lib/file-manager/accounts/user-file.ts";
import { DISK, type Disk } from "../../lib/file-manager/disk/disk.ts";
import type { AccountChange, AccountRecords, Invitation } from "../../lib/member-server/account.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { type AccountName, parseAccount } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";

const INVITATION: Invitation = {
  id: "a1",
  hash: "abc",
  uses: null,
  used: 0,
  expiresAt: null,
  createdAt: 1,
  by: null,
  owner: true,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const json = () => join(folder, "users.json");
const journal = () => join(folder, "users.journal");
const book = AccountStore.of;

function opened(options?: UserFileOptions) {
  const file = openUserFile(folder, book, options);
  if ("refused" in file) throw new Error(file.refused);
  return file;
}

function refusal(): string {
  const file = openUserFile(folder, book);
  if (!("refused" in file)) throw new Error("it was opened");
  return file.refused;
}

function account(name: string): AccountName {
  const parsed = parseAccount(name);
  if (parsed === null) throw new Error(name);
  return parsed;
}

function signUp(name: string): AccountChange {
  return {
    kind: "signed-up",
    id: accountId(name),
    name: account(name),
    hash: `hash of ${name}`,
    email: null,
    owner: false,
    time: 7,
  };
}

const names = (records: AccountRecords): string[] => records.accounts.map(({ name }) => name);

async function reopenedNames(): Promise<string[]> {
  const { file, records } = opened();
  await file.close();
  return names(records);
}

/** A disk on which what is written can be held up, and can fail. */
function slowDisk() {
  const disk = {
    ...DISK,
    syncs: 0,
    fails: false,
    gate: Promise.resolve(),
    async sync(fd: number) {
      disk.syncs += 1;
      await disk.gate;
      if (disk.fails) throw Object.assign(new Error("bad"), { code: "EIO" });
      await DISK.sync(fd);
    },
  } satisfies Disk & Record<string, unknown>;
  return disk;
}

describe("the user file", () => {
  test("keeps every kind of change over a restart", async () => {
    const { file, records } = opened();
    expect(records).toEqual({ accounts: [], invitations: [], resting: [] });
    const mina = account("민아");
    const certificate = { fingerprint: "f1", label: "노트북", addedAt: 9 };
    expect(await file.store([{ kind: "invited", invitation: INVITATION }])).toBe(true);
    expect(await file.store([signUp("민아"), { kind: "invitation-used", id: "a1" }])).toBe(true);
    await file.store([{ kind: "certificate-added", id: accountId("민아"), certificate }]);
    await file.store([
      {
        kind: "certificate-added",
        id: accountId("민아"),
        certificate: { ...certificate, fingerprint: "f2" },
      },
    ]);
    await file.store([{ kind: "certificate-removed", id: accountId("민아"), fingerprint: "f2" }]);
    await file.store([{ kind: "email", id: accountId("민아"), email: "m@example.org" }]);
    await file.store([{ kind: "password", id: accountId("민아"), hash: "new" }]);
    const resets = { madeAt: 1, expiresAt: 2 };
    await file.store([
      signUp("sun"),
      { kind: "certificate-added", id: accountId("sun"), certificate },
      {
        kind: "certificate-added",
        id: accountId("sun"),
        certificate: { ...certificate, fingerprint: "f3" },
      },
      { kind: "certificate-seen", id: accountId("sun"), fingerprint: "f3", time: 77 },
      { kind: "devices-withdrawn", id: accountId("sun"), except: "f3" },
      { kind: "reset-made", id: accountId("sun"), hash: "r1", ...resets },
      { kind: "reset-withdrawn", id: accountId("sun") },
      { kind: "reset-made", id: accountId("sun"), hash: "r2", ...resets },
      {
        ...{ kind: "reset-used", id: accountId("sun"), code: "r1" },
        ...{ hash: "not this", passwordForm: "opaque" },
      },
      {
        ...{ kind: "reset-used", id: accountId("sun"), code: "r2" },
        ...{ hash: "reset", passwordForm: "opaque" },
      },
      { kind: "reset-made", id: accountId("sun"), hash: "r3", ...resets },
      {
        kind: "notice-added",
        id: accountId("sun"),
        notice: { id: "n1", kind: "reset", time: 5, told: [] },
      },
      { kind: "notices-told", id: accountId("sun"), notices: ["n1"], device: "f3" },
    ]);
    await file.store([signUp("jun"), { kind: "deleted", id: accountId("jun"), time: 8 }]);
    const suspension = { by: "owner", time: 5, until: 9, reason: "rude" };
    await file.store([
      { kind: "graded", id: accountId("민아"), grade: "helper" },
      { kind: "suspended", id: accountId("민아"), suspension: { ...suspension, until: null } },
      { kind: "unsuspended", id: accountId("민아") },
      { kind: "suspended", id: accountId("민아"), suspension },
    ]);
    await file.store([signUp("sora"), { kind: "graded", id: accountId("sora"), grade: "maker" }]);
    await file.store([{ kind: "graded", id: accountId("sora"), grade: null }]);
    await file.store([{ kind: "deleted", id: accountId("sora"), time: 8 }]);
    await file.store([
      { kind: "address-key", key: "the key" },
      { kind: "address-key", key: "another key" },
      { kind: "address-known", id: accountId("민아"), hash: "h1", time: 10 },
      { kind: "address-known", id: accountId("민아"), hash: "h2", time: 11 },
      { kind: "address-known", id: accountId("민아"), hash: "h1", time: 12 },
    ]);
    await file.store([
      {
        kind: "invited",
        invitation: { ...INVITATION, id: "b2", by: accountId("민아"), uses: 3, expiresAt: 5 },
      },
      { kind: "invitation-withdrawn", id: "b2" },
    ]);
    await file.close();
    const expected = {
      accounts: [
        {
          id: accountId("민아"),
          name: mina,
          hash: "new",
          createdAt: 7,
          owner: false,
          email: "m@example.org",
          certificates: [certificate],
          addresses: [
            { hash: "h2", time: 11 },
            { hash: "h1", time: 12 },
          ],
          suspension,
          grade: "helper",
        },
        {
          id: accountId("sun"),
          name: account("sun"),
          hash: "reset",
          passwordForm: "opaque" as const,
          createdAt: 7,
          owner: false,
          email: null,
          certificates: [{ ...certificate, fingerprint: "f3", seenAt: 77 }],
          reset: { hash: "r3", ...resets },
          notices: [{ id: "n1", kind: "reset" as const, time: 5, told: ["f3"] }],
        },
      ],
      invitations: [{ ...INVITATION, used: 1 }],
      resting: [
        { name: account("jun"), id: accountId("jun"), createdAt: 7, since: 8 },
        { name: account("sora"), id: accountId("sora"), createdAt: 7, since: 8 },
      ],
      addressKey: "the key",
    };
    // Once from the journal, and once from users.json, into which it was folded.
    for (const _ of ["journal", "json"]) {
      const again = opened();
      expect(again.records).toEqual(expected);
      await again.file.close();
    }
  });

  test("keeps second factors and bots over a restart, and forgets what was switched off", async () => {
    const { file } = opened();
    const id = accountId("mina");
    const secondFactor = { secret: "ZQKEY", since: 8, lastCodeAt: 0, recovery: ["zqr1", "zqr2"] };
    const bot = { by: id, token: "zqt1", tokenAt: 9, rights: ["read"], rooms: ["#ops"] } as const;
    const made = {
      kind: "bot-added",
      id: accountId("bot"),
      name: account("bot"),
      time: 9,
    } as const;
    await file.store([signUp("mina"), signUp("jun")]);
    await file.store([
      { kind: "second-factor-on", id, secondFactor },
      { kind: "code-used", id, time: 60_000 },
      { kind: "code-used", id, time: 30_000 },
      { kind: "recovery-code-used", id, hash: "zqr1" },
      { kind: "second-factor-on", id: accountId("jun"), secondFactor },
      { kind: "second-factor-off", id: accountId("jun") },
      { ...made, bot },
      { kind: "bot-changed", id: accountId("bot"), bot: { ...bot, token: "zqt2", rights: [] } },
    ]);
    await file.close();
    for (const _ of ["journal", "json"]) {
      const again = opened();
      const [mina, jun, deploybot] = again.records.accounts;
      expect(mina?.secondFactor).toEqual({
        ...{ secret: "ZQKEY", since: 8, lastCodeAt: 60_000, recovery: ["zqr2"] },
      });
      expect(jun).not.toHaveProperty("secondFactor");
      expect(deploybot).toMatchObject({ hash: "*", bot: { token: "zqt2", rights: [] } });
      await again.file.close();
    }
    const again = opened();
    await again.file.store([{ kind: "second-factor-off", id }]);
    for (let folds = 0; folds < 2; folds += 1) await again.file.eraseDeleted();
    await again.file.close();
    const stored = ["users.json", "users.journal"].map((name) =>
      readFileSync(json().replace("users.json", name), "utf8"),
    );
    expect(stored.join("")).not.toMatch(/ZQKEY|zqr\d|zqt1/);
  });

  test("notes the form of a hash, and reads accounts from before it did", async () => {
    const { file } = opened();
    await file.store([{ ...signUp("mina"), passwordForm: "opaque" } as AccountChange]);
    await file.store([signUp("jun"), signUp("sora")]);
    const renewed = { kind: "password", hash: "anew", passwordForm: "opaque" } as const;
    await file.store([
      { ...renewed, id: accountId("jun"), renews: "hash of jun" },
      { ...renewed, id: accountId("sora"), renews: "hash that sora had no longer" },
      { kind: "password", id: accountId("mina"), hash: "as an earlier version stored it" },
    ]);
    await file.close();
    for (const _ of ["journal", "json"]) {
      const again = opened();
      expect(again.records.accounts.map(({ hash, passwordForm }) => [hash, passwordForm])).toEqual([
        ["as an earlier version stored it", undefined],
        ["anew", "opaque"],
        ["hash of sora", undefined],
      ]);
      await again.file.close();
    }
    const stored = JSON.parse(readFileSync(json(), "utf8")).accounts;
    expect(stored[1]).toMatchObject({ name: "jun", passwordForm: "opaque" });
    expect(stored[2]).not.toHaveProperty("passwordForm");
  });

  test("is a private file that a person can read", async () => {
    const { file } = opened();
    await file.store([signUp("mina")]);
    await file.close();
    expect(await reopenedNames()).toEqual(["mina"]);
    expect(readFileSync(json(), "utf8")).toBe(`{
  "format": 2,
  "folded": 1,
  "accounts": [
    {
      "id": "mina00000001",
      "name": "mina",
      "hash": "hash of mina",
      "createdAt": 7,
      "owner": false,
      "email": null,
      "certificates": []
    }
  ],
  "invitations": [],
  "resting": []
}
`);
    expect(statSync(json()).mode & 0o777).toBe(0o600);
    expect(statSync(journal()).mode & 0o777).toBe(0o600);
  });

  test("answers many sign-ups after one fsync, and none before it", async () => {
    const disk = slowDisk();
    let open = () => {};
    disk.gate = new Promise((resolve) => {
      open = resolve;
    });
    const { file } = opened({ disk });
    const answers: boolean[] = [];
    const first = file.store([signUp("n0")]).then((kept) => answers.push(kept));
    while (disk.syncs === 0) await Promise.resolve();
    const rest = Array.from({ length: 200 }, (_, i) => file.store([signUp(`m${i}`)]));
    expect(answers).toEqual([]);
    open();
    await first;
    expect(await Promise.all(rest)).toEqual(Array(200).fill(true));
    expect(disk.syncs).toBe(2);
    await file.close();
    expect((await reopenedNames()).length).toBe(201);
  });

  test("resolves to false when the sync fails, and the file is unchanged", async () => {
    const disk = slowDisk();
    const notes: string[] = [];
    const { file } = opened({ disk, note: (text) => notes.push(text) });
    await file.store([signUp("mina")]);
    const before = readFileSync(journal(), "utf8");
    disk.fails = true;
    expect(await file.store([signUp("jun")])).toBe(false);
    expect(readFileSync(journal(), "utf8")).toBe(before);
    expect(notes).toEqual([`${journal()} cannot be written: the disk reported an error.`]);
    disk.fails = false;
    expect(await file.store([signUp("sora")])).toBe(true);
    await file.close();
    expect(await reopenedNames()).toEqual(["mina", "sora"]);
  });

  test("refuses changes beyond its limit while the disk hangs", async () => {
    const disk = slowDisk();
    let open = () => {};
    disk.gate = new Promise((resolve) => {
      open = resolve;
    });
    const { file } = opened({ disk });
    const first = file.store([signUp("mina")]);
    while (disk.syncs === 0) await Promise.resolve();
    const mail: AccountChange = { kind: "email", id: accountId("mina"), email: null };
    const rest = Array.from({ length: CHANGES_WAITING_MAX }, () => file.store([mail]));
    expect(await file.store([signUp("late")])).toBe(false);
    open();
    expect(await first).toBe(true);
    expect((await Promise.all(rest)).every(Boolean)).toBe(true);
    await file.close();
    expect(await file.store([signUp("later")])).toBe(false);
  });
});

describe("folding while the server runs", () => {
  /** Stores changes one after the other; each confirmed one is in `kept`. */
  async function busy(foldAtBytes: number, count: number, look: () => void = () => {}) {
    const { file } = opened({ foldAtBytes });
    const kept: string[] = [];
    for (let i = 0; i < count; i += 1) {
      if (await file.store([signUp(`m${i}`), { kind: "invitation-used", id: "a1" }]))
        kept.push(`m${i}`);
      look();
    }
    return { file, kept };
  }

  test("shortens the journal without loss", async () => {
    const start = opened();
    await start.file.store([{ kind: "invited", invitation: INVITATION }]);
    await start.file.close();
    const { file, kept } = await busy(1000, 200);
    await file.close();
    expect(kept.length).toBe(200);
    expect(readFileSync(journal(), "utf8").split("\n").length).toBeLessThan(100);
    const { file: again, records } = opened();
    await again.close();
    expect(names(records)).toEqual(kept);
    expect(records.invitations[0]?.used).toBe(200);
  });

  test("doesn't read the journal again, however long it is", async () => {
    await opened().file.close();
    const parse = spyOn(JSON, "parse");
    try {
      const { file } = await busy(1000, 60);
      await file.close();
      // users.json as it was opened; the journal was empty then.
      expect(parse).toHaveBeenCalledTimes(1);
    } finally {
      parse.mockRestore();
    }
    expect(readFileSync(journal(), "utf8").split("\n").length).toBeLessThan(40);
  });

  test("leaves a whole folder at every moment, whichever file is copied first", async () => {
    const copies: { folder: string; known: number }[] = [];
    const copy = (known: number) => {
      const to = mkdtempSync(join(tmpdir(), "users-copy-"));
      for (const path of [json(), journal()]) copyFileSync(path, join(to, basename(path)));
      copies.push({ folder: to, known });
    };
    let answered = 0;
    let oldJson = "";
    const { file } = await busy(1000, 120, () => {
      answered += 1;
      copy(answered);
      // users.json as it was one fold ago, beside the journal of now.
      const newest = readFileSync(json(), "utf8");
      const last = copies.at(-1);
      if (oldJson !== "" && last !== undefined)
        writeFileSync(join(last.folder, "users.json"), oldJson);
      if (answered % 5 === 0) oldJson = newest;
    });
    await file.close();
    for (const { folder: copied, known } of copies) {
      const read = readUserFile(copied, book);
      if ("refused" in read) throw new Error(read.refused);
      const records = read.records.snapshot();
      expect(names(records)).toEqual(Array.from({ length: known }, (_, i) => `m${i}`));
      rmSync(copied, { recursive: true, force: true });
    }
  });

  test("interrupted between its two renames counts nothing twice", async () => {
    const start = opened();
    await start.file.store([{ kind: "invited", invitation: INVITATION }]);
    await start.file.store([signUp("mina"), { kind: "invitation-used", id: "a1" }]);
    await start.file.close();
    const before = readFileSync(journal());
    const folded = opened();
    await folded.file.close();
    writeFileSync(journal(), before);
    const { file, records } = opened();
    await file.close();
    expect(names(records)).toEqual(["mina"]);
    expect(records.invitations[0]?.used).toBe(1);
  });

  test("continues when users.json can't be written", async () => {
    const notes: string[] = [];
    const { file } = opened({ foldAtBytes: 500, note: (text) => notes.push(text) });
    // A folder with something in it lies where the temporary file would.
    const inTheWay = join(folder, ".users.json.new");
    mkdirSync(inTheWay);
    for (let i = 0; i < 20; i += 1) expect(await file.store([signUp(`m${i}`)])).toBe(true);
    await file.close();
    expect(notes[0]).toStartWith(`${json()} cannot be written: `);
    rmSync(inTheWay, { recursive: true });
    expect((await reopenedNames()).length).toBe(20);
  });
});

describe("a killed server", () => {
  test("has stored every sign-up that it confirmed", async () => {
    const script = join(import.meta.dir, "user-file-crash.ts");
    const child = Bun.spawn(["bun", script, folder], { stdout: "pipe", stderr: "inherit" });
    let output = "";
    for await (const bytes of child.stdout) {
      output += Buffer.from(bytes).toString();
      if (output.split("\n").length > 400) child.kill("SIGKILL");
    }
    await child.exited;
    const answered = output.split("\n").slice(0, -1);
    expect(answered.length).toBeGreaterThan(399);
    const kept = new Set(await reopenedNames());
    expect(answered.filter((name) => !kept.has(name))).toEqual([]);
  });

  test("leaves a torn line, which is cut off and counted", async () => {
    const { file } = opened();
    await file.store([signUp("mina")]);
    await file.close();
    writeFileSync(journal(), `${readFileSync(journal(), "utf8")}{"n":2,"changes":[{"ki`);
    const again = opened();
    expect(again.torn).toBe(22);
    expect(names(again.records)).toEqual(["mina"]);
    expect(await again.file.store([signUp("jun")])).toBe(true);
    await again.file.close();
    expect(await reopenedNames()).toEqual(["mina", "jun"]);
  });
});

describe("a user file that can't be used", () => {
  async function kept(): Promise<void> {
    const { file } = opened();
    await file.store([signUp("mina")]);
    await file.close();
  }

  function untouched(content: string, sentence: string): void {
    writeFileSync(json(), content);
    const files = readdirSync(folder).sort();
    const before = files.map((name) => readFileSync(join(folder, name), "utf8"));
    expect(refusal()).toStartWith(sentence);
    expect(readdirSync(folder).sort()).toEqual(files);
    expect(files.map((name) => readFileSync(join(folder, name), "utf8"))).toEqual(before);
  }

  test("because it is damaged is refused with path and place, and not changed", async () => {
    await kept();
    untouched("{ oops", `${json()} is damaged: it is no JSON`);
    untouched("[]", `${json()} is damaged: it has no "format": 2`);
    untouched('{"format":2}', `${json()} is damaged: it has no list of "accounts"`);
    const whole = {
      id: "a00000000001",
      name: "a",
      hash: "h",
      createdAt: 1,
      owner: false,
      email: null,
      certificates: [],
    };
    const two = (second: object) =>
      JSON.stringify({ format: 2, accounts: [whole, second], invitations: [], resting: [] });
    for (const key of Object.keys(whole)) {
      untouched(
        two({ ...whole, id: "b00000000001", name: "b", [key]: {} }),
        `${json()} is damaged: something is missing or wrong in number 2 of its "accounts"`,
      );
    }
    const other = { ...whole, id: "b00000000001", name: "A" };
    untouched(two(other), `${json()} is damaged: it has two accounts named A`);
    untouched(
      two({ ...whole, name: "b" }),
      `${json()} is damaged: it has two accounts with the id a00000000001`,
    );
  });

  test("because a newer version wrote it is refused, and not changed", async () => {
    await kept();
    untouched(
      '{"format":3,"people":[]}',
      `${json()} was written by a newer version (format 3; this one knows 2). Start that version`,
    );
  });

  test("because journal and accounts are from different copies is refused, and not changed", async () => {
    await kept();
    const old = readFileSync(json(), "utf8");
    writeFileSync(journal(), '{"n":5,"changes":[]}\n');
    untouched(
      old,
      `${journal()} goes on at change 5, but ${json()} and the journal before it end at 0`,
    );
  });

  test("because it is missing, while the rooms of its accounts exist, is refused and not created", () => {
    writeFileSync(join(folder, "rooms.json"), "{}");
    expect(refusal()).toBe(
      `${json()} is missing, and rooms.json is there: everybody in it would be put out. Put both back from one copy, then start again; nothing was changed.`,
    );
    expect(readdirSync(folder)).toEqual(["rooms.json"]);
  });

  test("because a line of its journal is damaged is refused with the line", async () => {
    await kept();
    writeFileSync(journal(), '{"n":1,"changes":[{"kind":"promoted"}]}\n{"n":2,"changes":[]}\n');
    expect(refusal()).toStartWith(`${journal()} is damaged at line 1.`);
  });

  test("read for a check creates no file", () => {
    expect(readUserFile(folder, book)).toMatchObject({ last: 0, torn: 0 });
    expect(existsSync(json())).toBe(false);
  });
});
