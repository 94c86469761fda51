import { describe, expect, test } from "bun:test";
import { viewOf } from "../../lib/app/chat-screen/ui-state.ts";
import type { TransferFiles } from "../../lib/app/files/transfer-files.ts";
import { en } from "../../lib/app/i18n/en.ts";
import type { FileSink, FileSource } from "../../lib/chat-client/files/file-ports.ts";
import type { Transfer } from "../../lib/chat-client/files/transfer.ts";
import { localFilesOf } from "./local-files.ts";
import { openChat } from "./open-chat.ts";

const CAPS = "message-tags sodam.chat/files=max=2000000";
const SIZES = {
  "plan.pdf": 1200,
  "shot.png": 5000,
  "big.iso": 3_000_000,
  "film.png": 3_000_000,
  "docs/": 0,
};
const TAG =
  "sodam.chat/file=id=k3vq5m2xwz7ak3vq,size=5,sha256=" +
  `${"0".repeat(64)},type=image/png,name=a%20b.png`;

/** A chat whose transfers are only noted. `type` of client.toml: the settings. */
async function filesChat({ caps = CAPS, toml = "", append = false, clipboard = "none" } = {}) {
  const chat = await openChat(caps, { toml, append });
  const calls: string[] = [];
  const running: Transfer[] = [];
  const transferFiles: Partial<TransferFiles> = {
    source: (content, { name, shrink }) =>
      ({ name: `${name}${shrink ? " smaller" : ""}`, size: content.length }) as FileSource,
    saveInto: (folder) => ({ folder }) as unknown as FileSink,
  };
  const localFiles = localFilesOf(SIZES, {
    clipboardPicture: () =>
      Promise.resolve(
        clipboard === "picture"
          ? { kind: "picture", bytes: new Uint8Array(7), extension: "png" }
          : { kind: "none" },
      ),
    head: (path) =>
      Promise.resolve(
        Uint8Array.from(path.includes("fake") ? "MZ" : "\x89PNG\r\n\x1a\n", (letter) =>
          letter.charCodeAt(0),
        ),
      ),
    open: (path) => {
      calls.push(`open ${path}`);
      return Promise.resolve(true);
    },
  });
  Object.assign(chat.ports, { transferFiles, localFiles });
  let ended: (transfer: Transfer) => void = () => {};
  const { session } = chat.connection;
  const files: Partial<typeof session.files> = {
    captionBytesMax: () => 20,
    list: () => running,
    send: (target, { name }, caption, { onEnd = () => {} } = {}) => {
      ended = onEnd;
      calls.push(`send ${target} ${name} "${caption}"`);
      return "t1";
    },
    get: (file, sink, { onEnd = () => {} } = {}) => {
      calls.push(`get ${file.id} ${(sink as unknown as { folder: string }).folder}`);
      ended = onEnd;
      return "t2";
    },
    cancel: (key) => void calls.push(`cancel ${key}`),
    listIn: (target, { filter }, done) => {
      calls.push(`list ${target} ${filter}`);
      done([], null);
    },
  };
  Object.defineProperty(files, "sizeMax", { value: caps.includes("files") ? 2_000_000 : null });
  Object.assign(session, { files });
  return { ...chat, calls, running, ends: (transfer: Transfer) => ended(transfer) };
}

const DONE: Transfer = {
  ...{ key: "t2", direction: "get", target: "#tea", name: "a b.png", size: 5, bytes: 5 },
  ...{ state: "done", bytesPerSecond: 0, problem: null, path: "/d/a b.png" },
  ...{ fileId: "k3vq5m2xwz7ak3vq", msgid: null },
};

describe("/file", () => {
  test("sends a file with a caption", async () => {
    const chat = await filesChat();
    chat.types("/file plan.pdf please read");
    expect(chat.calls).toEqual(['send #tea plan.pdf "please read"']);
  });

  test("says why a file can't be sent", async () => {
    const chat = await filesChat();
    for (const line of ["/file no.txt", "/file docs", "/file big.iso", "/file"]) chat.types(line);
    expect(chat.calls).toEqual([]);
    expect(chat.notes()).toEqual([
      "There is no file no.txt.",
      "docs is a folder. Put it into an archive (zip), and send that.",
      "big.iso is 3.0 MB, and this server takes files of up to 2.0 MB.",
      "Usage: /file PATH [caption]",
    ]);
  });

  test("on a server without files says so in one sentence", async () => {
    const chat = await filesChat({ caps: "message-tags" });
    for (const line of ["/file plan.pdf", "/files"]) chat.types(line);
    expect(chat.notes()).toEqual(Array(2).fill(en.failures.FILES_OFF("")));
  });

  test("a caption that is too long for one line is a message of its own", async () => {
    const chat = await filesChat();
    chat.types(`/file plan.pdf ${"long ".repeat(10)}`);
    expect(chat.calls).toEqual(['send #tea plan.pdf ""']);
    expect(chat.sent.some((line) => line.includes("PRIVMSG #tea :long long"))).toBe(true);
  });
});

