import { playEvening } from "./acts.ts";
import { IRSSI } from "./irssi.ts";

playEvening(IRSSI, "open");
