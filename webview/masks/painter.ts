import type { MaskColours, Rgb } from './palette';
import { fragmentShader, textureWidth, vertexShader } from './maskShader';
import { linedUp, type Painting } from './painting';
import { WorkerPainter } from './workerPainter';

/** Paints parts of masks onto canvases. */
export interface Painter {
  readonly kind: 'WebGL2' | 'worker';
  /**
   * @param target its width and height are those of its device pixels
   * @param done is called once it is on the canvas, unless another painting of the same canvas comes first
   */
  paint(target: HTMLCanvasElement, painting: Painting, colours: MaskColours, done?: () => void): void;
  /** Lets go of what is kept for a mask that is no longer shown. */
  forget(masks: object): void;
}

/** One for all canvases of a page: browsers allow few contexts. */
export function createPainter(): Painter {
  try {
    return new GpuPainter();
  } catch (error) {
    if (!(error instanceof NoGpu)) console.warn('Masks are drawn without WebGL2:', error);
    return new WorkerPainter();
  }
}

class NoGpu extends Error {}

/** Browsers do not say so themselves. */
function isSoftware(gl: WebGL2RenderingContext): boolean {
  const { UNMASKED_RENDERER_WEBGL } = gl.getExtension('WEBGL_debug_renderer_info') ?? {};
  const renderer: unknown = gl.getParameter(UNMASKED_RENDERER_WEBGL ?? gl.RENDERER);
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(String(renderer));
}

export class GpuPainter implements Painter {
  readonly kind = 'WebGL2';
  private readonly canvas = new OffscreenCanvas(1, 1);
  private gl: WebGL2RenderingContext;
  private program: WebGLProgram;
  private places = new Map<string, WebGLUniformLocation | null>();
  /** Of bits, or bytes, that came in a message and are shown again and again. */
  private textures = new Map<object, WebGLTexture>();
  /** In whose stead a worker paints while the context is lost. */
  private lost: WorkerPainter | undefined;

  /** @param software whether a WebGL2 that computes on the processor will do: a worker is faster than that */
  constructor(software = false) {
    const context = this.canvas.getContext('webgl2', { alpha: false, antialias: false });
    if (!context || (!software && isSoftware(context)))
      throw new NoGpu('WebGL2 is not there, or not on a graphics processor');
    this.gl = context;
    this.program = this.build();
    this.canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      this.lost ??= new WorkerPainter();
    });
    this.canvas.addEventListener('webglcontextrestored', () => {
      this.textures = new Map();
      this.places = new Map();
      this.program = this.build();
      this.lost?.dispose();
      this.lost = undefined;
    });
  }

  paint(target: HTMLCanvasElement, painting: Painting, colours: MaskColours, done?: () => void): void {
    if (this.lost) {
      this.lost.paint(target, painting, colours, done);
      return;
    }
    const { width, height } = target;
    const { gl, canvas } = this;
    if (canvas.width < width) canvas.width = width;
    if (canvas.height < height) canvas.height = height;
    gl.viewport(0, 0, width, height);
    gl.useProgram(this.program);
    this.bind(painting);
    this.set(painting, colours, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    target.getContext('2d')?.drawImage(canvas, 0, canvas.height - height, width, height, 0, 0, width, height);
    done?.();
  }

  forget(masks: object): void {
    const texture = this.textures.get(masks);
    if (texture) this.gl.deleteTexture(texture);
    this.textures.delete(masks);
  }

  private bind({ active, changed, magnitudes }: Painting): void {
    const { gl } = this;
    for (const [unit, source] of [active, changed, magnitudes ?? active].entries()) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, this.textures.get(source) ?? this.upload(source));
    }
  }

  private upload(source: Uint32Array | Uint8Array): WebGLTexture {
    const { gl } = this;
    const height = Math.max(1, Math.ceil(source.length / textureWidth));
    const isWords = source instanceof Uint32Array;
    const texels = isWords ? new Uint32Array(textureWidth * height) : new Uint8Array(textureWidth * height);
    texels.set(source);
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    const [form, type] = isWords ? [gl.R32UI, gl.UNSIGNED_INT] : [gl.R8UI, gl.UNSIGNED_BYTE];
    gl.texImage2D(gl.TEXTURE_2D, 0, form, textureWidth, height, 0, gl.RED_INTEGER, type, texels);
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
      gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
    this.textures.set(source, texture);
    return texture;
  }

  private set(painting: Painting, colours: MaskColours, height: number): void {
    const { gl } = this;
    const { layout, viewport, words, period, voidFrom, magnitudes } = painting;
    const at = (name: string) => {
      if (!this.places.has(name)) this.places.set(name, gl.getUniformLocation(this.program, name));
      return this.places.get(name) ?? null;
    };
    const whole = (name: string, value: number) => gl.uniform1i(at(name), value);
    const pair = (name: string, x: number, y: number) => gl.uniform2i(at(name), x, y);
    const colour = (name: string, rgb: Rgb) =>
      gl.uniform3f(at(name), rgb[0] / 255, rgb[1] / 255, rgb[2] / 255);
    for (const [unit, name] of ['activeBits', 'changedBits', 'magnitudes'].entries()) whole(name, unit);
    whole('showsMagnitudes', magnitudes ? 1 : 0);
    pair('size', layout.columns, layout.rows);
    whole('words', words);
    whole('canvasHeight', height);
    pair('origin', viewport.left, viewport.top);
    whole('up', viewport.up);
    whole('down', viewport.down);
    whole('linedUp', linedUp);
    pair('period', period[0], period[1]);
    pair('voidFrom', voidFrom[0], voidFrom[1]);
    colour('background', colours.background);
    colour('inactiveColour', colours.inactive);
    colour('droppedColour', colours.dropped);
    colour('activeColour', colours.active);
    colour('grownColour', colours.grown);
    colour('strongColour', colours.strong);
  }

  private build(): WebGLProgram {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, vertexShader],
      [gl.FRAGMENT_SHADER, fragmentShader],
    ] as const) {
      const shader = gl.createShader(type);
      if (!shader) throw new Error('no shader');
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS))
      throw new Error(gl.getProgramInfoLog(program) ?? 'the program does not link');
    return program;
  }
}
