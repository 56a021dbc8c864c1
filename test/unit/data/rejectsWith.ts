import * as assert from 'node:assert/strict';

/** `loading` fails with a DataError whose message matches all the patterns. */
export async function rejectsWith(loading: Promise<unknown>, ...patterns: RegExp[]): Promise<void> {
  await assert.rejects(loading, (error: Error) => {
    assert.equal(error.name, 'DataError', error.stack);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  });
}
