import { expect, test } from "bun:test";
import { findMentioned, mentionRanges, mentions } from "../../lib/protocol/mention.ts";
import { NamePrefixIndex } from "../../lib/protocol/name-prefix-index.ts";
import { fold } from "../../lib/protocol/names.ts";
import { Prng } from "../prng.ts";

const MENTIONS: readonly (readonly [string, string, boolean])[] = [
  ["민수야 밥 먹자", "민수", true],
  ["@민수님 확인 부탁드려요", "민수", true],
  ["그건 민수가 했어요", "민수", true],
  ["민수한테서 들었어", "민수", true],
  ["민수, 안녕", "민수", true],
  ["(민수)", "민수", true],
  ["민수", "민수", true],
  ["민수🎉", "민수", true],
  ["민수기 좋아", "민수", false],
  ["김민수 씨", "민수", false],
  ["민수야말로지금", "민수", false],
  ["hey Jane!", "jane", true],
  ["janet", "jane", false],
  ["mary-jane", "jane", false],
  ["janet and jane", "jane", true],
  ["jane이 왔어", "jane", true],
  ["anything", "", false],
  // Titles, chains and forms of "to be".
  ...[
    "민수에게는",
    "민수한테도",
    "민수인데",
    "민수팀장님께서",
    "민수팀장님께서는",
    "민수씨한테만이라도",
  ].map((text) => [text, "민수", true] as const),
  ...[
    "민수선배님들은",
    "민수까지도요",
    "민수였는데",
    "민수네요",
    "민수예요?",
    "민수입니다.",
    "민수라서",
  ].map((text) => [text, "민수", true] as const),
  ...["지은이가", "지은이한테는", "지은이였는데", "지은아", "지은이네", "지은이라고요"].map(
    (text) => [text, "지은", true] as const,
  ),
  // Sounds and marks are no part of a name.
  ...["민수ㅋㅋ", "민수야ㅠㅠㅠ", "ㅋㅋ민수", "민수~", "민수님!!", "민수가ㅎㅎ 왔네", "민수?"].map(
    (text) => [text, "민수", true] as const,
  ),
  ["ㅋㅋㅋㅋ", "ㅋㅋ", false],
  ["ㅋㅋ 왔어?", "ㅋㅋ", true],
  ...[
    "민수잖아요",
    "민수프로님",
    "민수아니고",
    "민수같은데",
    "민수거예요",
    "민수이셨는데",
    "민수와의",
  ].map((text) => [text, "민수", true] as const),
  ...["민수품", "민수와인", "민수네이버", "민수도서관", "민수고등학교", "민수이불", "민수님프"].map(
    (text) => [text, "민수", false] as const,
  ),
  ...["이건", "이게", "이미", "이래", "이쪽", "이면", "이다"].map(
    (text) => [text, "이", false] as const,
  ),
  ["한다 한번 한가 한글", "한", false],
  // Words that begin like a name.
  ["이것은 뭐야", "이", false],
  ["이거 봐", "이", false],
  ["수박 먹자", "수", false],
  ["한국에서", "한", false],
  ["민간인", "민", false],
  ["이은이 왔다", "이", false],
  ["수은 중독", "수", false],
  ["민수은행", "민수", false],
  ["민수가게", "민수", false],
  // Names that end like a particle.
  ["민은이 왔어", "민은", true],
  ["이가가 말했어", "이가", true],
  ["김도도", "김도", true],
  ["하나는", "하나", true],
  ["이나랑", "이나", true],
  // Latin names.
  ["mina가", "mina", true],
  ["jun한테도", "jun", true],
  ["bot2는", "bot2", true],
  ["mina's", "mina", true],
  ["@mina, hi", "mina", true],
  ["@minas", "mina", false],
  ["mail jun@민수기.example", "민수", false],
  // Other scripts: behind "@" a name ends anywhere, and elsewhere before particles.
  ["@王小明你好", "王小明", true],
  ["＠王小明你好", "王小明", true],
  ["王小明你好", "王小明", false],
  ["王小明，你好", "王小明", true],
  ["王小明은 어디", "王小明", true],
  ["@민수화이팅", "민수", true],
  ["@mina你好", "mina", true],
  ["@민수2", "민수", false],
  ["田中さんは", "田中", true],
  ["さくらちゃん来た", "さくら", true],
  ["田中を見た", "田中", true],
  ["田中様へ", "田中", true],
  ["田中様子", "田中", false],
  ["田中から聞いた", "田中", true],
  ["さくらんぼ", "さくら", false],
  ["@สมชายสวัสดี", "สมชาย", true],
  // A name in a link isn't a mention.
  ["https://tea.example/mina/민수", "mina", false],
  ["https://tea.example/민수 민수야", "민수", true],
  ...[
    "mina@tea.example",
    "jun.mina@tea.example",
    "irc://tea.example/mina",
    "www.tea.example/mina",
  ].map((text) => [text, "mina", false] as const),
  ["민수@tea.example", "민수", false],
  ["mina@tea.example 말고 mina한테", "mina", true],
  ["hey@mina", "mina", true],
  // Particles drawn together, and more forms of "to be".
  ...[
    "민수에겐",
    "민수한텐요",
    "민수님께선",
    "민수라곤",
    "민수보단",
    "민수까진",
    "민수님이시네요",
    "민수님이셨군요",
    "민수였을 때",
    "민수겠네",
    "민수아닌가요",
    "민수든가",
  ].map((text) => [text, "민수", true] as const),
  ...["민수위원장님께", "민수병장님", "민수끼리", "민수치고는"].map(
    (text) => [text, "민수", true] as const,
  ),
  ...["수의사", "한의사", "이론", "보시고", "소통장애"].map(
    (text) => [text, text.charAt(0), false] as const,
  ),
  // Titles in Latin letters.
  ...["민수PD님", "민수 PD", "민수pm이", "민수CTO님께서는", "민수TL"].map(
    (text) => [text, "민수", true] as const,
  ),
  ["민수PDF", "민수", false],
  ["minapm", "mina", false],
  // A hyphen is a part of a name only between letters.
  ...["-민수: 회의록", "민수- 내일", "민수->지은", "지은->민수님", "민수님- 안녕"].map(
    (text) => [text, "민수", true] as const,
  ),
  ["-mina", "mina", true],
  ["mina-jun", "mina", false],
  // Formatting codes are no part of a text.
  ["\u000304민수\u0003야", "민수", true],
  ["\u00034,12mina\u000f", "mina", true],
  ["\u0002mi\u0002na", "mina", true],
  ["\u0004ff0000민수님", "민수", true],
];

