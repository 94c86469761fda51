import { expect } from "bun:test";
import type { Prng } from "../prng.ts";
import { type LeaderStage, Peer } from "./leader-stage.ts";

/** What the play needs of its stage. */
interface TakeoverStage
  extends Pick<
    LeaderStage,
    "log" | "leader" | "storedOf" | "open" | "send" | "close" | "start" | "settle"
  > {
  kill(arriving?: () => number): void;
  step(choice: number): unknown;
}

/**
 * Plays people's talk while leaders die and are replaced, and looks whether everybody's lines were stored and answered
 * once, and in order.
 */
export function playTakeovers(stage: TakeoverStage, prng: Prng): void {
  const peers: { readonly peer: Peer; sent: string; hasLeft: boolean }[] = [];
  let count = 0;
  const says = (): string => {
    count += 1;
    if (prng.chance(5)) return `${"x".repeat(520)}${count}`;
    return prng.chance(15) ? `wait ${count}` : `line ${count}`;
  };
  stage.start();
  for (let n = 0; n < 400; n += 1) {
    const open = peers.filter(({ peer, hasLeft }) => peer.isOpen && !hasLeft);
    const chosen = open.length > 0 ? prng.pick(open) : null;
    const { server } = stage.leader ?? {};
    switch (prng.below(12)) {
      case 0: {
        if (peers.length >= 8) break;
        const peer = new Peer(`peer-${peers.length}`);
        peers.push({ peer, sent: "", hasLeft: false });
        stage.open(peer, prng.below(2));
        break;
      }
      case 1:
      case 2:
      case 3: {
        if (chosen === null) break;
        const rest = chosen.sent.slice(chosen.sent.lastIndexOf("\n") + 1);
        const whole = rest === "" ? `${says()}\r\n${says()}\r\n` : "\r\n";
        const text = whole.slice(0, 1 + prng.below(whole.length));
        chosen.sent += text;
        stage.send(chosen.peer, text);
        break;
      }
      case 4:
        if (chosen === null || !prng.chance(10)) break;
        chosen.hasLeft = true;
        stage.close(chosen.peer);
        break;
      case 5:
        for (const session of server?.sessions ?? []) server?.release(session);
        break;
      case 6:
        if (stage.leader === null) stage.start();
        else if (prng.chance(25)) stage.kill(() => prng.below(3));
        else if (prng.chance(30)) stage.leader.writesLeft = 1 + prng.below(4);
        break;
      default:
        for (let steps = prng.below(6); steps > 0; steps -= 1) stage.step(prng.below(100));
    }
  }
  if (stage.leader !== null) stage.leader.writesLeft = Number.POSITIVE_INFINITY;
  else stage.start();
  stage.settle();
  for (const session of stage.leader?.server.sessions ?? []) stage.leader?.server.release(session);
  stage.settle();
  expect(stage.leader?.failures).toEqual([]);
  expect(stage.log.files).toEqual(stage.log.lines);
  for (const { peer, sent, hasLeft } of peers) {
    const expected = linesOf(sent);
    const stored = stage.storedOf(peer);
    if (hasLeft) {
      const heard = stored.filter((text) => !text.startsWith("closed"));
      expect(heard).toEqual(expected.slice(0, heard.length));
      expect(stored.length - heard.length).toBeLessThan(2);
    } else {
      expect(stored).toEqual(expected);
      expect(peer.lines).toEqual(expected);
    }
  }
}

/** The lines of what was sent, as a server has them. */
function linesOf(sent: string): string[] {
  const lines = sent.split("\n");
  const half = lines.pop() ?? "";
  const whole = lines.map((line) => {
    const text = line.replace(/\r+$/, "");
    return text.length > 510 || line.length > 511 ? "<too-long>" : text;
  });
  return [...whole.filter((text) => text !== ""), ...(half.length > 511 ? ["<too-long>"] : [])];
}
