// Prints the trees of pages. Argument: a file of lines "BASE64-PAGE". Prints a line for each: "quirks" or "standards", then
// for each element, in document order, ";DEPTH BEGIN SPACE NAME" and " NAME=HEX" for each attribute. BEGIN is -1 where the
// element has no start tag, SPACE the last part of its namespace. Content of templates counts as their children.
import { readFileSync } from 'node:fs';
import { parse } from 'parse5';
import './select_of_today.mjs';

function walk(node, depth, out) {
  if (node.tagName) {
    const attributes = node.attrs.map(
      (a) => ` ${a.prefix ? a.prefix + ':' : ''}${a.name}=${Buffer.from(a.value, 'latin1').toString('hex')}`);
    const begin = node.sourceCodeLocation?.startTag?.startOffset ?? -1;
    out.push(`;${depth} ${begin} ${node.namespaceURI.split('/').at(-1)} ${node.tagName}${attributes.join('')}`);
  }
  for (const child of [...(node.childNodes ?? []), ...(node.content?.childNodes ?? [])]) walk(child, depth + 1, out);
}

function tree(line) {
  const document = parse(Buffer.from(line, 'base64').toString('latin1'), { sourceCodeLocationInfo: true, scriptingEnabled: true });
  const out = [document.mode === 'quirks' ? 'quirks' : 'standards'];
  walk(document, -1, out);
  return out.join('');
}

console.log(readFileSync(process.argv[2], 'latin1').split('\n').filter(Boolean).map(tree).join('\n'));
