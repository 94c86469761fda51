import { describe, expect, test } from "bun:test";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import type { TurnChange } from "../../lib/cluster/log/turn-recorder.ts";
import { StoredTurns } from "../../lib/file-manager/stored-turns.ts";
import { Prng, seeds } from "../prng.ts";

/** The cast: nothing looks at more of an event. */
const event = (position: number): TurnChange => ({
  ...{ kind: "event" },
  event: { conversation: "room.tea" as ConversationId, position } as RoomEvent,
});
const person = (value: string): TurnChange => ({
  ...{ kind: "person" },
  change: { kind: "metadata", of: "mina", key: "about", value },
});
const accounts = (key: string): TurnChange => ({
  ...{ kind: "accounts", changes: [{ kind: "address-key", key }] },
});

function nameOf(change: TurnChange): string {
  if (change.kind === "event") return `event ${change.event.position}`;
  if (change.kind === "accounts") return `accounts ${JSON.stringify(change.changes)}`;
  return `person ${JSON.stringify(change.change)}`;
}

/** Files whose disk refuses lines, accounts or both as the test says, and what they have. */
class Files {
  readonly lines: string[] = [];
  readonly groups: string[] = [];
  refusesLine = (_name: string): boolean => false;
  refusesGroups = (): boolean => false;
  /** The batch that is being stored. */
  #batch: { readonly name: string; readonly answer: (isStored: boolean) => void }[] = [];

  appendLine(change: TurnChange): boolean {
    const name = nameOf(change);
    if (this.refusesLine(name)) return false;
    this.lines.push(name);
    return true;
  }

  storeAccounts(changes: Extract<TurnChange, { readonly kind: "accounts" }>["changes"]) {
    return new Promise<boolean>((answer) => {
      if (this.#batch.length === 0) queueMicrotask(() => this.#write());
      this.#batch.push({ name: nameOf({ kind: "accounts", changes }), answer });
    });
  }

  #write(): void {
    const batch = this.#batch;
    this.#batch = [];
    const isStored = !this.refusesGroups();
    for (const { name, answer } of batch) {
      if (isStored) this.groups.push(name);
      answer(isStored);
    }
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe("turns that are in the log", () => {
  test("are in the files when the call returns, and their accounts when it resolves", async () => {
    const files = new Files();
    const turns = new StoredTurns(files);
    const stored = turns.store([event(1), accounts("a"), person("x"), accounts("b")]);
    expect(files.lines).toHaveLength(2);
    expect([turns.isFailing, turns.hasPending]).toEqual([false, true]);
    await stored;
    expect(files.groups).toHaveLength(2);
    expect([turns.isFailing, turns.hasPending]).toEqual([false, false]);
  });

  test("wait in their order when the disk refuses one, and are tried again with the next turn", async () => {
    const files = new Files();
    const turns = new StoredTurns(files);
    files.refusesLine = (name) => name === "event 2";
    let isStored = false;
    void turns.store([event(1), event(2), person("x")]).then(() => {
      isStored = true;
    });
    void turns.store([event(3)]);
    await settle();
    expect(files.lines).toEqual(["event 1"]);
    expect([turns.isFailing, turns.hasPending, isStored]).toEqual([true, true, false]);
    files.refusesLine = () => false;
    await turns.store([event(4)]);
    expect(isStored).toBe(true);
    expect(files.lines.map((name) => name.split(" ")[0])).toEqual([
      ...["event", "event", "person", "event", "event"],
    ]);
    expect(turns.isFailing).toBe(false);
  });

  test("of accounts that the disk refuses are all tried again, in their order", async () => {
    const files = new Files();
    const turns = new StoredTurns(files);
    files.refusesGroups = () => true;
    const stored = Promise.all([turns.store([accounts("a")]), turns.store([accounts("b")])]);
    await settle();
    expect([turns.isFailing, files.groups.length]).toEqual([true, 0]);
    files.refusesGroups = () => false;
    await turns.retry();
    await stored;
    expect(files.groups).toEqual(["a", "b"].map((key) => nameOf(accounts(key))));
    expect([turns.isFailing, turns.hasPending]).toEqual([false, false]);
  });

  for (const seed of seeds(200)) {
    test(`get into the files once and in order, whatever the disk refuses (SEED=${seed})`, async () => {
      const prng = new Prng(seed);
      const files = new Files();
      const turns = new StoredTurns(files);
      let percent = 40;
      files.refusesLine = () => prng.chance(percent);
      files.refusesGroups = () => prng.chance(percent);
      const given: TurnChange[] = [];
      const stored: Promise<void>[] = [];
      for (let turn = 0; turn < 30; turn += 1) {
        const changes = Array.from({ length: prng.below(4) }, (_, index) => {
          const name = `${turn}-${index}`;
          return prng.pick([event(turn * 10 + index), person(name), accounts(name)]);
        });
        given.push(...changes);
        stored.push(turns.store(changes));
        if (prng.chance(30)) await settle();
        if (prng.chance(30)) void turns.retry();
      }
      percent = 0;
      await settle();
      await turns.retry();
      await Promise.all(stored);
      const isGroup = ({ kind }: TurnChange): boolean => kind === "accounts";
      expect(files.lines).toEqual(given.filter((change) => !isGroup(change)).map(nameOf));
      expect(files.groups).toEqual(given.filter(isGroup).map(nameOf));
      expect(turns.hasPending).toBe(false);
    });
  }
});
