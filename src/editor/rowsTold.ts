import { GroupNode, type Node } from './runNodes';

/** What is seen of a row. */
export interface RowFace {
  /** In another state a row has another name, icon or buttons, and a group has other rows. */
  readonly state: string;
  /** What it says of itself meanwhile. */
  readonly text: string;
}

/** What to draw anew: everything, or these rows. */
export type RowNews = 'all' | readonly Node[];

/**
 * What the editor was last told of the rows. It forgets rows while it takes them anew, and the button of one that is
 * pressed just then goes astray: so it is told only what has changed.
 */
export class RowsTold {
  private list = '';
  private readonly faces = new Map<Node, RowFace>();

  /** The editor has these roots now, and asks for each of their rows next. */
  tellList(roots: readonly Node[]): void {
    this.list = idsOf(roots);
    this.faces.clear();
  }

  tellRow(node: Node, face: RowFace): void {
    this.faces.set(node, face);
  }

  /**
   * What is new, which counts as told then.
   *
   * @param roots as they are now
   * @param texts whether rows that only say something else are news, too
   */
  news(roots: readonly Node[], faceOf: (node: Node) => RowFace, texts: boolean): RowNews {
    if (idsOf(roots) !== this.list) return this.tellAll(roots);
    const changed: Node[] = [];
    for (const [node, told] of this.faces) {
      const face = faceOf(node);
      if (face.state === told.state && (!texts || face.text === told.text)) continue;
      changed.push(node);
      this.faces.set(node, face);
    }
    // A run that goes from one group to another would be in both for a moment, and the editor wants it in one.
    return changed.filter((node) => node instanceof GroupNode).length > 1 ? this.tellAll(roots) : changed;
  }

  private tellAll(roots: readonly Node[]): 'all' {
    this.tellList(roots);
    return 'all';
  }
}

function idsOf(nodes: readonly Node[]): string {
  return nodes.map(({ id }) => id).join('\n');
}
