// The page: files in, lines out. Nothing leaves it.
(function (verify) {
  'use strict';

  const $ = (id) => document.getElementById(id);
  let result = null;

  function lines(element, texts) {
    element.replaceChildren(...texts.map((text) => {
      const line = document.createElement('li');
      line.textContent = text;
      if (text.startsWith('FAULT') || text === 'IT DOES NOT HOLD') line.className = 'fault';
      if (text === 'all of it holds') line.className = 'holds';
      return line;
    }));
  }

  const filesOf = (input) => [...input.files].map((file) => ({
    path: file.webkitRelativePath || file.name,
    bytes: async () => new Uint8Array(await file.arrayBuffer()),
  }));

  async function readJson(input) {
    const values = [];
    for (const file of input.files) values.push(JSON.parse(await file.text()));
    return values;
  }

  function showStatistics() {
    const parts = [];
    for (const [name, { statistics }] of result.sites) {
      const title = document.createElement('h3');
      title.textContent = `Site ${name}`;
      parts.push(title);
      for (const table of statistics.tables()) {
        const element = document.createElement('table');
        element.createCaption().textContent = table.title;
        for (const [key, value] of table.rows) {
          const row = element.insertRow();
          row.insertCell().textContent = key;
          row.insertCell().textContent = value;
        }
        parts.push(element);
      }
    }
    $('statistics').replaceChildren(...parts);
  }

  async function run() {
    $('verify').disabled = true;
    $('state').textContent = 'reading…';
    try {
      const kept = await readJson($('kept'));
      const found = await verify.verifyFiles(filesOf($('folder')), kept, (path) => { $('state').textContent = `reading ${path}`; });
      result = { ...found, kept };
      lines($('lines'), found.lines);
      $('state').textContent = found.holds ? 'It holds.' : 'It does not hold.';
      document.body.dataset.holds = String(found.holds);
      showStatistics();
      $('questions').hidden = false;
    } catch (error) {
      $('state').textContent = `This cannot be read: ${error.message}`;
      document.body.dataset.holds = 'false';
    } finally {
      $('verify').disabled = false;
    }
  }

  /** Asks every site; the answer of the one that has it counts. */
  async function ask(element, question) {
    try {
      const answers = await Promise.all([...result.sites].map(async ([name, site]) => ({ name, ...await question(site, name) })));
      const best = answers.find(({ holds }) => holds) ?? answers[0];
      lines(element, [best.holds ? `site ${best.name}: ${best.what}` : `FAULT ${best.what}`]);
    } catch (error) {
      lines(element, [`FAULT this cannot be read: ${error.message}`]);
    }
  }

  $('verify').addEventListener('click', run);
  $('include').addEventListener('click', () => ask($('included'), (site) => verify.inclusion(site.walk, JSON.parse($('entry').value), site.agreed)));
  $('consist').addEventListener('click', () => ask($('consistent'), (site, name) => {
    const [first, second] = ['first', 'second'].map((id) => verify.checkpointOf(JSON.parse($(id).value)));
    for (const one of [first, second]) if (typeof one === 'string') throw new Error(`the checkpoint's ${one}`);
    return first.site === name ? verify.consistency(site.walk, first, second) : { holds: false, what: `the checkpoints speak of site ${first.site}` };
  }));
})(globalThis.BongsuVerify);
