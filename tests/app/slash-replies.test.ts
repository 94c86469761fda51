import { describe, expect, test } from "bun:test";
import type { Language } from "../../lib/protocol/language.ts";
import { fold } from "../../lib/protocol/names.ts";
import { openChat } from "./open-chat.ts";

/** Slash commands on a real session: which room they are about, and what becomes of the server's answer. */

const LABELS = "batch labeled-response message-tags";

type Chat = Awaited<ReturnType<typeof openChat>>;

/** Answers the last line that was sent, by its label. */
function answer({ sent, hears }: Chat, line: string): void {
  const label = /label=([^; ]+)/.exec(sent.at(-1) ?? "")?.[1] ?? "";
  hears(`@label=${label} ${line}`);
}

/** The last line that was sent, without its tags. */
function lastSent({ sent }: Chat): string {
  return (sent.at(-1) ?? "").replace(/^@\S+ /, "");
}

/** In #tea, and a member of #coffee, too. */
async function inTwoRooms(caps = "", options: { append?: boolean; language?: Language } = {}) {
  const chat = await openChat(caps, options);
  chat.hears(":mina!m@h JOIN #coffee", ":s 332 mina #coffee :beans", ":s 332 mina #tea :leaves");
  chat.hears(":s 353 mina = #coffee :@mina bo", ":s 366 mina #coffee :End");
  return chat;
}

test.each([
  ["", "LIST"],
  ["ELIST=CMNTU", "LIST *Te*"],
])(
  "/list finds a word in names, whether the server filters or not (%s)",
  async (token, request) => {
    const chat = await inTwoRooms();
    if (token !== "") chat.hears(`:s 005 mina ${token} :are supported`);
    const list = () => {
      const rooms = ["#tea 3 :leaves", "#Waterfall 5 :te"].map((room) => `:s 322 mina ${room}`);
      chat.hears(...rooms, ":s 323 mina :End");
    };
    chat.types("/list Te");
    expect(lastSent(chat)).toBe(request);
    list();
    chat.types("/list cake");
    list();
    const found = "Rooms: 2\n#Waterfall (5 members): te\n#tea (3 members): leaves";
    expect(chat.notes()).toEqual([found, 'Nothing found for "cake".']);
  },
);

