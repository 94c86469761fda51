/** Sets what the user wants of this server: at the server where it stores that, and else on this device. */
import type { HandlerContext } from "../handler-context.ts";
import type { PreferenceKey, PreferencePlace } from "../preferences/preferences.ts";
import { keepsPreferences } from "../server-names.ts";

/**
 * Ends what a server of ours tells of preferences on connecting, by a question whose answer comes after all of it: some of
 * what it told last time may be gone.
 */
export function endTellingPreferences(context: HandlerContext): void {
  const { store } = context;
  if (!keepsPreferences(store)) return;
  context.request("PING", ["preferences"], {
    quiet: true,
    isAnswer: ({ verb, params }) => verb === "PONG" && params.at(-1) === "preferences",
    onAnswer: (answer) => {
      if (answer.kind === "answered") store.endPreferences();
    },
  });
}

/** The commands of `ChatSession.preferences`. */
export class PreferenceCommands {
  readonly #context: HandlerContext;

  constructor(context: HandlerContext) {
    this.#context = context;
  }

  /**
   * Sets something of a conversation, or with "*" everywhere on this server; "" removes it. Where the server stores it,
   * it takes effect with the server's answer, on all devices; what the server refuses holds on this device.
   */
  set(place: PreferencePlace, key: PreferenceKey, value: string): void {
    const { store } = this.#context;
    const apply = (): void => store.setPreference(place, key, value, false);
    if (key === "blocked" || !this.#isServerAsked) return apply();
    const target = place === "*" ? place : (store.conversations.get(place)?.name ?? place);
    const params = value === "" ? [target, key] : [target, key, value];
    this.#context.request("PREFERENCE", params, {
      quiet: true,
      isAnswer: ({ verb, params: [first = "", second = ""] }) =>
        verb === "PREFERENCE" || (verb === "FAIL" && first === "PREFERENCE" && second !== ""),
      // A conversation that the server doesn't know yet has no place for it there.
      onAnswer: (answer) => {
        if (answer.kind !== "answered") apply();
      },
    });
  }

  /** Applies what this device has stored, before the server tells what it has. */
  load(place: PreferencePlace, key: PreferenceKey, value: string): void {
    this.#context.store.setPreference(place, key, value, false);
  }

  /**
   * Blocks those whom a mask means (`~a:ACCOUNT`, `NICK!*@*`, or a nick, behind which a server of ours finds the account),
   * or ends that.
   */
  setBlocked(mask: string, on: boolean): void {
    const { store } = this.#context;
    if (this.#isServerAsked) {
      const change = `${on ? "+" : "-"}${mask}`;
      return this.#context.request("SILENCE", [change], { onlyLabelled: true });
    }
    const { preferences } = store;
    preferences.setBlocked(mask, on);
    store.setPreference("*", "blocked", [...preferences.blocked].join(" "), false);
  }

  get #isServerAsked(): boolean {
    return this.#context.isOpen && keepsPreferences(this.#context.store);
  }
}
