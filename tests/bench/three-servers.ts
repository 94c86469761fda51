/**
 * Measures the interactive client at three servers at once, in a real pty with real servers on loopback:
 * `bun tests/bench/three-servers.ts [SECONDS] [one]`; with `one` at a single server,
 * to compare. Prints its memory after 10,000 messages in 20 rooms, its CPU time as a
 * share of one core at 500 messages a second, and how long a key takes to the screen meanwhile, and while one
 * server sends as fast as it can, and its memory after that; and the CPU time once more after a minute. Linux only.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { en } from "../../lib/app/i18n/en.ts";
import { type Running, startServer } from "../e2e/house.ts";
import { CLIENT, Folder } from "../e2e/program.ts";
import { Pty } from "../e2e/pty.ts";
import { Stranger } from "../e2e/stranger.ts";
import { cpuUsByRole, parseStatus, residentBytes } from "./procfs.ts";

const ROOMS_AT = process.argv[3] === "one" ? [20] : [7, 7, 6];
const FIRST_MESSAGES = 10_000;
const MESSAGES_PER_SECOND = 500;
const SECONDS_DEFAULT = 20;
/** Bun compiles what runs often, in threads of its own: until then it costs more. */
const WARM_UP_SECONDS = 60;
const TICK_MS = 20;
const KEY_EVERY_MS = 200;
const FLOOD_MESSAGES = 60_000;
const AFTER_FLOOD_MS = 20_000;
const SIZE = { columns: 100, rows: 30 };
const TEXTS = [
  "배포 스크립트 고쳤어요. 로그는 여기 https://ci.example/412 있으니 금요일 전에 봐 주세요",
  "ok",
  "the quick brown fox jumps over the lazy dog, and then it comes back",
];
/** Messages with the same text, one after the other: in step with the servers, each room would hear one text for ever. */
const SAME_TEXT = 20;
const MB = 1024 * 1024;

/** A server with somebody who talks in its rooms. */
interface Site {
  readonly server: Running;
  readonly talker: Stranger;
  readonly rooms: readonly string[];
}

async function openSite(folder: Folder, index: number): Promise<Site> {
  const args = ["--guests", "--no-flood-control", "--create-rooms", "everyone"];
  const server = await startServer(folder, args);
  const talker = await Stranger.connect(server.port);
  for (const line of ["NICK tom", "USER tom 0 * :tom"]) talker.says(line);
  await talker.hears(/ (376|422) /);
  const rooms = Array.from({ length: ROOMS_AT[index] ?? 0 }, (_, room) => `#room${index}${room}`);
  for (const room of rooms) talker.says(`JOIN ${room}`);
  await talker.isAnswered();
  return { server, talker, rooms };
}

/** Writes what the client remembers of earlier runs: the servers, their certificates, and a guest's name. */
function writeMemory(home: string, sites: readonly Site[]): void {
  const addresses = sites.map(({ server }) => `127.0.0.1:${server.port}`);
  const [first = "", ...others] = addresses.map((address) => `sodam://${address}/`);
  const nicks = Object.fromEntries(addresses.map((address) => [address, "mina"]));
  const known = sites.map(({ server }, index) => [
    addresses[index],
    { fingerprint: server.fingerprint, addedAt: 0 },
  ]);
  mkdirSync(join(home, "sodam"), { recursive: true });
  const write = (name: string, content: object): void =>
    writeFileSync(join(home, "sodam", name), JSON.stringify({ format: 1, ...content }));
  write("kept.json", { server: first, startServers: others, nicks, receipts: false });
  write("known-servers.json", { servers: Object.fromEntries(known) });
}

/** Waits until a text is on the screen. */
function shows(client: Pty, text: string): Promise<void> {
  return client.until(() => client.rows().some((row) => row.includes(text)));
}

/** Types a letter, and resolves to the ms until it was on the screen. */
async function keyMs(client: Pty, typed: string): Promise<number> {
  const before = performance.now();
  client.type(typed.at(-1) ?? "");
  await client.until(() => client.rows().at(-1)?.endsWith(` ${typed}`) === true);
  return performance.now() - before;
}

const nextMessage = (() => {
  let count = 0;
  return (sites: readonly Site[]): void => {
    const site = sites[count % sites.length];
    const room = site?.rooms[Math.floor(count / sites.length) % site.rooms.length];
    site?.talker.says(`PRIVMSG ${room} :${TEXTS[Math.floor(count / SAME_TEXT) % TEXTS.length]}`);
    count += 1;
  };
})();

