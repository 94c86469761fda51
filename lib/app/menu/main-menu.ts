/** The first page: log in, sign up, settings, quit. */

import { type App, hostOf } from "../app-context.ts";
import type { ConnectedServer } from "../connection/connect-to-server.ts";
import { enterAsGuest } from "./guest-menu.ts";
import { logIn, logInByDevice } from "./log-in-menu.ts";
import { chooseLanguage } from "./profile-menu.ts";
import { signUp } from "./sign-up-menu.ts";

export type MenuOutcome = "inside" | "other-server" | "quit";

/** Until somebody is logged in, or leaves. `byDevice`: a remembered device doesn't ask. */
export async function showMenu(
  app: App,
  reached: ConnectedServer,
  byDevice: boolean,
): Promise<MenuOutcome> {
  if (byDevice && (await logInByDevice(app, reached))) return "inside";
  const host = hostOf(reached.connection.link);
  // Somebody with an invitation came to sign up.
  const invited = reached.connection.link.invitation !== null && reached.offer.signUp;
  for (;;) {
    const { prompts, words } = app;
    const choice = await prompts.select(
      words.menu.title(host),
      [
        { value: "log-in", label: words.menu.logIn },
        ...(reached.offer.signUp ? [{ value: "sign-up", label: words.menu.signUp } as const] : []),
        ...(reached.offer.guests ? [{ value: "guest", label: words.menu.guest } as const] : []),
        { value: "settings", label: words.menu.settings },
        { value: "quit", label: words.menu.quit },
      ] as const,
      invited ? "sign-up" : "log-in",
    );
    switch (choice) {
      case "log-in":
        if (await logIn(app, reached)) return "inside";
        break;
      case "sign-up":
        if (await signUp(app, reached)) return "inside";
        break;
      case "guest":
        if (await enterAsGuest(app, reached)) return "inside";
        break;
      case "settings":
        if (await showSettings(app)) return "other-server";
        break;
      case "quit":
      case null:
        return "quit";
    }
  }
}

/** True when another server is wished for. */
async function showSettings(app: App): Promise<boolean> {
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
      { value: "back", label: words.back },
    ] as const);
    switch (choice) {
      case "language":
        await chooseLanguage(app);
        break;
      case "bell":
        ports.save({ bell: !bell });
        break;
      case "server":
        return true;
      case "back":
      case null:
        return false;
    }
  }
}
