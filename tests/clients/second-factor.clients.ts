import { afterAll, beforeAll, expect, test } from "bun:test";
import { loadTotp } from "../../lib/member-server/second-factor.ts";
import { type Client, PASSWORD } from "./client.ts";
import { Stage } from "./stage.ts";
import { until } from "./until.ts";
import { WEECHAT } from "./weechat.ts";

/** An ordinary client sets a second factor up by NickServ, and logs in by a code and by its certificate. */

const stage = new Stage("--sign-up", "open");
const STEP_MS = 30_000;
let weechat: Client;

beforeAll(async () => {
  await stage.open();
  weechat = await WEECHAT.start(stage, { ...stage.server.link, invitation: null });
});
afterAll(() => stage.end());

test("WeeChat logs in with a code behind the password, and comes back by its certificate", async () => {
  const { screen } = weechat;
  await weechat.signUp();
  await weechat.quote(`NS CONFIRM ${PASSWORD}`);
  await screen.shows("Your password is confirmed");
  await weechat.quote("NS 2FA SETUP");
  const key = await until(
    async () => /[A-Z2-7]{32}/.exec((await screen.rows()).join("\n"))?.[0] ?? null,
    () => "no key was shown",
  );
  const { TOTP, Secret } = loadTotp();
  const totp = new TOTP({ secret: Secret.fromBase32(key) });
  const codeIn = (steps: number): string =>
    totp.generate({ timestamp: Date.now() + steps * STEP_MS });
  await weechat.quote(`NS 2FA ON ${codeIn(0)}`);
  await screen.shows("Your second factor is on");

  await weechat.leave();
  await weechat.willLogIn("PLAIN");
  await weechat.clear();
  await screen.types("/connect sodam");
  await screen.shows("Your second factor is missing");
  await screen.types("/disconnect sodam");
  await screen.types(`/set irc.server.sodam.sasl_password ${PASSWORD} ${codeIn(1)}`);
  await weechat.comeBack();

  await weechat.quote(`NS CONFIRM ${PASSWORD}`);
  await weechat.quote("NS CERT ADD laptop");
  await screen.shows("This device can now log in without a password");
  await weechat.leave();
  await weechat.willLogIn("EXTERNAL");
  await weechat.comeBack();
  expect((await screen.rows()).join("\n")).toContain("You are now logged in");
}, 120_000);