describe("a caption whose file wasn't sent", () => {
  test("comes back into the input line, or is told where something else stands there", async () => {
    const chat = await filesChat();
    const key = chat.controller.ui.current;
    const typed = () => viewOf(chat.controller.ui, key).editor.text;
    chat.types("/file plan.pdf please read");
    chat.ends({ ...DONE, direction: "send", path: null });
    expect([typed(), chat.notes()]).toEqual(["", []]);
    chat.types("/file plan.pdf please read");
    chat.ends({ ...DONE, direction: "send", state: "cancelled", path: null });
    expect(typed()).toBe("please read");
    chat.ends({ ...DONE, direction: "send", state: "failed", path: null });
    expect(typed()).toBe("please read");
    expect(chat.notes()).toEqual(["What you wrote with it wasn't sent: please read"]);
  });
});

describe("pictures", () => {
  test("are asked about once, and the answer is remembered", async () => {
    const chat = await filesChat();
    chat.types("/file film.png look");
    const { fileQuestion } = chat.controller.ui;
    expect([fileQuestion?.kind, chat.calls]).toEqual(["shrink", []]);
    chat.controller.perform({ kind: "shrink-pictures", value: "yes" });
    expect(chat.memory.text).toContain('shrink-pictures = "yes"');
    chat.types("/file shot.png");
    expect(chat.calls).toEqual(['send #tea shot.png smaller ""']);
  });

  test("are sent as they are with --append, which says how to change that", async () => {
    const chat = await filesChat({ append: true });
    chat.types("/file shot.png");
    expect(chat.calls).toEqual(['send #tea shot.png ""']);
    expect(chat.notes().join()).toContain("/set shrink-pictures yes");
  });

  test("the one in the clipboard waits for Enter", async () => {
    const chat = await filesChat({ clipboard: "picture" });
    const { current: key } = chat.controller.ui;
    chat.controller.perform({ kind: "attach-picture", key });
    await Promise.resolve();
    const [picture] = viewOf(chat.controller.ui, key).attachments;
    expect(picture?.name).toBe("Picture 2026-11-21 00.41.png");
    const none = await filesChat();
    none.controller.perform({ kind: "attach-picture", key });
    await Promise.resolve();
    expect(none.notes()).toEqual(["There is no picture in the clipboard."]);
  });
});

describe("a file in the room", () => {
  async function withFile() {
    const chat = await filesChat();
    chat.hears(`@msgid=m1;${TAG} :jun!j@h PRIVMSG #tea :`, ":jun!j@h PRIVMSG #tea :hi");
    return chat;
  }

  test("is saved by /save into the folder for downloads, once", async () => {
    const chat = await withFile();
    chat.types("/save");
    expect(chat.calls).toEqual(["get k3vq5m2xwz7ak3vq /home/mina/Downloads"]);
    chat.running.push({ ...DONE, state: "running", path: null });
    chat.types("/save 1");
    expect(chat.notes()).toEqual(["a b.png is being saved already."]);
    chat.types("/save 2");
    expect(chat.notes().at(-1)).toBe("There is no file here that can be saved.");
  });

  test("where it was saved, and why not, is told in its conversation", async () => {
    const chat = await withFile();
    const { controller } = chat;
    controller.onSessionEvent({ kind: "transfer", transfer: DONE });
    const problem = { kind: "lost" } as const;
    controller.onSessionEvent({
      kind: "transfer",
      transfer: { ...DONE, state: "failed", problem },
    });
    controller.onSessionEvent({
      kind: "transfer",
      transfer: { ...DONE, direction: "send", path: null },
    });
    expect(chat.notes()).toEqual([
      "a b.png is saved: /d/a b.png",
      "a b.png: The connection broke again and again. Try again later.",
    ]);
  });

  test("is opened when it is what its name says, and not otherwise", async () => {
    const chat = await withFile();
    const { controller } = chat;
    const key = controller.ui.current;
    const lineKey = controller.conversation?.lines.find(({ file }) => file !== null)?.key ?? "";
    const opens = async (path: string) => {
      controller.perform({ kind: "save-file", key, lineKey, isOpened: true });
      chat.ends({ ...DONE, path });
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    };
    await opens("/d/a b.png");
    expect(chat.calls).toContain("open /d/a b.png");
    await opens("/d/fake.png");
    expect(chat.calls).not.toContain("open /d/fake.png");
    expect(chat.notes().at(-1)).toStartWith("fake.png isn't opened from here");
  });

  test("what runs is shown, and stopped by its number, or all of it", async () => {
    const chat = await withFile();
    const { controller, running, calls } = chat;
    running.push({ ...DONE, key: "a", state: "running" }, { ...DONE, key: "b", state: "queued" });
    controller.onSessionEvent({ kind: "transfer", transfer: running[0] ?? DONE });
    expect(controller.ui.transfers.map(({ key }) => key)).toEqual(["a", "b"]);
    for (const line of ["/stop 2", "/stop all", "/stop 3"]) chat.types(line);
    expect(calls).toEqual(["cancel b", "cancel a", "cancel b"]);
    expect(chat.notes()).toEqual(["No file is being sent or saved."]);
  });

  test("/files prints them where there is no page", async () => {
    const chat = await filesChat({ append: true });
    chat.types("/files type:film from:jun");
    expect(chat.calls).toEqual(["list #tea type:video from:jun"]);
    expect(chat.notes()).toEqual(["No file fits."]);
  });
});
