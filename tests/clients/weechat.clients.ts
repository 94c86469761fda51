import { playEvening } from "./acts.ts";
import { WEECHAT } from "./weechat.ts";

playEvening(WEECHAT, "invitation");
