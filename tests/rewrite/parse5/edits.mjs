// Says whether an edited page parses to the same tree that editing the original's tree gives. Argument: a file of lines
// "EDIT BASE64-PAGE BASE64-EDITED-PAGE"; the element to edit is the one with the attribute data-u, the marker is <!--M-->.
// Prints a line for each: "same", "moved" (the tree builder put the element, or what its bytes open, elsewhere), or
// the two trees. Whole trees are compared: EDIT "content" is never "moved".
import { readFileSync } from 'node:fs';
import { defaultTreeAdapter, parse } from 'parse5';
import './select_of_today.mjs';

const FORMATTING = new Set(
  ['a', 'b', 'big', 'code', 'em', 'font', 'i', 'nobr', 's', 'small', 'strike', 'strong', 'tt', 'u']);

function dump(node) {
  if (node.nodeName === '#text') return JSON.stringify(node.value);
  if (node.nodeName === '#comment') return `<!--${node.data}-->`;
  if (node.nodeName === '#documentType') return '<!>';
  const attributes = (node.attrs ?? []).map((a) => ` ${a.name}=${JSON.stringify(a.value)}`).join('');
  const children = [];
  let text = '';
  for (const child of [...(node.childNodes ?? []), ...(node.content?.childNodes ?? []), null]) {
    if (child?.nodeName === '#text') {
      text += child.value;
      continue;
    }
    if (text) children.push(JSON.stringify(text));
    text = '';
    if (child) children.push(dump(child));
  }
  return `<${node.nodeName}${attributes}>${children.join('')}/`;
}

function* nodes(node) {
  yield node;
  for (const child of [...(node.childNodes ?? []), ...(node.content?.childNodes ?? [])]) yield* nodes(child);
}

let made = 0;
const treeAdapter = {  // numbers the elements: copies of one are made after it
  ...defaultTreeAdapter,
  createElement: (...args) => Object.assign(defaultTreeAdapter.createElement(...args), { number: ++made }),
};
const read = (base64) =>
  parse(Buffer.from(base64, 'base64').toString('latin1'),
        { sourceCodeLocationInfo: true, scriptingEnabled: true, treeAdapter });
const marker = (parentNode) => ({ nodeName: '#comment', data: 'M', parentNode });

// Whether the tree builder put `target`, or what its bytes open, elsewhere.
function moved(tree, target) {
  const begin = target.sourceCodeLocation.startOffset;
  const end = target.sourceCodeLocation.endOffset;
  const inside = new Set(nodes(target));
  for (const node of nodes(tree)) {
    const start = node.sourceCodeLocation?.startOffset;
    if (start > begin && start < end && !inside.has(node)) return true;
    if (inside.has(node) && start !== undefined && (start < begin || start >= end)) return true;
    if (inside.has(node) && !node.sourceCodeLocation && FORMATTING.has(node.tagName)) return true;  // a copy
  }
  const siblings = target.parentNode.childNodes;
  const around = (n) => n.sourceCodeLocation?.startOffset < begin && n.sourceCodeLocation?.endOffset > begin;
  if (siblings.some((n) => n !== target && around(n))) return true;  // out of a table
  const parent = target.parentNode;
  const starts = parent.sourceCodeLocation?.startOffset;
  // Its tag also opened its parent, or a copy of it, which a comment never does.
  return starts === undefined ||
    [...nodes(tree)].some((n) => n !== parent && n.sourceCodeLocation?.startOffset === starts);
}

function verdict(line) {
  const [edit, page, edited] = line.split(' ');
  const tree = read(page);
  const targets = [...nodes(tree)].filter((n) => n.attrs?.some((a) => a.name === 'data-u'));
  if (targets.length === 0 || (targets.length !== 1 && edit !== 'content')) return 'moved';
  const target = targets.reduce((a, b) => (a.number < b.number ? a : b));
  if (edit !== 'content' && moved(tree, target)) return 'moved';
  const content = target.content ?? target;
  const siblings = target.parentNode.childNodes;
  const own = siblings.indexOf(target);
  if (edit === 'before') siblings.splice(own, 0, marker());
  if (edit === 'after') siblings.splice(own + 1, 0, marker());
  if (edit === 'remove') siblings.splice(own, 1);
  if (edit === 'prepend') content.childNodes.unshift(marker());
  if (edit === 'append') content.childNodes.push(marker());
  if (edit === 'content') content.childNodes = [marker()];
  const [wanted, got] = [dump(tree), dump(read(edited))];
  return wanted === got ? 'same' : `wanted ${wanted} got ${got}`;
}

console.log(readFileSync(process.argv[2], 'latin1').split('\n').filter(Boolean).map(verdict).join('\n'));
