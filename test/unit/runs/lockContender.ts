import { acquireLock } from '../../../src/runs/lock';

acquireLock(process.argv[2] as string).then(
  () => {
    process.stdout.write('taken');
    setTimeout(() => undefined, 60_000);
  },
  (error: Error) => process.stdout.write(error.message),
);
