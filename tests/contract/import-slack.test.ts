import { describe, expect, test } from "bun:test";
import type { LogFile } from "../../lib/file-manager/import/log-format.ts";
import type { LogItem } from "../../lib/file-manager/import/log-item.ts";
import { slackEmoji } from "../../lib/file-manager/import/slack/slack-emoji.ts";
import {
  isSlackFile,
  looksLikeSlack,
  readSlackExport,
} from "../../lib/file-manager/import/slack/slack-export.ts";
import { slackText } from "../../lib/file-manager/import/slack/slack-text.ts";

/** Exports as Slack writes them, by hand; the people and their sentences are invented. */

const USERS = [
  { id: "U1", name: "mina.kim", profile: { display_name: "민아", real_name: "Mina Kim" } },
  { id: "U2", name: "jun", profile: { display_name: "", real_name: "Jun Lee" } },
  { id: "U3", name: "min.a", profile: { display_name: "Min" } },
  { id: "U4", name: "min.b", deleted: true, profile: { display_name: "Min" } },
  { id: "U5", name: "deploy", is_bot: true, profile: { display_name: "De ploy", bot_id: "B5" } },
];
const CHANNELS = [
  { id: "C1", name: "general", members: ["U1", "U2"] },
  { id: "C2", name: "개발팀", is_archived: true },
];

type Content = readonly unknown[] | string;

function filesOf(contents: Readonly<Record<string, Content>>): Map<string, LogFile> {
  return new Map(
    Object.entries(contents).map(([name, content]) => {
      const text = typeof content === "string" ? content : JSON.stringify(content);
      return [name, { name, bytes: new TextEncoder().encode(text), text: () => text }];
    }),
  );
}

function read(
  contents: Readonly<Record<string, Content>>,
  room = "general",
): readonly LogItem[] | { readonly refused: string } {
  const options = { localTime: () => Number.NaN, room };
  const items = readSlackExport(filesOf(contents), options);
  return "refused" in items ? items : [...items];
}

/** Reads messages of one day of #general. */
function itemsOf(...records: readonly unknown[]): readonly LogItem[] {
  const items = read({
    "users.json": USERS,
    "channels.json": CHANNELS,
    "general/2023-11-14.json": records,
  });
  if ("refused" in items) throw new Error(items.refused);
  return items;
}

function messagesOf(...records: readonly unknown[]) {
  return itemsOf(...records).flatMap((item) => (item.kind === "message" ? [item.message] : []));
}

function textsOf(...records: readonly unknown[]): string[] {
  return messagesOf(...records).map(({ nick, text }) => `${nick}: ${text}`);
}

const said = (text: string, more: Readonly<Record<string, unknown>> = {}) => ({
  ...{ type: "message", user: "U1", text, ts: "1700000000.000100" },
  ...more,
});

test("an export is read as a folder of lists and channels, and other files are passed over", () => {
  const names = [
    "users.json",
    "dms.json",
    "general/2023-11-14.json",
    "My export/개발팀/2023-11-14.json",
  ];
  expect(names.filter(isSlackFile)).toEqual(names);
  const others = ["integration_logs.json", "general/canvas.json", "a.png", "__MACOSX/users.json"];
  expect(others.filter(isSlackFile)).toEqual([]);
  expect(looksLikeSlack(JSON.stringify([said("hi")]))).toBe(true);
  expect(looksLikeSlack(JSON.stringify(USERS, null, 4))).toBe(true);
  expect(looksLikeSlack(JSON.stringify(CHANNELS))).toBe(true);
  expect(looksLikeSlack('[{"timestamp":1700000000,"server_time":1}]')).toBe(false);
});

test("a message has its time in UTC, its sender's display name and Slack's timestamp as its id", () => {
  expect(itemsOf(said("안녕"))).toEqual([
    {
      kind: "message",
      line: 1,
      message: {
        ...{ time: 1_700_000_000_000, nick: "민아", verb: "PRIVMSG", text: "안녕" },
        id: "1700000000.000100",
      },
    },
  ]);
  const [message] = messagesOf(said("half a second later", { ts: "1700000000.987654" }));
  expect(message?.time).toBe(1_700_000_000_987);
});

