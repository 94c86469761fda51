import { expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/** https://ircv3.net/specs/extensions/multiline and https://ircv3.net/specs/extensions/client-batch */

const MULTILINE = ["draft/multiline", "batch", "message-tags"];
const MINA = "mina!u@mina00000001.account";

function teahouse(...more: string[]) {
  const scene = new Scene();
  const mina = scene.person("mina", ...MULTILINE, ...more).says("JOIN #tea");
  const jun = scene.person("jun", ...MULTILINE).says("JOIN #tea");
  const sora = scene.guest("sora").says("JOIN #tea");
  for (const one of [mina, jun, sora]) one.hears();
  return { scene, mina, jun, sora };
}

/** A message as a client sends it; "+" before a line joins it to the one before. */
function sends(actor: Actor, target: string, lines: readonly string[], opening = ""): Actor {
  const parts = lines.map((line) =>
    line.startsWith("+")
      ? `@batch=b1;draft/multiline-concat PRIVMSG ${target} :${line.slice(1)}`
      : `@batch=b1 PRIVMSG ${target} :${line}`,
  );
  return actor.says(`${opening}BATCH +b1 draft/multiline ${target}`, ...parts, "BATCH -b1");
}

test("the capability's value has both limits", () => {
  const mina = new Scene().connect().says("CAP LS 302");
  const offered = mina.hears().join(" ");
  expect(offered).toMatch(/[ :]draft\/multiline=max-bytes=8192,max-lines=100 /);
});

test("a message of several lines is relayed as a batch, with its tags only on the start", () => {
  const { mina, jun } = teahouse();
  sends(mina, "#tea", ["hello", "", "how is ", "+everyone?"], "@+draft/reply=x ");
  expect(jun.hears()).toEqual([
    `@msgid=id00000000000006;+draft/reply=x :${MINA} BATCH +id00000000000006 draft/multiline #tea`,
    `@batch=id00000000000006 :${MINA} PRIVMSG #tea :hello`,
    `@batch=id00000000000006 :${MINA} PRIVMSG #tea :`,
    `@batch=id00000000000006 :${MINA} PRIVMSG #tea :how is `,
    `@batch=id00000000000006;draft/multiline-concat :${MINA} PRIVMSG #tea :everyone?`,
    `:${MINA} BATCH -id00000000000006`,
  ]);
});

test("sessions without the capability get its lines, without blank ones, client tags on each, the msgid on the first", () => {
  const { scene, mina, sora } = teahouse();
  const bora = scene.guest("bora", "message-tags", "account-tag", "server-time").says("JOIN #tea");
  for (const one of [bora, sora]) one.hears();
  const opening = "@+draft/reply=x;+mood=glad ";
  sends(mina, "#tea", ["", "hello", "", "how is ", "+everyone?"], opening);
  expect(sora.hears()).toEqual([
    `:${MINA} PRIVMSG #tea :hello`,
    `:${MINA} PRIVMSG #tea :how is `,
    `:${MINA} PRIVMSG #tea :everyone?`,
  ]);
  const tags = "time=2026-11-22T00:30:00.005Z;account=mina";
  expect(bora.hears()).toEqual([
    `@${tags};msgid=id00000000000007;+draft/reply=x;+mood=glad :${MINA} PRIVMSG #tea :hello`,
    `@${tags};+draft/reply=x;+mood=glad :${MINA} PRIVMSG #tea :how is `,
    `@${tags};+draft/reply=x;+mood=glad :${MINA} PRIVMSG #tea :everyone?`,
  ]);
});

test("multiline without batch has no effect: lines are sent one by one, and BATCH is an unknown type", () => {
  const { scene, mina } = teahouse();
  const bora = scene.guest("bora", "draft/multiline").says("JOIN #tea");
  bora.hears();
  sends(mina, "#tea", ["one", "two"]);
  expect(bora.hears()).toEqual([`:${MINA} PRIVMSG #tea :one`, `:${MINA} PRIVMSG #tea :two`]);
  mina.hears();
  sends(bora, "#tea", ["one", "two"]);
  expect(bora.hears()).toEqual([
    ":tea.test FAIL BATCH UNKNOWN_TYPE b1 draft/multiline :Unknown batch type",
  ]);
  expect(mina.hears()).toEqual([]);
});

test("a line that is too long for the protocol is split between words", () => {
  const { mina, jun, sora } = teahouse();
  const words = `${"찻집에서 ".repeat(20)}`;
  sends(mina, "#tea", [words, `+${words}`]);
  const bytesMax = 512 - Buffer.byteLength(`:${MINA} PRIVMSG #tea :\r\n`);
  const texts = sora.hears().map((line) => line.slice(`:${MINA} PRIVMSG #tea :`.length));
  expect(texts).toHaveLength(2);
  expect(texts.join("")).toBe(words + words);
  for (const text of texts) {
    expect(text).toEndWith(" ");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytesMax);
  }
  const start = `@batch=id00000000000006`;
  expect(jun.hears()).toEqual([
    `@msgid=id00000000000006 :${MINA} BATCH +id00000000000006 draft/multiline #tea`,
    `${start} :${MINA} PRIVMSG #tea :${texts[0]}`,
    `${start};draft/multiline-concat :${MINA} PRIVMSG #tea :${texts[1]}`,
    `:${MINA} BATCH -id00000000000006`,
  ]);
});

