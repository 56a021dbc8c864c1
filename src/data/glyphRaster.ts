import type { Random } from './random';
import type { Style } from './glyphStrokes';

/** Pixels a side of a glyph image. */
export const glyphSide = 28;

const piecesPerSpan = 4;

/** Draws one digit in `style` as a person would who never writes it the same way twice. */
export class GlyphPen {
  private readonly ink = new Float32Array(glyphSide * glyphSide);

  /** Writes glyphSide x glyphSide grey levels, 0 to 255, to `out` at `offset`. */
  draw(style: Style, random: Random, noise: number, out: Uint8Array, offset: number): void {
    this.ink.fill(0);
    const place = placement(random);
    const radius = random.between(0.8, 1.8);
    const wobble = random.between(1, 3.5);
    for (const stroke of style.strokes) {
      let corner: [number, number] | undefined;
      for (const curve of stroke) {
        const points = Float64Array.from(curve);
        for (let i = 0; i < points.length; i += 2) {
          const [x, y] =
            i === 0 && corner
              ? corner
              : [
                  (curve[i] as number) + wobble * random.normal(),
                  (curve[i + 1] as number) + wobble * random.normal(),
                ];
          points[i] = x;
          points[i + 1] = y;
          corner = [x, y];
        }
        for (let i = 0; i < points.length; i += 2) {
          const x = points[i] as number;
          const y = points[i + 1] as number;
          points[i] = place.xx * x + place.xy * y + place.x;
          points[i + 1] = place.yx * x + place.yy * y + place.y;
        }
        this.curve(points, radius);
      }
    }
    this.develop(random, noise, out, offset);
  }

  /** A uniform Catmull-Rom spline through the points, as short straight pieces. */
  private curve(points: Float64Array, radius: number): void {
    const last = points.length / 2 - 1;
    const x = (i: number) => points[2 * Math.min(last, Math.max(0, i))] as number;
    const y = (i: number) => points[2 * Math.min(last, Math.max(0, i)) + 1] as number;
    let fromX = x(0);
    let fromY = y(0);
    for (let span = 0; span < last; span++) {
      for (let piece = 1; piece <= piecesPerSpan; piece++) {
        const t = piece / piecesPerSpan;
        const toX = spline(x(span - 1), x(span), x(span + 1), x(span + 2), t);
        const toY = spline(y(span - 1), y(span), y(span + 1), y(span + 2), t);
        this.line(fromX, fromY, toX, toY, radius);
        fromX = toX;
        fromY = toY;
      }
    }
  }

  /** Covers each pixel by how far the pen's edge reaches over its centre (a signed distance, one pixel soft). */
  private line(ax: number, ay: number, bx: number, by: number, radius: number): void {
    const reach = radius + 0.5;
    const left = Math.max(0, Math.ceil(Math.min(ax, bx) - reach));
    const right = Math.min(glyphSide - 1, Math.floor(Math.max(ax, bx) + reach));
    const top = Math.max(0, Math.ceil(Math.min(ay, by) - reach));
    const bottom = Math.min(glyphSide - 1, Math.floor(Math.max(ay, by) + reach));
    const dx = bx - ax;
    const dy = by - ay;
    const squared = dx * dx + dy * dy;
    const perLength = squared > 0 ? 1 / squared : 0;
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const along = ((column - ax) * dx + (row - ay) * dy) * perLength;
        const t = along < 0 ? 0 : along > 1 ? 1 : along;
        const ex = column - ax - t * dx;
        const ey = row - ay - t * dy;
        const cover = reach - Math.sqrt(ex * ex + ey * ey);
        const at = row * glyphSide + column;
        if (cover > (this.ink[at] as number)) this.ink[at] = cover < 1 ? cover : 1;
      }
    }
  }

  /** Ink to grey levels, with grain: the sum of four random bytes is close to normal and costs one draw. */
  private develop(random: Random, noise: number, out: Uint8Array, offset: number): void {
    const strength = random.between(200, 255);
    const grain = (noise * 255) / grainDeviation;
    for (let i = 0; i < this.ink.length; i++) {
      let level = strength * (this.ink[i] as number);
      if (noise > 0) {
        const bits = random.uint32();
        const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
        level += grain * (sum - 510);
      }
      out[offset + i] = level < 0 ? 0 : level > 255 ? 255 : level + 0.5;
    }
  }
}

/** Deviation of the sum of four uniform bytes: each has variance (256^2 - 1) / 12. */
const grainDeviation = Math.sqrt((4 * (256 ** 2 - 1)) / 12);

/** An affine map from the drawing's (0..100) square to pixels. */
function placement(random: Random) {
  const height = random.between(17, 23) / 100;
  const width = height * random.between(0.85, 1.25);
  const angle = 0.13 * random.normal();
  const slant = 0.2 * random.normal() + 0.06;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const xx = width * cos;
  const xy = -height * (sin + slant * cos);
  const yx = width * sin;
  const yy = height * (cos - slant * sin);
  const middle = (glyphSide - 1) / 2;
  return {
    xx,
    xy,
    yx,
    yy,
    x: middle + random.between(-2.6, 2.6) - 50 * (xx + xy),
    y: middle + random.between(-2.6, 2.6) - 50 * (yx + yy),
  };
}

function spline(before: number, from: number, to: number, after: number, t: number): number {
  const a = to - before;
  const b = 2 * before - 5 * from + 4 * to - after;
  const c = 3 * (from - to) + after - before;
  return from + 0.5 * t * (a + t * (b + t * c));
}
