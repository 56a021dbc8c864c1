import fs from 'node:fs';
import Mocha from 'mocha';

/** What Mocha prints by itself, and in the file of its option `failures` each test file in which something failed. */
class RingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const { failures } = options.reporterOptions as { readonly failures: string };
    runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test: Mocha.Runnable) => {
      fs.appendFileSync(failures, `${test.file ?? 'a file that is not known'}\n`);
    });
  }
}

// As Mocha takes it: the module is the class.
module.exports = RingReporter;
