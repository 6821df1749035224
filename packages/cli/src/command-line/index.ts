export { commandName, GLOBAL_OPTIONS } from './command.ts';
export type { CommandLine, CommandSpec, HelpRow, HelpTopic, OptionSpec } from './command.ts';
export { commandHelp, groupHelp, programHelp, topicHelp } from './help.ts';
export type { HelpStyle } from './help.ts';
export { findCommand, parseCommandLine } from './parse.ts';
export type { FoundCommand } from './parse.ts';
export { nearestWord } from './suggestion.ts';
