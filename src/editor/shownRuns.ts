import type * as vscode from 'vscode';

const memoryKey = 'shownRuns';
const kept = 100;

/** Which runs this workspace has had a panel of: one that the user has closed does not come back by itself. */
export class ShownRuns {
  constructor(private readonly memory: vscode.Memento) {}

  has(directory: string): boolean {
    return this.all().includes(directory);
  }

  async add(directory: string): Promise<void> {
    const others = this.all().filter((each) => each !== directory);
    await this.memory.update(memoryKey, [...others, directory].slice(-kept));
  }

  private all(): readonly string[] {
    return this.memory.get<string[]>(memoryKey, []);
  }
}
