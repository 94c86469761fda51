import { expect, test } from "bun:test";
import { messageSpans, type TextView } from "../../lib/app/chat-screen/draw/message-spans.ts";
import { WordList } from "../../lib/chat-client/preferences/word-list.ts";

const VIEW: TextView = { nick: "jun", spoiler: "[spoiler]" };

/** The parts of a text that are highlighted for a user. */
function highlighted(text: string, nick: string): string[] {
  return messageSpans(text, { ...VIEW, nick })
    .filter(({ style }) => style?.role === "mention")
    .map((span) => span.text);
}

test("a longer word that begins with the nick isn't highlighted", () => {
  expect(highlighted("a junior and the jungle", "jun")).toEqual([]);
  expect(highlighted("junior says: jun, @Jun!", "jun")).toEqual(["jun", "@Jun"]);
  expect(highlighted("민수기 좋아", "민수")).toEqual([]);
});

test("a nick is highlighted before a Korean particle, on any line, beside an address", () => {
  expect(highlighted("민수야\n@민수님 https://tea.example/민수 민수", "민수")).toEqual([
    "민수",
    "@민수",
    "민수",
  ]);
});

test("the user's words are highlighted, outside of links and names, and not within spoilers", () => {
  const highlights = new WordList("배포,tea,jun");
  const text = "jun, 재배포 TEA https://tea.example/a ||tea|| *green tea* steal";
  const spans = messageSpans(text, { ...VIEW, highlights });
  const marked = spans.filter(({ style }) => style?.role === "mention");
  expect(marked.map((span) => [span.text, span.style?.bold ?? false])).toEqual([
    ["jun", false],
    ["배포", false],
    ["TEA", false],
    ["tea", true],
  ]);
});

test("the spans of a text are the whole text, in order", () => {
  const text = "jun: see https://tea.example/a, junior.\njun";
  expect(
    messageSpans(text, VIEW)
      .map((span) => span.text)
      .join(""),
  ).toBe(text);
});

test("a nick isn't highlighted in the longer name of somebody present, nor in a link", () => {
  const isPresent = (name: string) => name === "민은";
  const marked = messageSpans("민은 민이 https://tea.example/민", {
    ...VIEW,
    nick: "민",
    isPresent,
  })
    .filter(({ style }) => style?.role === "mention")
    .map(({ text }) => text);
  expect(marked).toEqual(["민"]);
});

test("a link ends before a particle, and its target is percent-encoded", () => {
  const spans = messageSpans("jun: (https://ko.wikipedia.org/wiki/서울에서)", VIEW);
  expect(spans.map(({ text, style }) => [text, style?.role, style?.link])).toEqual([
    ["jun", "mention", undefined],
    [": (", undefined, undefined],
    [
      "https://ko.wikipedia.org/wiki/서울",
      "link",
      "https://ko.wikipedia.org/wiki/%EC%84%9C%EC%9A%B8",
    ],
    ["에서)", undefined, undefined],
  ]);
});

/** Spans as "text|role|bold|italic", without what isn't set. */
function styled(text: string, view: Partial<TextView> = {}): string[] {
  return messageSpans(text, { ...VIEW, ...view }).map(({ text: shown, style }) =>
    [shown, style?.role, style?.bold && "bold", style?.italic && "italic"]
      .filter(Boolean)
      .join("|"),
  );
}

test("markup is drawn without its markers, and links and mentions within it stay", () => {
  expect(styled("*see https://a.example/_x_ jun* and `code`")).toEqual([
    "see |bold",
    "https://a.example/_x_|link|bold",
    " |bold",
    "jun|mention|bold",
    " and ",
    "code|code",
  ]);
  expect(styled("_a_", { base: { role: "faint" } })).toEqual(["a|faint|italic"]);
  expect(styled("_jun_ is _jun", { nick: "_jun_" })).toEqual(["_jun_|mention", " is _jun"]);
});

test("a spoiler is hidden with the links in it, until it is open", () => {
  expect(styled("it is ||*jun* https://a.example|| https://b.example")).toEqual([
    "it is ",
    "[spoiler]|spoiler",
    " ",
    "https://b.example|link",
  ]);
  expect(styled("it is ||the cat||", { spoiler: null })).toEqual(["it is ", "the cat"]);
});
