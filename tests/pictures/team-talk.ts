/** What two teams have said before somebody looks: one in English, one in Korean. */

import { PINNED_KEY } from "../../lib/protocol/pinned-text.ts";
import { signUp } from "../e2e/house.ts";
import type { Stranger } from "../e2e/stranger.ts";

/** One thing that somebody says or does, at a time. */
interface Act {
  readonly at: string;
  readonly who: string;
  /** Several lines are one message. */
  readonly text?: string;
  /** The name by which later acts refer to this message. */
  readonly name?: string;
  readonly replyTo?: string;
  /** A reaction to the message of this name. */
  readonly reaction?: readonly [name: string, emoji: string];
  /** The new text of the message of this name. */
  readonly edit?: readonly [name: string, text: string];
  /** Another room than the team's, or a person. */
  readonly to?: string;
  /** A line of the protocol as it is. */
  readonly line?: string;
  /** The viewer has read everything up to here, and leaves. */
  readonly isRead?: true;
  /** Begins to type, once the viewer is back. */
  readonly isTyping?: true;
}

export interface Team {
  /** Whose client is looked at. */
  readonly viewer: string;
  readonly room: string;
  readonly members: readonly string[];
  readonly otherRooms: readonly string[];
  readonly topic: string;
  readonly pinned: string;
  readonly acts: readonly Act[];
  /** What the viewer has begun to type. */
  readonly draft: string;
}

const FRIDAY = "2026-11-20T";
const SATURDAY = "2026-11-21T";

export const ENGLISH_TEAM: Team = {
  viewer: "hana",
  room: "#dev",
  members: ["mina", "jun", "sora", "alex"],
  otherRooms: ["#lunch", "#random"],
  topic: "Release 1.0 · code review before noon",
  pinned: "jun: We ship on Friday at 17:00",
  acts: [
    { at: `${FRIDAY}16:40`, who: "jun", text: "The deploy script works again.", name: "script" },
    { at: `${FRIDAY}16:40`, who: "jun", text: "Its log is at https://ci.example/412" },
    {
      at: `${FRIDAY}16:43`,
      who: "mina",
      text: "Thanks! Then we can ship on *Friday* :)",
      replyTo: "script",
    },
    { at: `${FRIDAY}16:44`, who: "sora", reaction: ["script", "👍"] },
    { at: `${FRIDAY}16:44`, who: "mina", reaction: ["script", "👍"] },
    { at: `${FRIDAY}16:45`, who: "alex", reaction: ["script", "🎉"] },
    { at: `${FRIDAY}16:46`, who: "hana", text: "I'll bring a cake." },
    { at: `${SATURDAY}09:12`, who: "sora", text: "Good morning ☕", name: "morning" },
    { at: `${SATURDAY}09:13`, who: "sora", text: "The minutes are in the wiki.", name: "minutes" },
    {
      at: `${SATURDAY}09:14`,
      who: "sora",
      edit: ["minutes", "The minutes of yesterday are in the wiki."],
    },
    { at: `${SATURDAY}09:20`, who: "mina", isRead: true },
    { at: `${SATURDAY}09:58`, who: "alex", to: "#lunch", text: "Noodles or rice?" },
    { at: `${SATURDAY}09:59`, who: "jun", to: "#lunch", text: "Noodles." },
    {
      at: `${SATURDAY}10:02`,
      who: "mina",
      text: "@hana could you review this before noon?\n```\nconst brew = (tea) => steep(tea, minutes(3));\n```",
      name: "review",
    },
    { at: `${SATURDAY}10:03`, who: "jun", text: "Why three?", replyTo: "review" },
    {
      at: `${SATURDAY}10:04`,
      who: "mina",
      text: "Two is `weak`, and four is bitter.",
      replyTo: "review",
    },
    { at: `${SATURDAY}10:05`, who: "alex", text: "I'll try it on the staging machine." },
    { at: `${SATURDAY}10:05`, who: "sora", to: "hana", text: "Coffee at three?" },
    { at: `${SATURDAY}10:06`, who: "sora", line: "AWAY :back at noon" },
    { at: `${SATURDAY}10:06`, who: "jun", isTyping: true },
  ],
  draft: "Sure, I'm looking at it now.",
};

