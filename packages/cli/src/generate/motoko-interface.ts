/**
 * The interface of a Motoko source, by compiling it. The canisters that it imports are those of the network.
 * @module
 */
import { type PrincipalId, principalFromText, principalToText } from '@myelin/core/base';
import { readMetadata } from '../client/index.ts';
import { compileSource } from '../motoko/index.ts';
import { readCanisterIds } from '../project/index.ts';
import type { Surroundings } from './surroundings.ts';

/** @throws IcError `MOTOKO_…`, and those of a connection where something is imported */
export async function motokoInterface(file: string, { connection, stateFolder, terminal }: Surroundings): Promise<string> {
  const show = async (id: PrincipalId): Promise<string | undefined> => await readMetadata(await connection(), id, 'candid:service');
  const compilation = compileSource(file, {
    byName: async (alias) => {
      const id = (await readCanisterIds(stateFolder, (await connection()).rootKey)).get(alias);
      const candid = id === undefined ? undefined : await show(id);
      return id === undefined || candid === undefined ? undefined : { id: principalToText(id), candid };
    },
    byId: async (id) => await show(principalFromText(id)),
    remedy: (alias) => `deploy it first: myelin deploy FILE --name ${alias}`,
  });
  const { candid, remarks } = await terminal.during(`Compiling ${file}`, compilation);
  for (const remark of remarks) terminal.note(remark);
  return candid;
}
