// Lines of "PAGE OFFSET:PARENT,…" (page in base64; where start tags are, and the one that each is written in). Answers
// "same" if parse5 has every element where it is written, else what differs. Implied elements do not count.
import { readFileSync } from "node:fs";
import { parse } from "parse5";

function judge(line) {
  const [encoded, list] = line.split(" ");
  const page = Buffer.from(encoded, "base64").toString("latin1");
  const wanted = new Map(list.split(",").map((pair) => pair.split(":").map(Number)));
  const found = new Map();
  const walk = (node, parent) => {
    const tag = node.sourceCodeLocation?.startTag ?? (node.tagName ? node.sourceCodeLocation : undefined);
    const here = tag ? tag.startOffset : parent;
    if (tag && wanted.has(here)) {
      // A second element of the same tag is a copy that the parser made of it.
      if (found.has(here)) found.set(here, "copied");
      else found.set(here, parent);
    }
    for (const child of node.childNodes ?? []) walk(child, here);
    if (node.content) walk(node.content, here);
  };
  walk(parse(page, { sourceCodeLocationInfo: true }), -1);
  for (const [offset, parent] of wanted) {
    if (found.get(offset) !== parent) return `at ${offset}: in ${found.get(offset)}, not ${parent}`;
  }
  return "same";
}

for (const line of readFileSync(process.argv[2], "utf8").split("\n")) if (line) console.log(judge(line));
