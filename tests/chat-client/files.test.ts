import { describe, expect, test } from "bun:test";
import type { Transfer } from "../../lib/chat-client/files/transfer.ts";
import { type RawEnd, sha256Of, TextSink, TextSource } from "./raw-server.ts";
import { ALL_CAPS, labelOf, Stage } from "./stage.ts";

const CAPS = `${ALL_CAPS} sodam.chat/files=max=1000`;
const FILE = { name: "a.txt", size: 10, sha256: sha256Of("0123456789"), type: "text/plain" };
const SHARED = { ...FILE, id: "k3k3k3k3k3k3k3k3" };
const FACTS = `size=10,sha256=${FILE.sha256},type=text/plain,name=a.txt`;
const GRANT = `FILE GRANT ${SHARED.id} t0k3n 0 60`;

/** Answers the client's newest line by its label, and returns that line. */
function answer(stage: Stage, line: string): string {
  const sent = stage.sent().findLast((each) => each.includes("FILE ")) ?? "";
  stage.server(`@label=${labelOf(sent)} :s ${line}`);
  return sent.replace(/;?label=[^; ]*/, "").replace(/^@ /, "");
}

/** Answers with an additional tag. */
function answerTagged(stage: Stage, tag: string, line: string): void {
  stage.server(`@label=${labelOf(stage.sent().at(-1))};${tag} :s ${line}`);
}

/** The newest connection of bytes, and what it said first. */
function newest(stage: Stage): RawEnd {
  const raw = stage.raw.at(-1);
  if (raw === undefined) throw new Error("no connection");
  return raw;
}

/** Opens the newest connection, whose first line has left. */
function opened(stage: Stage): RawEnd {
  const raw = newest(stage).opens();
  raw.takes();
  return raw.drains();
}

function only(stage: Stage): Transfer {
  const [transfer] = stage.session.files.list();
  if (transfer === undefined) throw new Error("no transfer");
  return transfer;
}

function passes(stage: Stage, ms: number): void {
  for (let passed = 0; passed < ms; passed += 1000) {
    stage.now += 1000;
    stage.server(":s PONG s :x");
    stage.session.tick();
  }
}

/** The lines about files that the client has sent. */
function asked(stage: Stage): string[] {
  return stage
    .sent()
    .filter((line) => line.includes("FILE "))
    .map((line) => line.slice(line.indexOf("FILE ")));
}

