import { describe, expect, test } from "bun:test";
import type { Transfer } from "../../lib/chat-client/files/transfer.ts";
import { sha256Of, TextSink, TextSource } from "./raw-server.ts";
import { ALL_CAPS, labelOf, Stage } from "./stage.ts";

const CAPS = `${ALL_CAPS} sodam.chat/files=max=1000`;
const FILE = { name: "a.txt", size: 10, sha256: sha256Of("0123456789"), type: "text/plain" };
const SHARED = { ...FILE, id: "k3k3k3k3k3k3k3k3" };
const FACTS = `size=10,sha256=${FILE.sha256},type=text/plain,name=a.txt`;

/** Answers the client's newest line by its label. */
function answer(stage: Stage, line: string): string {
  const sent = stage.sent().at(-1) ?? "";
  stage.server(`@label=${labelOf(sent)} :s ${line}`);
  return sent.replace(/;?label=[^; ]*/, "").replace(/^@ /, "");
}

function only(stage: Stage): Transfer {
  const [transfer] = stage.session.files.list();
  if (transfer === undefined) throw new Error("no transfer");
  return transfer;
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
});

describe("fetching", () => {
  test("a file comes into its sink, and its hash is checked", () => {
    const stage = new Stage().ready(CAPS);
    const sink = new TextSink();
    stage.session.files.get(SHARED, sink, { target: "#tea" });
    expect(answer(stage, "FILE GRANT k3k3k3k3k3k3k3k3 t0k3n 0 60")).toBe(`FILE FETCH ${SHARED.id}`);
    const [raw] = stage.raw;
    expect(raw?.opens().takes()).toBe("FILE GET t0k3n 0\r\n");
    raw?.says("FILE DATA 10\r\n01234").says("56789");
    expect(sink.text).toBe("0123456789");
    expect(only(stage)).toMatchObject({ state: "done", path: "/downloads/a.txt", target: "#tea" });
  });
});
