// A page's tree without its values: elements, attribute names, comments and positions of text.
import { parse } from 'parse5';
import './select_of_today.mjs';

export function shape(node) {
  if (node.nodeName === '#text') return '"';
  if (node.nodeName === '#comment') return '!';
  if (node.nodeName === '#documentType') return '?';
  const attributes = (node.attrs ?? []).map((a) => ' ' + (a.prefix ? a.prefix + ':' : '') + a.name).join('');
  const children = [...(node.childNodes ?? []), ...(node.content?.childNodes ?? [])];
  return `<${node.nodeName}${attributes}>${children.map(shape).join('')}/`;
}

export const read = (base64) => parse(Buffer.from(base64, 'base64').toString('utf8'), { scriptingEnabled: true });
