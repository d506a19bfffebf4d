// Bun's HTMLRewriter, which is lol-html compiled into the server: the same pages, static or fetched from the origin.
// Arguments: port, origin, pages, data (JSON), index (MMDB), folder of node_modules.
import { readFileSync } from "node:fs";

const [port, origin, pages, dataFile, indexFile, modules] = process.argv.slice(2);
const { Reader } = await import(`${modules}/mmdb-lib/lib/index.js`);
const { texts, segments } = JSON.parse(readFileSync(dataFile, "utf8"));
const index = new Reader(readFileSync(indexFile));
const html = { "content-type": "text/html; charset=utf-8" };

Bun.serve({
  port: Number(port),
  hostname: "127.0.0.1",
  async fetch(request) {
    const [, place, name] = new URL(request.url).pathname.split("/");
    const found = index.get(request.headers.get("x-forwarded-for"));
    const chosen = found && texts[segments[found.account]];
    const gzip = place.endsWith("-gzip");
    let response = place.startsWith("static")
      ? new Response(Bun.file(`${pages}/${name}`), { headers: html })
      : await fetch(`${origin}/${name}`);
    if (chosen) {
      const rewriter = new HTMLRewriter();
      for (let i = 0; i < chosen.length; i++) {
        rewriter.on(`[data-abm-slot="slot-${i}"]`, { element(e) { e.setInnerContent(chosen[i]); } });
      }
      response = rewriter.transform(response);
    }
    if (!gzip) return response;
    const packed = response.body.pipeThrough(new CompressionStream("gzip"));
    return new Response(packed, { headers: { ...html, "content-encoding": "gzip" } });
  },
});
