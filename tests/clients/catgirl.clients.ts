import { playEvening } from "./acts.ts";
import { CATGIRL } from "./catgirl.ts";

playEvening(CATGIRL, "invitation");