/** Types a letter now and then, until `work` is done. Returns the times to the screen, sorted. */
async function keysDuring(client: Pty, work: Promise<void>): Promise<number[]> {
  let isOver = false;
  const end = work.then(() => {
    isOver = true;
  });
  const times: number[] = [];
  for (let typed = ""; !isOver; ) {
    typed += "abcdefghijklmnopqrstuvwxyz"[typed.length % 26];
    times.push(await keyMs(client, typed));
    if (typed.length === 26) {
      client.type("\x15");
      typed = "";
    }
    await Bun.sleep(KEY_EVERY_MS);
  }
  await end;
  client.type("\x15");
  return times.sort((a, b) => a - b);
}

async function talk(sites: readonly Site[], seconds: number): Promise<void> {
  const startMs = performance.now();
  for (let sent = 0; sent < seconds * MESSAGES_PER_SECOND; ) {
    const due = ((performance.now() - startMs) / 1000) * MESSAGES_PER_SECOND;
    for (; sent < due; sent++) nextMessage(sites);
    await Bun.sleep(TICK_MS);
  }
}

function keysText(times: readonly number[]): string {
  const at = (share: number): string =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms, of ${times.length}`;
}

/** Returns resident memory in MB, and how much of it isn't the program's own file. */
function memoryText(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const own = Math.round(parseStatus(status, "RssAnon") / MB);
  return `${Math.round(residentBytes(pid) / MB)} MB (${own} MB of its own)`;
}

const seconds = Number(process.argv[2] ?? SECONDS_DEFAULT);
const folders = ROOMS_AT.map(() => new Folder());
const sites = await Promise.all(folders.map((folder, index) => openSite(folder, index)));
const home = folders[0]?.at("home") ?? "";
writeMemory(home, sites);
const client = new Pty([...CLIENT, "--lang", "en"], { XDG_CONFIG_HOME: home, HOME: home });
client.resize(SIZE.columns, SIZE.rows);
const print = (text: string): void => void process.stdout.write(`${text}\n`);
if (sites.length === 1) {
  await shows(client, en.menu.guest);
  client.type("\x1b[B\x1b[B\r");
  await shows(client, en.guest.name);
  client.type("\r");
}
await shows(client, en.rooms.find);
client.type("\r");
await shows(client, en.rooms.which);
client.type("\r");
await shows(client, "Alt-f");
for (const { server, rooms } of sites) {
  client.type(`/connect 127.0.0.1:${server.port}\r`);
  for (const room of rooms) {
    client.type(`/join ${room}\r`);
    await shows(client, `[${room.slice(1)}]`);
  }
}
client.type("\x1b1");
const settle = async (): Promise<void> => {
  for (const { talker, rooms } of sites) {
    talker.says(`PRIVMSG ${rooms[0]} :mina: settled`);
    await talker.isAnswered();
  }
  await Bun.sleep(1500);
};
const { pid } = client;
print(`memory before: ${memoryText(pid)}`);
for (let count = 0; count < FIRST_MESSAGES; count++) nextMessage(sites);
await settle();
print(`memory after ${FIRST_MESSAGES} messages in 20 rooms: ${memoryText(pid)}`);
const cpuUs = (): number => cpuUsByRole(pid)["server"] ?? 0;
const measure = async (when: string): Promise<void> => {
  const before = cpuUs();
  const startMs = performance.now();
  const keys = await keysDuring(client, talk(sites, seconds));
  const share = (cpuUs() - before) / 10 / (performance.now() - startMs);
  print(
    `${MESSAGES_PER_SECOND} messages a second, ${when}: ${share.toFixed(1)} % of a core; key to screen: ${keysText(keys)}`,
  );
};
await measure("at first");
const [flooding] = sites.slice(-1);
const lines = Array.from(
  { length: FLOOD_MESSAGES },
  (_, n) => `PRIVMSG ${flooding?.rooms[0]} :${n}`,
);
flooding?.talker.sends(`${lines.join("\r\n")}\r\n`);
const flood = await keysDuring(client, flooding?.talker.isAnswered() ?? Promise.resolve());
print(`one server floods: key to screen: ${keysText(flood)}`);
print(`memory then: ${memoryText(pid)}`);
await Bun.sleep(AFTER_FLOOD_MS);
print(`memory ${AFTER_FLOOD_MS / 1000} seconds later: ${memoryText(pid)}`);
await talk(sites, WARM_UP_SECONDS);
await measure("after a minute more");
client.end();
for (const { talker, server } of sites) {
  talker.leaves();
  await server[Symbol.asyncDispose]();
}
for (const folder of folders) folder[Symbol.dispose]();
