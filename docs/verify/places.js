// Which journals and which list of sites are among files, told by their paths alone, by the rule that `bongsu verify PATH` has for PATH.
(function (verify) {
  'use strict';

  const foldersMax = 100000, levelsMax = 16;  // As many are looked through for journals that belong to no site.

  /** "a/b" of "a/b/c", '' of "c". */
  const folderOf = (path) => path.slice(0, Math.max(path.lastIndexOf('/'), 0));
  const nameOf = (path) => path.slice(path.lastIndexOf('/') + 1);

  /** The folder that was picked, with its slash: the one that all files lie in; '' where there is none. */
  function rootOf(files) {
    const root = files.length === 0 ? '' : files[0].path.slice(0, files[0].path.indexOf('/') + 1);
    return files.every(({ path }) => path.startsWith(root)) ? root : '';
  }

  /** A folder that is too deep below the root, or one of too many; undefined where there is none. */
  function beyondLimits(files, root) {
    const folders = new Set();
    for (const { path } of files) {
      for (let folder = folderOf(path); folder.length > root.length && !folders.has(folder); folder = folderOf(folder)) {
        folders.add(folder);
        if (folders.size >= foldersMax || folder.slice(root.length).split('/').length > levelsMax) return folder;
      }
    }
    return undefined;
  }

  /**
   * {root, isSingle, city, journals, emptied, strangers, beyond, has(name)} of files [{path}]:
   * - root: the folder that was picked, '' or with a slash at its end: a journal's folder, a site's, or DATA with sites' folders.
   * - city {sites, format}: the files city/sites.json and FORMAT of a DATA, undefined where neither is there.
   * - journals [{folder, site, segments, keys}]: `site` is the name of its folder, undefined where a journal or a site was picked by
   *   itself (`isSingle`); `keys` is the site's key file, undefined where there is none.
   * - emptied: names of sites' folders without a segment. has(name): whether anything is in a site's folder.
   * - strangers: folders with segments that are no site's journal: a copy must neither stand for a site nor speak for one.
   * - beyond: a folder that is not looked through, for its depth or its number.
   */
  function placesOf(files) {
    const root = rootOf(files), byPath = new Map(files.map((file) => [file.path, file]));
    const segments = new Map(), names = new Set();
    for (const file of files) {
      const folder = folderOf(file.path), [name, inner, last] = file.path.slice(root.length).split('/');
      if (file.path.endsWith('.bj')) segments.set(folder, [...(segments.get(folder) ?? []), file]);
      if (last !== undefined && (inner === 'journal' || file.path === `${root}${name}/keys/checkpoint.pub`)) names.add(name);
    }
    const sites = byPath.get(`${root}city/sites.json`), format = byPath.get(`${root}FORMAT`);
    const city = sites || format ? { sites, format } : undefined;
    const journal = (folder, keys, site) => ({ folder, site, segments: (segments.get(folder) ?? []).sort((a, b) => (a.path < b.path ? -1 : 1)), keys: byPath.get(keys) });
    let journals = [], isSingle = true;
    // In a city's DATA nobody else's files stand for the sites.
    if (!city && segments.has(folderOf(root))) journals.push(journal(folderOf(root)));
    else if (!city && files.some(({ path }) => path.startsWith(`${root}journal/`))) journals.push(journal(`${root}journal`, `${root}keys/checkpoint.pub`));
    else isSingle = false;
    // A browser lists folders in no order.
    if (!isSingle) journals = [...names].sort().map((name) => journal(`${root}${name}/journal`, `${root}${name}/keys/checkpoint.pub`, name));
    const emptied = isSingle ? [] : journals.filter((one) => one.segments.length === 0).map(({ site }) => site);
    journals = journals.filter(({ site }) => !emptied.includes(site));
    const read = new Set(journals.map(({ folder }) => folder));
    return {
      root, isSingle, city, journals, emptied, beyond: beyondLimits(files, root),
      strangers: [...segments.keys()].filter((folder) => !read.has(folder)).sort(),
      has: (name) => files.some(({ path }) => path.startsWith(`${root}${name}/`)),
    };
  }

  Object.assign(verify, { placesOf, nameOf });
})(globalThis.BongsuVerify ??= {});
