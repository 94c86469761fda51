import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const SERVER = resolve(import.meta.dir, "../../server.ts");

/** A folder for one run. */
export function newFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "sodam-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs one of the owner's tasks to its end. */
export async function task(
  folder: string,
  ...words: string[]
): Promise<{ readonly code: number; readonly said: string }> {
  const child = Bun.spawn([process.execPath, SERVER, ...words, ...placesIn(folder)], {
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, said: out + err };
}

function placesIn(folder: string): string[] {
  return ["--data", join(folder, "data"), "--certs", join(folder, "certs")];
}

/** A server in its own process, with plain text on loopback. */
export class Served {
  readonly port: number;
  /** The owner's, which the start printed. */
  readonly invitation: string;
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;

  private constructor(child: Bun.Subprocess<"ignore", "pipe", "pipe">, said: string, port: number) {
    this.#child = child;
    this.port = port;
    this.invitation = /invite-([a-z0-9]+)/.exec(said)?.[1] ?? "";
  }

  static async start(folder: string, ...more: string[]): Promise<Served> {
    const child = Bun.spawn(
      [
        process.execPath,
        SERVER,
        ...["--host", "127.0.0.1", "--port", "0", "--plain", "127.0.0.1:0", "--sign-up", "open"],
        ...["--password-cost", "test", "--no-flood-control", ...placesIn(folder), ...more],
      ],
      { cwd: folder, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    );
    let said = "";
    for await (const chunk of child.stdout) {
      said += Buffer.from(chunk).toString("utf8");
      const found = /Plain text on \S+ port (\d+)/.exec(said);
      if (found !== null) return new Served(child, said, Number(found[1]));
    }
    throw new Error(`the server did not start: ${said}${await new Response(child.stderr).text()}`);
  }

  /** Ends it as a power cut of the process would, or as its owner does. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    this.#child.kill(signal);
    await this.#child.exited;
  }
}

/** One connection to it, by lines. */
export class Guest {
  readonly #socket: Bun.Socket;
  readonly #lines: string[] = [];
  #rest = "";
  #wake: () => void = () => {};
  isClosed = false;

  private constructor(socket: Bun.Socket) {
    this.#socket = socket;
  }

  static async connect(port: number): Promise<Guest> {
    let guest: Guest | null = null;
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_socket, bytes) => guest?.take(Buffer.from(bytes)),
        close: () => guest?.closed(),
      },
    });
    guest = new Guest(socket);
    return guest;
  }

  /** Makes an account, or logs in to the one that there is, and waits for the welcome. */
  async enters(name: string, isNew: boolean, caps = ""): Promise<this> {
    this.says("CAP LS 302", `CAP REQ :sasl ${caps}`.trimEnd());
    this.says(`NICK ${name}`, `USER ${name} 0 * :${name}`);
    if (isNew) {
      this.says(`REGISTER ${name} * :${name}-password`);
      await this.hears((line) => line.includes(" REGISTER SUCCESS "));
    } else {
      const plain = Buffer.from(`\0${name}\0${name}-password`).toString("base64");
      this.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${plain}`);
      await this.hears((line) => line.includes(" 903 "));
    }
    this.says("CAP END");
    await this.hears((line) => / (422|376) /.test(line));
    return this;
  }

  says(...lines: string[]): void {
    if (!this.isClosed) this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** All lines up to the first that is looked for, it included; what has come until the end, without one. */
  async hears(isIt: (line: string) => boolean): Promise<string[]> {
    for (let at = 0; ; ) {
      for (; at < this.#lines.length; at += 1) {
        if (isIt(this.#lines[at] ?? "")) return this.#lines.splice(0, at + 1);
      }
      if (this.isClosed) return this.#lines.splice(0);
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }

  close(): void {
    this.#socket.end();
  }

  /** Ends as the system ends the connections of a process that is killed. */
  vanishes(): void {
    this.#socket.terminate();
  }

  take(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString("utf8")).split("\r\n");
    this.#rest = lines.pop() ?? "";
    this.#lines.push(...lines);
    this.#wake();
  }

  closed(): void {
    this.isClosed = true;
    this.#wake();
  }
}
