/** Names, limits, texts and answers on servers that aren't ours. */
import { describe, expect, test } from "bun:test";
import {
  mayBeRecipient,
  nickProblemOn,
  roomNameOn,
  roomProblemOn,
  textLimitExceeded,
} from "../../lib/chat-client/server-names.ts";
import { TextEncoderFor } from "../../lib/protocol/text-encoding.ts";
import { FROM_SERVER, LineReader } from "../../lib/protocol/wire/lines.ts";
import { Stage } from "./stage.ts";

const OLD =
  "CASEMAPPING=rfc1459 NICKLEN=9 CHANNELLEN=10 CHANTYPES=#& TOPICLEN=5 AWAYLEN=4 KICKLEN=3";
const JOINED = ":민수!u@h JOIN #tea";

function old(isupport = OLD, caps = ""): Stage {
  return new Stage()
    .ready(caps, isupport)
    .server(JOINED, ":s 353 민수 = #tea :민수 @[jun]", ":s 366 민수 #tea :End");
}

/** Lets the client read bytes as they come from a socket. */
function hears(stage: Stage, bytes: Uint8Array): void {
  const reader = new LineReader(FROM_SERVER);
  for (const line of reader.push(bytes)) stage.session.receive(line);
}

describe("names are compared as the server does", () => {
  test("RFC 1459: [jun] and {JUN} are one member", () => {
    const stage = old().server(":{JUN}!j@h PART #tea");
    expect([...stage.at("#tea").members.values()].map(({ nick }) => nick)).toEqual(["민수"]);
  });

  test("ASCII: [jun] and {jun} are two", () => {
    const stage = old("CASEMAPPING=ascii").server(":{jun}!j@h JOIN #tea");
    expect(stage.at("#tea").members.size).toBe(3);
  });

  test("ASCII: É and é are two people with a conversation each", () => {
    const stage = old("CASEMAPPING=ascii");
    stage.server(":É!a@b PRIVMSG 민수 :one", ":é!a@b PRIVMSG 민수 :two");
    const texts = [...stage.session.state.conversations.values()]
      .filter(({ kind }) => kind === "direct")
      .map(({ name, lines }) => [name, lines.at(-1)?.text]);
    expect(texts).toEqual([
      ["É", "one"],
      ["é", "two"],
    ]);
  });

  test("a server of ours compares by Unicode, whatever it says to old clients", () => {
    const stage = new Stage().ready("sodam.chat/unread", "CASEMAPPING=ascii");
    stage.server(":É!a@b PRIVMSG 민수 :one", ":é!a@b PRIVMSG 민수 :two");
    expect(stage.texts("é")).toEqual(["one", "two"]);
  });

  test("a room is found by any spelling after the mapping is known", () => {
    const stage = old().server(":[jun]!j@h PRIVMSG #TEA :hi");
    expect(stage.texts("#tea")).toEqual(["hi"]);
  });
});

test("an offer by DCC is told where its sender is, and opens no conversation", () => {
  const offer = ":jun!j@h PRIVMSG 민수 :\x01DCC SEND tea.txt 2130706433 5000 9\x01";
  const stage = old().server(offer);
  expect(stage.at("*").lines.at(-1)).toMatchObject({ kind: "info", code: "DCC", params: ["jun"] });
  stage.server(":jun!j@h PRIVMSG 민수 :hi", offer);
  expect(stage.last("jun")).toMatchObject({ kind: "info", code: "DCC", params: ["jun"] });
  stage.server(
    ":jun!j@h PRIVMSG 민수 :\x01VERSION\x01",
    `:jun!j@h PRIVMSG #tea :\x01DCC SEND a 1 2\x01`,
  );
  expect(stage.at("jun").lines).toHaveLength(2);
  expect(stage.at("#tea").lines.filter(({ code }) => code === "DCC")).toEqual([]);
});

test("a room without modes isn't asked for them", () => {
  const stage = new Stage().ready("", "CHANTYPES=#&+").server(":민수!u@h JOIN +open");
  stage.session.commands.show(stage.at("+open").key);
  expect(stage.sent()).toEqual([]);
});

test.each([
  ["@#tea", "@"],
  ["+#tea", "+"],
  ["#tea", null],
  ["&#tea", null],
])("a message to %s is known to be for a rank", (target, toRank) => {
  const stage = old(`${OLD} STATUSMSG=@+`);
  stage.server(":민수!u@h JOIN &#tea", `:[jun]!j@h PRIVMSG ${target} :hi`);
  const room = target.startsWith("&") ? "&#tea" : "#tea";
  expect(stage.last(room)).toMatchObject({ text: "hi", toRank });
});

