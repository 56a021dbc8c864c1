import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { cacheFolder, vsCodeVersion } from '../harness/serverInstall';

/** Runs the suite in a desktop VS Code; its result is in the file that the suite writes. */
async function main(): Promise<void> {
  const repository = path.resolve(__dirname, '../../..');
  await runTests({
    version: vsCodeVersion,
    cachePath: path.join(cacheFolder(), 'vscode-desktop'),
    extensionDevelopmentPath: repository,
    extensionTestsPath: path.join(repository, 'out', 'test', 'vscode', 'index.js'),
    launchArgs: [
      process.argv[2] as string,
      '--disable-extensions',
      '--disable-workspace-trust',
      '--skip-welcome',
    ],
  });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