describe("sending", () => {
  test("a file is asked for, and its bytes go over a connection of their own", () => {
    const stage = new Stage().ready(CAPS);
    const source = new TextSource("a.txt", "0123456789");
    stage.session.files.send("#tea", source, "our cups");
    const asking = answer(stage, "FILE GRANT k3k3k3k3k3k3k3k3 t0k3n 0 60");
    expect(asking).toBe(`@sodam.chat/file=${FACTS} FILE SEND #tea :our cups`);
    const [raw] = stage.raw;
    expect(raw?.opens().takes()).toBe("FILE PUT t0k3n 0\r\n");
    raw?.drains().says("FILE READY 0\r\n");
    expect(raw?.takes()).toBe("0123");
    raw?.drains();
    expect(raw?.takes()).toBe("4567");
    raw?.drains();
    expect(raw?.takes()).toBe("89");
    raw?.drains();
    expect(only(stage)).toMatchObject({ state: "running", bytes: 10, size: 10 });
    raw?.says("FILE DONE m1\r\n");
    expect(only(stage)).toMatchObject({ state: "done", msgid: "m1", problem: null });
    expect([source.isClosed, raw?.isClosed]).toEqual([true, true]);
  });

  test("the preview follows the file, and the message replies to another one", () => {
    const stage = new Stage().ready(CAPS);
    const source = new TextSource("a.txt", "0123456789", { preview: "webp", pieceBytes: 10 });
    stage.session.files.send("#tea", source, "", { replyTo: "m0" });
    const tags = `sodam.chat/file=${FACTS.replace("type=", "type=").replace("size=10,", "size=10,preview=4,")}`;
    expect(answer(stage, GRANT)).toBe(`@${tags};+reply=m0 FILE SEND #tea`);
    const raw = opened(stage).says("FILE READY 0\r\n");
    expect(raw.takes()).toBe("0123456789");
    expect(raw.drains().takes()).toBe("webp");
    raw.says("FILE DONE m1\r\n");
    expect(only(stage).state).toBe("done");
  });

  test("a broken connection goes on where the server has it, without reading the file's hash anew", () => {
    const stage = new Stage().ready(CAPS);
    stage.session.files.send("#tea", new TextSource("a.txt", "0123456789"), "");
    answer(stage, GRANT);
    const raw = opened(stage).says("FILE READY 0\r\n").drains();
    expect(raw.takes()).toBe("01234567");
    raw.breaks();
    expect(only(stage).state).toBe("waiting");
    passes(stage, 1000);
    expect(answer(stage, "FILE GRANT k4k4k4k4k4k4k4k4 t0k4n 8 60")).toContain("FILE SEND #tea");
    expect(newest(stage).opens().takes()).toBe("FILE PUT t0k4n 8\r\n");
    newest(stage).drains().says("FILE READY 8\r\n");
    expect(newest(stage).takes()).toBe("89");
    expect(only(stage)).toMatchObject({ state: "running", bytes: 10 });
  });

  test("while the chat is away it waits, however long, and goes on at the next log-in", () => {
    const stage = new Stage().ready(CAPS);
    stage.session.files.send("#tea", new TextSource("a.txt", "0123456789"), "");
    stage.session.closed("");
    for (let attempt = 0; attempt < 60; attempt += 1) {
      stage.now += 60_000;
      stage.session.tick();
    }
    expect(only(stage).state).toBe("waiting");
    stage.sent();
    stage.session.connecting();
    stage.session.opened();
    stage.server(`:s CAP * LS :${CAPS}`, `:s CAP * ACK :${CAPS.replace(/=\S*/g, "")}`);
    stage.server(":s 001 민수 :hi", ":s 422 민수 :no MOTD");
    expect(asked(stage)).toEqual(["FILE SEND #tea"]);
  });

  test("if the answer is lost behind the last byte, nothing is sent twice", () => {
    for (const wasSent of [true, false]) {
      const stage = new Stage().ready(CAPS);
      const source = new TextSource("a.txt", "0123456789", { pieceBytes: 10 });
      stage.session.files.send("#tea", source, "");
      answer(stage, GRANT);
      opened(stage).says("FILE READY 0\r\n").drains().breaks();
      passes(stage, 1000);
      const fetched = answer(
        stage,
        wasSent ? GRANT : `FAIL FILE UNKNOWN_FILE FETCH ${SHARED.id} :There is no such file`,
      );
      expect(fetched).toBe(`FILE FETCH ${SHARED.id}`);
      expect(only(stage).state).toBe(wasSent ? "done" : "asking");
      expect(stage.raw).toHaveLength(1);
      expect(asked(stage)).toEqual(wasSent ? [] : ["FILE SEND #tea"]);
    }
  });

  test.each([
    ["QUOTA", "FAIL FILE QUOTA SEND #tea room :The room is full", "room"],
    ["CANNOT_SEND", "FAIL FILE CANNOT_SEND SEND #tea :You are muted", ""],
    ["RATE_LIMITED", "FAIL FILE RATE_LIMITED SEND #tea 3600 :Too many", "3600"],
  ])("%s ends it, with what is behind the target", (code, line, detail) => {
    const stage = new Stage().ready(CAPS);
    const source = new TextSource("a.txt", "0123456789");
    stage.session.files.send("#tea", source, "");
    answer(stage, line);
    expect(only(stage)).toMatchObject({
      state: "failed",
      problem: { kind: "refused", code, detail },
    });
    expect(source.isClosed).toBe(true);
  });

  test("a limit of some seconds, and the account's other transfers, are waited for", () => {
    for (const [refusal, seconds] of [
      ["RATE_LIMITED SEND #tea 7 :Too many", 7],
      ["TOO_MANY_TRANSFERS SEND #tea :Four run already", 5],
    ] as const) {
      const stage = new Stage().ready(CAPS);
      stage.session.files.send("#tea", new TextSource("a.txt", "0123456789"), "");
      answer(stage, `FAIL FILE ${refusal}`);
      passes(stage, (seconds - 1) * 1000);
      expect(asked(stage)).toEqual([]);
      passes(stage, 1000);
      expect(asked(stage)).toEqual(["FILE SEND #tea"]);
    }
  });

  test("a refusal on the connection of bytes is the server's, and wrong bytes are sent once more", () => {
    const stage = new Stage().ready(CAPS);
    stage.session.files.send("#tea", new TextSource("a.txt", "0123456789", { pieceBytes: 10 }), "");
    for (const state of ["waiting", "failed"] as const) {
      answer(stage, GRANT);
      const raw = opened(stage).says("FILE READY 0\r\n").drains();
      raw.says("FAIL FILE WRONG_HASH PUT :The bytes are others\r\n");
      expect(only(stage).state).toBe(state);
      passes(stage, 2000);
    }
    expect(only(stage).problem).toEqual({ kind: "wrong-bytes" });
  });

  test("a server that can't store what has come isn't sent it without end", () => {
    const stage = new Stage().ready(CAPS);
    stage.session.files.send("#tea", new TextSource("a.txt", "0123456789", { pieceBytes: 10 }), "");
    for (let attempt = 0; attempt < 11; attempt += 1) {
      expect(only(stage).state).not.toBe("failed");
      answer(stage, GRANT);
      const raw = opened(stage).says("FILE READY 0\r\n").drains();
      raw.says("FAIL FILE TEMPORARILY_UNAVAILABLE PUT :Not now\r\n");
      passes(stage, 30_000);
    }
    expect(only(stage)).toMatchObject({
      state: "failed",
      problem: { code: "TEMPORARILY_UNAVAILABLE" },
    });
  });

  test("a server that has become one without files, or its gateway, isn't asked again", () => {
    const stage = new Stage().ready(CAPS);
    stage.session.files.send("#tea", new TextSource("a.txt", "0123456789"), "");
    answer(stage, "421 minsu FILE :Unknown command");
    stage.session.files.send("#tea", new TextSource("b.txt", "0123456789"), "");
    answer(stage, GRANT);
    opened(stage).says("FAIL FILE FILES_OFF PUT :Not over this connection\r\n");
    expect(stage.session.files.list().map(({ problem }) => problem)).toEqual([
      { kind: "not-offered" },
      { kind: "not-offered" },
    ]);
  });

  test("a file that became shorter is not sent, and the server forgets what it has", () => {
    const stage = new Stage().ready(CAPS);
    const source = new TextSource("a.txt", "0123456789");
    stage.session.files.send("#tea", source, "");
    answer(stage, GRANT);
    source.next = new Uint8Array();
    opened(stage).says("FILE READY 0\r\n");
    expect(only(stage).problem).toEqual({ kind: "disk", why: "changed" });
    expect([newest(stage).isClosed, asked(stage)]).toEqual([true, [`FILE CANCEL ${SHARED.id}`]]);
  });

  test("what the server can't take isn't asked for", () => {
    const stage = new Stage().ready(CAPS);
    const { files } = stage.session;
    expect(files.sizeMax).toBe(1000);
    files.send("#tea", new TextSource("big.txt", "x".repeat(1001)), "");
    files.send("#tea", new TextSource("a.txt", "0"), "x".repeat(files.captionBytesMax("#tea") + 1));
    expect(files.list().map(({ problem }) => problem?.kind)).toEqual([
      "too-large",
      "caption-too-long",
    ]);
    const other = new Stage().ready();
    other.session.files.send("#tea", new TextSource("a.txt", "0"), "");
    expect([other.session.files.sizeMax, only(other).problem]).toEqual([
      null,
      { kind: "not-offered" },
    ]);
    expect([asked(stage), asked(other)]).toEqual([[], []]);
  });
});

