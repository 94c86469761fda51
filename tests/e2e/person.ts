/** A user with the Korean client in a terminal of their own and with a configuration folder. */
import { ko } from "../../lib/app/i18n/ko.ts";
import { CLIENT, type Folder } from "./program.ts";
import { Pty } from "./pty.ts";

const { menu, signUp, logIn, receipts } = ko;

export class Person implements Disposable {
  readonly screen: Pty;
  readonly #name: string;

  /**
   * @param link "": as at the last start
   * @param runner the beginning of a command line that runs the rest of it
   * @param program the client: the script, unless it is a binary
   */
  constructor(
    name: string,
    link: string,
    folder: Folder,
    env: Record<string, string> = {},
    runner: readonly string[] = [],
    program: readonly string[] = CLIENT,
  ) {
    this.#name = name;
    const home = { XDG_CONFIG_HOME: folder.at(`home of ${name}`), LC_ALL: "ko_KR.UTF-8" };
    const named = link === "" ? [] : [link];
    this.screen = new Pty([...runner, ...program, ...named], { ...home, ...env });
    // A link is printed on one row.
    this.screen.resize(200, 40);
  }

  types(text: string): void {
    this.screen.type(`${text}\r`);
  }

  /** Waits for the question and answers it. */
  async answers(question: string, answer: string): Promise<void> {
    await this.screen.until(() => this.#isAsked(question));
    this.types(answer);
    await this.screen.until(() => !this.#isAsked(question));
  }

  async signsUp(host = "127.0.0.1"): Promise<void> {
    const password = "correct horse 말";
    await this.answers(menu.title(host), "");
    await this.answers(signUp.account, this.#name);
    await this.answers(signUp.password(8), password);
    await this.answers(signUp.again, password);
    await this.answers(logIn.remember, "");
    await this.answers(receipts.ask, "");
  }

  /** Sends a message and waits until the server has acknowledged it. */
  async says(text: string): Promise<void> {
    this.types(text);
    // A tick, or the number of members who haven't read it.
    await this.reads(new RegExp(`(?:✓|\\d) +${ko.you} +${RegExp.escape(text)}`));
  }

  async reads(row: RegExp): Promise<void> {
    await this.screen.until(() => this.screen.rows().some((one) => row.test(one)));
  }

  async isTold(pattern: RegExp): Promise<string> {
    await this.reads(pattern);
    return pattern.exec(this.screen.rows().join("\n"))?.[0] ?? "";
  }

  [Symbol.dispose](): void {
    this.screen.end();
  }

  /** An answered question has another glyph in front. */
  #isAsked(question: string): boolean {
    return this.screen.rows().some((row) => row.startsWith("◆") && row.includes(question));
  }
}