export const KOREAN_TEAM: Team = {
  viewer: "하나",
  room: "#개발팀",
  members: ["민수", "지은", "서연"],
  otherRooms: ["#점심메뉴"],
  topic: "1.0 출시 준비",
  pinned: "민수: 배포는 금요일 17시",
  acts: [
    { at: `${FRIDAY}16:40`, who: "민수", text: "배포 스크립트 고쳤어요", name: "script" },
    { at: `${FRIDAY}16:41`, who: "민수", text: "로그는 https://ci.example/412 에 있어요" },
    { at: `${FRIDAY}16:43`, who: "지은", text: "고마워요! 금요일에 같이 봐요", replyTo: "script" },
    { at: `${FRIDAY}16:44`, who: "서연", reaction: ["script", "👍"] },
    { at: `${FRIDAY}16:44`, who: "지은", reaction: ["script", "🎉"] },
    { at: `${FRIDAY}16:46`, who: "하나", text: "케이크 사 갈게요" },
    { at: `${SATURDAY}09:20`, who: "민수", isRead: true },
    { at: `${SATURDAY}09:58`, who: "지은", to: "#점심메뉴", text: "오늘은 냉면 어때요?" },
    { at: `${SATURDAY}10:01`, who: "서연", text: "어제 회의록 위키에 올렸습니다" },
    {
      at: `${SATURDAY}10:02`,
      who: "민수",
      text: "@하나 점심 전에 이 PR 리뷰 부탁해요",
      name: "pr",
    },
    { at: `${SATURDAY}10:05`, who: "지은", text: "저도 같이 볼게요", replyTo: "pr" },
    { at: `${SATURDAY}10:06`, who: "민수", isTyping: true },
  ],
  draft: "네, 지금 볼게요",
};

/**
 * Signs a team up, and lets it say all that, each at its time. The clock is left at the last one. Returns what those do
 * who begin to type: the viewer has to be there.
 */
export async function talk(
  server: Parameters<typeof signUp>[0],
  team: Team,
  setClock: (time: string) => void,
): Promise<() => Promise<void>> {
  const { viewer, room, members, otherRooms } = team;
  const rooms = [room, ...otherRooms];
  const people = new Map<string, Stranger>();
  for (const name of [...members, viewer]) {
    const person = await signUp(server, name);
    person.says("CAP REQ :draft/multiline draft/read-marker draft/metadata-2 sodam.chat/edit");
    for (const each of rooms) person.says(`JOIN ${each}`);
    await person.isAnswered();
    people.set(name, person);
  }
  const founder = people.get(members[0] ?? "");
  founder?.says(`TOPIC ${room} :${team.topic}`);
  founder?.says(`METADATA ${room} SET ${PINNED_KEY} :${team.pinned}`);
  await founder?.isAnswered();
  const msgids = new Map<string, string>();
  for (const act of team.acts) {
    setClock(`${act.at}:00Z`);
    const person = people.get(act.who);
    if (person === undefined) throw new Error(`${act.who} isn't in the team`);
    if (act.isTyping === true) continue;
    if (act.isRead === true) await leave(people.get(viewer), act.at, rooms);
    else await perform(person, act, act.to ?? room, msgids);
  }
  return async () => {
    for (const { who } of team.acts.filter(({ isTyping }) => isTyping === true)) {
      people.get(who)?.says(`@+typing=active TAGMSG ${room}`);
      await people.get(who)?.isAnswered();
    }
  };
}

async function leave(viewer: Stranger | undefined, at: string, rooms: readonly string[]) {
  for (const room of rooms) viewer?.says(`MARKREAD ${room} timestamp=${at}:00.000Z`);
  await viewer?.isAnswered();
  viewer?.says("QUIT");
  await viewer?.closed;
}

async function perform(
  person: Stranger,
  { who, text, name, replyTo, reaction, edit, line }: Act,
  target: string,
  msgids: Map<string, string>,
): Promise<void> {
  const idOf = (known = ""): string => msgids.get(known) ?? "";
  const from = person.lines.length;
  if (line !== undefined) person.says(line);
  if (reaction !== undefined) {
    const [to, emoji] = reaction;
    person.says(`@+reply=${idOf(to)};+draft/react=${emoji} TAGMSG ${target}`);
  }
  if (edit !== undefined) person.says(`EDIT ${target} ${idOf(edit[0])} :${edit[1]}`);
  if (text !== undefined) {
    const tags = replyTo === undefined ? "" : `@+reply=${idOf(replyTo)} `;
    const lines = text.split("\n");
    if (lines.length === 1) person.says(`${tags}PRIVMSG ${target} :${text}`);
    else {
      person.says(`${tags}BATCH +m draft/multiline ${target}`);
      for (const each of lines) person.says(`@batch=m PRIVMSG ${target} :${each}`);
      person.says("BATCH -m");
    }
  }
  await person.isAnswered();
  // Its own, and not what others did meanwhile.
  const echo = person.lines
    .slice(from)
    .find((heard) => heard.includes(`:${who}!`) && / (?:PRIVMSG|BATCH) /.test(heard));
  if (name !== undefined) msgids.set(name, /msgid=([^;\s]+)/.exec(echo ?? "")?.[1] ?? "");
}
