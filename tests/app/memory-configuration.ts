/** client.toml in memory, and the settings that follow from it. */
import type { AppSettings } from "../../lib/app/app-settings.ts";
import { ClientConfiguration } from "../../lib/settings/client-configuration.ts";
import { parseClientArguments } from "../../lib/settings/client-settings.ts";
import { AUTO_THEME } from "../../lib/terminal/theme.ts";

type Trouble = "forbidden";

export class MemoryConfiguration {
  text: string;
  /** Why nothing can be written; null: it can. */
  trouble: Trouble | null = null;
  readonly configuration: ClientConfiguration<Trouble>;
  readonly settings: AppSettings;

  constructor(text = "", argv: readonly string[] = [], append = false) {
    this.text = text;
    const file = {
      path: "/home/mina/client.toml",
      read: () => this.text,
      write: (changed: string) => {
        if (this.trouble === null) this.text = changed;
        return this.trouble;
      },
      pathProblem: (name: string, path: string) => {
        if (name === "log" && path === "/root") return "forbidden" as const;
        return name === "server-password-file" ? ("empty" as const) : null;
      },
      themes: () => ["solarized"],
    };
    const parsed = parseClientArguments(argv, () => ({ path: file.path, text }));
    if (!("settings" in parsed)) throw new Error(JSON.stringify(parsed));
    const configuration = new ClientConfiguration(argv, parsed.settings, file);
    this.configuration = configuration;
    this.settings = {
      ...{
        downloads: "/home/mina/Downloads",
        server: null,
        account: null,
        append,
        theme: { choice: AUTO_THEME, problems: [] },
      },
      get lang() {
        return configuration.values["lang"] as string | null;
      },
      get mouse() {
        return configuration.values["mouse"] as boolean;
      },
      get colour() {
        return configuration.values["colour"] as boolean;
      },
      get pictures() {
        return configuration.values["pictures"] as AppSettings["pictures"];
      },
      get holdSubmit() {
        return configuration.values["enterWait"] as boolean;
      },
      get shareDrafts() {
        return configuration.values["shareDrafts"] as boolean;
      },
      get shrinkPictures() {
        return configuration.values["shrinkPictures"] as AppSettings["shrinkPictures"];
      },
      get keys() {
        return configuration.values["keys"] as AppSettings["keys"];
      },
      get bind() {
        return configuration.sections.bind;
      },
      get alias() {
        return configuration.sections.alias;
      },
    };
  }
}