describe("what a name may be is known before it is sent", () => {
  const { state } = old("CASEMAPPING=rfc1459 NICKLEN=9 CHANNELLEN=10 CHANTYPES=#&").session;
  // The stage's own nick is Korean, which shows that such names exist; so look at another server as well.
  const ascii = new Stage({ nick: "mina" });
  ascii.session.opened();
  ascii.server(":s 001 mina :hi", `:s 005 mina ${OLD} :are`, ":s 422 mina :none");

  test.each([
    ["jun", null],
    ["[jun]_", null],
    ["verylongname", { kind: "too-long", bytesMax: 9 }],
    ["준", { kind: "letters" }],
    ["1jun", { kind: "letters" }],
    ["ju n", { kind: "letters" }],
    ["#jun", { kind: "letters" }],
    ["", { kind: "own-rule", problem: "empty" }],
  ] as const)("the nick %p", (nick, problem) => {
    expect(nickProblemOn(ascii.session.state, nick)).toEqual(problem);
  });

  test("where others have such letters, they are not refused", () => {
    expect(nickProblemOn(state, "준")).toBeNull();
  });

  test("rooms", () => {
    expect(roomNameOn(ascii.session.state, "tea")).toBe("#tea");
    expect(roomNameOn(ascii.session.state, "&local")).toBe("&local");
    expect(roomProblemOn(ascii.session.state, "##c++")).toBeNull();
    expect(roomProblemOn(ascii.session.state, "#a,b")).toEqual({ kind: "letters" });
    expect(roomProblemOn(ascii.session.state, "#verylongroom")).toEqual({
      ...{ kind: "too-long", bytesMax: 10 },
    });
  });

  test("texts that the server would cut in silence", () => {
    expect(textLimitExceeded(ascii.session.state, "TOPICLEN", "green")).toBeNull();
    expect(textLimitExceeded(ascii.session.state, "TOPICLEN", "green tea")).toBe(5);
    expect(textLimitExceeded(ascii.session.state, "AWAYLEN", "밥밥")).toBe(4);
  });

  test.each(["", "=", "=0", "=-1", "=99999999999999999999"])(
    "a limit %p is none, and refuses nothing",
    (value) => {
      const tokens = ["NICKLEN", "MAXNICKLEN", "CHANNELLEN", "TOPICLEN", "AWAYLEN", "KICKLEN"];
      const { state } = new Stage({ nick: "mina" }).ready(
        "",
        tokens.map((token) => token + value).join(" "),
      ).session;
      expect([nickProblemOn(state, "verylongname"), roomProblemOn(state, "#tea")]).toEqual([
        null,
        null,
      ]);
      for (const limit of ["TOPICLEN", "AWAYLEN", "KICKLEN"] as const) {
        expect(textLimitExceeded(state, limit, "green tea")).toBeNull();
      }
    },
  );

  test("a bouncer's and the services' nicks can be written to", () => {
    for (const nick of ["*status", "NickServ", "jun|away"]) {
      expect(mayBeRecipient(ascii.session.state, nick)).toBe(true);
    }
    for (const nick of ["", "#tea", "jun,mina", "jun!j@h", "/join"]) {
      expect(mayBeRecipient(ascii.session.state, nick)).toBe(false);
    }
  });
});

describe("lines are as long as the server says", () => {
  test("LINELEN lets a long text stay one message", () => {
    const stage = old("LINELEN=2048");
    stage.session.commands.say("#tea", "x".repeat(1500));
    expect(stage.sent()).toHaveLength(1);
    const short = old();
    short.session.commands.say("#tea", "x".repeat(1500));
    expect(short.sent().length).toBeGreaterThan(3);
  });

  test.each(["0", "-1", "", "100"])("LINELEN=%s leaves the lines as long as ever", (value) => {
    const [stage, plain] = [old(`LINELEN=${value}`), old()];
    for (const each of [stage, plain]) each.session.commands.say("#tea", "x".repeat(1500));
    expect(stage.sent().length).toBe(plain.sent().length);
  });

  test("no LINELEN makes a line longer than what we read ourselves", () => {
    const stage = old("LINELEN=999999999999999");
    stage.session.commands.say("#tea", "x".repeat(40_000));
    const longest = Math.max(...stage.sent().map((line) => line.length));
    expect(longest).toBeGreaterThan(16_000);
    expect(longest).toBeLessThan(16_384);
  });

  test("a longer line than ours is read", () => {
    const stage = old();
    hears(stage, Buffer.from(`:jun!j@h PRIVMSG #tea :${"x".repeat(1500)}\r\n`));
    expect(stage.last("#tea").text).toHaveLength(1500);
  });
});

describe("text that isn't UTF-8", () => {
  const korean = new TextEncoderFor("euc-kr");

  test("is read, and said so once for each encoding", () => {
    const stage = old();
    hears(stage, korean.encode(":jun!j@h PRIVMSG #tea :안녕하세요\r\n"));
    hears(stage, korean.encode(":jun!j@h PRIVMSG #tea :또 왔어요\r\n"));
    expect(stage.texts("#tea").slice(0, 3)).toEqual(["안녕하세요", "Windows-949", "또 왔어요"]);
    expect(stage.at("#tea").lines[1]).toMatchObject({ kind: "info", code: "ENCODING" });
    hears(stage, Buffer.from(":jun!j@h PRIVMSG #tea :caf\xe9\r\n", "latin1"));
    expect(stage.texts("#tea").slice(3)).toEqual(["café", "Latin-1"]);
  });

  test("is read in the encoding that the user chose, without a word", () => {
    const stage = old();
    stage.session.setEncoding("koi8-r");
    hears(stage, new TextEncoderFor("koi8-r").encode(":jun!j@h PRIVMSG #tea :привет\r\n"));
    expect(stage.texts("#tea")).toEqual(["привет"]);
  });

  test("is UTF-8 where a server has cut the last letter", () => {
    const stage = old();
    const line = Buffer.from(":jun!j@h PRIVMSG #tea :안녕하세요");
    hears(stage, Buffer.concat([line.subarray(0, line.length - 1), Buffer.from("\r\n")]));
    expect(stage.texts("#tea")).toEqual(["안녕하세\ufffd"]);
  });
});

