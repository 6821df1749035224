/**
 * What is expected of every script of the suite (WebAssembly/testsuite 193e551).
 *
 * The suite covers WebAssembly 3.0; canisters have the features that the Internet Computer enables. So some modules are refused, always by a
 * named rule. Others are valid and were validated, but share tables, memories or globals with other modules, which canisters cannot, and
 * which the instrumentation therefore does not host; they do not run, nor do assertions on their partners after that.
 * @module
 */

/** Departures of one script from "every module is accepted and run, every assertion checked". */
export type Departure = {
  /** Modules refused by each rule although they are valid WebAssembly 3.0. */
  readonly refused?: Readonly<Record<string, number>>;
  /** Modules validated but not run, by reason. */
  readonly notRun?: Readonly<Record<string, number>>;
  /** Assertions on modules that were refused or did not run. */
  readonly skipped?: number;
  /** Not one module of the script is within our features and nothing else is asserted, or all assertions are about the text format. */
  readonly nothingRuns?: true;
};

/** Scripts of which everything is accepted and checked. */
export const completeScripts: readonly string[] = `
  address address64 align align64 annotations binary-gc binary-leb128 binary binary_leb128_64 block br br_if br_table bulk bulk64 call call_indirect
  call_indirect64 comments const conversions custom custom/branch_hint custom/custom_annot endianness endianness64 exports f32 f32_bitwise f32_cmp
  f64 f64_bitwise f64_cmp fac float_exprs float_literals float_memory float_memory64 float_misc forward func func_ptrs i32 i64 id if inline-module
  int_exprs int_literals labels left-to-right load load64 local_get local_set local_tee loop memory memory_copy memory_copy64 memory_fill
  memory_fill64 memory_grow64 memory_init memory_init64 memory_redundancy memory_redundancy64 memory_size memory_size3 memory_trap memory_trap64
  names nop return return_call return_call_indirect select simd_address simd_align simd_bit_shift simd_bitwise simd_boolean
  simd_const simd_conversions simd_f32x4 simd_f32x4_arith simd_f32x4_cmp simd_f32x4_pmin_pmax simd_f32x4_rounding simd_f64x2 simd_f64x2_arith
  simd_f64x2_cmp simd_f64x2_pmin_pmax simd_f64x2_rounding simd_i16x8_arith simd_i16x8_arith2 simd_i16x8_cmp simd_i16x8_extadd_pairwise_i8x16
  simd_i16x8_extmul_i8x16 simd_i16x8_q15mulr_sat_s simd_i16x8_sat_arith simd_i32x4_arith simd_i32x4_arith2 simd_i32x4_cmp simd_i32x4_dot_i16x8
  simd_i32x4_extadd_pairwise_i16x8 simd_i32x4_extmul_i16x8 simd_i32x4_trunc_sat_f32x4 simd_i32x4_trunc_sat_f64x2 simd_i64x2_arith simd_i64x2_arith2
  simd_i64x2_cmp simd_i64x2_extmul_i32x4 simd_i8x16_arith simd_i8x16_arith2 simd_i8x16_cmp simd_i8x16_sat_arith simd_int_to_int_extend simd_lane
  simd_load simd_load16_lane simd_load32_lane simd_load64_lane simd_load8_lane simd_load_extend simd_load_splat simd_load_zero simd_select simd_splat
  simd_store simd_store16_lane simd_store32_lane simd_store64_lane simd_store8_lane skip-stack-guard-page stack start store switch table_copy
  table_copy64 table_copy_mixed table_fill table_fill64 table_get table_get64 table_grow64 table_set table_set64 table_size table_size64 token traps
  type unreachable unreached-invalid unwind utf8-custom-section-id utf8-import-field utf8-import-module
`
  .trim()
  .split(/\s+/)
  .map((name) => `${name}.wast`);

