import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { TracerEnded } from '../../../../src/trace/tracerClient';
import { onlyModel, onlyRemark, said, Tracing } from './tracing';

const good = `import * as tf from '@tensorflow/tfjs';
export const model = tf.sequential();
model.add(tf.layers.dense({ inputShape: [4], units: 3 }));
`;

/** Tries what a file must not do, and says with the name of a model what worked all the same. */
const attempts = `import * as tf from '@tensorflow/tfjs';
const escaped: string[] = [];
async function attempt(what: string, work: () => unknown): Promise<void> {
  try {
    await work();
    escaped.push(what);
  } catch {}
}
`;
const tell = `tf.sequential({ name: 'escaped: ' + escaped.join(), layers: [tf.layers.dense({ inputShape: [1], units: 1 })] });`;

describe('a file that misbehaves while it is traced', function () {
  const outside = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'lens-outside-'));
  let tracing: Tracing;
  let before: string;

  beforeEach(async function () {
    tracing ??= new Tracing({ limitMilliseconds: 2500 });
    await tracing.client.warmUp();
    fs.writeFileSync(path.join(outside, 'precious.txt'), 'precious');
    fs.mkdirSync(path.join(outside, 'folder'), { recursive: true });
    tracing.write('model.ts', '');
    tracing.write('good.ts', good);
    before = state(outside, tracing.folder);
  });

  afterEach('leaves nothing behind, and the next file is traced as ever', async () => {
    tracing.write('model.ts', '');
    assert.equal(state(outside, tracing.folder), before);
    const { params, work, layers } = onlyModel(await tracing.trace(good, 'good.ts'));
    assert.deepEqual([params, work.forward.macs, layers[0]?.name], [15, 12, 'dense_Dense1']);
  });

  after(async () => {
    await tracing.dispose();
    fs.rmSync(outside, { recursive: true, force: true });
  });

  async function remarkOf(text: string): Promise<string> {
    return said([onlyRemark(await tracing.trace(text))]);
  }

  /** The sentence with which the client ends the process. */
  async function endOf(text: string): Promise<string> {
    const pid = await tracing.client.pid();
    const error: unknown = await tracing.trace(text).then(
      ({ remarks }) => assert.fail(`it came to an end: ${said(remarks)}`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof TracerEnded, String(error));
    assert.notEqual(await tracing.client.pid(), pid);
    await gone(pid ?? 0);
    return error.message;
  }

  describe('by never coming to an end', () => {
    const left = /information: This loop was left after a second: a trace does not wait for it\.$/;
    const ended =
      'Tracing took longer than 2.5 s and was ended: something in this file does not come to an end.';

    it('in a loop at the top level', async () => {
      assert.match(await remarkOf('const x = 1;\nwhile (true) {}'), left);
      assert.match(await remarkOf('const x = 1;\n\nfor (;;) await null;'), /^3 /);
    });

    it('in a loop of an exported function', async () => {
      assert.match(
        await remarkOf('export function build() {\n  while (true) {}\n}'),
        /^2 information: This loop/,
      );
    });

    it('in a loop that nobody waits for', async () => {
      assert.match(
        await remarkOf('async function spin() {\n  for (;;) await null;\n}\nspin();'),
        /^2 information: This loop/,
      );
    });

    it('in a recursion', async () => {
      assert.equal(
        await remarkOf('export const f = (n: number): number =>\n  f(n + 1) + 1;\nf(0);'),
        '2 error: RangeError: Maximum call stack size exceeded',
      );
    });

    it('in a chain of promises', async () => {
      const chain = 'const f = (): Promise<void> => Promise.resolve().then(f);\n';
      assert.equal(await endOf(`${chain}f();`), ended);
    });

    it('in a chain of ticks, begun by a function', async () => {
      assert.equal(
        await endOf(`const f = () => process.nextTick(f);\nexport function build() { f(); }`),
        ended,
      );
    });

    it('in a regular expression', async () => {
      const text = `/^(a+)+$/.test('a'.repeat(40) + 'b')`;
      assert.equal(await endOf(`export function build() { return ${text}; }`), ended);
    });

    it('in a regular expression at the top level or in a function, without the end of the process', async () => {
      const patient = new Tracing();
      const pid = await patient.client.warmUp().then(() => patient.client.pid());
      const endless = `/^(a+)+$/.test('a'.repeat(40) + 'b');`;
      const left = 'error: This does not come to an end; it was left after some seconds.';
      assert.equal(said((await patient.trace(endless)).remarks), `1 ${left}`);
      const inFunction = await patient.trace(`const n = 1;\nexport function build() {\n  ${endless}\n}`);
      assert.equal(said(inFunction.remarks), `2 ${left}`);
      assert.equal(await patient.client.pid(), pid);
      await patient.dispose();
    });

    it('in wait for what never happens', async () => {
      assert.equal(
        await remarkOf('await new Promise(() => {});'),
        '1 error: This waits for something that never happens, so that its trace ends here.',
      );
    });

    for (const [what, text] of Object.entries({
      'an interval': 'setInterval(() => {}, 0);',
      'an interval by import': `import { setInterval } from 'node:timers';\nsetInterval(() => {}, 0).unref();`,
      'a chain of timers': `import { setTimeout } from 'node:timers/promises';
        const f = (): Promise<void> => setTimeout(0).then(f);\nf();`,
      'a chain of immediates': 'const f = () => setImmediate(f);\nf();',
      'an endless file': `import fs from 'node:fs';\nfs.createReadStream('/dev/zero').resume();`,
    }))
      it(`with ${what} left running: the process is idle after it`, async function () {
        if (process.platform !== 'linux') this.skip();
        await tracing.trace(text);
        await tracing.client.warmUp();
        const pid = await tracing.client.pid();
        const ticks = ticksOf(pid);
        await new Promise((resolve) => setTimeout(resolve, 500));
        assert.equal(await tracing.client.pid(), pid);
        assert.ok(ticksOf(pid) - ticks <= 5, `${ticksOf(pid) - ticks} ticks of 10 ms`);
      });
  });

  describe('by taking memory', () => {
    // A machine that is slow to hand memory out makes the loop end first.
    const tooMuch =
      /^\d information: This (needs more than 1 GB of memory to be traced|loop was left after a second)/;

    it('in buffers, which are no JavaScript objects', async () => {
      const loop = `const kept: unknown[] = [];\nfor (;;) for (let i = 0; i < 512; i++)\n  kept.push(`;
      const patient = new Tracing();
      for (const made of ['Buffer.alloc(1e6, 1)', 'new Float32Array(250_000).fill(1)'])
        assert.match(said([onlyRemark(await patient.trace(`${loop}${made});`))]), tooMuch);
      await patient.dispose();
    });

    it('in strings', async () => {
      const text = `let text = 'x';\nfor (;;) text += text;`;
      assert.equal(await remarkOf(text), '2 error: RangeError: Invalid string length');
    });

    it('where no loop is seen', async () => {
      const text = `const kept: unknown[] = [];
        const f = (): Promise<void> => Promise.resolve(kept.push(Buffer.alloc(1e8, 1))).then(f);\nf();`;
      assert.match(
        await endOf(text),
        /^Tracing took (more than 2.5 GB of memory|longer than 2.5 s) and was ended/,
      );
    });

    it('in numbers, until the heap is full', async function () {
      this.timeout(120_000);
      const patient = new Tracing({ limitMilliseconds: 90_000 });
      const text = `export const build = () => Array.from({ length: 3000 }, () => new Array(1e5).fill(0.5));`;
      await assert.rejects(patient.trace(text), {
        message: 'Tracing took more than 1.536 GB of memory and was ended.',
      });
      assert.equal(onlyModel(await patient.trace(good)).params, 15);
      await patient.dispose();
    });
  });

  describe('by ending its process', () => {
    for (const [what, call] of Object.entries({
      exit: 'exit(0)',
      abort: 'abort()',
      kill: `kill(process.pid, 'SIGKILL')`,
      reallyExit: 'reallyExit(0)',
    }))
      it(`with process.${what}()`, async () => {
        const pid = await tracing.client.pid();
        assert.equal(
          await remarkOf(`const x: any = process;\n\nx.${call};`),
          `3 information: process.${what}() is not possible while a model's cost is traced. ` +
            'The cost is of what comes before this line.',
        );
        assert.equal(await tracing.client.pid(), pid);
      });

    it('with native code', async () => {
      const text = `${attempts}const p: any = process;
        await attempt('binding', () => p.binding('fs'));
        await attempt('_linkedBinding', () => p._linkedBinding('fs'));
        await attempt('dlopen', () => p.dlopen({}, '/tmp/x.node'));
        await attempt('require', () => require('./x' + '.node'));
        await attempt('flags', () => require('v8').setFlagsFromString('--stack-size=1'));
        ${tell}`;
      assert.equal(onlyModel(await tracing.trace(text)).name, 'escaped: ');
    });

    it('with process.disconnect()', async () => {
      assert.equal(await endOf('process.disconnect();'), 'The tracer ended by itself (exit code 0).');
    });

    it('after the editor was killed, whatever it does then', async function () {
      if (process.platform !== 'linux') this.skip();
      const file = path.join(tracing.folder, 'model.ts');
      const text = `import fs from 'node:fs';\nimport os from 'node:os';
        fs.openSync(os.tmpdir() + '/large', 'w');\nsetInterval(() => {}, 1);
        await new Promise((resolve) => setTimeout(resolve, 60_000));`;
      fs.writeFileSync(file, text);
      const editor = fork(path.join(__dirname, 'editor.js'), [file]);
      const pid = await new Promise<number>((resolve) => editor.once('message', resolve as never));
      const scratch = scratchOf(pid);
      while (fs.readdirSync(scratch).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      editor.kill('SIGKILL');
      await gone(pid);
      assert.deepEqual(fs.readdirSync(scratch), []);
      fs.rmdirSync(scratch);
    });

    it('while it is idle: another takes its place', async () => {
      const pid = await tracing.client.pid();
      process.kill(pid ?? 0, 'SIGKILL');
      while ((await tracing.client.pid()) === pid) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(onlyModel(await tracing.trace(good)).params, 15);
      assert.notEqual(await tracing.client.pid(), pid);
    });
  });

  describe('by what it throws', () => {
    const unreadable = '1 error: The code threw something that cannot be read.';
    for (const [text, message] of [
      ['throw 42;', '1 error: The code threw 42, which is not an Error.'],
      ['throw null;', '1 error: The code threw null, which is not an Error.'],
      ['throw undefined;', '1 error: The code threw undefined, which is not an Error.'],
      [`Promise.reject('x');`, '1 error: The code threw "x", which is not an Error.'],
      ['\nPromise.reject(new TypeError("x"));', '2 error: TypeError: x'],
      ['\n\nsetTimeout(() => { throw new Error("late"); });\nawait 0;', '3 warning: late'],
      ['throw { toString() { throw 1; }, toJSON() { throw 2; } };', unreadable],
      ['throw Object.defineProperty(new Error("x"), "stack", { get() { throw 1; } });', unreadable],
      ['throw new Proxy(new Error("x"), { getPrototypeOf() { throw 1; }, get() { throw 1; } });', unreadable],
      ['export default new Proxy({}, { has() { throw new Error("no"); } });', '1 error: Tracing failed: no'],
    ] as const)
      it(text.trim(), async () => {
        const late = text.includes('setTimeout') ? 'await new Promise((r) => setTimeout(r, 20));' : '';
        assert.equal(await remarkOf(text + late), message);
      });

    it('an error of ten million letters', async () => {
      assert.ok((await remarkOf(`throw new Error('x'.repeat(1e7));`)).length < 2000);
    });
  });

  describe('by writing files', () => {
    it('in every way that Node has', async () => {
      const text = `import { appendFileSync, writeFileSync } from 'node:fs';
        import * as promised from 'node:fs/promises';
        import os from 'node:os';
        ${attempts}
        const at = (name: string) => ${JSON.stringify(outside)} + '/' + name;
        const here = (name: string) => process.cwd() + '/' + name;
        const fs = require('fs') as typeof import('node:fs');
        const sure: any = (process as any).getBuiltinModule?.('fs') ?? fs;
        for (const name of [at('new.txt'), here('new.txt'), 'new.txt', 'model.ts', at('precious.txt')]) {
          await attempt('', () => writeFileSync(name, 'x'));
          await attempt('', () => appendFileSync(name, 'x'));
          await attempt('', () => sure.writeFileSync(name, 'x'));
          await attempt('', () => promised.writeFile(name, 'x'));
          await attempt('', () => fs.promises.writeFile(name, 'x'));
          await attempt('', () => new Promise((done) => fs.writeFile(name, 'x', done)));
          await attempt('', () => fs.createWriteStream(name).end('x'));
          await attempt('openSync', () => fs.writeSync(fs.openSync(name, 'w'), 'x'));
          await attempt('openSync a', () => fs.openSync(name, 'a'));
          await attempt('open', () => promised.open(name, 'w'));
          await attempt('WriteStream', () => new Promise((done, fail) => new fs.WriteStream(name as never)
            .on('error', fail).on('finish', done as never).end('x')));
        }
        await attempt('', () => fs.mkdirSync(at('made/deep'), { recursive: true }));
        await attempt('mkdtemp', () => fs.mkdtempSync(at('made-')));
        await attempt('', () => fs.rmSync(at('precious.txt')));
        await attempt('', () => fs.rmSync(at('folder'), { recursive: true }));
        await attempt('', () => fs.unlinkSync(at('precious.txt')));
        await attempt('', () => fs.rmdirSync(at('folder')));
        await attempt('', () => fs.renameSync(at('precious.txt'), at('renamed.txt')));
        await attempt('', () => fs.copyFileSync(at('precious.txt'), at('copied.txt')));
        await attempt('', () => fs.linkSync(at('precious.txt'), at('linked.txt')));
        await attempt('', () => fs.truncateSync(at('precious.txt')));
        await attempt('', () => fs.chmodSync(at('precious.txt'), 0o600));
        await attempt('', () => fs.utimesSync(at('precious.txt'), 1, 1));
        const reading = fs.openSync(at('precious.txt'), 'r');
        await attempt('', () => fs.fchmodSync(reading, 0o600));
        await attempt('', () => fs.futimesSync(reading, 1, 1));
        await attempt('', () => fs.ftruncateSync(reading));
        await attempt('', async () => (await promised.open(at('precious.txt'))).chmod(0o600));
        await attempt('', async () => (await promised.open(at('precious.txt'))).utimes(1, 1));
        await attempt('', () => fs.symlinkSync(${JSON.stringify(outside)}, os.tmpdir() + '/way-out'));
        await attempt('symlink', () => fs.openSync(os.tmpdir() + '/way-out/new.txt', 'w'));
        await attempt('dots', () => fs.openSync(os.tmpdir() + '/../' + 'lens-dots.txt', 'w'));
        await attempt('bytes', () => fs.openSync(Buffer.from(at('new.txt')), 'w'));
        await attempt('url', () => fs.openSync(new URL('file://' + at('new.txt')), 'w'));
        await attempt('heap', () => require('v8').writeHeapSnapshot());
        await attempt('report', () => process.report!.writeReport());
        await attempt('tracing', () => require('trace_events').createTracing({ categories: ['node'] }).enable());
        await attempt('sqlite', () => new (require('node:sq' + 'lite').DatabaseSync)(at('new.db')));
        ${tell}`;
      const result = await tracing.trace(text);
      // What was left out without an error counts as nothing escaped: the folders are compared.
      assert.match(result.models[0]?.name ?? said(result.remarks), /^escaped: ,*$/);
    });

    it('says so on the line of each write that is left out, and goes on', async () => {
      const { models, remarks } = await tracing.trace(
        `import fs, { writeFileSync } from 'node:fs';\nwriteFileSync('new.txt', 'x');\n` +
          `await fs.promises.mkdir('made');\nfs.createWriteStream('new.txt').end('x');\n${good}`,
      );
      const about = "is left out while a model's cost is traced";
      assert.equal(
        said(remarks),
        ['2 information: fs.writeFileSync', '3 information: fs.mkdir', '4 information: fs.createWriteStream']
          .map((each) => `${each} ${about}`)
          .join('\n'),
      );
      assert.equal(models.length, 1);
    });

    it('says so where a file cannot be opened', async () => {
      assert.equal(
        await remarkOf(`import fs from 'node:fs';\n\nfs.openSync('new.txt', 'w');`),
        "3 error: The code asked for FileSystemWrite which is not possible while a model's cost is traced.",
      );
    });

    it('except in the scratch folder, which goes with the process', async () => {
      const text = `import fs from 'node:fs';\nimport os from 'node:os';\n${attempts}
        const name = os.tmpdir() + '/scratch.txt';
        await attempt('written', () => fs.writeSync(fs.openSync(name, 'w'), name));
        ${tell}`;
      const own = new Tracing();
      assert.equal(onlyModel(await own.trace(text)).name, 'escaped: written');
      const scratch = scratchOf(await own.client.pid());
      assert.deepEqual(fs.readdirSync(scratch), ['scratch.txt']);
      await own.dispose();
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.ok(!fs.existsSync(scratch));
    });
  });

  describe('by reaching out of its process', () => {
    it('through the network: nothing arrives', async () => {
      let arrived = 0;
      const server = net.createServer((socket) => {
        arrived++;
        socket.destroy();
      });
      const datagrams = dgram.createSocket('udp4').on('message', () => arrived++);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      await new Promise<void>((resolve) => datagrams.bind(0, '127.0.0.1', resolve));
      const { port } = server.address() as net.AddressInfo;
      const udp = datagrams.address().port;
      const text = `import net, { connect } from 'node:net';
        import http from 'node:http';
        import https from 'node:https';
        import http2 from 'node:http2';
        import tls from 'node:tls';
        import dns from 'node:dns';
        import dgram from 'node:dgram';
        ${attempts}
        const [host, port, udp] = ['127.0.0.1', ${port}, ${udp}];
        const url = 'http://127.0.0.1:${port}/';
        await attempt('connect', () => connect(port, host));
        await attempt('createConnection', () => net.createConnection(port, host));
        await attempt('Socket', () => new net.Socket().connect(port, host));
        await attempt('http.get', () => http.get(url));
        await attempt('https.get', () => https.get(url.replace('http', 'https')));
        await attempt('http2', () => http2.connect(url));
        await attempt('tls', () => tls.connect(port, host));
        await attempt('fetch', () => fetch(url));
        await attempt('WebSocket', () => {
          const Made = (globalThis as any).WebSocket;
          if (!Made) throw new Error('there is none');
          return new Promise((open, fail) => Object.assign(new Made('ws://127.0.0.1:${port}'), { onopen: open, onerror: fail }));
        });
        await attempt('dgram', () => dgram.createSocket('udp4').send('x', udp, host));
        await attempt('dgram bind', () => dgram.createSocket('udp4').bind(0));
        await attempt('lookup', () => dns.lookup('example.org', () => {}));
        await attempt('promised lookup', () => dns.promises.lookup('example.org'));
        for (const Resolver of [dns.Resolver, dns.promises.Resolver] as any[])
          await attempt('Resolver', () => {
            const resolver = new Resolver({ timeout: 100, tries: 1 });
            resolver.setServers(['127.0.0.1:${udp}']);
            return resolver.resolve4('example.org', () => {});
          });
        await attempt('listen', () => net.createServer().listen(0));
        await attempt('http listen', () => http.createServer().listen(0));
        await attempt('handle', () => (net as any)._createServerHandle(host, 0, 4));
        await attempt('inspector', () => require('inspector').open(0));
        await new Promise((resolve) => setTimeout(resolve, 300));
        ${tell}`;
      try {
        const { models, remarks } = await tracing.trace(text);
        assert.equal(models[0]?.name ?? said(remarks), 'escaped: ');
        assert.equal(arrived, 0);
      } finally {
        server.close();
        datagrams.close();
      }
    });

    it('through the network: says so on its line, and what comes before is traced', async () => {
      const { models, remarks } = await tracing.trace(
        `${good}\nexport const data = await fetch('http://127.0.0.1:1');`,
      );
      assert.equal(
        said(remarks),
        "5 information: Fetching is not possible while a model's cost is traced. The cost is of what comes before this line.",
      );
      assert.equal(models.length, 1);
    });

    it('through other programs and threads', async () => {
      const text = `import child, { execSync } from 'node:child_process';
        import cluster from 'node:cluster';
        import { Worker } from 'node:worker_threads';
        import { register } from 'node:module';
        ${attempts}
        const touch = ['touch', [${JSON.stringify(path.join(outside, 'new.txt'))}]] as const;
        await attempt('spawn', () => child.spawn(...touch as any));
        await attempt('spawnSync', () => { const { error } = child.spawnSync(...touch as any); if (error) throw error; });
        await attempt('exec', () => child.exec('true'));
        await attempt('execSync', () => execSync('true'));
        await attempt('execFile', () => child.execFile('true'));
        await attempt('execFileSync', () => child.execFileSync('true'));
        await attempt('fork', () => child.fork('x.js'));
        await attempt('ChildProcess', () => {
          const failed = (new (child as any).ChildProcess() as any).spawn({ file: 'touch', args: ['touch', touch[1][0]] });
          if (failed) throw new Error(String(failed));
        });
        await attempt('cluster', () => cluster.fork());
        await attempt('Worker', () => new Worker('0', { eval: true }));
        await attempt('register', () => register('data:text/javascript,'));
        await attempt('kill', () => process.kill(process.ppid, 0));
        await attempt('send', () => (process as any).send({}));
        await attempt('data', () => import(['data:text/javascript,export default 1'].join()));
        ${tell}`;
      const { models, remarks } = await tracing.trace(text);
      assert.equal(models[0]?.name ?? said(remarks), 'escaped: ');
      assert.equal(
        await remarkOf(`import { execSync } from 'node:child_process';\nexecSync('true');`),
        "2 information: Starting other programs is not possible while a model's cost is traced. " +
          'The cost is of what comes before this line.',
      );
    });

    it('through the channel to the editor, and what it prints', async () => {
      const text = `import fs from 'node:fs';
        for (let i = 0; i < 1000; i++) {
          process.stderr.write('x'.repeat(1e5));
          process.stdout.write('x'.repeat(1e5));
          console.error('x'.repeat(1e5));
          for (const fd of [1, 2, 3]) fs.writeSync(fd, 'x\\n'.repeat(1e4));
        }
        fs.closeSync(3);
        ${good}`;
      assert.equal(onlyModel(await tracing.trace(text)).params, 15);
    });
  });

  describe('by changing what everything stands on', () => {
    for (const [what, text] of Object.entries({
      arrays: `Array.prototype.map = () => { throw new Error('map'); };\nArray.prototype.flatMap = () => [];`,
      iterators: `Array.prototype[Symbol.iterator] = function* () {};`,
      'Object.prototype': `(Object.prototype as any).shape = [1]; (Object.prototype as any).place = 'x';`,
      JSON: `JSON.stringify = () => '{}'; JSON.parse = () => ({});`,
      Math: `Math.max = Math.min = () => 0; Math.random = () => NaN;`,
      Map: `Map.prototype.get = () => undefined; Set.prototype.has = () => true;`,
      Promise: `(globalThis as any).Promise = class { constructor() { throw new Error('no'); } };`,
      'promises that never come': `Promise.prototype.then = () => new Promise(() => {});`,
      Error: `Error.captureStackTrace = () => {}; Error.stackTraceLimit = 0;`,
      'every global': `for (const name of Object.getOwnPropertyNames(globalThis)) delete (globalThis as any)[name];`,
      files: `import fs from 'node:fs';\nfs.readFileSync = () => { throw new Error('no'); };`,
      timers: `globalThis.setTimeout = (() => 0) as never; globalThis.setImmediate = (() => 0) as never;`,
      performance: `performance.now = () => NaN; Date.now = () => 0;`,
      'listeners of process': `process.removeAllListeners();
        for (const name of ['message', 'exit', 'unhandledRejection'] as any[])
          process.on(name, () => { throw new Error(name); });`,
      'uncaught errors': `process.setUncaughtExceptionCaptureCallback(() => { for (;;); });`,
      'the folder': `process.chdir('/');\nprocess.chdir = () => { throw new Error('no'); };`,
      environment: `process.env.TMPDIR = '/'; delete process.env.PATH;`,
      TensorFlow: `import * as tf from '@tensorflow/tfjs';
        (tf.layers.Layer.prototype as any).apply = () => { throw new Error('no'); };
        (tf.Tensor.prototype as any).print = null;
        tf.Optimizer.prototype.minimize = () => null;`,
      'the backend': `import * as tf from '@tensorflow/tfjs';\ntf.removeBackend(tf.getBackend());`,
      'frozen arrays': `Object.freeze(Array.prototype); Object.freeze(globalThis);`,
      'prototypes of prototypes': `Object.setPrototypeOf(Array.prototype, null);`,
    }))
      it(`${what}: for its own trace alone`, async () => {
        const traced = tracing.trace(`export {};\n${text}`);
        // A process that cannot even answer is ended.
        await traced.catch((error: unknown) => assert.ok(error instanceof TracerEnded));
      });

    it('says what a file changes when it can be traced no more', async () => {
      assert.equal(
        await remarkOf('Array.prototype.map = () => { throw new Error("x"); };'),
        '1 error: This file changes Array.prototype.map, without which its cost cannot be traced.',
      );
    });
  });
});

/** Names, kinds, permissions, times and contents of all that is in some folders, and what is new beside them. */
function state(...folders: string[]): string {
  const list = (folder: string): string[] =>
    fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory()) return [name, ...list(name)];
      const { mode, mtimeMs, size, nlink } = fs.lstatSync(name);
      const touched = path.basename(name) === 'model.ts' ? [] : [mtimeMs];
      return [[name, mode, size, nlink, ...touched, fs.readFileSync(name, 'utf8')].join(' ')];
    });
  const dots = fs.existsSync(path.join(path.dirname(folders[0] ?? ''), 'lens-dots.txt'));
  return [...folders.flatMap(list), String(dots)].join('\n');
}

/** Waits until a process is no more, or nothing but a number that its parent has not asked for. */
async function gone(pid: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      process.kill(pid, 0);
      if (/\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))) return;
    } catch (error) {
      if (/ESRCH/.test(String(error))) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`process ${pid} still runs`);
}

/** Ticks of processor time that a process has used. */
function ticksOf(pid: number | undefined): number {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function scratchOf(pid: number | undefined): string {
  const environment = fs.readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return environment.find((each) => each.startsWith('TMPDIR='))?.slice('TMPDIR='.length) ?? '';
}
