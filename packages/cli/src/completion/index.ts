export { bashScript } from './bash.ts';
export { fishScript } from './fish.ts';
export { completionModel } from './model.ts';
export type { CompletionModel } from './model.ts';
export { completedNames } from './names.ts';
export { zshScript } from './zsh.ts';
