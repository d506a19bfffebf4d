// Says whether a page with a hostile value is equivalent to the page with a harmless one: the same tree, every URL with the
// same scheme and host, the same number of URLs in a list. Argument: a file of lines "KIND ATTRIBUTE BASE64 BASE64", KIND "text", "url" or
// "list". Prints a line for each: "same", or the difference.
import { readFileSync } from 'node:fs';
import { read, shape } from './shape.mjs';

function* values(node, attribute) {
  for (const a of node.attrs ?? []) {
    if ((a.prefix ? a.prefix + ':' : '') + a.name === attribute) yield a.value;
  }
  for (const child of [...(node.childNodes ?? []), ...(node.content?.childNodes ?? [])]) yield* values(child, attribute);
}

function places(kind, tree, attribute) {
  const urls = [...values(tree, attribute)].flatMap((v) => (kind === 'list' ? v.split(/[\s,]+/).filter(Boolean) : [v]));
  if (kind === 'text') return '';
  return urls.map((url) => {
    const parsed = new URL(url, 'https://page.example/folder/page');
    return `${parsed.protocol}//${parsed.host}`;
  }).join(' ');
}

function verdict(line) {
  const [kind, attribute, hostile, harmless] = line.split(' ');
  const [one, two] = [hostile, harmless].map(read);
  if (shape(one) !== shape(two)) return `${shape(one)} | ${shape(two)}`;
  const [there, here] = [one, two].map((tree) => places(kind, tree, attribute));
  return there === here ? 'same' : `${there} | ${here}`;
}

console.log(readFileSync(process.argv[2], 'latin1').split('\n').filter(Boolean).map(verdict).join('\n'));
