/**
 * Makes a canister of what the AssemblyScript compiler gives.
 *
 * Exported names cannot hold a space in AssemblyScript: `canister_update__increment` becomes `canister_update increment`, which is how
 * a canister names its methods. And everybody may ask a canister for its interface: counter.did goes into the module.
 */
import { readFileSync } from 'node:fs';
import { Transform } from 'assemblyscript/transform';

const METHOD = /^(canister_(?:update|query|composite_query))__(.+)$/;

export default class CanisterTransform extends Transform {
  /** @param module the module, as the package `binaryen` has it */
  afterCompile(module) {
    const exported = Array.from({ length: module.getNumExports() }, (_, index) => module.getExportByIndex(index));
    for (const { name, value } of exported.map((entry) => this.binaryen.getExportInfo(entry))) {
      const [, kind, method] = METHOD.exec(name) ?? [];
      if (kind === undefined) continue;
      module.removeExport(name);
      module.addFunctionExport(value, `${kind} ${method}`);
    }
    const candid = readFileSync(new URL('./counter.did', import.meta.url));
    module.addCustomSection('icp:public candid:service', candid);
  }
}
