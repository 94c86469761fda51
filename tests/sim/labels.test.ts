import { expect, test } from "bun:test";
import { COMMANDS } from "../../lib/chat-server/commands.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { Prng, seeds } from "../prng.ts";
import { Scene } from "../scene.ts";

/**
 * Somebody who may do everything says every command with whatever words, each under a label of its own. One
 * answer carries the label, batches begin and end, and no line is too long.
 * https://ircv3.net/specs/extensions/labeled-response and https://ircv3.net/specs/extensions/batch
 */

const COMMANDS_SAID = 60;
const CAPS = (
  "labeled-response batch message-tags echo-message standard-replies setname away-notify chghost " +
  "account-notify extended-join invite-notify draft/read-marker draft/message-redaction draft/metadata-2 " +
  "draft/channel-rename draft/multiline draft/chathistory sodam.chat/edit"
).split(" ");
// A batch of one's own is answered when it ends.
const VERBS = [...COMMANDS.keys()].filter((verb) => verb !== "BATCH");
const WORDS = (
  "#tea #milk #tea,#milk mina jun sora jun,sora NickServ ChanServ * *!*@* ~a:jun +o -o +b +m +i -i +1h + - C L S " +
  "hi , : : 0 10 LATEST BEFORE timestamp=2026-11-22T00:30:00.000Z msgid=id00000000000005 id00000000000005 " +
  "SET GET LIST SUB mood :fine LS 302 REQ :batch :-batch END PLAIN %tcuihsnfdlaor,42 REGISTER HELP INFO " +
  "CREATE CHECK CONFIRM"
).split(" ");

for (const seed of seeds(20)) {
  test(`each label is answered once, and each batch ends, with seed ${seed}`, () => {
    const prng = new Prng(seed);
    const scene = new Scene();
    scene.signUp("mina", true);
    const comes = () => scene.connect().logsIn("mina", CAPS).says("JOIN #tea", "PRIVMSG #tea :hi");
    for (const nick of ["jun", "sora"]) scene.guest(nick).says("JOIN #tea");
    let mina = comes();
    for (let i = 0; i < COMMANDS_SAID; i += 1) {
      if (mina.closed) mina = comes();
      // She may have deleted her account, or put herself out for good.
      if (mina.session.user === null) return;
      mina.says("CAP REQ :batch labeled-response").hears();
      const words = Array.from({ length: prng.below(5) }, () => prng.pick(WORDS));
      const line = [prng.pick(VERBS), ...words].join(" ");
      mina.says(`@label=l${i}${prng.chance(20) ? ";+reply=x" : ""} ${line}`);
      const heard = mina.hears();
      expect([line, heard.filter((one) => labelOf(one) === `l${i}`).length]).toEqual([line, 1]);
      expect([line, unbalanced(heard)]).toEqual([line, null]);
    }
  });
}

function labelOf(line: string): string | undefined {
  return parseMessage(line)?.tags.get("label");
}

/** The first line that is too long, or outside of the batch that it names; or a batch without an end. */
function unbalanced(lines: readonly string[]): string | null {
  const open = new Set<string>();
  for (const line of lines) {
    const message = parseMessage(line);
    const [reference = ""] = message?.verb === "BATCH" ? message.params : [];
    if (reference.startsWith("-") && !open.delete(reference.slice(1))) return line;
    const within = message?.tags.get("batch");
    if (within !== undefined && !open.has(within)) return line;
    if (reference.startsWith("+")) open.add(reference.slice(1));
    if (Buffer.byteLength(line.replace(/^@\S+ /, "")) > 510) return line;
  }
  return open.size === 0 ? null : `no end of ${[...open].join(" ")}`;
}
