import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromUtf8, utf8 } from '@myelin/core/base';
import { parseModule } from '@myelin/core/wasm';
import { motokoCanister } from '@myelin/test-canisters';
import { putMetadata } from '../../src/build/index.ts';

function sections(bytes: Uint8Array): Map<string, string | undefined> {
  const parsed = parseModule(bytes);
  assert.ok(parsed.ok);
  return new Map(
    parsed.value.customSections.map(({ name, content }) => [name, fromUtf8(parsed.value.bytes.subarray(content.start, content.end))]),
  );
}

describe('putMetadata', () => {
  it('adds a section and leaves the others as they are', async () => {
    const { wasm } = await motokoCanister('counter');
    const long = 'x'.repeat(100_000);
    const changed = sections(putMetadata(wasm, 'note', false, utf8(long)));
    assert.equal(changed.get('icp:private note'), long);
    changed.delete('icp:private note');
    assert.deepEqual(changed, sections(wasm));
  });

  it('takes the place of a section of that name, whoever may read it', async () => {
    const { wasm } = await motokoCanister('counter');
    const once = putMetadata(wasm, 'candid:service', true, utf8('service : {}'));
    assert.equal(sections(once).get('icp:public candid:service'), 'service : {}');
    const twice = sections(putMetadata(once, 'candid:service', false, utf8('service : { f : () -> () }')));
    assert.deepEqual(
      [twice.get('icp:public candid:service'), twice.get('icp:private candid:service')],
      [undefined, 'service : { f : () -> () }'],
    );
  });
});