test("a line without spaces is split between characters", () => {
  const { mina, sora } = teahouse();
  sends(mina, "#tea", ["차".repeat(140), `+${"茶".repeat(140)}`]);
  const texts = sora.hears().map((line) => line.slice(`:${MINA} PRIVMSG #tea :`.length));
  expect(texts.join("")).toBe("차".repeat(140) + "茶".repeat(140));
  expect(texts.join("|")).not.toContain("\uFFFD");
});

test("a batch of one line is a plain message", () => {
  const { mina, jun } = teahouse();
  sends(mina, "#tea", ["hello"]);
  expect(jun.hears()).toEqual([`@msgid=id00000000000006 :${MINA} PRIVMSG #tea :hello`]);
});

test("NOTICE works the same way, and verbs are case-insensitive", () => {
  const { mina, jun } = teahouse();
  mina.says(
    "BATCH +9 draft/multiline #tea",
    "@batch=9 NOTICE #tea :one",
    "@batch=9 notice #TEA :two",
    "BATCH -9",
  );
  expect(jun.hearsPlain()).toEqual([
    `:${MINA} BATCH +id00000000000006 draft/multiline #tea`,
    `:${MINA} NOTICE #tea :one`,
    `:${MINA} NOTICE #tea :two`,
    `:${MINA} BATCH -id00000000000006`,
  ]);
});

test("nothing is relayed before the batch ends, or if it never ends", () => {
  const { mina, jun } = teahouse();
  mina.says("BATCH +b1 draft/multiline #tea", "@batch=b1 PRIVMSG #tea :one");
  expect(jun.hears()).toEqual([]);
  mina.vanishes();
  expect(jun.hears()).toEqual([]);
});

test("with echo-message only the start of the echo has the label", () => {
  const { mina } = teahouse("echo-message", "labeled-response");
  sends(mina, "#tea", ["one", "two"], "@label=a1 ");
  expect(mina.hears()).toEqual([
    `@label=a1;msgid=id00000000000006 :${MINA} BATCH +id00000000000006 draft/multiline #tea`,
    `@batch=id00000000000006 :${MINA} PRIVMSG #tea :one`,
    `@batch=id00000000000006 :${MINA} PRIVMSG #tea :two`,
    `:${MINA} BATCH -id00000000000006`,
  ]);
});

test("without an echo the batch gets one ACK, when it is complete", () => {
  const { mina } = teahouse("labeled-response");
  mina.says("@label=a1 BATCH +b1 draft/multiline #tea", "@batch=b1 PRIVMSG #tea :one");
  expect(mina.hears()).toEqual([]);
  expect(mina.says("BATCH -b1").hears()).toEqual(["@label=a1 :tea.test ACK"]);
});

test("a refused message gets one error, with the label", () => {
  const { mina } = teahouse("labeled-response");
  sends(mina, "#coffee", ["one", "two"], "@label=a1 ");
  sends(mina, "nobody", ["one", "two"], "@label=a2 ");
  expect(mina.hears()).toEqual([
    "@label=a1 :tea.test 403 mina #coffee :There is no such room",
    "@label=a2 :tea.test 401 mina nobody :Nobody here has that name",
  ]);
});

