import type { Actor } from "../scene.ts";

/** Returns the texts of ChanServ's notices that an actor has heard since the last call. */
export function chanServAnswers(actor: Actor): string[] {
  return actor.hearsPlain().flatMap((line) => {
    const [source = "", verb = "", , ...words] = line.split(" ");
    const isNotice = source.startsWith(":ChanServ!") && verb === "NOTICE";
    return isNotice ? [words.join(" ").replace(/^:/, "")] : [];
  });
}

/** Returns an actor's lines since the last call, with nicks in place of nick!user@host. */
export function shortLines(actor: Actor): string[] {
  const lines = actor.hearsPlain().filter((line) => !line.startsWith("PING "));
  return lines.map((line) => line.replace(/^:(\S+?)!\S+/, ":$1"));
}
