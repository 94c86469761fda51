/** Commands for files in the chat: /file, /files, /save and /stop. */
import type { ChatLine } from "../../chat-client/client-state.ts";
import type { SharedFile } from "../../protocol/file-facts.ts";
import { lookSentence } from "../chat-screen/files/file-effects.ts";
import { printFiles } from "../chat-screen/files/list-files.ts";
import type { LocalFile } from "../files/local-files-port.ts";
import { pathCandidates, splitPath } from "../files/typed-path.ts";
import type { SlashCommand } from "./slash-command.ts";

/** A file, counted from the newest message with one, or from the topmost that is on its way. */
const FILE_NUMBER = /^[1-9]\d{0,2}$/;
const ALL_WORDS: readonly string[] = ["all", "모두"];

/** What the chat does with files, for commands given in one conversation. */
export interface FilesHost {
  send(file: LocalFile, caption: string): void;
  /** Returns the messages with files that are loaded, newest first. */
  messages(): readonly ChatLine[];
  save(file: SharedFile): void;
  /** Fetches a file to a path. Resolves to whether it is there; never rejects. */
  fetchTo(file: SharedFile, path: string): Promise<boolean>;
  /** Stops the n-th of the files that are on their way, or all. */
  stop(which: number | "all"): void;
  /** Opens the page of the conversation's files with this filter. null in append mode. */
  readonly openPage: ((query: string) => void) | null;
}

/** /file, /files, /save and /stop. */
export const SHARING_COMMANDS: readonly SlashCommand[] = [
  {
    name: "file",
    aliases: ["파일"],
    arguments: "file",
    help: "file",
    needsConnection: true,
    complete: ({ ports: { localFiles } }, words) =>
      pathCandidates(words, localFiles.style, (folder) => localFiles.list(folder)),
    run({ ports: { localFiles }, files, note, words, showUsage }, rest) {
      const isFile = (path: string): boolean => localFiles.lookAt(path).kind === "file";
      const { path, caption } = splitPath(rest, localFiles.style, isFile);
      if (path === "") return showUsage();
      const look = localFiles.lookAt(path);
      if (look.kind === "file") files.send(look.file, caption);
      else note(lookSentence(look, words), "bad");
    },
  },
  {
    name: "files",
    aliases: ["파일들", "파일목록"],
    arguments: "files",
    help: "files",
    needsConnection: true,
    run(context, rest) {
      const { files, conversation, note, words } = context;
      if (conversation.kind === "server") return note(words.files.needsPlace, "bad");
      if (context.session.files.sizeMax === null) return note(words.failures.FILES_OFF(""), "bad");
      if (files.openPage !== null) files.openPage(rest);
      else printFiles(context, rest);
    },
  },
  {
    name: "save",
    aliases: ["받기", "파일저장"],
    arguments: "nth",
    help: "save",
    needsConnection: true,
    run({ files, note, words, showUsage }, rest) {
      if (rest !== "" && !FILE_NUMBER.test(rest)) return showUsage();
      const line = files.messages()[Number(rest || "1") - 1];
      if (line?.file == null) return note(words.files.noFileThere, "bad");
      files.save(line.file);
    },
  },
  {
    name: "stop",
    aliases: ["멈춤", "중지"],
    arguments: "stop",
    help: "stop",
    needsConnection: false,
    run({ files, showUsage }, rest) {
      if (ALL_WORDS.includes(rest.toLowerCase())) return files.stop("all");
      if (rest !== "" && !FILE_NUMBER.test(rest)) return showUsage();
      files.stop(Number(rest || "1"));
    },
  },
];