describe("the queue", () => {
  test("four run at once and the rest wait, while previews go beside them", () => {
    const stage = new Stage().ready(CAPS);
    const { files } = stage.session;
    const keys = Array.from({ length: 6 }, (_, index) =>
      files.send("#tea", new TextSource(`${index}.txt`, "0123456789"), ""),
    );
    const states = () => files.list().map(({ state }) => state);
    const four = Array(4).fill("asking");
    expect(states()).toEqual([...four, "queued", "queued"]);
    expect(asked(stage)).toHaveLength(4);
    for (let preview = 0; preview < 3; preview += 1) {
      files.get(SHARED, new TextSink(), { part: "preview" });
    }
    expect(asked(stage)).toEqual(Array(2).fill(`FILE FETCH ${SHARED.id} preview`));
    files.cancel(keys[0] ?? "");
    expect(states()).toEqual(["cancelled", "asking", "asking", "asking", "asking", "queued"]);
  });

  test("a cancelled file is forgotten by the server too, also when its grant comes late", () => {
    const stage = new Stage().ready(CAPS);
    const { files } = stage.session;
    const source = new TextSource("a.txt", "0123456789");
    const key = files.send("#tea", source, "");
    const sent = stage.sent().at(-1);
    files.cancel(key);
    expect([only(stage).state, source.isClosed]).toEqual(["cancelled", true]);
    stage.server(`@label=${labelOf(sent)} :s ${GRANT}`);
    expect([asked(stage), stage.raw]).toEqual([[`FILE CANCEL ${SHARED.id}`], []]);
    files.cancel(key);
    expect(files.list()).toEqual([]);
  });

  test("progress is told at most five times a second, with the rate of the last seconds", () => {
    const stage = new Stage().ready(CAPS);
    const text = "x".repeat(1000);
    stage.session.files.send("#tea", new TextSource("a.txt", text, { pieceBytes: 10 }), "");
    answer(stage, GRANT);
    const raw = opened(stage).says("FILE READY 0\r\n");
    stage.events.length = 0;
    for (let piece = 0; piece < 50; piece += 1) {
      stage.now += 40;
      raw.drains();
    }
    const told = stage.told("transfer");
    expect(told.length).toBeLessThanOrEqual(10);
    expect(told.at(-1)?.transfer.bytesPerSecond).toBeWithin(200, 300);
    passes(stage, 6000);
    expect(only(stage).bytesPerSecond).toBe(0);
  });

  test("a connection that says nothing of its end is given up", () => {
    const stage = new Stage().ready(CAPS);
    stage.session.files.get(SHARED, new TextSink());
    answer(stage, GRANT);
    opened(stage).says("FILE DATA 10\r\n012");
    passes(stage, 74_000);
    expect(only(stage).state).toBe("running");
    passes(stage, 1000);
    expect([only(stage).state, newest(stage).isClosed]).toEqual(["waiting", true]);
  });

  test("after ten attempts without a byte it is lost", () => {
    const stage = new Stage().ready(CAPS);
    stage.session.files.get(SHARED, new TextSink());
    for (let attempt = 0; attempt < 11; attempt += 1) {
      answer(stage, GRANT);
      newest(stage).breaks();
      passes(stage, 30_000);
    }
    expect(only(stage)).toMatchObject({ state: "failed", problem: { kind: "lost" } });
    expect(stage.raw).toHaveLength(11);
  });

  test("who leaves leaves what has come for another time", () => {
    const stage = new Stage().ready(CAPS);
    const sink = new TextSink();
    stage.session.files.get(SHARED, sink);
    answer(stage, GRANT);
    opened(stage).says("FILE DATA 10\r\n012");
    stage.session.quit();
    expect([sink.isKept, newest(stage).isClosed]).toEqual([true, true]);
  });
});

