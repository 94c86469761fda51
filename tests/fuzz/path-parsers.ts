/** Paths as people type and drop them, and names of files that others chose. */
import { droppedPaths } from "../../lib/app/files/dropped-paths.ts";
import { filesFilterOf } from "../../lib/app/files/files-query.ts";
import { openableAs, openableByName } from "../../lib/app/files/openable.ts";
import { pathCandidates, splitPath } from "../../lib/app/files/typed-path.ts";
import { claim, type ParserTarget, same } from "./parser-target.ts";

/** Paths and names of files, for the client's commands. */
export const PATH_PARSERS: readonly ParserTarget[] = [
  {
    kind: "text",
    parsers: ["lib/app/files/dropped-paths.ts droppedPaths"],
    examples: [
      "'/home/mina/our plan.pdf' ",
      "/a/b.png /home/mina/our\\ plan.pdf",
      "file:///home/mina/our%20plan.pdf\r\nfile:///a/b.png",
      '"C:\\Users\\mina\\our plan.pdf" \\\\nas\\c.png',
      "~/스크린샷 1.png\n/a/b.png",
    ],
    check(text) {
      for (const paths of droppedPaths(text)) {
        claim(paths.length > 0, "a reading has paths", paths);
        const isAbsolute = (path: string) => /^(?:\/|~\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
        claim(paths.every(isAbsolute), "dropped paths are absolute", paths);
      }
    },
  },
  {
    kind: "text",
    parsers: [
      "lib/app/files/typed-path.ts splitPath",
      "lib/app/files/typed-path.ts pathCandidates",
      "lib/app/files/files-query.ts filesFilterOf",
    ],
    examples: [
      "our plan.pdf",
      'it\'s "quoted".png',
      "a\\b c",
      "from:jun type:사진",
      "스크린샷 1.png",
    ],
    check(text) {
      const { caption } = splitPath(text, "posix", () => false);
      claim(text.includes(caption), "a caption is what was typed", caption);
      const filter = filesFilterOf(text);
      same(filesFilterOf(filter), filter, "a filter stays as it is");
      const name = text.replaceAll("/", "").trim();
      const entry = { name, isFolder: false };
      for (const candidate of pathCandidates([""], "posix", () => [entry]) ?? []) {
        const { path } = splitPath(`${candidate}look`, "posix", () => true);
        same(path, name, "what Tab writes is read as the file's name");
      }
    },
  },
  {
    kind: "bytes",
    parsers: ["lib/app/files/openable.ts openableAs", "lib/app/files/openable.ts openableByName"],
    examples: [
      Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
      Buffer.from("<svg onload='x'/>"),
      Buffer.from("#!/bin/sh\n"),
      Buffer.from("10:41 ok\n"),
    ],
    check(bytes) {
      for (const name of ["a.png", "a.txt", "a.html", "a.sh", "a.desktop", "a"]) {
        const kind = openableAs(bytes, name);
        claim(kind === null || openableByName(name) === kind, "content and name agree", name);
        const start = Buffer.from(bytes).toString("latin1");
        const runs = /^\s*<svg/.test(start) || start.startsWith("#!");
        claim(kind === null || !runs, "nothing that runs is opened", start.slice(0, 80));
      }
    },
  },
];
