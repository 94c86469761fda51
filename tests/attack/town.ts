import { selfSigned } from "../../lib/file-manager/certificates/self-signed.ts";
import { FILE_TAG } from "../../lib/protocol/file-facts.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { connect, each, join, Peer, type Target } from "../bench/load.ts";

/** The honest people of the town and the hostile member, their accounts, devices and rooms. */

/** How many honest people talk. */
export const PEOPLE_MAX = 20;
const ROOMS = 20;
const GANG = 24;
/** More than a connection takes that isn't read from. */
const FILE_BYTES = 20_000_000;
const REACTIONS = 5000;
const PAGES = 200;
const LONG = "tea and cake for everybody in this house ".repeat(10).slice(0, 380);
const YEAR_MS = 365 * 86_400_000;

/** Somebody with an account, an address, and a device whose certificate logs in. */
export interface Person {
  readonly name: string;
  readonly password: string;
  readonly localAddress: string;
  readonly certificate: { readonly cert: string; readonly key: string };
}

/** Returns the address of an honest person. */
export function addressOf(person: number): string {
  return `127.0.1.${person + 1}`;
}

function makePerson(name: string, localAddress: string): Person {
  const now = Date.now();
  const request = { commonName: name, names: [], use: "client", from: now, until: now + YEAR_MS };
  const certificate = selfSigned({ ...request, use: "client" });
  return { name, password: `the-password-of-${name}`, localAddress, certificate };
}

/** The honest people, the member who attacks, and those who attack by files. */
export function makeTown(): {
  readonly people: readonly Person[];
  readonly hostile: Person;
  readonly gang: readonly Person[];
} {
  const people = Array.from({ length: PEOPLE_MAX }, (_, n) =>
    makePerson(`person${n}`, addressOf(n)),
  );
  const gang = Array.from({ length: GANG }, (_, n) => makePerson(`gang${n}`, `127.0.3.${n + 1}`));
  return { people, hostile: makePerson("mallory", "127.0.2.1"), gang };
}

/** The lines that log in by password, between CAP REQ and CAP END. */
export function passwordLines({ name, password }: Person): string {
  const pieces = encodePlain(name, password).map((piece) => `AUTHENTICATE ${piece}\r\n`);
  return `AUTHENTICATE PLAIN\r\n${pieces.join("")}`;
}

/** Connects and logs in; resolves when the server has let the person in, to the connection. */
export async function logIn(
  target: Target,
  person: Person,
  by: "device" | "password",
): Promise<Peer> {
  const { name, localAddress, certificate } = person;
  const peer = new Peer(name);
  await connect({ ...target, localAddress, ...(by === "device" && { certificate }) }, peer);
  const lines =
    by === "device" ? "AUTHENTICATE EXTERNAL\r\nAUTHENTICATE +\r\n" : passwordLines(person);
  peer.send(`CAP REQ :sasl batch message-tags draft/multiline\r\n${lines}`);
  peer.send(`NICK ${name}\r\nUSER ${name} 0 * :${name}\r\n`);
  const answer = await peer.until((line) => /^:\S+ (903|904|905) /.test(line));
  if (!answer.includes(" 903 ")) {
    peer.terminate();
    throw new Error(`${name} was not logged in: ${answer}`);
  }
  peer.send("CAP END\r\n");
  await peer.until((line) => /^:\S+ (376|422) /.test(line));
  return peer;
}

/** Makes the accounts, devices, rooms and history, on a server without limits. */
export async function prepareTown(
  target: Target,
  { people, hostile, gang }: ReturnType<typeof makeTown>,
): Promise<void> {
  const members = [...people, ...gang];
  await each(members.length, 4, async (n) => {
    const person = members[n];
    if (person !== undefined) (await signUp(target, person)).terminate();
  });
  const mallory = await signUp(target, hostile);
  for (const room of ["#town", "#crowd", "#plaza", "#reactions", "#pages"])
    await join(mallory, room);
  for (let n = 0; n < ROOMS; n += 1) await join(mallory, `#r${n}`);
  mallory.send("CAP REQ :message-tags batch draft/multiline\r\n");
  for (const mode of ["b", "e", "I", "q"]) {
    for (let n = 0; n < 90; n += 1)
      mallory.send(`MODE #crowd +${mode} *${mode}${n}*!*@*.nowhere\r\n`);
  }
  for (let n = 0; n < PAGES; n += 1) {
    const line = `@batch=b${n} PRIVMSG #pages :${LONG}\r\n`;
    mallory.send(`BATCH +b${n} draft/multiline #pages\r\n${line.repeat(19)}BATCH -b${n}\r\n`);
  }
  for (let n = 0; n < REACTIONS; n += 1) {
    mallory.send(`@+draft/react=${n % 9};+draft/reply=none TAGMSG #reactions\r\n`);
    if (n % 500 === 0) await mallory.settle();
  }
  await mallory.settle();
  await sendFile(target, mallory);
  mallory.terminate();
}

/** Puts a file into #town. */
async function sendFile(target: Target, sender: Peer): Promise<void> {
  const bytes = Buffer.alloc(FILE_BYTES, "tea and cake ");
  const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  const facts = `size=${bytes.length},sha256=${sha256},type=text/plain,name=tea.txt`;
  sender.send(`CAP REQ :sodam.chat/files\r\n@${FILE_TAG}=${facts} FILE SEND #town\r\n`);
  const grant = await sender.until((line) => / FILE GRANT |FAIL FILE/.test(line));
  const [, token] = / FILE GRANT \S+ (\S+) /.exec(grant) ?? [];
  if (token === undefined) throw new Error(`The file was refused: ${grant}`);
  const put = new Peer("put");
  await connect(target, put);
  put.send(`FILE PUT ${token} 0\r\n`);
  await put.until((line) => line.includes(" FILE READY "));
  put.send(bytes.toString("latin1"));
  await put.until((line) => line.includes(" FILE DONE "));
}

async function signUp(target: Target, person: Person): Promise<Peer> {
  const { name, password, localAddress, certificate } = person;
  const peer = new Peer(name);
  await connect({ ...target, localAddress, certificate }, peer);
  peer.send(`NICK ${name}\r\nUSER ${name} 0 * :${name}\r\n`);
  await peer.until((line) => /^:\S+ (376|422) /.test(line));
  await answered(peer, `REGISTER * * ${password}`, /REGISTER SUCCESS|FAIL REGISTER/);
  await answered(peer, `ACCOUNT CONFIRM :${password}`, /CONFIRMED|FAIL ACCOUNT/);
  await answered(peer, "ACCOUNT CERT ADD :laptop", /CERT_ADDED|FAIL ACCOUNT/);
  return peer;
}

async function answered(peer: Peer, line: string, pattern: RegExp): Promise<void> {
  peer.send(`${line}\r\n`);
  const answer = await peer.until((one) => pattern.test(one));
  if (answer.includes("FAIL")) throw new Error(`${line} was refused: ${answer}`);
}