test("direct messages, also those of a guest, which aren't stored, are a batch as well", () => {
  const { scene, mina, jun } = teahouse();
  sends(mina, "jun", ["one", "two"]);
  expect(jun.hearsVerbs()).toEqual(["BATCH", "PRIVMSG", "PRIVMSG", "BATCH"]);
  const bora = scene.guest("bora", ...MULTILINE);
  sends(bora, "jun", ["one", "two"]);
  expect(jun.hearsPlain()).toEqual([
    ":bora!~bora@guest.test BATCH +id00000000000009 draft/multiline jun",
    ":bora!~bora@guest.test PRIVMSG jun :one",
    ":bora!~bora@guest.test PRIVMSG jun :two",
    ":bora!~bora@guest.test BATCH -id00000000000009",
  ]);
});

test("in history it is one message: a batch within the batch, or its lines", () => {
  const { scene, mina, sora } = teahouse();
  sends(mina, "#tea", ["one", "", "two"]);
  sora.hears();
  const again = scene.person("jun", ...MULTILINE, "draft/chathistory");
  again.says("CHATHISTORY LATEST #tea * 1");
  expect(again.hears()).toEqual([
    ":tea.test BATCH +1 chathistory #tea",
    `@batch=1;msgid=id00000000000006 :${MINA} BATCH +id00000000000006 draft/multiline #tea`,
    `@batch=id00000000000006 :${MINA} PRIVMSG #tea :one`,
    `@batch=id00000000000006 :${MINA} PRIVMSG #tea :`,
    `@batch=id00000000000006 :${MINA} PRIVMSG #tea :two`,
    `@batch=1 :${MINA} BATCH -id00000000000006`,
    ":tea.test BATCH -1",
  ]);
  sora.says("HISTORY #tea 1");
  expect(sora.hears()).toEqual([
    `:${MINA} PRIVMSG #tea :[00:30] one`,
    `:${MINA} PRIVMSG #tea :two`,
  ]);
});

test("a batch without a line is no message", () => {
  const { mina } = teahouse();
  mina.says("BATCH +b1 draft/multiline #tea", "BATCH -b1");
  expect(mina.hears()).toEqual([":tea.test FAIL BATCH MULTILINE_INVALID :The batch had no lines"]);
});

const INVALID: readonly (readonly [string, readonly string[], string])[] = [
  [
    "another recipient",
    ["@batch=b1 PRIVMSG #coffee :hello"],
    "MULTILINE_INVALID_TARGET #tea #coffee :All lines of a batch must go to its target",
  ],
  [
    "PRIVMSG and NOTICE",
    ["@batch=b1 PRIVMSG #tea :one", "@batch=b1 NOTICE #tea :two"],
    "MULTILINE_INVALID :A batch can't hold both PRIVMSG and NOTICE",
  ],
  [
    "another command",
    ["@batch=b1 TOPIC #tea :one"],
    "MULTILINE_INVALID :A multiline batch can hold PRIVMSG or NOTICE only",
  ],
  [
    "a blank line with the concat tag",
    ["@batch=b1 PRIVMSG #tea :one", "@batch=b1;draft/multiline-concat PRIVMSG #tea :"],
    "MULTILINE_INVALID :A blank line can't continue the line before it",
  ],
  [
    "blank lines alone",
    ["@batch=b1 PRIVMSG #tea :", "@batch=b1 PRIVMSG #tea :"],
    "MULTILINE_INVALID :The batch had only blank lines",
  ],
  [
    "client tags on a line",
    ["@batch=b1;+draft/reply=x PRIVMSG #tea :one"],
    "MULTILINE_INVALID :Tags of the whole message belong to BATCH",
  ],
  [
    "more lines than the limit",
    Array.from({ length: 101 }, (_, i) => `@batch=b1 PRIVMSG #tea :${i}`),
    "MULTILINE_MAX_LINES 100 :That is too many lines",
  ],
  [
    // 20 lines of 409 bytes and 19 line feeds are 8199 bytes.
    "more bytes than the limit, and lines behind them",
    Array.from({ length: 22 }, () => `@batch=b1 PRIVMSG #tea :${"x".repeat(409)}`),
    "MULTILINE_MAX_BYTES 8192 :That is too long",
  ],
];

