import { expect, test } from "bun:test";
import { COMMANDS } from "../../lib/chat-server/commands.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { Prng, seeds } from "../prng.ts";
import { Scene } from "../scene.ts";

/**
 * The server's owner sends random commands with random parameters, each with its own label. Exactly one
 * reply carries the label, every batch ends, and no line is too long.
 * https://ircv3.net/specs/extensions/labeled-response and https://ircv3.net/specs/extensions/batch
 */

const COMMANDS_SENT = 60;
const CAPS = (
  "labeled-response batch message-tags echo-message standard-replies setname away-notify chghost " +
  "account-notify extended-join invite-notify draft/read-marker draft/message-redaction draft/metadata-2 " +
  "draft/channel-rename draft/multiline draft/chathistory sodam.chat/edit"
).split(" ");
// A client's batch is answered when it ends.
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
    const connect = () =>
      scene.connect().logsIn("mina", CAPS).says("JOIN #tea", "PRIVMSG #tea :hi");
    for (const nick of ["jun", "sora"]) scene.guest(nick).says("JOIN #tea");
    let mina = connect();
    for (let i = 0; i < COMMANDS_SENT; i += 1) {
      if (mina.closed) mina = connect();
      // She may have deleted her account, or banned herself.
      if (mina.session.user === null) return;
      mina.says("CAP REQ :batch labeled-response").hears();
      const words = Array.from({ length: prng.below(5) }, () => prng.pick(WORDS));
      const line = [prng.pick(VERBS), ...words].join(" ");
      mina.says(`@label=l${i}${prng.chance(20) ? ";+reply=x" : ""} ${line}`);
      const heard = mina.hears();
      expect([line, heard.filter((one) => labelOf(one) === `l${i}`).length]).toEqual([line, 1]);
      expect([line, findFault(heard)]).toEqual([line, null]);
    }
  });
}

function labelOf(line: string): string | undefined {
  return parseMessage(line)?.tags.get("label");
}

/** Returns the first line that is too long or in no open batch that it names, or a batch without an end. */
function findFault(lines: readonly string[]): string | null {
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
