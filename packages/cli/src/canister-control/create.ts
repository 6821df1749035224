/**
 * Makes empty canisters.
 * @module
 */
import { type PrincipalId, principalFromText, principalToText } from '@myelin/core/base';
import { canisterUrl } from '../canister/index.ts';
import { connect, type ConnectionOptions, parsePrincipal, readCanister } from '../client/index.ts';
import { createCanister, toCanisterSettings } from '../deploy/index.ts';
import { isRemote, type NamedSettings, type Project } from '../manifest/index.ts';
import { commandFailure, type Terminal, usageFailure } from '../terminal/index.ts';
import { principalsOf } from './principals.ts';
import { knownIds, type NamePlace, projectOf, recordName } from './recorded-names.ts';
import { readSettingTexts, type SettingTexts } from './setting-values.ts';

export type CreateRequest = {
  /** Undefined: it is known by its id alone. */
  readonly name: string | undefined;
  /** Undefined: what the network gives. */
  readonly cycles: bigint | undefined;
  /** Principals or identities; none: the one who makes it. */
  readonly controllers: readonly string[];
  readonly texts: SettingTexts;
  /** The id that it shall have; undefined: the next free one. */
  readonly specifiedId: string | undefined;
  /** Makes one that somebody else controls, too. */
  readonly isConfirmed: boolean;
  readonly stateFolder: string;
  readonly connection: ConnectionOptions;
};

/** As long as those of files that hold names. */
const NAME_LENGTH_MAX = 100;

function checkName(name: string): void {
  if (name.length > NAME_LENGTH_MAX || /\p{Cc}/u.test(name)) {
    throw usageFailure(
      'USAGE_OPERANDS',
      `'${name}' cannot be the name of a canister`,
      `use at most ${NAME_LENGTH_MAX} characters that can be seen`,
    );
  }
  if (parsePrincipal(name) === undefined) return;
  throw usageFailure('USAGE_OPERANDS', `'${name}' is an id, not a name`, `write --specified-id ${name} for a canister that has this id`);
}

/** @throws IcError `CANISTER_NAME_TAKEN` */
async function checkFree(place: NamePlace, project: Project | undefined, name: string): Promise<void> {
  const id = (await knownIds(place, project)).get(name);
  // A canister that is gone has left its name behind.
  if (id === undefined || (await readCanister(place.connection, id)).controllers === undefined) return;
  throw commandFailure(
    'CANISTER_NAME_TAKEN',
    `there is a canister ${name} on ${place.connection.url} already: ${principalToText(id)}`,
    `choose another name, or bring a module to it: myelin canister install ${name} FILE.wasm`,
  );
}

type Wanted = { readonly settings: NamedSettings; readonly id: PrincipalId | undefined };

/** What the project file says of a canister of this name. @throws IcError `PROJECT_…` */
async function wantedByProject(project: Project | undefined, name: string | undefined): Promise<Wanted> {
  const entry = project?.entries.find((candidate) => candidate.name === name);
  const canister = await entry?.read();
  if (canister === undefined) return { settings: {}, id: undefined };
  if (!isRemote(canister)) return { settings: canister.settings, id: canister.specifiedId };
  throw commandFailure(
    'CANISTER_NAME_TAKEN',
    `${canister.name} is a canister of somebody else on this network, as ${project?.file ?? 'the project file'} says: ${principalToText(canister.id)}`,
    'choose another name',
  );
}

async function wantedOf(request: CreateRequest, project: Project | undefined): Promise<Wanted> {
  const { name, controllers, texts, specifiedId } = request;
  const fromFile = await wantedByProject(project, name);
  const settings = { ...fromFile.settings, ...(await readSettingTexts(texts)) };
  if (controllers.length > 0) settings.controllers = await principalsOf(controllers);
  return { settings, id: specifiedId === undefined ? fromFile.id : parseId(specifiedId) };
}

function parseId(text: string): PrincipalId {
  if (parsePrincipal(text) !== undefined) return principalFromText(text);
  throw usageFailure('USAGE_OPTION_VALUE', `'${text}' is not the id of a canister`, 'write --specified-id ID');
}

/** @throws IcError `CONTROL_LOST` */
function checkControl({ controllers }: NamedSettings, principal: PrincipalId, isConfirmed: boolean): void {
  if (controllers === undefined || controllers.includes(principal) || isConfirmed) return;
  throw commandFailure(
    'CONTROL_LOST',
    `the controllers do not name you (${principalToText(principal)}): you could not do anything with the canister`,
    `add --controller ${principalToText(principal)}, or give --yes if it is meant`,
  );
}

/**
 * Makes a canister, keeps its name, and prints its id.
 * @throws IcError `CANISTER_NAME_TAKEN`, `CONTROL_LOST`, `DEPLOY_CREATION_IMPOSSIBLE`, `CALL_REJECTED`
 */
export async function createEmptyCanister(request: CreateRequest, terminal: Terminal): Promise<void> {
  const { name, cycles, stateFolder } = request;
  if (name !== undefined) checkName(name);
  const project = name === undefined ? undefined : await projectOf(request.connection);
  const { settings, id: specifiedId } = await wantedOf(request, project);
  const connection = await connect(request.connection, terminal);
  const place = { connection, stateFolder };
  checkControl(settings, connection.identity.principal, request.isConfirmed);
  if (name !== undefined) await checkFree(place, project, name);
  const named = Object.keys(settings).length === 0 ? undefined : toCanisterSettings(settings);
  const id = await createCanister(connection, cycles, specifiedId, named);
  const idText = principalToText(id);
  if (name !== undefined) await recordName(place, project, name, id);
  terminal.note(`Made ${name ?? 'a canister'}. It is empty: 'myelin canister install ${name ?? idText} FILE.wasm' brings a module to it.`);
  const controllers = (settings.controllers ?? [connection.identity.principal]).map(principalToText);
  terminal.result(idText, { canister: idText, name: name ?? null, url: canisterUrl(connection, id) ?? null, controllers });
}
