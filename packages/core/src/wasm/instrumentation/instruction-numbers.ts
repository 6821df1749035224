/**
 * Numbers of instructions with a prefix that are rewritten one by one (see instructions.ts).
 */
import { PREFIX_FC, PREFIX_FD } from '../instructions.ts';

export const MEMORY_INIT: number = PREFIX_FC + 8;
export const DATA_DROP: number = PREFIX_FC + 9;
export const MEMORY_COPY: number = PREFIX_FC + 10;
export const MEMORY_FILL: number = PREFIX_FC + 11;
export const TABLE_INIT: number = PREFIX_FC + 12;
export const ELEM_DROP: number = PREFIX_FC + 13;
export const TABLE_COPY: number = PREFIX_FC + 14;
export const TABLE_GROW: number = PREFIX_FC + 15;
export const TABLE_SIZE: number = PREFIX_FC + 16;
export const TABLE_FILL: number = PREFIX_FC + 17;
export const V128_CONST: number = PREFIX_FD + 12;
export const SHUFFLE: number = PREFIX_FD + 13;
