import { join } from "node:path";
import { onGeneratorCore } from "./cores.ts";
import { arrive } from "./load.ts";
import { type Figures, Meter } from "./meter.ts";
import { residentBytesByRole } from "./procfs.ts";
import type { Subject } from "./subject.ts";

/** What one process of idle people connects: fewer than it may have files open, and than an address has ports. */
const LINKS_PER_PROCESS = 10_000;

/**
 * The resident memory of a link that is registered, in a room of twenty, and idle, over TLS from several addresses: by
 * what the processes of the server are, after a collection in each.
 */
export async function idleLinks(name: string, subject: Subject): Promise<Figures[]> {
  const { pid, links, collectGarbage } = subject;
  if (pid === null || collectGarbage === null || !subject.target.tls) return [];
  // One visitor first: what a server allocates once is not the price of a link.
  const visitor = await arrive(subject.target, "first");
  const memoryByRole = async (): Promise<Map<string, number>> => {
    await collectGarbage();
    return residentBytesByRole(pid);
  };
  const before = await memoryByRole();
  const meter = new Meter(pid);
  const people = startPeople(subject);
  try {
    for (const one of people) await isReady(one);
    meter.pause();
    const after = await memoryByRole();
    const perLink = [...after].map(([role, bytes]) => [
      `${role}BytesPerLink`,
      (bytes - (before.get(role) ?? 0)) / links,
    ]);
    return [meter.read({ name, unit: "link", units: links, more: Object.fromEntries(perLink) })];
  } finally {
    visitor.terminate();
    for (const one of people) one.kill("SIGKILL");
    await Promise.all(people.map((one) => one.exited));
  }
}

/** A process of people. `lines` are those that it writes. */
export type IdlePeople = ReturnType<typeof startSome>;

/** Starts as many people as the subject has links. With `pingEveryMs` each of them asks the server so often. */
export function startPeople(subject: Subject, pingEveryMs?: number): IdlePeople[] {
  const count = Math.ceil(subject.links / LINKS_PER_PROCESS);
  return Array.from({ length: count }, (_, n) => startSome(subject, n, pingEveryMs));
}

function startSome({ target, links }: Subject, index: number, pingEveryMs?: number) {
  const first = index * LINKS_PER_PROCESS;
  const count = Math.min(LINKS_PER_PROCESS, links - first);
  const command = [
    ...[process.execPath, join(import.meta.dir, "idle-people.ts"), "--port", String(target.port)],
    ...["--address", `127.0.1.${index + 1}`, "--first", String(first), "--count", String(count)],
    ...(pingEveryMs === undefined ? [] : ["--ping-every", String(pingEveryMs)]),
  ];
  const child = Bun.spawn(onGeneratorCore(command), { stdio: ["pipe", "pipe", "inherit"] });
  return Object.assign(child, { lines: linesOf(child.stdout) });
}

/** Resolves when all people of a process are connected. */
export async function isReady({ lines }: IdlePeople): Promise<void> {
  const { done } = await lines.next();
  if (done === true) throw new Error("the people ended before all were connected");
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
