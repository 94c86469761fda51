import type { ServerLink } from "../../protocol/server-link.ts";
import { type App, hostOf, serverKey } from "../app-context.ts";
import type { SavedState } from "../app-ports.ts";
import { parseRecord } from "../saved/saved-state.ts";
import { forgetVisit, setStartServer } from "../saved/server-list.ts";
import { storePasswords } from "../saved/stored-passwords.ts";

/**
 * Removes what this device has of a server after a yes: its certificate, log-in, passwords, settings, drafts and stored
 * messages. Resolves to whether it was removed.
 */
export async function forgetServer(app: App, link: ServerLink): Promise<boolean> {
  const { prompts, words, ports } = app;
  const { elsewhere } = words;
  const host = hostOf(link);
  prompts.note(elsewhere.forget, elsewhere.forgetExplain(host));
  if ((await prompts.confirm(elsewhere.forgetAsk, words.yes, words.no, false)) !== true)
    return false;
  const key = serverKey(link);
  const { plain = [] } = ports.saved;
  ports.save({
    ...withoutServer(ports.saved, key),
    plain: plain.filter((known) => known !== key),
  });
  // The next start begins with another server, or asks for one.
  setStartServer(ports, link, false);
  forgetVisit(ports, link);
  storePasswords(ports, key, null);
  const drafts = Object.entries(parseRecord(ports.readDrafts(), isAnything));
  ports.writeDrafts(Object.fromEntries(drafts.filter(([owner]) => !owner.endsWith(`@${key}`))));
  ports.forgetServer(link);
  prompts.success(elsewhere.forgotten(host));
  return true;
}

/** Returns the fields that have an entry for each server, without this one's. */
function withoutServer(saved: SavedState, key: string): SavedState {
  const without = <Value>(
    entries: Readonly<Record<string, Value>> | undefined,
  ): Readonly<Record<string, Value>> => {
    const { [key]: _, ...others } = entries ?? {};
    return others;
  };
  return {
    accounts: without(saved.accounts),
    muted: without(saved.muted),
    preferences: without(saved.preferences),
    encodings: without(saved.encodings),
    networks: without(saved.networks),
    nicks: without(saved.nicks),
    receiptsAt: without(saved.receiptsAt),
    rooms: without(saved.rooms),
  };
}

function isAnything(_value: unknown): _value is unknown {
  return true;
}
