import fs from 'node:fs';
import path from 'node:path';

/** Writes a zone as Linux shows it under /sys/class/powercap. */
export function writeZone(root: string, entry: string, name: string, microjoules: number | string): void {
  const folder = path.join(root, entry);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'name'), `${name}\n`);
  fs.writeFileSync(path.join(folder, 'max_energy_range_uj'), '262143328850\n');
  fs.writeFileSync(path.join(folder, 'energy_uj'), `${microjoules}\n`);
}
