const vscode = require('vscode');

exports.activate = ({ subscriptions }) => {
  subscriptions.push(
    vscode.languages.registerCodeLensProvider('typescript', {
      provideCodeLenses: ({ version }) => [
        new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title: `${version} params`, command: '' }),
      ],
    }),
  );
};
