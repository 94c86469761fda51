import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Guest, newFolder, Served, task } from "./served.ts";

/** The life of a file that somebody sends, on real processes: restarts, kills, the owner's tasks, its end. */

const cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const CAPS = "sodam.chat/files message-tags echo-message standard-replies batch";

function folder(): string {
  const made = newFolder();
  cleanUps.push(() => made.remove());
  return made.path;
}

async function begins(home: string, isNew: boolean, ...more: string[]) {
  const served = await Served.start(home, ...more);
  cleanUps.push(() => served.end("SIGKILL"));
  const mina = await (await Guest.connect(served.port)).enters("mina", isNew, CAPS);
  mina.says("JOIN #tea");
  if (isNew) await mina.hears((line) => line.includes(" 366 "));
  return { served, mina };
}

/** Opens a connection for bytes: says a line, and bytes once it is answered. Resolves to all that came until its end. */
function carries(port: number, line: string, bytes: Uint8Array | null): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let isAnswered = false;
  void Bun.connect({
    ...{ hostname: "127.0.0.1", port },
    socket: {
      open: (socket) => void socket.write(`${line}\r\n`),
      data: (socket, data) => {
        chunks.push(Buffer.from(data));
        if (!isAnswered && bytes !== null) socket.write(bytes);
        isAnswered = true;
      },
      close: () => resolve(Buffer.concat(chunks)),
    },
  });
  return promise;
}

async function sends(served: Served, mina: Guest, name: string, text: string) {
  const bytes = Buffer.from(text);
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  const facts = `size=${bytes.length},sha256=${sha256},type=text/plain,name=${encodeURIComponent(name)}`;
  mina.says(`@sodam.chat/file=${facts} FILE SEND #tea :here`);
  const [grant = ""] = (await mina.hears((line) => / FILE (GRANT|TOO)|FAIL /.test(line))).slice(-1);
  const [, , , id = "", token = ""] = grant.split(" ");
  const said = (await carries(served.port, `FILE PUT ${token} 0`, bytes)).toString();
  const [, msgid = ""] = / FILE DONE (\S+)/.exec(said) ?? [];
  expect([grant, said, msgid]).not.toContain("");
  await mina.hears((line) => line.includes("PRIVMSG #tea"));
  return { id, msgid };
}

async function gets(served: Served, mina: Guest, id: string): Promise<string> {
  mina.says(`FILE FETCH ${id}`);
  const [answer = ""] = (await mina.hears((line) => / FILE GRANT | FAIL FILE /.test(line))).slice(
    -1,
  );
  const [, , , , token = ""] = answer.replace(/^@\S+ /, "").split(" ");
  if (answer.includes("FAIL")) return answer;
  const said = (await carries(served.port, `FILE GET ${token} 0`, null)).toString();
  return said.slice(said.indexOf("\r\n") + 2);
}

/** The files below a folder, by their names. */
function filesIn(home: string): string[] {
  const root = join(home, "data", "files");
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

test("a file outlives a kill and a stop, is backed up and restored, and goes with its message", async () => {
  const home = folder();
  const { served, mina } = await begins(home, true);
  const { id } = await sends(served, mina, "회의록 1.txt", "green tea\n");
  const again = await sends(served, mina, "copy.txt", "green tea\n");
  expect(filesIn(home)).toEqual([`${id}-회의록 1.txt`]);
  await served.end("SIGKILL");
  const killed = await begins(home, false);
  expect(await gets(killed.served, killed.mina, id)).toBe("green tea\n");
  await killed.served.end("SIGTERM");
  expect(await task(home, "doctor")).toMatchObject({ code: 0 });
  const copy = join(folder(), "copy");
  expect((await task(home, "backup", copy)).code).toBe(0);
  const other = folder();
  expect((await task(other, "restore", copy)).code).toBe(0);
  const { served: next, mina: there } = await begins(other, false);
  expect(await gets(next, there, again.id)).toBe("green tea\n");
  // The last message that has the bytes takes them along.
  there.says("CAP REQ :draft/message-redaction draft/chathistory");
  there.says("CHATHISTORY LATEST #tea * 10");
  await there.hears((line) => line.includes(" BATCH -"));
  there.says(`REDACT #tea ${again.msgid}`);
  await there.hears((line) => line.includes("REDACT #tea"));
  expect(await gets(next, there, again.id)).toContain("UNKNOWN_FILE");
  expect(await gets(next, there, id)).toBe("green tea\n");
  await next.end("SIGTERM");
  const page = join(folder(), "tea.jsonl");
  expect((await task(other, "export", "#tea", page)).code).toBe(0);
  expect(readFileSync(page, "utf8")).toContain('"name":"회의록 1.txt"');
  expect((await task(other, "forget", "mina")).code).toBe(0);
  expect(filesIn(other)).toEqual([]);
}, 120_000);

test("what a crash has left without a message is swept at the next start", async () => {
  const home = folder();
  const { served, mina } = await begins(home, true);
  const { id } = await sends(served, mina, "a.txt", "green tea\n");
  await served.end("SIGKILL");
  const [conversation = ""] = readdirSync(join(home, "data", "files")).filter((name) =>
    name.startsWith("room."),
  );
  const day = readdirSync(join(home, "data", "files", conversation))[0] ?? "";
  writeFileSync(join(home, "data", "files", conversation, day, "orphan0000000000-x"), "x");
  mkdirSync(join(home, "data", "files", "room.gone.1", day), { recursive: true });
  writeFileSync(join(home, "data", "files", "room.gone.1", day, "orphan0000000001-y"), "y");
  const { served: next, mina: there } = await begins(home, false);
  while (filesIn(home).length > 1) await Bun.sleep(5);
  expect(filesIn(home)).toEqual([`${id}-a.txt`]);
  expect(await gets(next, there, id)).toBe("green tea\n");
}, 60_000);
