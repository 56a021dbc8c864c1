import path from 'node:path';

/**
 * The line of an experiment that loads a downloaded data set.
 *
 * @param folder absolute, where the data set is
 * @param from absolute folder of the experiment file, which its paths are relative to
 */
export function loadingCode(name: string, folder: string, from: string): string {
  const relative = path.relative(from, folder).split(path.sep).join('/');
  const quoted = (text: string) => `'${text.replaceAll('\\', '/').replaceAll("'", "\\'")}'`;
  return name === 'tiny-shakespeare'
    ? `data: text(${quoted(`${relative}/input.txt`)}),`
    : `data: idx(${quoted(relative)}),`;
}
