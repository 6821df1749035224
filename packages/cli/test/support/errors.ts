import { IcError } from '@myelin/core/base';

/** For `assert.throws` and `assert.rejects`: whether an error has this code. */
export function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    if (error instanceof IcError && error.detail.code === code) return true;
    throw error instanceof Error ? error : new Error(String(error));
  };
}
