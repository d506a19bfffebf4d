// Prints what npm's mmdb-lib finds for addresses: one JSON line each, null for nothing. Arguments: the MMDB file, and a
// file with one address per line.
import { readFileSync } from 'node:fs';
import { Reader } from 'mmdb-lib';

const [file, addresses] = process.argv.slice(2);
const reader = new Reader(readFileSync(file));
const text = (key, value) => (typeof value === 'bigint' ? value.toString() : value);
const lines = readFileSync(addresses, 'utf8').trimEnd().split('\n');
process.stdout.write(lines.map((ip) => JSON.stringify(reader.get(ip), text) + '\n').join(''));