for (const [name, lines, answer] of INVALID) {
  test(`${name}: refused once, and nothing is relayed`, () => {
    const { mina, jun } = teahouse();
    mina.says("BATCH +b1 draft/multiline #tea", ...lines, "BATCH -b1");
    expect(mina.hears()).toEqual([`:tea.test FAIL BATCH ${answer}`]);
    sends(mina, "#tea", ["again"]);
    expect(jun.hearsPlain()).toEqual([`:${MINA} PRIVMSG #tea :again`]);
  });
}

test("exactly max-lines lines and max-bytes bytes are accepted", () => {
  const { mina, jun } = teahouse();
  sends(
    mina,
    "#tea",
    Array.from({ length: 100 }, (_, i) => String(i)),
  );
  expect(jun.hears()).toHaveLength(102);
  // 8 lines of 399 bytes, and 1023 of eight more line feeds and lines: 8192 in all.
  const line = "x".repeat(399);
  const lines = [...Array.from({ length: 20 }, () => line), "x".repeat(192)];
  sends(mina, "#tea", lines);
  expect(mina.hears()).toEqual([]);
  expect(jun.hears()).toHaveLength(23);
});

test("a line feed and a concatenated line count as the specification says", () => {
  const { mina } = teahouse();
  const lines = [...Array.from({ length: 20 }, () => "x".repeat(399)), "x".repeat(193)];
  sends(mina, "#tea", lines);
  expect(mina.hearsVerbs()).toEqual(["FAIL"]);
  sends(
    mina,
    "#tea",
    lines.map((text, i) => (i === 20 ? `+${text}` : text)),
  );
  expect(mina.hears()).toEqual([]);
});

test("max-bytes counts bytes, and not characters", () => {
  const { mina } = teahouse();
  const lines = Array.from({ length: 20 }, () => "차".repeat(137));
  sends(mina, "#tea", lines);
  expect(mina.hearsVerbs()).toEqual(["FAIL"]);
});

test("a text that was split inside characters is joined", () => {
  const { mina, sora } = teahouse();
  sends(mina, "#tea", ["차".normalize("NFD"), "tea"]);
  expect(sora.hears()).toEqual([`:${MINA} PRIVMSG #tea :차`, `:${MINA} PRIVMSG #tea :tea`]);
});

test("client tags of a session without message-tags aren't relayed", () => {
  const { scene, jun } = teahouse();
  const bora = scene.person("bora", "draft/multiline", "batch").says("JOIN #tea");
  jun.hears();
  sends(bora, "#tea", ["one", "two"], "@+draft/reply=x ");
  expect(jun.hears()[0]).not.toContain("+draft/reply");
});

test("a line that is too long with a room's new name is split, except a CTCP request", () => {
  const { scene, mina } = teahouse();
  const text = "x".repeat(512 - Buffer.byteLength(`:${MINA} PRIVMSG #tea :\r\n`));
  mina.says(`PRIVMSG #tea :${text}`, `PRIVMSG #tea :\x01ACTION ${text.slice(9)}\x01`);
  mina.says(`RENAME #tea #${"r".repeat(40)}`);
  const bora = scene.guest("bora", "server-time").says(`JOIN #${"r".repeat(40)}`);
  const lines = bora.hears().filter((line) => line.includes(" PRIVMSG "));
  expect(lines).toHaveLength(3);
  const [first = "", second = ""] = lines.map((line) => line.slice(line.indexOf(" :x") + 2));
  expect(first + second).toBe(text);
  expect(lines[2]).toContain(" :\x01ACTION xxx");
});

test("a batch needs a reference, a known type and a target", () => {
  const { mina } = teahouse();
  mina.says(
    "BATCH +b_1 draft/multiline #tea",
    "BATCH b1",
    "BATCH -b1",
    "BATCH +b1 pour #tea",
    "@batch=b1 PRIVMSG #tea :one",
    "BATCH -b1",
    "BATCH +b2",
    "BATCH -b2",
    "BATCH +b3 draft/multiline",
    "BATCH -b3",
  );
  const reftag = "A batch reference has only letters, digits and hyphens";
  expect(mina.hears()).toEqual([
    `:tea.test FAIL BATCH INVALID_REFTAG b_1 :${reftag}`,
    `:tea.test FAIL BATCH INVALID_REFTAG b1 :${reftag}`,
    ":tea.test FAIL BATCH MULTILINE_INVALID :No batch of that reference is open",
    ":tea.test FAIL BATCH UNKNOWN_TYPE b1 pour :Unknown batch type",
    ":tea.test FAIL BATCH UNKNOWN_TYPE b2 * :Unknown batch type",
    ":tea.test FAIL BATCH MULTILINE_INVALID :A multiline batch needs a target",
  ]);
});

