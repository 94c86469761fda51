import type { ServerOptions } from "../lib/chat-server/server-options.ts";
import { FILE_TAG, type FileFacts, formatFileFacts } from "../lib/protocol/file-facts.ts";
import { type Actor, SCENE_OPTIONS, Scene } from "./scene.ts";
import { sha256Of } from "./stage-files.ts";

/** Steps of plays in which people send each other files. */

/** What a client that knows files asks for. */
export const FILE_CAPS = ["sodam.chat/files", "message-tags", "echo-message", "batch"] as const;

/** Returns a stage whose grants live as long as its play: another server would know none. */
export function fileScene(
  files: Partial<ServerOptions["files"]> = {},
  options: Partial<ServerOptions> = {},
): Scene {
  const rules = { ...SCENE_OPTIONS.files, ...files };
  return new Scene({ ...options, files: rules }, undefined, null, "never");
}

/** Returns what is said of a file with these bytes. */
export function factsOf(bytes: string, facts: Partial<FileFacts> = {}): FileFacts {
  const sha256 = sha256Of(Buffer.from(bytes));
  return {
    name: "notes.txt",
    type: "text/plain",
    size: Buffer.byteLength(bytes),
    sha256,
    ...facts,
  };
}

/** Returns the line that asks to send a file. */
export function offerLine(target: string, facts: FileFacts, caption = "", tags = ""): string {
  return `@${FILE_TAG}=${formatFileFacts(facts)}${tags} FILE SEND ${target} :${caption}`;
}

/** Offers a file, and returns what the GRANT says; the answer itself if it is none. */
export function offers(
  actor: Actor,
  target: string,
  facts: FileFacts,
  caption = "",
  tags = "",
): { id: string; token: string; offset: string } | string {
  return grantIn(actor.says(offerLine(target, facts, caption, tags)).hears());
}

/** Asks for a file, and returns the same. */
export function asksFor(actor: Actor, id: string, what = ""): ReturnType<typeof offers> {
  return grantIn(actor.says(`FILE FETCH ${id} ${what}`.trimEnd()).hears());
}

function grantIn(lines: readonly string[]): ReturnType<typeof offers> {
  const [, id = "", token = "", offset = ""] =
    / FILE GRANT (\S+) (\S+) (\d+) 60$/.exec(lines.at(-1) ?? "") ?? [];
  return id === "" ? lines.join("\n") : { id, token, offset };
}

/** Sends bytes by a token, over a connection of its own. Returns what that heard, without the server's name. */
export function puts(scene: Scene, token: string, bytes: string, offset = 0): string[] {
  scene.files.incoming = Buffer.from(bytes);
  return carries(scene, `FILE PUT ${token} ${offset}`);
}

/** Gets bytes by a token. */
export function gets(scene: Scene, token: string, offset = 0): string[] {
  return carries(scene, `FILE GET ${token} ${offset}`);
}

function carries(scene: Scene, line: string): string[] {
  const carrier = scene.connect().says(line);
  const heard = carrier.hears().map((each) => each.replace(/^:\S+ /, ""));
  return carrier.closed ? heard : [...heard, "(still open)"];
}

/** Sends a whole file, and returns its id. */
export function sends(
  scene: Scene,
  actor: Actor,
  target: string,
  bytes: string,
  facts: Partial<FileFacts> = {},
  preview = "",
): string {
  const size = Buffer.byteLength(preview);
  const grant = offers(
    actor,
    target,
    factsOf(bytes, { ...facts, ...(size > 0 && { preview: size }) }),
  );
  if (typeof grant === "string") throw new Error(`it can't be sent: ${grant}`);
  const [ready, done = ""] = puts(scene, grant.token, bytes + preview);
  if (ready !== "FILE READY 0" || !done.startsWith("FILE DONE "))
    throw new Error(`it wasn't sent: ${ready} ${done}`);
  return grant.id;
}

/** Gets a file's bytes as somebody; the answer itself if they don't get it. */
export function fetches(scene: Scene, actor: Actor, id: string, what = ""): string {
  const grant = asksFor(actor, id, what);
  return typeof grant === "string" ? grant : gets(scene, grant.token).join("\n");
}
