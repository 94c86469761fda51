import { connectLocally, type LocalConnection } from "../../transport/local-socket.ts";
import { FrameReader, FrameWriter } from "../frames/frame.ts";
import { readOrder } from "../frames/gateway-entries.ts";
import { readLeaderWord, writeCandidateWord } from "../frames/handover-entries.ts";
import { CandidateHandover } from "./handover.ts";

/** Between two attempts to reach the leader. */
const RETRY_MS = 50;

/** The leader whose place this process is to take. */
export interface LeaderBeside {
  /** Asks for the leader's place. Resolves when the folder is free, or is about to be: its lock tells. */
  take(): Promise<void>;
}

/**
 * Connects to the leader of a machine, and asks to read the data folder beside it. Resolves when that may be read: files
 * only grow from then on. Resolves to a sentence when the leader refuses.
 *
 * @param path the leader's socket
 * @param failed is called when it comes to nothing later: with a sentence, or with `null` when the leader is gone. Then the
 *   supervisor ends this process, and starts another leader
 */
export async function followLeader(
  path: string,
  { version, failed }: { readonly version: string; failed(why: string | null): void },
): Promise<LeaderBeside | { readonly refused: string }> {
  const quiet = Promise.withResolvers<string | null>();
  const yours = Promise.withResolvers<void>();
  const frame = new FrameWriter();
  const reader = new FrameReader();
  let connection: LocalConnection | null = null;
  let isQuiet = false;
  const handover = new CandidateHandover({
    tell(word) {
      writeCandidateWord(frame, word);
      connection?.write(frame.take());
    },
    quiet() {
      isQuiet = true;
      quiet.resolve(null);
    },
    yours: yours.resolve,
    failed(why) {
      if (isQuiet || why === null) failed(why);
      else quiet.resolve(why);
    },
  });
  while (connection === null) {
    connection = await connectLocally(path, {
      data: (opened, bytes) => {
        for (const entry of reader.push(bytes).flat()) {
          const word = readLeaderWord(entry);
          if (word !== null) handover.hear(word);
          // It waits until nobody is connected any more.
          else if (readOrder(entry)?.kind === "stop") opened.close();
        }
      },
      close: () => handover.lost(),
    }).catch(() => null);
    if (connection === null) await Bun.sleep(RETRY_MS);
  }
  handover.begin(process.pid, version);
  const refused = await quiet.promise;
  if (refused !== null) return { refused };
  return {
    take() {
      handover.take();
      return yours.promise;
    },
  };
}
