/** Commands that close a room for all, for its founder and the operators of the server. */
import { askChanServ } from "./moderation-commands.ts";
import { firstWord, roomAndRest, type SlashCommand, type SlashContext } from "./slash-command.ts";

const YES_WORDS = ["yes", "예"];

/** /close, /reopen, /drop and /takeover. */
export const CLOSING_COMMANDS: readonly SlashCommand[] = [
  {
    name: "close",
    aliases: ["방닫기"],
    arguments: "roomReason",
    help: "close",
    needsConnection: true,
    run: (context, rest) => askAboutRoom(context, "CLOSE", rest),
  },
  {
    name: "reopen",
    aliases: ["방열기"],
    arguments: "roomOptional",
    help: "reopen",
    needsConnection: true,
    run: (context, rest) => askAboutRoom(context, "REOPEN", rest),
  },
  {
    name: "takeover",
    aliases: ["방인수"],
    arguments: "roomOptional",
    help: "takeover",
    needsConnection: true,
    run: (context, rest) => askAboutRoom(context, "TAKEOVER", rest),
  },
  {
    name: "drop",
    aliases: ["방없애기"],
    arguments: "dropRoom",
    help: "drop",
    needsConnection: true,
    run(context, rest) {
      const target = roomAndRest(context, rest);
      if (target === null) return;
      const [confirmation, reason] = firstWord(target.rest);
      if (!YES_WORDS.includes(confirmation.toLowerCase())) {
        return context.note(context.words.slash.confirmDrop(target.room), "bad");
      }
      askChanServ(context, ["DROP", target.room, "YES", reason]);
    },
  },
];

function askAboutRoom(context: SlashContext, command: string, rest: string): void {
  const target = roomAndRest(context, rest);
  if (target === null) return;
  if (target.rest !== "" && command !== "CLOSE") return context.showUsage();
  askChanServ(context, [command, target.room, target.rest]);
}