test("a line of a batch that was never opened isn't relayed", () => {
  const { mina, jun } = teahouse();
  mina.says("@batch=b9 PRIVMSG #tea :one");
  expect(mina.hears().join()).toContain(
    "FAIL BATCH MULTILINE_INVALID :No batch of that reference is open",
  );
  mina.says("@batch=b_9 PRIVMSG #tea :one");
  expect(mina.hears().join()).toContain("FAIL BATCH INVALID_REFTAG b_9 ");
  expect(jun.hears()).toEqual([]);
});

test("a line of another batch fails the open batch, and the error is in its reply", () => {
  const { mina, jun } = teahouse("labeled-response");
  mina.says("@label=a1 BATCH +b1 draft/multiline #tea", "@batch=b1 PRIVMSG #tea :one");
  mina.says("@batch=b2 PRIVMSG #tea :two", "@batch=b1 PRIVMSG #tea :three", "BATCH -b1");
  expect(mina.hears()).toEqual([
    "@label=a1 :tea.test FAIL BATCH MULTILINE_INVALID :A line of another batch came in between",
  ]);
  expect(jun.hears()).toEqual([]);
});

test("the two capabilities may be requested in any order, and neither needs the other", () => {
  for (const order of [
    ["draft/multiline", "batch"],
    ["batch", "draft/multiline"],
  ]) {
    const { scene, jun } = teahouse();
    const bora = scene.guest("bora").says("JOIN #tea");
    for (const cap of order) {
      bora.hears();
      expect(bora.says(`CAP REQ ${cap}`).hears()).toEqual([`:tea.test CAP bora ACK :${cap}`]);
    }
    jun.hears();
    sends(bora, "#tea", ["one", "two"]);
    expect(jun.hearsVerbs()).toEqual(["BATCH", "PRIVMSG", "PRIVMSG", "BATCH"]);
  }
});

test("batches don't nest: both are refused, and a new one may follow", () => {
  const { mina, jun } = teahouse("labeled-response");
  mina.says(
    "@label=a1 BATCH +b1 draft/multiline #tea",
    "@label=a2;batch=b1 BATCH +b2 draft/multiline #tea",
    "@batch=b1 PRIVMSG #tea :one",
    "BATCH -b1",
  );
  const sentence = "Another batch is still open";
  expect(mina.hears()).toEqual([
    `@label=a1 :tea.test FAIL BATCH MULTILINE_INVALID :${sentence}`,
    `@label=a2 :tea.test FAIL BATCH MULTILINE_INVALID :${sentence}`,
  ]);
  sends(mina, "#tea", ["again"]);
  expect(jun.hears()).toHaveLength(1);
});

testWithOneServer("a batch that is left open for a minute times out", () => {
  const { scene, mina, jun } = teahouse("labeled-response");
  mina.says("@label=a1 BATCH +b1 draft/multiline #tea", "@batch=b1 PRIVMSG #tea :one");
  scene.passes(59_999);
  expect(mina.hears()).toEqual([]);
  scene.passes(1);
  expect(mina.hears()).toEqual([
    "@label=a1 :tea.test FAIL BATCH TIMEOUT b1 :The batch was open for too long",
  ]);
  mina.says("@batch=b1 PRIVMSG #tea :two", "BATCH -b1");
  expect(mina.hears()).toEqual([]);
  expect(jun.hears()).toEqual([]);
});

test("after a batch that was never ended, the next one is sent", () => {
  for (const type of ["draft/multiline #tea", "unknown"]) {
    const { scene, mina, jun } = teahouse();
    mina.says(`BATCH +b0 ${type}`);
    mina.hears();
    sends(mina, "#tea", ["too", "early"]);
    expect(jun.hears()).toEqual([]);
    scene.passes(60_000);
    mina.hears();
    sends(mina, "#tea", ["one", "two"]);
    expect([type, jun.hears().length]).toEqual([type, 4]);
  }
});

