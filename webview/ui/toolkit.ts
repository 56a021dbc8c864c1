import { provideVSCodeDesignSystem, vsCodeButton, vsCodeLink } from '@vscode/webview-ui-toolkit';
import { element } from './dom';

/**
 * The only place that knows the component library. Components whose templates carry style attributes (badge, tag,
 * data grid) are left out: the content security policy forbids those.
 */
export function registerComponents(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeLink());
}

/** A push button. `secondary` is for everything but the one thing a user most likely wants. */
export function button(
  id: string,
  label: string,
  onClick: () => void,
  appearance: 'primary' | 'secondary' = 'secondary',
): ButtonElement {
  const made = element('vscode-button', { id, appearance }, label) as ButtonElement;
  made.addEventListener('click', () => {
    if (!made.disabled) onClick();
  });
  return made;
}
export type ButtonElement = HTMLElement & { disabled: boolean };

/** A link that does something here instead of leading elsewhere. */
export function link(id: string, label: string, onClick: () => void): HTMLElement {
  const made = element('vscode-link', { id, href: '#' }, label);
  made.addEventListener('click', (event) => {
    event.preventDefault();
    onClick();
  });
  return made;
}
