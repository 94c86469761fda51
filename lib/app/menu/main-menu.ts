/** The first menu of a server: log in, sign up, enter as a guest, settings, quit. */

import type { ServerLink } from "../../protocol/server-link.ts";
import { type App, hostOf, logInKey } from "../app-context.ts";
import { type Leaving, leavingLabel, wantsToLeave } from "../connection/connect-choices.ts";
import type { ConnectedServer } from "../connection/connect-to-server.ts";
import { storedPasswords } from "../saved/stored-passwords.ts";
import { forgetServer } from "./forget-server.ts";
import { logIn, logInByDevice, logInByStoredPassword } from "./log-in-menu.ts";

/** How the menu ended. */
export type MenuOutcome = "logged-in" | "other-server" | "quit";

/*
 * What only one of the choices needs is imported when it is chosen: the menu doesn't wait for the code.
 */

/** Shows the menu until the user is logged in or leaves. `tryDevice`: logs in by a remembered device first. */
export async function showMenu(
  app: App,
  server: ConnectedServer,
  tryDevice: boolean,
  leaving: Leaving,
): Promise<MenuOutcome> {
  const { ports } = app;
  const { reset = null } = server.connection.link;
  if (reset !== null) {
    const { resetByLink } = await import("./reset-menu.ts");
    if (await resetByLink(app, server, reset)) return "logged-in";
  }
  if (reset === null && tryDevice && (await logInByDevice(app, server))) return "logged-in";
  if (reset === null && tryDevice && (await logInByStoredPassword(app, server))) return "logged-in";
  const host = hostOf(server.connection.link);
  const { invitation, room } = server.connection.link;
  const { password, certificate, nickServ } = server.offer;
  const key = logInKey(ports.saved, server.connection.link);
  // Services may be away for a while: who was logged in there looks for the way back.
  const isKnown =
    ports.saved.accounts?.[key] !== undefined || storedPasswords(ports, key).account !== undefined;
  const hasLogIn = password || certificate || nickServ || isKnown;
  // A user with an invitation came to sign up. One whose link names a room can look at it as a guest.
  const initial =
    invitation !== null && server.offer.signUp
      ? "sign-up"
      : (room !== null || nickServ || !hasLogIn) && server.offer.guests
        ? "guest"
        : "log-in";
  for (;;) {
    const { prompts, words } = app;
    const choice = await prompts.select(
      words.menu.title(host),
      [
        ...(hasLogIn ? [{ value: "log-in", label: words.menu.logIn } as const] : []),
        ...(server.offer.signUp ? [{ value: "sign-up", label: words.menu.signUp } as const] : []),
        ...(server.offer.guests ? [{ value: "guest", label: words.menu.guest } as const] : []),
        { value: "settings", label: words.menu.settings },
        { value: "quit", label: leavingLabel(app, leaving), leaves: true },
      ] as const,
      initial,
    );
    switch (choice) {
      case "log-in":
        if (await logIn(app, server)) return "logged-in";
        break;
      case "sign-up": {
        const { signUp } = await import("./sign-up-menu.ts");
        if (await signUp(app, server)) return "logged-in";
        break;
      }
      case "guest": {
        const { continueAsGuest } = await import("./guest-menu.ts");
        if (await continueAsGuest(app, server)) return "logged-in";
        break;
      }
      case "settings":
        if ((await showSettings(app, server.connection.link)) === "other-server")
          return "other-server";
        break;
      case "quit":
        return "quit";
      case null:
        if (await wantsToLeave(app, leaving)) return "quit";
        break;
    }
  }
}

async function showSettings(app: App, link: ServerLink): Promise<"back" | "other-server"> {
  for (;;) {
    const { prompts, words, ports } = app;
    const bell = ports.saved.bell !== false;
    const choice = await prompts.select(words.settings.title, [
      { value: "language", label: words.settings.language },
      {
        value: "bell",
        label: words.settings.bell,
        hint: bell ? words.settings.on : words.settings.off,
      },
      { value: "server", label: words.settings.server },
      { value: "forget", label: words.elsewhere.forget },
      { value: "back", label: words.back },
    ] as const);
    switch (choice) {
      case "language": {
        const { chooseLanguage } = await import("./profile-menu.ts");
        await chooseLanguage(app);
        break;
      }
      case "bell":
        ports.save({ bell: !bell });
        break;
      case "server":
        return "other-server";
      case "forget":
        if (await forgetServer(app, link)) return "other-server";
        break;
      case "back":
      case null:
        return "back";
    }
  }
}
