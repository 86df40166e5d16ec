// Which journals and which lists of sites are among files, told by their paths alone.
(function (verify) {
  'use strict';

  /** "a/b" of "a/b/c", '' of "c". */
  const folderOf = (path) => path.slice(0, Math.max(path.lastIndexOf('/'), 0));
  const nameOf = (path) => path.slice(path.lastIndexOf('/') + 1);
  /** The path's beginning where `end` stands at its end; null where it does not. */
  const before = (path, end) => (path === end || path.endsWith(`/${end}`) ? path.slice(0, path.length - end.length) : null);

  /**
   * {journals, cities, has(folder)} of files [{path}]:
   * - journals [{folder, above, site, label, segments, keys}]: a folder with .bj files, or where keys/checkpoint.pub says that one
   *   should be. `site` is the name of the folder above `journal/`, undefined for a journal folder by itself; `above` is where other
   *   sites' folders would stand, '' or with a slash at its end; `label` tells two of one name apart; `keys` is the site's key file,
   *   undefined where there is none.
   * - cities [{root, sites, format}]: DATA folders, by city/sites.json or FORMAT; `root` is '' or ends with a slash.
   */
  function placesOf(files) {
    const segments = new Map(), keys = new Map(), cities = new Map();
    const add = (folder) => { if (!segments.has(folder)) segments.set(folder, []); return segments.get(folder); };
    const city = (root) => { if (!cities.has(root)) cities.set(root, { root }); return cities.get(root); };
    for (const file of files) {
      if (file.path.endsWith('.bj')) add(folderOf(file.path)).push(file);
      const site = before(file.path, 'keys/checkpoint.pub'), data = before(file.path, 'city/sites.json'), top = before(file.path, 'FORMAT');
      if (site !== null) {
        add(`${site}journal`);
        keys.set(`${site}journal`, file);
      }
      if (data !== null) city(data).sites = file;
      if (top !== null) city(top).format = file;
    }
    // A browser lists folders in no order.
    const journals = [...segments].sort(([a], [b]) => (a < b ? -1 : 1)).map(([folder, list]) => {
      const parts = folder.split('/').filter(Boolean);
      const isInSite = parts.at(-1) === 'journal', site = isInSite ? parts.at(-2) : parts.at(-1);
      const above = parts.slice(0, isInSite ? -2 : -1).map((part) => `${part}/`).join('');
      return { folder, above, site, segments: list.sort((a, b) => (a.path < b.path ? -1 : 1)), keys: keys.get(folder) };
    });
    for (const one of journals) {
      const isAlone = journals.filter(({ site }) => site === one.site).length === 1;
      one.label = isAlone ? one.site ?? 'journal' : `${one.site ?? 'journal'} (${one.folder})`;
    }
    return { journals, cities: [...cities.values()], has: (folder) => files.some(({ path }) => path.startsWith(`${folder}/`)) };
  }

  Object.assign(verify, { placesOf, nameOf });
})(globalThis.BongsuVerify ??= {});
