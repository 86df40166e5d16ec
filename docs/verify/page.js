// The page: files in, lines out. Nothing leaves it.
(function (verify) {
  'use strict';

  const $ = (id) => document.getElementById(id);
  let result = null;

  function lines(element, texts) {
    element.replaceChildren(...texts.map((text) => {
      const line = document.createElement('li');
      line.textContent = text;
      if (/^(FAULT|NOT READ|IT )/.test(text)) line.className = 'fault';
      if (text === 'all of it holds') line.className = 'holds';
      if (text.startsWith('what is here holds')) line.className = 'part';
      return line;
    }));
  }

  const filesOf = (input) => [...input.files].map((file) => ({
    path: file.webkitRelativePath || file.name,
    size: file.size,
    bytes: async () => new Uint8Array(await file.arrayBuffer()),
  }));

  async function readJson(input) {
    const values = [];
    for (const file of input.files) values.push({ name: file.name, value: verify.jsonOf(file.name, await file.text()) });
    return values;
  }

  function showStatistics() {
    const parts = [];
    for (const { name, statistics, walk } of result.sites) {
      const title = document.createElement('h3');
      title.textContent = `Site ${name}: the ${walk.report.entries} entries that hold`;
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

  const states = { true: 'It holds.', part: 'What is here holds.', unread: 'It was not read whole.', false: 'It does not hold.' };
  const stateOf = ({ holds, isWhole, lines: said }) => (said.at(-1).startsWith('IT WAS NOT READ') ? 'unread' : holds && !isWhole ? 'part' : String(holds));

  async function run() {
    $('verify').disabled = true;
    $('state').textContent = 'reading…';
    $('questions').hidden = true;
    for (const id of ['lines', 'included', 'consistent']) lines($(id), []);  // Answers are of what was read last.
    delete document.body.dataset.holds;
    try {
      const files = filesOf($('folder'));
      if (files.length === 0) throw new Error('no folder was picked');
      const kept = await readJson($('kept'));
      result = await verify.verifyFiles(files, kept, (text) => { $('state').textContent = text; });
      lines($('lines'), result.lines);
      $('state').textContent = states[stateOf(result)];
      showStatistics();
      $('questions').hidden = false;
      document.body.dataset.holds = String(result.holds);
    } catch (error) {
      $('state').textContent = `This cannot be used: ${error.message}`;
      document.body.dataset.holds = 'false';
    } finally {
      $('verify').disabled = false;
    }
  }

  /** Asks every site each question; the answer of the one that has it counts. `questions()` answers functions of a site. */
  async function ask(element, questions) {
    try {
      const said = [];
      for (const question of questions()) {
        const answers = [];
        for (const site of result.sites) answers.push({ name: site.name, ...await question(site) });
        const best = answers.find(({ holds }) => holds) ?? answers.find(({ isOther }) => !isOther) ?? answers[0];
        said.push(best.holds ? `site ${best.name}: ${best.what}` : `FAULT ${best.what}`);
      }
      lines(element, said);
    } catch (error) {
      lines(element, [`FAULT this cannot be used: ${error.message}`]);
    }
  }

  function entryQuestions() {
    const entries = verify.entriesIn('the entry', verify.jsonOf('the entry', $('entry').value));
    return entries.map((entry) => (site) => verify.inclusion(site.walk, entry, site.agreed));
  }

  function checkpointQuestions() {
    const [first, second] = [['first', 'the first checkpoint'], ['second', 'the second checkpoint']]
      .map(([id, name]) => verify.checkpointAlone(name, verify.jsonOf(name, $(id).value)));
    return [(site) => {
      if (first.checkpoint.site !== site.name) return { holds: false, isOther: true, what: `the checkpoints speak of site ${first.checkpoint.site}, which is not here` };
      const keys = { ...site.keys };
      // A key that came with one of them stands where the site shows none under its name.
      for (const { checkpoint, publicKey } of [first, second]) if (publicKey !== null) keys[checkpoint.kid] ??= publicKey;
      return verify.consistency(site.walk, first.checkpoint, second.checkpoint, keys);
    }];
  }

  $('verify').addEventListener('click', run);
  $('include').addEventListener('click', () => ask($('included'), entryQuestions));
  $('consist').addEventListener('click', () => ask($('consistent'), checkpointQuestions));
  for (const input of document.querySelectorAll('input[data-into]')) {
    input.addEventListener('change', async () => {
      const [file] = input.files;
      try {
        if (file) $(input.dataset.into).value = await file.text();
      } catch (error) {
        $('state').textContent = `${file.name} cannot be read: ${error.message}`;
      }
    });
  }
})(globalThis.BongsuVerify);