describe("a command about another room", () => {
  test("/topic #coffee in #tea shows #coffee's topic", async () => {
    const chat = await inTwoRooms();
    chat.types("/topic #coffee");
    expect(chat.notes()).toEqual(["#coffee · Topic: beans"]);
    chat.types("/topic");
    expect(chat.notes().at(-1)).toBe("Topic: leaves");
  });

  test("/topic of a room that isn't joined asks the server, with and without labels", async () => {
    for (const caps of ["", LABELS]) {
      const chat = await inTwoRooms(caps);
      const reply = (line: string) => (caps === "" ? chat.hears(line) : answer(chat, line));
      chat.types("/topic #cake");
      expect(lastSent(chat)).toBe("TOPIC #cake");
      reply(":s 332 mina #cake :cream");
      chat.types("/topic #cake");
      reply(":s 331 mina #cake :No topic is set");
      chat.types("/topic #cake");
      reply(":s 403 mina #cake :No such channel");
      expect(chat.notes()).toEqual([
        "#cake · Topic: cream",
        "#cake · No topic yet. /topic TEXT sets one.",
        "There is no room #cake.",
      ]);
    }
  });

  test("/names #coffee in #tea lists #coffee, and asks the server about a room that isn't joined", async () => {
    for (const caps of ["", LABELS]) {
      const chat = await inTwoRooms(caps);
      chat.types("/names #coffee");
      expect(chat.notes().at(-1)).toBe("#coffee: 2\nmina (moderator), bo");
      chat.types("/names #cake");
      expect(lastSent(chat)).toBe("NAMES #cake");
      const replies = [":s 353 mina = #cake :@jun eve", ":s 366 mina #cake :End"];
      if (caps === "") chat.hears(...replies);
      else {
        answer(chat, ":s BATCH +n labeled-response");
        chat.hears(...replies.map((line) => `@batch=n ${line}`), ":s BATCH -n");
      }
      expect(chat.notes().at(-1)).toBe("#cake: 2\njun (moderator), eve");
    }
  });

  test("/names of a hidden room shows a note", async () => {
    const chat = await inTwoRooms();
    chat.types("/names #vault");
    chat.hears(":s 366 mina #vault :End");
    expect(chat.notes()).toEqual(["You can't see who is in #vault."]);
  });

  test("/mute #coffee in #tea mutes #coffee", async () => {
    const chat = await inTwoRooms();
    chat.types("/mute #coffee");
    const muted = [...chat.connection.session.state.conversations.values()].filter(
      (conversation) => conversation.muted,
    );
    expect(muted.map(({ name }) => name)).toEqual(["#coffee"]);
    chat.types("/mute #vault");
    expect(chat.notes().at(-1)).toBe("You aren't in #vault.");
  });

  test("/invite takes the room in front of the name or behind it", async () => {
    const chat = await inTwoRooms();
    chat.types("/invite #coffee jun");
    expect(lastSent(chat)).toBe("INVITE jun #coffee");
    chat.types("/invite jun #coffee");
    expect(lastSent(chat)).toBe("INVITE jun #coffee");
    const before = chat.sent.length;
    chat.types("/invite jun bo");
    expect(chat.sent).toHaveLength(before);
    expect(chat.notes().at(-1)).toStartWith("Usage: /invite ");
  });

  test("/op, /ban and similar commands don't ignore a second name", async () => {
    const chat = await inTwoRooms();
    const before = chat.sent.length;
    for (const name of ["op", "deop", "ban", "unban"]) {
      chat.types(`/${name} jun bo`);
      expect(chat.notes().at(-1)).toStartWith(`Usage: /${name} `);
    }
    expect(chat.sent).toHaveLength(before);
  });

  test("/export #coffee in #tea writes #coffee", async () => {
    const chat = await inTwoRooms();
    chat.hears("@msgid=m1 :bo!b@h PRIVMSG #coffee :beans", "@msgid=m2 :bo!b@h PRIVMSG #tea :x");
    chat.types("/export #coffee");
    chat.types("/export #coffee out.txt");
    await new Promise((resolve) => setImmediate(resolve));
    expect(chat.saved).toEqual(["null #coffee 1", "out.txt #coffee 1"]);
    chat.types("/export #vault");
    expect(chat.notes().at(-1)).toBe("You aren't in #vault.");
  });

  test("/export in the server's conversation asks for a room", async () => {
    const chat = await openChat("draft/chathistory");
    chat.hears(":mina!m@h PART #tea");
    chat.types("/export");
    expect(chat.saved).toEqual([]);
    expect(chat.notes().at(-1)).toBe("That works in a room only. Go to a room, or join one first.");
  });

  test("/export #coffee search looks in #coffee", async () => {
    const chat = await inTwoRooms("batch message-tags soju.im/search");
    chat.types("/export #coffee search beans");
    await new Promise((resolve) => setImmediate(resolve));
    expect(lastSent(chat)).toContain("in=#coffee");
  });
});

describe("a server's refusal is shown", () => {
  test("by /mode, and the answer is recognized without labels", async () => {
    for (const caps of ["", LABELS]) {
      const chat = await inTwoRooms(caps);
      const reply = (line: string) => (caps === "" ? chat.hears(line) : answer(chat, line));
      chat.types("/mode");
      reply(":s 324 mina #tea +nt");
      chat.types("/mode #coffee");
      reply(":s 324 mina #coffee +");
      chat.types("/mode #vault");
      reply(":s 403 mina #vault :No such channel");
      expect(chat.notes()).toEqual([
        "Letters set: +nt",
        "#coffee · No letter is set for this room.",
        "There is no room #vault.",
      ]);
    }
  });

  test("by /whois, which reports an unknown nick only if the server does", async () => {
    const chat = await inTwoRooms(LABELS);
    chat.types("/whois jun");
    answer(chat, ":s FAIL WHOIS RATE_LIMITED :Slow down");
    chat.types("/whois zz");
    answer(chat, ":s 401 mina zz :No such nick");
    expect(chat.notes()).toEqual([
      "That was too fast. Wait a moment.",
      "There is nobody called zz.",
    ]);
  });

  test("by /list, also if the server asks to try again later", async () => {
    const chat = await inTwoRooms(LABELS);
    chat.types("/list");
    answer(chat, ":s FAIL LIST RATE_LIMITED :Slow down");
    chat.types("/list");
    answer(chat, ":s 263 mina LIST :Please wait a while");
    expect(chat.notes()).toEqual([
      "That was too fast. Wait a moment.",
      "That was too fast. Wait a moment.",
    ]);
  });

  test("by /search in append mode", async () => {
    const chat = await inTwoRooms(`${LABELS} soju.im/search`, { append: true });
    chat.types("/search tea");
    answer(chat, ":s FAIL SEARCH RATE_LIMITED :Slow down");
    expect(chat.notes()).toEqual(["That was too fast. Wait a moment."]);
  });

  test("by /search on the screen", async () => {
    const chat = await inTwoRooms(`${LABELS} soju.im/search`);
    chat.types("/search tea");
    answer(chat, ":s FAIL SEARCH RATE_LIMITED :Slow down");
    expect(chat.controller.ui.search?.results).toMatchObject({
      ...{ kind: "failed", problem: "That was too fast. Wait a moment." },
    });
  });

  test("by an invitation into a room by invitation, with what else is needed to come in", async () => {
    const chat = await inTwoRooms(LABELS);
    const texts = (): string[] =>
      chat.ends.flatMap((end) => (end.kind === "reveal" ? [end.text] : []));
    const made = ":s INVITATION CREATED 1 sgxw2ndupfpthz2qkvpxkqmkfa 1 *";
    chat.types("/invitations new");
    answer(chat, made);
    chat.hears(":mina!m@h MODE #tea +i");
    chat.types("/invitations new");
    answer(chat, made);
    expect(texts().map((text) => text.includes("only people who were invited"))).toEqual([
      false,
      true,
    ]);
  });

  test("by /invitations, in the user's language", async () => {
    const chat = await inTwoRooms(LABELS, { language: "ko" });
    chat.types("/invitations list");
    answer(chat, ":s FAIL INVITATION LIMIT_REACHED :Too many");
    expect(chat.notes()).toEqual(["목록이 가득 찼습니다. 먼저 하나를 지워 주세요."]);
  });
});

