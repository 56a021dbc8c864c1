import module from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { redirected } from '../train/redirected';
import { Contained } from './contained';
import { requireName } from './request';

export interface RunnableModule {
  readonly code: string;
  /** What stack frames call it. */
  readonly identifier: string;
  /** The user's file, from which packages are resolved. */
  readonly file: string;
}

/**
 * Runs a bundled ES module in this realm and gives its exports. Unlike `import`, nothing of it stays in the process:
 * the next version of the file replaces it.
 *
 * @param ours modules of the product, by the file in `dist/` that they are
 * @param milliseconds after which its synchronous part is ended
 */
export async function runModule(
  { code, identifier, file }: RunnableModule,
  ours: Readonly<Record<string, object>>,
  milliseconds: number,
): Promise<Record<string, unknown>> {
  const nodeRequire = module.createRequire(file);
  const load = (specifier: string): object => {
    const name = redirected(specifier);
    if (name) return ours[name] ?? {};
    if (module.isBuiltin(specifier)) return nodeRequire(specifier) as object;
    if (path.extname(specifier) === '.node')
      throw new Contained(`The native module ${specifier} is not loaded`);
    return nodeRequire(specifier) as object;
  };
  const synthetic = new Map<string, vm.SyntheticModule>();
  const link = (specifier: string): vm.SyntheticModule => {
    const known = synthetic.get(specifier);
    if (known) return known;
    const made = syntheticModule(specifier, load(specifier));
    synthetic.set(specifier, made);
    return made;
  };
  Reflect.set(globalThis, requireName, load);
  const compiled = new vm.SourceTextModule(code, {
    identifier,
    importModuleDynamically: async (specifier: string) => {
      const made = link(specifier);
      await made.link(() => made);
      await made.evaluate();
      return made;
    },
  });
  await compiled.link(link);
  await compiled.evaluate({ timeout: milliseconds });
  return compiled.namespace as Record<string, unknown>;
}

const calledName = '__computeLensCall';
const caller = new vm.Script(`${calledName}()`, { filename: 'compute-lens:call' });

/** Calls a function and ends it, even in the middle of a regular expression, if it does not come back in time. */
export function callWithin<T>(milliseconds: number, work: () => T): T {
  Reflect.set(globalThis, calledName, work);
  return caller.runInThisContext({ timeout: milliseconds }) as T;
}

/** A CommonJS value as an ES module: its properties by name, and itself as the default. */
function syntheticModule(specifier: string, value: object): vm.SyntheticModule {
  const names = [...new Set([...Object.keys(value), 'default'])];
  return new vm.SyntheticModule(
    names,
    function (this: vm.SyntheticModule) {
      for (const name of names)
        this.setExport(
          name,
          name === 'default' && !('default' in value) ? value : (value as Record<string, unknown>)[name],
        );
    },
    { identifier: specifier },
  );
}
