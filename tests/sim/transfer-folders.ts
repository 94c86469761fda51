import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Prng } from "../prng.ts";

/* Data folders that change as those of servers do, and what a node may have of them that joined. */

const ROOMS = 5;
const FIRST_DAY = 10;

type Contents = Map<string, string>;

/** The folders of all servers that may lead: they have the same history, and take their snapshots when they like. */
export class TalkedFolders {
  /** How many changes there were: the log's sequence. */
  sequence = 0;
  readonly roots: readonly string[];
  readonly #prng: Prng;
  /** By folder, the contents after each change. */
  readonly #versions: Contents[][];
  /** Rooms that nobody can reach, and in how many snapshots of each folder. */
  readonly #unreachable = new Map<number, number[]>();
  #day = FIRST_DAY;
  #letters = 0;

  constructor(roots: readonly string[], prng: Prng) {
    this.roots = roots;
    this.#prng = prng;
    this.#versions = roots.map(() => [new Map()]);
    this.change(() => {
      this.#put("format.json", '{"format":2}\n');
      this.#put("users.json", '{"format":2}\n');
      for (let room = 0; room < ROOMS; room += 1) this.#say(room);
      for (let index = 0; index < roots.length; index += 1) this.#save(index);
      this.#append("audit.jsonl");
    });
  }

  /** Makes changes of chance, as one record of the log. */
  changeByChance(): void {
    this.change(() => {
      const kind = this.#prng.below(20);
      const room = this.#prng.below(ROOMS);
      if (kind < 8) this.#say(room);
      else if (kind < 11) this.#append("people.journal");
      else if (kind < 12) this.#append("users.journal");
      else if (kind < 13) this.#append("audit.jsonl");
      else if (kind < 14) this.#redact(room);
      else if (kind < 15) this.#prune();
      else if (kind < 16) this.#day += 1;
      else if (kind < 17) this.#foldAccounts();
      else if (kind < 18) this.#close(room);
      else this.#save(this.#prng.below(this.roots.length));
    });
  }

  change(run: () => void): void {
    this.sequence += 1;
    for (const versions of this.#versions) versions.push(new Map(versions.at(-1)));
    run();
  }

  /** Returns what is wrong with the folder of a node that joined at a sequence; `null` when nothing is. */
  problemOf(folder: string, sequence: number): string | null {
    const actual = readFolder(folder);
    const problems = this.roots.map((_, index) => this.#problemAs(index, actual, sequence));
    return problems.includes(null) ? null : problems.join("; or ");
  }

  #problemAs(index: number, actual: Contents, sequence: number): string | null {
    const versions = (this.#versions[index] ?? []).slice(sequence);
    const then = versions[0];
    if (then === undefined) return `there is no sequence ${sequence}`;
    for (const path of new Set([...then.keys(), ...actual.keys()])) {
      const content = actual.get(path);
      const isState = /^[a-z]+\.(json|journal)$/.test(path);
      if (isState) {
        if (content !== then.get(path)) return `${path} isn't as at ${sequence}`;
        continue;
      }
      // What was said later may be there, and what was removed later may be gone.
      const isRight = versions.some((version) => {
        const whole = version.get(path);
        if (whole === undefined || content === undefined) return whole === content;
        return whole.startsWith(content) && content.includes(linesUpTo(whole, sequence));
      });
      if (!isRight) return `${path} is ${JSON.stringify(content)}`;
    }
    return null;
  }

  #say(room: number): void {
    if (this.#unreachable.has(room)) return;
    this.#append(`history/room.${room}/2026-11-${this.#day}.jsonl`);
  }

  /** Nobody can reach it any more. */
  #close(room: number): void {
    if (this.#prng.chance(20) && !this.#unreachable.has(room)) this.#unreachable.set(room, []);
  }

  #line(): string {
    const letters = this.#prng.chance(10) ? 3000 : this.#prng.below(100);
    this.#letters += 1;
    return `{"n":${this.sequence},"text":"${String(this.#letters).padEnd(letters, "x")}"}\n`;
  }

  #append(path: string): void {
    const line = this.#line();
    for (const [index, root] of this.roots.entries()) {
      const contents = this.#contents(index);
      mkdirSync(dirname(join(root, path)), { recursive: true });
      appendFileSync(join(root, path), line);
      contents.set(path, (contents.get(path) ?? "") + line);
    }
  }

  #put(path: string, content: string, only?: number): void {
    for (const [index, root] of this.roots.entries()) {
      if (only !== undefined && only !== index) continue;
      const temporary = join(root, dirname(path), ".file.new");
      writeFileSync(temporary, content);
      chmodSync(temporary, 0o640);
      renameSync(temporary, join(root, path));
      this.#contents(index).set(path, content);
    }
  }

  #redact(room: number): void {
    const days = [...this.#contents(0).keys()].filter((path) => path.includes(`/room.${room}/`));
    if (days.length === 0) return;
    const path = this.#prng.pick(days);
    const letter = this.#prng.pick(["y", "zz"]);
    for (let index = 0; index < this.roots.length; index += 1) {
      const content = this.#contents(index).get(path);
      if (content !== undefined) this.#put(path, content.replace(/x{2}/, letter), index);
    }
  }

  #prune(): void {
    const oldest = [...this.#contents(0).keys()]
      .filter((path) => path.startsWith("history/"))
      .sort();
    const [path] = oldest;
    if (path === undefined || path.includes(`-${this.#day}.`)) return;
    for (const [index, root] of this.roots.entries()) {
      rmSync(join(root, path), { force: true });
      this.#contents(index).delete(path);
    }
  }

  #foldAccounts(): void {
    this.#put("users.json", `{"format":2,"n":${this.sequence}}\n`);
    this.#put("users.journal", "");
  }

  /** A snapshot, and what comes after it: a shorter journal, and conversations that move. */
  #save(index: number): void {
    const pad = "p".repeat(this.#prng.below(5000));
    this.#put("rooms.json", `{"by":${index},"n":${this.sequence},"pad":"${pad}"}\n`, index);
    this.#put("people.journal", this.#line(), index);
    const root = this.roots[index] ?? "";
    const contents = this.#contents(index);
    for (const [room, saves] of this.#unreachable) {
      saves[index] = (saves[index] ?? 0) + 1;
      if (saves[index] !== 2) continue;
      const from = `history/room.${room}`;
      mkdirSync(join(root, "gone"), { recursive: true });
      renameSync(join(root, from), join(root, `gone/room.${room}`));
      for (const [path, content] of [...contents]) {
        if (!path.startsWith(`${from}/`)) continue;
        contents.delete(path);
        contents.set(path.replace("history", "gone"), content);
      }
    }
  }

  #contents(index: number): Contents {
    const contents = this.#versions[index]?.at(-1);
    if (contents === undefined) throw new Error("no such folder");
    return contents;
  }
}

function linesUpTo(content: string, sequence: number): string {
  const lines = content.split("\n").filter((line) => line !== "");
  const early = lines.filter((line) => Number(/"n":(\d+)/.exec(line)?.[1]) <= sequence);
  return early.map((line) => `${line}\n`).join("");
}

/** Reads all files of a folder but those of its lock. */
export function readFolder(folder: string): Contents {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const files = paths.filter(
    (path) => !path.startsWith("lock") && statSync(join(folder, path)).isFile(),
  );
  return new Map(files.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}
