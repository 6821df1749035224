export { askNewProject } from './ask.ts';
export { createProject, ownPackage } from './create-project.ts';
export type { NewProject } from './create-project.ts';
export { projectName } from './project-name.ts';
export { TEMPLATES } from './templates.ts';
export type { TemplateName } from './templates.ts';
