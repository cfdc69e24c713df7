// Writes unicode_tables.inc: which code points have which property, and which differ in case
// only. The data is that of the JavaScript engine that runs this (it prints the version of
// Unicode); the names are those of PropertyValueAliases.txt and PropertyAliases.txt.
//
//     npm install unicode-property-value-aliases-ecmascript@2.2.1 \
//                 unicode-property-aliases-ecmascript@3.0.0
//     node unicode_tables.mjs > unicode_tables.inc
import valueAliases from 'unicode-property-value-aliases-ecmascript';
import * as propertyAliases from 'unicode-property-aliases-ecmascript';

const CODE_POINTS = 0x110000;

const texts = [];
for (let c = 0; c < CODE_POINTS; c++) texts.push(String.fromCodePoint(c));

function propertyRegExp(expression) {
    try {
        return new RegExp(`^\\p{${expression}}$`, 'u');
    } catch {
        return null; // a name that ECMA-262 leaves out
    }
}

// A set is written as lengths: outside, inside, outside, ... each in base 128, low digits
// first, the high bit set on all but the last.
function encode(isInside) {
    const bytes = [];
    let start = 0, inside = false;
    const push = (length) => {
        for (; length >= 128; length >>= 7) bytes.push(128 | (length & 127));
        bytes.push(length);
    };
    for (let c = 0; c < CODE_POINTS; c++) {
        if (isInside(c) === inside) continue;
        push(c - start);
        start = c;
        inside = !inside;
    }
    if (inside) push(CODE_POINTS - start);
    return bytes;
}

const sets = new Map(); // bytes as text -> index
const bytes = [], ends = [];
function setOf(expression) {
    const regExp = propertyRegExp(expression);
    if (regExp === null) return -1;
    const encoded = encode((c) => regExp.test(texts[c]));
    const key = encoded.join();
    if (!sets.has(key)) {
        sets.set(key, sets.size);
        bytes.push(...encoded);
        ends.push(bytes.length);
    }
    return sets.get(key);
}

const byName = (a, b) => (a[0] < b[0] ? -1 : 1);

// [name, whether it is the long one, sets...] of each value of a property, in both spellings.
function values(property, ...expressions) {
    const rows = new Map();
    for (const [alias, name] of valueAliases.get(property)) {
        const found = expressions.map((expression) => setOf(`${expression}=${name}`));
        if (found.includes(-1)) continue;
        rows.set(name, [name, 1, ...found]);
        if (!rows.has(alias)) rows.set(alias, [alias, 0, ...found]);
    }
    return [...rows.values()].sort(byName);
}

function binaries() {
    const rows = new Map();
    const aliases = propertyAliases.default ?? propertyAliases;
    const pairs = aliases instanceof Map ? [...aliases] : Object.entries(aliases);
    for (const pair of pairs) {
        for (const name of pair) {
            const set = setOf(name);
            if (set >= 0) rows.set(name, [name, set]);
        }
    }
    for (const name of ['Any', 'Assigned', 'ASCII']) rows.set(name, [name, setOf(name)]);
    const categories = new Set(valueAliases.get('General_Category').keys());
    for (const name of valueAliases.get('General_Category').values()) categories.add(name);
    return [...rows.values()].filter(([name]) => !categories.has(name)).sort(byName);
}

// Pairs of code points that simple case folding (CaseFolding.txt, C and S) makes one, both
// ways round. What has an upper or lower case in common may be a pair; the engine decides.
function foldPairs() {
    const families = new Map();
    const join = (key, c) => families.set(key, (families.get(key) ?? new Set()).add(c));
    for (let c = 0; c < CODE_POINTS; c++) {
        const upper = texts[c].toUpperCase(), lower = texts[c].toLowerCase();
        if (upper === texts[c] && lower === texts[c]) continue;
        for (const relative of [upper, lower, lower.toUpperCase(), upper.toLowerCase()]) {
            join(relative, c);
            if ([...relative].length === 1) join(relative, relative.codePointAt(0));
        }
    }
    const near = new Map();
    for (const family of families.values()) {
        for (const c of family) {
            for (const d of family) near.set(c, (near.get(c) ?? new Set()).add(d));
        }
    }
    const pairs = [];
    for (const c of near.keys()) {
        const reached = new Set([c]);
        for (const r of reached) for (const d of near.get(r)) reached.add(d);
        const regExp = new RegExp(`^\\u{${c.toString(16)}}$`, 'iu');
        for (const d of reached) if (d !== c && regExp.test(texts[d])) pairs.push([c, d]);
    }
    return pairs.sort((a, b) => a[1] - a[0] - (b[1] - b[0]) || a[0] - b[0]);
}

// Runs of pairs at the same distance, each code point or each second one.
function foldRuns() {
    const runs = [];
    for (const [from, to] of foldPairs()) {
        const run = runs.at(-1);
        const gap = run ? from - run.last : 0;
        if (run && run.distance === to - from && (gap === 1 || gap === 2) &&
            (run.last === run.first || gap === run.stride)) {
            run.stride = gap;
            run.last = from;
        } else {
            runs.push({first: from, last: from, stride: 1, distance: to - from});
        }
    }
    return runs.sort((a, b) => a.first - b.first);
}

function print(declaration, rows, perLine) {
    console.log(`${declaration} = {`);
    for (let i = 0; i < rows.length; i += perLine) {
        console.log(`    ${rows.slice(i, i + perLine).join(', ')},`);
    }
    console.log('};\n');
}

const row = (values) => `{${values.map((v) => (typeof v === 'string' ? `"${v}"` : v)).join(', ')}}`;
const categoryRows = values('General_Category', 'gc'), scriptRows = values('Script', 'sc', 'scx');
const binaryRows = binaries();
console.log(`/* Written by unicode_tables.mjs from Unicode ${process.versions.unicode}; not by hand. */`);
print('static const struct property_value categories[]',
    categoryRows.map(([name, isLong, set]) => row([name, isLong, set, set])), 3);
print('static const struct property_value scripts[]', scriptRows.map(row), 3);
print('static const struct property_value binaries[]',
    binaryRows.map(([name, set]) => row([name, 1, set, set])), 3);
print('static const uint32_t set_ends[]', ends, 16);
print('static const unsigned char set_bytes[]', bytes, 24);
print('static const struct fold_run fold_runs[]',
    foldRuns().map((r) => row([r.first, r.last, r.stride, r.distance])), 4);
