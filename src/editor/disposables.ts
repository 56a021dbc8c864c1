interface Disposable {
  dispose(): unknown;
}

/** Owns what has to be disposed of; what arrives after its own end is disposed of at once. */
export abstract class Disposables implements Disposable {
  private owned: Disposable[] = [];
  private disposed = false;

  protected get isDisposed(): boolean {
    return this.disposed;
  }

  protected register<T extends Disposable>(disposable: T): T {
    if (this.disposed) disposable.dispose();
    else this.owned.push(disposable);
    return disposable;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const each of this.owned.reverse()) each.dispose();
    this.owned = [];
  }
}
