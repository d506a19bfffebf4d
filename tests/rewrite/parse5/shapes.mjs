// Says whether pages have the same tree but for their values. Argument: a file of lines "BASE64 BASE64", two pages each.
// Prints a line for each: "same", or the two shapes. A shape has elements, attribute names, comments and where text is.
import { readFileSync } from 'node:fs';
import { parse } from 'parse5';

function shape(node) {
  if (node.nodeName === '#text') return '"';
  if (node.nodeName === '#comment') return '!';
  if (node.nodeName === '#documentType') return '?';
  const attributes = (node.attrs ?? []).map((a) => ' ' + (a.prefix ? a.prefix + ':' : '') + a.name).join('');
  const children = [...(node.childNodes ?? []), ...(node.content?.childNodes ?? [])];
  return `<${node.nodeName}${attributes}>${children.map(shape).join('')}/`;
}

const read = (base64) => shape(parse(Buffer.from(base64, 'base64').toString('utf8'), { scriptingEnabled: true }));
const verdicts = [];
for (const line of readFileSync(process.argv[2], 'latin1').split('\n').filter(Boolean)) {
  const [one, two] = line.split(' ').map(read);
  verdicts.push(one === two ? 'same' : `${one} | ${two}`);
}
console.log(verdicts.join('\n'));