describe("without a connection", () => {
  test("a command that needs one shows a note, and no promise to retry", async () => {
    for (const line of [
      ...["/join #cake", "/create cake", "/leave", "/leave #coffee", "/topic new", "/topic #cake"],
      ...["/names #cake", "/invite jun", "/kick jun", "/ban jun", "/unban jun", "/op jun"],
      ...["/deop jun", "/key s", "/invite-only on", "/mode", "/mode +m", "/whois jun", "/list"],
      ...["/nick mina2", "/away lunch", "/back", "/invitations list"],
    ]) {
      const chat = await inTwoRooms();
      chat.loses();
      chat.types(line);
      expect([line, ...chat.notes()]).toEqual([line, "Not connected. Reconnecting by itself."]);
    }
  });

  test("locally known data is still shown", async () => {
    const chat = await inTwoRooms();
    chat.loses();
    chat.types("/topic");
    chat.types("/topic #coffee");
    expect(chat.notes()).toEqual(["Topic: leaves", "#coffee · Topic: beans"]);
  });

  test("a search in append mode shows a note", async () => {
    const chat = await inTwoRooms("batch message-tags soju.im/search", { append: true });
    chat.loses();
    chat.types("/search tea");
    expect(chat.notes()).toEqual(["Not connected. Reconnecting by itself."]);
  });
});

test("a reaction on a server without message-tags shows a note that it isn't offered", async () => {
  const chat = await openChat();
  chat.hears(":bo!b@h PRIVMSG #tea :hi");
  const [line] = chat.controller.conversation?.lines.slice(-1) ?? [];
  expect(line?.text).toBe("hi");
  chat.types("/react 👍");
  expect(chat.notes()).toEqual(["This server doesn't support that."]);
});

test("/edit doesn't take a number at the start of the text for a message number", async () => {
  const chat = await openChat("message-tags sodam.chat/edit");
  chat.hears("@msgid=m1 :bo!b@h PRIVMSG #tea :hi");
  chat.types("/edit 3 apples");
  expect(chat.notes()).toEqual(["There is no message here to do that with."]);
  expect(chat.connection.session.state.conversations.has(fold("#tea"))).toBe(true);
});

describe("in the server's own conversation", () => {
  test("/search looks everywhere", async () => {
    for (const append of [true, false]) {
      const chat = await openChat("batch message-tags soju.im/search", { append });
      chat.hears(":mina!m@h PART #tea", ":s 372 mina :- hi");
      chat.types("/search tea");
      expect(lastSent(chat)).toBe("SEARCH text=tea");
    }
  });

  test("/reply and /react send nothing, even if a server notice has a msgid", async () => {
    const chat = await openChat("message-tags");
    chat.hears(":mina!m@h PART #tea", "@msgid=n1 :s NOTICE mina :Maintenance tonight");
    expect(chat.controller.conversation?.lines.at(-1)?.msgid).toBe("n1");
    const before = chat.sent.length;
    chat.types("/reply thanks");
    chat.types("/react 👍");
    expect(chat.sent).toHaveLength(before);
    const sentence = "That works in a room only. Go to a room, or join one first.";
    expect(chat.notes()).toEqual([sentence, sentence]);
  });
});
