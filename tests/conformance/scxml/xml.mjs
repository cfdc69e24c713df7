// As much XML as the test documents use: elements, attributes, text, CDATA, comments, and the
// five entities. {name, attributes, children, text}; names without their prefix.
const TOKEN = /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<(\/?)([\w:.-]+)([^>]*?)(\/?)>|([^<]+)/g;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const decode = (text) =>
  text.replace(/&(#x?[\da-f]+|\w+);/gi, (whole, name) => {
    if (name[0] !== '#') return ENTITIES[name] ?? whole;
    return String.fromCodePoint(name[1] === 'x' ? parseInt(name.slice(2), 16) : name.slice(1));
  });

const attributesOf = (text) =>
  Object.fromEntries(
    [...text.matchAll(ATTRIBUTE)].map(([, name, double, single]) => [name, decode(double ?? single)]),
  );

export function parseXml(source) {
  const root = { children: [] };
  const open = [root];
  for (const [, cdata, closing, name, attributes, empty, text] of source.matchAll(TOKEN)) {
    const parent = open.at(-1);
    if (cdata !== undefined || text !== undefined) {
      parent.text = (parent.text ?? '') + (cdata ?? decode(text));
    } else if (closing) {
      open.pop();
    } else if (name) {
      const element = {
        name: name.replace(/^.*:/, ''),
        attributes: attributesOf(attributes),
        children: [],
        text: '',
      };
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  return root.children[0];
}
