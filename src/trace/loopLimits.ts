import { Contained } from './contained';
import { loopGuard } from './codeAnalysis';

/** A loop of the traced code is left once its turns have taken this long. */
const loopMilliseconds = 1000;
/** The most that one turn counts: what comes after a loop's last turn is not the loop's. */
const turnMilliseconds = 20;
/** A trace ends when the process has grown by so much. */
const mostBytes = 1_000_000_000;
const millisecondsBetweenLooks = 20;
/** As it was before the traced code could replace it. */
const now = performance.now.bind(performance);

interface Loop {
  milliseconds: number;
  left: boolean;
}

/** What every loop of the traced code asks at each turn: whether to be left. */
export class LoopLimits {
  private readonly loops = new Map<string, Loop>();
  private readonly bytesBefore = process.memoryUsage.rss();
  private latest: { loop: Loop; at: number } | undefined;
  private lookedAt = now();

  /** @param left told of each loop that was left, by its line and column in the compiled code */
  constructor(private readonly left: (line: number, column: number) => void) {
    Reflect.set(globalThis, loopGuard, (line: number, column: number) => this.turn(line, column));
  }

  private turn(line: number, column: number): boolean {
    const key = `${line}:${column}`;
    const loop = this.loops.get(key) ?? { milliseconds: 0, left: false };
    this.loops.set(key, loop);
    const at = now();
    if (this.latest) this.latest.loop.milliseconds += Math.min(turnMilliseconds, at - this.latest.at);
    this.latest = { loop, at };
    if (at - this.lookedAt > millisecondsBetweenLooks) this.look(at);
    if (loop.milliseconds < loopMilliseconds) return false;
    if (!loop.left) this.left(line, column);
    loop.left = true;
    return true;
  }

  private look(at: number): void {
    this.lookedAt = at;
    if (process.memoryUsage.rss() - this.bytesBefore > mostBytes)
      throw new Contained(`This needs more than ${mostBytes / 1e9} GB of memory to be traced`);
  }
}