test("people without a display name are called by their user name, and so are two with the same one", () => {
  const speakers = ["U2", "U3", "U4", "U5", "U9", "USLACKBOT"];
  expect(
    messagesOf(...speakers.map((user, index) => said("hi", { user, ts: `${index}.0` }))),
  ).toEqual(
    ["jun", "min.a", "min.b", "De_ploy", "U9", "slackbot"].map((nick) =>
      expect.objectContaining({ nick }),
    ),
  );
  const user_profile = { display_name: "다른 팀", real_name: "Somebody Else" };
  expect(textsOf(said("hi", { user: "U8", user_profile }))).toEqual(["다른_팀: hi"]);
});

test("a thread's replies answer its first message, the ones that the channel sees as well", () => {
  const root = "1700000000.000100";
  const messages = messagesOf(
    said("question", { thread_ts: root, reply_count: 2, replies: [] }),
    said("answer", { ts: "1700000001.000000", thread_ts: root, parent_user_id: "U1" }),
    said("for all", { ts: "1700000002.000000", thread_ts: root, subtype: "thread_broadcast" }),
  );
  expect(messages.map(({ text, replyTo }) => [text, replyTo])).toEqual([
    ["question", undefined],
    ["answer", root],
    ["for all", root],
  ]);
});

test("reactions name who reacted, and an edited message is marked", () => {
  const reactions = [
    { name: "+1::skin-tone-2", users: ["U1", "U2"], count: 2 },
    { name: "party-parrot", users: ["U9"], count: 1 },
  ];
  const [message] = messagesOf(
    said("hi", { reactions, edited: { user: "U1", ts: "1700000009.0" } }),
  );
  expect(message?.reactions).toEqual([
    { emoji: "👍🏻", nick: "민아" },
    { emoji: "👍🏻", nick: "jun" },
    { emoji: ":party-parrot:", nick: "U9" },
  ]);
  expect(message?.isEdited).toBe(true);
});

test("emoji have Slack's names", () => {
  const names = [
    "tada",
    "thinking_face",
    "flag-kr",
    "man-bowing",
    "man-shrugging",
    "v::skin-tone-6",
  ];
  expect(names.map(slackEmoji)).toEqual(["🎉", "🤔", "🇰🇷", "🙇‍♂️", "🤷‍♂️", "✌🏿"]);
  expect(slackEmoji("constructor")).toBe(":constructor:");
});

test("bots speak under the name of the message, or their own", () => {
  const bot = { user: undefined, subtype: "bot_message" };
  expect(
    textsOf(
      said("1", { ...bot, ts: "1.0", bot_id: "B5", username: "배포 알림" }),
      said("2", { ...bot, ts: "2.0", bot_id: "B5" }),
      said("3", { ...bot, ts: "3.0", bot_id: "B6", bot_profile: { name: "CI" } }),
      said("4", { ...bot, ts: "4.0", bot_id: "B7" }),
      said("5", { ts: "5.0", user: "U5", bot_id: "B5", bot_profile: { name: "CI" } }),
    ),
  ).toEqual(["배포_알림: 1", "De_ploy: 2", "CI: 3", "B7: 4", "De_ploy: 5"]);
});

test("what a bot says in attachments or blocks is its text, and previews of links are not", () => {
  const attachments = [
    {
      fallback: "no",
      pretext: "Build &lt;1&gt;",
      title: "main",
      title_link: "https://ci.example/1",
    },
    { text: "failed", fields: [{ title: "Step", value: "test" }] },
    { fallback: "Only a fallback" },
    { from_url: "https://a.example", title: "A page", text: "about a" },
  ];
  expect(textsOf(said("", { attachments }))).toEqual([
    "민아: Build <1>\nmain (https://ci.example/1)\nfailed\nStep: test\nOnly a fallback",
  ]);
  const blocks = [
    { type: "header", text: { type: "plain_text", text: "Release" } },
    {
      type: "rich_text",
      elements: [
        {
          type: "rich_text_section",
          elements: [
            { type: "text", text: "<for> " },
            { type: "user", user_id: "U2" },
            { type: "text", text: ": " },
            { type: "link", url: "https://a.example/x", text: "notes" },
            { type: "emoji", name: "tada" },
          ],
        },
      ],
    },
  ];
  expect(textsOf(said("", { blocks }))).toEqual([
    "민아: Release\n<for> @jun: notes (https://a.example/x):tada:",
  ]);
  expect(textsOf(said("the text counts", { blocks }))).toEqual(["민아: the text counts"]);
});

