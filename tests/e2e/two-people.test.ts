import { expect, test } from "bun:test";
import { ko } from "../../lib/app/words/ko.ts";
import { Pty } from "../terminal/pty.ts";
import { serverLink, startServer } from "./house.ts";
import { CLIENT, Folder } from "./program.ts";

/** The whole way of two people, each in a terminal of their own, from the owner's link to a lost client. */

const DOWN = "\x1b[B";
const { menu, signUp, logIn, receipts, rooms } = ko;

test("two people sign up by links, talk, and one is killed and misses nothing", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using minsu = new Person("민수", server.link, folder);
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), DOWN);
  await minsu.answers(rooms.newName, "수다방");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.privately, "");
  await minsu.says("안녕하세요, 여러분");

  minsu.types("/초대장 new");
  const invitation = await minsu.isTold(/sodam:\/\/\S+&invite=\w+/);
  expect(invitation).toContain(serverLink(server));
  // Not the bare link: a shell would cut it at its &.
  await minsu.isTold(/bun client\.ts 'sodam:\/\/\S+&invite=[\w-]+'/);
  await minsu.answers(menu.choose, "");

  const jieun = new Person("지은", invitation, folder);
  await jieun.signsUp();
  await jieun.answers(rooms.title("지은"), "");
  await jieun.answers(rooms.which, "");
  await jieun.reads(/민수 +안녕하세요, 여러분/);
  await jieun.says("반가워요 👋");
  await minsu.reads(/지은 +반가워요 👋/);
  jieun.screen.kill("SIGKILL");
  await jieun.screen.exited;
  jieun[Symbol.dispose]();
  await minsu.says("어디 갔어요?");

  // The device is remembered: no password, and the room is still theirs.
  using back = new Person("지은", serverLink(server), folder);
  await back.answers(rooms.title("지은"), "");
  await back.reads(/민수 +어디 갔어요\?/);
  await back.says("돌아왔어요");
  await minsu.reads(/지은 +돌아왔어요/);
  for (const person of [minsu, back]) {
    person.types("/quit");
    expect(await person.screen.exited).toBe(0);
  }
}, 60_000);

class Person implements Disposable {
  readonly screen: Pty;
  readonly #name: string;

  constructor(name: string, link: string, folder: Folder) {
    this.#name = name;
    const env = { XDG_CONFIG_HOME: folder.at(`home of ${name}`), LC_ALL: "ko_KR.UTF-8" };
    this.screen = new Pty([...CLIENT, link], env);
    // A link stands on one row.
    this.screen.resize(200, 40);
  }

  types(text: string): void {
    this.screen.type(`${text}\r`);
  }

  /** Waits for this question, and answers it. */
  async answers(question: string, answer: string): Promise<void> {
    await this.screen.until(() => this.#isAsked(question));
    this.types(answer);
    await this.screen.until(() => !this.#isAsked(question));
  }

  async signsUp(): Promise<void> {
    const password = "correct horse 말";
    await this.answers(menu.title("127.0.0.1"), "");
    await this.answers(signUp.account, this.#name);
    await this.answers(signUp.password(8), password);
    await this.answers(signUp.again, password);
    await this.answers(logIn.remember, "");
    await this.answers(receipts.ask, "");
  }

  /** Says something, and sees that the server has taken it. */
  async says(text: string): Promise<void> {
    this.types(text);
    // A tick, or how many have yet to read it.
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

  /** Questions that were answered have another sign in front. */
  #isAsked(question: string): boolean {
    return this.screen.rows().some((row) => row.startsWith("◆") && row.includes(question));
  }
}
