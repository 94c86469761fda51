/** A room in which files and pictures are sent, for the drawn screens: the same picture everywhere, without a decoder. */
import {
  FilePreviews,
  type PreviewInView,
} from "../../lib/app/chat-screen/pictures/file-previews.ts";
import type { ReadPicture } from "../../lib/app/chat-screen/pictures/picture-port.ts";
import { pictureRowsMax } from "../../lib/app/chat-screen/pictures/server-previews.ts";
import { type UiState, viewOf } from "../../lib/app/chat-screen/ui-state.ts";
import type { ChatLine } from "../../lib/chat-client/client-state.ts";
import type { Transfer } from "../../lib/chat-client/files/transfer.ts";
import type { SharedFile } from "../../lib/protocol/file-facts.ts";
import type { PictureLook } from "../../lib/terminal/pictures/picture.ts";
import { finish, type Pixels, type Slices } from "../../lib/terminal/pictures/pixels.ts";
import { line, SATURDAY } from "./team.ts";

/** What of a room with files is shown. */
export type FileScene = "files" | "file-list" | "file-drop" | "file-shrink";

const SUNDAY = SATURDAY + 24 * 60 * 60_000;
const CHART: SharedFile = {
  ...{ id: "k3vq5m2xwz7ak3vq", name: "응답 시간.png", size: 184_000, sha256: "0".repeat(64) },
  ...{ type: "image/png", width: 320, height: 160, preview: 2100 },
};
const LOG: SharedFile = {
  ...{ id: "m3vq5m2xwz7ak3vq", name: "deploy.log", size: 212, sha256: "1".repeat(64) },
  type: "text/plain",
};
const FILM: SharedFile = {
  ...{ id: "p3vq5m2xwz7ak3vq", name: "데모.mp4", size: 48_200_000, sha256: "2".repeat(64) },
  ...{ type: "video/mp4", width: 1920, height: 1080, seconds: 83 },
};
const LINES = ["09:40 build", "09:41 test", "09:42 deploy", "09:43 check", "09:44 done"];
const PHOTO = { name: "회의실 사진.jpg", size: 3_400_000, content: "/home/hana/회의실 사진.jpg" };

const LOOK: PictureLook = {
  ...{ protocol: "blocks", cell: { width: 10, height: 20 } },
  ...{ depth: "24-bit", background: [0, 0, 0], isWide: false },
  ...{ hasPlaceholders: false, registers: 256 },
};

/** The messages of the room. */
export function linesWithFiles(): ChatLine[] {
  return [
    line(SUNDAY, "민수", "", { file: FILM }),
    line(SUNDAY + 60_000, "jane", "로그입니다", { file: LOG }),
    line(SUNDAY + 120_000, "하나", "어제보다 빨라졌어요", { file: CHART, own: true }),
  ];
}

/** Returns the previews of a window, with all that is in view there once `show` has been told of it. */
export class ScenePreviews {
  readonly previews: FilePreviews;
  #changed: () => void = () => {};

  constructor(rows: number) {
    this.previews = new FilePreviews({
      begin: (file) => ({
        bytes: Promise.resolve(
          file === LOG ? new TextEncoder().encode(`${LINES.join("\n")}\n`) : new Uint8Array(1),
        ),
        cancel: () => {},
      }),
      read: async () => drawChart(),
      slice: async (work) => finish(work),
      thumbnails: { load: async () => null, store: async () => {}, drop: async () => {} },
      changed: () => this.#changed(),
    });
    this.previews.setLook(LOOK, pictureRowsMax(rows));
  }

  /** Returns whether something in view isn't there yet. A film has no preview. */
  isWaitedFor(preview: PreviewInView): boolean {
    const { kind } = this.previews.viewOf(preview);
    return kind === "waiting" || (kind === "none" && preview.file === LOG);
  }

  /** Resolves when something else is to be drawn. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

/** Returns bars of different heights. */
function drawChart(): ReadPicture {
  const [width, height] = [320, 160];
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bar = Math.floor(x / 40);
      const isBar = x % 40 < 30 && y > 10 + bar * 15;
      data.set(isBar ? [90, 160, 240, 255] : [20, 24, 32, 255], (y * width + x) * 4);
    }
  }
  return {
    ...{ kind: "picture", width, height, png: new Uint8Array() },
    *pixels(): Slices<Pixels> {
      yield;
      return { width, height, data };
    },
  };
}

/** Returns what the user does there. */
export function showFiles(ui: UiState, scene: FileScene, lines: readonly ChatLine[]): UiState {
  const { current: key } = ui;
  switch (scene) {
    case "files":
      return { ...ui, transfers: TRANSFERS };
    case "file-list": {
      const items = lines
        .toReversed()
        .flatMap(({ file, msgid, time, nick }) =>
          file === null || msgid === null ? [] : [{ file, msgid, time, nick }],
        );
      const listing = { kind: "listed", items, hasMore: false } as const;
      const { editor } = viewOf(ui, key);
      return { ...ui, page: { kind: "files", key, editor, index: 0, listing } };
    }
    case "file-drop":
      return { ...ui, fileQuestion: { kind: "dropped", files: [PHOTO], text: PHOTO.content } };
    case "file-shrink": {
      const question = { kind: "shrink", key, files: [PHOTO], caption: "", replyTo: null } as const;
      return { ...ui, fileQuestion: question };
    }
  }
}

const SENDING: Transfer = {
  ...{ key: "t1", direction: "send", target: "#개발팀", name: "backup.tar.zst" },
  ...{ size: 90_000_000, state: "running", bytes: 36_000_000, bytesPerSecond: 6_000_000 },
  ...{ problem: null, path: null, fileId: null, msgid: null },
};
const TRANSFERS: readonly Transfer[] = [
  SENDING,
  { ...SENDING, key: "t2", direction: "get", name: FILM.name, size: FILM.size, bytes: 4_000_000 },
  { ...SENDING, key: "t3", name: "회의 녹음.m4a", state: "queued" },
];
