// Measures Bun's HTMLRewriter on the page and slots that rewrite_bench.cpp gives it. Arguments: the number of slots
// defined, the page's file, the file for the rewritten page. Prints the microseconds that rewriting took (the best of
// many batches and of the ways to pass in a page, by the clock or by CPU time, whichever is less), then the number of
// elements that it edited.
import { readFileSync, writeFileSync } from 'node:fs';

const [slots, pagePath, resultPath] = process.argv.slice(2);
const text = readFileSync(pagePath);
const page = text.buffer.slice(text.byteOffset, text.byteOffset + text.byteLength);
const string = text.toString();

let applied = 0;
let rewriter = new HTMLRewriter();
for (let i = 0; i < Number(slots); ++i) {
  rewriter = rewriter.on(`[data-abm-slot="slot-${i}"]`, {
    element(element) {
      ++applied;
      element.setInnerContent('See the plan that we drew up for you');
    },
  });
}

const ways = [
  () => rewriter.transform(page),
  () => rewriter.transform(string),
  () => rewriter.transform(new Response(page)).arrayBuffer(),
];
const perBatch = Math.max(1, Math.round(2e6 / page.byteLength));
let best = Infinity;
for (let batch = 0; batch < 60; ++batch) {
  const way = ways[batch % ways.length];
  const cpu = process.cpuUsage();
  const begin = performance.now();
  for (let i = 0; i < perBatch; ++i) await way();
  const clock = (performance.now() - begin) * 1e3;
  const used = process.cpuUsage(cpu);
  best = Math.min(best, clock / perBatch, (used.user + used.system) / perBatch);
}
applied = 0;
writeFileSync(resultPath, Buffer.from(ways[0]()));
console.log(best.toFixed(2), applied);
