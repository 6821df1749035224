/**
 * Bounds of project files.
 * @module
 */

/** Size of a project file, in bytes. Files of real projects have a few thousand. */
export const PROJECT_FILE_BYTES_MAX = 1_000_000;

/** Depth of lists and maps within each other; also bounds aliases that refer to themselves. */
export const PROJECT_FILE_DEPTH_MAX = 32;

/** Canisters of a project. */
export const CANISTERS_MAX = 500;

/** Files that the patterns of a project file may name. */
export const PATTERN_FILES_MAX = 1_000;

/** Size of a file with arguments or with a value of the environment, in bytes: what a message can carry. */
export const ARGUMENT_FILE_BYTES_MAX: number = 2 * 1024 * 1024;

/** Folders above the current one in which a project file is looked for. */
export const FOLDERS_UP_MAX = 32;
