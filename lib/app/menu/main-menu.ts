/** The first menu of a server: log in, sign up, enter as a guest, settings, quit. */

import type { ServerLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, hostOf } from "../app-context.ts";
import { type Leaving, leavingLabel, wantsToLeave } from "../connection/connect-choices.ts";
import type { ConnectedServer } from "../connection/connect-to-server.ts";
import { forgetServer } from "./forget-server.ts";
import { logIn, logInByDevice, logInByStoredPassword, rememberedAccount } from "./log-in-menu.ts";
import type { Choice } from "./prompts.ts";

/** How the menu ended. */
export type MenuOutcome = "logged-in" | "other-server" | "quit";

type MenuEntry = "device" | "log-in" | "sign-up" | "guest" | "settings" | "quit";
type SettingsEntry = "language" | "bell" | "server" | "forget" | "back";

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
  const { reset = null } = server.connection.link;
  if (reset !== null) {
    const { resetByLink } = await import("./reset-menu.ts");
    if (await resetByLink(app, server, reset)) return "logged-in";
  }
  if (reset === null && tryDevice && (await logInAsRemembered(app, server))) return "logged-in";
  const host = hostOf(server.connection.link);
  const { invitation, room } = server.connection.link;
  const { password, certificate, nickServ } = server.offer;
  // Services may be away for a while: who was logged in there looks for the way back.
  const isKnown = rememberedAccount(app, server) !== null;
  const hasLogIn = password || certificate || nickServ || isKnown;
  // A user with an invitation came to sign up. One whose link names a room can look at it as a guest.
  let selected: MenuEntry =
    invitation !== null && server.offer.signUp
      ? "sign-up"
      : isKnown
        ? "device"
        : (room !== null || nickServ || !hasLogIn) && server.offer.guests
          ? "guest"
          : "log-in";
  for (;;) {
    const { prompts, words } = app;
    const { menu } = words;
    const remembered = rememberedAccount(app, server);
    const choices: Choice<MenuEntry>[] = [
      ...(remembered === null
        ? []
        : [{ value: "device", label: menu.logInAs(sanitize(remembered)) } as const]),
      ...(hasLogIn
        ? [
            {
              value: "log-in",
              label: remembered === null ? menu.logIn : menu.logInByPassword,
            } as const,
          ]
        : []),
      ...(server.offer.signUp ? [{ value: "sign-up", label: menu.signUp } as const] : []),
      ...(server.offer.guests ? [{ value: "guest", label: menu.guest } as const] : []),
      { value: "settings", label: menu.settings },
      { value: "quit", label: leavingLabel(app, leaving), leaves: true },
    ];
    const choice: MenuEntry | null = await prompts.select(menu.title(host), choices, selected);
    if (choice !== null && choice !== "quit") selected = choice;
    switch (choice) {
      case "device":
        if (await logInAsRemembered(app, server)) return "logged-in";
        break;
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

/** Logs in as the account that this device remembers, without a question. Resolves to whether that worked. */
async function logInAsRemembered(app: App, server: ConnectedServer): Promise<boolean> {
  return (await logInByDevice(app, server)) || (await logInByStoredPassword(app, server));
}

async function showSettings(app: App, link: ServerLink): Promise<"back" | "other-server"> {
  let selected: SettingsEntry = "language";
  for (;;) {
    const { prompts, words, ports } = app;
    const bell = ports.saved.bell !== false;
    const choice: SettingsEntry | null = await prompts.select<SettingsEntry>(
      words.settings.title,
      [
        { value: "language", label: words.settings.language },
        {
          value: "bell",
          label: words.settings.bell,
          hint: bell ? words.settings.on : words.settings.off,
        },
        { value: "server", label: words.settings.server },
        { value: "forget", label: words.elsewhere.forget },
        { value: "back", label: words.back },
      ],
      selected,
    );
    selected = choice ?? selected;
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
