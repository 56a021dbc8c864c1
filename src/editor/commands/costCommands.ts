import * as vscode from 'vscode';
import type { Convention } from '../../cost/work';
import type { Cost } from '../cost/cost';
import { costSettings, storeCostSetting } from '../settings';
import type { Parts } from './parts';
import { cancellableWhenLong, unlessAborted } from './progress';

/** Shows the panel of the file that is given, or else is being edited. */
export async function showCost(parts: Parts, uri?: unknown, model?: unknown): Promise<void> {
  const found = costOf(parts, uri);
  if (!found || !(await settled(found.cost))) return;
  found.cost.panels.show(found.file.fsPath, typeof model === 'string' ? model : undefined);
}

/** Shows the same as a text. */
export async function showCostTable(parts: Parts, uri?: unknown): Promise<void> {
  const found = costOf(parts, uri);
  if (!found || !(await settled(found.cost))) return;
  await found.cost.document.show(found.file);
}

/** Waits for the model to be traced; false once the user cancels. */
async function settled(cost: Cost): Promise<boolean> {
  const done = await cancellableWhenLong('Tracing the model', (signal) =>
    unlessAborted(
      signal,
      cost.settled().then(() => true),
    ),
  );
  return done === true;
}

function costOf({ cost }: Parts, uri: unknown): { cost: Cost; file: vscode.Uri } | undefined {
  const file = uri instanceof vscode.Uri ? uri : vscode.window.activeTextEditor?.document.uri;
  const shown = file?.scheme === 'file' ? cost() : undefined;
  if (file && shown) return { cost: shown, file };
  void vscode.window.showInformationMessage(
    vscode.workspace.isTrusted
      ? 'Open a file that builds a model, and its cost is shown.'
      : 'This workspace is not trusted, and tracing a model would execute its code.',
  );
  return undefined;
}

/** Asks for the batch size that models are traced at. */
export async function setCostBatchSize(_parts: Parts, given?: unknown): Promise<void> {
  const { batchSize } = costSettings();
  const answer =
    typeof given === 'number'
      ? String(given)
      : await vscode.window.showInputBox({
          title: 'Batch size that costs are shown for',
          prompt: 'Experiments keep the batch size that they train with.',
          value: String(batchSize),
          validateInput: (text) =>
            /^[1-9]\d{0,6}$/.test(text.trim()) ? undefined : 'A batch size is a whole number above 0.',
        });
  if (answer !== undefined) await storeCostSetting('batchSize', Number(answer));
}

const conventionChoices: readonly (vscode.QuickPickItem & { readonly convention: Convention })[] = [
  { convention: 'mac2', label: 'FLOPs', description: 'two for each multiply-accumulate' },
  { convention: 'mac', label: 'MACs', description: 'multiply-accumulates themselves' },
  {
    convention: 'padded',
    label: 'FLOPs without padding',
    description: 'two for each multiply-accumulate that meets no padding, as XLA counts',
  },
];

/** Asks how matrix work is to be counted. */
export async function setCostConvention(_parts: Parts, given?: unknown): Promise<void> {
  const current = costSettings().style.convention;
  const chosen =
    conventionChoices.find(({ convention }) => convention === given) ??
    (await vscode.window.showQuickPick(
      conventionChoices.map((choice) => ({ ...choice, picked: choice.convention === current })),
      { title: 'Count matrix work in', placeHolder: `Now: ${current}` },
    ));
  if (chosen) await storeCostSetting('convention', chosen.convention);
}

/** Shows the lenses, or hides them. */
export async function toggleCostLenses(): Promise<void> {
  await storeCostSetting('enabled', !costSettings().enabled);
}
