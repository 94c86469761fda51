import { expect, test } from "bun:test";
import { runSteps } from "../../lib/chat-server/command.ts";
import { renameAccount } from "../../lib/chat-server/users/account-changes.ts";
import type { AccountChange } from "../../lib/member-server/account.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { makeReset } from "../../lib/member-server/password-reset.ts";
import { fold } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { Prng, seeds } from "../prng.ts";
import { type Actor, Scene } from "../scene.ts";

/**
 * Account commands whose slow answers come late and in between each other, from a seed. A new password ends every way
 * in that a thief of the old one has begun; and whoever has a name has it alone.
 */

const NEW_PASSWORD = "barley tea and rice";
const THIEFS_PASSWORD = "the thief's own one";
const STEPS = 18;
const NAMES = ["mina", "jun", "sora", "kai"];

const fingerprint = (n: number): string => n.toString(16).padStart(2, "0").repeat(32);
const OWN = fingerprint(1);
const STOLEN = fingerprint(2);

function settleSome(scene: Scene, prng: Prng): void {
  for (let left = prng.below(5); left > 0; left -= 1) scene.settleOne();
}

/** A thief with the password, a certificate, a bot's token and several sessions, while the owner has one session. */
class Theft {
  readonly scene = new Scene();
  readonly id = accountId("mina");
  readonly own: Actor;
  readonly thieves: Actor[] = [];
  /** Names and tokens of bots. */
  readonly tokens: [name: string, token: string][] = [];
  readonly #prng: Prng;
  #devices = 2;

  constructor(prng: Prng) {
    this.#prng = prng;
    this.scene.signUp("mina");
    for (const certificate of [OWN, STOLEN].map((text) => ({ fingerprint: text, label: "" }))) {
      const added = { ...certificate, addedAt: this.scene.now };
      this.scene.members.apply({ kind: "certificate-added", id: this.id, certificate: added });
    }
    this.own = this.scene.connect({ certificate: OWN }).logsIn("mina");
    for (let n = 0; n < 3; n += 1) this.thieves.push(this.comesIn());
    for (const actor of [this.own, ...this.thieves]) actor.says("ACCOUNT CONFIRM :mina-password");
    this.thieves[0]?.says("ACCOUNT BOT ADD bot0 rooms=#a");
    this.notesTokens();
  }

