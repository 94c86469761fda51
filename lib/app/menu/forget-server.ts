import type { ServerLink } from "../../protocol/server-link.ts";
import { type App, hostOf, logInKey, machineKey, serverKey } from "../app-context.ts";
import { forgetDrafts } from "../saved/drafts.ts";
import {
  forgetVisit,
  setStartServer,
  visitedServers,
  withoutEntry,
  withoutUser,
} from "../saved/server-list.ts";
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
  const machine = machineKey(link);
  // The certificate and the log-in of a bouncer belong to its other networks as well.
  const isLast = visitedServers(ports).every(
    (other) => machineKey(other) !== machine || serverKey(other) === key,
  );
  const { plain = [] } = ports.saved;
  const logIn = isLast ? logInKey(ports.saved, link) : key;
  ports.save({
    ...withoutUser(ports.saved, key, logIn),
    encodings: withoutEntry(ports.saved.encodings, key),
    ...(isLast && { plain: plain.filter((known) => known !== machine) }),
  });
  // The next start begins with another server, or asks for one.
  setStartServer(ports, link, false);
  forgetVisit(ports, link);
  for (const each of isLast ? [key, machine] : key === machine ? [] : [key]) {
    storePasswords(ports, each, null);
  }
  forgetDrafts(ports, key);
  if (isLast) ports.forgetServer(link);
  else ports.forgetHistory(link);
  prompts.success(elsewhere.forgotten(host));
  return true;
}
