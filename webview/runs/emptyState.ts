import { element } from '../ui/dom';
import { button } from '../ui/toolkit';

/** Why there is nothing to see, and what to do. */
export function emptyState(
  root: HTMLElement,
  isFiltered: boolean,
  actions: { showAll(): void; newExperiment(): void },
): void {
  const kind = isFiltered ? 'filtered' : 'none';
  if (root.dataset.kind === kind) return;
  root.dataset.kind = kind;
  root.replaceChildren(
    ...(isFiltered
      ? [
          element('p', {}, 'No run fits the search and the filters.'),
          element(
            'p',
            {},
            button('showAll', 'Show All Runs', () => actions.showAll()),
          ),
        ]
      : [
          element(
            'p',
            {},
            'There are no runs in this workspace yet. Runs that you start here or in a terminal appear in this table.',
          ),
          element(
            'p',
            {},
            button('newExperiment', 'New Experiment', () => actions.newExperiment(), 'primary'),
          ),
        ]),
  );
}