describe("an answer to a message", () => {
  const say = (stage: Stage, text: string): string => {
    const id = stage.last("#tea").msgid ?? stage.last("#tea").key;
    stage.sent();
    stage.session.commands.say("#tea", text, { replyTo: id });
    return stage.sent().join("\n");
  };

  test("quotes it where the server relays no replies", () => {
    const stage = old().server(":[jun]!j@h PRIVMSG #tea :green tea?");
    expect(say(stage, "yes please")).toBe("PRIVMSG #tea :[jun]: “green tea?” yes please");
    expect(stage.last("#tea")).toMatchObject({ own: true, replyTo: null });
  });

  test("quotes it where messages have no ids, though tags are relayed", () => {
    const stage = old(OLD, "message-tags").server(":[jun]!j@h PRIVMSG #tea :green tea?");
    expect(say(stage, "yes")).toBe("PRIVMSG #tea :[jun]: “green tea?” yes");
  });

  test("quotes it where the server relays no such tag, and sends no reaction there", () => {
    const isupport = `${OLD} CLIENTTAGDENY=*,-typing`;
    const stage = old(isupport, "message-tags").server(
      "@msgid=m1 :[jun]!j@h PRIVMSG #tea :green tea?",
    );
    expect(say(stage, "yes")).toBe("PRIVMSG #tea :[jun]: “green tea?” yes");
    stage.session.commands.react(stage.at("#tea").key, "m1", "👍");
    expect(stage.sent()).toEqual([]);
  });

  test("is a reply where there are both", () => {
    const stage = old(OLD, "message-tags").server("@msgid=m1 :[jun]!j@h PRIVMSG #tea :green tea?");
    expect(say(stage, "yes")).toBe("@+reply=m1 PRIVMSG #tea yes");
  });

  test("quotes a long message's beginning, one line of it, and no quote in it", () => {
    const stage = old().server(`:[jun]!j@h PRIVMSG #tea :mina: “earlier” ${"차 ".repeat(60)}`);
    expect(say(stage, "네")).toMatch(/^PRIVMSG #tea :\[jun\]: “(?:차 ){29}차…” 네$/);
  });
});

test("a bouncer's frame around what it plays back is no message", () => {
  const stage = old().server(
    ":***!znc@znc.in PRIVMSG #tea :Buffer Playback...",
    ":jun!j@h PRIVMSG #tea :hi",
    ":***!znc@znc.in PRIVMSG #tea :Playback Complete.",
  );
  expect(stage.texts("#tea")).toEqual(["hi"]);
});

test("what a bouncer plays back is shown once", () => {
  const stage = old("NETWORK=x", "server-time batch");
  stage.server("@time=2026-11-22T01:00:00.500Z :jun!j@h PRIVMSG #tea :hi");
  stage.server(
    ":znc BATCH +1 znc.in/playback #tea",
    "@time=2026-11-22T01:00:00.000Z;batch=1 :jun!j@h PRIVMSG #tea :hi",
    "@batch=1 :znc BATCH +2 netjoin a.x b.x",
    "@time=2026-11-22T01:00:08.000Z;batch=2 :jo!j@h JOIN #tea",
    ":znc BATCH -2",
    "@time=2026-11-22T01:00:00.500Z;batch=1 :jun!j@h PRIVMSG #tea :hi",
    "@time=2026-11-22T01:00:09.000Z;batch=1 :jun!j@h PRIVMSG #tea :missed",
    ":znc BATCH -1",
  );
  stage.server("@time=2026-11-22T01:00:10.000Z :jun!j@h PRIVMSG #tea :missed");
  const said = stage.at("#tea").lines.filter(({ kind }) => kind === "said");
  expect(said.map(({ text }) => text)).toEqual(["hi", "missed", "missed"]);
});

test.each([
  ["InspIRCd writes modes in front of each topic", "[+nt] green tea", "[+] ", ["green tea", ""]],
  [
    "a topic may look so on a server that doesn't",
    "[+nt] green tea",
    "cake",
    ["[+nt] green tea", "cake"],
  ],
])("the list of rooms: %s", (_, first, second, topics) => {
  const stage = old();
  const answers: (string | undefined)[][] = [];
  stage.session.commands.list("", (rooms) => answers.push((rooms ?? []).map(({ topic }) => topic)));
  stage.server(
    `:s 322 민수 #tea 3 :${first}`,
    `:s 322 민수 #cake 1 :${second}`,
    ":s 323 민수 :End",
  );
  expect(answers).toEqual([topics]);
});