test("shared files are lines with their names", () => {
  const files = [
    { id: "F1", name: "보고서.pdf", url_private: "https://files.slack.com/x?t=secret" },
    { id: "F2", title: "Untitled" },
    { id: "F3", mode: "tombstone" },
  ];
  expect(textsOf(said("see", { files, upload: true }), said("", { ts: "2.0", files }))).toEqual([
    "민아: see\n[보고서.pdf]\n[Untitled]",
    "민아: [보고서.pdf]\n[Untitled]",
  ]);
});

test("a file of an old export is named once", () => {
  const file = { name: "plan.pdf" };
  const text = "<@U1|mina> uploaded a file: <https://files.example/1|plan.pdf>";
  expect(
    textsOf(
      said(text, { subtype: "file_share", file }),
      said("the plan", { ts: "2.0", subtype: "file_share", file }),
    ),
  ).toEqual([
    "민아: @민아 uploaded a file: plan.pdf (https://files.example/1)",
    "민아: the plan\n[plan.pdf]",
  ]);
});

test("/me is an action", () => {
  expect(textsOf(said("waves", { subtype: "me_message" }))).toEqual(["민아: \x01ACTION waves\x01"]);
});

test("comings, goings and settings are passed over, and what was deleted is", () => {
  const subtypes = [
    ...["channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name"],
    ...["channel_archive", "group_join", "bot_add", "pinned_item", "reminder_add", "tombstone"],
    ...["huddle_thread", "joiner_notification", "channel_convert_to_private", "sh_room_created"],
  ];
  const items = itemsOf(...subtypes.map((subtype) => said("<@U1> …", { subtype })));
  expect(items.map(({ kind }) => kind)).toEqual(subtypes.map(() => "skipped"));
  expect(itemsOf(said("", {}))).toEqual([{ kind: "skipped", line: 1 }]);
  expect(itemsOf(said("hidden", { hidden: true }))).toEqual([{ kind: "skipped", line: 1 }]);
});

test("a record of a change or a deletion applies to the message", () => {
  const first = "1700000000.000100";
  expect(
    messagesOf(
      said("typo", { ts: first }),
      said("gone", { ts: "2.0" }),
      {
        type: "message",
        subtype: "message_changed",
        ts: "3.0",
        message: said("fixed", { ts: first }),
      },
      { type: "message", subtype: "message_deleted", ts: "4.0", deleted_ts: "2.0", hidden: true },
    ),
  ).toEqual([expect.objectContaining({ id: first, text: "fixed", isEdited: true })]);
});

test("what isn't understood is told: records, kinds and files", () => {
  expect(
    itemsOf("no record", said("no time", { ts: "soon" }), said("?", { subtype: "new_kind" })),
  ).toEqual([
    { kind: "unreadable", line: 1, text: '"no record"', file: "general/2023-11-14.json" },
    {
      kind: "unreadable",
      line: 2,
      text: '{"type":"message","user":"U1","text":"no time","ts":"soon"}',
      file: "general/2023-11-14.json",
    },
    expect.objectContaining({ kind: "unreadable", line: 3 }),
  ]);
  expect(
    read({ "general/2023-11-14.json": '[{"type":', "general/2023-11-15.json": [said("hi")] }),
  ).toEqual([
    {
      ...{ kind: "unreadable", line: 1, text: "This file is no list in JSON." },
      file: "general/2023-11-14.json",
    },
    expect.objectContaining({ kind: "message" }),
  ]);
});

test("the same message in two files is one", () => {
  const items = read({
    "general/2023-11-14.json": [said("hi")],
    "general/2023-11-15.json": [said("hi")],
  });
  expect(items).toHaveLength(1);
});

