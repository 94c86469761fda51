import type { ServerLink } from "../../protocol/server-link.ts";
import { type App, hostOf, serverKey } from "../app-context.ts";
import { forgetDrafts } from "../saved/drafts.ts";
import { forgetVisit, setStartServer, withoutEntry, withoutUser } from "../saved/server-list.ts";
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
    ...withoutUser(ports.saved, key),
    encodings: withoutEntry(ports.saved.encodings, key),
    plain: plain.filter((known) => known !== key),
  });
  // The next start begins with another server, or asks for one.
  setStartServer(ports, link, false);
  forgetVisit(ports, link);
  storePasswords(ports, key, null);
  forgetDrafts(ports, key);
  ports.forgetServer(link);
  prompts.success(elsewhere.forgotten(host));
  return true;
}
