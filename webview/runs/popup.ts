import { element } from '../ui/dom';
import { button } from '../ui/toolkit';

/** A button that opens a list below it, closed by Escape and by what happens elsewhere. */
export class Popup {
  private readonly opener;
  readonly list: HTMLElement;
  readonly root: HTMLElement;

  /** @param fill makes the list each time it is opened */
  constructor(id: string, label: string, fill: () => readonly HTMLElement[]) {
    this.opener = button(id, label, () => this.toggle(fill));
    this.opener.setAttribute('aria-haspopup', 'true');
    this.opener.setAttribute('aria-expanded', 'false');
    this.list = element('div', { class: 'popup', role: 'group', 'aria-label': label, hidden: '' });
    this.root = element('span', { class: 'popup-root' }, this.opener, this.list);
    this.root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.list.hidden) return;
      event.stopPropagation();
      this.close();
      this.opener.focus();
    });
    document.addEventListener('pointerdown', ({ target }) => {
      if (!this.root.contains(target as Node)) this.close();
    });
    this.root.addEventListener('focusout', ({ relatedTarget }) => {
      if (relatedTarget && !this.root.contains(relatedTarget as Node)) this.close();
    });
  }

  close(): void {
    this.list.hidden = true;
    this.opener.setAttribute('aria-expanded', 'false');
  }

  private toggle(fill: () => readonly HTMLElement[]): void {
    if (!this.list.hidden) return this.close();
    this.list.replaceChildren(...fill());
    this.list.hidden = false;
    this.opener.setAttribute('aria-expanded', 'true');
    this.list.querySelector<HTMLElement>('input, button, select')?.focus();
  }
}