describe("fetching", () => {
  test("a file comes into its sink, and its hash is checked", () => {
    const stage = new Stage().ready(CAPS);
    const sink = new TextSink();
    stage.session.files.get(SHARED, sink, { target: "#tea" });
    expect(answer(stage, GRANT)).toBe(`FILE FETCH ${SHARED.id}`);
    expect(newest(stage).opens().takes()).toBe("FILE GET t0k3n 0\r\n");
    newest(stage).says("FILE DA").says("TA 10\r").says("\n01234").says("56789 and more");
    expect(sink.text).toBe("0123456789");
    expect(only(stage)).toMatchObject({ state: "done", path: "/downloads/a.txt", target: "#tea" });
  });

  test("who has only an id learns the name, the size and the hash from the grant", () => {
    const stage = new Stage().ready(CAPS);
    const sink = new TextSink();
    stage.session.files.get({ id: SHARED.id }, sink);
    answerTagged(stage, `sodam.chat/file=id=${SHARED.id},${FACTS}`, GRANT);
    expect(sink.file).toEqual(SHARED);
    expect(only(stage)).toMatchObject({ name: "a.txt", size: 10 });
  });

  test("it goes on behind what the sink has, and where a broken connection ended", () => {
    const stage = new Stage().ready(CAPS);
    const sink = new TextSink();
    sink.before = "012";
    stage.session.files.get(SHARED, sink);
    answer(stage, GRANT);
    expect(newest(stage).opens().takes()).toBe("FILE GET t0k3n 3\r\n");
    newest(stage).says("FILE DATA 7\r\n34").breaks();
    passes(stage, 1000);
    answer(stage, GRANT);
    expect(newest(stage).opens().takes()).toBe("FILE GET t0k3n 5\r\n");
    newest(stage).says("FILE DATA 5\r\n56789");
    expect([sink.text, only(stage).state]).toEqual(["0123456789", "done"]);
  });

  test("a beginning that was damaged is fetched anew, once", () => {
    const stage = new Stage().ready(CAPS);
    const sink = new TextSink();
    sink.before = "xxx";
    stage.session.files.get(SHARED, sink);
    answer(stage, GRANT);
    opened(stage).says("FILE DATA 7\r\n3456789");
    expect(only(stage).state).toBe("waiting");
    passes(stage, 1000);
    answer(stage, GRANT);
    opened(stage).says("FILE DATA 10\r\n0123456789");
    expect([sink.text, only(stage).state]).toEqual(["0123456789", "done"]);
  });

  test("other bytes than were announced are no file, nor is another length", () => {
    for (const [length, text] of [
      [10, "012345678x"],
      [11, "0123456789x"],
    ] as const) {
      const stage = new Stage().ready(CAPS);
      const sink = new TextSink();
      stage.session.files.get(SHARED, sink);
      answer(stage, GRANT);
      opened(stage).says(`FILE DATA ${length}\r\n${text}`);
      expect(only(stage).problem).toEqual({ kind: "wrong-bytes" });
      expect(sink.isKept).toBe(false);
    }
  });

  test("a slow disk stops the reading, and a full one ends it", () => {
    const stage = new Stage().ready(CAPS);
    const sink = new TextSink();
    stage.session.files.get(SHARED, sink);
    answer(stage, GRANT);
    const raw = opened(stage);
    sink.isSlow = true;
    raw.says("FILE DATA 10\r\n01234");
    expect(raw.isReading).toBe(false);
    sink.handlers?.drained();
    expect(raw.isReading).toBe(true);
    sink.handlers?.failed("full");
    expect(only(stage)).toMatchObject({ state: "failed", problem: { kind: "disk", why: "full" } });
    expect([raw.isClosed, sink.isKept]).toEqual([true, true]);
  });

  test("a preview is hidden, and no longer than a preview may be", () => {
    const stage = new Stage().ready(CAPS);
    const ends: Transfer[] = [];
    const sink = new TextSink();
    stage.session.files.get({ ...SHARED, preview: 4 }, sink, {
      part: "preview",
      onEnd: (transfer) => ends.push(transfer),
    });
    answer(stage, GRANT);
    opened(stage).says("FILE DATA 65537\r\n");
    expect(ends.map(({ problem }) => problem)).toEqual([{ kind: "wrong-bytes" }]);
    expect([stage.session.files.list(), stage.told("transfer")]).toEqual([[], []]);
  });

  test("of the beginning of a file no more comes than of a preview, and the connection ends", () => {
    const stage = new Stage().ready(CAPS);
    const sink = new TextSink();
    const text = "x".repeat(100_000);
    // This sink compares the hash; what is shown only doesn't.
    const file = { ...SHARED, size: text.length, sha256: sha256Of(text.slice(0, 65_536)) };
    const ends: Transfer[] = [];
    stage.session.files.get(file, sink, {
      part: "beginning",
      onEnd: (transfer) => ends.push(transfer),
    });
    answer(stage, GRANT);
    const raw = opened(stage);
    raw.says(`FILE DATA ${text.length}\r\n${text}`);
    expect([sink.text.length, raw.isClosed]).toEqual([65_536, true]);
    expect(ends).toMatchObject([{ state: "done" }]);
  });

  test("a file that isn't there any more, or not for us, is no file", () => {
    const stage = new Stage().ready(CAPS);
    stage.session.files.get(SHARED, new TextSink());
    answer(stage, `FAIL FILE UNKNOWN_FILE FETCH ${SHARED.id} :There is no such file`);
    expect(only(stage).problem).toMatchObject({ kind: "refused", code: "UNKNOWN_FILE" });
  });
});

describe("listing", () => {
  for (const caps of [CAPS, CAPS.replace("labeled-response ", "")]) {
    test(`a room's files come as a batch (${caps === CAPS ? "with" : "without"} labels)`, () => {
      const stage = new Stage().ready(caps);
      const lists: unknown[] = [];
      const query = { limit: 2, before: "m9", filter: "a from:mina" };
      stage.session.files.listIn("#tea", query, (files) => lists.push(files));
      const sent = stage.sent().at(-1) ?? "";
      expect(sent).toEndWith("FILE LIST #tea 2 msgid=m9 :a from:mina");
      const label = labelOf(sent);
      stage.server(
        `${label === "" ? "" : `@label=${label} `}:s BATCH +b sodam.chat/files #tea`,
        `@batch=b;time=2026-11-22T01:00:00.000Z;msgid=m1;sodam.chat/file=id=${SHARED.id},${FACTS} :mina!m@h FILE ITEM #tea`,
        ":s BATCH -b",
      );
      const time = Date.UTC(2026, 10, 22, 1);
      expect(lists).toEqual([[{ file: SHARED, msgid: "m1", time, nick: "mina" }]]);
    });
  }
});
