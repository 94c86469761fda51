import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Screen } from "./screen.ts";
import { ROOM } from "./stage.ts";
import { playVisit, type Visit, type Visitor } from "./visit.ts";

playVisit({
  name: "Circe in Emacs",
  nick: "지은",
  mechanisms: ["PLAIN"],
  start: async (visit) => {
    const home = join(visit.stage.folder, "emacs");
    mkdirSync(join(home, ".emacs.d"), { recursive: true });
    writeFileSync(join(home, ".emacs.d", "init.el"), settings(visit));
    // It looks up the home folder of USER, which isn't a user of this system.
    const command = ["env", "-u", "USER", `HOME=${home}`, "emacs", "-nw"];
    return new Circe(await visit.stage.terminal.run("emacs", command));
  },
});

/** As in docs/clients.md. To keep the test short, lines aren't delayed. */
function settings({ stage, link, nick, password }: Visit): string {
  const trusted = join(stage.folder, "certs", "cert.pem");
  return `
(require 'format-spec)
(require 'circe)
(setq tls-connection-command
      "gnutls-cli --x509cafile ${trusted} -p %p %h"
      circe-network-options
      (list (list "sodam" :host "${link.host}" :port ${link.port} :use-tls t
                  :nick "${nick}"
                  :sasl-username (encode-coding-string "${nick}" 'utf-8)
                  :sasl-password (encode-coding-string "${password}" 'utf-8))))
(setq inhibit-startup-screen t)
(advice-add 'irc-send-raw :around
            (lambda (send connection line &rest _) (funcall send connection line :nowait)))
(circe "sodam")
`;
}

class Circe implements Visitor {
  readonly screen: Screen;

  constructor(screen: Screen) {
    this.screen = screen;
  }

  async join(): Promise<void> {
    await this.screen.shows("There is no message of the day");
    await this.screen.types(`/join ${ROOM}`);
    await this.goTo(ROOM);
  }

  async goTo(window: string): Promise<void> {
    // The searched text is in the bar below the window, which is then the only one.
    await this.screen.typesUntil(`/query ${window}`, `${window}@sodam`);
    await this.screen.presses("C-x", "1");
  }

  async quote(line: string): Promise<void> {
    await this.screen.types(`/quote ${line}`);
  }

  /** It tries again five times, without a pause. */
  async comeBack(): Promise<void> {
    await this.screen.shows("Connecting...");
    await this.screen.presses("M-x");
    await this.screen.types("circe-reconnect-all");
  }
}
