import { Prng } from "../prng.ts";
import { playReplicas } from "./replica-cluster.ts";

const t = performance.now();
const seed = Number(process.env.SEED ?? 1);
const timer = setInterval(
  () => console.log("t", Math.round(performance.now() - t), process.cpuUsage()),
  3000,
);
try {
  console.log(
    await playReplicas({
      prng: new Prng(seed),
      nodes: 2 + (seed % 3),
      gateways: 1 + (seed % 3),
      hasHistory: seed % 5 !== 0,
      steps: Number(process.env.STEPS ?? 40),
    }),
  );
} catch (e) {
  console.log(e);
}
clearInterval(timer);
console.log(performance.now() - t);
process.exit();