test("the time for which the rate limit holds lines doesn't count", () => {
  const { scene, mina, jun } = teahouse();
  mina.says("BATCH +b1 draft/multiline #tea");
  scene.holding = true;
  mina.says("CHATHISTORY LATEST #tea * 1", "@batch=b1 PRIVMSG #tea :one", "BATCH -b1");
  scene.passes(60_000);
  scene.holding = false;
  scene.settle();
  expect(jun.hearsPlain()).toEqual([`:${MINA} PRIVMSG #tea :one`]);
});

test("rights are checked when the batch ends", () => {
  const { scene, mina } = teahouse();
  const op = scene.person("op");
  op.hears();
  mina.says("MODE #tea +o jun", "BATCH +b1 draft/multiline #tea", "@batch=b1 PRIVMSG #tea :one");
  mina.says("PART #tea", "BATCH -b1");
  expect(mina.hears().at(-1)).toStartWith(":tea.test 404 mina #tea ");
});

test("with a full disk nothing is stored, and one error is sent", () => {
  const { scene, mina, jun } = teahouse();
  scene.diskFull = true;
  sends(mina, "#tea", ["one", "two"]);
  expect(mina.hears()).toHaveLength(1);
  expect(jun.hears()).toEqual([]);
});

test("the replay on joining counts lines, and has whole messages", () => {
  const { scene, mina } = teahouse();
  mina.says("PRIVMSG #tea :before");
  const lines = ["1", "2", "3", "4", "5", "6", "7"];
  sends(mina, "#tea", lines);
  mina.says("PRIVMSG #tea :8", "PRIVMSG #tea :9", "PRIVMSG #tea :10");
  const texts = () =>
    scene
      .guest(`g${scene.now}`)
      .says("JOIN #tea")
      .hears()
      .flatMap((line) => / PRIVMSG #tea :(?:\[00:30\] )?(.*)/.exec(line)?.[1] ?? []);
  expect(texts()).toEqual([...lines, "8", "9", "10"]);
  mina.says("PRIVMSG #tea :11");
  scene.now += 1;
  expect(texts()).toEqual(["8", "9", "10", "11"]);
  sends(mina, "#tea", [...lines, ...lines]);
  scene.now += 1;
  expect(texts()).toEqual([...lines, ...lines]);
});

test("a message is whole after a restart", () => {
  const { scene, mina } = teahouse();
  sends(mina, "#tea", ["one", "two"]);
  const jun = scene.restart().person("jun", ...MULTILINE, "draft/chathistory");
  jun.says("CHATHISTORY LATEST #tea * 1");
  expect(jun.hearsPlain().slice(1, -1)).toEqual([
    `:${MINA} BATCH +id00000000000006 draft/multiline #tea`,
    `:${MINA} PRIVMSG #tea :one`,
    `:${MINA} PRIVMSG #tea :two`,
    `:${MINA} BATCH -id00000000000006`,
  ]);
});

test("lines stay split as the sender split them: if they would fit in one, after a restart, and with a time prefix", () => {
  const { scene, mina, jun } = teahouse();
  sends(mina, "#tea", ["how ", "+is e\u0301", "+veryone?"]);
  const parted = ["how ", "is é", "veryone?"];
  const texts = (actor: Actor) =>
    actor
      .hears()
      .filter((line) => line.includes(" PRIVMSG "))
      .map((line) => line.slice(line.indexOf(" :", line.indexOf(" PRIVMSG ")) + 2));
  expect(texts(jun)).toEqual(parted);
  const later = scene.restart();
  const yuna = later.person("jun", ...MULTILINE, "draft/chathistory");
  expect(texts(yuna.says("CHATHISTORY LATEST #tea * 1"))).toEqual(parted);
  const old = later.person("jun");
  expect(texts(old.says("HISTORY #tea 1"))).toEqual(["[00:30] how ", "is é", "veryone?"]);
});

test("an edited text loses its original split", () => {
  const { mina, jun } = teahouse();
  sends(mina, "#tea", ["how ", "+is everyone?"]);
  mina.says("CAP REQ :sodam.chat/edit", "EDIT #tea id00000000000006 :how are you all?");
  jun.says("CAP REQ :draft/chathistory").hears();
  const page = jun.says("CHATHISTORY LATEST #tea * 1").hears();
  expect(page.filter((line) => line.includes(" PRIVMSG "))).toEqual([
    expect.stringMatching(/ PRIVMSG #tea :how are you all\?$/),
  ]);
});