  comesIn(): Actor {
    this.#devices += 1;
    const link = { certificate: fingerprint(this.#devices), address: "203.0.113.9" };
    return this.scene.connect(link).logsIn("mina");
  }

  /** A step of the thief. */
  steps(step: number): void {
    const thief = this.#prng.pick(this.thieves);
    switch (this.#prng.below(10)) {
      case 0:
        return void thief.says("ACCOUNT CERT ADD :x");
      case 1:
        return void thief.says(`ACCOUNT BOT ADD bot${step + 1} rooms=#a`);
      case 2:
        return void thief.says(this.#prng.pick(["ACCOUNT BOT TOKEN bot0", "ACCOUNT EMAIL t@x.io"]));
      case 3:
        return void thief.says("ACCOUNT BOT SET bot0 rights=read");
      case 4:
        return void thief.says(`ACCOUNT PASSWORD :${THIEFS_PASSWORD}`);
      case 5:
        return void thief.says("ACCOUNT CONFIRM :mina-password");
      case 6:
        return void this.thieves.push(this.comesIn());
      case 7: {
        const actor = this.scene.connect({ certificate: STOLEN });
        actor.says("CAP REQ sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
        return void this.thieves.push(actor.says("NICK x", "USER x 0 * :x", "CAP END"));
      }
      case 8: {
        const [name, token] = this.#prng.pick(this.tokens);
        return void this.thieves.push(this.scene.connect().logsIn(name, [], token));
      }
      default:
        settleSome(this.scene, this.#prng);
    }
  }

  notesTokens(): void {
    for (const line of this.thieves.flatMap((thief) => thief.hears())) {
      const [, name, token] = / BOT_TOKEN (\S+) (\S+)/.exec(line) ?? [];
      if (name !== undefined && token !== undefined) this.tokens.push([name, token]);
    }
  }

  /** What the thief still has. */
  waysIn(): string[] {
    const { scene, id } = this;
    const isMinas = (actor: Actor): boolean => {
      const account = scene.members.byId(actor.session.accountId);
      return account !== null && (account.id === id || account.bot?.by === id);
    };
    const comesInBy = (name: string, password: string) =>
      scene.connect().logsIn(name, [], password).hearsVerbs().includes("903");
    return [
      ...this.thieves.filter((thief) => !thief.closed && isMinas(thief)).map(() => "a session"),
      ...(scene.members.byId(id)?.certificates ?? [])
        .filter((device) => device.fingerprint !== OWN)
        .map(() => "a certificate"),
      ...this.tokens.filter(([name, token]) => comesInBy(name, token)).map(([name]) => name),
      ...["mina-password", THIEFS_PASSWORD].filter((password) => comesInBy("mina", password)),
    ];
  }
}

test("a new password, or a reset link, ends all that a thief has and has begun", () => {
  let ended = 0;
  for (const seed of seeds(80)) {
    const prng = new Prng(seed);
    const theft = new Theft(prng);
    const { scene, own, id } = theft;
    const account = scene.members.byId(id);
    if (account === null) throw new Error("no account");
    const digest = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
    const { code, changes } = makeReset(account, `resetcode${seed}aaaaaaaa`, digest, scene.now);
    for (const change of changes) scene.members.apply(change);
    scene.holding = true;
    const changesAt = prng.below(STEPS);
    for (let step = 0; step < STEPS; step += 1) {
      if (step === changesAt && prng.chance(50)) own.says(`ACCOUNT PASSWORD :${NEW_PASSWORD}`);
      else if (step === changesAt) scene.connect().says(`ACCOUNT RESET ${code} :${NEW_PASSWORD}`);
      theft.steps(step);
      if (prng.chance(50)) scene.settleOne();
      theft.notesTokens();
    }
    scene.holding = false;
    scene.settle();
    theft.notesTokens();
    // The thief may have been first with another password: then there is a reset link.
    if (scene.members.byId(id)?.hash !== `hash of ${NEW_PASSWORD}`) continue;
    ended += 1;
    expect([seed, ...theft.waysIn()]).toEqual([seed]);
  }
  expect(ended).toBeGreaterThan(0);
});

/** One of the ways in which names change hands, while others are under way. */
function changesNames(scene: Scene, prng: Prng, actors: Actor[], step: number): void {
  const { state } = scene.server;
  const name = prng.pick(NAMES);
  const account = scene.members.account(fold(name));
  const actor = actors.length === 0 ? scene.connect() : prng.pick(actors);
  const own = scene.members.byId(actor.session.accountId);
  switch (prng.below(10)) {
    case 0:
    case 1: {
      const guest = scene.connect().says(`NICK guest${step}`, "USER g 0 * :g");
      actors.push(guest.says(`REGISTER ${name} * :password of step ${step}`));
      return;
    }
    case 2: {
      if (account === null) return;
      const [to, isFreed] = [prng.pick(NAMES), prng.chance(50)];
      const rename = function* () {
        yield* renameAccount(state, account.id, to, isFreed);
      };
      return state.runInBackground(runSteps(rename()));
    }
    case 3:
      if (own !== null) actor.says(`ACCOUNT CONFIRM :${own.hash.slice("hash of ".length)}`);
      return void actor.says("ACCOUNT DELETE");
    case 4:
      return void actor.says(`ACCOUNT BOT ADD ${name} rooms=#a`);
    case 5:
    case 6:
      return void scene.connect().says(`NICK ${name}`, "USER g 0 * :g");
    case 7:
      return void actor.says(`NICK ${name}`);
    case 8:
      return void actors.push(
        scene.connect().logsIn(name, [], `password of step ${prng.below(9)}`),
      );
    default:
      settleSome(scene, prng);
  }
}

/** Returns what isn't as it should be. */
function wrongNames({ members, server }: Scene): string[] {
  const wrong: string[] = [];
  const { users, sessions } = server.state;
  for (const { id, name, bot } of members.accounts()) {
    if (members.account(fold(name))?.id !== id) wrong.push(`${name} isn't found`);
    if (bot !== undefined && members.byId(bot.by) === null) wrong.push(`${name} is an orphan`);
  }
  for (const { accountId: id, account, user } of sessions) {
    if (id !== null && members.byId(id)?.name !== account) wrong.push(`a session as ${account}`);
    if (user !== null && user.accountId !== id) wrong.push(`a user of another than ${account}`);
  }
  for (const { nick, account, accountId: id } of users.all()) {
    const owner = members.account(fold(nick));
    if (owner !== null && owner.id !== id) wrong.push(`${account ?? "a guest"} as ${nick}`);
    if (id !== null && members.byId(id)?.name !== account) wrong.push(`a user called ${account}`);
  }
  return wrong;
}

test("a name is one account's, however sign-ups, renamings, deletions and nicks overlap", () => {
  for (const seed of seeds(80)) {
    const prng = new Prng(seed);
    const scene = new Scene({ nameRestDays: prng.chance(50) ? 0 : 90 });
    const changes: AccountChange[] = [];
    const apply = scene.members.apply.bind(scene.members);
    scene.members.apply = (change) => {
      changes.push(change);
      apply(change);
    };
    const actors: Actor[] = [];
    scene.holding = true;
    for (let step = 0; step < STEPS; step += 1) {
      changesNames(scene, prng, actors, step);
      if (prng.chance(60)) scene.settleOne();
    }
    scene.holding = false;
    scene.settle();
    expect([seed, ...wrongNames(scene)]).toEqual([seed]);
    const again = new AccountStore([], [], [], "the key of addresses");
    for (const change of changes) again.apply(change);
    expect(again.snapshot()).toEqual(scene.members.snapshot());
  }
});
