/** What the chat screen is drawn with, as the settings and the terminal are now. */
import type { Rgb } from "../../terminal/colour.ts";
import { pictureLook } from "../../terminal/pictures/picture-look.ts";
import { MONOCHROME, type Theme, themeFor } from "../../terminal/theme.ts";
import type { Terminal } from "../../terminal/tty.ts";
import { STANDARD_WIDTHS } from "../../terminal/width.ts";
import type { App } from "../app-context.ts";
import { type DrawContext, makeDrawContext } from "./draw/draw-context.ts";

/** Returns the theme for what the terminal has answered about its background; null: nothing yet. */
export function screenTheme({ settings, terminal }: App, background: Rgb | null): Theme {
  // A screen begins with the last answer, so that it has its colours at once.
  terminal.background = background ?? terminal.background;
  if (!settings.colour) return MONOCHROME;
  return themeFor(terminal.environment, terminal.background, settings.theme.choice);
}

/**
 * Makes the context of a frame.
 *
 * @param screen null: it isn't open yet
 * @param last the context until now
 */
export function makeScreenContext(
  app: App,
  screen: Terminal | null,
  last: DrawContext | null,
): DrawContext {
  const { ports, words, calendar, input } = app;
  const widths = screen?.widths ?? STANDARD_WIDTHS;
  const theme = screen?.theme ?? screenTheme(app, null);
  const statuses = (): readonly string[] => app.scripts?.statuses() ?? [];
  const { terminal, settings } = app;
  // A screen begins with the last answers, as it does with the last background.
  terminal.pictureAnswers = screen?.pictureAnswers ?? terminal.pictureAnswers;
  const look = pictureLook(settings.pictures, terminal, widths, settings.colour);
  // Another object only where it is another look: what was drawn for it stays good.
  const lastLook = last?.pictureLook ?? null;
  const sameLook = Bun.deepEquals(look, lastLook) ? lastLook : look;
  const parts = { words, calendar, widths, theme, pictureLook: sameLook, input, statuses };
  return makeDrawContext({ ...parts, storesHistory: ports.history !== null, now: ports.now });
}
