// Answers, one JSON line for each JSON line, what npm's twitter-text says of a text.
// Run it in a directory whose node_modules holds twitter-text; tools/twitter_text_oracle.py does so.
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');
const readline = require('node:readline');

const here = createRequire(path.join(process.cwd(), 'oracle.js'));
const twitter = here('twitter-text');
const unwrap = (module) => module.default || module;
// Its regular expression is global: after an exception inside a scan it would start the next text in the middle.
const extractUrl = unwrap(here('twitter-text/dist/regexp/extractUrl'));

const calls = {
  versions: () => ({ node: process.versions.node, unicode: process.versions.unicode }),
  parse: ({ text }) => ({
    parsed: twitter.parseTweet(text),
    urls: twitter.extractUrlsWithIndices(text),
    hashtags: twitter.extractHashtagsWithIndices(text),
    mentions: twitter.extractMentionsWithIndices(text),
    mentionsOrLists: twitter.extractMentionsOrListsWithIndices(text),
    cashtags: twitter.extractCashtagsWithIndices(text),
    entities: twitter.extractEntitiesWithIndices(text),
  }),
  // The source of one of its regular expressions, which the tables are made from.
  source: ({ name }) => unwrap(here(`twitter-text/dist/regexp/${name}`)).source,
  emoji: () => unwrap(here('twemoji-parser/dist/lib/regex')).source,
  // Which UTF-16 code units, or which pairs (given by their high half), match a pattern as a whole.
  members: ({ pattern, flags, high }) => {
    const whole = new RegExp(`^(?:${pattern})$`, flags);
    const found = [];
    for (let unit = high ? 0xdc00 : 0; unit < (high ? 0xe000 : 0x10000); unit += 1) {
      if (whole.test((high ? String.fromCharCode(high) : '') + String.fromCharCode(unit))) found.push(unit);
    }
    return found;
  },
  first: ({ pattern, texts }) => texts.map((text) => (new RegExp(pattern).exec(text) || [null])[0]),
  unassigned: () => {
    const found = [];
    for (let point = 0; point < 0x110000; point += 1) {
      if (/^\p{Cn}$/u.test(String.fromCodePoint(point))) found.push(point);
    }
    return found;
  },
  time: ({ text, rounds }) => {
    const taken = [];
    for (let round = 0; round < rounds; round += 1) {
      const start = process.hrtime.bigint();
      twitter.parseTweet(text);
      taken.push(Number(process.hrtime.bigint() - start));
    }
    return taken;
  },
};

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { call, ...given } = JSON.parse(line);
  extractUrl.lastIndex = 0;
  let answer;
  try {
    answer = { value: calls[call](given) };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
