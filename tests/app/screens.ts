/**
 * Screens of a team's chat with a message selected, in a thread, with the help and
 * with a person's menu, beside two other servers, of two conversations side by side, and with files. The
 * files in screens/ say how they look; `bun tests/app/screens.ts` draws them anew, for `git diff` to show.
 */
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import type { OtherPane } from "../../lib/app/chat-screen/draw/split-panes.ts";
import { openThreadPlace } from "../../lib/app/chat-screen/input-places.ts";
import { openHelp } from "../../lib/app/chat-screen/keys/page-keys.ts";
import { openPerson } from "../../lib/app/chat-screen/keys/person-keys.ts";
import type { ListedServer } from "../../lib/app/chat-screen/listed-places.ts";
import { EMPTY_UI, type UiState, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import type { ClientState } from "../../lib/chat-client/client-state.ts";
import { EMPTY_EDITOR, replaceText } from "../../lib/terminal/editor.ts";
import type { ScreenRow } from "../../lib/terminal/layout.ts";
import { elapsedMs } from "../elapsed.ts";
import { type FileScene, linesWithFiles, ScenePreviews, showFiles } from "./file-scenes.ts";
import {
  conversation,
  drawContextFor,
  line,
  member,
  membersOf,
  SATURDAY,
  stateOf,
  team,
} from "./team.ts";
import { Typist } from "./typist.ts";

const LANGUAGES = ["en", "ko"] as const;
const SIZES = [
  [100, 30],
  [60, 20],
  [40, 12],
] as const;
const CAPS = [
  ...["message-tags", "sodam.chat/edit", "draft/message-redaction", "draft/metadata-2"],
  "sodam.chat/report",
];
const NOW = elapsedMs(SATURDAY + (24 * 60 + 26) * 60_000);

/** Two conversations need more room. */
const SPLIT_SIZES = [
  [120, 30],
  [160, 40],
] as const;

type Scene =
  | "selected"
  | "thread"
  | "help"
  | "person"
  | "folded"
  | "servers"
  | "switcher"
  | "split"
  | FileScene;
const SCENES: readonly Scene[] = [
  ...(["selected", "thread", "help", "person", "folded", "servers", "switcher", "split"] as const),
  ...(["files", "file-list", "file-drop", "file-shrink"] as const),
];

export interface DrawnScreen {
  /** The name of its file. */
  readonly name: string;
  readonly rows: readonly string[];
}

/** Draws all of them. */
export async function drawScreens(): Promise<DrawnScreen[]> {
  const screens: DrawnScreen[] = [];
  for (const scene of SCENES) {
    for (const language of LANGUAGES) {
      for (const [columns, rows] of scene === "split" ? SPLIT_SIZES : SIZES) {
        const drawn = await drawScene(scene, language, columns, rows);
        screens.push({ name: `${scene}-${language}-${columns}x${rows}.txt`, rows: drawn });
      }
    }
  }
  return screens;
}

async function drawScene(
  scene: Scene,
  language: (typeof LANGUAGES)[number],
  columns: number,
  rows: number,
): Promise<string[]> {
  const pictures = new ScenePreviews(rows);
  const context = { ...drawContextFor(language), previews: pictures.previews };
  const { state, ui, servers, beside } = stage(scene, columns, rows);
  const cache = new ScreenCache(context);
  const other = beside === undefined ? null : { ...beside, cache };
  const size = { columns, rows };
  for (;;) {
    cache.inView = [];
    const { frame } = drawChat(state, ui, size, NOW, cache, context, servers, other);
    const isWaiting = cache.inView.some((preview) => pictures.isWaitedFor(preview));
    if (!isWaiting) return frame.rows.map(textOfRow);
    const changed = pictures.changed();
    pictures.previews.show(cache.inView);
    await changed;
  }
}

/** Returns what a terminal shows that draws pictures in blocks. */
function textOfRow(row: ScreenRow): string {
  return row
    .map(({ text, picture: strip }) =>
      strip === undefined ? text : Bun.stripANSI(strip.picture.blocks[strip.row] ?? ""),
    )
    .join("")
    .trimEnd();
}

/** The user is a moderator of the team's room, with three people below them. */
function stage(
  scene: Scene,
  columns: number,
  rows: number,
): {
  readonly state: ClientState;
  readonly ui: UiState;
  readonly servers?: readonly ListedServer[];
  readonly beside?: Omit<OtherPane, "cache">;
} {
  const { state, dev } = team();
  const members = new Map([
    ...dev.members,
    ...membersOf(member("하나", { ranks: "@" }), member("민수", { ranks: "%" }), member("bob")),
  ]);
  const room = { ...dev, members };
  const conversations = new Map(state.conversations).set(room.key, room);
  const moderated: ClientState = { ...state, conversations, caps: new Set(CAPS) };
  const ui: UiState = { ...EMPTY_UI, current: room.key };
  const [script] = room.lines;
  switch (scene) {
    case "selected": {
      const typist = new Typist(moderated, { columns, rows });
      typist.ui = ui;
      return { state: moderated, ui: typist.types("\x1b[1;5A").types("kkk").ui };
    }
    case "thread": {
      const place = openThreadPlace(viewOf(ui, room.key), script?.msgid ?? "");
      return { state: moderated, ui: withView(ui, room.key, place) };
    }
    case "help":
      return { state: moderated, ui: openHelp(ui, "") };
    case "person": {
      const profile = {
        ...{ realName: "김민수", localTime: "18:05", idleSeconds: 700, isOperator: false },
        ...{ isBot: false, account: "민수", address: "", awayText: null },
      };
      const opened = openPerson(ui, "민수");
      const page = opened.page?.kind === "person" ? { ...opened.page, profile } : null;
      return { state: moderated, ui: { ...opened, page } };
    }
    case "folded": {
      const lines = room.lines.map((line) =>
        line.nick === "민수"
          ? { ...line, folded: "blocked" as const }
          : line.nick === "bob"
            ? { ...line, folded: "spared" as const, mention: false }
            : line,
      );
      const folded = new Map(conversations).set(room.key, { ...room, lines });
      const typist = new Typist({ ...moderated, conversations: folded }, { columns, rows });
      typist.ui = ui;
      return { state: typist.state, ui: typist.types("\x1b[1;5A").types("kkk").ui };
    }
    case "files":
    case "file-list":
    case "file-drop":
    case "file-shrink": {
      const shown = { ...room, lines: linesWithFiles(), oldestReached: true, typing: new Map() };
      const withFiles = new Map(conversations).set(room.key, shown);
      const opened = showFiles(ui, scene, shown.lines);
      return { state: { ...moderated, conversations: withFiles }, ui: opened };
    }
    case "servers":
      return { state: moderated, ui, servers: withOthers(moderated) };
    case "split": {
      const random = conversation("#random", {
        topic: "아무 말",
        lines: [
          line(SATURDAY, "jane", "점심 뭐 먹을까요? 어제 갔던 국수집은 오늘 쉬는 날이라고 하네요"),
          line(SATURDAY + 60_000, "민수", "김밥"),
        ],
        members,
      });
      const both = { ...moderated, conversations: new Map(conversations).set(random.key, random) };
      const typed = (text: string) => ({ editor: replaceText(EMPTY_EDITOR, text) });
      const views = withView(
        withView(ui, room.key, typed("네, 그때 봐요")),
        random.key,
        typed("저는"),
      );
      const beside = { state: both, ui: { ...views, current: random.key }, side: "right" } as const;
      return { state: both, ui: views, beside };
    }
    case "switcher": {
      const switcher = { editor: EMPTY_EDITOR, index: 0 };
      return { state: moderated, ui: { ...ui, switcher }, servers: withOthers(moderated) };
    }
  }
}

/** The team's server, one with a room and a person of the same names, and one that is down. */
function withOthers(state: ClientState): ListedServer[] {
  const elsewhere: ClientState = {
    ...stateOf(
      conversation("#tea", { unread: 12, mentions: 2 }),
      conversation("#개발팀", { unread: 1200 }),
      conversation("서연"),
    ),
    network: "Libera.Chat",
  };
  const down: ClientState = {
    ...stateOf(conversation("#old", { joined: false })),
    network: "",
    phase: { kind: "waiting", retryElapsedMs: NOW + 4000, attempt: 2, trouble: null },
  };
  return [
    { id: "chat.example:6697", host: "chat.example", state },
    { id: "irc.libera.chat:6697", host: "irc.libera.chat", state: elsewhere },
    { id: "irc.old.example:6697", host: "irc.old.example", state: down },
  ];
}

if (import.meta.main) {
  for (const { name, rows } of await drawScreens()) {
    await Bun.write(new URL(`screens/${name}`, import.meta.url), `${rows.join("\n")}\n`);
  }
}
