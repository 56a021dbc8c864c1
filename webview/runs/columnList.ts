import { columnGroups, type RunColumn, type TableLayout } from '../../src/protocol/runsTable';
import { element } from '../ui/dom';
import { isPinned, isShown } from './columns';

/** Which columns are shown, and which of them stay at the left. */
export function columnList(
  columns: readonly RunColumn[],
  layout: () => TableLayout,
  change: (layout: Partial<TableLayout>) => void,
): HTMLElement[] {
  const box = (label: string, checked: boolean, set: (on: boolean) => void) => {
    const input = element('input', { type: 'checkbox', 'aria-label': label });
    input.checked = checked;
    input.addEventListener('change', () => set(input.checked));
    return input;
  };
  const line = (column: RunColumn) => {
    const { id, title } = column;
    const shown = box(`Show ${title}`, isShown(column, layout()), (on) =>
      change({ shown: { ...layout().shown, [id]: on } }),
    );
    const pinned = box(`Pin ${title}`, isPinned(column, layout()), (on) => {
      const others = (layout().pinned ?? ['name']).filter((other) => other !== id);
      change({ pinned: on ? [...others, id] : others });
    });
    return element(
      'div',
      { class: 'column-line', title: column.hint },
      element('label', {}, shown, element('span', {}, title)),
      element('label', { class: 'pin' }, pinned, element('span', {}, 'pin')),
    );
  };
  return columnGroups.flatMap((group) => {
    const own = columns.filter((column) => column.group === group);
    return own.length === 0 ? [] : [element('h3', {}, group), ...own.map(line)];
  });
}
