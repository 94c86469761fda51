import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket } from "bun";
import { fingerprintOf } from "../../lib/transport/socket-link.ts";
import { makeTestCertificate } from "../transport/test-certificate.ts";
import { onGeneratorCore, onServerCore } from "./cores.ts";
import type { PeerReport } from "./file-peer.ts";
import type { Target } from "./load.ts";
import { type Figures, Meter } from "./meter.ts";
import { peakBytes, residentBytes } from "./procfs.ts";
import type { Subject } from "./subject.ts";
import { paced } from "./traffic.ts";

/** Sodam and the bare pair take turns so often, after one that doesn't count. */
const ROUNDS = 5;
/**
 * The file of a round. Each is deleted, and the next one written to the memory that it had: where the system's memory is
 * the host's, a page that is used for the first time costs ten times as much as the copy into it.
 */
const ROUND_MB = 256;
const MB_BYTES = 1 << 20;
const PEER = join(import.meta.dir, "file-peer.ts");
const CLIENT = join(import.meta.dir, "../../client.ts");
const ROOM = "#files";
const ACCOUNT = "asker";
const PASSWORD = "a-long-password";

/** For what shares the core of who measures talk. */
const GIVING_WAY = ["nice", "-n", "19"];

type Verb = "PUT" | "GET";

interface TestFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * One file after the other is sent or fetched, by Sodam and by a bare pair in turn. `ofBare` is the ratio of the rates.
 * Then one of so many megabytes goes by the client, for what it takes of memory: at the server beyond what it had
 * before its first file, at the client beyond what it takes to send a line.
 */
export async function oneFile(
  name: string,
  subject: Subject,
  verb: Verb,
  megabytes: number,
): Promise<Figures[]> {
  const { pid, name: server } = subject;
  if (pid === null || !server.startsWith("sodam")) return [];
  const folder = mkdtempSync(join(tmpdir(), "bench-bytes-"));
  const bare = await startBare(folder);
  try {
    const asker = await Asker.enter(subject.target);
    const before = residentBytes(pid);
    // What is sent twice is one file: the second one is deleted when it has come.
    const file = await offered(asker, join(folder, "file"), ROUND_MB);
    const meter = new Meter(pid);
    meter.pause();
    const ratios: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const token = verb === "PUT" ? String(file.bytes) : file.path;
      const least = await runPeer(verb, bare.port, token, placeOf(file, verb));
      if (round > 0) meter.resume();
      const own = await transfer(asker, verb, file, file.id);
      meter.pause();
      if (round > 0) ratios.push(least.seconds / own.seconds);
    }
    const path = join(folder, "large");
    const large =
      verb === "PUT" ? makeFile(path, megabytes) : await offered(asker, path, megabytes);
    const command =
      "id" in large
        ? ["get", `file-${large.id}`, "-o", placeOf(large, verb)]
        : ["send", ROOM, "--file", path];
    const line = await clientPeakBytes(subject.target, folder, ["send", ROOM, "a line"]);
    const more = {
      ofBare: ratios.sort((a, b) => a - b)[ROUNDS >> 1] ?? 0,
      clientGrownBytes: (await clientPeakBytes(subject.target, folder, command)) - line,
      peakGrowthBytes: peakBytes(pid) - before,
    };
    asker.close();
    return [meter.read({ name, unit: "MB", units: ROUND_MB * ROUNDS, more })];
  } finally {
    bare.child.kill("SIGKILL");
    await bare.child.exited;
    rmSync(folder, { recursive: true });
  }
}

/** Makes a file that the server has. */
async function offered(asker: Asker, path: string, megabytes: number) {
  const file = makeFile(path, megabytes);
  const { id } = await transfer(asker, "PUT", file, "");
  return { ...file, id };
}