for (const [text, nick, expected] of MENTIONS) {
  test(`"${text}" ${expected ? "names" : "doesn't name"} "${nick}"`, () => {
    expect(mentions(text, nick)).toBe(expected);
    expect(mentionRanges(text, nick).length > 0).toBe(expected);
  });
}

test("a range in a text with formatting codes is where the name stands in it", () => {
  expect(mentionRanges("\u000304hi @mi\u0002na\u0003", "mina")).toEqual([[6, 12]]);
});

/** Chains that fit any name, and the two forms of those that depend on how it ends. */
const FIRST = [
  ["", ""],
  ["이가", "가"],
  ["은", "는"],
  ["을", "를"],
  ["과", "와"],
  ["아", "야"],
  ["이랑", "랑"],
  ["이나", "나"],
  ["이라도", "라도"],
  ["이야말로", "야말로"],
  ["이에요", "예요"],
  ["이라서", "라서"],
  ["인데", "인데"],
  ["입니다", "입니다"],
  ["이었는데", "였는데"],
  ["의", "의"],
  ["도", "도"],
] as const;
const TITLES = ["님", "씨", "팀장님", "대리님", "교수님", "선배", "언니", "형님", "선생님"];
const MIDDLE = ["에게", "한테", "한테서", "에게서", "께", "하고", "처럼", "보다", "께서"];
const MORE = ["", "는", "도", "만", "까지", "부터", "만은", "까지도", "부터는요", "마저", "조차도"];
const AFTERWARDS = ["", " 왔어", "!", "~", "?", "ㅋㅋㅋ", "ㅠㅠ", ", 안녕", "…"];

test("200 generated chains of titles and particles mention the name that they follow", () => {
  const prng = new Prng(51);
  const names = ["민수", "지은", "서연", "하늘", "도현", "민은", "mina", "jun", "王小明"];
  const everybody = new Map(names.map((name) => [fold(name), name]));
  const prefixes = new NamePrefixIndex();
  for (const name of everybody.keys()) prefixes.add(name);
  for (let n = 0; n < 200; n += 1) {
    const name = prng.pick(names);
    const title = prng.below(3) === 0 ? prng.pick(TITLES) : "";
    const noun = name + title;
    const last = noun.charCodeAt(noun.length - 1) - 0xac00;
    const endsInConsonant = last >= 0 && last % 28 !== 0;
    const chain = prng.chance(50)
      ? prng.pick(FIRST)[endsInConsonant ? 0 : 1]
      : prng.pick(MIDDLE) + prng.pick(MORE);
    // 이가 joins a given name of one's own age, not a title.
    if (chain === "이가" && title !== "") continue;
    const text = prng.pick(["", "어제 ", "@", "("]) + noun + chain + prng.pick(AFTERWARDS);
    const found = findMentioned(text, prefixes, (folded) => everybody.get(folded) ?? null);
    expect([text, [...found]]).toEqual([text, [name]]);
    expect([text, mentionRanges(text, name).length]).toEqual([text, 1]);
  }
});

test("a text means the longest name of somebody present", () => {
  const present = (...nicks: string[]) => {
    const names = new Set(nicks.map(fold));
    return (text: string) =>
      nicks.filter((nick) => mentions(text, nick, (name) => names.has(name)));
  };
  expect(present("민")("민은 어디?")).toEqual(["민"]);
  expect(present("민", "민은")("민은 어디?")).toEqual(["민은"]);
  expect(present("민", "민은")("민은은 어디? 민이는?")).toEqual(["민", "민은"]);
  expect(present("지", "지은", "지은이")("지은이가 왔어")).toEqual(["지은이"]);
  expect(present("王", "王小明")("@王小明你好")).toEqual(["王小明"]);
  expect(present("jun", "jun|away")("jun|away: tea?")).toEqual(["jun|away"]);
});

test("names that are joined without a space are all meant", () => {
  const names = ["민수", "지은", "유나"].map(fold);
  const named = (text: string) =>
    names.filter((name) => mentions(text, name, (word) => names.includes(word))).map(String);
  expect(named("민수랑지은이랑 밥 먹자")).toEqual(["민수", "지은"]);
  expect(named("유나와지은이 왔어")).toEqual(["지은", "유나"]);
  expect(named("지은이랑민수랑유나는?")).toEqual(["민수", "지은", "유나"]);
  expect(named("민수하고유나")).toEqual(["민수", "유나"]);
  expect(named("민수와인 한 잔")).toEqual([]);
  expect(named("민수와유나기")).toEqual([]);
});

test("a long run of particles or letters costs little", () => {
  const started = process.cpuUsage().user;
  for (const unit of ["은", "이나", "에게서", "@민", "민수", "さん", "ㅋ", "(", "https://a"]) {
    expect(mentions(`민수 ${unit.repeat(5000)}`, "민수")).toBe(true);
  }
  expect(process.cpuUsage().user - started).toBeLessThan(1_500_000);
});
