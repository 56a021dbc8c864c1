import type { FromRunsTable } from '../../src/protocol/runsTable';
import { element, setShown, setText } from '../ui/dom';
import { button } from '../ui/toolkit';
import type { TableModel } from './tableModel';

/** What can be done with the runs that are selected, and what the user says about them. */
export class SelectionBar {
  private readonly buttons;
  private readonly tags = element('input', {
    id: 'tags',
    type: 'text',
    spellcheck: 'false',
    placeholder: 'paper, baseline',
  });
  private readonly tagsLabel = element('span');
  private readonly notes = element('textarea', {
    id: 'notes',
    rows: '1',
    placeholder: 'What is to be remembered',
  });
  private readonly notesField = element('label', { class: 'notes-field' }, 'Notes ', this.notes);
  private keys: readonly string[] = [];
  readonly root: HTMLElement;

  constructor(
    private readonly model: TableModel,
    private readonly send: (message: FromRunsTable) => void,
  ) {
    const first = () => this.keys[0] ?? '';
    const second = () => this.keys[1] ?? '';
    this.buttons = {
      open: button('open', 'Open', () => send({ type: 'open', key: first() }), 'primary'),
      compare: button('compare', 'Overlay Curves', () => send({ type: 'compare', keys: [...this.keys] })),
      diff: button('diff', 'Show Differences', () => send({ type: 'diff', keys: [first(), second()] })),
      rerun: button('rerun', 'Rerun', () => send({ type: 'rerun', key: first(), changed: false })),
      change: button('change', 'Rerun with Changes…', () =>
        send({ type: 'rerun', key: first(), changed: true }),
      ),
      archive: button('archive', 'Archive', () =>
        send({ type: 'archive', keys: [...this.keys], archived: !this.areArchived() }),
      ),
      remove: button('delete', 'Delete…', () => send({ type: 'delete', keys: [...this.keys] })),
    };
    this.tags.addEventListener('change', () => this.saveTags());
    this.notes.addEventListener('change', () =>
      send({ type: 'note', key: first(), notes: this.notes.value.trim() }),
    );
    this.root = element(
      'section',
      { id: 'selection', 'aria-label': 'Selected runs' },
      element('div', { class: 'buttons' }, ...Object.values(this.buttons)),
      element('div', { class: 'about' }, element('label', {}, this.tagsLabel, this.tags), this.notesField),
    );
  }

  update(keys: readonly string[]): void {
    const others = keys.length !== this.keys.length || keys.some((key, i) => key !== this.keys[i]);
    // What was typed for these runs is theirs.
    if (others) this.flush();
    this.keys = keys;
    const one = keys.length === 1;
    const live = keys.some((key) => this.model.row(key)?.live);
    const { open, compare, diff, rerun, change, archive, remove } = this.buttons;
    setShown(this.root, keys.length > 0);
    for (const each of [open, rerun, change]) setShown(each, one);
    setShown(compare, keys.length > 1);
    setShown(diff, keys.length === 2);
    setText(archive, this.areArchived() ? 'Take out of Archive' : 'Archive');
    remove.disabled = keys.length > 0 && live && one;
    setText(this.tagsLabel, one ? 'Tags ' : 'Tags of all ');
    setShown(this.notesField, one);
    if (others || document.activeElement !== this.tags) this.tags.value = this.common().join(', ');
    if (others || document.activeElement !== this.notes) this.notes.value = this.text(keys[0], 'notes');
    this.notes.rows = Math.min(4, this.notes.value.split('\n').length);
  }

  focusNotes(): void {
    this.notes.focus();
  }

  private flush(): void {
    if (document.activeElement === this.tags || document.activeElement === this.notes)
      (document.activeElement as HTMLElement).blur();
  }

  private areArchived(): boolean {
    const place = this.model.place('archived');
    return this.keys.every((key) => this.model.row(key)?.cells[place] === true);
  }

  private text(key: string | undefined, column: string): string {
    const value = key === undefined ? null : this.model.row(key)?.cells[this.model.place(column)];
    return typeof value === 'string' ? value : '';
  }

  private tagsOf(key: string): string[] {
    return split(this.text(key, 'tags'));
  }

  /** Tags that all of them have. */
  private common(): string[] {
    const [first, ...others] = this.keys.map((key) => this.tagsOf(key));
    return (first ?? []).filter((tag) => others.every((tags) => tags.includes(tag)));
  }

  private saveTags(): void {
    const before = this.common();
    const after = split(this.tags.value);
    const add = after.filter((tag) => !before.includes(tag));
    const remove = before.filter((tag) => !after.includes(tag));
    if (this.keys.length > 0 && add.length + remove.length > 0)
      this.send({ type: 'tag', keys: [...this.keys], add, remove });
  }
}

function split(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
}
