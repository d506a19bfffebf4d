// Says whether pages have the same tree apart from their values. Argument: a file of lines "BASE64 BASE64", two pages each.
// Prints a line for each: "same", or the two shapes.
import { readFileSync } from 'node:fs';
import { read, shape } from './shape.mjs';

const verdicts = [];
for (const line of readFileSync(process.argv[2], 'latin1').split('\n').filter(Boolean)) {
  const [one, two] = line.split(' ').map((page) => shape(read(page)));
  verdicts.push(one === two ? 'same' : `${one} | ${two}`);
}
console.log(verdicts.join('\n'));