/** Scripts with departures, all of them. */
export const departures: Readonly<Record<string, Departure>> = {
  'address0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 91, nothingRuns: true },
  'address1.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 126, nothingRuns: true },
  'align0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 4, nothingRuns: true },
  'array.wast': { refused: { WASM_FEATURE_GC: 7 }, skipped: 41 },
  'array_copy.wast': { refused: { WASM_FEATURE_GC: 1 }, skipped: 30 },
  'array_fill.wast': { refused: { WASM_FEATURE_GC: 1 }, skipped: 26 },
  'array_init_data.wast': { refused: { WASM_FEATURE_GC: 2 }, skipped: 42 },
  'array_init_elem.wast': { refused: { WASM_FEATURE_GC: 3 }, skipped: 30 },
  'array_new_data.wast': { refused: { WASM_FEATURE_GC: 5 }, skipped: 23, nothingRuns: true },
  'array_new_elem.wast': { refused: { WASM_FEATURE_GC: 5 }, skipped: 19, nothingRuns: true },
  'binary0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 5 } },
  'br_on_cast.wast': { refused: { WASM_FEATURE_GC: 3 }, skipped: 28 },
  'br_on_cast_fail.wast': { refused: { WASM_FEATURE_GC: 3 }, skipped: 28 },
  'br_on_non_null.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 3 }, skipped: 8 },
  'br_on_null.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 3 }, skipped: 6 },
  'call_ref.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 4 }, skipped: 27 },
  'custom/name_annot.wast': { refused: { WASM_FEATURE_EXCEPTIONS: 1 } },
  'data.wast': { refused: { WASM_FEATURE_EXTENDED_CONST: 4 } },
  'data0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 2 } },
  'data1.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 13 }, skipped: 13 },
  'data_drop0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 10, nothingRuns: true },
  'elem.wast': {
    refused: { WASM_FEATURE_EXTENDED_CONST: 4, WASM_FEATURE_FUNCTION_REFERENCES: 16 },
    notRun: { 'imports a global': 1, 'imports a table': 3 },
    skipped: 17,
  },
  'exports0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 4 } },
  'extern.wast': { refused: { WASM_FEATURE_GC: 1 }, skipped: 17, nothingRuns: true },
  'float_exprs0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 13, nothingRuns: true },
  'float_exprs1.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 2, nothingRuns: true },
  'float_memory0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 2 }, skipped: 28, nothingRuns: true },
  'global.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 1 }, skipped: 5 },
  'i16x8_relaxed_q15mulr_s.wast': { refused: { WASM_FEATURE_RELAXED_SIMD: 1 }, skipped: 2, nothingRuns: true },
  'i31.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 2, WASM_FEATURE_GC: 4 }, skipped: 65 },
  'i32x4_relaxed_trunc.wast': { refused: { WASM_FEATURE_RELAXED_SIMD: 1 }, nothingRuns: true },
  'i8x16_relaxed_swizzle.wast': { refused: { WASM_FEATURE_RELAXED_SIMD: 1 }, skipped: 5, nothingRuns: true },
  'imports.wast': {
    refused: { WASM_FEATURE_EXCEPTIONS: 7 },
    notRun: { 'imports a global': 3, 'imports a memory': 13, 'imports a table': 12, 'imports from a module that does not run': 7 },
    skipped: 2,
  },
  'imports0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 } },
  'imports1.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 4, nothingRuns: true },
  'imports2.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 4 }, skipped: 4 },
  'imports3.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 9 }, nothingRuns: true },
  'imports4.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 5 }, skipped: 8, nothingRuns: true },
  'instance.wast': { refused: { WASM_FEATURE_EXCEPTIONS: 3, WASM_FEATURE_FUNCTION_REFERENCES: 5 }, skipped: 12, nothingRuns: true },
  'legacy/rethrow.wast': { refused: { WASM_FEATURE_EXCEPTIONS: 1 }, skipped: 12 },
  'legacy/throw.wast': { refused: { WASM_FEATURE_EXCEPTIONS: 1 }, skipped: 7 },
  'legacy/try_catch.wast': { refused: { WASM_FEATURE_EXCEPTIONS: 3 }, skipped: 31 },
  'legacy/try_delegate.wast': { refused: { WASM_FEATURE_EXCEPTIONS: 1 }, skipped: 20 },
  'linking.wast': {
    refused: { WASM_FEATURE_FUNCTION_REFERENCES: 28 },
    notRun: { 'imports a global': 2, 'imports a memory': 7, 'imports a table': 5 },
    skipped: 65,
  },
  'linking0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 2 }, skipped: 2 },
  'linking1.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 2 }, notRun: { 'imports a memory': 4 }, skipped: 9 },
  'linking2.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, notRun: { 'imports a memory': 1 }, skipped: 8 },
  'linking3.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, notRun: { 'imports a memory': 3 }, skipped: 9 },
  'load0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 2, nothingRuns: true },
  'load1.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 15 },
  'load2.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 37, nothingRuns: true },
  'local_init.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 2 }, skipped: 4 },
  'memory-multi.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 2 }, skipped: 4, nothingRuns: true },
  'memory64-imports.wast': { notRun: { 'imports a memory': 14, 'imports a table': 16 } },
  'memory64.wast': { refused: { WASM_LIMITS_RANGE: 1 } },
  'memory_copy0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 28, nothingRuns: true },
  'memory_copy1.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 13, nothingRuns: true },
  'memory_fill0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 15, nothingRuns: true },
  'memory_grow.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 3 }, skipped: 47, nothingRuns: true },
  'memory_init0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 12, nothingRuns: true },
  'memory_size0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 7, nothingRuns: true },
  'memory_size1.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 14, nothingRuns: true },
  'memory_size2.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 20, nothingRuns: true },
  'memory_size_import.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 2 }, skipped: 4, nothingRuns: true },
  'memory_trap0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 13, nothingRuns: true },
  'memory_trap1.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 167, nothingRuns: true },
  'obsolete-keywords.wast': { nothingRuns: true },
  'ref.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 1 } },
  'ref_as_non_null.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 2 }, skipped: 4 },
  'ref_cast.wast': { refused: { WASM_FEATURE_GC: 2 }, skipped: 43, nothingRuns: true },
  'ref_eq.wast': { refused: { WASM_FEATURE_GC: 1 }, skipped: 82 },
  'ref_func.wast': { notRun: { 'has a mutable global that holds a reference': 1 }, skipped: 10 },
  'ref_is_null.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 1 } },
  'ref_null.wast': { refused: { WASM_FEATURE_GC: 2 }, skipped: 32, nothingRuns: true },
  'ref_test.wast': { refused: { WASM_FEATURE_GC: 2 }, skipped: 69, nothingRuns: true },
  'relaxed_dot_product.wast': { refused: { WASM_FEATURE_RELAXED_SIMD: 1 }, skipped: 10, nothingRuns: true },
  'relaxed_laneselect.wast': { refused: { WASM_FEATURE_RELAXED_SIMD: 1 }, skipped: 11, nothingRuns: true },
  'relaxed_madd_nmadd.wast': { refused: { WASM_FEATURE_RELAXED_SIMD: 2 }, skipped: 17, nothingRuns: true },
  'relaxed_min_max.wast': { refused: { WASM_FEATURE_RELAXED_SIMD: 1 }, skipped: 24, nothingRuns: true },
  'return_call_ref.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 5 }, skipped: 35 },
  'simd_linking.wast': { notRun: { 'imports a global': 1 } },
  'simd_memory-multi.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, nothingRuns: true },
  'start0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 8, nothingRuns: true },
  'store0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 4, nothingRuns: true },
  'store1.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 4 },
  'store2.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 22 },
  'struct.wast': { refused: { WASM_FEATURE_GC: 6 }, skipped: 19 },
  'table-sub.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 1 } },
  'table.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 6, WASM_LIMITS_RANGE: 1 }, skipped: 5 },
  'table64.wast': { refused: { WASM_LIMITS_RANGE: 1 } },
  'table_grow.wast': { notRun: { 'imports a table': 2 }, skipped: 2 },
  'table_init.wast': { refused: { WASM_FEATURE_GC: 1 }, skipped: 1 },
  'table_init64.wast': { refused: { WASM_FEATURE_GC: 1 }, skipped: 1 },
  'tag.wast': { refused: { WASM_FEATURE_EXCEPTIONS: 3, WASM_FEATURE_GC: 3 } },
  'throw.wast': { refused: { WASM_FEATURE_EXCEPTIONS: 1 }, skipped: 9 },
  'throw_ref.wast': { refused: { WASM_FEATURE_EXCEPTIONS: 1 }, skipped: 12 },
  'traps0.wast': { refused: { WASM_FEATURE_MULTI_MEMORY: 1 }, skipped: 14, nothingRuns: true },
  'try_table.wast': { refused: { WASM_FEATURE_EXCEPTIONS: 5, WASM_FEATURE_FUNCTION_REFERENCES: 1 }, skipped: 49 },
  'type-canon.wast': { refused: { WASM_FEATURE_GC: 2 }, nothingRuns: true },
  'type-equivalence.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 8, WASM_FEATURE_GC: 12 }, skipped: 3 },
  'type-rec.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 1, WASM_FEATURE_GC: 12 }, skipped: 3 },
  'type-subtyping.wast': { refused: { WASM_FEATURE_GC: 54 }, skipped: 29 },
  'unreached-valid.wast': { refused: { WASM_FEATURE_FUNCTION_REFERENCES: 1 } },
  'utf8-invalid-encoding.wast': { nothingRuns: true },
};

/** Assertions of the whole suite, by category. */
export const totals: Readonly<Record<string, number>> = {
  'module accepted': 2166,
  'module instrumented and run': 1892,
  assert_invalid: 2724,
  assert_malformed: 711,
  assert_return: 51_386,
  assert_trap: 4532,
  assert_exhaustion: 15,
  'assert_trap of a module': 28,
  'assert_unlinkable accepted': 150,
  action: 288,
};
