// Prints where parse5 finds the elements of pages. Arguments: files that list one page's path per line. Prints a line
// "page PATH" for each page, then one line for each element that has a start tag:
//   START-BEGIN START-END CONTENT-END END END-TAG(0|1) NAME
// Offsets are bytes: pages are read as latin1, one character per byte.
import { readFileSync, writeSync } from 'node:fs';
import { parse } from 'parse5';
import './select_of_today.mjs';

function walk(node, lines) {
  const location = node.sourceCodeLocation;
  if (location?.startTag && node.tagName) {
    const start = location.startTag;
    const contentEnd = location.endTag ? location.endTag.startOffset : location.endOffset;
    lines.push([start.startOffset, start.endOffset, contentEnd, location.endOffset, location.endTag ? 1 : 0,
                node.tagName].join(' '));
  }
  for (const child of node.childNodes ?? []) walk(child, lines);
  if (node.content) walk(node.content, lines);
}

function print(text) {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

for (const list of process.argv.slice(2)) {
  for (const path of readFileSync(list, 'utf8').split('\n').filter(Boolean)) {
    const lines = ['page ' + path];
    walk(parse(readFileSync(path, 'latin1'), { sourceCodeLocationInfo: true, scriptingEnabled: true }), lines);
    print(lines.join('\n') + '\n');
  }
}
