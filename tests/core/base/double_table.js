/* Prints double_table.inc: doubles as bits and as V8's Number.prototype.toString.
 *     node double_table.js > double_table.inc */
'use strict';

const buffer = new DataView(new ArrayBuffer(8));
const fromBits = (bits) => { buffer.setBigUint64(0, bits); return buffer.getFloat64(0); };
const toBits = (value) => { buffer.setFloat64(0, value); return buffer.getBigUint64(0); };

/* SplitMix64 from a fixed start: the same table every time. */
let state = 20240229n;
function random64() {
  const mask = (1n << 64n) - 1n;
  state = (state + 0x9e3779b97f4a7c15n) & mask;
  let z = state;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
  return z ^ (z >> 31n);
}
const random = () => Number(random64() >> 11n) / 2 ** 53;

const values = [];
/* Every power of two and of ten, and their neighbours: where the gaps change. */
for (let e = -1074; e <= 1023; e += 3) values.push(2 ** e);
for (let e = -323; e <= 308; e++) {
  const bits = toBits(Number('1e' + e));
  values.push(fromBits(bits - 1n), fromBits(bits), fromBits(bits + 1n));
}
/* Where notations change, and what is known to be hard. */
for (const text of ['0', '5e-324', '1e-323', '2.2250738585072011e-308', '2.2250738585072014e-308',
  '1.7976931348623157e308', '9007199254740991', '9007199254740992', '9007199254740993',
  '9007199254740994', '5.684341886080801e-14', '5.684341886080802e-14', '1e21', '1e23',
  '123456789012345680000', '999999999999999900000', '1e-6', '1e-7', '0.000001234', '0.1', '0.3',
  '4.35', '1.005', '2.675', '4.4501477170144023e-308', '9.5e-5', '1.2345e-5', '0.1234567890123456',
  '123456.78901234567', '8.41e21', '2.0919495182368195e19', '9.4906265624251559e7',
  '5.3169114683237425e-15', '6.9294956446009195e15', '3.5844466002796428e298'])
  values.push(Number(text));
/* Any bits at all; numbers of people: few digits, at any scale. */
while (values.length < 5000) {
  const value = fromBits(random64());
  if (Number.isFinite(value)) values.push(value);
  values.push(Number((random() * 10 ** Math.floor(random() * 20)).toPrecision(1 + Math.floor(random() * 17))));
  values.push((random() < 0.5 ? -1 : 1) * Math.floor(random() * 1e6) / 100);
}

console.log("/* V8's output (node " + process.version.split('.')[0] +
  '); made by double_table.js, which says how. */');
for (const value of values)
  if (!Object.is(value, -0)) console.log(`{0x${toBits(value).toString(16).padStart(16, '0')}, "${value}"},`);