/** People talk in a room of 100 while two files are sent and two are fetched, again and again. */
export async function fileTalk(
  name: string,
  subject: Subject,
  megabytes: number,
): Promise<Figures[]> {
  if (!subject.name.startsWith("sodam")) return [];
  const folder = mkdtempSync(join(tmpdir(), "bench-bytes-"));
  try {
    const asker = await Asker.enter(subject.target);
    const files = [1, 2, 3, 4].map((n) => makeFile(join(folder, `file${n}`), megabytes));
    const ids: string[] = [];
    for (const file of files.slice(2)) ids.push((await transfer(asker, "PUT", file, "")).id);
    let isOver = false;
    let movedBytes = 0;
    const move = async (file: TestFile, index: number): Promise<void> => {
      const id = ids[index - 2];
      while (!isOver) {
        await transfer(asker, id === undefined ? "PUT" : "GET", file, id ?? "", GIVING_WAY);
        movedBytes += file.bytes;
      }
    };
    const startedMs = performance.now();
    const moving = files.map(move);
    const shape = { rooms: 1, speakers: 20, size: 100, perSecond: 200, count: 4000 };
    const figures = await paced(name, subject, shape);
    isOver = true;
    await Promise.all(moving);
    const seconds = (performance.now() - startedMs) / 1000;
    asker.close();
    const more = { movedMbPerSecond: movedBytes / MB_BYTES / seconds };
    return figures.map((figure) => ({ ...figure, more: { ...figure.more, ...more } }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Asks for a transfer, and has another process make it. */
async function transfer(
  asker: Asker,
  verb: Verb,
  file: TestFile,
  id: string,
  before: readonly string[] = [],
): Promise<PeerReport & { readonly id: string }> {
  const grant = verb === "PUT" ? await asker.offer(file) : await asker.ask(`FILE FETCH ${id}`);
  const report = await runPeer(verb, asker.port, grant.token, placeOf(file, verb), before);
  const isRight = verb === "PUT" ? report.answer.includes("FILE DONE ") : true;
  if (!isRight || (verb === "GET" && report.answer !== file.sha256)) throw new Error(report.answer);
  return { ...report, id: grant.id };
}

function placeOf(file: TestFile, verb: Verb): string {
  return verb === "PUT" ? file.path : `${file.path}.fetched`;
}

async function runPeer(
  verb: Verb,
  port: number,
  token: string,
  path: string,
  before: readonly string[] = [],
): Promise<PeerReport> {
  const command = [process.execPath, PEER, verb.toLowerCase(), String(port), token, path];
  const child = Bun.spawn(onGeneratorCore([...before, ...command]), {
    ...{ stdout: "pipe", stderr: "inherit", stdin: "ignore" },
  });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("the transfer failed");
  return JSON.parse(text) as PeerReport;
}

/** Has the client do something, and returns the most that it had in memory. */
async function clientPeakBytes(
  { host, port }: Target,
  folder: string,
  words: readonly string[],
): Promise<number> {
  const password = join(folder, "password");
  writeFileSync(password, `${PASSWORD}\n`);
  const link = `sodam://${host}:${port}/fp-${await fingerprintAt(host, port)}`;
  const options = ["--account", ACCOUNT, "--password-file", password, "--config-dir", folder];
  const client = [process.execPath, CLIENT, link, ...words, ...options];
  const child = Bun.spawn(onGeneratorCore(client), {
    ...{ stdout: "ignore", stderr: "inherit", stdin: "ignore" },
  });
  let most = 0;
  while (child.exitCode === null) {
    most = Math.max(most, peakBytes(child.pid));
    await Promise.race([child.exited, Bun.sleep(5)]);
  }
  if (child.exitCode !== 0) throw new Error("the client failed");
  return most;
}

async function fingerprintAt(host: string, port: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const socket = await Bun.connect({
    ...{ hostname: host, port, tls: { rejectUnauthorized: false } },
    socket: { handshake: (socket) => resolve(fingerprintOf(socket)), data() {}, close() {} },
  });
  const fingerprint = await promise;
  socket.end();
  if (fingerprint === null) throw new Error("no certificate");
  return fingerprint;
}

async function startBare(folder: string) {
  const { cert, key } = makeTestCertificate("127.0.0.1");
  writeFileSync(join(folder, "cert.pem"), cert);
  writeFileSync(join(folder, "key.pem"), key);
  const child = Bun.spawn(onServerCore([process.execPath, PEER, "serve", folder]), {
    ...{ stdout: "pipe", stderr: "inherit", stdin: "ignore" },
  });
  for await (const chunk of child.stdout) return { child, port: Number(Buffer.from(chunk)) };
  throw new Error("the bare end did not start");
}

function makeFile(path: string, megabytes: number): TestFile {
  const hash = new Bun.CryptoHasher("sha256");
  const fd = openSync(path, "w");
  for (let n = 0; n < megabytes; n += 1) {
    const piece = crypto.getRandomValues(Buffer.alloc(65_536));
    for (let part = 0; part < MB_BYTES; part += piece.length) {
      writeSync(fd, piece);
      hash.update(piece);
    }
  }
  closeSync(fd);
  return { path, bytes: megabytes * MB_BYTES, sha256: hash.digest("hex") };
}

/** A session with an account, that asks for transfers. */
class Asker {
  readonly port: number;
  readonly #socket: Socket<undefined>;
  readonly #waiting: ((line: string) => boolean)[] = [];
  #rest = "";

  private constructor(port: number, socket: Socket<undefined>) {
    this.port = port;
    this.#socket = socket;
  }

  static async enter({ host, port, tls }: Target): Promise<Asker> {
    let asker: Asker | null = null;
    const ready = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      ...{ hostname: host, port },
      ...(tls && { tls: { rejectUnauthorized: false } }),
      socket: {
        open: () => (tls ? undefined : ready.resolve()),
        handshake: () => ready.resolve(),
        data: (_, bytes) => asker?.take(bytes),
        close() {},
      },
    });
    asker = new Asker(port, socket);
    await ready.promise;
    asker.say("CAP REQ :message-tags sodam.chat/files");
    asker.say(`NICK ${ACCOUNT}`, `USER ${ACCOUNT} 0 * :${ACCOUNT}`);
    asker.say(`REGISTER ${ACCOUNT} * :${PASSWORD}`);
    await asker.hear((line) => line.includes(" REGISTER SUCCESS "));
    asker.say("CAP END", `JOIN ${ROOM}`);
    await asker.hear((line) => line.includes(" 366 "));
    return asker;
  }

  /** Asks whether a file may be sent. */
  offer({ bytes, sha256 }: TestFile) {
    const tag = `size=${bytes},sha256=${sha256},type=application/zip,name=large.zip`;
    return this.ask(`@sodam.chat/file=${tag} FILE SEND ${ROOM}`);
  }

  async ask(line: string): Promise<{ readonly id: string; readonly token: string }> {
    this.say(line);
    const answer = await this.hear((line) => / FILE (?:GRANT|SEND|FETCH) /.test(line));
    const [, id, token] = / FILE GRANT (\S+) (\S+) /.exec(answer) ?? [];
    if (id === undefined || token === undefined) throw new Error(answer);
    return { id, token };
  }

  say(...lines: string[]): void {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** Resolves to the next line that is looked for. Who asks first is answered first. */
  hear(isIt: (line: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push((line) => {
        if (!isIt(line)) return false;
        resolve(line);
        return true;
      });
    });
  }

  take(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString()).split("\r\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("PING")) this.say(line.replace("PING", "PONG"));
      const index = this.#waiting.findIndex((take) => take(line));
      if (index >= 0) this.#waiting.splice(index, 1);
    }
  }

  close(): void {
    this.#socket.end();
  }
}
