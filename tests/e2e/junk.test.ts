import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Running, signUp, startServer } from "./house.ts";
import { Folder } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** Invalid input: each gets a clear answer or a closed connection, and no other client is affected. */

const folder = new Folder();
let server: Running;
let mina: Stranger;
/** A member of the same room, who must receive nothing of it. */
let witness: Stranger;
let witnessed = 0;

beforeAll(async () => {
  const args = ["--sign-up", "open", "--plain", "127.0.0.1:0", "--no-flood-control"];
  server = await startServer(folder, args);
  mina = await signUp(server, "mina");
  witness = await signUp(server, "witness");
  for (const person of [mina, witness]) {
    person.says("JOIN #tea");
    await person.hears(/ 366 /);
  }
  await mina.hears(/witness\S* JOIN/);
});

afterAll(async () => {
  await mina[Symbol.asyncDispose]();
  await witness[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

beforeEach(async () => {
  await witness.isAnswered();
  witnessed = witness.lines.length;
});

afterEach(async () => {
  await witness.isAnswered();
  expect(witness.lines.slice(witnessed)).toEqual([expect.stringContaining("PONG")]);
});

/** Mina's replies to these bytes, up to the answer to a PING after them. */
async function answers(bytes: string | Uint8Array): Promise<string[]> {
  const from = mina.lines.length;
  mina.sends(bytes);
  mina.says("");
  await mina.isAnswered();
  return mina.lines.slice(from, -1);
}

describe("an invalid line is answered, and the next one is read", () => {
  test("longer than 512 bytes", async () => {
    expect(await answers(`PRIVMSG #tea :${"x".repeat(600)}`)).toEqual([
      ":sodam.internal 417 mina :That line was too long",
    ]);
  });

  test("with more tags than allowed", async () => {
    expect(await answers(`@a=${"x".repeat(5000)} PRIVMSG #tea :hi`)).toEqual([
      ":sodam.internal 417 mina :That line was too long",
    ]);
  });

  test("not in UTF-8", async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode("PRIVMSG #tea :"), 0xff, 0xfe]);
    expect(await answers(bytes)).toEqual([
      ":sodam.internal FAIL PRIVMSG INVALID_UTF8 :That line was not valid UTF-8 and was ignored",
    ]);
  });

  test("with a NUL", async () => {
    expect(await answers("PRIVMSG #tea :a\0b")).toEqual([
      ":sodam.internal FAIL * INVALID_LINE :That line contained a NUL character and was ignored",
    ]);
  });

  test("ten megabytes without an end cost no memory", async () => {
    const before = memoryOf(server.program.pid);
    expect(await answers(new Uint8Array(10 << 20).fill(120))).toEqual([
      ":sodam.internal 417 mina :That line was too long",
    ]);
    expect(memoryOf(server.program.pid) - before).toBeLessThan(64 << 20);
  });

  test("an unknown command", async () => {
    expect(await answers("KOMMANDO 66")).toEqual([
      ":sodam.internal 421 mina KOMMANDO :Unknown command",
    ]);
  });
});

describe("a connection that isn't IRC is closed, and the reason is logged", () => {
  test("plain text on the TLS port", async () => {
    await using lost = await Stranger.connect(server.port, { tls: false });
    lost.says("NICK lost");
    await lost.closed;
    await server.program.sees("plain text on the TLS port");
  });

  test("a browser on the TLS port", async () => {
    await using lost = await Stranger.connect(server.port, { tls: false });
    lost.sends("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await lost.closed;
    await server.program.sees("a web browser's plain text on the TLS port");
  });

  test("TLS on the plain port gets an error in plain text", async () => {
    await using lost = await Stranger.connect(server.plainPort ?? 0, { tls: false });
    lost.sends(new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]));
    await lost.hears(/^ERROR :This port speaks plain text/);
    await lost.closed;
  });

  test("an incomplete last line is no command", async () => {
    const jun = await signUp(server, "jun");
    jun.sends("PRIVMSG #tea :half a li");
    jun.leaves();
    await jun.closed;
    await using again = await Stranger.connect(server.port);
    again.sends("NICK half");
    again.leaves();
    await again.closed;
  });
});

test("a client that stops reading is disconnected, and the others get everything", async () => {
  await using deaf = await signUp(server, "deaf");
  await using keen = await signUp(server, "keen");
  await using loud = await signUp(server, "loud");
  for (const person of [deaf, keen, loud]) {
    person.says("JOIN #loud");
    await person.hears(/ 366 \S+ #loud/);
  }
  deaf.stopsReading();
  // More than the server's own limit and all that two kernels take.
  const text = "x".repeat(400);
  for (let index = 0; index < 15_000; index += 1) {
    loud.says(`PRIVMSG #loud :${index} ${text}`);
    if (index % 1000 === 999)
      await keen.hears(new RegExp(`#loud :${index} `), keen.lines.length - 1000);
  }
  deaf.readsOn();
  await deaf.closed;
  const heard = keen.lines.filter((line) => line.includes("PRIVMSG #loud"));
  expect(heard.length).toBe(15_000);
}, 60_000);

/** Resident bytes of a process, by ps: the same on Linux and macOS. */
function memoryOf(pid: number): number {
  const { stdout } = Bun.spawnSync(["ps", "-o", "rss=", "-p", `${pid}`]);
  return Number(stdout.toString().trim()) * 1024;
}