describe("the channel is", () => {
  const contents = {
    "export/users.json": USERS,
    "export/channels.json": CHANNELS,
    "export/dms.json": [{ id: "D1", members: ["U1", "U2"] }],
    "export/groups.json": [{ id: "G1", name: "비밀" }],
    "export/general/2023-11-14.json": [said("general")],
    "export/개발팀/2023-11-14.json": [said("개발팀, <#C1>")],
    "export/D1/2023-11-14.json": [said("direct")],
    "export/G1/2023-11-14.json": [said("비밀")],
  };
  const textIn = (room: string): unknown => {
    const items = read(contents, room);
    return "refused" in items
      ? items.refused
      : items.map((item) => (item.kind === "message" ? item.message.text : item.kind));
  };

  test("the one with the room's name, in any case and Unicode form", () => {
    expect(textIn("General")).toEqual(["general"]);
    expect(textIn("개발팀".normalize("NFD"))).toEqual(["개발팀, #general"]);
  });

  test("one with that id, or a folder named by the id of a channel with that name", () => {
    expect(textIn("C2")).toEqual(["개발팀, #general"]);
    expect(textIn("D1")).toEqual(["direct"]);
    expect(textIn("비밀")).toEqual(["비밀"]);
  });

  test("refused when there is none, with those that there are", () => {
    expect(textIn("tea")).toBe(
      'There is no channel "tea" in the export. Name one with --channel: D1 (민아, jun), general, 개발팀, 비밀.',
    );
    expect(read({ "users.json": USERS })).toEqual({
      refused:
        "There are no messages in the export: it has a folder for each channel, with files such as 2026-11-22.json.",
    });
    const many = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`c${index}/2023-11-14.json`, [said("hi")]]),
    );
    expect(read(many, "tea")).toEqual({ refused: expect.stringMatching(/c44 and 10 more\.$/) });
  });

  test("the folder itself when it was given", () => {
    expect(read({ "2023-11-14.json": [said("hi")] }, "tea")).toHaveLength(1);
  });
});

describe("of a text,", () => {
  const names = {
    user: (id: string) => ({ U1: "민아" })[id] ?? null,
    channel: (id: string) => ({ C1: "general" })[id] ?? null,
  };
  test.each([
    ["<@U1>님, 봐 주세요", "@민아님, 봐 주세요"],
    ["<@U7> and <@U7|jun>, <@U1|mina.kim>", "@U7 and @jun, @민아"],
    ["<b> 1 <-> 2 <x|y>", "<b> 1 <-> 2 <x|y>"],
    ["<#C1> <#C1|> <#C1|old-name> <#C9|other> <#C9>", "#general #general #general #other #C9"],
    ["<!here> <!channel> <!everyone|@everyone>", "@here @channel @everyone"],
    ["<!subteam^S1|@devs> <!subteam^S1>", "@devs @S1"],
    ["<!date^1700000000^{date_short}|14 Nov 2023>", "14 Nov 2023"],
    ["<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2"],
    ["<https://a.example/x|the notes>에서", "the notes (https://a.example/x)에서"],
    [
      "<http://a.example|a.example> <https://a.example/|https://a.example>",
      "http://a.example https://a.example/ ",
    ],
    ["<mailto:a@b.example|a@b.example> <tel:+8210|전화>", "a@b.example 전화 (+8210)"],
    ["1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"],
    ["&amp;lt; &lt;@U1&gt; &quot;", "&lt; <@U1> &quot;"],
    ["*bold* _it_ ~no~ `a &lt; b` :tada:\n> quote", "*bold* _it_ ~no~ `a < b` :tada:\n> quote"],
  ])("%p becomes %p", (text, expected) => {
    expect(slackText(text, names).trim()).toBe(expected.trim());
  });
});

test("a record that is nested too deep to be shown is not understood, like any other", () => {
  const depth = 100_000;
  const deep = `[${"[".repeat(depth)}${"]".repeat(depth)}]`;
  const items = read({
    "users.json": USERS,
    "channels.json": CHANNELS,
    "general/2023-11-14.json": deep,
  });
  expect(items).toMatchObject([{ kind: "unreadable", line: 1 }]);
});
